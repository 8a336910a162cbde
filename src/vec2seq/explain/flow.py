"""Gradients over a training: the norm of each layer's gradient at some epochs, and whether they vanish or explode.

Where each layer passes back less than arrives, the first layers learn slowly or not at all; where it passes back more,
steps are too large (Hochreiter 1991; Bengio, Simard and Frasconi 1994; Pascanu, Mikolov and Bengio 2013). ``flow_of``
takes plain arrays from whatever trained a net; ``flow_of_history`` what our perceptrons note (``mlp.descent``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vec2seq.errors import UserError
from vec2seq.explain.arrays import plain
from vec2seq.explain.functions import Floats

DEPTH = 100.0
"""From the last layer to the first: a norm lower by more vanishes, one higher by more explodes."""
LEAP = 1000.0
"""A norm that is more than so many times the median of its layer's may explode ..."""
ABOVE = 10.0
"""... if it also is more than so many times the largest of these medians: a layer whose gradient had vanished and comes
back to what is usual in the others does not explode."""
RULE = (
    f"they vanish if the first layer's norm is less than 1/{DEPTH:g} of the last layer's (the median over the points), "
    f"and explode if it is more than {DEPTH:g} times that, or if a norm is not finite, or more than {LEAP:g} times the "
    f"median of its layer and also more than {ABOVE:g} times the median of the layer where that is largest"
)
Unit = Literal["epoch", "step"]


class Verdict(NamedTuple):
    """What RULE says."""

    kind: Literal["vanish", "explode", "leap", "even", "none"]
    """leap: a layer explodes at one point; none: all gradients are 0"""
    ratio: float | None
    """first layer to last, the median over the points; None of one layer, or where it is never a number"""
    layer: int | None = None
    """of a leap: its place among the layers"""
    at: int | None = None
    """of a leap: its epoch or step"""


@dataclass(frozen=True, eq=False)
class Flow:
    """Norms at P points of a training, of L layers; nan stands where one was not finite."""

    at: NDArray[np.int64]
    """epochs or steps [P], rising, from 1"""
    names: list[str]
    """of the layers, that of the input's side first"""
    gradients: Floats
    """[P, L]"""
    weights: Floats | None
    """[P, L], after the epoch or step"""
    losses: Floats | None
    """[P]"""
    unit: Unit

    @property
    def ratios(self) -> Floats:
        """Norm of each layer's gradient to that of the next one, which the gradient comes from [P, L - 1]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = self.gradients[:, :-1] / self.gradients[:, 1:]
        return found

    @property
    def verdict(self) -> Verdict:
        """Whether they vanish or explode, by RULE."""
        if not (self.gradients != 0).any():
            return Verdict("none", None)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = _median(self.gradients[:, 0] / self.gradients[:, -1]) if len(self.names) > 1 else None
        medians = [_median(norms[norms > 0]) or 0 for norms in self.gradients.T]
        for layer, norms in enumerate(self.gradients.T):
            leaps = ~(norms <= max(LEAP * medians[layer], ABOVE * max(medians)))
            if leaps.any():
                return Verdict("leap", ratio, layer, int(self.at[leaps.argmax()]))
        if ratio is not None and not 1 / DEPTH <= ratio <= DEPTH:
            return Verdict("vanish" if ratio < 1 else "explode", ratio)
        return Verdict("even", ratio)

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"unit", "at", "layers", "gradient_norms", "weight_norms", "losses", "ratios", "verdict", "rule"}.

        Norms are [points, layers]; null is what is not finite, or not known.
        """
        return {
            "unit": self.unit,
            "at": self.at.tolist(),
            "layers": self.names,
            "gradient_norms": plain(self.gradients.tolist()),
            "weight_norms": None if self.weights is None else plain(self.weights.tolist()),
            "losses": None if self.losses is None else plain(self.losses.tolist()),
            "ratios": plain(self.ratios.tolist()),
            "verdict": self.verdict._asdict(),
            "rule": {"text": RULE, "depth": DEPTH, "leap": LEAP, "above": ABOVE},
        }


def flow_of(
    at: ArrayLike,
    names: Sequence[str],
    gradients: ArrayLike,
    weights: ArrayLike | None = None,
    losses: ArrayLike | None = None,
    unit: Unit = "epoch",
) -> Flow:
    """The flow at points ``at`` [P], rising from 1 or later, of layers ``names`` [L], that of the input's side first.

    ``gradients`` and ``weights``: norms [P, L]; ``losses`` [P]. UserError unless they fit together, none negative.
    """
    points, layers = np.asarray(at, np.int64), [str(name) for name in names]
    shape = (len(points), len(layers))
    if points.ndim != 1 or 0 in shape or points[0] < 1 or (np.diff(points) <= 0).any():
        raise UserError(
            f"a gradient flow of {shape[1]} layers at {points.tolist()[:5]}: points must rise from 1 or later"
        )
    of_gradients = _array("gradients", gradients, shape)
    of_weights = None if weights is None else _array("weights", weights, shape)
    if any((norms < 0).any() for norms in (of_gradients, of_weights) if norms is not None):
        raise UserError("a gradient flow: a norm is negative")
    return Flow(
        points, layers, of_gradients, of_weights, None if losses is None else _array("losses", losses, shape[:1]), unit
    )


def flow_of_history(history: Sequence[dict[str, Any]], layers: int, where: str) -> Flow | None:
    """The flow that the history of a perceptron with so many layers of weights tells; None if it tells of none.

    UserError, which names ``where``, for a history that is not what a training writes.
    """
    noted = [entry for entry in history if "gradient_norms" in entry]
    if not noted:
        return None
    columns: list[Any] = [
        [entry.get(name) for entry in noted] for name in ("epoch", "gradient_norms", "weight_norms", "loss")
    ]
    try:
        return flow_of(columns[0], [f"W{layer + 1}" for layer in range(layers)], *columns[1:])
    except (UserError, TypeError, ValueError, OverflowError):
        raise UserError(f"{where}: its history is damaged: norms that are none, or not of {layers} layers") from None


def flow_of_readings(readings: Sequence[Any]) -> Flow:
    """The flow that the watched steps of a net's training tell: ``History.readings`` of ``engine.loop``.

    Of its matrices, in the order in which the net uses them. UserError without readings.
    """
    names = [weight.name for weight in readings[-1].weights if weight.dims > 1] if readings else []
    seen = [{weight.name: weight for weight in reading.weights} for reading in readings]
    return flow_of(
        [reading.step + 1 for reading in readings],
        [name.removesuffix(".weight") for name in names],
        [[step[name].gradient or 0.0 for name in names] for step in seen],
        [[step[name].norm for name in names] for step in seen],
        [reading.loss for reading in readings],
        unit="step",
    )


def _array(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Numbers of this shape, nan where one is not finite."""
    found = np.array(values, np.float64)
    if found.shape != shape:
        raise UserError(f"a gradient flow: {name} {list(found.shape)}, but points and layers are {list(shape)}")
    return np.where(np.isfinite(found), found, np.nan)


def _median(values: Floats) -> float | None:
    """Of those that are numbers."""
    known = values[~np.isnan(values)]
    found = float(np.median(known)) if len(known) else math.nan
    return found if math.isfinite(found) else None
