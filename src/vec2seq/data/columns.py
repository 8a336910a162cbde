"""Columns: what a network is told of a table's rows. Fitted on the training rows, kept with the model.

The kind of each column is inferred: numbers, dates, and categories (texts and truth values). Whole numbers are numbers
also if there are few different ones. Texts that mostly occur once, such as names, numbers of orders or sentences, say
nothing about other rows and are left out, as columns without any cells are. Knows nothing about networks.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cells import Cell, is_number, numbers_in
from vec2seq.data.dates import date_of, orders_of
from vec2seq.data.kinds import KINDS, Kind
from vec2seq.data.kinds.categorical import Categorical, category_of
from vec2seq.data.kinds.date import Dates
from vec2seq.data.kinds.numeric import Numeric
from vec2seq.data.table import Table
from vec2seq.errors import UserError, not_written_by_us

_MOSTLY = 0.9
"""If so many cells are numbers, or dates, the others are probably slips."""


@dataclass(frozen=True)
class Columns:
    """The columns that a network sees, each of its kind; D inputs in all."""

    kinds: tuple[Kind, ...]
    left_out: tuple[str, ...] = ()
    """names of the columns that are of no use"""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """sentences for the user: what is left out, and which kinds are doubtful; known after ``fit`` only"""

    @classmethod
    def fit(cls, table: Table, leave_out: Sequence[str] = ()) -> Self:
        """Infer the kind of every column but those to ``leave_out`` (the target).

        Raises UserError if one of these is not there, and if no column is of use.
        """
        for name in leave_out:
            table.column(name)
        kinds: list[Kind] = []
        useless: dict[str, str] = {}
        warnings: list[str] = []
        for name in table.names:
            if name in leave_out:
                continue
            kind = _inferred(table, name)
            doubt = _slip(table, name) if not isinstance(kind, Numeric | Dates) else ""
            if isinstance(kind, str):
                useless[name] = kind
                warnings.append(f"column {name!r} is left out: {doubt or kind}")
            else:
                kinds.append(kind)
                warnings += [f"column {name!r} is taken for categories: {doubt}"] * bool(doubt)
        if not kinds:
            raise UserError("; ".join(["there is no column to learn from", *warnings]))
        return cls(tuple(kinds), tuple(useless), tuple(warnings))

    @cached_property
    def names(self) -> list[str]:
        """Names of the D inputs: "age", "colour = red", "date: month (sin)"."""
        return [name for kind in self.kinds for name in kind.inputs]

    @cached_property
    def groups(self) -> dict[str, slice]:
        """Which of the D inputs each column of the table became; those left out are not there."""
        bounds = pairwise(accumulate((len(kind.inputs) for kind in self.kinds), initial=0))
        return {kind.name: slice(*bound) for kind, bound in zip(self.kinds, bounds, strict=True)}

    def matrix(self, table: Table) -> NDArray[np.float32]:
        """The inputs of every row, float32 [N, D], always finite. Columns that are not known are passed over.

        Raises UserError for a column that is not there, and, naming the row, for a text among numbers or dates.
        """
        absent = [kind.name for kind in self.kinds if kind.name not in table.columns]
        if absent:
            known = ", ".join(table.names)[:200]
            raise UserError(
                f"no column {', '.join(map(repr, absent))[:200]}, which the model needs (there is: {known})"
            )
        matrix = np.empty((len(table), len(self.names)), np.float32)
        for kind in self.kinds:
            matrix[:, self.groups[kind.name]] = kind.matrix(table)
        return matrix

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {"kinds": [kind.to_json() for kind in self.kinds], "left_out": list(self.left_out)}

    @classmethod
    def from_json(cls, value: Any, where: str) -> Self:
        """The columns of a model.json, named by ``where``; UserError unless ``to_json`` can have written them."""
        if not isinstance(value, dict) or value.keys() != {"kinds", "left_out"}:
            raise not_written_by_us(where, "columns")
        kinds, left_out = value["kinds"], value["left_out"]
        if not isinstance(left_out, list) or not all(isinstance(name, str) for name in left_out):
            raise not_written_by_us(where, "left_out")
        if not isinstance(kinds, list) or not kinds:
            raise not_written_by_us(where, "kinds")
        read = tuple(_kind(kind, where) for kind in kinds)
        names = [*(kind.name for kind in read), *left_out]
        if not all(names) or len(set(names)) < len(names):
            raise not_written_by_us(where, "name")
        return cls(read, tuple(left_out))


def _kind(value: Any, where: str) -> Kind:
    """One of KINDS from its JSON."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise not_written_by_us(where, "kind")
    return KINDS[kind].from_json(value, where)


def _inferred(table: Table, name: str) -> Kind | str:
    """The kind of a column, or why it is of no use."""
    cells = table.cells(name)
    present = [cell for cell in cells if cell is not None]
    if not present:
        return "all its cells are missing"
    if all(map(is_number, present)):
        numbers = numbers_in(table.column(name), lambda row: ValueError(row))
        return "none of its numbers is finite" if np.isnan(numbers).all() else Numeric.fit(name, numbers)
    orders = orders_of(present)
    if "ymd" in orders or len(orders) == 1:
        return Dates.fit(name, orders[0], cells)
    counts = Counter(map(category_of, present))
    if all(isinstance(cell, bool) for cell in present) or 2 * list(counts.values()).count(1) <= len(present):
        return Categorical.fit(name, cells)
    if orders:
        return "the day and the month of its dates cannot be told apart; write them as 2026-11-27"
    return "more than half of its texts occur only once"


def _slip(table: Table, name: str) -> str:
    """Says which cell is no number, or no date, if nearly all others are; else empty."""
    cells = list(enumerate(table.cells(name)))
    present = [(row, cell) for row, cell in cells if cell is not None]
    for what, test in (("number", is_number), ("date", _is_plain_date)):
        others = [(row, cell) for row, cell in present if not test(cell)]
        if 0 < len(others) <= (1 - _MOSTLY) * len(present):
            row, cell = others[0]
            return (
                f"{str(cell)[:100]!r} ({table.place(row)}) is no {what}, but nearly all its other cells are; "
                "mend it, or leave the cell empty"
            )
    return ""


def _is_plain_date(cell: Cell) -> bool:
    return date_of(cell, "ymd") is not None
