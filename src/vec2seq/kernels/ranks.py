"""Ranks of some words among all: how many similarities of a row are larger than each of a few in the same row.

Comparing every similarity with every threshold takes a comparison for each pair. Instead the range between the smallest
and the largest threshold is cut into cells, as many as stay in the nearest cache. A similarity is counted in its cell
and looked at again only if the cell has a threshold in it.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel

LARGEST_RANK = 65_535

_CELLS = 2048
_NARROWEST = np.float32(1e-6)
_U = np.uint64


@kernel
def _cell(similarity: np.float32, low: np.float32, scale: np.float32) -> np.int32:
    """0 for what is below ``low``, and never smaller for a larger similarity."""
    place = (similarity - low) * scale + np.float32(1)
    return np.int32(min(max(place, np.float32(0)), np.float32(_CELLS + 1)))


@kernel
def rank_neighbors(
    similarities: NDArray[np.float32], first: int, neighbors: NDArray[np.int32], ranks: NDArray[np.uint16]
) -> None:
    """Write the ranks of each row's ``neighbors`` [rows, k] among all its similarities [rows, words] to ``ranks``.

    Row r is that of word ``first`` + r, which is itself left out. The most similar word has the rank 1, equally similar
    ones have the same, and the largest rank that is written is LARGEST_RANK. Similarities are finite.
    """
    words, k = _U(similarities.shape[1]), neighbors.shape[1]
    counts, has_threshold = np.empty(_CELLS + 2, np.int64), np.empty(_CELLS + 2, np.uint8)
    close = np.empty(words + _U(1), np.float32)
    cells = np.empty(k, np.int32)
    for r in range(similarities.shape[0]):
        row = similarities[r]
        low = high = row[neighbors[r, 0]]
        for j in range(1, k):
            low, high = min(low, row[neighbors[r, j]]), max(high, row[neighbors[r, j]])
        scale = np.float32(_CELLS - 1) / max(high - low, _NARROWEST)
        counts[:], has_threshold[:] = 0, 0
        for j in range(k):
            cells[j] = _cell(row[neighbors[r, j]], low, scale)
            has_threshold[cells[j]] = 1
        found = _U(0)
        for i in range(words):
            cell = _cell(row[i], low, scale)
            counts[cell] += 1
            close[found] = row[i]
            found += _U(has_threshold[cell])
        above = 0
        for c in range(_CELLS + 1, -1, -1):  # counts become sums: all that is in this cell or a higher one
            above += 0 if has_threshold[c] else counts[c]
            counts[c] = above
        for j in range(k):
            threshold = row[neighbors[r, j]]
            larger = np.int32(0)
            for i in range(found):
                if close[i] > threshold:
                    larger += np.int32(1)
            itself = 1 if row[first + r] > threshold else 0
            ranks[r, j] = min(counts[cells[j]] + larger - itself + 1, LARGEST_RANK)
