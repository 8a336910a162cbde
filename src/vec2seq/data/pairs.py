"""Pairs of a source and its target, from files: tables of pairs, or two files whose lines belong together.

Tables are TSV (a row is one line, and quotes are text), CSV, JSONL and Parquet, compressed or not; standard input is
TSV. Files with another ending come in pairs: the source, then the target, a line each. Knows nothing about pieces.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vec2seq.data.files import STDIN, TABLES, ReadSettings, find_files, kind_of, naming_damage, shown
from vec2seq.data.raw import ReadBytes
from vec2seq.data.rows import (
    csv_rows,
    even,
    json_rows,
    open_lines,
    open_parquet,
    peeked,
    refuse_spreadsheet,
    separator_of,
)
from vec2seq.data.textcolumns import column_of, is_number, known_column
from vec2seq.data.textrows import Tell
from vec2seq.errors import UserError, counted

SOURCE_NAMES = ("source", "src", "input", "from")
TARGET_NAMES = ("target", "tgt", "trg", "output", "to")
"""Names in a first row that say that it is a header, small letters or not."""
_BLOCK_ROWS = 4096


class Pair(NamedTuple):
    """What is given, and what is to be written for it. Texts have no white space around them."""

    source: tuple[str, ...]
    """one text, or several: columns"""
    targets: tuple[str, ...]
    """all are right; empty where no target was asked for"""
    place: str
    """where it stands, for messages: "pairs.tsv:17\""""

    @property
    def whole(self) -> bool:
        """Whether there is a source, and something in every target."""
        return any(self.source) and all(self.targets)


@dataclass(frozen=True)
class Columns:
    """What the user says of tables: names of columns, or numbers from 1."""

    source: str | None = None
    """several stand between commas; None: the first"""
    target: str | None = None
    """None: the last"""
    references: str | None = None
    """what stands between targets that are all right; None: nothing does"""
    source_names: Sequence[str] = SOURCE_NAMES
    target_names: Sequence[str] = TARGET_NAMES


def read_pairs(
    sources: Sequence[Path], how: ReadSettings, columns: Columns, tell: Tell, targets: bool = True
) -> Iterator[Pair]:
    """The pairs of files, folders and globs, in order; without ``targets`` their sources alone.

    ``tell`` is told what was taken for what. Empty sources and targets come, too. UserError, with file and line, for
    tables without the columns, rows of different lengths, and two files of different lengths.
    """
    files = find_files(sources).files
    if not files:
        raise UserError("there are no pairs: the list of files is empty")
    tables = [path for path in files if str(path) == STDIN or kind_of(path) in TABLES]
    lines = [path for path in files if path not in tables]
    for path in tables:
        with naming_damage(path):
            refuse_spreadsheet(path)
            for number, (place, row, source, target) in enumerate(_rows(path, how, columns, targets, tell)):
                if number % _BLOCK_ROWS == 0:
                    how.check()
                yield Pair(
                    tuple(_text(row[key], place) for key in source),
                    () if target is None else _targets(_text(row[target], place), columns.references),
                    place,
                )
    if not targets:
        for path in lines:
            yield from (Pair((text,), (), place) for place, text in _lines(path, how))
        return
    if len(lines) % 2:
        raise UserError(
            f"{shown(lines[-1])}: no table by its ending, so it is one of two files whose lines belong together, and "
            "the other is missing",
            "name the source, then the target; or call a table .tsv, .csv or .jsonl",
        )
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        tell(f"source: {shown(first)}, target: {shown(second)}")
        yield from _parallel(first, second, how, columns.references)


def _targets(text: str, separator: str | None) -> tuple[str, ...]:
    """The targets in a cell, each once."""
    parts = [part.strip() for part in text.split(separator)] if separator else [text]
    return tuple(dict.fromkeys(part for part in parts if part)) or ("",)


def _text(cell: Any, place: str) -> str:
    """The text of a cell; a missing one is empty."""
    if cell is None or isinstance(cell, str):
        return (cell or "").strip()
    raise UserError(f"{place}: not a text but of type {type(cell).__name__}", "use {source} and {target}")


def cells_stripped(text: str) -> str:
    """A text, or columns with TABs between them, without the spaces around each; of empty ones nothing."""
    return text.strip() and "\t".join(cell.strip() for cell in text.split("\t"))


# two files


def _parallel(first: Path, second: Path, how: ReadSettings, separator: str | None) -> Iterator[Pair]:
    """Lines that belong together; UserError if one file has more."""
    for number, (one, other) in enumerate(itertools.zip_longest(_lines(first, how), _lines(second, how)), 1):
        if one is None or other is None:
            short, long = (first, second) if one is None else (second, first)
            raise UserError(
                f"{shown(short)}: {counted(number - 1, 'line')}, but {shown(long)} has more: their lines do not belong "
                "together"
            )
        yield Pair((one[1],), _targets(other[1], separator), one[0])


def _lines(path: Path, how: ReadSettings) -> Iterator[tuple[str, str]]:
    """The places and texts of the lines of a file."""
    with naming_damage(path), open_lines(path, how, ReadBytes()) as lines:
        for number, line in enumerate(lines, 1):
            if number % _BLOCK_ROWS == 0:
                how.check()
            yield f"{shown(path)}:{number}", cells_stripped(line)


# tables

Row = tuple[str, Any, list[Any], Any]
"""The place, the cells, the keys of the sources in them, and that of the target (None: it is not asked for)."""


def _rows(path: Path, how: ReadSettings, columns: Columns, targets: bool, tell: Tell) -> Iterator[Row]:
    """The rows of a table."""
    where, kind = shown(path), kind_of(path)
    if kind == ".parquet":
        yield from _parquet_rows(path, columns, targets, tell)
        return
    with open_lines(path, how, ReadBytes()) as lines:
        if kind in {".jsonl", ".ndjson"}:
            yield from _json_rows(where, json_rows(where, lines), columns, targets, tell)
            return
        first, lines = peeked(lines)
        if kind == ".csv":
            rows = csv_rows(where, lines, separator_of(first, kind))
        else:
            rows = ((number, line.rstrip("\r\n").split("\t")) for number, line in enumerate(lines, 1) if line.strip())
        yield from _cell_rows(where, even(where, rows), columns, targets, tell)


def _cell_rows(
    where: str, rows: Iterator[tuple[int, list[str]]], columns: Columns, targets: bool, tell: Tell
) -> Iterator[Row]:
    """Rows of cells, of which the first may be a header."""
    head = list(itertools.islice(rows, 1))
    for number, first in head:
        source, target, header = _chosen(f"{where}:{number}", first, columns, targets)
        _tell_columns(where, first, source, target, header, tell)
        for at, row in itertools.chain([] if header else head, rows):
            yield f"{where}:{at}", row, source, target


def _json_rows(
    where: str, rows: Iterator[tuple[int, Any]], columns: Columns, targets: bool, tell: Tell
) -> Iterator[Row]:
    """Rows of JSONL; the first one says which keys are meant."""
    keys: tuple[list[str], str | None] | None = None
    for number, row in rows:
        place = f"{where}:{number}"
        if not isinstance(row, dict) or not row:
            raise UserError(f"{place}: not a row of a table", 'write one as {"source": ..., "target": ...}')
        if keys is None:
            names = list(row)
            source, target, _ = _chosen(place, names, columns, targets)
            _tell_columns(where, names, source, target, True, tell)
            keys = [names[column] for column in source], None if target is None else names[target]
        for key in keys[0] if keys[1] is None else [*keys[0], keys[1]]:
            if key not in row:
                raise UserError(f"{place}: no {key!r}, which the first row has (there is: {', '.join(row)[:200]})")
        yield place, row, *keys


def _parquet_rows(path: Path, columns: Columns, targets: bool, tell: Tell) -> Iterator[Row]:
    """Rows of Parquet."""
    with open_parquet(path) as file:
        names = file.schema_arrow.names
        source, target, _ = _chosen(str(path), names, columns, targets)
        _tell_columns(str(path), names, source, target, True, tell)
        number = 0
        for batch in file.iter_batches(batch_size=_BLOCK_ROWS):
            for row in zip(*(column.to_pylist() for column in batch), strict=True):
                number += 1
                yield f"{path}: row {number}", row, source, target


def _chosen(where: str, names: Sequence[str], columns: Columns, targets: bool) -> tuple[list[int], int | None, bool]:
    """The columns of the sources and of the target, from 0, and whether these are names and no texts."""
    wanted = columns.target if targets else None
    asked = [columns.source] if columns.source in names else (columns.source or "").split(",")  # a name may hold commas
    sources = [name for name in asked if name]
    named = any(name in names and not is_number(name, len(names)) for name in (*sources, columns.target) if name)
    source, target = known_column(names, columns.source_names), known_column(names, columns.target_names)
    header = named or (source is not None and (target is not None or (not targets and len(names) == 1)))
    first, last = (source or 0, target) if header else (0, None)
    if not targets and len(names) == 1:  # a table of sources alone, whatever the columns were called
        return [0], None, header
    found = [column_of(where, names, name, "source") for name in sources] or [first]
    if not targets:
        return found, None, header
    last = len(names) - 1 if last is None else last
    last = last if wanted is None else column_of(where, names, wanted, "target")
    if last in found:
        raise UserError(
            f"{where}: {counted(len(names), 'column')}, and {names[last][:100]!r} cannot be source and target",
            "write a source, a TAB and a target, or use {source} and {target}",
        )
    return found, last, header


def _tell_columns(
    where: str, names: Sequence[str], source: Sequence[int], target: int | None, header: bool, tell: Tell
) -> None:
    """Say which columns were taken."""

    def called(column: int) -> str:
        return repr(names[column][:100]) if header else f"column {column + 1}"

    there = "" if target is None else f", target: {called(target)}"
    tell(f"{where}: source: {' and '.join(map(called, source))}{there}")
