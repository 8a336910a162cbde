"""Dates in tables: in which order a column writes year, month and day.

Known are 2026-11-27, 2026/11/27, 2026.11.27 and 2026年11月27日, 2026-11 (its first day), 27.11.2026 (dots: the day
first), and 27/11/2026 or 11/27/2026, also with hyphens, where some date of the column shows which number is the day.
A time may follow, after T or a space; a time zone is passed over: the time is what the clock there showed.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal, get_args

from vec2seq.data.cells import Cell

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: tuple[Order, ...] = get_args(Order)

_TIME = r"(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?" + _TIME, re.ASCII
)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII)


def date_of(cell: Cell, order: Order) -> datetime | None:
    """The date that a cell is, or that its text says; None if it is none.

    With the year last, ``order`` says which number is the day ("ymd": known for dots only).
    """
    if isinstance(cell, date):
        return _moment(cell)
    if not isinstance(cell, str):
        return None
    if match := _YEAR_FIRST.fullmatch(cell):
        year, *months, day, hour, minute, second = match.groups()
        month = next(filter(None, months))
    elif match := _YEAR_LAST.fullmatch(cell):
        first, mark, other, year, hour, minute, second = match.groups()
        if order == ("mdy" if mark == "." else "ymd"):
            return None
        day, month = (other, first) if order == "mdy" else (first, other)
    elif match := _MONTH.fullmatch(cell):
        (year, month), day, hour, minute, second = match.groups(), "1", "0", "0", "0"
    else:
        return None
    try:
        return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:  # 30 February
        return None


def _moment(day: date) -> datetime:
    """A date with its time, 0:00 if it has none, without time zone."""
    return day.replace(tzinfo=None) if isinstance(day, datetime) else datetime(day.year, day.month, day.day)


def orders_of(cells: Iterable[Cell]) -> list[Order]:
    """The orders in which all cells that are there are dates; with "ymd" there is no doubt, else if it is just one."""
    present = [cell for cell in cells if cell is not None]
    return [order for order in ORDERS if all(date_of(cell, order) is not None for cell in present)]
