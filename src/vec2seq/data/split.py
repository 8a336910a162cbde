"""Rows to learn from, and rows to keep out."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray


def split_rows(
    rows: int, share: float, groups: NDArray[np.int64] | None, random: np.random.RandomState
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the rows to learn from, and of a share of them to keep out; of every group [N] the same share.

    Of every group at least one row is learnt from.
    """
    drawn = random.permutation(rows)
    if groups is not None:
        drawn = drawn[np.argsort(groups[drawn], kind="stable")]
    places = np.floor(np.arange(rows + 1) * share + random.uniform()).astype(np.int64)
    out = np.diff(places) > 0
    if groups is not None:  # they lie one after the other: the first row of each, where all are out
        _, first, sizes = np.unique(groups[drawn], return_index=True, return_counts=True)
        out[first[np.add.reduceat(out, first) == sizes]] = False
    return np.sort(drawn[~out]), np.sort(drawn[out])


def split_owners(owners: Sequence[Hashable], share: float, most: int, seed: int) -> NDArray[np.bool_]:
    """Which rows to keep out [N]: those of a share of their owners, at most so many owners; one's rows are together."""
    numbers: dict[Hashable, int] = {}
    mine = np.array([numbers.setdefault(owner, len(numbers)) for owner in owners], np.int64)
    _, out = split_rows(len(numbers), min(share, most / max(len(numbers), 1)), None, np.random.RandomState(seed))
    return np.isin(mine, out)


def with_every_label(
    kept: NDArray[np.int64], out: NDArray[np.int64], labels: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same rows to learn from and to keep out, but of every label [N,K], 0 or 1, one row at least is learnt."""
    for label in labels.T:
        if not label[kept].any() and label[out].any():
            row = out[label[out].argmax()]
            kept, out = np.append(kept, row), out[out != row]
    return np.sort(kept), out
