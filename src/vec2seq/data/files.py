"""The user's files: which ones paths, folders and globs name, of what kind they are, and their bytes, decompressed."""

import codecs
import glob
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn

from vec2seq.data.checked import Check, go_on
from vec2seq.data.compressed import BUFFER_BYTES, COMPRESSED, DAMAGE, decompressed
from vec2seq.data.raw import RawFile, ReadBytes
from vec2seq.errors import UserError

TABLES = {".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"}
OTHER_ENCODING = "another encoding? {encoding} gb18030 or latin-1, for example; if not, {errors} replace"
"""What mends text that cannot be decoded."""
TEXTS = {".txt", ".text", ".md", *TABLES}
STDIN = "-"
LARGEST_LIST = 64 << 20  # bytes


@dataclass(frozen=True)
class ReadSettings:
    """How text files are read."""

    column: str | None = None
    """the column of CSV, TSV, JSONL and Parquet files that holds the text"""
    encoding: str = "utf-8"
    errors: str = "strict"
    """"strict", or "replace": what cannot be decoded becomes U+FFFD"""
    check: Check = go_on
    """called between blocks, and while nothing comes: what it raises ends the reading"""


@dataclass(frozen=True)
class Found:
    """What was found where the user said that text is."""

    files: list[Path] = field(default_factory=list)
    """to be read, in this order, each once"""
    skipped: list[Path] = field(default_factory=list)
    """others in the same folders, whose names do not say that they are text"""


def find_files(sources: Iterable[str | Path]) -> Found:
    """The files that paths, folders (searched through) and globs name, in a fixed order; ``-`` stays as it is.

    A file that is named several times, through links too, is read once, in its first place.
    """
    files: dict[Path, Path] = {}
    skipped: dict[Path, Path] = {}
    for file, is_text in _named(sources):
        (files if is_text else skipped).setdefault(file.resolve(), file)
    return Found(list(files.values()), [file for place, file in skipped.items() if place not in files])


def _named(sources: Iterable[str | Path]) -> Iterator[tuple[Path, bool]]:
    """All files that are named, and whether they are to be read."""
    for source in sources:
        path = Path(source)
        if str(source) == STDIN:
            yield path, True
        elif path.is_dir():
            inside = [(file, kind_of(file) in TEXTS) for file in visible_files(path)]
            if not any(is_text for _, is_text in inside):
                kinds = " ".join(sorted(TEXTS))
                raise UserError(f"{source}: no text in this folder (looked for {kinds}, also compressed)")
            yield from inside
        elif path.exists():
            yield path, True
        elif found := matches(source):
            yield from _named(found)
        else:
            hint = " (to train on a text itself, pass a list of texts)" if len(str(source).split()) > 1 else ""
            raise UserError(f"{str(source)[:200]}: no such file or folder{hint}")


def matches(pattern: str | Path) -> list[Path]:
    """The files and folders that a glob means, in order."""
    found = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207 (Path's takes no absolute pattern)
    return [path for path in map(Path, found) if path.exists()]


def visible_files(folder: Path) -> list[Path]:
    """All files in a folder and below it, sorted, but for hidden ones; OSError if a folder cannot be read."""

    def refuse(error: OSError) -> NoReturn:
        raise error

    files: list[Path] = []
    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(where, name) for name in names if not name.startswith(".")]
    return sorted(file for file in files if file.is_file())


def kind_of(path: Path) -> str:
    """The ending that says what is inside, without that of the compression."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in COMPRESSED else suffix


def shown(path: Path) -> str:
    """What a file is called in messages."""
    return "standard input" if str(path) == STDIN else str(path)


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """A compressed file that is damaged becomes a UserError with its name."""
    try:
        yield
    except DAMAGE as error:
        raise UserError(f"{path}: damaged or cut off ({error}); compress it again") from None
    except OSError as error:
        if error.filename is None and path.suffix.lower() in COMPRESSED:
            raise UserError(f"{path}: not a {path.suffix} file, or damaged ({error})") from None
        raise


@contextmanager
def open_bytes(path: Path, read_bytes: ReadBytes | None = None, check: Check = go_on) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed by its ending.

    ``read_bytes`` counts what is read of it as it lies on the disk; ``check`` is called while nothing comes.
    """
    descriptor = None
    if str(path) == STDIN:
        try:
            descriptor = sys.stdin.fileno()
        except (AttributeError, OSError):  # something else was put in its place
            if sys.stdin is None:
                raise UserError("standard input: closed; name a file, or put text into it") from None
            yield sys.stdin.buffer
            return
    counted = ReadBytes() if read_bytes is None else read_bytes
    with (
        io.BufferedReader(RawFile(path, counted, check, descriptor), BUFFER_BYTES) as raw,
        decompressed(raw, path.suffix.lower()) as file,
    ):
        yield file


def read_list(path: Path, check: Check = go_on) -> str:
    """The text of a file of words or questions, plain or compressed, in UTF-8; UserError if it cannot be read."""
    try:
        with open_bytes(path, check=check) as file:
            data = file.read(LARGEST_LIST + 1)
        if len(data) > LARGEST_LIST:
            raise UserError(f"{path}: more than {LARGEST_LIST >> 20} MB; is this the file that you meant?")
        data = data.removeprefix(codecs.BOM_UTF8)
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = error.start - data.rfind(b"\n", 0, error.start)
        raise UserError(f"{path}:{line}: not UTF-8 at byte {byte}; save the file as UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from None
    except DAMAGE as error:
        raise UserError(f"{path}: damaged or cut off ({error}); compress it again") from None


def is_utf8(encoding: str) -> bool:
    """Whether a name of an encoding means UTF-8; UserError if it means none."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # refuses what is known but no encoding of text, such as hex
        return codecs.lookup(encoding).name == "utf-8"
    except (LookupError, ValueError):
        raise UserError(f"no encoding {encoding!r} is known; for example utf-8, gb18030, latin-1") from None
