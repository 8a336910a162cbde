"""Do vectors fall into the categories that people put words in?

The words' vectors are grouped by k-means, as many groups as categories, the best of ten starts. Purity (Manning,
Raghavan and Schuetze 2008, equation 16.1): the share of the words that are in their group's most frequent category. It
grows with the number of groups, so that it compares vectors on the same words, not files with each other.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Categories
from vec2seq.evaluation.measure import Measure
from vec2seq.evaluation.words import find_rows
from vec2seq.vectors.groups import k_means
from vec2seq.vectors.store import Vectors

_STARTS = 10


def judge_categories(vectors: Vectors, items: Categories, file: str) -> Iterator[Measure]:
    """One measure: the purity of the groups."""
    rows = find_rows(vectors, items.words)
    known = rows != UNKNOWN
    values = np.full((len(rows), 2), np.nan)
    if known.any():
        names, category = np.unique(np.array(items.categories)[known], return_inverse=True)
        values[known, 0] = _grouped(vectors.units(rows[known]), len(names))
        values[known, 1] = category
    yield Measure("purity", values, purity, file)


def _grouped(unit: NDArray[np.float32], groups: int) -> NDArray[np.int64]:
    """[n]: the groups of the start whose groups are the tightest."""
    trials = [k_means(unit, groups, seed) for seed in range(_STARTS)]
    tightness = [np.linalg.norm(np.eye(groups)[trial].T @ unit, axis=1).sum() for trial in trials]
    return trials[int(np.argmax(tightness))]


def purity(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Statistic: the share of the items that are in their group's most frequent category; values: group, category."""
    groups, categories = values.astype(np.int64).T
    shape = (groups.max() + 1, categories.max() + 1)
    places = np.eye(shape[0] * shape[1])[groups * shape[1] + categories]
    table = (counts @ places).reshape(-1, *shape)
    share: NDArray[np.float64] = table.max(axis=2).sum(axis=1) / counts.sum(axis=1)
    return share
