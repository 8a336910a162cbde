"""The rows of table files as they come: lines of text, rows of CSV, values of JSONL, an open Parquet file.

Knows nothing about what the columns mean.
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vec2seq.data.files import OTHER_ENCODING, ReadSettings, is_utf8, kind_of, open_bytes, shown
from vec2seq.data.raw import ReadBytes
from vec2seq.errors import UserError, counted, missing_extra

LONGEST = 1 << 24
"""Characters of a line, or of a row of several lines."""
IN_QUOTES = "put cells that hold the separator in double quotes"
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods", ".numbers"}


@contextmanager
def open_lines(path: Path, how: ReadSettings, read_bytes: ReadBytes) -> Iterator[Iterator[str]]:
    """The lines of a text file, with their ends; ``read_bytes`` counts what is read of it."""
    encoding = "utf-8-sig" if is_utf8(how.encoding) else how.encoding
    with (
        open_bytes(path, read_bytes, how.check) as file,
        io.TextIOWrapper(file, encoding=encoding, errors=how.errors, newline="") as text,
    ):
        yield _lines(shown(path), text)


def refuse_spreadsheet(path: Path) -> None:
    """UserError for a file of Excel and the like."""
    if kind_of(path) in _SPREADSHEETS:
        raise UserError(f"{path}: a spreadsheet; save it as CSV")


def peeked(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The first line that is not empty, and all lines."""
    head: list[str] = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    return (head[-1] if head else ""), itertools.chain(head, lines)


def even(where: str, rows: Iterator[tuple[int, list[str]]], mend: str = IN_QUOTES) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty; UserError for one that is longer or shorter than the first."""
    width, first = 0, 0
    for number, row in rows:
        if not row or (width != 1 and len(row) == 1 and not row[0].strip()):
            continue
        if not width:
            width, first = len(row), number
        if len(row) != width:
            what = f"{where}:{number}: {counted(len(row), 'cell')}, but line {first} has {width:,}"
            raise UserError(what, mend)
        yield number, row


def separator_of(first: str, kind: str) -> str:
    """What separates the cells, judged by the first line: a tab in .tsv, a comma or semicolon in .csv, else any."""
    if kind == ".tsv":
        return "\t"
    unquoted = re.sub('"[^"]*"', "", first)
    candidates = ",;" if kind == ".csv" else ",;\t"  # spreadsheets write ; where the comma stands in numbers
    return max(candidates, key=unquoted.count)


def csv_rows(where: str, lines: Iterator[str], separator: str) -> Iterator[tuple[int, list[str]]]:
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
        what = f"{where}:{number}: the quotes in the row that begins here do not match ({reason})"
        raise UserError(what, "close them, and write a quote within a cell twice") from None


def json_rows(where: str, lines: Iterator[str]) -> Iterator[tuple[int, Any]]:
    """The values of JSONL, one a line, each with the number of its line; empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(f"{where}:{number}: not JSON at column {error.colno} ({error.msg})") from None
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}:{number}: not JSON ({error})") from None


def _lines(where: str, file: io.TextIOWrapper) -> Iterator[str]:
    """Lines; one that is too long, and bytes that cannot be decoded, are reported with its number."""
    number = 1
    try:
        while line := file.readline(LONGEST + 1):
            if len(line) > LONGEST:
                raise UserError(f"{where}:{number}: a line of more than {LONGEST:,} characters; are line ends missing?")
            if "\0" in line:
                raise UserError(
                    f"{where}:{number}: a zero byte, so this is no text",
                    "save it as text, or use {encoding} utf-16 if it is that",
                )
            yield line
            number += 1
    except UnicodeError as error:
        reason = "" if isinstance(error, UnicodeDecodeError) else f" ({error})"
        place = f"{where}:{number}: not {file.encoding.removesuffix('-sig')} there, or soon behind it{reason}"
        raise UserError(place, OTHER_ENCODING) from None


@contextmanager
def open_parquet(path: Path) -> Iterator[Any]:
    """A ``pyarrow.parquet.ParquetFile``; what pyarrow finds wrong with it is a UserError."""
    try:
        import pyarrow
        import pyarrow.parquet  # optional: only Parquet files need it
    except ImportError:
        raise missing_extra("files") from None
    if not path.is_file():
        raise UserError(f"{path}: a pipe or a device, but Parquet files are read from their end; write it to a file")
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            yield file
    except UnicodeDecodeError:
        raise UserError(f"{path}: the name of a column is not UTF-8; write the table anew") from None
    except (pyarrow.ArrowException, OSError) as error:
        if getattr(error, "errno", None):  # the system's, not about what is in the file
            raise
        raise UserError(f"{path}: not a Parquet file, or damaged ({str(error).splitlines()[0]})") from None
