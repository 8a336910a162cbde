"""Counting as a language model: n-grams with interpolated, modified Kneser-Ney smoothing (Chen and Goodman 1998).

For a context h of n - 1 tokens, and h' without its first one,

    p(w | h) = (c(h w) - D(c(h w))) / c(h)  +  back(h) p(w | h')

where D is a discount for counts of 1, of 2, and of 3 or more, estimated from how many n-grams have been seen once,
twice, ..., and back(h) is what the discounts took. Of the longest n-grams c counts how often they stand in the text; of
shorter ones, how many different tokens stand before them (those at the beginning of a row have nothing before them, and
are counted as they stand). A token alone has, below that, the same probability as all others.

It is learnt in seconds, and is what every net has to beat. NumPy alone; n-grams are numbers: an n-gram is the number of
the (n-1)-gram before its last token, and that token. Nothing here knows what the tokens mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.integer]
Numbers = NDArray[np.int64]

NONE = -1
"""In the place of the number of an n-gram that is not known."""
FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where there are too few n-grams to estimate them, as in KenLM (Heafield 2011)."""


class Table(NamedTuple):
    """All n-grams of one length n > 1."""

    keys: Numbers
    """ascending: the number of the (n-1)-gram before its last token, times V, plus that token"""
    shares: NDArray[np.float32]
    """of each n-gram (c(h w) - D) / c(h)"""
    backs: NDArray[np.float32]
    """of each (n-1)-gram back(h); 1 if nothing came after it"""


@dataclass(frozen=True, eq=False)
class KneserNey:
    """Probabilities of V tokens."""

    first: NDArray[np.float64]
    """of a token alone [V]"""
    tables: Sequence[Table]
    """of pairs, of three tokens, ..."""

    @classmethod
    def of(cls, values: Ids, offsets: Numbers, tokens: int, order: int) -> "KneserNey":
        """From rows ``values[offsets[n] : offsets[n + 1]]`` of numbers below ``tokens``; n-grams of up to ``order``.

        What comes first in a row is never asked for: a row begins with a token that says so.
        """
        places = np.arange(len(values)) - np.repeat(offsets[:-1], np.diff(offsets))
        grams, keys = [values.astype(np.int64)], [np.arange(tokens)]
        ends = [np.arange(len(values))]
        for length in range(2, order + 1):
            inside = np.flatnonzero(places >= length - 1)
            known, firsts, mine = np.unique(
                grams[-1][inside - 1] * tokens + values[inside], return_index=True, return_inverse=True
            )
            numbers = np.full(len(values), NONE)
            numbers[inside] = mine.reshape(-1)
            keys.append(known)
            ends.append(inside[firsts])
            grams.append(numbers)
        tables: list[Table] = []
        first = np.full(tokens, 1 / tokens)
        for length in range(1, order + 1):
            if length == order:
                where = np.flatnonzero(places >= max(length - 1, 1))
            else:  # where each different longer one ends; and what begins a row, which is asked for
                where = np.concatenate([ends[length], np.flatnonzero(places == length - 1 if length > 1 else [])])
            counts = np.bincount(grams[length - 1][where], minlength=len(keys[length - 1]))
            discounts = _discounts(counts)
            if length == 1:
                if counts.any():
                    first = (counts - discounts + discounts.sum() / tokens) / counts.sum()
                continue
            contexts, many = keys[length - 1] // tokens, len(keys[length - 2])
            totals = np.bincount(contexts, counts, many)
            backs = np.ones(many)
            np.divide(np.bincount(contexts, discounts, many), totals, out=backs, where=totals > 0)
            shares = (counts - discounts) / np.maximum(totals[contexts], 1)
            tables.append(Table(keys[length - 1], shares.astype(np.float32), backs.astype(np.float32)))
        return cls(first, tables)

    @property
    def size(self) -> int:
        """How many n-grams of more than one token there are."""
        return sum(len(table.keys) for table in self.tables)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it, for a file: ``of_arrays`` reads it back."""
        nothing = Table(np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32))
        keys, shares, backs = (np.concatenate(parts) for parts in zip(nothing, *self.tables, strict=True))
        sizes = np.array([[len(table.keys), len(table.backs)] for table in self.tables], np.int64).reshape(-1, 2)
        return {"first": self.first, "keys": keys, "shares": shares, "backs": backs, "sizes": sizes}

    @classmethod
    def of_arrays(
        cls,
        first: NDArray[np.float64],
        keys: Numbers,
        shares: NDArray[np.float32],
        backs: NDArray[np.float32],
        sizes: Numbers,
    ) -> "KneserNey":
        """What ``arrays`` gave; ValueError if it cannot have been."""
        kinds = ((first, np.float64), (keys, np.int64), (shares, np.float32), (backs, np.float32))
        if not all(array.ndim == 1 and array.dtype == kind for array, kind in kinds) or not len(first):
            raise ValueError("not arrays of n-grams")
        if sizes.dtype != np.int64 or sizes.ndim != 2 or sizes.shape[1] != 2 or (sizes < 0).any():
            raise ValueError("not sizes of n-grams")
        contexts = [len(first), *sizes[:-1, 0].tolist()] if len(sizes) else []
        if (
            sizes.sum(0).tolist() != [len(keys), len(backs)]
            or len(shares) != len(keys)
            or sizes[:, 1].tolist() != contexts
        ):
            raise ValueError("other sizes of n-grams")
        ends = np.cumsum(sizes, 0)[:-1].T
        parts = (np.split(keys, ends[0]), np.split(shares, ends[0]), np.split(backs, ends[1]))
        tables = [Table(*parts) for parts in zip(*parts, strict=True)][: len(sizes)]
        for table in tables:
            inside = len(table.keys) == 0 or (table.keys[0] >= 0 and table.keys[-1] < len(table.backs) * len(first))
            if not inside or (np.diff(table.keys) <= 0).any():
                raise ValueError("n-grams that are not in order")
        return cls(first, tables)

    def probabilities(self, values: Ids, offsets: Numbers) -> NDArray[np.float64]:
        """Of each token of rows, by those before it in its row [M]; of the first one of a row, 1."""
        starts = np.zeros(len(values), bool)
        starts[offsets[:-1][np.diff(offsets) > 0]] = True
        grams, found = values.astype(np.int64), self.first[values]
        for table in self.tables:
            contexts = np.concatenate([[NONE], grams[:-1]])
            contexts[starts] = NONE
            grams = self._numbers(table, contexts, values)
            known, there = contexts != NONE, grams != NONE
            found[known] *= table.backs[contexts[known]]
            found[there] += table.shares[grams[there]]
        found[starts] = 1
        return found

    def start(self, rows: int) -> Numbers:
        """Of so many rows, without tokens yet: the numbers of the n-grams at their ends [rows, order - 1]."""
        return np.full((rows, len(self.tables)), NONE)

    def after(self, ends: Numbers, ids: Ids) -> Numbers:
        """The same with one token more in each row, ids [rows]."""
        found = np.full_like(ends, NONE)
        if self.tables:
            found[:, 0] = ids
        for n, table in enumerate(self.tables[:-1]):
            found[:, n + 1] = self._numbers(table, ends[:, n], ids)
        return found

    def following(self, ends: Numbers) -> NDArray[np.float64]:
        """The probability of each token as the next one of each row [rows, V]."""
        found = np.tile(self.first, (len(ends), 1))
        for row, contexts in enumerate(ends.tolist()):
            for table, context in zip(self.tables, contexts, strict=True):
                if context == NONE:
                    break
                tokens = len(self.first)
                low, high = np.searchsorted(table.keys, (context * tokens, (context + 1) * tokens))
                found[row] *= table.backs[context]
                found[row, table.keys[low:high] - context * tokens] += table.shares[low:high]
        return found

    def _numbers(self, table: Table, contexts: Numbers, ids: Ids) -> Numbers:
        """Of contexts and the tokens after them, the number of both together."""
        if not len(table.keys):
            return np.full(len(contexts), NONE)
        wanted = contexts * len(self.first) + ids
        places = np.searchsorted(table.keys, wanted).clip(max=len(table.keys) - 1)
        return np.where((contexts != NONE) & (table.keys[places] == wanted), places, NONE)


def _discounts(counts: Numbers) -> NDArray[np.float64]:
    """Of each count what is taken from it: D1, D2 or D3 of Chen and Goodman 1998; none from a count of 0."""
    one, two, three, four = (int((counts == size).sum()) for size in (1, 2, 3, 4))
    sizes = FALLBACK
    if one and two and three:
        share = one / (one + 2 * two)
        sizes = (1 - 2 * share * two / one, 2 - 3 * share * three / two, 3 - 4 * share * four / three)
    if not all(0 < size < most for most, size in enumerate(sizes, 1)):  # too few counts to tell
        sizes = FALLBACK
    found: NDArray[np.float64] = np.array([0.0, *sizes])[np.minimum(counts, 3)]
    return found
