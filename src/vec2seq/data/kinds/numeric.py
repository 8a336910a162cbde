"""Columns of numbers, scaled."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cells import numbers_in
from vec2seq.data.kinds.common import are_numbers, beside, check_keys
from vec2seq.data.table import Table
from vec2seq.errors import UserError, not_written_by_us

LARGEST = 100.0
"""Standard deviations: scaled numbers are clipped to this, so that one wild cell does not drown a network."""


@dataclass(frozen=True)
class Scale:
    """Numbers as they are seen by a network: (number - center) / scale, at most LARGEST; 0 if all were the same."""

    fill: float
    """the median, for missing numbers"""
    center: float
    """the mean, missing numbers filled in"""
    scale: float
    """the standard deviation; 0: all were the same"""

    @classmethod
    def fit(cls, numbers: NDArray[np.float64]) -> Self:
        """From float64 [N], NaN for missing ones, of which not all are. Sums of numbers near the largest do no harm."""
        missing = np.isnan(numbers)
        unit = float(np.abs(numbers[~missing]).max()) or 1.0
        parts = numbers / unit
        fill = float(np.median(parts[~missing]))
        same = parts[~missing].min() == parts[~missing].max()
        parts[missing] = fill
        center = min(max(float(parts.mean()), -1.0), 1.0)
        return cls(fill * unit, center * unit, 0.0 if same else float(parts.std()) * unit)

    def __call__(self, numbers: NDArray[np.float64]) -> NDArray[np.float32]:
        """float64 [N] with NaN for missing ones -> float32 [N]."""
        if self.scale == 0:
            return np.zeros(len(numbers), np.float32)
        with np.errstate(over="ignore"):  # what becomes infinite is clipped
            scaled = (np.where(np.isnan(numbers), self.fill, numbers) - self.center) / self.scale
        return np.clip(scaled, -LARGEST, LARGEST).astype(np.float32)

    def to_json(self) -> list[float]:
        """What ``from_json`` reads back."""
        return [self.fill, self.center, self.scale]

    @classmethod
    def from_json(cls, value: Any, where: str) -> Self:
        """UserError unless it is what ``to_json`` writes."""
        if not are_numbers(value) or len(value) != 3 or value[2] < 0:
            raise not_written_by_us(where, "scale")
        return cls(*map(float, value))


@dataclass(frozen=True)
class Numeric:
    """Numbers, scaled to mean 0 and variance 1. If some were missing in training, a second input says where."""

    kind: ClassVar[str] = "numeric"
    name: str
    scale: Scale
    missing: bool
    """whether there is an input for missing cells"""

    @classmethod
    def fit(cls, name: str, numbers: NDArray[np.float64]) -> Self:
        """From float64 [N], NaN for missing ones, of which not all are."""
        return cls(name, Scale.fit(numbers), bool(np.isnan(numbers).any()))

    @property
    def inputs(self) -> list[str]:
        """Names of the D inputs."""
        return [self.name, *[f"{self.name}: missing"] * self.missing]

    def matrix(self, table: Table) -> NDArray[np.float32]:
        """The inputs of every row, float32 [N, D]; UserError for a cell that is no number."""

        def refuse(row: int) -> UserError:
            cell = table.cells(self.name)[row]
            return UserError(f"{table.place(row)}: {str(cell)[:100]!r} in column {self.name!r} is no number")

        numbers = numbers_in(table.column(self.name), refuse)
        return beside([self.scale(numbers), *[np.isnan(numbers)] * self.missing])

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {"kind": self.kind, "name": self.name, "scale": self.scale.to_json(), "missing": self.missing}

    @classmethod
    def from_json(cls, value: dict[str, Any], where: str) -> Self:
        """UserError unless it is what ``to_json`` writes."""
        check_keys(value, {"scale"}, where)
        return cls(value["name"], Scale.from_json(value["scale"], where), value["missing"])
