"""Gradients beside central finite differences: (L(w + h) - L(w - h)) / 2h, in float64.

Such a difference is itself wrong by about h^2, and by the rounding of L over h. Where relu bends within the step it
says nothing; so a gradient that does not agree is compared again with smaller steps, which a wrong one never passes.
Only a weight that stands on the very bend is called wrong though it may be right.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STEPS = (1e-5, 1e-6, 1e-7)
TOLERANCE = 1e-4
"""Relative error up to which gradient and difference agree."""
_ROUNDING = 1e-15
"""How far a loss of 1 may be off: a few times the distance of two floats."""


class Check(NamedTuple):
    """One gradient and its finite difference."""

    name: str
    """of the parameter"""
    place: tuple[int, ...]
    """where in it"""
    gradient: float
    difference: float
    error: float
    """their distance, relative to the larger one, or to the smallest gradient that a difference can tell"""
    agrees: bool


def check(
    name: str, place: Sequence[int], gradient: float, loss_at: Callable[[float], float], scale: float = 1.0
) -> Check:
    """Compare one gradient. ``loss_at``: the loss when the weight is moved by so much; steps are divided by ``scale``.

    ``scale``: how large the values are that the weight is multiplied with, if larger than 1.
    """
    tried = []
    for step in STEPS:
        step /= max(scale, 1.0)
        above, below = loss_at(step), loss_at(-step)
        difference = (above - below) / (2 * step)
        smallest = _ROUNDING * max(1.0, abs(above)) / step / TOLERANCE
        error = abs(gradient - difference) / max(abs(gradient), abs(difference), smallest)
        tried.append(Check(name, tuple(place), gradient, difference, error, bool(error <= TOLERANCE)))
        if tried[-1].agrees:
            return tried[-1]
    return tried[0]


def sample(gradient: NDArray[np.float64], count: int, random: np.random.Generator) -> list[tuple[int, ...]]:
    """At most so many different places of a gradient, in order, at which to compare it.

    Where it is 0, as of units that do not answer, there is little to compare: such places are taken only if there are
    too few others, but for one, which finds a gradient that is lost on its way.
    """
    order = random.permutation(gradient.size)
    zero = gradient.ravel()[order] == 0
    others, zeros = order[~zero], order[zero]
    kept = min(len(zeros), max(count - len(others), int(count > 1)))
    chosen = np.sort(np.concatenate([others[: count - kept], zeros[:kept]]))
    return [tuple(int(axis) for axis in np.unravel_index(place, gradient.shape)) for place in chosen]


def zero_checks(checks: Sequence[Check]) -> int:
    """How many of them compared 0 with 0."""
    return sum(one.gradient == 0 == one.difference for one in checks)
