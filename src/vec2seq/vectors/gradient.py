"""Training word2vec: one epoch of stochastic gradient descent by several threads, stretch of text by stretch.

Every stretch has its own random numbers, computed from seed, epoch and stretch, so that the state of a run is the two
matrices and how many stretches are done.

Three ways to share the work: one thread; several threads without locks, each with its own copy of the hottest rows;
several threads in lock step, deterministic. ``kernels/rows.py`` says what the last two do with the rows.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.corpus import release
from vec2seq.kernels import rows as row_kernels
from vec2seq.kernels.matrix import empty_rows
from vec2seq.kernels.random import seed
from vec2seq.kernels.simd.llvm import LANES
from vec2seq.kernels.simd.rows import padded
from vec2seq.kernels.simd.tiles import OUTPUTS
from vec2seq.kernels.steps import bag_of_words, sign_table, skip_gram
from vec2seq.kernels.windows import Targets, Tree, Windows, draw_negatives, draw_windows, find_paths
from vec2seq.run.parallel import Crew, Pieces, free_running, in_lock_step
from vec2seq.vectors.matrices import WindowMatrices
from vec2seq.vectors.plan import Plan

HELD_OUT = 2**32 - 1
"""Stands for the epoch in the random numbers of the held-out text: they are the same every time."""


class Worker:
    """One thread's buffers, and what it does with a stretch."""

    def __init__(self, plan: Plan, matrices: WindowMatrices, signs: NDArray[np.float32], thread: int):
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

    def __init__(self, plan: Plan, matrices: WindowMatrices, signs: NDArray[np.float32], thread: int):
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


class WindowDescent:
    """A training that goes on epoch by epoch; ``losses`` and ``examples`` hold the current epoch's sums by stretch.

    ``rate`` gives the learning rate after so many epochs (2.5: in the middle of the third).
    """

    unit = "words"

    def __init__(self, plan: Plan, matrices: WindowMatrices, rate: Callable[[float], float]):
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

    def piece_sizes(self, epoch: int) -> NDArray[np.int64]:
        """Words of each stretch, in the order of this epoch."""
        return self.plan.stretch_sizes[self.plan.order(epoch)]

    def held_out_loss(self) -> float:
        """Mean loss over the held-out sentences, always with the same windows and negatives; NaN if there are none.

        Changes nothing. One thread does it: there is little to compute in each stretch.
        """
        if not self.plan.text.held_out_every:
            return math.nan
        losses, examples = zip(*map(self.workers[0].measure, range(len(self.plan.stretches) - 1)), strict=True)
        return sum(losses) / sum(examples) if sum(examples) else math.nan
