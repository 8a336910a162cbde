"""Analogy questions answered by three rules at once, from the cosines of a tile of the vocabulary.

a is to b as c is to d. All three need only the cosines of d with a, b and c: see ``evaluation.analogies``.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel

RULES = 3


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
    scores = np.empty((RULES, width), np.float32)
    half, small, tiny = np.float32(0.5), np.float32(0.001), np.float32(1e-12)
    one, two = np.float32(1), np.float32(2)
    for q in range(places.shape[0]):
        a, b, c = cosines[places[q, 0]], cosines[places[q, 1]], cosines[places[q, 2]]
        offset = between[q]
        for d in range(width):
            scores[0, d] = b[d] - a[d] + c[d]
            scores[1, d] = (b[d] * half + half) * (c[d] * half + half) / (a[d] * half + half + small)
            scores[2, d] = (b[d] - a[d] - offset) / math.sqrt(max(two * (one - c[d]), tiny))
        for word in range(3):
            d = rows[q, word] - start
            if 0 <= d < width:
                scores[:, d] = -np.inf
        for rule in range(RULES):
            highest = best[q, rule]
            for d in range(width):
                highest = max(highest, scores[rule, d])
            if highest > best[q, rule]:
                d = 0
                while scores[rule, d] != highest:
                    d += 1
                best[q, rule], best_rows[q, rule] = highest, start + d
