"""Trust: how far the ranks of each word's nearest neighbours varied when the training was repeated on resampled text.

Antoniak and Mimno (2018), "Evaluating the Stability of Embedding-based Word Similarities", TACL 6. How the ranks come
about stands in ``bootstrap.py``; this knows nothing of training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError, counted

SHOWN = 10
"""How many neighbours of each word a summary speaks of."""
FREQUENT = 1000
"""Of so many frequent words a summary speaks by themselves: rare ones have too few sentences for stable neighbours."""
_PERCENTILES = (2.5, 97.5)
_WORDS_AT_ONCE = 4096


class Intervals(NamedTuple):
    """What is known of some neighbours, all of one shape."""

    low: NDArray[np.uint16]
    """the 95 % interval of the rank among all words; 0 where nothing is known"""
    high: NDArray[np.uint16]
    stable: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Trust:
    """The neighbours of the most frequent words, and the 95 % intervals of their ranks over the runs."""

    neighbors: NDArray[np.int32]
    """[n, k]: those of the model, best first"""
    low: NDArray[np.uint16]
    """[n, k]"""
    high: NDArray[np.uint16]
    """[n, k]"""
    runs: int

    @classmethod
    def of_runs(cls, neighbors: NDArray[np.int32], ranks: list[NDArray[np.uint16]]) -> Self:
        """The intervals of ranks [n, k], one array a run: percentiles 2.5 and 97.5, outwards to a rank that occurred.

        Up to 40 runs these are the smallest and the largest.
        """
        found: list[list[NDArray[np.uint16]]] = [[], []]
        for start in range(0, len(neighbors), _WORDS_AT_ONCE):
            part = np.stack([run[start : start + _WORDS_AT_ONCE] for run in ranks])
            for ends, percentile, outwards in zip(found, _PERCENTILES, ("lower", "higher"), strict=True):
                ends.append(np.percentile(part, percentile, axis=0, method=outwards).astype(np.uint16))  # type: ignore[call-overload]
        low, high = map(np.concatenate, found)
        return cls(neighbors, low, high, len(ranks))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """All of it for a file."""
        return {"neighbors": self.neighbors, "low": self.low, "high": self.high, "runs": np.array([self.runs])}

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, NDArray[Any]], words: int, where: str) -> Self | None:
        """What a file of a model of so many words holds; None if it holds nothing, UserError if that makes no sense."""
        if not tensors:
            return None
        try:
            parts = [tensors[name] for name in ("neighbors", "low", "high", "runs")]
        except KeyError as error:
            raise UserError(f"{where}: no tensor {error}; the model is damaged") from None
        neighbors, low, high, runs = parts
        kinds = [part.dtype.name for part in parts]
        fits = kinds == ["int32", "uint16", "uint16", "int64"] and runs.shape == (1,) and neighbors.ndim == 2
        fits = fits and neighbors.shape == low.shape == high.shape and len(neighbors) <= words and neighbors.size > 0
        if not fits or neighbors.min() < 0 or neighbors.max() >= words or low.min() < 1 or (low > high).any():
            raise UserError(f"{where}: its parts do not fit together; the model is damaged")
        return cls(neighbors, low, high, int(runs[0]))

    def intervals(self, words: NDArray[np.int64], found: NDArray[np.int64], listed: int) -> Intervals:
        """What is known of the rows ``found`` [m, j], neighbours of ``words`` [m], in a list of ``listed`` words.

        A neighbour is stable if the upper end of its interval is at most twice the length of the list, or twice its own
        rank, where a list leaves out words before it.
        """
        known = np.minimum(words, len(self.neighbors) - 1)
        same = (self.neighbors[known][:, None] == found[:, :, None]) & (words == known)[:, None, None]
        place = same.argmax(axis=2)
        low, high = (
            np.where(same.any(axis=2), np.take_along_axis(ends[known], place, axis=1), np.uint16(0))
            for ends in (self.low, self.high)
        )
        return Intervals(low, high, (high > 0) & (high <= 2 * np.maximum(listed, place + 1)))

    @property
    def stable_share(self) -> float:
        """The share of the SHOWN nearest neighbours of all its words that are stable."""
        return self._stable_share(0, len(self.high))

    def by_frequency(self) -> list[tuple[int, int, float]]:
        """(first, last, stable share of their SHOWN nearest neighbours): of words 1 to 100, 101 to 1,000, and so on."""
        ends = [0, *(end for end in (100, 1_000, 10_000) if end < len(self.high)), len(self.high)]
        return [(first + 1, last, self._stable_share(first, last)) for first, last in pairwise(ends)]

    def _stable_share(self, first: int, last: int) -> float:
        return float((self.high[first:last, :SHOWN] <= 2 * SHOWN).mean())

    def facts(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"runs": self.runs, "words": len(self.high), "stable_share": self.stable_share}

    def __str__(self) -> str:
        """One line for people."""
        text = (
            f"{counted(self.runs, 'run')}; of the {min(SHOWN, self.high.shape[1])} nearest neighbors of "
            f"{counted(len(self.high), 'word')} {100 * self.stable_share:.0f} % are stable"
        )
        if len(self.high) <= FREQUENT:
            return text
        return f"{text}, of those of the {FREQUENT:,} most frequent {100 * self._stable_share(0, FREQUENT):.0f} %"
