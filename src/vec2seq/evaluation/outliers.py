"""Which word does not belong (Camacho-Collados and Navigli 2016)?

An outlier is put among the members of its topic. Of all these words it should be the one with the smallest mean
cosine to the others. ``outlier_accuracy`` is the share of outliers for which that is so; ``outlier_position`` (OPP) the
mean of their place among the words, from 0, the word that fits best, to 1.

Members that are not found are left out, three of them must be known; so the coverage is the share of the words.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Outliers
from vec2seq.evaluation.words import find_rows
from vec2seq.measure import Measure, mean
from vec2seq.vectors.store import Vectors

_FEWEST_MEMBERS = 3


def judge_outliers(vectors: Vectors, items: Outliers, file: str) -> Iterator[Measure]:
    """Both measures over all topics, then, if there are several, the accuracy of each."""
    members = [find_rows(vectors, topic.members) for topic in items.topics]
    outliers = [find_rows(vectors, topic.outliers) for topic in items.topics]
    positions = [_positions(vectors, *topic) for topic in zip(members, outliers, strict=True)]
    shares = [float((np.concatenate(words) != UNKNOWN).mean()) for words in zip(members, outliers, strict=True)]
    every = np.concatenate(positions)[:, None]
    covered = float((np.concatenate([*members, *outliers]) != UNKNOWN).mean())
    yield Measure("outlier_accuracy", _last(every), mean, file, covered=covered)
    yield Measure("outlier_position", every, mean, file, covered=covered)
    if len(items.topics) > 1:
        for topic, position, share in zip(items.topics, positions, shares, strict=True):
            yield Measure("outlier_accuracy", _last(position[:, None]), mean, file, topic.name, covered=share)


def _positions(vectors: Vectors, members: NDArray[np.int64], outliers: NDArray[np.int64]) -> NDArray[np.float64]:
    """[outliers]: the share of the members that fit better than the outlier does; NaN for one that is left out."""
    members, positions = members[members != UNKNOWN], np.full(len(outliers), np.nan)
    if len(members) < _FEWEST_MEMBERS:
        return positions
    for place, outlier in enumerate(outliers):
        if outlier != UNKNOWN:
            unit = vectors.units(np.append(members, outlier))
            cosines = unit @ unit.T
            fits = cosines.sum(axis=1) - cosines.diagonal()
            positions[place] = (fits[:-1] > fits[-1]).mean()
    return positions


def _last(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where every member fits better, else 0; NaN stays."""
    found: NDArray[np.float64] = np.where(np.isnan(positions), np.nan, positions == 1)
    return found
