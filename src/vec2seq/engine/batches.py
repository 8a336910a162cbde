"""Batches of examples of similar length, so that little of a batch is padding.

Every epoch the examples are shuffled and cut into pools of some batches; only within a pool they are sorted by length.
Static buckets, where the same examples meet in every epoch, cost quality. The batches of an epoch follow from seed and
number of the epoch alone: a run that goes on needs to know no more than how many it has done.
"""

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

POOL_BATCHES = 8


def batches(lengths: NDArray[np.int64], tokens: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Numbers of the examples of each batch, every example once.

    ``lengths`` [N]: tokens of each example. A batch has at most ``tokens``, its longest example times its size; an
    example that is longer is a batch of its own.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    if len(lengths) and lengths.min() == lengths.max():  # nothing to sort
        return list(_cut(order, lengths, tokens))
    made: list[NDArray[np.int64]] = []
    for pool in _pools(order, lengths, POOL_BATCHES * tokens):
        of_pool = list(_cut(pool[np.argsort(lengths[pool], kind="stable")], lengths, tokens))
        made += [of_pool[place] for place in random.permutation(len(of_pool))]
    return made


def in_order(lengths: NDArray[np.int64], tokens: int) -> list[NDArray[np.int64]]:
    """Batches for measuring: sorted by length, always the same."""
    return list(_cut(np.argsort(lengths, kind="stable"), lengths, tokens))


def _pools(order: NDArray[np.int64], lengths: NDArray[np.int64], tokens: int) -> Iterator[NDArray[np.int64]]:
    """Stretches of the order with about so many tokens."""
    ends = np.flatnonzero(np.diff(np.cumsum(lengths[order]) // max(tokens, 1), prepend=0))
    yield from (pool for pool in np.split(order, ends) if len(pool))


def _cut(sorted_numbers: NDArray[np.int64], lengths: NDArray[np.int64], tokens: int) -> Iterator[NDArray[np.int64]]:
    """Cut examples, the shortest first, into batches."""
    first, sizes = 0, np.maximum(lengths[sorted_numbers], 1).tolist()
    while first < len(sizes):
        most = min(max(tokens // sizes[first], 1), len(sizes) - first)
        least = max(tokens // sizes[first + most - 1], 1)
        ends = range(first + least + 1, first + most + 1)
        end = first + least + bisect_right(ends, tokens, key=lambda end: (end - first) * sizes[end - 1])
        yield sorted_numbers[first:end]
        first = end
