"""Matrices as the kernels want them: flat, rows padded to whole cache lines, the first float at a cache line."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.simd.rows import ROW_FLOATS, padded


def empty_rows(rows: int, width: int) -> NDArray[np.float32]:
    """An uninitialized flat matrix of ``rows`` rows, ``padded(width)`` floats apart, 64-byte aligned."""
    floats = rows * padded(width)
    room = np.empty(floats + ROW_FLOATS, np.float32)
    skip = (-room.ctypes.data // 4) % ROW_FLOATS
    return room[skip : skip + floats]


def rows_of(matrix: NDArray[np.float32], rows: int, width: int) -> NDArray[np.float32]:
    """The first ``rows`` rows as a view [rows, width] without the padding."""
    pitch = padded(width)
    return matrix[: rows * pitch].reshape(rows, pitch)[:, :width]


def without_padding(matrix: NDArray[np.float32], rows: int, width: int) -> NDArray[np.float32]:
    """The first ``rows`` rows, moved together in place: a contiguous [rows, width]. After it, the matrix is used up."""
    padded_rows = rows_of(matrix, rows, width)
    at_once = 4096
    for start in range(0, rows, at_once):
        part = padded_rows[start : start + at_once].copy()
        matrix[start * width : start * width + part.size] = part.ravel()
    return matrix[: rows * width].reshape(rows, width)
