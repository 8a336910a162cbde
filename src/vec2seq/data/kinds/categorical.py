"""Columns of categories, one-hot."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cells import Cell, text_of
from vec2seq.data.kinds.common import are_numbers, check_keys
from vec2seq.data.table import Table
from vec2seq.errors import not_written_by_us

MIN_COUNT = 2
"""A category that is seen less often is one of the others."""
MOST_CATEGORIES = 100
"""Of a column: the most frequent ones; the rest are the others."""


@dataclass(frozen=True)
class Categorical:
    """Texts and truth values: an input for each category, 1 where the cell is of it and 0 elsewhere.

    Rare categories share one input, and missing cells have one, each only if training had such cells: weights of an
    input that was never seen would be nothing but noise. A category that training did not have is one of the rare
    ones. If there were none, or if a cell is missing though none was in training, nothing is known: then the inputs are
    the categories' shares in training, the mean of all rows, as the median is for a number.
    """

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    """by descending count"""
    other: bool
    """whether there is an input for rare and unknown categories"""
    missing: bool
    """whether there is an input for missing cells"""
    shares: tuple[float, ...]
    """of the categories, and of the others if they have an input, among the cells that are not missing; sum 1"""

    @classmethod
    def fit(cls, name: str, cells: Sequence[Cell], min_count: int = MIN_COUNT) -> Self:
        """From the cells of training, of which not all are missing."""
        counts = Counter(category_of(cell) for cell in cells if cell is not None)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [(category, count) for category, count in ordered[:MOST_CATEGORIES] if count >= min_count]
        present = counts.total()
        others = present - sum(count for _, count in kept)
        shares = [count / present for count in [*(count for _, count in kept), *[others] * (others > 0)]]
        return cls(name, tuple(category for category, _ in kept), others > 0, present < len(cells), tuple(shares))

    @property
    def inputs(self) -> list[str]:
        """Names of the D inputs."""
        named = [f"{self.name} = {category}" for category in self.categories]
        return [*named, *[f"{self.name}: other"] * self.other, *[f"{self.name}: missing"] * self.missing]

    def matrix(self, table: Table) -> NDArray[np.float32]:
        """The inputs of every row, float32 [N, D]."""
        place = {category: place for place, category in enumerate(self.categories)}
        unseen = len(self.categories) if self.other else -1
        gap = len(self.shares) if self.missing else -1
        cells = table.cells(self.name)
        places = np.array([gap if cell is None else place.get(category_of(cell), unseen) for cell in cells], np.int64)
        inputs = np.zeros((len(cells), len(self.shares) + self.missing), np.float32)
        known = places >= 0
        inputs[np.flatnonzero(known), places[known]] = 1
        inputs[~known, : len(self.shares)] = self.shares
        return inputs

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {
            "kind": self.kind,
            "name": self.name,
            "categories": list(self.categories),
            "other": self.other,
            "missing": self.missing,
            "shares": list(self.shares),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any], where: str) -> Self:
        """UserError unless it is what ``to_json`` writes."""
        check_keys(value, {"categories", "other", "shares"}, where)
        categories, other, shares = value["categories"], value["other"], value["shares"]
        if not isinstance(categories, list) or not all(isinstance(category, str) for category in categories):
            raise not_written_by_us(where, "categories")
        if len(set(categories)) < len(categories) or any(category != category_of(category) for category in categories):
            raise not_written_by_us(where, "categories")
        if not isinstance(other, bool):
            raise not_written_by_us(where, "other")
        if not are_numbers(shares) or len(shares) != len(categories) + other or any(share < 0 for share in shares):
            raise not_written_by_us(where, "shares")
        if not math.isclose(math.fsum(shares), 1, abs_tol=1e-6):
            raise not_written_by_us(where, "shares")
        return cls(value["name"], tuple(categories), other, value["missing"], tuple(map(float, shares)))


def category_of(cell: Cell) -> str:
    """The category of a cell: its text, the same for True, "True" and "TRUE"; without half surrogate pairs."""
    text = text_of(cell)
    if text.isascii():
        return text.lower() if text.lower() in {"true", "false"} else text
    return text.encode("utf-8", "replace").decode()
