"""Gradients beside central finite differences: (L(w + h) - L(w - h)) / 2h, in float64.

Such a difference is itself wrong by about h^2, and by the rounding of L over h. Where relu bends within the step it
says nothing; so a gradient that does not agree is compared again with smaller steps, which a wrong one never passes.
Only a weight that stands on the very bend is called wrong though it may be right.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

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


def sample(shape: tuple[int, ...], count: int, random: np.random.Generator) -> list[tuple[int, ...]]:
    """At most so many different places of an array, in order."""
    size = int(np.prod(shape))
    if size == 0:
        return []
    chosen = np.sort(random.choice(size, min(count, size), replace=False))
    return [tuple(int(axis) for axis in np.unravel_index(place, shape)) for place in chosen]
