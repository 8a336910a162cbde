"""Pictures of lines of text with what stands on them, from the user's files; or pictures alone.

* folders: pictures, each beside a file of its text (``line.png`` and ``line.gt.txt``), and pages (below);
* tables (CSV, TSV, JSONL, Parquet): a file and its text, the file beside the table or in its folder ``img``;
* pages: PAGE-XML or ALTO (``pagexml``), whose lines are cut from the picture of the page.

A Sheet is one picture with the lines that are on it: it is opened once. Nothing here knows what a net reads.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from vec2seq.data.files import TABLES, ReadSettings, kind_of, matches, read_list, visible_files
from vec2seq.data.pagexml import Outline, read_page
from vec2seq.data.pairs import Columns, read_pairs
from vec2seq.data.pictures import PICTURES, Grey
from vec2seq.data.textrows import Tell
from vec2seq.errors import UserError, counted

Form = Literal["NFC", "NFD", "NFKC", "none"]
"""Unicode's normal forms."""
TEXT = ".gt.txt"
PICTURE_NAMES = ("file", "image", "picture", "path", "filename", "file_name", "img", "图片", "文件")
TEXT_NAMES = ("text", "transcription", "label", "gt", "ground_truth", "words", "文本", "内容")
"""Names of the columns of tables, small letters or not."""


class Written(NamedTuple):
    """A line on a picture."""

    text: str | None
    """None: nobody says what stands there"""
    place: str
    """for messages"""
    outline: Outline | None = None
    """points (x, y) around it; None: the whole picture"""


class Sheet(NamedTuple):
    """A picture with its lines."""

    picture: Any
    """a path, an array, or an image of Pillow's: see ``grey_of``"""
    lines: list[Written]
    is_page: bool = False
    """whether its lines are still to be found: then ``lines`` is one, the whole"""


def sheets_of_files(sources: Iterable[Path], how: ReadSettings, columns: Columns, tell: Tell) -> Iterator[Sheet]:
    """The pictures of files, folders and globs with their texts; UserError for what is no such file.

    A line whose text is empty comes, too. ``tell`` is told which columns of a table were taken.
    """
    for path in _existing(sources):
        kind = kind_of(path)
        if path.is_dir():
            yield from _of_folder(path, how)
        elif kind in TABLES:
            yield from _of_table(path, how, columns, tell)
        elif kind == ".xml":
            yield read_page_sheet(path)
        elif kind in PICTURES:
            yield Sheet(path, [Written(_beside(path, how), str(path))])
        else:
            raise UserError(
                f"{path}: neither a picture, nor a table of pictures and texts, nor a page (.xml)",
                "name a folder of pictures, each beside its .gt.txt, or a table .tsv of file and text",
            )


def pictures_of(sources: Iterable[Path]) -> list[Path]:
    """The pictures of files, folders and globs, each once, in a fixed order; UserError if a folder has none."""
    found: dict[Path, Path] = {}
    for path in _existing(sources):
        inside = [file for file in visible_files(path) if kind_of(file) in PICTURES] if path.is_dir() else [path]
        if not inside:
            raise UserError(f"{path}: no picture in this folder (looked for {' '.join(sorted(PICTURES))})")
        for file in inside:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def normal_form(text: str, form: Form) -> str:
    """A text as it is learnt: in one of Unicode's forms, white space as single spaces."""
    text = " ".join(text.split())
    return text if form == "none" else unicodedata.normalize(form, text)


def cut(picture: Grey, outline: Outline | None, where: str) -> Grey:
    """A line cut from its page: what is outside of the outline becomes paper. UserError if it has no room on it.

    A line that rises or falls, its sides upright, is put straight: its columns are moved.
    """
    if outline is None:
        return picture
    if fall := _fall(outline):
        return _straight(picture, outline, fall, where)
    import PIL.Image
    import PIL.ImageDraw

    points = np.array(outline)
    left, top = points.min(0).clip(0)
    right, bottom = np.minimum(points.max(0) + 1, (picture.shape[1], picture.shape[0]))
    if right - left < 2 or bottom - top < 2:
        raise _outside(picture, where)
    part = picture[top:bottom, left:right]
    inside = PIL.Image.new("1", (int(right - left), int(bottom - top)))
    PIL.ImageDraw.Draw(inside).polygon([(int(x - left), int(y - top)) for x, y in outline], fill=1, outline=1)
    kept = np.asarray(inside)
    return np.where(kept, part, np.uint8(np.median(part[kept]))) if kept.any() else part


def _outside(picture: Grey, where: str) -> UserError:
    return UserError(f"{where}: the line lies outside of its picture of {picture.shape[1]:,} by {picture.shape[0]:,}")


def _fall(outline: Outline) -> int:
    """By how many pixels the right end of a slanted stripe is lower than its left one; 0 for other outlines."""
    if len(outline) != 4:
        return 0
    (x0, top0), (x1, top1), (x2, bottom1), (x3, bottom0) = outline
    is_stripe = x0 == x3 < x1 == x2 and bottom0 - top0 == bottom1 - top1 > 0
    return top1 - top0 if is_stripe else 0


def _straight(picture: Grey, outline: Outline, fall: int, where: str) -> Grey:
    """A stripe with its columns moved so that it lies straight, between the pixels of the page."""
    (first, top), (end, _), _, (_, bottom) = outline
    left, right = max(first, 0), min(end, picture.shape[1])
    if right - left < 2 or max(top, top + fall) >= picture.shape[0] or min(bottom, bottom + fall) <= 0:
        raise _outside(picture, where)
    x = np.arange(left, right)
    y = np.arange(bottom - top)[:, None] + top + (x - first) * (fall / (end - first))
    above = np.floor(y).astype(np.int64)
    share, most = y - above, picture.shape[0] - 1
    upper, lower = picture[above.clip(0, most), x], picture[(above + 1).clip(0, most), x]
    found: Grey = np.rint(upper + share * (lower.astype(np.float64) - upper)).astype(np.uint8)
    return found


def _existing(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        found = [source] if source.exists() else matches(source)
        if not found:
            raise UserError(f"{str(source)[:200]}: no such file or folder")
        yield from found


def _beside(picture: Path, how: ReadSettings) -> str:
    """The text that stands beside a picture; UserError if there is none."""
    path = text_beside(picture)
    if path is None:
        raise UserError(f"{picture}: no text beside it", f"write it into {picture.stem}{TEXT}, or use a table")
    return read_list(path, how.check)


def text_beside(picture: Path) -> Path | None:
    """line.png -> line.gt.txt; also line.bin.png -> line.gt.txt, as OCRopus and kraken have it."""
    stems = picture.stem, picture.stem.rpartition(".")[0]
    return next((path for stem in stems if stem and (path := picture.with_name(stem + TEXT)).is_file()), None)


def _of_folder(folder: Path, how: ReadSettings) -> Iterator[Sheet]:
    files = visible_files(folder)
    with_text = [(path, text_beside(path)) for path in files if kind_of(path) in PICTURES]
    pages = [path for path in files if kind_of(path) == ".xml"]
    if not pages and not any(text for _, text in with_text):
        raise UserError(
            f"{folder}: no picture with a text in this folder",
            f"put {TEXT} beside each picture (line.png, line{TEXT}), or name a table of files and texts",
        )
    for path, text in with_text:
        if text is not None:
            yield Sheet(path, [Written(read_list(text, how.check), str(path))])
    for path in pages:
        yield read_page_sheet(path)


def read_page_sheet(path: Path) -> Sheet:
    """A page of PAGE-XML or ALTO with its lines; UserError unless its picture lies beside it."""
    page = read_page(path)
    pictures = [path.with_name(Path(page.picture).name), *(path.with_suffix(kind) for kind in sorted(PICTURES))]
    found = next((file for file in pictures if file.is_file()), None)
    if found is None:
        raise UserError(f"{path}: its picture {page.picture!r} does not lie beside it")
    return Sheet(found, [Written(line.text, f"{path}: line {line.name}", line.outline) for line in page.lines])


def _of_table(path: Path, how: ReadSettings, columns: Columns, tell: Tell) -> Iterator[Sheet]:
    names = replace(columns, source_names=PICTURE_NAMES, target_names=TEXT_NAMES)
    for pair in read_pairs([path], how, names, tell):
        name = pair.source[0]
        places = [path.parent / name, path.parent / "img" / name] if name else []
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise UserError(
                f"{pair.place}: no picture {name[:200]!r} beside the table or in its folder img",
                "a row is the name of a picture and its text; use {source} and {target} for other columns",
            )
        yield Sheet(found, [Written(pair.targets[0], pair.place)])


def sheets_of_lists(pictures: Sequence[Any], texts: Sequence[str] | None) -> list[Sheet]:
    """Pictures from Python with their texts; UserError if they do not go together."""
    if texts is None or isinstance(texts, str) or len(texts) != len(pictures):
        found = "no y" if texts is None else f"{len(texts):,} texts"
        raise UserError(f"{counted(len(pictures), 'picture')}, but {found}: give one text for each picture")
    if strange := next((text for text in texts if not isinstance(text, str)), None):
        raise UserError(f"a text is of type {type(strange).__name__}")
    return [
        Sheet(picture, [Written(text, f"picture {number}")])
        for number, (picture, text) in enumerate(zip(pictures, texts, strict=True), 1)
    ]
