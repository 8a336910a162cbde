"""Analogy questions answered by three rules at once, from the cosines of a tile of the vocabulary.

a is to b as c is to d. All three need only the cosines of d with a, b and c: see ``evaluation.analogies``.

The loops are written so that LLVM makes vector instructions of them: one array is written in each, a division is
NumPy's (Python's looks for 0), and the largest of many is kept in ``_LANES`` places.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel

RULES = 3
_LANES = 16


@kernel
def best_answers(
    cosines: NDArray[np.float32],
    places: NDArray[np.int64],
    rows: NDArray[np.int64],
    between: NDArray[np.float32],
    start: int,
    best: NDArray[np.float32],
    best_rows: NDArray[np.int64],
) -> None:
    """Replace each question's best answers where this tile, the words from ``start`` on, has better ones.

    cosines [words of the questions, T]; of every question: places [Q, 3] of a b c among the cosines' rows, rows [Q, 3]
    of them in the vocabulary, between [Q] = cos(c, b) - cos(c, a); best and best_rows are [Q, 3] (3CosAdd, 3CosMul,
    PairDirection).
    """
    width = cosines.shape[1]
    scores = np.empty(width, np.float32)
    for q in range(places.shape[0]):
        a, b, c = cosines[places[q, 0]], cosines[places[q, 1]], cosines[places[q, 2]]
        for rule in range(RULES):
            if rule == 0:
                add(a, b, c, scores)
            elif rule == 1:
                multiply(a, b, c, scores)
            else:
                compare_directions(a, b, c, between[q], scores)
            for word in range(3):
                if 0 <= rows[q, word] - start < width:
                    scores[rows[q, word] - start] = -np.inf
            highest = largest(scores, best[q, rule])
            if highest > best[q, rule]:
                d = 0
                while scores[d] != highest:
                    d += 1
                best[q, rule], best_rows[q, rule] = highest, start + d


@kernel
def add(a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    """3CosAdd: cos(d, b) - cos(d, a) + cos(d, c)."""
    for d in range(scores.size):
        scores[d] = b[d] - a[d] + c[d]


@kernel
def multiply(
    a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32], scores: NDArray[np.float32]
) -> None:
    """3CosMul: cos(d, b) cos(d, c) / (cos(d, a) + 0.001), cosines moved to 0 .. 1."""
    half, above_half = np.float32(0.5), np.float32(0.501)
    for d in range(scores.size):
        scores[d] = np.divide((b[d] * half + half) * (c[d] * half + half), a[d] * half + above_half)


@kernel
def compare_directions(
    a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32], between: float, scores: NDArray[np.float32]
) -> None:
    """PairDirection: cos(d - c, b - a), times the length of b - a."""
    two, tiny = np.float32(2), np.float32(1e-12)
    for d in range(scores.size):
        square = two - two * c[d]
        scores[d] = np.divide(b[d] - a[d] - between, np.sqrt(square if square > tiny else tiny))


@kernel
def largest(values: NDArray[np.float32], least: float) -> float:
    """The largest of the values and ``least``."""
    lanes = np.full(_LANES, least, np.float32)
    whole = values.size - values.size % _LANES
    for k in range(0, whole, _LANES):
        for lane in range(_LANES):
            value = values[k + lane]
            lanes[lane] = value if value > lanes[lane] else lanes[lane]
    highest = lanes.max()
    for k in range(whole, values.size):
        highest = max(highest, values[k])
    return float(highest)
