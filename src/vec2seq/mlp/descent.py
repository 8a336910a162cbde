"""One epoch of gradient descent, batch by batch, by one thread or by several that share each batch.

Several threads share each batch: first each takes some of its rows, then each some of the weights.
The same number of threads gives the same bytes every time. A small net is trained by one: handing a batch over would
take longer than the batch.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.mlp import Examples, Net, Room
from vec2seq.kernels.mlp_steps import Crew, Rule, descend, shuffle
from vec2seq.mlp.net import new_room, weight_floats

PIECE_PRODUCTS = 1 << 29
"""Multiplications between two looks at whether the run is to stop: about a hundredth of a second."""
SHARED_PRODUCTS = 1 << 22
"""Multiplications of a batch in the forward pass from which on several threads share it."""


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
    _room: Room = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._room = new_room(self.net, self.batch, self.threads)
        self.order = np.arange(len(self.examples.inputs))

    def start_epoch(self, epoch: int) -> None:
        """Put the rows into the order of this epoch, which follows from seed and number."""
        if self.shuffled:
            shuffle(self.order, (self.seed << 24) + epoch)

    def go_on(self, rule: Rule, pause: Callable[[], bool]) -> bool:
        """Learn from what is left of the epoch, until ``pause`` says so; whether the epoch is over."""
        rows = max(1, PIECE_PRODUCTS // (self.batch * weight_floats(self.net))) * self.batch
        with ThreadPoolExecutor(max(1, self.threads - 1)) as others:
            self._descend(rows, rule, others)
            while self.done < len(self.order) and not pause():
                self._descend(rows, rule, others)
        return self.done >= len(self.order)

    def end_epoch(self) -> float:
        """The mean loss of the epoch, which is over."""
        loss = self.loss / len(self.order)
        self.loss, self.done = 0.0, 0
        return loss

    def _descend(self, rows: int, rule: Rule, others: ThreadPoolExecutor) -> None:
        """Learn from so many rows, or as many as there are; this thread is the first of the crew."""
        order = self.order[self.done : self.done + rows]
        crew = Crew(np.zeros(2, np.int64), np.zeros(self.threads), np.zeros(self.threads))
        task = self.net, self.weights, self.state, self._room, self.examples, order, self.batch, rule, self.steps, crew
        try:
            ends = [others.submit(descend, *task, part) for part in range(1, self.threads)]
            self.loss += descend(*task, 0)
        except BaseException:
            crew.place[1] = 1  # the others need not wait for those that do not come
            raise
        for end in ends:
            end.result()
        self.steps += -(-len(order) // self.batch)
        self.done += len(order)
