"""Training GloVe: one epoch of AdaGrad by several threads, bucket of entries by bucket.

The state of a run is the two matrices, with their sums of squares, and how many buckets of the epoch are done; each
bucket is shuffled by random numbers of its own, computed from seed, epoch and bucket. ``entries.py`` says why threads
never meet, and why the same seed and threads always give the same bytes.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import Vocab
from vec2seq.kernels.glove import BIASES, descend, shuffle
from vec2seq.kernels.matrix import empty_rows
from vec2seq.kernels.random import seed
from vec2seq.kernels.simd import padded
from vec2seq.run.parallel import Crew, Pieces, in_lock_step
from vec2seq.vectors.entries import Buckets

LARGEST_GRADIENT = 100.0
"""Where gradients are cut off, as in Stanford's program."""


class Rows:
    """Vectors with their biases and sums of squares: flat, a row is ``span`` floats and as many sums."""

    def __init__(self, words: int, width: int, constant: int):
        """``constant`` is the place behind the vector that stays 1."""
        self.words, self.width, self.span = words, width, padded(width + BIASES)
        self.flat = empty_rows(2 * words, width + BIASES)
        self.flat[:] = 0
        self.table = self.flat.reshape(words, 2 * self.span)
        self.table[:, width + constant] = 1
        self.table[:, self.span :] = 1

    def start(self, random: np.random.Generator) -> None:
        """Vectors and biases uniform in (-1/2, 1/2) / width, as in Stanford's program."""
        for first in range(0, self.words, 4096):
            part = self.vectors[first : first + 4096]
            part[:] = (random.random(part.shape, np.float32) - np.float32(0.5)) / np.float32(self.width)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """[words, width], a view."""
        return self.table[:, : self.width]


@dataclass(frozen=True)
class Loss:
    """The settings of the loss: f(X) = min((X / x_max) ** alpha, 1)."""

    x_max: float
    alpha: float


class AdaGrad:
    """A training that goes on epoch by epoch; ``losses`` and ``examples`` hold the current epoch's sums by bucket."""

    def __init__(self, vocab: Vocab, width: int, buckets: Buckets, loss: Loss, rate: float, number: int):
        """``number`` is the seed."""
        self.buckets, self.rate, self.number = buckets, rate, number
        self.word_rows, self.context_rows = Rows(len(vocab), width, 1), Rows(len(vocab), width, 0)
        random = np.random.default_rng(number)
        self.word_rows.start(random)
        self.context_rows.start(random)
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
            self.word_rows.flat,
            self.context_rows.flat,
            self.word_rows.width,
            self.word_rows.span,
            self._log_most,
            self._alpha,
            np.float32(rate),
            np.float32(LARGEST_GRADIENT),
        )
        return loss, len(entries.rows)

    def held_out_loss(self) -> float:
        """Mean loss of the entries that are held out; NaN if there are none."""
        loss, examples = self._descend(self.buckets.held_out, 0, 0.0)
        return loss / examples if examples else math.nan

    def mean_loss(self) -> float:
        """Mean loss of the buckets that were done since; NaN if they had no entries."""
        examples = int(self.examples.sum())
        return float(self.losses.sum()) / examples if examples else math.nan

    def tensors(self) -> dict[str, NDArray[Any]]:
        """The whole state."""
        return {"words": self.word_rows.flat, "contexts": self.context_rows.flat}


def _nothing_to_share(thread: int, count: int) -> None:
    """What threads change in a round is theirs alone."""
