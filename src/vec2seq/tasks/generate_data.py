"""What a Generator learns from: texts, each a file, a row of a table, or a line; and what is kept out of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.blocks import not_utf8, open_source
from vec2seq.data.files import TABLES, ReadSettings, find_files, kind_of
from vec2seq.data.labelled import read_texts
from vec2seq.data.pieces import BORDER, Pieces
from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.split import split_rows
from vec2seq.data.texts import in_blocks, kept
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.tasks.data_estimator import is_files, paths_of
from vec2seq.tasks.fingerprint import Fingerprint, fingerprints

Unit = Literal["auto", "stream", "line"]

TEXTS_AT_ONCE = 256
FEWEST_WHOLE = 2
"""If a share of the texts is fewer, none is kept out whole: of each some parts are."""
MOST_PARTS = 20
"""So many, all over the text: its end may be about what nothing else in it is about, and must be learnt, too."""
SHORTEST_PART = 500
"""Characters."""
FEWEST_HELD_OUT = 200
"""Fewer characters judge nothing."""


def texts_of(X: Any, how: ReadSettings, unit: Unit) -> Iterator[str]:
    """The texts of files, or of a list: empty ones are left out.

    ``unit`` of files: stream, each file is one text; line, each line is one; auto: of tables each row, else stream.
    UserError for what is no text.
    """
    if not is_files(X):
        if isinstance(X, bytes) or not hasattr(X, "__iter__"):
            raise UserError(f"type {type(X).__name__} holds no texts; give a list of them, or Paths of files")
        for number, text in enumerate(X, 1):
            if not isinstance(text, str):
                raise UserError(f"text {number} is of type {type(text).__name__}, not a text")
            if text:
                yield text
        return
    for path in find_files(paths_of(X)).files:
        if unit == "line" or (unit == "auto" and kind_of(path) in TABLES):
            yield from (text for text, _ in read_texts([path], how, how.column) if text)
        else:
            yield from _stream(path, how)


def _stream(path: Path, how: ReadSettings) -> Iterator[str]:
    """A file as one text; its lines end in LF, the last one too."""
    parts = []
    for block in open_source([path], how).blocks:
        try:
            parts.append(block.data.decode())
        except UnicodeDecodeError as error:
            raise not_utf8(block, error.start) from None
    text = "".join(parts).replace("\r\n", "\n").rstrip("\n")
    if text:
        yield text + "\n"


@dataclass(frozen=True)
class Split:
    """Texts to learn from, and texts to judge by."""

    learnt: list[str]
    held_out: list[str]
    begins: list[bool] | None = None
    """of what is learnt, whether a text begins there; None: all texts are whole, those kept out, too"""
    ends: list[bool] | None = None
    """and whether one ends there"""
    whole: bool = True
    """whether there are several texts, each with a beginning and an end of its own; else it is a stream"""


def read(
    X: Any, valid: Any, how: ReadSettings, unit: Unit, holdout: float, seed: int, run: Run
) -> tuple[Split, dict[str, str | None]]:
    """Texts to learn from, and to judge by: these are ``valid``, or a share that is kept out; and their fingerprints.

    UserError if there is no text to learn from.
    """
    parts = [list(texts_of(given, how, unit)) for given in (X, valid) if given is not None]
    texts, digests = parts[0], fingerprints([fingerprint(texts) for texts in parts])
    if not all(parts):
        raise UserError(f"there is no text to {'judge by' if texts else 'learn from'}")
    whole = len(texts) > 1
    if valid is not None:
        return Split(texts, parts[1], whole=whole), digests
    split = kept_out(texts, holdout, seed)
    if holdout and sum(map(len, split.held_out)) < FEWEST_HELD_OUT:
        run.warn("the text is too short to keep some of it out: nothing tells how good this model is")
        split = Split(texts, [])
    return replace(split, whole=whole), digests


def fingerprint(texts: Iterable[str]) -> Fingerprint:
    """What tells these texts from others."""
    found = Fingerprint()
    for text in texts:
        found.add(text)
    return found


def kept_out(texts: list[str], share: float, seed: int) -> Split:
    """A share of the texts is kept out, drawn; of few texts, parts of each, neither its beginning nor its end."""
    if not share:
        return Split(texts, [])
    if round(share * len(texts)) >= FEWEST_WHOLE:
        learnt, out = split_rows(len(texts), share, None, np.random.RandomState(seed))
        return Split([texts[row] for row in learnt], [texts[row] for row in out])
    firsts, lasts, begins, ends = list[str](), list[str](), list[bool](), list[bool]()
    for text in texts:
        size = min(round(share * len(text)), max(len(text) - 2, 0))  # a part before it is learnt, and one after it
        parts = max(1, min(size // SHORTEST_PART, MOST_PARTS)) if size else 0
        before = np.linspace(0, size, parts + 1).round().astype(int)  # of each part, what is kept out before it
        places = np.linspace(0, len(text) - size, parts + 2).round().astype(int)
        starts, stops = places[:-1] + before, places[1:] + before
        firsts.extend(text[start:stop] for start, stop in zip(starts, stops, strict=True))
        lasts.extend(text[start:stop] for start, stop in zip(stops[:-1], starts[1:], strict=True))
        begins.extend(part == 0 for part in range(parts + 1))
        ends.extend(part == parts for part in range(parts + 1))
    return Split(firsts, lasts, begins, ends)


def numbered(
    texts: Iterable[str],
    pieces: Pieces,
    path: Path | None = None,
    begins: Sequence[bool] | bool = True,
    ends: Sequence[bool] | bool = True,
) -> Ragged:
    """Texts in numbers, in a new file at ``path``, or in memory.

    A border stands before each, and after each; or where ``begins`` and ``ends`` say so, of all alike or one by one.
    """
    lengths: list[int] = []
    borders = {there: np.full(int(there), BORDER, np.int32) for there in (False, True)}

    def blocks() -> Iterator[NDArray[np.int32]]:
        for block in in_blocks(texts, TEXTS_AT_ONCE):
            rows = []
            for row, numbers in enumerate(pieces.numbers(block), len(lengths)):
                before, after = (there if isinstance(there, bool) else there[row] for there in (begins, ends))
                rows.append(np.concatenate([borders[before], numbers, borders[after]]))
            lengths.extend(map(len, rows))
            yield np.concatenate(rows)

    values = kept(blocks(), path)
    return Ragged(values, offsets_of(lengths))
