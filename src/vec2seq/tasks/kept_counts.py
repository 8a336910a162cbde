"""Counted: what an estimator keeps of n-grams that were counted (``kernels.kneser_ney``)."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import not_written_by_us
from vec2seq.kernels.kneser_ney import KneserNey

_PARTS = ("first", "keys", "shares", "backs", "sizes")


@dataclass(kw_only=True, eq=False)
class Counted:
    """Arrays of counts, as a model file has them."""

    of_counts: ClassVar[tuple[str, ...]] = tuple(f"counts_{part}_" for part in _PARTS)

    counts_first_: NDArray[np.float64] = field(init=False, repr=False)
    counts_keys_: NDArray[np.int64] = field(init=False, repr=False)
    counts_shares_: NDArray[np.float32] = field(init=False, repr=False)
    counts_backs_: NDArray[np.float32] = field(init=False, repr=False)
    counts_sizes_: NDArray[np.int64] = field(init=False, repr=False)

    def take_counts(self, counts: KneserNey) -> None:
        """Keep what was counted."""
        for part, array in counts.arrays.items():
            setattr(self, f"counts_{part}_", array)
        self.__dict__.pop("_counts", None)

    @property
    def counts(self) -> KneserNey:
        """What counting says."""
        if "_counts" not in self.__dict__:
            self._counts = KneserNey.of_arrays(*(getattr(self, name) for name in self.of_counts))
        return self._counts

    def check_counts(self, tokens: int, where: str) -> None:
        """UserError, naming the place, unless counts are there, of so many tokens."""
        try:
            counts = self.counts
        except ValueError:
            raise not_written_by_us(where, "counts_keys_") from None
        if len(counts.first) != tokens:
            raise not_written_by_us(where, "counts_first_")
