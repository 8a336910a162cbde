"""What naive Bayes knows of words: how much more often each is in texts with a label than in those without it.

A bag of words begins with it (Wang & Manning 2012; Li et al. 2016 for vectors): counting every word once tells more of
the rare ones than gradient descent finds in them. What frequent words and n-grams add to each other, it learns then.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import BLOCK_TEXTS, SPECIAL


def log_ratios(
    ids: Ragged, targets: NDArray[np.integer], rows: NDArray[np.int64], words: int, labels: int
) -> NDArray[np.float32]:
    """[words, labels]: the logarithm of how much likelier a word is in texts with the label than in the others.

    Every word is counted once more than it is there, so that none is impossible (Laplace). 0 for words that are in none
    of these ``rows`` of ids and targets (int [N], or 0 and 1 [N,labels]), for padding and unknown ones.
    """
    counts = np.stack([_counts(ids, rows[has], words) for has in _with_label(targets[rows], labels)], 1)
    every = _counts(ids, rows, words)
    inside, outside = counts + 1.0, every[:, None] - counts + 1.0
    found: NDArray[np.float32] = np.log(inside / inside.sum(0) * outside.sum(0) / outside).astype(np.float32)
    found[every == 0] = 0
    return found


def _with_label(targets: NDArray[np.integer], labels: int) -> list[NDArray[np.bool_]]:
    """Which texts have each label [N]."""
    return [targets[:, label] > 0 if targets.ndim == 2 else targets == label for label in range(labels)]


def _counts(ids: Ragged, rows: NDArray[np.int64], words: int) -> NDArray[np.int64]:
    """How often each number is in these rows [words]; special ones never."""
    counts = np.zeros(words, np.int64)
    for first in range(0, len(rows), BLOCK_TEXTS):
        counts += np.bincount(ids.take(rows[first : first + BLOCK_TEXTS]).values, minlength=words)
    counts[:SPECIAL] = 0
    return counts
