"""A row of a table as its file has it, and what ``predict`` answers for it: beside the numbers that the net sees.

The net sees inputs made of the cells, and, of a regression, the target with mean 0 and deviation 1. ``predict`` divides
what goes into the last layer's softmax or logistic function by a temperature, or undoes the scale of the target.
"""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from vec2seq.data.cells import Cell, text_of
from vec2seq.data.table import Table
from vec2seq.mlp.table import TableMLP


@dataclass(frozen=True)
class TableRow:
    """One row, the model that is asked, and its answer."""

    place: str
    """where it stands: "iris.csv:2\""""
    model: str
    """name of the model's folder"""
    first_of: int | None
    """rows of the file, if nobody chose one and this is the first; None: it was chosen"""
    cells: dict[str, str | None]
    """of all columns but the target, as texts; None: missing"""
    target: str
    """name of the column"""
    wanted: str | None
    """the cell of the target"""
    output: str | float
    """what ``predict`` answers: a class, or a number in the unit of the target"""
    score: float | None
    """the probability of that class; None of a regression"""
    classes: list[str]
    """empty of a regression"""
    temperature: float
    """what goes into softmax or the logistic function is divided by it; 1 of a regression"""
    mean: float
    """of the target, of a regression: the last layer gives (target - mean) / deviation; 0 of classes"""
    deviation: float
    """1 of classes"""
    sums: list[float]
    """what goes into the last layer's function, Z of layer ``layers``"""
    layers: int

    @property
    def short_place(self) -> str:
        """The place without folders, for titles."""
        return PurePath(self.place).name

    def to_json(self) -> dict[str, Any]:
        """For JSON: all of it."""
        return vars(self) | {"short_place": self.short_place}


def row_of(model: TableMLP, row: Table, name: str, sums: list[float], first_of: int | None = None) -> TableRow:
    """What there is to say of a table of one row; ``name``: the model's; ``sums``: Z of its last layer for the row.

    UserError for a model that is not trained.
    """
    (answer,) = model.answers(row)
    cells = {column: _text(row.cells(column)[0]) for column in row.names}
    wanted = cells.pop(model.target_, None)
    mean, deviation = model.scale_
    return TableRow(
        place=row.place(0),
        model=name,
        first_of=first_of,
        cells=cells,
        target=model.target_,
        wanted=wanted,
        output=answer["output"],
        score=answer.get("score"),
        classes=model.labels_,
        temperature=float(model.temperature_),
        mean=float(mean),
        deviation=float(deviation),
        sums=sums,
        layers=len(model.layers_) - 1,
    )


def _text(cell: Cell) -> str | None:
    return None if cell is None else text_of(cell)
