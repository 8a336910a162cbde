"""Ragged: rows of different lengths in one array, one after the other; and padded batches of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_BLOCK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Ragged(Sequence[Any]):
    """Row n is ``values[offsets[n] : offsets[n + 1]]``; values [M] or [M, ...], offsets [N + 1]."""

    values: NDArray[Any]
    """may be memory-mapped"""
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Iterable[Sequence[int] | NDArray[Any]], dtype: Any = np.int32) -> Self:
        """The rows of a list."""
        arrays = [np.asarray(row, dtype) for row in rows]
        return cls(np.concatenate([np.zeros(0, dtype), *arrays]), offsets_of([len(row) for row in arrays]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: Any) -> Any:
        """One row; IndexError if there is none."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self.values[self.offsets[number] : self.offsets[number + 1]]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """[N]."""
        return np.diff(self.offsets)

    def take(self, numbers: NDArray[np.int64]) -> "Ragged":
        """Some rows, copied."""
        lengths = self.lengths[numbers]
        offsets = offsets_of(lengths)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[numbers] - offsets[:-1], lengths)
        return Ragged(self.values[places], offsets)

    def counts(self, numbers: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        """How often each value from 0 to ``size`` - 1 is in some rows."""
        found = np.zeros(size, np.int64)
        for first in range(0, len(numbers), _BLOCK_ROWS):
            found += np.bincount(self.take(numbers[first : first + _BLOCK_ROWS]).values, minlength=size)
        return found

    def cut(self, longest: int) -> "Ragged":
        """Of each row the first values, so many at the most."""
        if len(self) == 0 or self.lengths.max() <= longest:
            return self
        inside = np.arange(len(self.values)) - np.repeat(self.offsets[:-1], self.lengths) < longest
        return Ragged(self.values[inside], offsets_of(np.minimum(self.lengths, longest)))

    def padded(self, numbers: NDArray[np.int64], filling: int = 0) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Some rows as a batch: values [B, T] or [B, T, ...], T at least 1, and mask [B, T], True where a value is."""
        taken = self.take(numbers)
        lengths = taken.lengths
        mask = np.arange(max(int(lengths.max(initial=0)), 1)) < lengths[:, None]
        batch = np.full((*mask.shape, *self.values.shape[1:]), filling, self.values.dtype)
        batch[mask] = taken.values
        return batch, mask


def offsets_of(lengths: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each row begins, and the last one ends [N + 1], by the lengths of all [N]."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
