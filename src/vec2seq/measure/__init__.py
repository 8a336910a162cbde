"""Measures: what a model says of every item of a file, one number made of that, and how sure the number is.

The interval is the 95 % percentile bootstrap over the items (Efron 1979). Items whose values are equal need not be told
apart, so that drawing n items with replacement is one multinomial draw over the different values: an accuracy has two.
For a share of right items the bootstrap says 0.00 to 0.00 where all are wrong, be they three or three thousand; so it
has Wilson's interval (1927), which is the bootstrap's for many items and is wide for few.

Two sets of vectors are compared on the items that both know, with the same items drawn for both: the interval of the
difference is narrower than the two intervals suggest, since what is hard for one is mostly hard for the other.

What no interval here knows: items that share words are not independent (analogy questions above all: the interval is
too narrow), and another training of the same vectors gives other values (``--bootstrap`` tells of that).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[[NDArray[np.float64], NDArray[np.int64]], NDArray[np.float64]]
"""statistic(values [G, F], counts [B, G]) -> [B]: the number for B samples that have values g counts[b, g] times"""

FEWEST_ITEMS = 4
"""Of fewer items no interval is given: drawing from one to three items says nothing."""
RESAMPLES = 1000
_COUNTS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Score:
    """One row of an evaluation."""

    metric: str
    """3cosadd, 3cosmul, pairdirection, spearman, outlier_accuracy, outlier_position, purity, weat"""
    score: float | None
    """a fraction (weat: an effect size); None if it is not defined: no item is covered, or all have the same value"""
    low: float | None
    high: float | None
    n: int
    """items that were used"""
    coverage: float
    """share of the items whose words are known; of lists of words (outliers, weat), share of the words"""
    file: str
    section: str | None = None
    p: float | None = None
    """of the permutation test (weat)"""


@dataclass(frozen=True)
class Difference:
    """How much higher the second of two scores is on the items that both cover, with its 95 % interval."""

    score: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Measure:
    """One number about the items of a file, or of a section of it."""

    metric: str
    values: NDArray[np.float64]
    """[items, F]: what the vectors say of every item; NaN where it is left out"""
    statistic: Statistic
    file: str
    section: str | None = None
    covered: float | None = None
    """the coverage, if it is not the share of items that are not left out"""
    p: float | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        """[items]: which are used."""
        known: NDArray[np.bool_] = np.logical_not(np.isnan(self.values).any(axis=1))
        return known

    def score(self, *, seed: int = 1, resamples: int = RESAMPLES) -> Score:
        """The number with its interval."""
        known = self.known
        n, coverage = int(known.sum()), float(known.mean()) if self.covered is None else self.covered
        drawn = _drawn(self.values[known], [self.statistic], seed, resamples)
        score = None if np.isnan(drawn[0, 0]) else float(drawn[0, 0])
        if score is not None and self.statistic is mean and np.isin(self.values[known], (0, 1)).all():
            low, high = wilson(score, n) if resamples else (None, None)
        else:
            low, high = (None, None) if score is None or n < FEWEST_ITEMS else interval(drawn[0, 1:])
        return Score(self.metric, score, low, high, n, coverage, self.file, self.section, self.p)


def difference(first: Measure, second: Measure, *, seed: int = 1, resamples: int = RESAMPLES) -> Difference | None:
    """What the second has more than the first, both of the same items; None if that is not defined."""
    both = first.known & second.known
    n, features = int(both.sum()), first.values.shape[1]
    drawn = _drawn(
        np.hstack([first.values, second.values])[both],
        [
            lambda values, counts: first.statistic(values[:, :features], counts),
            lambda values, counts: second.statistic(values[:, features:], counts),
        ],
        seed,
        resamples,
    )
    differences = drawn[1] - drawn[0]
    low, high = interval(differences[1:])
    if n < FEWEST_ITEMS or np.isnan(differences[0]) or low is None or high is None:
        return None
    return Difference(float(differences[0]), low, high, n)


def _drawn(values: NDArray[np.float64], statistics: list[Statistic], seed: int, resamples: int) -> NDArray[np.float64]:
    """[statistics, 1 + resamples]: of the items as they are, then of samples of them. NaN where not defined."""
    n = len(values)
    if n == 0:
        return np.full((len(statistics), 1 + resamples), np.nan)
    groups, sizes = np.unique(values, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    at_once = max(_COUNTS_AT_ONCE // len(groups), 1)
    parts = [[statistic(groups, sizes[None]) for statistic in statistics]]
    for start in range(0, resamples, at_once):
        counts = generator.multinomial(n, sizes / n, min(at_once, resamples - start))
        parts.append([statistic(groups, counts) for statistic in statistics])
    return np.concatenate(parts, axis=1)


def interval(scores: NDArray[np.float64]) -> tuple[float, float] | tuple[None, None]:
    """The middle 95 % of the resamples' scores; undefined ones do not count."""
    defined = scores[~np.isnan(scores)]
    if not len(defined):
        return None, None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of n items (Wilson 1927, without correction for continuity)."""
    z = 1.959964
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max((middle - half) / (1 + z * z / n), 0.0), min((middle + half) / (1 + z * z / n), 1.0)


def mean(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Statistic: the mean of the first values."""
    means: NDArray[np.float64] = counts @ values[:, 0] / counts.sum(axis=1)
    return means
