"""Table: named columns of cells in memory, made of what Python users have, or of files (``tablefiles``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cells import Cell, Column, cell_of, packed, unpacked
from vec2seq.errors import UserError, counted

_LARGEST_EXACT = 2**53
_KNOWN = "a dict of columns, a list of dicts, a table of pandas, Polars or pyarrow, or a 2-D array"


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns, each with one cell for every row; N rows."""

    columns: dict[str, Column]
    """name -> cells: a list, or float64 [N] with NaN for missing ones if all are numbers"""
    lines: NDArray[np.int64]
    """[N]: the number that each row has where it comes from, from 1"""
    origin: NDArray[np.int32]
    """[N]: where each row comes from, a number of ``origins``"""
    origins: list[str]
    """what stands before a row's number in messages: "table.csv:", "table.parquet: row ", "row " """

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self.columns)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def place(self, row: int) -> str:
        """Where a row (from 0) comes from, for messages: "table.csv:17", or "row 17"."""
        return f"{self.origins[self.origin[row]]}{self.lines[row]}"

    def cells(self, name: str) -> list[Cell]:
        """The cells of a column one by one; None: missing. UserError if there is no such column."""
        return unpacked(self.column(name))

    def column(self, name: str) -> Column:
        """The cells of a column as they are kept; UserError if there is no such column."""
        if name not in self.columns:
            raise UserError(f"no column {name!r} (there is: {', '.join(self.columns)[:200]})")
        return self.columns[name]

    def take(self, rows: NDArray[np.int64]) -> Self:
        """The table of some of its rows (numbers from 0), in the order given."""
        columns: dict[str, Column] = {
            name: [column[row] for row in rows] if isinstance(column, list) else column[rows]
            for name, column in self.columns.items()
        }
        return type(self)(columns, self.lines[rows], self.origin[rows], self.origins)

    @classmethod
    def numbered(cls, columns: dict[str, Column], origin: str, lines: Sequence[int]) -> Self:
        """A table whose rows all come from one place."""
        return cls(columns, np.array(lines, np.int64), np.zeros(len(lines), np.int32), [origin])

    @classmethod
    def joined(cls, tables: Sequence[Self]) -> Self:
        """The rows of all tables, the first one's first; what a table has no column for is missing there."""
        names = dict.fromkeys(name for table in tables for name in table.columns)
        number = {origin: place for place, origin in enumerate({o: None for t in tables for o in t.origins})}
        numbers = [np.array([number[origin] for origin in table.origins], np.int32) for table in tables]
        empty = [np.full(len(table), np.nan) for table in tables]
        return cls(
            {
                name: _joined([t.columns.get(name, none) for t, none in zip(tables, empty, strict=True)])
                for name in names
            },
            np.concatenate([table.lines for table in tables]),
            np.concatenate([own[table.origin] for own, table in zip(numbers, tables, strict=True)]),
            list(number),
        )

    @classmethod
    def of(cls, x: Any) -> Self:
        """A table of what Python users have.

        A dict (name -> cells), a list of dicts (one a row; what one does not have is missing), a data frame of pandas
        or Polars or a table of pyarrow (known by how they look, not imported), a 2-D NumPy array or a list of lists
        (columns are called "1", "2", ...). Cells are str, float, int, bool, date, datetime; None, NaN and the texts
        of ``cells.MISSING`` are missing ones. Raises UserError for anything else, and for a table that is empty.
        """
        if isinstance(x, cls):
            return x
        named = _named(x)
        check_names([name for name, _ in named], "the table")
        columns = {name: _column(name, values) for name, values in named}
        if not columns or not len(next(iter(columns.values()))):
            raise UserError("the table is empty")
        (first, cells), *others = columns.items()
        for name, column in others:
            if len(column) != len(cells):
                raise UserError(
                    f"column {name!r} has {counted(len(column), 'cell')}, but column {first!r} has {len(cells):,}"
                )
        return cls.numbered(columns, "row ", range(1, len(cells) + 1))


def check_names(names: Sequence[str], where: str) -> None:
    """UserError unless every column has a name of its own."""
    for place, name in enumerate(names, 1):
        if not name:
            raise UserError(f"{where}: column {place} has no name; give it one (pandas: to_csv with index=False)")
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise UserError(f"{where}: the name of column {place}, {name[:100]!r}, holds half a surrogate pair")
    if len(set(names)) < len(names):
        name = next(name for name in names if names.count(name) > 1)
        places = " and ".join(str(place) for place, other in enumerate(names, 1) if other == name)
        raise UserError(f"{where}: columns {places} have the same name {name!r}; give each its own")


def name_of(name: Any) -> str:
    """What a column is called: every stretch of white space is one space, without those at both ends."""
    return " ".join(str(name).split())


def number_names(count: int) -> list[str]:
    """Names of columns that have none: "1", "2", ..."""
    return [str(place) for place in range(1, count + 1)]


def _named(x: Any) -> list[tuple[str, Any]]:
    """The columns of whatever kind of table was given, with their names."""
    if isinstance(x, str | Path):
        raise UserError(f"{str(x)[:200]}: not a table; if it is a file, read it with read_table")
    if isinstance(x, Mapping):
        return [(name_of(name), values) for name, values in x.items()]
    if isinstance(x, np.ndarray):
        if x.ndim != 2:
            raise UserError(f"an array of {x.ndim} dimensions is no table; give one of 2, [rows, columns]")
        return [(name, x[:, place]) for place, name in enumerate(number_names(x.shape[1]))]
    if hasattr(x, "column_names") and hasattr(x, "column"):  # pyarrow
        return [(name_of(name), x.column(place)) for place, name in enumerate(x.column_names)]
    if hasattr(x, "columns") and hasattr(x, "__getitem__"):  # pandas, Polars
        names = list(x.columns)
        check_names([name_of(name) for name in names], "the table")  # pandas: two of one name would come at once
        return [(name_of(name), x[name]) for name in names]
    if isinstance(x, Sequence):
        return _of_rows(x)
    raise UserError(f"type {type(x).__name__} is no table; give {_KNOWN}")


def _of_rows(rows: Sequence[Any]) -> list[tuple[str, Any]]:
    """The columns of a list of dicts or of a list of lists."""
    if all(isinstance(row, Mapping) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return [(name_of(name), [row.get(name) for row in rows]) for name in names]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list | tuple | np.ndarray):
            raise UserError(f"row {number} is of type {type(row).__name__}; a table is {_KNOWN}")
        if len(row) != len(rows[0]):
            raise UserError(f"row {number} has {counted(len(row), 'cell')}, but row 1 has {len(rows[0]):,}")
    return [(name, [row[place] for row in rows]) for place, name in enumerate(number_names(len(rows[0])))]


def _column(name: str, values: Any) -> Column:
    """The cells that a column of any kind holds; UserError names the row of what is no cell."""
    kind = getattr(values, "dtype", None)
    if isinstance(kind, np.dtype) and kind.kind in "iuf" and not isinstance(values, np.ma.MaskedArray):
        array = np.asarray(values)
        if array.ndim == 1 and (kind.kind == "f" or not (np.abs(array.astype(float)) >= _LARGEST_EXACT).any()):
            return array.astype(np.float64)
    if isinstance(values, str | bytes | Mapping):
        raise UserError(f"column {name!r} is of type {type(values).__name__}, not a list of cells")
    to_list = next((way for way in ("to_pylist", "to_list", "tolist") if hasattr(values, way)), None)
    if to_list and type(values) is not np.ndarray:  # whose tolist makes plain numbers of dates
        values = getattr(values, to_list)()
    try:
        iterator = iter(values)
    except TypeError:
        raise UserError(f"column {name!r} is of type {type(values).__name__}, not a list of cells") from None
    cells: list[Cell] = []
    for row, value in enumerate(iterator, 1):
        try:
            cells.append(cell_of(value))
        except TypeError as error:
            raise UserError(
                f"row {row}: column {name!r} holds {error}, which is neither text, number nor date"
            ) from None
    return packed(cells)


def _joined(parts: list[Column]) -> Column:
    """Columns one below the other."""
    arrays = [part for part in parts if not isinstance(part, list)]
    if len(arrays) == len(parts):
        return np.concatenate(arrays)
    return [cell for part in parts for cell in unpacked(part)]
