"""Groups of words whose vectors point the same way: the colours of a map."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.vectors.store import unit_rows

GROUPS = 8

_ROUNDS_OF_K_MEANS = 30
_TYPICAL_WORDS, _FREQUENT_WORDS = 3, 60


def group_words(tokens: list[str], units: NDArray[np.float32], seed: int) -> tuple[NDArray[np.uint8], list[list[int]]]:
    """The group of every word, and for each group its typical words.

    These are the ones next to its middle among its frequent ones; words with letters, if it has such.
    """
    points = unit_rows(units - units.mean(axis=0))
    groups = _by_frequency(k_means(points, GROUPS, seed))
    typical = []
    for group in range(int(groups.max()) + 1):
        rows = np.flatnonzero(groups == group)
        central = points[rows] @ points[rows].mean(axis=0)
        lettered = np.array([any(map(str.isalpha, tokens[row])) for row in rows])
        frequent = np.arange(len(rows)) < _FREQUENT_WORDS
        best = np.lexsort((-central, ~lettered, ~frequent))[:_TYPICAL_WORDS]
        typical.append(rows[best].tolist())
    return groups, typical


def k_means(units: NDArray[np.float32], groups: int, seed: int) -> NDArray[np.int64]:
    """[n]: groups of unit vectors, 0 .. groups - 1, by cosine; the first start is the first row (k-means++)."""
    rng = np.random.default_rng(seed)
    chosen, nearest = [0], units @ units[0]
    for _ in range(1, min(groups, len(units))):  # k-means++ (Arthur and Vassilvitskii 2007)
        far = np.maximum(1 - nearest, 1e-9)
        chosen.append(int(rng.choice(len(units), p=far / far.sum())))
        nearest = np.maximum(nearest, units @ units[chosen[-1]])
    centers = units[chosen]
    for _ in range(_ROUNDS_OF_K_MEANS):
        found: NDArray[np.int64] = (units @ centers.T).argmax(axis=1)
        centers = unit_rows(np.eye(len(centers), dtype=np.float32)[found].T @ units)
    return found


def _by_frequency(groups: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The groups, renumbered: that of the most frequent word first."""
    _, first, numbers = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first)).astype(np.uint8)[numbers]
