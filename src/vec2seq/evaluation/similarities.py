"""Similarities of words: Spearman's correlation of the cosines with people's scores."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Similarities
from vec2seq.evaluation.words import find_rows
from vec2seq.measure import Measure
from vec2seq.vectors.store import Vectors

_AT_ONCE = 4096


def judge_similarities(vectors: Vectors, items: Similarities, file: str) -> Iterator[Measure]:
    """One measure: the correlation over all pairs."""
    rows = find_rows(vectors, [word for pair in items.pairs for word in pair]).reshape(-1, 2)
    known = (rows != UNKNOWN).all(axis=1)
    values = np.full((len(rows), 2), np.nan)
    values[known, 0] = _cosines(vectors, rows[known])
    values[known, 1] = np.array(items.scores)[known]
    yield Measure("spearman", values, correlation, file)


def _cosines(vectors: Vectors, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """[n]: of pairs of rows [n, 2]; in float64, for vectors of any length, and equal where only rounding differs."""
    found = [np.empty(0)]
    for start in range(0, len(pairs), _AT_ONCE):
        a, b = (vectors.matrix[rows].astype(np.float64) for rows in pairs[start : start + _AT_ONCE].T)
        lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        found.append(np.einsum("ij,ij->i", a, b) / np.where(lengths > 0, lengths, 1.0))
    cosines: NDArray[np.float64] = np.concatenate(found).round(12)
    return cosines


def correlation(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Statistic: Spearman's correlation of the two values."""
    return spearman(values[:, 0], values[:, 1], counts)


def spearman(x: NDArray[Any], y: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[B]: Spearman's correlation of x and y, both [n], in samples that have item i counts[b, i] times.

    Pearson's correlation of the ranks; equal values have the mean of their ranks. NaN where all values are equal.
    """
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    dx, dy = _mean_ranks(x, counts) - middle, _mean_ranks(y, counts) - middle
    spread = np.sqrt((counts * dx**2).sum(axis=1) * (counts * dy**2).sum(axis=1))
    correlation: NDArray[np.float64] = (counts * dx * dy).sum(axis=1) / np.where(spread > 0, spread, np.nan)
    return correlation


def _mean_ranks(values: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[B, n]: the rank of every value, from 1, in each of the samples."""
    _, groups, sizes = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(groups, kind="stable")
    members = np.add.reduceat(counts[:, order], np.cumsum(sizes) - sizes, axis=1)
    ranks: NDArray[np.float64] = np.cumsum(members, axis=1) - (members - 1) / 2
    return ranks[:, groups]
