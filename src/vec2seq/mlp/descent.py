"""One epoch of gradient descent, batch by batch, by one thread or by several that share each batch.

Several threads share each batch: first each takes some of its rows, then each some of the weights.
The same number of threads gives the same bytes every time. A small net is trained by one: handing a batch over would
take longer than the batch.

In some epochs (``is_watched``) the norm of each layer's gradient is noted, of the mean loss of one batch without weight
decay, bias included, as it was learnt from: of the last batch of the epoch, or of the one before it if the last has
less than half of its rows. The gradient lies there anyway, so that this costs one reading of it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.mlp import Examples, Net, Room
from vec2seq.kernels.mlp_steps import Crew, Rule, descend, shuffle
from vec2seq.kernels.norms import part_norms
from vec2seq.mlp.net import new_room, weight_floats

PIECE_PRODUCTS = 1 << 29
"""Multiplications between two looks at whether the run is to stop: about a hundredth of a second."""
SHARED_PRODUCTS = 1 << 22
"""Multiplications of a batch in the forward pass from which on several threads share it."""
ALL_WATCHED = 16
"""Epochs up to which norms are noted in each."""


def is_watched(epoch: int) -> bool:
    """Whether norms are noted in an epoch, counted from 1: in each up to 16, then in 4 between powers of 2.

    So there are 30 up to epoch 200, and 60 up to epoch 32,768.
    """
    return epoch <= ALL_WATCHED or epoch % (1 << ((epoch - 1).bit_length() - 3)) == 0


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
    watched: bool = False
    """whether norms of this epoch are noted"""
    gradient_norms: list[float | None] | None = None
    """of each layer but the input in this epoch, if watched and so far; None for what is not finite"""
    order: NDArray[np.int64] = field(init=False, repr=False)
    _room: Room = field(init=False, repr=False)
    _ends: NDArray[np.int64] = field(init=False, repr=False)
    """where the weights of each layer end"""
    _looked_at: int = field(init=False, repr=False)
    """rows of a watched epoch after which the gradient is looked at"""

    def __post_init__(self) -> None:
        self._room = new_room(self.net, self.batch, self.threads)
        self.order = np.arange(len(self.examples.inputs))
        self._ends = np.append(self.net.weight_at[2:], weight_floats(self.net))
        rest = len(self.order) % self.batch
        self._looked_at = len(self.order) - (rest if 2 * rest < self.batch else 0)

    def start_epoch(self, epoch: int, watched: bool = False) -> None:
        """Put the rows into the order of this epoch, which follows from seed and number."""
        self.watched = watched
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
        self.loss, self.done, self.gradient_norms = 0.0, 0, None
        return loss

    def norms(self) -> dict[str, list[float | None]]:
        """Of each layer "gradient_norms" of this epoch and "weight_norms" now; {} if none were noted."""
        if self.gradient_norms is None:
            return {}
        return {"gradient_norms": self.gradient_norms, "weight_norms": _plain(part_norms(self.weights, self._ends))}

    def _descend(self, rows: int, rule: Rule, others: ThreadPoolExecutor) -> None:
        """Learn from so many rows, or as many as there are; this thread is the first of the crew."""
        looks = self.watched and self.done < self._looked_at <= self.done + rows
        order = self.order[self.done : self._looked_at if looks else self.done + rows]
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
        if looks:
            self._note(order[(len(order) - 1) // self.batch * self.batch :])

    def _note(self, rows: NDArray[np.int64]) -> None:
        """Note the norms of the gradient that a batch of these rows gave, if they weigh anything."""
        weights = self.examples.weights
        total = float(weights[rows].sum()) if len(weights) else len(rows)
        if total > 0:
            self.gradient_norms = _plain(part_norms(self._room.gradient, self._ends) / total)


def _plain(norms: NDArray[np.float64]) -> list[float | None]:
    """Six digits of each, for JSON; None for what is not finite."""
    return [float(f"{norm:.6g}") if isfinite(norm) else None for norm in norms.tolist()]
