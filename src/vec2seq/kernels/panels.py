"""Matrices that few rows are multiplied with, as when a net writes: as fast as they can be read.

A matrix lies in panels: so many columns as are computed at once, row after row, panel after panel; so it is read from
its beginning to its end. Its last row is a bias, as in ``mlp.py``: what it is multiplied with has a 1 behind it.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.matrix import empty_rows
from vec2seq.kernels.simd.llvm import LANES
from vec2seq.kernels.simd.products import product
from vec2seq.kernels.simd.rows import padded

PANEL = 2 * LANES
"""Columns of a panel."""
FEWEST_ROWS = 4
"""Rows that are worth a thread of their own."""


class Matrices(NamedTuple):
    """Several, one after the other."""

    flat: NDArray[np.float32]
    begins: NDArray[np.int64]
    depths: NDArray[np.int64]
    """rows, the bias among them"""
    widths: NDArray[np.int64]
    """columns, rounded up to whole panels"""


def matrices_of(weights: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Matrices:
    """Of weights [out,in] and biases [out], as PyTorch has them."""
    depths, widths = np.array([[w.shape[1] + 1, padded(len(w), PANEL)] for w, _ in weights]).T.copy()
    ends = np.cumsum(depths * widths)
    found = Matrices(floats(int(ends[-1])), ends - depths * widths, depths, widths)
    for (weight, bias), begin, end, depth, width in zip(weights, found.begins, ends, depths, widths, strict=True):
        filled = np.zeros((depth, width), np.float32)
        filled[:-1, : len(bias)], filled[-1, : len(bias)] = weight.T, bias
        found.flat[begin:end].reshape(-1, depth, PANEL)[:] = filled.reshape(depth, -1, PANEL).transpose(1, 0, 2)
    return found


def floats(*shape: int) -> NDArray[np.float32]:
    """Room for so many, uninitialized, from a cache line on."""
    count = math.prod(shape)
    found: NDArray[np.float32] = empty_rows(1, count)[:count].reshape(shape)
    return found


def by_rows(pool: ThreadPoolExecutor, threads: int, rows: int, work: Callable[[int, int], object]) -> None:
    """Do the work of rows first ... last - 1 for stretches of all rows, at the same time if there are enough."""
    parts = max(min(threads, rows // FEWEST_ROWS), 1)
    mine, *others = pairwise(rows * part // parts for part in range(parts + 1))
    futures = [pool.submit(work, *stretch) for stretch in others]
    try:
        work(*mine)
    finally:
        wait(futures)
    for other in futures:
        other.result()


@kernel
def times(
    matrices: Matrices,
    number: int,
    entry: NDArray[np.float32],
    entry_at: int,
    entry_pitch: int,
    out: NDArray[np.float32],
    out_at: int,
    out_pitch: int,
    rows: int,
) -> None:
    """out = entry times a matrix, of flat arrays. Rows of ``out`` begin at cache lines and have room for all panels."""
    begin, depth = matrices.begins[number], matrices.depths[number]
    for column in range(0, matrices.widths[number], PANEL):
        product(
            *(entry, entry_at, entry_pitch, 1),
            *(matrices.flat, begin, PANEL),
            *(out, out_at + column, out_pitch),
            *(rows, depth, PANEL),
        )
        begin += depth * PANEL
