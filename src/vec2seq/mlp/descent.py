"""One epoch of gradient descent, batch by batch, by one thread or by several in lock step.

Several threads share each batch: each sums up a gradient over some of its rows, then each moves some of the weights.
The same number of threads gives the same bytes every time. A small net is trained by one: handing a batch over would
take longer than the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.mlp import Examples, Net, Room, Rule, descend, gradient, shuffle, update, weight_of
from vec2seq.mlp.net import new_room, weight_floats, zeros
from vec2seq.run.parallel import Pieces, in_lock_step

PIECE_PRODUCTS = 1 << 29
"""Multiplications between two looks at whether the run is to stop: about a hundredth of a second."""
SHARED_PRODUCTS = 1 << 22
"""Multiplications of a batch in the forward pass from which on several threads share it."""
WAIT_SECONDS = 0.05


def useful_threads(threads: int, net: Net, batch: int) -> int:
    """How many of so many threads are worth having."""
    if batch * weight_floats(net) < SHARED_PRODUCTS:
        return 1
    return max(1, min(threads, batch // 8))


@dataclass
class Descent:
    """Weights that move, and what they need for it."""

    net: Net
    weights: NDArray[np.float32]
    state: NDArray[np.float32]
    """of the solver"""
    examples: Examples
    batch: int
    threads: int
    seed: int
    shuffled: bool
    steps: int = 0
    """batches that were learnt from"""
    loss: float = 0.0
    """of this epoch so far, times rows"""
    done: int = 0
    """rows of this epoch so far"""
    order: NDArray[np.int64] = field(init=False, repr=False)
    _rooms: list[Room] = field(init=False, repr=False)
    _gradients: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        floats = weight_floats(self.net)
        self._gradients = zeros(self.threads * floats).reshape(self.threads, floats)
        self._rooms = [new_room(self.net, self.batch, gradient) for gradient in self._gradients]
        self.order = np.arange(len(self.examples.inputs))

    def start_epoch(self, epoch: int) -> None:
        """Put the rows into the order of this epoch, which follows from seed and number."""
        if self.shuffled:
            shuffle(self.order, (self.seed << 24) + epoch)

    def go_on(self, rule: Rule, pause: Callable[[], bool]) -> bool:
        """Learn from what is left of the epoch, until ``pause`` says so; whether the epoch is over."""
        if self.threads == 1:
            rows = max(1, PIECE_PRODUCTS // (self.batch * weight_floats(self.net))) * self.batch
            self._descend(min(self.done + rows, len(self.order)), rule)
            while self.done < len(self.order) and not pause():
                self._descend(min(self.done + rows, len(self.order)), rule)
        else:
            self._descend_together(rule, pause)
        return self.done >= len(self.order)

    def end_epoch(self) -> float:
        """The mean loss of the epoch, which is over."""
        loss = self.loss / len(self.order)
        self.loss, self.done = 0.0, 0
        return loss

    def _descend(self, last: int, rule: Rule) -> None:
        self.loss += descend(
            *(self.net, self.weights, self.state, self._gradients, self._rooms[0], self.examples),
            *(self.order, self.done, last, self.batch, rule, self.steps),
        )
        self.steps += -(-(last - self.done) // self.batch)
        self.done = last

    def _descend_together(self, rule: Rule, pause: Callable[[], bool]) -> None:
        """Every piece is one thread's share of a batch; a round is a batch."""
        threads, rows, batches = self.threads, len(self.order), -(-len(self.order) // self.batch)
        summed, squares = np.zeros(threads), np.zeros(threads)

        def work(thread: int, piece: int) -> None:
            first = piece // threads * self.batch
            many = min(self.batch, rows - first)
            low, high = (many * (thread + part) // threads for part in (0, 1))
            room, step = self._rooms[thread], self.steps + 1
            summed[thread] = gradient(
                self.net, self.weights, room, self.examples, self.order, first + low, high - low, rule, step
            )

        def apply(thread: int, count: int) -> None:
            first = self.done
            many = min(self.batch, rows - first)
            total = weight_of(self.examples, self.order, first, many)
            squares[thread] = 0.0
            if total > 0:
                squares[thread] = update(
                    *(self.net, self.weights, self.state, self._gradients, total, rule, self.steps + 1),
                    *(thread, threads),
                )

        def count_batch() -> None:
            many = min(self.batch, rows - self.done)
            total = weight_of(self.examples, self.order, self.done, many)
            if total > 0:
                self.loss += float(summed.sum() + rule.decay / 2 * squares.sum()) / total * many
            self.steps, self.done = self.steps + 1, self.done + many

        pieces = Pieces(self.done // self.batch * threads, batches * threads)
        crew = in_lock_step(threads, pieces, work, apply, count_batch)
        while not crew.wait(WAIT_SECONDS):
            if pause():
                pieces.pause.set()
        crew.finish()
