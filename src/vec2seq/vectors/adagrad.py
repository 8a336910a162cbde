"""Training GloVe: one epoch of AdaGrad by several threads, bucket of entries by bucket.

The state of a run is the two matrices, with their sums of squares, and how many buckets of the epoch are done; each
bucket is shuffled by random numbers of its own, computed from seed, epoch and bucket. ``entries.py`` says why threads
never meet, and why the same seed and threads always give the same bytes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.glove import descend, shuffle
from vec2seq.kernels.random import seed
from vec2seq.run.parallel import Crew, Pieces, in_lock_step
from vec2seq.vectors.entries import Buckets
from vec2seq.vectors.factors import Factors

LARGEST_GRADIENT = 100.0
"""Where gradients are cut off, as in Stanford's program."""


@dataclass(frozen=True)
class Loss:
    """The settings of the loss: f(X) = min((X / x_max) ** alpha, 1)."""

    x_max: float
    alpha: float


class AdaGrad:
    """A training that goes on epoch by epoch; ``losses`` and ``examples`` hold the current epoch's sums by bucket."""

    unit = "pairs"

    def __init__(self, factors: Factors, buckets: Buckets, loss: Loss, rate: float, number: int):
        """``number`` is the seed."""
        self.factors, self.buckets, self.rate, self.number = factors, buckets, rate, number
        self._log_most, self._alpha = np.float32(math.log(loss.x_max)), np.float32(loss.alpha)
        pieces = len(buckets.order(number, 0))
        self.losses, self.examples = np.zeros(pieces), np.zeros(pieces, np.int64)

    def start_epoch(
        self, epoch: int, done: int = 0, last: int | None = None, rate: float | None = None
    ) -> tuple[Crew, Pieces]:
        """Start threads on the buckets ``done`` .. ``last`` - 1 of an epoch; ``rate`` overrides the learning rate."""
        order = self.buckets.order(self.number, epoch)
        pieces = Pieces(done, len(order) if last is None else last)
        step = self.rate if rate is None else rate

        def train(thread: int, piece: int) -> None:
            self.losses[piece], self.examples[piece] = self._descend(int(order[piece]), epoch, step)

        return in_lock_step(self.buckets.groups, pieces, train, _nothing_to_share), pieces

    def _descend(self, bucket: int, epoch: int, rate: float) -> tuple[float, int]:
        entries = self.buckets.read(bucket)
        if rate > 0:
            random = np.zeros(1, np.uint64)
            seed(random, np.array([self.number, epoch + 1, bucket]))
            shuffle(*entries, random)
        loss = descend(
            *entries,
            self.factors.words.flat,
            self.factors.contexts.flat,
            self.factors.words.width,
            self.factors.words.span,
            self._log_most,
            self._alpha,
            np.float32(rate),
            np.float32(LARGEST_GRADIENT),
        )
        return loss, len(entries.rows)

    def piece_sizes(self, epoch: int) -> NDArray[np.int64]:
        """Entries of each bucket, in the order of this epoch."""
        return np.diff(self.buckets.starts)[self.buckets.order(self.number, epoch)]

    def held_out_loss(self) -> float:
        """Mean loss of the entries that are held out; NaN if there are none."""
        loss, examples = self._descend(self.buckets.held_out, 0, 0.0)
        return loss / examples if examples else math.nan


def _nothing_to_share(thread: int, count: int) -> None:
    """What threads change in a round is theirs alone."""
