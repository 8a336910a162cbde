"""A net that writes by kernels: for products of so few rows calls of PyTorch's would take longer than the products."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import write_attention, write_lstm
from vec2seq.kernels.panels import PANEL, by_rows, floats
from vec2seq.kernels.sampling import Floats, Ids
from vec2seq.kernels.simd.rows import padded
from vec2seq.run.resources import processors

KERNELS: dict[str, Any] = {"attention": write_attention, "lstm": write_lstm}
"""What writes as a decoder does."""


@dataclass
class Begun:
    """Rows that are being written."""

    memory: Any
    longest: int
    """tokens that they can have"""
    length: int = 0
    """tokens that they have"""
    rooms: dict[int, tuple[tuple[int, int], Any]] = field(default_factory=dict)
    """how many rows and tokens of each are computed, and where, by the first of the rows"""


class Whole(Protocol):
    """The part of ``Steps`` of ``tasks.writers`` that reads whole texts at once."""

    def chosen(self, ids: Ids, following: Ids, mask: NDArray[np.bool_]) -> Floats:
        """Of rows from their beginnings [B,T], the log-probability of what follows each place [B,T]."""

    def every(self, ids: Ids, mask: NDArray[np.bool_]) -> Floats:
        """The same rows -> the score of each token as the one after each place [B,T,V]."""


class KernelSteps:
    """``Steps`` of ``tasks.writers`` by the weights of a ``LanguageNet``.

    ``whole``: makes what reads whole texts, when it is asked for. ``threads``: None: all processors.
    """

    def __init__(
        self,
        weights: Mapping[str, NDArray[np.float32]],
        decoder: str,
        layers: int,
        heads: int,
        threads: int | None = None,
        whole: Callable[[], Whole] | None = None,
    ):
        self.kernel, self.threads = KERNELS[decoder], threads or processors()
        self.made_of = weights, layers, heads
        self.tokens = len(weights["vectors"])
        self.pool = ThreadPoolExecutor(self.threads)
        self.make_whole = whole

    @cached_property
    def writes(self) -> Any:
        """The net, as the kernel has it."""
        return self.kernel.net_of(*self.made_of)

    def begin(self, rows: int, longest: int) -> Begun:
        """The state of rows that have no tokens yet."""
        return Begun(self.kernel.memory_of(self.writes, rows, longest), longest)

    def step(self, ids: NDArray[np.int64], state: Begun) -> NDArray[np.float32]:
        """The next tokens of each row [N,n] -> the scores of what comes after them [N,V].

        ValueError for none, or for more than rows can have.
        """
        length = state.length + ids.shape[1]
        if not state.length < length <= state.longest:
            raise ValueError(f"{length} tokens after {state.length}, but there is room for {state.longest}")
        ids, scores = np.ascontiguousarray(ids), floats(len(ids), padded(self.tokens, PANEL))

        def read(first: int, last: int) -> None:
            part, room = ids[first:last], self._room(first, ids[first:last].shape, state)
            self.kernel.read(self.writes, state.memory, room, part, state.length, first, scores[first:last])

        if len(ids):
            by_rows(self.pool, self.threads, len(ids), read)
        state.length = length
        return scores[:, : self.tokens]

    def take(self, rows: NDArray[np.int64], state: Begun) -> None:
        """Go on with these rows."""
        state.memory, state.rooms = state.memory.take(rows), {}

    def chosen(self, ids: Ids, following: Ids, mask: NDArray[np.bool_]) -> Floats:
        """See ``Whole``."""
        return self._whole.chosen(ids, following, mask)

    def every(self, ids: Ids, mask: NDArray[np.bool_]) -> Floats:
        """See ``Whole``."""
        return self._whole.every(ids, mask)

    @cached_property
    def _whole(self) -> Whole:
        assert self.make_whole
        return self.make_whole()

    def _room(self, first: int, shape: tuple[int, int], state: Begun) -> Any:
        """Where so many tokens of so many rows from ``first`` on are computed: as a rule, what was used before."""
        if state.rooms.get(first, (None, None))[0] != shape:
            state.rooms[first] = shape, self.kernel.room_for(self.writes, state.memory, *shape)
        return state.rooms[first][1]
