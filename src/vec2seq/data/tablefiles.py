"""Whole tables from files: CSV, TSV, separated by semicolons, JSONL, Parquet; compressed, or from standard input.

Files whose ending says nothing (.txt, .data, standard input) are JSONL if they begin with {, else CSV with the
separator that is most frequent in the first line. In tables separated by semicolons, 1,5 is a number.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vec2seq.data.cells import Cell, cell_of, is_number, packed
from vec2seq.data.dates import orders_of
from vec2seq.data.files import ReadSettings, find_files, kind_of, naming_damage, shown
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
from vec2seq.data.table import Table, check_names, name_of, number_names
from vec2seq.errors import UserError

_BLOCK_ROWS = 4096
"""Rows that are texts at the same time: columns of numbers are kept as numbers."""
_SAMPLE_ROWS = 1000
"""Rows below the first one that say whether it is a header."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


def read_table(
    sources: str | Path | Iterable[str | Path], how: ReadSettings | None = None, header: bool | None = None
) -> Table:
    """Read files, folders and globs as one table; "-" is standard input.

    ``header``: whether the first row of CSV and TSV files names the columns; None: it does if it has texts above
    numbers or dates, or, in tables of texts only, if none of its cells comes again in its column. Columns without
    names are called "1", "2", ... Several files have the same columns, in any order. Missing are empty cells and the
    texts of ``cells.MISSING``: NA N/A #N/A n/a NaN nan NULL Null null ? -

    Raises UserError, with file and line, for rows of different lengths, columns without a name or with the same one,
    tables without rows, and what cannot be decoded.
    """
    how = how or ReadSettings()
    files = find_files([sources] if isinstance(sources, str | Path) else sources).files
    if not files:
        raise UserError("there is no table: the list of files is empty")
    tables: list[Table] = []
    for path in files:
        known = tables[0].names if tables else []
        with naming_damage(path):
            blocks = list(_blocks(path, how, header, known))
        if not blocks:
            raise UserError(f"{shown(path)}: empty, no table")
        tables.append(Table.joined(blocks))
        _check_same(known or tables[0].names, tables[-1].names, shown(files[0]), shown(path))
    return Table.joined(tables)


def _check_same(first: list[str], other: list[str], first_file: str, file: str) -> None:
    """UserError unless two files have the same columns."""
    lacks, more = [name for name in first if name not in other], [name for name in other if name not in first]
    if lacks or more:
        differences = [f"no {', '.join(map(repr, lacks))}"] * bool(lacks) + [
            f"{', '.join(map(repr, more))} besides"
        ] * bool(more)
        raise UserError(f"{file}: not the columns of {first_file}: {' and '.join(differences)[:300]}")


def _blocks(path: Path, how: ReadSettings, header: bool | None, known: list[str]) -> Iterator[Table]:
    """The table of one file, some rows after another."""
    kind = kind_of(path)
    refuse_spreadsheet(path)
    if kind == ".parquet":
        yield from _parquet_blocks(path, how)
        return
    with open_lines(path, how, ReadBytes()) as lines:
        first, lines = peeked(lines)
        if kind in {".jsonl", ".ndjson"} or (kind not in {".csv", ".tsv"} and first.lstrip().startswith("{")):
            blocks = _json_blocks(shown(path), json_rows(shown(path), lines))
        else:
            separator = separator_of(first, kind)
            rows = even(shown(path), csv_rows(shown(path), lines, separator))
            blocks = _csv_blocks(shown(path), rows, separator == ";", header, known)
        for block in blocks:
            how.check()
            yield block


def _csv_blocks(
    where: str, rows: Iterator[tuple[int, list[str]]], decimal_comma: bool, header: bool | None, known: list[str]
) -> Iterator[Table]:
    """Blocks of a table of texts. ``known``: the columns of the file before, if there was one."""

    def cells(texts: Iterable[str]) -> list[Cell]:
        return [cell_of(_with_point(text) if decimal_comma else text) for text in texts]

    head = list(itertools.islice(rows, 1 + _SAMPLE_ROWS))
    if not head:
        return
    number, first = head[0]
    names = [name_of(text) for text in first]
    if header is None:
        header = sorted(names) == sorted(known) or is_header([cells(row) for _, row in head], names)
    if not header:
        names = number_names(len(first))
    elif len(head) == 1:
        raise UserError(f"{where}:{number}: no rows below the header")
    check_names(names, f"{where}:{number}")
    for chunk in _chunks(itertools.chain(head[header:], rows)):
        columns = zip(*(row for _, row in chunk), strict=True)
        packs = {name: packed(cells(column)) for name, column in zip(names, columns, strict=True)}
        yield Table.numbered(packs, f"{where}:", [number for number, _ in chunk])


def is_header(rows: Sequence[Sequence[Cell]], names: list[str]) -> bool:
    """Whether the first row names the columns; ``names`` are its texts.

    It does if it has more texts than numbers (and dates) above columns of numbers (and dates). Where there is no such
    column, it does if it has no numbers, no empty and no equal cells, and none that comes again in its column.
    """
    first, below = rows[0], [[cell for cell in column if cell is not None] for column in zip(*rows[1:], strict=True)]
    above = [cell for cell, column in zip(first, below, strict=False) if cell is not None and _measured(column)]
    measured = sum(_measured([cell]) for cell in above)
    if above:
        return len(above) - measured > measured
    if any(cell is None or _measured([cell]) for cell in first) or len(set(names)) < len(names):
        return False
    return not any(cell in column for cell, column in zip(first, below, strict=False))


def _measured(cells: list[Cell]) -> bool:
    """Whether these are numbers or dates: what names of columns hardly are."""
    return bool(cells) and (all(map(is_number, cells)) or bool(orders_of(cells)))


def _with_point(text: str) -> str:
    """A number with a comma before its fraction as one with a point."""
    return text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text.strip()) else text


def _json_blocks(where: str, rows: Iterator[tuple[int, Any]]) -> Iterator[Table]:
    for chunk in _chunks(rows):
        for number, row in chunk:
            if not isinstance(row, dict) or not row:
                raise UserError(f"{where}:{number}: not a row of a table", 'write one as {"column": value, ...}')
        raw = dict.fromkeys(name for _, row in chunk for name in row)
        check_names([name_of(name) for name in raw], f"{where}:{chunk[0][0]}")
        columns = {name_of(name): packed([_json_cell(where, line, row, name) for line, row in chunk]) for name in raw}
        yield Table.numbered(columns, f"{where}:", [number for number, _ in chunk])


def _json_cell(where: str, number: int, row: dict[str, Any], name: str) -> Cell:
    try:
        return cell_of(row.get(name))
    except TypeError as error:
        raise UserError(f"{where}:{number}: column {name!r} holds {error}, not a text, number or truth value") from None


def _parquet_blocks(path: Path, how: ReadSettings) -> Iterator[Table]:
    first = 1
    with open_parquet(path) as file:
        names = [name_of(name) for name in file.schema_arrow.names]
        check_names(names, str(path))
        for batch in file.iter_batches(batch_size=_BLOCK_ROWS):
            how.check()
            if not len(batch):
                continue
            columns = {name: _parquet_cells(path, name, column) for name, column in zip(names, batch, strict=True)}
            yield Table.numbered(
                {name: packed(cells) for name, cells in columns.items()},
                f"{path}: row ",
                range(first, first + len(batch)),
            )
            first += len(batch)


def _parquet_cells(path: Path, name: str, column: Any) -> list[Cell]:
    try:
        return [cell_of(value) for value in column.to_pylist()]
    except TypeError as error:
        raise UserError(f"{path}: column {name!r} holds {error}, which is neither text, number nor date") from None
    except (ValueError, OverflowError) as error:
        raise UserError(f"{path}: column {name!r} cannot be read ({str(error)[:100]}); write the table anew") from None


def _chunks(rows: Iterable[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    rows = iter(rows)
    while chunk := list(itertools.islice(rows, _BLOCK_ROWS)):
        yield chunk
