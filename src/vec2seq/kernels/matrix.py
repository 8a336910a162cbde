"""Matrices as the kernels want them: flat, rows padded to whole cache lines, the first float at a cache line."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.simd.rows import ROW_FLOATS, padded

_ROWS_AT_ONCE = 4096


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


def draw_rows(rows: NDArray[np.float32], random: np.random.Generator) -> None:
    """Fill ``rows`` [n, width] with numbers uniform in (-1/2, 1/2) / width, as word2vec.c does."""
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[first : first + _ROWS_AT_ONCE]
        part[:] = (random.random(part.shape, np.float32) - np.float32(0.5)) / np.float32(rows.shape[1])


def moved_together(matrix: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """``rows`` [n, width], a view into the flat ``matrix`` from its beginning on, moved together in place: contiguous.

    After it, the matrix is used up.
    """
    width = rows.shape[1]
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[first : first + _ROWS_AT_ONCE].copy()
        matrix[first * width : first * width + part.size] = part.ravel()
    return matrix[: rows.size].reshape(rows.shape)
