"""The word embedding association test, WEAT (Caliskan, Bryson and Narayanan 2017).

Two lists of targets X, Y (flowers, insects), two of attributes A, B (pleasant, unpleasant). A word w is associated by
s(w) = mean of cos(w, a) - mean of cos(w, b). The score is the effect size, the mean of s over X minus that over Y, in
standard deviations of s over both: from -2 to 2, 0 for no difference. p is the share of all divisions of the targets
into lists of these sizes whose difference is as large or larger: of all of them if there are not too many, else of
``_DRAWN`` that are drawn.

The items are the targets; words that are not found are left out, two must be known of every list, and the coverage is
the share of all words.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Association, Associations
from vec2seq.evaluation.words import find_rows
from vec2seq.measure import Measure
from vec2seq.vectors.store import Vectors

_FEWEST_WORDS = 2
_ALL_DIVISIONS, _DRAWN, _AT_ONCE = 200_000, 100_000, 1000


def judge_associations(vectors: Vectors, items: Associations, file: str) -> Iterator[Measure]:
    """One measure a test."""
    for test in items.tests:
        yield _judge(vectors, test, file, test.name if len(items.tests) > 1 else None)


def _judge(vectors: Vectors, test: Association, file: str, section: str | None) -> Measure:
    lists = [find_rows(vectors, words) for words in (*test.targets, *test.attributes)]
    covered = float((np.concatenate(lists) != UNKNOWN).mean())
    x, y, a, b = ([row for row in rows if row != UNKNOWN] for rows in lists)
    values = np.full((len(test.targets[0]) + len(test.targets[1]), 2), np.nan)
    p = None
    if min(map(len, (x, y, a, b))) >= _FEWEST_WORDS:
        units_a, units_b = vectors.units(np.array(a)), vectors.units(np.array(b))
        targets = vectors.units(np.array([*x, *y]))
        known = np.concatenate(lists[:2]) != UNKNOWN
        values[known, 0] = (targets @ units_a.T).mean(axis=1) - (targets @ units_b.T).mean(axis=1)
        values[known, 1] = np.arange(len(targets)) < len(x)
        p = permutation_p(values[known, 0], len(x))
    return Measure("weat", values, effect_size, file, section, covered, p)


def effect_size(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Statistic: the difference of the means of s (first value) in X (second value 1) and Y (0), by the deviation of s.

    NaN for samples without X or Y, or without deviation.
    """
    s, in_x = values.T
    n, n_x = counts.sum(axis=1), counts @ in_x
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_x, mean_y = counts @ (s * in_x) / n_x, counts @ (s * (1 - in_x)) / (n - n_x)
        middle = counts @ s / n
        variance = (counts * (s - middle[:, None]) ** 2).sum(axis=1) / (n - 1)
        sizes: NDArray[np.float64] = np.where(variance > 0, (mean_x - mean_y) / np.sqrt(variance), np.nan)
    return sizes


def permutation_p(s: NDArray[np.float64], n_x: int, seed: int = 1) -> float:
    """How likely the first ``n_x`` of s have a sum this large or larger if the words are divided at random."""
    found, slack = s[:n_x].sum(), 1e-9 * np.abs(s).sum()
    if math.comb(len(s), n_x) <= _ALL_DIVISIONS:
        chosen = np.array(list(itertools.combinations(range(len(s)), n_x)))
        return float((s[chosen].sum(axis=1) >= found - slack).mean())
    generator = np.random.default_rng(seed)
    larger = 1  # the division that was found
    for _ in range(_DRAWN // _AT_ONCE):
        drawn = generator.permuted(np.broadcast_to(s, (_AT_ONCE, len(s))), axis=1)[:, :n_x].sum(axis=1)
        larger += int((drawn >= found - slack).sum())
    return larger / (_DRAWN + 1)
