"""Pairs of neighbouring words: counted in a hash table, joined from the left (word2phrase, Mikolov et al. 2013)."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.random import mixed
from vec2seq.kernels.text import END

_U = np.uint64


@kernel
def pair_slot(keys: NDArray[np.uint64], key: np.uint64) -> np.uint64:
    """The slot of a pair, or the empty slot (key 0) where it belongs."""
    mask = _U(keys.size - 1)
    slot = mixed(key) & mask
    while keys[slot] != _U(0) and keys[slot] != key:
        slot = (slot + _U(1)) & mask
    return slot


@kernel
def count_pairs(
    numbers: NDArray[np.int32],
    frequent: NDArray[np.bool_],
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    start: int,
    used: int,
) -> tuple[int, int]:
    """Count pairs of frequent neighbours from ``start`` on; stops when half of the slots are used.

    The key of words a, b is (a + 1) * 2^32 + b + 1. Returns where it stopped and the number of slots used.
    """
    for k in range(start, numbers.size - 1):
        a, b = numbers[k], numbers[k + 1]
        if a == END or b == END or not frequent[a] or not frequent[b]:
            continue
        key = _U(a + 1) << _U(32) | _U(b + 1)
        slot = pair_slot(keys, key)
        if keys[slot] == _U(0):
            if 2 * used >= keys.size:
                return k, used
            keys[slot] = key
            used += 1
        counts[slot] += 1
    return numbers.size, used


@kernel
def move_pairs(
    keys: NDArray[np.uint64], counts: NDArray[np.int64], larger: NDArray[np.uint64], larger_counts: NDArray[np.int64]
) -> None:
    """Move all pairs to a larger table."""
    for slot in range(keys.size):
        if keys[slot] != _U(0):
            there = pair_slot(larger, keys[slot])
            larger[there] = keys[slot]
            larger_counts[there] = counts[slot]


@kernel
def join_pairs(
    numbers: NDArray[np.int32],
    keys: NDArray[np.uint64],
    phrases: NDArray[np.int32],
    counts: NDArray[np.int64],
    out: NDArray[np.int32],
) -> int:
    """Write the numbers, pairs of neighbours that are in the table replaced by their phrase; count what is written."""
    written, k = 0, 0
    while k < numbers.size:
        number = numbers[k]
        if number != END:
            if k + 1 < numbers.size and numbers[k + 1] != END:
                slot = pair_slot(keys, _U(number + 1) << _U(32) | _U(numbers[k + 1] + 1))
                if keys[slot] != _U(0):
                    number = phrases[slot]
                    k += 1
            counts[number] += 1
        out[written] = number
        written += 1
        k += 1
    return written
