"""Cells of tables: which are missing, which are numbers, and how one is written as text.

Knows nothing about columns: what a cell means there is decided in ``columns``.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = str | int | float | bool | date | None
"""None: missing."""

Column = list[Cell] | NDArray[np.float64]
"""The cells of a column; an array if all are numbers or missing (NaN) that it can hold without loss."""

MISSING = frozenset({"", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "?", "-"})
"""Texts that stand for a missing cell, if nothing but white space is beside them."""

_EXACT = 2.0**53
"""From here on, float64 does not have all whole numbers."""
_CODE = re.compile(r"[+-]?0\d+")


def cell_of(value: Any) -> Cell:
    """The cell that a Python value is; TypeError if it is none: a list, bytes, a complex number ...

    Texts are stripped, and those in MISSING are missing, as None, NaN and NaT are. NumPy's numbers and dates, Decimal
    and Fraction become Python's. An infinite float stays; an int of more than 64 bits becomes a float.
    """
    if isinstance(value, str):
        text = str(value).strip()
        return None if text in MISSING else text
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()  # of nanoseconds, item() makes a plain number
    elif isinstance(value, np.generic) and not isinstance(value, np.timedelta64):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**64 else _float(value)
    if isinstance(value, date):
        return value if value == value else None  # NaT
    if hasattr(value, "__float__") and not hasattr(value, "__len__") and not isinstance(value, np.timedelta64):
        number = _float(value)
        return None if math.isnan(number) else number
    if type(value).__name__ == "NAType":  # pandas.NA, which is not to be imported for this
        return None
    raise TypeError(f"a value of type {type(value).__name__}")


def _float(value: Any) -> float:
    """A number as float, infinite if it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_of(cell: Cell) -> float | None:
    """The number that a cell is, or that its text says; None if it is none. What is too large is infinite."""
    if isinstance(cell, bool | date) or cell is None:
        return None
    if isinstance(cell, str) and "_" in cell:  # Python's numbers may have it
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def is_code(cell: Cell) -> bool:
    """Whether a text is a whole number with zeros before it: 00501 is the name of something, not 501."""
    return isinstance(cell, str) and _CODE.fullmatch(cell) is not None


def is_number(cell: Cell) -> bool:
    """Whether a cell is a number, or a text that says one; codes are none."""
    return number_of(cell) is not None and not is_code(cell)


def number_text(number: float) -> str:
    """3 for 3.0, else what ``repr`` says."""
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else repr(number)


def text_of(cell: Cell) -> str:
    """A cell as text, the same however a file or Python writes it: 1 for "1.0", 1.0 and 1; true for True."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    number = number_of(cell)
    if number is None or is_code(cell) or abs(number) >= _EXACT:
        return str(cell)
    return number_text(number)


def packed(cells: list[Cell]) -> Column:
    """The cells as a float64 array [N] with NaN for missing ones if nothing is lost but spelling, else as they are."""
    numbers = np.empty(len(cells))
    for row, cell in enumerate(cells):
        number = math.nan if cell is None else number_of(cell)
        if number is None or is_code(cell) or (abs(number) >= _EXACT and number.is_integer()):
            return cells
        numbers[row] = number
    return numbers


def unpacked(column: Column) -> list[Cell]:
    """The cells one by one, None for missing ones."""
    if isinstance(column, list):
        return column
    return [None if number != number else number for number in column.tolist()]


def numbers_in(column: Column, refuse: Callable[[int], Exception]) -> NDArray[np.float64]:
    """The numbers of a column, float64 [N], NaN for cells that are missing or infinite; codes are numbers here.

    Raises ``refuse(row)`` for the first cell that is no number.
    """
    if isinstance(column, list):
        numbers = np.empty(len(column))
        for row, cell in enumerate(column):
            number = math.nan if cell is None else number_of(cell)
            if number is None:
                raise refuse(row)
            numbers[row] = number
    else:
        numbers = column.copy()
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers
