"""Do vectors fall into the categories that people put words in?

The words' vectors are grouped by k-means, as many groups as categories, the best of ten starts. Purity (Manning,
Raghavan and Schuetze 2008, equation 16.1): the share of the words that are in their group's most frequent category. It
grows with the number of groups, so that it compares vectors on the same words, not files with each other. Its interval
takes the groups and their categories as given: resamples hold words twice, and would make small groups look purer.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Categories
from vec2seq.evaluation.words import find_rows
from vec2seq.measure import Measure, mean
from vec2seq.vectors.groups import k_means
from vec2seq.vectors.store import Vectors

_STARTS = 10


def judge_categories(vectors: Vectors, items: Categories, file: str) -> Iterator[Measure]:
    """One measure: the purity of the groups, each word being right or wrong."""
    rows = find_rows(vectors, items.words)
    known = rows != UNKNOWN
    values = np.full((len(rows), 1), np.nan)
    if known.any():
        names, category = np.unique(np.array(items.categories)[known], return_inverse=True)
        values[known, 0] = in_majority(_grouped(vectors.units(rows[known]), len(names)), category)
    yield Measure("purity", values, mean, file)


def _grouped(unit: NDArray[np.float32], groups: int) -> NDArray[np.int64]:
    """[n]: the groups of the start whose groups are the tightest."""
    trials = [k_means(unit, groups, seed) for seed in range(_STARTS)]
    tightness = [np.linalg.norm(np.eye(groups)[trial].T @ unit, axis=1).sum() for trial in trials]
    return trials[int(np.argmax(tightness))]


def in_majority(groups: NDArray[np.int64], categories: NDArray[np.int64]) -> NDArray[np.bool_]:
    """[n]: whether each item is in the most frequent category of its group; of equally frequent ones, in the first."""
    pairs, pair, counts = np.unique(np.stack([groups, categories]), axis=1, return_inverse=True, return_counts=True)
    order = np.lexsort((-counts, pairs[0]))
    _, firsts = np.unique(pairs[0][order], return_index=True)
    return np.isin(pair, order[firsts])
