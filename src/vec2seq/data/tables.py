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
        if kind in {".jsonl", ".ndjson"}:
            yield from _json_column(path, text, how.column or "text")
        else:
            yield from _csv_column(path, text, how.column, "\t" if kind == ".tsv" else ",")


def _json_column(path: Path, file: io.TextIOWrapper, column: str) -> Iterator[str]:
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
            known = ", ".join(sorted(row)) if isinstance(row, dict) else "no columns"
            raise UserError(
                f"{path}:{number}: no text in column {column!r} (there is: {known[:200]})",
                "name one of these with {column}",
            )
        yield text


def _csv_column(path: Path, file: io.TextIOWrapper, column: str | None, separator: str) -> Iterator[str]:
    csv.field_size_limit(2**31 - 1)
    lines = (line for _, line in _lines(file, path))
    first = next(lines, "")
    if separator == "," and first.count(";") > first.count(","):
        separator = ";"  # as spreadsheets write it where the comma stands in numbers
    rows = csv.reader(itertools.chain([first], lines), delimiter=separator)
    try:
        header = next(rows, [])
        if column not in header:
            asked = f"no column {column!r}" if column else "which column holds the text?"
            raise UserError(f"{path}: {asked} (there is: {', '.join(header)[:200]})", "name one of these with {column}")
        place = header.index(column)
        for row in rows:
            if row:
                if len(row) <= place:
                    found = counted(len(row), "column")
                    raise UserError(f"{path}:{rows.line_num}: {found}, but {column!r} is number {place + 1}")
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
        where = f"{path}:{number + 1}: not {error.encoding} there, or soon behind it"
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
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            column = column or "text"
            if column not in names:
                raise UserError(
                    f"{path}: no column {column!r} (there is: {', '.join(names)[:200]})",
                    "name one of these with {column}",
                )
            row, rows, size = 0, file.metadata.num_rows, path.stat().st_size
            for batch in file.iter_batches(columns=[column]):
                for text in batch.column(0).to_pylist():
                    read_bytes[path] += size * (row + 1) // rows - size * row // rows
                    row += 1
                    if text is not None and not isinstance(text, str):
                        raise UserError(f"{path}: row {row} of column {column!r} is not text but {type(text).__name__}")
                    yield text or ""
    except pyarrow.ArrowInvalid as error:
        raise UserError(f"{path}: not a Parquet file, or damaged ({str(error).splitlines()[0]})") from None
