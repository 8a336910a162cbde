"""What naive Bayes knows of words: how much more often each is in texts with a label than in those without it.

A bag of words begins with it (Wang & Manning 2012; as vectors Li et al. 2016), and learns from there what frequent
words and n-grams add to each other. Unlike there a word counts as often as it stands in a text, each label is set
against all others, and how frequent the labels are is left out.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import SPECIAL


def log_ratios(
    ids: Ragged, targets: NDArray[np.integer], rows: NDArray[np.int64], words: int, labels: int
) -> NDArray[np.float32]:
    """[words, labels]: the logarithm of how much likelier a word is in texts with the label than in the others.

    Every word is counted once more than it is there, so that none is impossible (Laplace). 0 for words that are in none
    of these ``rows`` of ids and targets (int [N], or 0 and 1 [N,labels]), for padding and unknown ones.
    """
    counts = np.stack([ids.counts(rows[has], words) for has in _with_label(targets[rows], labels)], 1)
    every = ids.counts(rows, words)
    counts[:SPECIAL], every[:SPECIAL] = 0, 0
    inside, outside = counts + 1.0, every[:, None] - counts + 1.0
    found: NDArray[np.float32] = np.log(inside / inside.sum(0) * outside.sum(0) / outside).astype(np.float32)
    found[every == 0] = 0
    return found


def _with_label(targets: NDArray[np.integer], labels: int) -> list[NDArray[np.bool_]]:
    """Which texts have each label [N]."""
    return [targets[:, label] > 0 if targets.ndim == 2 else targets == label for label in range(labels)]
