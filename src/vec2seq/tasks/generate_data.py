"""What a Generator learns from: texts, each a file, a row of a table, or a line; and what is kept out of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
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
    parts: int = 0
    """each text is cut into so many parts, of each of which the end is kept out; 0: the texts are whole"""
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
    if not texts:
        raise UserError("there is no text to learn from")
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
    """A share of the texts is kept out, drawn; of few texts, parts of each: the ends of equal parts of it."""
    if not share:
        return Split(texts, [])
    if round(share * len(texts)) >= FEWEST_WHOLE:
        learnt, out = split_rows(len(texts), share, None, np.random.RandomState(seed))
        return Split([texts[row] for row in learnt], [texts[row] for row in out])
    parts = int(np.clip(share * min(map(len, texts)) // SHORTEST_PART, 1, MOST_PARTS))
    cuts = [np.linspace(0, len(text), parts + 1).round().astype(int).tolist() for text in texts]
    split = Split([], [], parts)
    for text, places in zip(texts, cuts, strict=True):
        for start, stop in pairwise(places):
            end = stop - round(share * (stop - start))
            split.learnt.append(text[start:end])
            split.held_out.append(text[end:stop])
    return split


def numbered(texts: Iterable[str], pieces: Pieces, path: Path | None = None, begins: int = 1, ends: int = 1) -> Ragged:
    """Texts in numbers, in a new file at ``path``, or in memory; each stands between two borders.

    Of parts of texts only every so many ``begins`` with a border, the first one does, or ``ends``; 0: none.
    """
    lengths: list[int] = []
    border, nothing = np.full(1, BORDER, np.int32), np.zeros(0, np.int32)

    def blocks() -> Iterator[NDArray[np.int32]]:
        for block in in_blocks(texts, TEXTS_AT_ONCE):
            rows = []
            for row, numbers in enumerate(pieces.numbers(block), len(lengths)):
                before = border if begins and row % begins == 0 else nothing
                after = border if ends and (row + 1) % ends == 0 else nothing
                rows.append(np.concatenate([before, numbers, after]))
            lengths.extend(map(len, rows))
            yield np.concatenate(rows)

    values = kept(blocks(), path)
    return Ragged(values, offsets_of(lengths))
