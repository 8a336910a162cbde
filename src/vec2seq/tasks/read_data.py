"""What a LineReader learns from: pictures of lines as columns of ink, with what stands on them; what is kept out."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.alphabet import Alphabet
from vec2seq.data.files import ReadSettings
from vec2seq.data.inklines import STEP, InkLine, ink_of
from vec2seq.data.labelled import read_texts
from vec2seq.data.ordered import in_order
from vec2seq.data.pagecut import page_lines
from vec2seq.data.pagexml import Outline
from vec2seq.data.pairs import Columns
from vec2seq.data.pictures import Grey, grey_of
from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.split import split_owners
from vec2seq.data.textrows import Tell
from vec2seq.data.texts import kept
from vec2seq.data.transcribed import (
    Form,
    Sheet,
    Written,
    cut,
    normal_form,
    pictures_of,
    sheets_of_files,
    sheets_of_lists,
)
from vec2seq.errors import UserError, counted
from vec2seq.kernels.ctc import fits
from vec2seq.run.context import Run
from vec2seq.run.resources import processors
from vec2seq.tasks.data_estimator import is_files, paths_of
from vec2seq.tasks.fingerprint import Fingerprint, fingerprints
from vec2seq.tasks.text_estimator import FEWEST_HELD_OUT

MOST_JUDGED = 2000
"""Lines, of what was kept out, that are read; drawn, if there are more."""
MOST_TEXT = 20_000_000
TOLD = 5
"""Lines that cannot be used are named one by one, so many of them."""


class OnPage(NamedTuple):
    """Where a line was found."""

    name: str
    width: int
    height: int
    """of the page, in pixels"""
    outline: Outline

    def to_json(self) -> dict[str, Any]:
        """For answers: "page", "box" and "outline"."""
        x, y = zip(*self.outline, strict=True)
        page = {"name": self.name, "width": self.width, "height": self.height}
        return {
            "page": page,
            "box": [min(x), min(y), max(x), max(y)],
            "outline": [list(point) for point in self.outline],
        }


class PictureLine(NamedTuple):
    """A line on its picture."""

    ink: InkLine
    text: str
    """empty where nobody says what stands there"""
    place: str
    left: int
    """where it begins on its picture, in pixels"""
    found: OnPage | None = None
    """where it was found, on a page whose lines nobody had marked"""


@dataclass(frozen=True)
class How:
    """How pictures and texts are taken."""

    height: int
    form: Form
    reading: ReadSettings
    columns: Columns


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of text."""

    columns: Ragged
    """of ink [M,H], bytes"""
    texts: list[str]
    places: list[str]
    digests: list[bytes]
    """of each, what tells its picture from others"""
    heights: NDArray[np.float64]
    """[N] pixels of the pictures, as they were"""
    turned: NDArray[np.bool_]
    """[N] whether writing was lighter than what it stands on"""

    def __len__(self) -> int:
        return len(self.texts)

    def some(self, numbers: NDArray[np.int64]) -> "Lines":
        """Those with these numbers, copied."""
        rows = numbers.tolist()
        return Lines(
            self.columns.take(numbers),
            [self.texts[row] for row in rows],
            [self.places[row] for row in rows],
            [self.digests[row] for row in rows],
            self.heights[numbers],
            self.turned[numbers],
        )

    def fingerprint(self) -> Fingerprint:
        """What tells these lines from others."""
        found = Fingerprint()
        for digest, text in zip(self.digests, self.texts, strict=True):
            found.add(digest, text)
        return found


def sheets_of(X: Any, y: Any, how: How, tell: Tell) -> Iterable[Sheet]:
    """The pictures of files with their texts; or, with ``y``, those of a list, which may be paths."""
    if y is None and is_files(X):
        return sheets_of_files(paths_of(X), how.reading, how.columns, tell)
    if isinstance(X, str | Path):
        raise UserError("texts stand in the files: give no y with them")
    return sheets_of_lists(list(X), None if y is None else list(y) if not isinstance(y, str) else y)


def unread_sheets(X: Any, pages: bool = False) -> Iterable[Sheet]:
    """Pictures whose text is asked for, of lines or of whole pages: of files, folders and globs, or of a list."""
    if is_files(X):
        return [Sheet(path, [Written(None, str(path))], pages) for path in pictures_of(paths_of(X))]
    if isinstance(X, bytes) or not hasattr(X, "__iter__") or isinstance(X, np.ndarray):
        raise UserError(f"type {type(X).__name__} holds no pictures; give a list of them, or Paths of files")
    return (Sheet(picture, [Written(None, f"picture {number}")], pages) for number, picture in enumerate(X, 1))


def lines_of(sheets: Iterable[Sheet], how: How) -> Iterator[PictureLine | UserError]:
    """The lines of pictures, in order, opened by several threads; of each that cannot be used, the reason."""
    for found in in_order(partial(_opened, how=how), sheets, processors()):
        how.reading.check()
        yield from found


def _opened(sheet: Sheet, how: How) -> list[PictureLine | UserError]:
    try:
        picture = grey_of(sheet.picture, sheet.lines[0].place if len(sheet.lines) == 1 else str(sheet.picture))
        lines = lines_on(picture, sheet.lines[0].place) if sheet.is_page else sheet.lines
    except UserError as error:
        return [error]
    found: list[PictureLine | UserError] = []
    for line in lines:
        try:
            text = "" if line.text is None else learnable(normal_form(line.text, how.form), line.place)
            ink = ink_of(cut(picture, line.outline, line.place), how.height, line.place)
            if text and ink.blank:
                raise UserError(f"{line.place}: the picture is blank", "look whether it is the right one")
        except UserError as error:
            found.append(error)
        else:
            left = 0 if line.outline is None else max(min(x for x, _ in line.outline), 0)
            where = (sheet.lines[0].place, picture.shape[1], picture.shape[0])
            on_page = OnPage(*where, line.outline) if sheet.is_page and line.outline is not None else None
            found.append(PictureLine(ink, text, line.place, left, on_page))
    return found


def lines_on(page: Grey, place: str) -> list[Written]:
    """The lines of a page [H, W] whose lines nobody has marked; UserError if there is none."""
    outlines = page_lines(page)
    if not outlines:
        raise UserError(
            f"{place}: no line of print found on this page", "look at it; a picture of one line is read as a line"
        )
    return [Written(None, f"{place}: line {number}", outline) for number, outline in enumerate(outlines, 1)]


def learnable(text: str, place: str) -> str:
    """The text; UserError if there is none, or if it is written from right to left."""
    if not text:
        raise UserError(f"{place}: no text", "write what stands on the picture, or leave the line out")
    strange = next((character for character in text if unicodedata.bidirectional(character) in ("R", "AL")), None)
    if strange is not None:
        raise UserError(
            f"{place}: {unicodedata.name(strange, repr(strange))}: writing from right to left cannot be read yet"
        )
    return text


def read_lines(sheets: Iterable[Sheet], how: How, path: Path | None, run: Run) -> Lines:
    """Lines to learn from or to judge by, their ink in a new file at ``path`` or in memory.

    Those that cannot be used are left out, and told. UserError if no line is left.
    """
    lengths: list[int] = []
    texts: list[str] = []
    places: list[str] = []
    digests: list[bytes] = []
    heights: list[float] = []
    turned: list[bool] = []
    refused: list[UserError] = []

    def blocks() -> Iterator[NDArray[np.uint8]]:
        for line in lines_of(sheets, how):
            if isinstance(line, UserError):
                refused.append(line)
                continue
            lengths.append(len(line.ink.columns))
            texts.append(line.text)
            places.append(line.place)
            digests.append(hashlib.blake2b(line.ink.columns.tobytes(), digest_size=16).digest())
            heights.append(line.ink.scale * how.height)
            turned.append(line.ink.turned)
            yield line.ink.columns.reshape(-1)

    values = kept(blocks(), path, np.uint8).reshape(-1, how.height)
    for error in refused[:TOLD]:
        run.warn(f"left out: {error.what}", error.mend)
    if len(refused) > TOLD:
        run.warn(f"left out: {len(refused) - TOLD:,} more that cannot be used")
    if not texts:
        raise UserError("there is no line to learn from")
    columns = Ragged(values, offsets_of(lengths))
    return Lines(columns, texts, places, digests, np.array(heights), np.array(turned))


def more_texts(source: Path, how: How, alphabet: Alphabet, run: Run) -> list[NDArray[np.int32]]:
    """The lines of files, folders and globs of text in numbers, MOST_TEXT characters; what is not known is left out."""
    found, left = [], MOST_TEXT
    for text, _ in read_texts([source], how.reading, None):
        found.append(alphabet.numbers(normal_form(text, how.form)))
        left -= len(found[-1])
        if left <= 0:
            run.progress.note(f"{source}: of its text {MOST_TEXT:,} characters are counted")
            break
    return found


def divided(
    X: Any, y: Any, valid: Any, how: How, folder: Path, holdout: float, seed: int, run: Run
) -> tuple[Lines, NDArray[np.int64], NDArray[np.int64], dict[str, str | None]]:
    """All lines, the numbers of those to learn from and of those to judge by, and their fingerprints.

    These are ``valid``, files or a pair of lists, or a share that is kept out. Their ink is kept in a folder.
    """
    tell = run.progress.note
    parts = [read_lines(sheets_of(X, y, how, tell), how, folder / "lines", run)]
    if valid is not None:
        files, texts = valid if isinstance(valid, tuple) and len(valid) == 2 else (valid, None)
        parts.append(read_lines(sheets_of(files, texts, how, tell), how, folder / "valid", run))
    facts = fingerprints([part.fingerprint() for part in parts])
    first, lines = len(parts[0]), joined(parts)
    out = np.arange(len(lines)) >= first if valid is not None else kept_out(lines, holdout, seed)
    if valid is None and (out.sum() < FEWEST_HELD_OUT or out.all()):
        if holdout:
            run.warn(f"{counted(first, 'line')} are too few to keep some out: nothing tells how good this model is")
        out[:] = False
    return lines, np.flatnonzero(~out), np.flatnonzero(out), facts


def fitting(lines: Lines, labels: Ragged, learnt: NDArray[np.int64], run: Run) -> NDArray[np.int64]:
    """Of lines to learn from, those whose columns are enough for their characters; a warning tells of others.

    UserError if there is none.
    """
    columns = -(-lines.columns.lengths // STEP)
    enough = np.array([fits(int(columns[row]), labels[row].tolist()) for row in learnt], bool)
    short = learnt[~enough]
    if len(short):
        more = f", and {counted(len(short) - 1, 'other')}" if len(short) > 1 else ""
        run.warn(
            f"{lines.places[short[0]]}{more}: more characters than there is room for on the picture: left out",
            "look whether text and picture belong together, and whether the picture is one line",
        )
    if not enough.any():
        raise UserError("no line has room for its text", "look whether texts and pictures belong together")
    return np.asarray(learnt[enough], np.int64)


def kept_out(lines: Lines, share: float, seed: int) -> NDArray[np.bool_]:
    """Which lines are kept out to judge by: a share, MOST_JUDGED at the most; the same picture is on one side."""
    return split_owners(lines.digests, share, MOST_JUDGED, seed)


def joined(parts: Sequence[Lines]) -> Lines:
    """Lines one after the other, in memory."""
    first, *more = parts
    if not more:
        return first
    return Lines(
        Ragged(
            np.concatenate([part.columns.values for part in parts]),
            offsets_of(np.concatenate([part.columns.lengths for part in parts])),
        ),
        [text for part in parts for text in part.texts],
        [place for part in parts for place in part.places],
        [digest for part in parts for digest in part.digests],
        np.concatenate([part.heights for part in parts]),
        np.concatenate([part.turned for part in parts]),
    )


def batch_of(columns: Ragged, numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Lines of ink [W,H] as a batch: columns [B,W,H], mask [B,W], W a multiple of STEP."""
    values, mask = columns.padded(numbers)
    missing = -mask.shape[1] % STEP
    return np.pad(values, ((0, 0), (0, missing), (0, 0))), np.pad(mask, ((0, 0), (0, missing)))
