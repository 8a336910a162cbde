"""Chains of labels: the best sequence (Viterbi 1967), and how probable each label is (forward-backward, Rabiner 1989).

A sequence of labels y for T tokens has the score

    starts[y_1] + sum over t of emissions[t, y_t] + sum over t > 1 of transitions[y_(t-1), y_t] + ends[y_T]

and a probability in proportion to its exponential: a linear-chain CRF. What is forbidden is -inf (``forbidding``). With
transitions, starts and ends of 0 and -inf the emissions of a softmax are decoded under rules: the most probable of the
sequences that keep them. NumPy alone: a loop over tokens, all rows and labels at once, in float64.

Rows are padded on the right: mask [B,T] is True for the first tokens of each row, maybe none. Where a row has no
allowed sequence, its score is -inf, its path arbitrary, its marginals 0. Nothing here knows what the labels mean.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]


def forbidding(scores: Floats, allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """scores, allowed of the same shape -> the scores, -inf where it is not allowed."""
    return np.where(allowed, scores, -np.inf)


def viterbi(
    emissions: Floats, mask: NDArray[np.bool_], transitions: Floats, starts: Floats, ends: Floats
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """emissions [B,T,K], mask [B,T], transitions [K,K] (from, to), starts [K], ends [K] -> paths [B,T], scores [B].

    Paths are 0 at padding; a row without tokens has the score 0. Of paths as good as each other, one is taken.
    """
    rows, length, labels = emissions.shape
    paths = np.zeros((rows, length), np.int64)
    if not length:
        return paths, np.zeros(rows)
    emissions = np.where(mask[:, :, None], emissions, 0)
    into = np.ascontiguousarray(transitions.T, np.float64)  # to, from: what is searched is contiguous
    best = emissions[:, 0] + np.asarray(starts, np.float64)
    before = np.empty((length, rows, labels), np.int64)
    for t in range(1, length):
        reached = best[:, None, :] + into
        before[t] = np.where(mask[:, t, None], reached.argmax(axis=2), np.arange(labels))
        best = np.where(mask[:, t, None], reached.max(axis=2) + emissions[:, t], best)
    best = best + ends
    scores = np.where(mask[:, 0], best.max(axis=1), 0.0)
    at = best.argmax(axis=1)
    for t in range(length - 1, -1, -1):
        paths[:, t] = at
        at = before[t, np.arange(rows), at] if t else at
    return np.where(mask, paths, 0), scores


def log_partition(
    emissions: Floats, mask: NDArray[np.bool_], transitions: Floats, starts: Floats, ends: Floats
) -> NDArray[np.float64]:
    """As ``viterbi`` -> [B]: the logarithm of the summed exponentials of all sequences' scores; 0 without tokens."""
    if not emissions.shape[1]:
        return np.zeros(len(emissions))
    emissions = np.where(mask[:, :, None], emissions, 0)
    last = _forward(emissions, mask, transitions, starts)[-1]
    return np.where(mask[:, 0], _log_sum(last + ends), 0.0)


def marginals(
    emissions: Floats, mask: NDArray[np.bool_], transitions: Floats, starts: Floats, ends: Floats
) -> NDArray[np.float32]:
    """As ``viterbi`` -> [B,T,K]: the probability of each label at each token, over all sequences; 0 at padding."""
    rows, length, labels = emissions.shape
    shares = np.zeros((rows, length, labels), np.float32)
    if not length:
        return shares
    emissions = np.where(mask[:, :, None], emissions, 0)
    forward = _forward(emissions, mask, transitions, starts)
    total = _log_sum(forward[-1] + ends)[:, None]
    total[np.isneginf(total)] = np.inf
    after = np.broadcast_to(np.asarray(ends, np.float64), (rows, labels))
    for t in range(length - 1, -1, -1):
        shares[:, t] = np.where(mask[:, t, None], np.exp(forward[t] + after - total), 0)
        reached = _log_sum(transitions + (emissions[:, t] + after)[:, None, :])
        after = np.where(mask[:, t, None], reached, after)
    return shares


def _forward(emissions: Floats, mask: NDArray[np.bool_], transitions: Floats, starts: Floats) -> NDArray[np.float64]:
    """[T,B,K]: the log-sum over all beginnings that are at label k at token t; at padding that of the last token."""
    rows, length, labels = emissions.shape
    into = np.ascontiguousarray(transitions.T, np.float64)
    forward = np.empty((length, rows, labels))
    forward[0] = emissions[:, 0] + np.asarray(starts, np.float64)
    for t in range(1, length):
        reached = _log_sum(forward[t - 1][:, None, :] + into) + emissions[:, t]
        forward[t] = np.where(mask[:, t, None], reached, forward[t - 1])
    return forward


def _log_sum(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """x [..., K] -> [...]: log(sum(exp(x))); -inf where all are."""
    most = x.max(axis=-1, keepdims=True)
    most[np.isneginf(most)] = 0
    with np.errstate(divide="ignore"):
        sums: NDArray[np.float64] = np.log(np.exp(x - most).sum(axis=-1)) + most[..., 0]
    return sums
