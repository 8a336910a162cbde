"""The user's files: which ones paths, folders and globs name, of what kind they are, and their bytes, decompressed."""

import bz2
import codecs
import glob
import gzip
import io
import lzma
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from vec2seq.data.checked import Check, go_on
from vec2seq.data.raw import RawFile, ReadBytes
from vec2seq.errors import UserError, missing_extra

COMPRESSED = {".gz", ".bz2", ".xz", ".zst"}
TABLES = {".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"}
OTHER_ENCODING = "another encoding? {encoding} gb18030 or latin-1, for example; if not, {errors} replace"
"""What mends text that cannot be decoded."""
TEXTS = {".txt", ".text", ".md", *TABLES}
STDIN = "-"
BUFFER_BYTES = 1 << 16


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


def find_files(sources: Iterable[str | Path]) -> list[Path]:
    """The files that paths, folders (searched through) and globs name, in a fixed order; ``-`` stays as it is."""
    files: list[Path] = []
    for source in sources:
        path = Path(source)
        if str(source) == STDIN:
            files.append(path)
        elif path.is_dir():
            inside = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_text(file, path)]
            if not inside:
                kinds = " ".join(sorted(TEXTS))
                raise UserError(f"{source}: no text in this folder (looked for {kinds}, also compressed)")
            files += inside
        elif path.exists():
            files.append(path)
        elif matches := [match for match in sorted(glob.glob(str(source), recursive=True)) if Path(match).exists()]:  # noqa: PTH207 (Path's takes no absolute pattern)
            files += find_files(matches)
        else:
            hint = " (to train on a text itself, pass a list of texts)" if len(str(source).split()) > 1 else ""
            raise UserError(f"{str(source)[:200]}: no such file or folder{hint}")
    return files


def _is_text(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and kind_of(file) in TEXTS


def kind_of(path: Path) -> str:
    """The ending that says what is inside, without that of the compression."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in COMPRESSED else suffix


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
        _decompressed(raw, path.suffix.lower()) as file,
    ):
        yield file


def _decompressed(raw: BinaryIO, suffix: str) -> BinaryIO:
    if suffix == ".gz":
        return cast(BinaryIO, gzip.open(raw))
    if suffix == ".bz2":
        return cast(BinaryIO, bz2.open(raw))
    if suffix == ".xz":
        return cast(BinaryIO, lzma.open(raw))
    if suffix == ".zst":
        try:
            import pyarrow  # optional: only .zst files need it
        except ImportError:
            raise missing_extra("files") from None
        return cast(BinaryIO, pyarrow.input_stream(raw, compression="zstd"))
    return raw


def is_utf8(encoding: str) -> bool:
    """Whether a name of an encoding means UTF-8; UserError if it means none."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # refuses what is known but no encoding of text, such as hex
        return codecs.lookup(encoding).name == "utf-8"
    except (LookupError, ValueError):
        raise UserError(f"no encoding {encoding!r} is known; for example utf-8, gb18030, latin-1") from None
