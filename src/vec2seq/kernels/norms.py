"""Euclidean norms of the parts of a flat array."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.rows import dot

_U = np.uint64
_SMALL, _LARGE = 1e-24, 1e30
"""Sums of squares between them lost nothing to the least and the largest number of float32."""


@kernel
def part_norms(floats: NDArray[np.float32], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """The norm of each part: part p ends before ``ends[p]``, where the next begins. Right to about 1e-5 of it.

    Parts begin at multiples of a cache line.
    """
    found, begin = np.empty(len(ends)), 0
    for part in range(len(ends)):
        squares = float(dot(floats, _U(begin), floats, _U(begin), _U(ends[part] - begin)))
        if not _SMALL < squares < _LARGE:
            squares = 0.0
            for k in range(_U(begin), _U(ends[part])):
                squares += np.float64(floats[k]) * np.float64(floats[k])
        found[part] = np.sqrt(squares)
        begin = ends[part]
    return found
