"""Training word2vec: one epoch of stochastic gradient descent by several threads, stretch of text by stretch.

Text is cut into stretches of some thousand words. An epoch does them in a random order (text is not stationary: a
corpus of novels in their order teaches the last novel best). Every stretch has its own random numbers, computed from
seed, epoch and stretch, so that the state of a run is the two matrices and how many stretches are done.

Three ways to share the work: one thread; several threads without locks, each with its own copy of the hottest rows;
several threads in lock step, deterministic. ``kernels/rows.py`` says what the last two do with the rows.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.corpus import release
from vec2seq.data.vocab import Vocab
from vec2seq.kernels import rows as row_kernels
from vec2seq.kernels.matrix import empty_rows, rows_of, without_padding
from vec2seq.kernels.random import seed
from vec2seq.kernels.simd import LANES, OUTPUTS, padded
from vec2seq.kernels.steps import bag_of_words, sign_table, skip_gram
from vec2seq.kernels.windows import Noise, Targets, Text, Tree, Windows, draw_negatives, draw_windows, find_paths
from vec2seq.run.parallel import Crew, Pieces, free_running, in_lock_step

LONGEST_SENTENCE = 1000
"""Longer sentences are cut, as in word2vec.c."""

STALE_WORDS = 16_384
"""Words that the other threads may work on before a thread sees what they changed in private rows. With four times as
many the vectors get worse (docs/decisions/0003-threads.md)."""

STAYS = 0.98
"""About how much of a row's way is left after one change to it: see ``Plan.change_weights``."""

HOT_ROWS = 1000
MOST_THREADS_WITH_HOT_ROWS = 8

FEW_WORDS = 1000
"""With fewer words, each context word makes a step of its own: if a window's words are much alike, as they may be in a
text of few words, their steps point the same way and their sum goes too far (docs/decisions/0004-windows.md)."""

HELD_OUT = 2**32 - 1
"""Stands for the epoch in the random numbers of the held-out text: they are the same every time."""


def cut_sentences(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The offsets, with more of them inside sentences that are too long."""
    lengths = np.diff(offsets)
    if len(lengths) == 0 or lengths.max() <= LONGEST_SENTENCE:
        return np.ascontiguousarray(offsets)
    pieces = np.maximum(-(-lengths // LONGEST_SENTENCE), 1)
    number = np.arange(pieces.sum()) - np.repeat(np.cumsum(pieces) - pieces, pieces)  # of a piece in its sentence
    return np.append(np.repeat(offsets[:-1], pieces) + number * LONGEST_SENTENCE, offsets[-1])


def cut_stretches(bounds: NDArray[np.int64], threads: int) -> NDArray[np.int64]:
    """Where stretches begin, as numbers of sentences: [S + 1]. At least 64 stretches of a large text."""
    words = int(bounds[-1])
    size = min(STALE_WORDS // max(threads - 1, 1), max(words // 64, 1000))
    starts = np.searchsorted(bounds, np.arange(0, words, size))
    return np.unique(np.append(starts, len(bounds) - 1))


@dataclass(frozen=True, eq=False)
class Plan:
    """All that stays the same during a training."""

    text: Text
    stretches: NDArray[np.int64]
    """[S + 1]: stretch s is the sentences stretches[s] .. stretches[s + 1] - 1"""
    targets: Noise | Tree
    """negative sampling, or hierarchical softmax"""
    negatives: int
    words: int
    """words in the vocabulary: rows of the input matrix"""
    output_rows: int
    """words, or inner nodes of the tree"""
    input_updates: NDArray[np.float64]
    """expected changes of each input row per word of text"""
    output_updates: NDArray[np.float64]
    width: int
    window: int
    bag: bool
    """CBOW instead of skip-gram"""
    seed: int
    threads: int
    lock_step: bool

    @cached_property
    def stretch_sizes(self) -> NDArray[np.int64]:
        """Words of each stretch."""
        return np.diff(self.text.bounds[self.stretches])

    @property
    def hot(self) -> int:
        """Rows of which every thread has its own copy."""
        if self.threads == 1 or self.lock_step or self.threads > MOST_THREADS_WITH_HOT_ROWS:
            return 0
        return min(HOT_ROWS, self.output_rows)

    @property
    def together(self) -> int:
        """Context words that make a step together."""
        return 1 if self.words < FEW_WORDS else 2 * self.window

    @cached_property
    def blocks(self) -> int:
        """Most blocks of targets a word has."""
        targets = int(np.diff(self.targets.first).max()) if isinstance(self.targets, Tree) else 1 + self.negatives
        return -(-targets // OUTPUTS)

    def change_weights(self, inputs: bool) -> NDArray[np.float32]:
        """Per row, the weight with which the threads' changes are added in lock step (1 for the row of padding).

        A change to a row takes it a small part of its way, say 1 - r. In a round, each of n threads changes a row m
        times on average and takes it 1 - r^m of the way; one after the other they would have come 1 - r^(n m) of the
        way. For rare rows the sum of all changes is right, weight 1; for the hottest ones their mean is, weight 1 / n,
        and their sum would overshoot further and further.
        """
        times = (self.input_updates if inputs else self.output_updates) * np.median(self.stretch_sizes)
        times = np.maximum(times, 1e-6)
        weights = (1 - STAYS ** (self.threads * times)) / (self.threads * (1 - STAYS**times))
        return np.append(weights, 1.0).astype(np.float32)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The stretches in the order of an epoch."""
        return np.random.default_rng([self.seed, epoch]).permutation(len(self.stretches) - 1)


class Matrices:
    """The input rows (the word vectors) and the output rows, flat, with room for each thread's hot rows.

    Behind the output rows lies one of zeros, the padding of blocks of targets.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        private = plan.threads * plan.hot
        self.inputs = empty_rows(plan.words + private, plan.width)
        self.outputs = empty_rows(plan.output_rows + 1 + private, plan.width)
        self.outputs[:] = 0

    def start(self) -> None:
        """Input rows uniform in (-1/2, 1/2) / width (word2vec.c), output rows 0."""
        plan = self.plan
        self.inputs[:] = 0
        rows, generator = self.input_rows, np.random.default_rng(plan.seed)
        for first in range(0, plan.words, 4096):
            part = rows[first : first + 4096]
            part[:] = (generator.random(part.shape, np.float32) - np.float32(0.5)) / np.float32(plan.width)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The whole state: both matrices, padding included, private rows not."""
        pitch = padded(self.plan.width)
        return {
            "input": self.inputs[: self.plan.words * pitch],
            "output": self.outputs[: self.plan.output_rows * pitch],
        }

    def set_tensors(self, tensors: dict[str, NDArray[np.float32]]) -> None:
        """Take over a state."""
        for name, mine in self.tensors().items():
            mine[:] = tensors[name]

    def copies(self) -> dict[str, NDArray[np.float32]]:
        """A copy of the state."""
        return {name: tensor.copy() for name, tensor in self.tensors().items()}

    def take_over(self, known: Vocab, inputs: NDArray[np.float32], outputs: NDArray[np.float32], vocab: Vocab) -> None:
        """Set the rows of known words; ``vocab`` is the vocabulary of these matrices.

        Output rows are those of words (negative sampling), or of inner nodes, which mean the same only in the same
        tree.
        """
        rows = vocab.encode(known.tokens)
        self.input_rows[rows] = inputs
        if self.plan.output_rows == self.plan.words:
            self.output_rows[rows] = outputs
        elif len(vocab) == len(known) and np.array_equal(vocab.counts, known.counts):
            self.output_rows[:] = outputs

    def finished(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Both matrices without padding, [rows, width], contiguous. These matrices are of no other use after."""
        return (
            without_padding(self.inputs, self.plan.words, self.plan.width),
            without_padding(self.outputs, self.plan.output_rows, self.plan.width),
        )

    @property
    def input_rows(self) -> NDArray[np.float32]:
        """[words, width], a view."""
        return rows_of(self.inputs, self.plan.words, self.plan.width)

    @property
    def output_rows(self) -> NDArray[np.float32]:
        """[words or inner nodes, width], a view."""
        return rows_of(self.outputs, self.plan.output_rows, self.plan.width)


class Worker:
    """One thread's buffers, and what it does with a stretch."""

    def __init__(self, plan: Plan, matrices: Matrices, signs: NDArray[np.float32], thread: int):
        self.plan, self.matrices, self.signs = plan, matrices, signs
        longest = int(plan.stretch_sizes.max())
        sentences = int(np.diff(plan.stretches).max())
        self.windows = Windows(
            np.empty(longest, np.uint32), np.empty(longest, np.uint32), np.empty(sentences + 1, np.int64)
        )
        self.targets = Targets(
            np.empty(longest * plan.blocks * OUTPUTS, np.uint32),
            np.empty(longest + 1, np.int64),
            np.empty(longest * plan.blocks, np.uint16),
        )
        self.random = np.zeros(1, np.uint64)
        self.pitch = padded(plan.width)
        self.input_shift = plan.words + thread * plan.hot
        self.output_shift = plan.output_rows + 1 + thread * plan.hot
        self.seen = [np.empty(plan.hot * self.pitch, np.float32) for _ in range(2)]

    def refresh(self) -> None:
        """Take over the shared hot rows: before the first stretch, and when the matrices were changed by others."""
        hot, matrices = self.plan.hot, self.matrices
        row_kernels.copy_hot(matrices.inputs, self.pitch, hot, self.input_shift, self.seen[0])
        row_kernels.copy_hot(matrices.outputs, self.pitch, hot, self.output_shift, self.seen[1])

    @property
    def bytes(self) -> int:
        """Memory of the buffers."""
        buffers: list[NDArray[Any]] = [*self.windows, *self.targets, *self.seen]
        return sum(buffer.nbytes for buffer in buffers)

    def draw(self, stretch: int, epoch: int) -> tuple[int, NDArray[np.uint32], NDArray[np.uint32]]:
        """Draw windows and targets of a stretch; returns how many sentences, and the rows of both matrices in use."""
        plan, held_out = self.plan, epoch == HELD_OUT
        seed(self.random, np.array([plan.seed, epoch, stretch]))
        first, last = plan.stretches[stretch], plan.stretches[stretch + 1]
        sentences = draw_windows(plan.text, first, last, held_out, plan.window, self.random, self.windows)
        release(plan.text.ids, plan.text.bounds[first], plan.text.bounds[last])
        words = self.windows.words[: self.windows.ends[sentences]]
        if isinstance(plan.targets, Tree):
            find_paths(words, plan.targets, np.uint32(plan.output_rows), self.targets)
        else:
            draw_negatives(words, plan.targets, plan.negatives, self.random, self.targets)
        return sentences, words, self.targets.rows[: self.targets.first[len(words)] * OUTPUTS]

    def step(
        self, sentences: int, inputs: NDArray[np.float32], outputs: NDArray[np.float32], rate: float
    ) -> tuple[float, int]:
        """Gradient descent on what was drawn; returns the summed loss and the number of examples."""
        common = (
            self.windows,
            sentences,
            self.targets,
            inputs,
            outputs,
            self.pitch,
            padded(self.plan.width, LANES),
            self.signs,
            self.plan.window,
            np.float32(rate),
        )
        return bag_of_words(*common) if self.plan.bag else skip_gram(*common, self.plan.together)

    def measure(self, stretch: int) -> tuple[float, int]:
        """The summed loss and the number of examples of a stretch's held-out sentences."""
        sentences, *_ = self.draw(stretch, HELD_OUT)
        return self.step(sentences, self.matrices.inputs, self.matrices.outputs, 0.0)

    def train(self, stretch: int, epoch: int, rate: float) -> tuple[float, int]:
        """Train on a stretch, without locks if there are other threads."""
        sentences, input_used, output_used = self.draw(stretch, epoch)
        hot, matrices = self.plan.hot, self.matrices
        if hot:
            row_kernels.to_private(input_used, hot, self.input_shift)
            row_kernels.to_private(output_used, hot, self.output_shift)
        result = self.step(sentences, matrices.inputs, matrices.outputs, rate)
        if hot:
            row_kernels.merge_hot(matrices.inputs, self.pitch, hot, self.input_shift, self.seen[0])
            row_kernels.merge_hot(matrices.outputs, self.pitch, hot, self.output_shift, self.seen[1])
        return result


class LocalRows:
    """One thread's copies of all the rows of a matrix that it uses in a round of lock step."""

    def __init__(self, matrix: NDArray[np.float32], weights: NDArray[np.float32], most_used: int, width: int):
        self.matrix, self.weights, self.pitch = matrix, weights, padded(width)
        self.slots = np.full(len(weights), -1, np.int32)
        self.used = np.empty(min(len(weights), most_used), np.uint32)
        self.local = empty_rows(len(self.used), width)
        self.count = 0

    def take(self, rows: NDArray[np.uint32]) -> None:
        """Copy the rows and rename them to their copies, in place."""
        self.count = row_kernels.localize(rows, self.slots, self.used, 0)
        row_kernels.gather(self.matrix, self.used, self.count, self.pitch, self.local)

    def to_changes(self) -> None:
        """From now on the copies hold what was changed."""
        row_kernels.to_changes(self.matrix, self.used, self.count, self.pitch, self.slots, self.local)

    def add_share(self, share: int, shares: int) -> None:
        """Add the changes of one share of the rows to the matrix."""
        row_kernels.add_changes(self.matrix, self.used, self.count, self.pitch, self.local, self.weights, share, shares)


class LockStepWorker(Worker):
    """A worker that writes nothing shared while the others compute."""

    def __init__(self, plan: Plan, matrices: Matrices, signs: NDArray[np.float32], thread: int):
        super().__init__(plan, matrices, signs, thread)
        longest = len(self.windows.words)
        self.local = (
            LocalRows(matrices.inputs, plan.change_weights(inputs=True), longest, plan.width),
            LocalRows(matrices.outputs, plan.change_weights(inputs=False), longest * plan.blocks * OUTPUTS, plan.width),
        )

    @property
    def bytes(self) -> int:
        """Memory of the buffers and copies."""
        return super().bytes + sum(rows.local.nbytes + rows.used.nbytes + rows.slots.nbytes for rows in self.local)

    def train(self, stretch: int, epoch: int, rate: float) -> tuple[float, int]:
        """Train on a stretch with copies of the rows; afterwards ``local`` holds the changes."""
        sentences, *used = self.draw(stretch, epoch)
        for local, rows in zip(self.local, used, strict=True):
            local.take(rows)
        result = self.step(sentences, self.local[0].local, self.local[1].local, rate)
        for local in self.local:
            local.to_changes()
        return result


class Descent:
    """A training that goes on epoch by epoch; ``losses`` and ``examples`` hold the current epoch's sums by stretch.

    ``rate`` gives the learning rate after so many epochs (2.5: in the middle of the third).
    """

    def __init__(self, plan: Plan, matrices: Matrices, rate: Callable[[float], float]):
        self.plan, self.matrices, self.rate = plan, matrices, rate
        stretches = len(plan.stretches) - 1
        self.losses, self.examples = np.zeros(stretches), np.zeros(stretches, np.int64)
        signs = sign_table(plan.window)
        kind = LockStepWorker if plan.lock_step else Worker
        self.workers = [kind(plan, matrices, signs, thread) for thread in range(plan.threads)]

    def start_epoch(
        self, epoch: int, done: int = 0, last: int | None = None, rate: float | None = None
    ) -> tuple[Crew, Pieces]:
        """Start threads on the stretches ``done`` .. ``last`` - 1 of an epoch; ``rate`` overrides the learning rate."""
        plan = self.plan
        order = plan.order(epoch)
        before = np.cumsum(plan.stretch_sizes[order]) - plan.stretch_sizes[order]
        position = epoch + before / max(plan.stretch_sizes.sum(), 1)
        pieces = Pieces(done, len(order) if last is None else last)
        for worker in self.workers:
            worker.refresh()

        def train(thread: int, piece: int) -> None:
            step = self.rate(float(position[piece])) if rate is None else rate
            self.losses[piece], self.examples[piece] = self.workers[thread].train(int(order[piece]), epoch, step)

        if not plan.lock_step:
            return free_running(plan.threads, pieces, train), pieces

        copies = [worker.local for worker in self.workers if isinstance(worker, LockStepWorker)]

        def add_changes(thread: int, count: int) -> None:
            for local in itertools.chain(*copies[:count]):
                local.add_share(thread, plan.threads)

        return in_lock_step(plan.threads, pieces, train, add_changes), pieces

    def forget_losses(self) -> None:
        """A new epoch begins."""
        self.losses[:] = 0
        self.examples[:] = 0

    def mean_loss(self) -> float:
        """Mean loss of the stretches that were done since; NaN if they had no examples."""
        examples = int(self.examples.sum())
        return float(self.losses.sum()) / examples if examples else math.nan
