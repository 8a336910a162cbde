"""The user's text, from wherever it lies: files, folders, globs, standard input, compressed or in a column of a table,
or Python iterables. All of it comes out as blocks of UTF-8 bytes, in order, about a megabyte at a time.

Knows nothing about words: a block is cut at a line end, else at a space, else between two characters.
"""

import bz2
import codecs
import csv
import glob
import gzip
import io
import itertools
import json
import lzma
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from vec2seq.errors import UserError, counted, missing_extra

BLOCK_BYTES = 1 << 20
COMPRESSED = {".gz", ".bz2", ".xz", ".zst"}
TABLES = {".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"}
TEXTS = {".txt", ".text", ".md", *TABLES}
STDIN = "-"

TEXT_END = "\n\n"
"""What ends a text: a paragraph does not go beyond it."""

WORD_END, SENTENCE_END = "\x1f", "\x1e"
"""What ends words and sentences in blocks made from token lists: such tokens may hold spaces."""


@dataclass(frozen=True)
class Block:
    """A stretch of text that does not end inside a character, nor inside a word where that can be helped."""

    data: bytes
    """UTF-8"""
    source: str
    """the file, for messages"""
    line: int
    """number of its first line, from 1"""
    at_line_start: bool
    """whether nothing but white space stands before it in that line"""
    end: bytes = b"\n"
    """what ends a line; in blocks made from texts, what ends a text"""


@dataclass(frozen=True)
class ReadSettings:
    """How text files are read."""

    column: str | None = None
    """the column of CSV, TSV, JSONL and Parquet files that holds the text"""
    encoding: str = "utf-8"
    errors: str = "strict"
    """"strict", or "replace": what cannot be decoded becomes U+FFFD"""


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
        elif matches := sorted(glob.glob(str(source), recursive=True)):  # noqa: PTH207 (Path's takes no absolute pattern)
            files += find_files(matches)
        else:
            hint = " (to train on a text itself, pass a list of texts)" if len(str(source).split()) > 1 else ""
            raise UserError(f"{str(source)[:200]}: no such file or folder{hint}")
    return files


def _is_text(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and _kind(file) in TEXTS


def _kind(path: Path) -> str:
    """The ending that says what is inside, without that of the compression."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in COMPRESSED else suffix


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, decompressed by its ending."""
    if str(path) == STDIN:
        return sys.stdin.buffer
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast(BinaryIO, gzip.open(path))
    if suffix == ".bz2":
        return cast(BinaryIO, bz2.open(path))
    if suffix == ".xz":
        return cast(BinaryIO, lzma.open(path))
    if suffix == ".zst":
        try:
            import pyarrow  # optional: only .zst files need it
        except ImportError:
            raise missing_extra("files") from None
        return cast(BinaryIO, pyarrow.input_stream(path, compression="zstd"))
    return path.open("rb")


@dataclass(frozen=True)
class Source:
    """Text that was opened: its blocks, to be read once, and whether it is words already."""

    blocks: Iterator[Block]
    tokenized: bool
    """made from token lists: words end with WORD_END, sentences with SENTENCE_END, and nothing else splits them"""


def open_source(x: Any, how: ReadSettings | None = None, block_bytes: int = BLOCK_BYTES) -> Source:
    """Open whatever text was given.

    A path (str or Path) or several Paths: files, folders and globs. Any other iterable, generators included: of texts
    (str), or of token lists (list of str).
    """
    if isinstance(x, Source):
        return x
    how = how or ReadSettings()
    if isinstance(x, str | Path):
        x = [Path(x)]
    items = iter(x)
    first = next(items, None)
    if first is None:
        raise UserError("there is no text: the list is empty")
    items = itertools.chain([first], items)
    if isinstance(first, Path):
        paths = list(items)
        if not all(isinstance(path, Path) for path in paths):
            raise UserError("give either paths or texts, not both")
        files = find_files(paths)
        return Source((block for file in files for block in _file_blocks(file, how, block_bytes)), tokenized=False)
    if isinstance(first, str):
        return Source(_text_blocks(items, "the texts", TEXT_END, block_bytes), tokenized=False)
    lines = (_joined(tokens, number) for number, tokens in enumerate(items, 1))
    return Source(_text_blocks(lines, "the texts", SENTENCE_END, block_bytes), tokenized=True)


def _joined(tokens: Any, number: int) -> str:
    """A token list as one string."""
    if isinstance(tokens, str) or not isinstance(tokens, Sequence) or not all(isinstance(word, str) for word in tokens):
        raise UserError(f"text {number} is not a list of str but {type(tokens).__name__}, though the first one is")
    for word in tokens:
        if WORD_END in word or SENTENCE_END in word:
            raise UserError(f"text {number}: the token {word!r} holds a control character used inside (U+001E, U+001F)")
    return WORD_END.join(tokens)


def _text_blocks(texts: Iterable[Any], source: str, end: str, block_bytes: int) -> Iterator[Block]:
    """Texts, each followed by ``end``, gathered to blocks; line numbers are numbers of texts."""
    gathered: list[str] = []
    size, first = 0, 1
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise UserError(f"text {number} is not a str but {type(text).__name__}, though the first one is")
        gathered.append(text)
        size += len(text) + 1
        if size >= block_bytes:
            yield _text_block(gathered, source, end, first)
            gathered, size, first = [], 0, number + 1
    if gathered:
        yield _text_block(gathered, source, end, first)


def _text_block(texts: list[str], source: str, end: str, first: int) -> Block:
    try:
        return Block((end.join(texts) + end).encode(), source, first, True, end.encode())
    except UnicodeEncodeError as error:
        wrong = ascii(error.object[error.start])
        raise UserError(
            f"{source}: half a surrogate pair ({wrong}) among texts {first} to {first + len(texts) - 1}"
        ) from None


def _file_blocks(path: Path, how: ReadSettings, block_bytes: int) -> Iterator[Block]:
    """Blocks of one file, whatever its kind; damage is reported with the file's name."""
    try:
        kind = _kind(path)
        if kind in TABLES:
            yield from _text_blocks(read_column(path, how), str(path), TEXT_END, block_bytes)
        else:
            with open_bytes(path) as file:
                yield from _cut(file, "standard input" if str(path) == STDIN else str(path), how, block_bytes)
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise UserError(f"{path}: damaged or cut off ({error}); compress it again") from None
    except OSError as error:
        if error.filename is None and path.suffix.lower() in COMPRESSED:
            raise UserError(f"{path}: not a {path.suffix} file, or damaged ({error})") from None
        raise


def _cut(file: BinaryIO, source: str, how: ReadSettings, block_bytes: int) -> Iterator[Block]:
    """Cut a stream of bytes into blocks; every file ends with an empty line."""
    decoder = None
    if not _is_utf8(how.encoding):
        decoder = codecs.getincrementaldecoder(how.encoding)(how.errors)
    carry, line, at_line_start, beginning = b"", 1, True, True
    while True:
        data = file.read(block_bytes)
        ended = not data
        if decoder is not None:
            try:
                data = decoder.decode(data, ended).encode()
            except UnicodeError as error:
                raise UserError(f"{source}: not {how.encoding} near line {line}: {error}") from None
        elif beginning:
            _refuse_binary(data, source)
        if beginning:
            data = data.removeprefix(codecs.BOM_UTF8)
            beginning = False
        data = carry + data + (b"\n\n" if ended else b"")
        end = len(data) if ended else _last_cut(data)
        carry, data = data[end:], data[:end]
        if data:
            if how.errors == "replace" and not data.isascii():
                data = data.decode(errors="replace").encode()
            yield Block(data, source, line, at_line_start)
            line += data.count(b"\n")
            at_line_start = not data[data.rfind(b"\n") + 1 :].strip() and (b"\n" in data or at_line_start)
        if ended:
            return


def _is_utf8(encoding: str) -> bool:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # refuses what is known but no encoding of text, such as hex
        return codecs.lookup(encoding).name == "utf-8"
    except (LookupError, ValueError):
        raise UserError(f"no encoding {encoding!r} is known; for example utf-8, gb18030, latin-1") from None


def _last_cut(data: bytes) -> int:
    """Where to cut: behind the last line end, else behind the last space, else before the last character."""
    for end in (b"\n", b" "):
        place = data.rfind(end)
        if place >= 0:
            return place + 1
    place = len(data)
    while place > max(len(data) - 3, 0) and data[place - 1] & 0xC0 == 0x80:
        place -= 1
    return max(place - 1, 0)


def _refuse_binary(data: bytes, source: str) -> None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{source}: UTF-16, not UTF-8", "use {encoding} utf-16")
    place = data.find(b"\0")
    if place >= 0:
        raise UserError(f"{source}: not a text file (a zero byte at byte {place + 1})")


def not_utf8(block: Block, position: int) -> UserError:
    """The error for bytes that are not UTF-8, at data[position]."""
    line = block.line + block.data.count(b"\n", 0, position)
    byte = position - (block.data.rfind(b"\n", 0, position) + 1) + 1
    return UserError(
        f"{block.source}:{line}: not UTF-8 at byte {byte}",
        "another encoding? {encoding} gb18030, for example; if not, {errors} replace",
    )


def read_column(path: Path, how: ReadSettings) -> Iterator[str]:
    """The texts of one column of a JSONL, CSV, TSV or Parquet file."""
    kind = _kind(path)
    if kind == ".parquet":
        yield from _parquet_column(path, how.column)
    elif kind in {".jsonl", ".ndjson"}:
        yield from _json_column(path, how, how.column or "text")
    else:
        yield from _csv_column(path, how, "\t" if kind == ".tsv" else ",")


def _decoded(path: Path, how: ReadSettings) -> io.TextIOWrapper:
    encoding = "utf-8-sig" if _is_utf8(how.encoding) else how.encoding
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors=how.errors, newline="")


def _json_column(path: Path, how: ReadSettings, column: str) -> Iterator[str]:
    with _decoded(path, how) as file:
        for number, line in _lines(file, path):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise UserError(f"{path}:{number}: not JSON at column {error.colno} ({error.msg})") from None
            except (ValueError, RecursionError) as error:
                raise UserError(f"{path}:{number}: not JSON ({error})") from None
            text = row.get(column) if isinstance(row, dict) else None
            if not isinstance(text, str):
                known = " ".join(sorted(row)) if isinstance(row, dict) else "no columns"
                raise UserError(
                    f"{path}:{number}: no text in column {column!r} (there is: {known[:200]})", "use {column}"
                )
            yield text


def _csv_column(path: Path, how: ReadSettings, separator: str) -> Iterator[str]:
    csv.field_size_limit(2**31 - 1)
    with _decoded(path, how) as file:
        rows = csv.reader((line for _, line in _lines(file, path)), delimiter=separator)
        try:
            header = next(rows, [])
            if how.column not in header:
                asked = f"no column {how.column!r}" if how.column else "which column holds the text?"
                raise UserError(f"{path}: {asked} (there is: {' '.join(header)[:200]})", "use {column}")
            place = header.index(how.column)
            for row in rows:
                if row:
                    if len(row) <= place:
                        found = counted(len(row), "column")
                        raise UserError(f"{path}:{rows.line_num}: {found}, but {how.column!r} is number {place + 1}")
                    yield row[place]
        except csv.Error as error:
            raise UserError(f"{path}:{rows.line_num}: {error}") from None


def _lines(file: io.TextIOWrapper, path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; bytes that cannot be decoded are reported with theirs."""
    number = 0
    try:
        for number, line in enumerate(file, 1):
            yield number, line
    except UnicodeDecodeError as error:
        where = f"{path}: not {error.encoding} behind line {number} ({error.reason})"
        raise UserError(where, "use {errors} replace, or {encoding}") from None


def _parquet_column(path: Path, column: str | None) -> Iterator[str]:
    try:
        import pyarrow
        import pyarrow.parquet  # optional: only Parquet files need it
    except ImportError:
        raise missing_extra("files") from None
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            column = column or "text"
            if column not in names:
                raise UserError(f"{path}: no column {column!r} (there is: {' '.join(names)[:200]})", "use {column}")
            row = 0
            for batch in file.iter_batches(columns=[column]):
                for text in batch.column(0).to_pylist():
                    row += 1
                    if text is not None and not isinstance(text, str):
                        raise UserError(f"{path}: row {row} of column {column!r} is not text but {type(text).__name__}")
                    yield text or ""
    except pyarrow.ArrowInvalid as error:
        raise UserError(f"{path}: not a Parquet file, or damaged ({str(error).splitlines()[0]})") from None
