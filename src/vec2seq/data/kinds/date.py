"""Columns of dates: how far, and where in the year, the week and the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cells import Cell
from vec2seq.data.dates import ORDERS, Order, date_of
from vec2seq.data.kinds.common import beside, check_keys
from vec2seq.data.kinds.numeric import Scale
from vec2seq.data.table import Table
from vec2seq.errors import UserError, not_written_by_us


@dataclass(frozen=True)
class Dates:
    """Dates: the year and the days as scaled numbers; month, weekday and hour as sine and cosine, as on a clock.

    The hour is left out if no date of training had one. If dates were missing in training, an input says where.
    """

    kind: ClassVar[str] = "date"
    name: str
    order: Order
    year: Scale
    days: Scale
    """since the beginning of the calendar; scaled, that is the same as since the first date of training"""
    hour: bool
    """whether there are inputs for the hour"""
    missing: bool
    """whether there is an input for missing cells"""

    @classmethod
    def fit(cls, name: str, order: Order, cells: Sequence[Cell]) -> Self:
        """From the cells of training, of which not all are missing, and all others are dates in this order."""
        moments = [None if cell is None else date_of(cell, order) for cell in cells]
        numbers = _clock(moments)
        hour = bool(np.nanmax(numbers["hour"]) > 0)
        return cls(name, order, Scale.fit(numbers["year"]), Scale.fit(numbers["days"]), hour, None in moments)

    @property
    def turning(self) -> dict[str, int]:
        """What comes again and again, and after how many: months of a year ..."""
        return {"month": 12, "weekday": 7, **({"hour": 24} if self.hour else {})}

    @property
    def inputs(self) -> list[str]:
        """Names of the D inputs."""
        turning = [f"{part} ({function})" for part in self.turning for function in ("sin", "cos")]
        return [f"{self.name}: {part}" for part in ["year", "days", *turning, *["missing"] * self.missing]]

    def matrix(self, table: Table) -> NDArray[np.float32]:
        """The inputs of every row, float32 [N, D]; UserError for a cell that is no date."""
        cells = table.cells(self.name)
        moments = [None if cell is None else date_of(cell, self.order) for cell in cells]
        for row, (cell, moment) in enumerate(zip(cells, moments, strict=True)):
            if cell is not None and moment is None:
                what = f"{table.place(row)}: {str(cell)[:100]!r} in column {self.name!r} is no date"
                raise UserError(f"{what} as in training; write it as 2026-11-27")
        numbers = _clock(moments)
        parts: list[NDArray[Any]] = [self.year(numbers["year"]), self.days(numbers["days"])]
        for part, period in self.turning.items():
            angle = 2 * np.pi / period * numbers[part]
            parts += [np.nan_to_num(np.sin(angle)), np.nan_to_num(np.cos(angle))]
        return beside([*parts, *[np.isnan(numbers["days"])] * self.missing])

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {
            "kind": self.kind,
            "name": self.name,
            "order": self.order,
            "year": self.year.to_json(),
            "days": self.days.to_json(),
            "hour": self.hour,
            "missing": self.missing,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any], where: str) -> Self:
        """UserError unless it is what ``to_json`` writes."""
        check_keys(value, {"order", "year", "days", "hour"}, where)
        order = next((order for order in ORDERS if order == value["order"]), None)
        if order is None:
            raise not_written_by_us(where, "order")
        if not isinstance(value["hour"], bool):
            raise not_written_by_us(where, "hour")
        year, days = Scale.from_json(value["year"], where), Scale.from_json(value["days"], where)
        return cls(value["name"], order, year, days, value["hour"], value["missing"])


def _clock(moments: Sequence[datetime | None]) -> dict[str, NDArray[np.float64]]:
    """Parts of dates, each float64 [N], NaN where there is none; months, weekdays and hours from 0."""
    numbers = np.full((5, len(moments)), np.nan)
    for row, moment in enumerate(moments):
        if moment is not None:
            hour = moment.hour + moment.minute / 60 + moment.second / 3600
            days = moment.toordinal() + hour / 24
            numbers[:, row] = moment.year, days, moment.month - 1, moment.weekday(), hour
    return dict(zip(("year", "days", "month", "weekday", "hour"), numbers, strict=True))
