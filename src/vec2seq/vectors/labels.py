"""Where labels go in a picture: beside their dots, and clear of each other."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_SIZES = ((1 / 60, 12), (1 / 15, 10.5), (1 / 4, 9), (1, 8))
"""Up to this share of the words, by frequency: this size of the label in points."""
_APART = (5, 2.5)  # points between labels


class Frame(NamedTuple):
    """A rectangle; points from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


Measure = Callable[[str, float], Sequence[float]]
"""Width, height and descent of a text at a size, in points."""


class Label(NamedTuple):
    """A word where it stands in the picture; points from the lower left corner."""

    text: str
    left: float
    baseline: float
    size: float


def place_labels(
    texts: list[str], xy: NDArray[np.float64], radii: NDArray[np.float64], frame: Frame, measure: Measure
) -> list[Label]:
    """Labels for words by descending frequency, each where a side of its dot is free; no two of them overlap.

    xy [n, 2], radii [n]; ``measure`` gives a text's width, height and descent at a size. An empty text gets no label.
    """
    labels: list[Label] = []
    taken = np.empty((2 * len(texts), 4))  # left, bottom, right, top: of labels, with the room around them, and of dots
    for rank, (text, (x, y), radius) in enumerate(zip(texts, xy, radii, strict=True)):
        if not text:
            continue
        size = next(size for share, size in _SIZES if rank < share * len(texts))
        width, height, descent = measure(text, size)
        for left, bottom in _sides(x, y, radius + 2, width, height):
            box = Frame(left - _APART[0], bottom - _APART[1], left + width + _APART[0], bottom + height + _APART[1])
            if _is_within(box, frame) and not _overlaps(box, taken[: 2 * len(labels)]):
                taken[2 * len(labels)] = box
                taken[2 * len(labels) + 1] = (x - radius, y - radius, x + radius, y + radius)
                labels.append(Label(text, left, bottom + descent, size))
                break
    return labels


def _sides(x: float, y: float, away: float, width: float, height: float) -> list[tuple[float, float]]:
    """Left lower corners of a label at the right, at the left, above and below a dot."""
    middle, center = y - height / 2, x - width / 2
    return [(x + away, middle), (x - away - width, middle), (center, y + away), (center, y - away - height)]


def _is_within(box: Frame, frame: Frame) -> bool:
    return frame.left < box.left and frame.bottom < box.bottom and box.right < frame.right and box.top < frame.top


def _overlaps(box: Frame, others: NDArray[np.float64]) -> bool:
    """others [n, 4]."""
    return bool(np.any((others[:, :2] < box[2:]).all(axis=1) & (others[:, 2:] > box[:2]).all(axis=1)))
