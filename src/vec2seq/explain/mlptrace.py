"""What a trace of a multi-layer perceptron holds."""

from dataclasses import dataclass
from typing import Any

from vec2seq.explain.arrays import described
from vec2seq.explain.differences import Check, zero_checks
from vec2seq.explain.functions import Floats
from vec2seq.explain.tablerow import TableRow

SMALL = 12
"""Units of a layer, the input too, up to which a net is small: all its numbers can be looked at."""
FEW = 8
"""Rows of a batch of which all numbers can be looked at."""
_ARRAYS = ("incoming", "weights", "sums", "values", "slopes", "arriving", "leaving", "gradient", "update")


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer but the input: B rows, D values in, H units."""

    number: int
    activation: str
    incoming: Floats
    """A of the layer before [B, D]"""
    weights: Floats
    """[D + 1, H], the bias in the last row"""
    sums: Floats
    """Z [B, H]"""
    values: Floats
    """A [B, H]"""
    slopes: Floats
    """f'(Z) [B, H]; of softmax each number's derivative by its own sum"""
    arriving: Floats
    """dL/dA [B, H]"""
    leaving: Floats
    """dL/dZ [B, H]"""
    gradient: Floats
    """dL/dW [D + 1, H], without weight decay"""
    update: Floats
    """what the solver would add to the weights [D + 1, H]"""
    formulas: dict[str, str]
    """of sums, values, slopes, arriving, leaving, gradient, update"""

    @property
    def shape(self) -> tuple[int, int]:
        """Values in, and units."""
        return self.weights.shape[0] - 1, self.weights.shape[1]

    def to_json(self) -> dict[str, Any]:
        """For JSON: each array as ``arrays.described`` has it."""
        arrays = {name: described(getattr(self, name)) for name in _ARRAYS}
        return {"number": self.number, "activation": self.activation, "formulas": self.formulas, **arrays}


@dataclass(frozen=True, eq=False)
class Trace:
    """All numbers of one step of back-propagation."""

    inputs: list[str]
    """names of the features"""
    outputs: list[str]
    """names of the outputs: labels, or y1, y2 ..."""
    target: Floats
    """Y [B, outputs]: numbers, or 1 for the row's label and 0 for the others"""
    layers: list[Layer]
    loss: float
    """L: the mean over the rows, without weight decay; cross-entropies in nats"""
    losses: Floats
    """of each row [B]"""
    loss_name: str
    loss_formula: str
    loss_after: float
    """L with the weights after the update"""
    solver: str
    learning_rate: float
    alpha: float
    """weight decay"""
    checks: list[Check]
    """some gradients, beside finite differences"""
    row: TableRow | None = None
    """where the row stands in a table, and what ``predict`` answers for it; None of rows of arrays"""

    @property
    def small(self) -> bool:
        """Whether all numbers can be looked at."""
        wide = max(len(self.inputs), *(layer.shape[1] for layer in self.layers))
        return wide <= SMALL and len(self.target) <= FEW

    @property
    def agrees(self) -> bool:
        """Whether all checked gradients agree with the finite differences."""
        return all(one.agrees for one in self.checks)

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"rows", "small", "inputs", "outputs", "target", "loss" {}, "solver" {}, "layers" [], "agrees",
        "zero_checks": how many of the checks compared 0 with 0, "checks" [], "row" {} or null}: ``TableRow``.

        Arrays have shape, values (null where they are more than 156), min, mean, max, norm, zeros and a histogram.
        """
        loss = {"value": self.loss, "name": self.loss_name, "formula": self.loss_formula, "after": self.loss_after}
        return {
            "rows": len(self.target),
            "small": self.small,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "target": described(self.target),
            "loss": loss | {"of_rows": described(self.losses)},
            "solver": {"name": self.solver, "learning_rate": self.learning_rate, "alpha": self.alpha},
            "layers": [layer.to_json() for layer in self.layers],
            "agrees": self.agrees,
            "zero_checks": zero_checks(self.checks),
            "checks": [one._asdict() | {"place": list(one.place)} for one in self.checks],
            "row": self.row and self.row.to_json(),
        }
