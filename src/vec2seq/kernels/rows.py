"""Whose rows a thread works on: the shared matrix, private copies of the hottest rows, or private copies of all.

Threads that write the same rows without locks (Hogwild, Niu et al. 2011) are right on average, but the rows of
the most frequent words then wander between the cores' caches. Words are numbered by frequency, so the hottest
rows are the first ones: each thread keeps its own copy of them behind the end of the matrix and folds its changes
in after every stretch of text (``merge_hot``).

In deterministic training nothing shared is written while threads compute: each thread gathers every row it needs
(``localize``, ``gather``), trains its copies, turns them into changes (``to_changes``), and the changes of all threads
are added in a fixed order (``add_changes``), each thread adding to its own share of the rows.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.rows import prefetch

_U = np.uint64
_AHEAD = 8  # rows fetched ahead of their use


@kernel
def to_private(rows: NDArray[np.uint32], hot: int, shift: int) -> None:
    """Rename the ``hot`` first rows to a thread's copies of them, ``shift`` rows further on."""
    for k in range(rows.size):
        rows[k] += np.uint32(shift) if rows[k] < hot else np.uint32(0)


@kernel
def copy_hot(matrix: NDArray[np.float32], pitch: int, hot: int, shift: int, seen: NDArray[np.float32]) -> None:
    """Copy the ``hot`` first rows to a thread's own rows, and to ``seen``, the state from which its changes count."""
    private = shift * pitch
    for k in range(hot * pitch):
        seen[k] = matrix[k]
        matrix[private + k] = matrix[k]


@kernel
def merge_hot(matrix: NDArray[np.float32], pitch: int, hot: int, shift: int, seen: NDArray[np.float32]) -> None:
    """Add a thread's changes since ``seen`` to the shared rows and take over the others' changes."""
    private = shift * pitch
    for k in range(hot * pitch):
        current = matrix[k] + (matrix[private + k] - seen[k])
        matrix[k] = current
        matrix[private + k] = current
        seen[k] = current


@kernel
def localize(rows: NDArray[np.uint32], slots: NDArray[np.int32], used: NDArray[np.uint32], count: int) -> int:
    """Rename rows to slots 0, 1, ... in order of first use; ``used`` lists their rows, ``slots`` is -1 where unused."""
    for k in range(rows.size):
        row = rows[k]
        slot = slots[row]
        if slot < 0:
            slot = np.int32(count)
            slots[row] = slot
            used[count] = row
            count += 1
        rows[k] = np.uint32(slot)
    return count


@kernel
def gather(
    matrix: NDArray[np.float32], used: NDArray[np.uint32], count: int, pitch: int, local: NDArray[np.float32]
) -> None:
    """Copy the rows listed in ``used`` to the slots of ``local``."""
    for slot in range(count):
        if slot + _AHEAD < count:
            prefetch(matrix, _U(used[slot + _AHEAD]) * _U(pitch), _U(pitch))
        here, there = _U(slot) * _U(pitch), _U(used[slot]) * _U(pitch)
        for k in range(_U(pitch)):
            local[here + k] = matrix[there + k]


@kernel
def to_changes(
    matrix: NDArray[np.float32],
    used: NDArray[np.uint32],
    count: int,
    pitch: int,
    slots: NDArray[np.int32],
    local: NDArray[np.float32],
) -> None:
    """Turn the trained copies into their changes and free the slots."""
    for slot in range(count):
        if slot + _AHEAD < count:
            prefetch(matrix, _U(used[slot + _AHEAD]) * _U(pitch), _U(pitch))
        slots[used[slot]] = -1
        here, there = _U(slot) * _U(pitch), _U(used[slot]) * _U(pitch)
        for k in range(_U(pitch)):
            local[here + k] -= matrix[there + k]


@kernel
def add_changes(
    matrix: NDArray[np.float32],
    used: NDArray[np.uint32],
    count: int,
    pitch: int,
    local: NDArray[np.float32],
    weights: NDArray[np.float32],
    share: int,
    shares: int,
) -> None:
    """Add one thread's changes, times the row's weight, to the rows whose number is ``share`` modulo ``shares``."""
    for slot in range(count):
        row = used[slot]
        if row % np.uint32(shares) == np.uint32(share):
            here, there = _U(slot) * _U(pitch), _U(row) * _U(pitch)
            weight = weights[row]
            for k in range(_U(pitch)):
                matrix[there + k] += weight * local[here + k]
