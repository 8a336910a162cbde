"""GloVe's gradient descent: one entry of the table of co-occurrences after another (Pennington et al. 2014).

For words i and j that co-occur X times, with vectors w_i, u_j and biases b_i, c_j, the loss is (equation 8)

    1/2 f(X) (w_i . u_j + b_i + c_j - log X)^2,    f(X) = min((X / x_max)^alpha, 1)

and AdaGrad makes the steps. As in Stanford's program the sums of squares begin at 1, hold the squares of gradients
times the learning rate, and gradients are cut off; the biases have a learning rate of 1, and so are soon right.

A bias is one more place of the row: where w has its bias, u has a constant 1, and the other way round. So a loss is one
dot product. A step is one pass over two rows (``simd.adagrad``), after which biases and constants are set.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.random import below, following, mixed
from vec2seq.kernels.simd.rows import adagrad, dot, prefetch

_U = np.uint64
_AHEAD = 3  # entries whose rows are fetched ahead

BIASES = 2
"""Places behind a vector: its bias, and the constant that meets the other's."""


@kernel
def choose_buckets(
    rows: NDArray[np.uint32],
    columns: NDArray[np.uint32],
    groups: int,
    parts: int,
    held_out_every: int,
    random: NDArray[np.uint64],
    buckets: NDArray[np.int32],
    sizes: NDArray[np.int64],
) -> None:
    """Choose a bucket for each entry, and count them in ``sizes``.

    Words are in ``groups`` groups, word i in group i modulo groups. Bucket (a * groups + b) * parts + p holds entries
    whose row is in group a and whose column in group b; which of its parts is random. Every so-manieth pair of words is
    held out, in both directions: the last bucket holds these (``held_out_every`` 0: none are).
    """
    state, last = random[0], sizes.size - 1
    for k in range(rows.size):
        state = following(state)
        low, high = min(rows[k], columns[k]), max(rows[k], columns[k])
        if held_out_every > 0 and mixed(_U(low) << _U(32) | _U(high)) % _U(held_out_every) == _U(0):
            bucket = last
        else:
            group = (rows[k] % np.uint32(groups)) * np.uint32(groups) + columns[k] % np.uint32(groups)
            bucket = int(group) * parts + int(below(state, _U(parts)))
        buckets[k] = bucket
        sizes[bucket] += 1
    random[0] = state


@kernel
def shuffle(
    rows: NDArray[np.uint32], columns: NDArray[np.uint32], logs: NDArray[np.float32], random: NDArray[np.uint64]
) -> None:
    """Put entries into a random order (Fisher and Yates)."""
    state = random[0]
    for k in range(rows.size - 1, 0, -1):
        state = following(state)
        other = below(state, _U(k + 1))
        rows[k], rows[other] = rows[other], rows[k]
        columns[k], columns[other] = columns[other], columns[k]
        logs[k], logs[other] = logs[other], logs[k]
    random[0] = state


@kernel
def descend(
    rows: NDArray[np.uint32],
    columns: NDArray[np.uint32],
    logs: NDArray[np.float32],
    words: NDArray[np.float32],
    contexts: NDArray[np.float32],
    width: int,
    span: int,
    log_most: np.float32,
    alpha: np.float32,
    rate: np.float32,
    largest: np.float32,
) -> float:
    """One step for each entry (row, column, log X); returns the summed loss before the steps.

    ``words`` and ``contexts`` are flat, row r at 2 * r * span: ``span`` floats (the vector, two BIASES, zeros), then as
    many sums of squares. ``log_most`` is log x_max; ``largest`` is where gradients are cut off. With ``rate`` 0 nothing
    changes. A loss that is not finite makes no step.
    """
    span_, pitch = _U(span), _U(2 * span)
    bias, constant = _U(width), _U(width + 1)
    loss = 0.0
    for k in range(rows.size):
        ahead = min(k + _AHEAD, rows.size - 1)
        prefetch(words, _U(rows[ahead]) * pitch, pitch)
        prefetch(contexts, _U(columns[ahead]) * pitch, pitch)
        i, j = _U(rows[k]) * pitch, _U(columns[k]) * pitch
        weight = np.float32(math.exp(min(alpha * (logs[k] - log_most), np.float32(0.0))))
        difference = dot(words, i, contexts, j, span_) - logs[k]
        gradient = weight * difference
        if not abs(gradient * difference) < np.float32(1e30):
            continue
        loss += np.float32(0.5) * gradient * difference
        if rate > 0:
            b, b_squares = words[i + bias], words[i + span_ + bias]
            c, c_squares = contexts[j + constant], contexts[j + span_ + constant]
            adagrad(words, i, contexts, j, span_, gradient * rate, largest * rate)
            step = min(max(gradient, -largest), largest)
            words[i + bias], words[i + constant] = b - step / math.sqrt(b_squares), np.float32(1.0)
            contexts[j + constant], contexts[j + bias] = c - step / math.sqrt(c_squares), np.float32(1.0)
            words[i + span_ + bias] = b_squares + step * step
            contexts[j + span_ + constant] = c_squares + step * step
    return loss
