"""What a Classifier learns from: texts with labels, from files or from Python, as numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import Labelled, read_labelled, read_texts, silent
from vec2seq.data.textrows import Tell
from vec2seq.data.texts import Texts, in_blocks
from vec2seq.data.tokenize import Tokenizer, choose
from vec2seq.errors import UserError, counted
from vec2seq.tasks.data_estimator import is_files, paths_of
from vec2seq.tasks.fingerprint import Fingerprint, fingerprints

SAMPLE_CHARACTERS = 1 << 20
"""of the beginning, by which a tokenizer is chosen"""


@dataclass(frozen=True)
class Columns:
    """Where texts and labels stand in tables."""

    text: str | None
    label: str | None
    separator: str | None


@dataclass(frozen=True, eq=False)
class Data:
    """N texts with their labels."""

    texts: Texts
    tokenizer: Tokenizer
    labels: list[str]
    """the different ones, sorted"""
    targets: NDArray[Any]
    """int64 [N], numbers of labels; or of several labels a text uint8 [N,K], 1 where a label is the text's"""
    fingerprints: dict[str, str | None]
    """of the texts to learn from, and of those that were given to judge by"""
    learnt: int
    """how many are to be learnt from, the first ones"""

    @property
    def several(self) -> bool:
        """Whether a text can have more or less than one label."""
        return self.targets.ndim == 2


def examples_of(X: Any, y: Any, how: ReadSettings, columns: Columns, tell: Tell = silent) -> Iterator[Labelled]:
    """Texts with labels: of files, or of a list of texts (or of lists of tokens) and one of labels.

    ``tell`` is told which columns of files were taken.
    """
    if is_files(X):
        if y is not None:
            raise UserError("labels stand in the files: give no y with them")
        yield from read_labelled(paths_of(X), how, columns.text, columns.label, columns.separator, tell)
        return
    texts, labels = texts_of(X, how, columns), None if y is None else list(y)
    if labels is None or len(labels) != len(X):
        found = "no y" if labels is None else f"{len(labels):,} labels"
        raise UserError(f"{len(X):,} texts, but {found}: give one label, or one list of labels, for each text")
    for (text, place), given in zip(texts, labels, strict=True):
        several = given if isinstance(given, list | tuple | set | frozenset) else (given,)
        yield Labelled(text, tuple(dict.fromkeys(_name(label, place) for label in several)), place)


def texts_of(X: Any, how: ReadSettings, columns: Columns) -> Iterator[tuple[Any, str]]:
    """Texts, or lists of tokens, with their places: of files, or of a list."""
    if is_files(X):
        yield from read_texts(paths_of(X), how, columns.text)
        return
    if not hasattr(X, "__iter__"):
        raise UserError(f"type {type(X).__name__} holds no texts; give a list of them, or Paths of files")
    for number, text in enumerate(X, 1):
        if not isinstance(text, str) and not (isinstance(text, list | tuple) and all(isinstance(t, str) for t in text)):
            raise UserError(f"text {number} is of type {type(text).__name__}, not a text and not a list of tokens")
        yield text, f"text {number}"


def _name(label: Any, place: str) -> str:
    if isinstance(label, np.generic):
        label = label.item()
    if not isinstance(label, str | int | bool) or label == "":
        raise UserError(f"{place}: the label {label!r} is neither a text nor a whole number")
    return str(label)


def read(
    examples: Iterable[Labelled],
    held_out: Iterable[Labelled] | None,
    tokenizer: Tokenizer,
    path: Path,
    known: tuple[list[str], bool] | None = None,
) -> Data:
    """All of it; the numbers of the words go to a new file at ``path``. ``tokenizer``: "auto" is decided here.

    ``held_out``: what was given to judge by; it comes after the others. ``known``: the labels that there may be, and
    whether a text can have several; UserError for others.
    """
    first, rest = _sample(examples)
    if not first:
        raise UserError("there are no texts to learn from")
    tokenizer = settled(tokenizer, [example.text for example in first])
    parts = [chain(first, rest), *([] if held_out is None else [held_out])]
    digests, counts, labels = [Fingerprint() for _ in parts], [0 for _ in parts], Labels(known)

    def tokens() -> Iterator[Sequence[str]]:
        for number, part in enumerate(parts):
            for block in in_blocks(part):
                for example in block:
                    digests[number].add(example.text, example.labels)
                    labels.add(example)
                counts[number] += len(block)
                yield from tokenized(tokenizer, [example.text for example in block])

    texts = Texts.read(tokens(), path)
    names, targets = labels.settled()
    return Data(texts, tokenizer, names, targets, fingerprints(digests), counts[0])


def fingerprint(examples: Iterable[Labelled]) -> str:
    """That of ``Data``."""
    found = Fingerprint()
    for example in examples:
        found.add(example.text, example.labels)
    return found.told()


class Labels:
    """The labels of texts as numbers, while they come. ``known``: those that there may be, and whether several can."""

    def __init__(self, known: tuple[list[str], bool] | None = None):
        self._known, self._numbers = known, {label: n for n, label in enumerate(known[0] if known else [])}
        self._found: list[tuple[int, ...]] = []

    def add(self, example: Labelled) -> None:
        """The next text. UserError for labels that are not known."""
        if self._known is not None:
            names, several = self._known
            strange = next((label for label in example.labels if label not in self._numbers), None)
            if strange is not None:
                raise UserError(
                    f"{example.place}: the label {strange!r} is not one of the model's: {' '.join(names)[:200]}"
                )
            if len(example.labels) != 1 and not several:
                raise UserError(
                    f"{example.place}: {counted(len(example.labels), 'label')}, but the model knows one a text"
                )
        self._found.append(tuple(self._numbers.setdefault(label, len(self._numbers)) for label in example.labels))

    def settled(self) -> tuple[list[str], NDArray[Any]]:
        """The labels, sorted, and those of each text: int64 [N], or uint8 [N,K] if a text has more or less than one."""
        names = self._known[0] if self._known else sorted(self._numbers)
        place = np.empty(len(names), np.int64)
        place[[self._numbers[name] for name in names]] = np.arange(len(names))
        several = self._known[1] if self._known else any(len(own) != 1 for own in self._found)
        if not several:
            return names, place[np.array(self._found, np.int64).reshape(-1)]
        targets = np.zeros((len(self._found), len(place)), np.uint8)
        for row, own in enumerate(self._found):
            targets[row, place[list(own)]] = 1
        return names, targets


def targets_of(examples: Iterable[Labelled], labels: list[str], several: bool) -> NDArray[Any]:
    """The labels of texts, as ``Data`` has them; UserError for labels that are not known."""
    found = Labels((labels, several))
    for example in examples:
        found.add(example)
    return found.settled()[1]


def tokenized(tokenizer: Tokenizer, texts: Sequence[Any]) -> list[list[str]]:
    """The words of texts; lists of tokens stay what they are."""
    raw = [text for text in texts if isinstance(text, str)]
    words = iter(tokenizer.many(raw) if raw else [])
    return [next(words) if isinstance(text, str) else list(text) for text in texts]


def settled(tokenizer: Tokenizer, sample: Sequence[Any]) -> Tokenizer:
    """What ``auto`` is for texts that begin like this; lists of tokens are the user's own words."""
    if not isinstance(sample[0], str):
        return replace(tokenizer, name="given")
    raw = "\n".join(text for text in sample if isinstance(text, str))
    return replace(tokenizer, name=choose(raw)) if tokenizer.name == "auto" else tokenizer


def _sample(examples: Iterable[Labelled]) -> tuple[list[Labelled], Iterator[Labelled]]:
    """The first examples, of about so many characters, and the others."""
    rest, first, characters = iter(examples), [], 0
    for example in rest:
        first.append(example)
        characters += len(example.text)
        if characters > SAMPLE_CHARACTERS:
            break
    return first, rest
