"""The texts in a column of a table: JSONL, CSV, TSV, Parquet."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vec2seq.data.files import ReadSettings, kind_of
from vec2seq.data.raw import ReadBytes
from vec2seq.data.rows import csv_rows, json_rows, open_lines, open_parquet, separator_of
from vec2seq.errors import UserError, counted


def read_column(path: Path, how: ReadSettings, read_bytes: ReadBytes) -> Iterator[str]:
    """The texts of one column of a JSONL, CSV, TSV or Parquet file; ``read_bytes`` counts what is read of it."""
    kind = kind_of(path)
    if kind == ".parquet":
        yield from _parquet_column(path, how.column or "text", read_bytes)
        return
    with open_lines(path, how, read_bytes) as lines:
        if kind in {".jsonl", ".ndjson"}:
            yield from _json_column(path, lines, how.column or "text")
        else:
            yield from _csv_column(path, lines, how.column, kind)


def _json_column(path: Path, lines: Iterator[str], column: str) -> Iterator[str]:
    for number, row in json_rows(str(path), lines):
        text = row.get(column) if isinstance(row, dict) else None
        if not isinstance(text, str):
            known = ", ".join(sorted(row)) if isinstance(row, dict) else "no columns"
            raise UserError(
                f"{path}:{number}: no text in column {column!r} (there is: {known[:200]})",
                "name one of these with {column}",
            )
        yield text


def _csv_column(path: Path, lines: Iterator[str], column: str | None, kind: str) -> Iterator[str]:
    """By the column's name in the first row; else by its number, and the first row is one as the others."""
    first = next(lines, "")
    rows = csv_rows(str(path), itertools.chain([first], lines), separator_of(first, kind))
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


def _parquet_column(path: Path, column: str, read_bytes: ReadBytes) -> Iterator[str]:
    """A row counts as much as the others: other columns are not read, this one not in one piece."""
    row = 0
    with open_parquet(path) as file:
        names = file.schema_arrow.names
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
                yield _text(cell, f"{path}: row {row} of column {column!r}")


def _text(cell: Any, where: str) -> str:
    """The text in a cell of pyarrow."""
    try:
        text = cell.as_py()
    except UnicodeDecodeError:
        raise UserError(f"{where} is not UTF-8; write the table anew") from None
    if text is not None and not isinstance(text, str):
        raise UserError(f"{where} is not text but {type(text).__name__}")
    return text or ""
