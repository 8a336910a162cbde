"""Parts of ink that hang together, by the runs of ink in each row: boxes of letters, dots, rules, pictures.

Each pixel has eight neighbours; runs that touch get one label by hooking and jumping (Shiloach and Vishkin 1982).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""[H, W]: True is ink"""
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a picture: [N] each; ``right`` and ``bottom`` are the first that are outside."""

    left: Ints
    top: Ints
    right: Ints
    bottom: Ints
    runs: tuple[Ints, Ints, Ints]
    """of each run of ink [R] its row, its first pixel and the first one after it"""
    owners: Ints
    """[R] the part to which each run belongs"""
    shape: tuple[int, int]

    @classmethod
    def of(cls, ink: Mask) -> "Parts":
        """All of them, in the order of their first runs."""
        edges = np.diff(np.pad(ink, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        row, first = np.nonzero(edges == 1)
        end = np.nonzero(edges == -1)[1]
        _, owners = np.unique(_joined(len(row), *_touching(row, first, end, ink.shape[1] + 2)), return_inverse=True)
        count = int(owners.max(initial=-1)) + 1
        left, right = np.full(count, ink.shape[1]), np.zeros(count, np.int64)
        top, bottom = np.full(count, ink.shape[0]), np.zeros(count, np.int64)
        np.minimum.at(left, owners, first)
        np.maximum.at(right, owners, end)
        np.minimum.at(top, owners, row)
        np.maximum.at(bottom, owners, row + 1)
        return cls(left, top, right, bottom, (row, first, end), owners, (ink.shape[0], ink.shape[1]))

    @property
    def widths(self) -> Ints:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def heights(self) -> Ints:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    def drawn(self, wanted: Mask) -> Mask:
        """The ink of some parts [N] alone [H, W]."""
        row, first, end = (numbers[wanted[self.owners]] for numbers in self.runs)
        steps = np.zeros((self.shape[0], self.shape[1] + 1), np.int8)
        steps[row, first] = 1
        steps[row, end] -= 1
        found: Mask = np.cumsum(steps, axis=1, dtype=np.int8)[:, :-1] > 0
        return found


def _touching(row: Ints, first: Ints, end: Ints, stride: int) -> tuple[Ints, Ints]:
    """Pairs of runs, in rows that follow each other, that touch."""
    from_, to = row * stride + first, row * stride + end
    low = np.searchsorted(to, from_ + stride)
    many = np.maximum(np.searchsorted(from_, to + stride, "right") - low, 0)
    above = np.repeat(np.arange(len(row)), many)
    below = np.arange(len(above)) + np.repeat(low - (np.cumsum(many) - many), many)
    return above, below


def _joined(count: int, one: Ints, other: Ints) -> Ints:
    """The smallest number of all that hang together with each [count]."""
    found = np.arange(count)
    while True:
        a, b = found[one], found[other]
        apart = a != b
        if not apart.any():
            return found
        np.minimum.at(found, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while not np.array_equal(jumped := found[found], found):
            found = jumped
