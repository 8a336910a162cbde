"""Foresight: what a net and counts together say of a text - token after token, or of all of it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.sampling import NOTHING, Ids, Writer, log_probabilities
from vec2seq.tasks.writers import MixedWriter, NetWriter, Steps, net_log_probabilities, window_batches

Floats = NDArray[np.float64]
KEPT_AT_ONCE = 1 << 22
"""Numbers that the probabilities of a batch of places have."""


class Foreseen(NamedTuple):
    """What may stand at N places of a row, by what is before each: the probability of each token [N,V]."""

    places: Ids
    """[N], none of them 0: the first token of a row is not asked for"""
    net: Floats
    """as the net alone says"""
    counts: Floats
    """as counting alone says"""
    both: Floats
    """as both together say"""


@dataclass(frozen=True)
class Foresight:
    """Each token's probability is a share of the net's and the rest of the counts'."""

    steps: Steps
    counts: KneserNey
    share: float
    """of the net"""
    context: int
    """tokens that the net sees at the most"""

    def writer(self, rows: int) -> Writer:
        """What foresees so many rows, as they are written."""
        net = NetWriter(self.steps, rows, self.context)
        return net if self.share == 1 else MixedWriter(net, self.counts, self.share, rows)

    def apart(self, rows: Ragged) -> tuple[Floats, Floats]:
        """Log-probability of each token of rows, by what is before it in its row, by net and by counts [M] each.

        Of the first token of a row, 0.
        """
        counts = np.log(self.counts.probabilities(rows.values, rows.offsets))
        return net_log_probabilities(self.steps, rows, self.context), counts

    def log_probabilities(self, rows: Ragged) -> Floats:
        """The same by both together [M]."""
        return mixed(*self.apart(rows), self.share)

    def places(self, row: Ids) -> Iterator[Foreseen]:
        """All places of a row of tokens [T] but the first, each once, some at a time."""
        ends = self.counts.start(len(row))
        for _ in self.counts.tables:  # each turn knows n-grams of one token more
            ends[1:] = self.counts.after(ends[:-1], row[:-1])
        most = KEPT_AT_ONCE // self.steps.tokens
        for ids, _, mask, asked in window_batches(Ragged.of([row]), self.context, most):
            new = asked != NOTHING
            net = np.exp(log_probabilities(self.steps.every(ids, mask)[new]))
            counts = self.counts.following(ends[asked[new]])
            yield Foreseen(asked[new], net, counts, self.share * net + (1 - self.share) * counts)


def mixed(net: Floats, counts: Floats, share: float) -> Floats:
    """Log-probabilities by both together, of those by each [M]."""
    found: Floats = np.log(share * np.exp(net) + (1 - share) * np.exp(counts))
    return found


def best_share(net: Floats, counts: Floats) -> float:
    """The share of the net with which tokens of these log-probabilities [M] are the most probable together.

    The slope of their log-probability falls as the share rises: where it is 0, between 0 and 1, is found by halving.
    """
    of_net, of_counts = np.exp(net), np.exp(counts)
    low, high = 0.0, 1.0
    for _ in range(30):
        share = (low + high) / 2
        rises = ((of_net - of_counts) / (share * of_net + (1 - share) * of_counts)).sum() > 0
        low, high = (share, high) if rises else (low, share)
    return (low + high) / 2
