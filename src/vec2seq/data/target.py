"""The target: the column of a table that is to be predicted, as labels or as numbers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cells import Cell, is_number, number_of, numbers_in, text_of
from vec2seq.data.table import Table
from vec2seq.errors import UserError

MOST_CLASSES = 20
"""More different numbers than this are values, not classes."""

TargetKind = Literal["classification", "regression"]


@dataclass(frozen=True, eq=False)
class Target:
    """What is to be predicted for the M rows that have it."""

    name: str
    kind: TargetKind
    rows: NDArray[np.int64]
    """[M]: the rows of the table, from 0, that have a target; ``table.take(rows)`` are their inputs"""
    dropped: int
    """how many rows have none"""
    labels: list[str]
    """[M], of classification; numbers as the shortest text: 1 for "1.0", too"""
    classes: list[str]
    """the different labels, sorted, as numbers if all are"""
    values: NDArray[np.float64]
    """[M], of regression"""


def read_target(
    table: Table,
    target: str | int | None = None,
    kind: TargetKind | None = None,
    mend: str = "name one with {target}, or its number",
) -> Target:
    """The target of every row that has one: a column by its name or its number from 1; None: the last one.

    Without ``kind``, it is a regression if all targets are numbers, and some has a fraction or more than MOST_CLASSES
    are different. ``mend``: what to do if there is no such column. Raises UserError if there is none, if all its cells
    are missing, and, naming the row, for a target of a regression that is no finite number.
    """
    name = _found(table, target, mend)
    cells = table.cells(name)
    rows = np.array([row for row, cell in enumerate(cells) if cell is not None], np.int64)
    present: list[Cell] = [cells[row] for row in rows]
    if not present:
        raise UserError(f"the target {name!r} is missing in all rows", "name another column with {target}")
    kind = kind or _inferred(present)
    labels: list[str] = []
    values = np.empty(0)
    if kind == "classification":
        labels = [text_of(cell) for cell in present]
    else:
        values = _values(table, name)[rows]
    return Target(name, kind, rows, len(table) - len(rows), labels, _classes(labels, table, rows), values)


def _found(table: Table, target: str | int | None, mend: str) -> str:
    """The name of the target's column; a name goes before a number."""
    names = table.names
    if isinstance(target, str) and target in table.columns:
        return target
    number = str(len(names) if target is None else target)
    if number.isascii() and number.isdigit() and len(number) < 10 and 1 <= int(number) <= len(names):
        return names[int(number) - 1]
    known = ", ".join(names)[:200]
    raise UserError(f"no column {target!r} for a target (there is: {known})", mend)


def _inferred(present: list[Cell]) -> TargetKind:
    """Classes or values, by what the cells are."""
    if not all(map(is_number, present)):
        return "classification"
    numbers = {number_of(cell) for cell in present}
    fractions = any(number is not None and not number.is_integer() for number in numbers)
    return "regression" if fractions or len(numbers) > MOST_CLASSES else "classification"


def _values(table: Table, name: str) -> NDArray[np.float64]:
    """The numbers, float64 [N], NaN for missing ones; UserError for what is none, or infinite."""
    column = table.column(name)
    cells = table.cells(name)

    def refuse(row: int) -> UserError:
        what = f"{table.place(row)}: the target {str(cells[row])[:100]!r} in column {name!r} is no finite number"
        return UserError(what, "mend it, or use {kind} classification")

    values = numbers_in(column, refuse)
    for row in np.flatnonzero(np.isnan(values)):
        if cells[row] is not None:
            raise refuse(int(row))
    return values


def _classes(labels: list[str], table: Table, rows: NDArray[np.int64]) -> list[str]:
    """The different labels, sorted."""
    classes = sorted(set(labels))
    for label in classes:
        if any("\ud800" <= character <= "\udfff" for character in label):
            place = table.place(int(rows[labels.index(label)]))
            raise UserError(f"{place}: the target {label[:100]!r} holds half a surrogate pair")
    return sorted(classes, key=lambda label: number_of(label) or 0.0) if all(map(is_number, classes)) else classes
