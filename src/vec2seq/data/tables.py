"""The texts in a column of a table: JSONL, CSV, TSV, Parquet."""

import csv
import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from vec2seq.data.files import OTHER_ENCODING, ReadSettings, is_utf8, kind_of, open_bytes
from vec2seq.data.raw import ReadBytes
from vec2seq.errors import UserError, counted, missing_extra

LONGEST = 1 << 24
"""Characters of a line, or of a row of several lines."""


def read_column(path: Path, how: ReadSettings, read_bytes: ReadBytes) -> Iterator[str]:
    """The texts of one column of a JSONL, CSV, TSV or Parquet file; ``read_bytes`` counts what is read of it."""
    kind = kind_of(path)
    if kind == ".parquet":
        yield from _parquet_column(path, how.column, read_bytes)
        return
    encoding = "utf-8-sig" if is_utf8(how.encoding) else how.encoding
    with (
        open_bytes(path, read_bytes, how.check) as file,
        io.TextIOWrapper(file, encoding=encoding, errors=how.errors, newline="") as text,
    ):
        lines = _lines(path, text)
        if kind in {".jsonl", ".ndjson"}:
            yield from _json_column(path, lines, how.column or "text")
        else:
            yield from _csv_column(path, lines, how.column, "\t" if kind == ".tsv" else ",")


def _json_column(path: Path, lines: Iterator[str], column: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
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
            known = ", ".join(sorted(row)) if isinstance(row, dict) else "no columns"
            raise UserError(
                f"{path}:{number}: no text in column {column!r} (there is: {known[:200]})",
                "name one of these with {column}",
            )
        yield text


def _csv_column(path: Path, lines: Iterator[str], column: str | None, separator: str) -> Iterator[str]:
    """By the column's name in the first row; else by its number, and the first row is one as the others."""
    first = next(lines, "")
    if separator == "," and first.count(";") > first.count(","):
        separator = ";"  # as spreadsheets write it where the comma stands in numbers
    rows = _rows(path, itertools.chain([first], lines), separator)
    number, header = next(rows, (1, []))
    numbers = [str(place) for place in range(1, len(header) + 1)]
    if column in header:
        place = header.index(column)
    elif column in numbers:
        place, rows = numbers.index(column), itertools.chain([(number, header)], rows)
    else:
        asked = f"no column {column!r}" if column else "which column holds the text?"
        raise UserError(
            f"{path}: {asked} (there is: {', '.join(header)[:200]})",
            "name one of these with {column}, or say its number, from 1, if that is a text and no header",
        )
    for number, row in rows:
        if row:
            if len(row) <= place:
                found = counted(len(row), "column")
                raise UserError(f"{path}:{number}: {found}, but {column!r} is number {place + 1}")
            yield row[place]


def _rows(path: Path, lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the number of its first line: a cell in quotes may have several lines."""
    number, room = 1, LONGEST

    def limited() -> Iterator[str]:
        nonlocal room
        for line in lines:
            room -= len(line)
            if room < 0:
                raise csv.Error(f"more than {LONGEST:,} characters")
            yield line

    csv.field_size_limit(max(LONGEST, csv.field_size_limit()))
    rows = csv.reader(limited(), delimiter=separator, strict=True)
    try:
        for row in rows:
            yield number, row
            number, room = rows.line_num + 1, LONGEST
    except csv.Error as error:
        reason = "the file ends within them" if str(error) == "unexpected end of data" else error
        what = f"{path}:{number}: the quotes in the row that begins here do not match ({reason})"
        raise UserError(what, "close them, and write a quote within a cell twice") from None


def _lines(path: Path, file: io.TextIOWrapper) -> Iterator[str]:
    """Lines; one that is too long, and bytes that cannot be decoded, are reported with its number."""
    number = 1
    try:
        while line := file.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise UserError(f"{path}:{number}: a line of more than {LONGEST:,} characters; are line ends missing?")
            yield line
            number += 1
    except UnicodeError as error:
        reason = "" if isinstance(error, UnicodeDecodeError) else f" ({error})"
        where = f"{path}:{number}: not {file.encoding.removesuffix('-sig')} there, or soon behind it{reason}"
        raise UserError(where, OTHER_ENCODING) from None


def _parquet_column(path: Path, column: str | None, read_bytes: ReadBytes) -> Iterator[str]:
    """A row counts as much as the others: other columns are not read, this one not in one piece."""
    try:
        import pyarrow
        import pyarrow.parquet  # optional: only Parquet files need it
    except ImportError:
        raise missing_extra("files") from None
    if not path.is_file():
        raise UserError(f"{path}: a pipe or a device, but Parquet files are read from their end; write it to a file")
    row = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            column = column or "text"
            if column not in names:
                raise UserError(
                    f"{path}: no column {column!r} (there is: {', '.join(names)[:200]})",
                    "name one of these with {column}",
                )
            rows, size = file.metadata.num_rows, path.stat().st_size
            for batch in file.iter_batches(columns=[column]):
                for cell in batch.column(0):
                    read_bytes[path] += size * (row + 1) // rows - size * row // rows
                    row += 1
                    text = cell.as_py()
                    if text is not None and not isinstance(text, str):
                        raise UserError(f"{path}: row {row} of column {column!r} is not text but {type(text).__name__}")
                    yield text or ""
    except UnicodeDecodeError:
        where = f"row {row} of column {column!r}" if row else "the name of a column"
        raise UserError(f"{path}: {where} is not UTF-8; write the table anew") from None
    except (pyarrow.ArrowException, OSError) as error:
        if getattr(error, "errno", None):  # the system's, not about what is in the file
            raise
        raise UserError(f"{path}: not a Parquet file, or damaged ({str(error).splitlines()[0]})") from None
