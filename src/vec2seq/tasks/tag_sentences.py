"""What a Tagger is given: sentences with labels, or texts to label; long ones are read in pieces."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from vec2seq.data.files import ReadSettings
from vec2seq.data.offsets import Kind, Token, split
from vec2seq.data.tagged import Format, Sentence, read_sentences, read_tagged
from vec2seq.errors import UserError, counted
from vec2seq.run.context import Run
from vec2seq.tasks.data_estimator import is_files, paths_of

LONGEST = 4096
"""Tokens; longer sentences are read in pieces."""

Item = TypeVar("Item")


def examples_of(
    X: Any,
    y: Any,
    how: ReadSettings,
    format: Format,  # noqa: A002
    column: str | None,
    run: Run,
) -> Iterator[Sentence]:
    """Sentences with labels: of files, or of lists of tokens and of labels; long ones in pieces, which is told."""
    longer = 0
    for tokens, labels, place in _sentences(X, y, how, format, column):
        longer += len(tokens) > LONGEST
        for own, theirs in zip(in_pieces(tokens), in_pieces(labels), strict=True):
            yield Sentence(list(own), list(theirs), place)
    warn_of_pieces(longer, run)


def _sentences(X: Any, y: Any, how: ReadSettings, format: Format, column: str | None) -> Iterator[Sentence]:  # noqa: A002
    if is_files(X):
        if y is not None:
            raise UserError("labels stand in the files: give no y with them")
        yield from read_tagged(paths_of(X), how, format, column)
        return
    if y is None or len(y) != len(X):
        found = "no y" if y is None else f"{len(y):,} lists of labels"
        raise UserError(f"{len(X):,} sentences, but {found}: give one label for each token of each sentence")
    for number, (tokens, labels) in enumerate(zip(X, y, strict=True), 1):
        if isinstance(tokens, str) or isinstance(labels, str) or len(tokens) != len(labels):
            raise UserError(f"sentence {number}: give a list of tokens and a list of as many labels")
        if len(tokens):
            yield Sentence([str(token) for token in tokens], [str(label) for label in labels], f"sentence {number}")


def asked_of(X: Any, how: ReadSettings, kind: Kind) -> Iterator[tuple[Any, list[Token]]]:
    """Texts, or lists of tokens, and their tokens: of files, or of a list."""
    texts = (text for text, _ in read_sentences(paths_of(X), how)) if is_files(X) else X
    for text in texts:
        yield text, split(text, kind) if isinstance(text, str) else _spaced([str(token) for token in text])


def _spaced(tokens: list[str]) -> list[Token]:
    """Where tokens stand in the text that they are with spaces between them."""
    found, start = [], 0
    for token in tokens:
        found.append(Token(token, start, start + len(token)))
        start += len(token) + 1
    return found


def in_pieces(tokens: Sequence[Item]) -> list[Sequence[Item]]:
    """At least one, each of at most LONGEST tokens."""
    return [tokens[first : first + LONGEST] for first in range(0, max(len(tokens), 1), LONGEST)]


def warn_of_pieces(longer: int, run: Run) -> None:
    """Say how many sentences were cut."""
    if longer:
        run.warn(
            f"{counted(longer, 'sentence')} longer than {LONGEST:,} tokens: read in pieces",
            "put an empty line after each sentence, or a line break after each text",
        )
