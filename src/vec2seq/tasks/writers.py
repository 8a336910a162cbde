"""What a net and counts say comes next: token after token, and for whole texts at once. Both ways say the same.

A net sees at most ``context`` tokens. When it has seen so many, it begins anew with the last half of them: so each
token has at least half a context before it, and a text takes time in proportion to its length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged
from vec2seq.engine.batches import in_order
from vec2seq.engine.runtime import Arrays, BackEnd
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.sampling import NOTHING, Floats, Ids, Writer, log_probabilities

SCORES_AT_ONCE = 1 << 24
"""Numbers that the scores of a batch of windows have."""


class Steps(Protocol):
    """A net that writes, whatever runs it."""

    tokens: int
    """V, how many there are"""

    def begin(self, rows: int, longest: int) -> Any:
        """A state of rows that have no tokens yet, and will have at most so many."""

    def step(self, ids: Ids, state: Any) -> Floats:
        """The next tokens of each row [N,n] -> the scores of what comes after them [N,V]."""

    def take(self, rows: Ids, state: Any) -> None:
        """Go on with these rows."""

    def chosen(self, ids: Ids, following: Ids, mask: NDArray[np.bool_]) -> Floats:
        """Of rows from their beginnings [B,T], the log-probability of what follows each place [B,T]."""

    def every(self, ids: Ids, mask: NDArray[np.bool_]) -> Floats:
        """The same rows -> the score of each token as the one after each place [B,T,V]."""


@dataclass(frozen=True)
class StateShape:
    """Of each of the two arrays that are a decoder's state in a graph: see ``nn.decoder``."""

    decoder: str
    layers: int
    heads: int
    width: int

    def __call__(self, rows: int, seen: int = 0) -> tuple[int, ...]:
        """Of rows that have read so many tokens."""
        if self.decoder == "lstm":
            return self.layers, rows, self.width
        return self.layers, rows, self.heads, seen, self.width // self.heads

    @property
    def axes(self) -> dict[int, str]:
        """Those that vary."""
        return {1: "B"} if self.decoder == "lstm" else {1: "B", 3: "P"}


def traced_steps(shape: StateShape, tokens: int) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
    """For ``NetEstimator.traced`` of a ``StepGraph``: rows that have read some tokens, or none, and read some more."""
    random = np.random.default_rng(1)
    examples: list[Arrays] = []
    for rows, more, seen in ((2, 3, 5), (3, 1, 4), (1, 2, 0), (2, 4, 1)):
        state = {name: random.normal(size=shape(rows, seen)).astype(np.float32) for name in ("first", "second")}
        examples.append({"ids": random.integers(0, tokens, (rows, more)), **state})
    return examples, {"ids": {0: "B", 1: "N"}, "first": shape.axes, "second": shape.axes}


class GraphSteps:
    """A net as a graph (``generate_net.StepGraph``), run by any back end."""

    def __init__(self, net: BackEnd, tokens: int, shape: StateShape):
        self.net, self.tokens, self.shape = net, tokens, shape

    def begin(self, rows: int, longest: int) -> dict[str, NDArray[Any]]:
        """A state of rows that have no tokens yet; they may have any number of them."""
        empty = np.zeros(self.shape(rows), np.float32)
        return {"first": empty, "second": empty}

    def step(self, ids: Ids, state: dict[str, NDArray[Any]]) -> Floats:
        """The next tokens of each row [N,n] -> the scores of what comes after them [N,V]."""
        return self._read(ids, state)[:, -1]

    def take(self, rows: Ids, state: dict[str, NDArray[Any]]) -> None:
        """Go on with these rows."""
        state.update({name: array[:, rows] for name, array in state.items()})

    def chosen(self, ids: Ids, following: Ids, mask: NDArray[np.bool_]) -> Floats:
        """Of rows from their beginnings [B,T], the log-probability of what follows each place [B,T]."""
        scores = log_probabilities(self.every(ids, mask))
        return np.take_along_axis(scores, following[:, :, None], 2)[:, :, 0]

    def every(self, ids: Ids, mask: NDArray[np.bool_]) -> Floats:
        """The same rows -> the score of each token as the one after each place [B,T,V]."""
        return self._read(ids, self.begin(len(ids), ids.shape[1]))

    def _read(self, ids: Ids, state: dict[str, NDArray[Any]]) -> Floats:
        found = self.net({"ids": ids, **state})
        state.update({name: found[f"{name}_after"] for name in ("first", "second")})
        scores: Floats = found["scores"]
        return scores


class NetWriter:
    """Rows that a net writes; a ``Writer`` of ``kernels.sampling``."""

    def __init__(self, steps: Steps, rows: int, context: int):
        self.steps, self.context = steps, context
        self.seen = np.zeros((rows, 0), np.int64)
        self.state = steps.begin(rows, context)

    def read(self, ids: Ids) -> Floats:
        """The next tokens of each row [N,n] -> the scores of what comes after them [N,V]."""
        while True:
            room = self.context - self.seen.shape[1]
            if not room:
                ids = np.concatenate([self.seen[:, self.context - self.context // 2 :], ids], 1)
                self.seen, room = self.seen[:, :0], self.context
                self.state = self.steps.begin(len(ids), self.context)
            part, ids = ids[:, :room], ids[:, room:]
            self.seen = np.concatenate([self.seen, part], 1)
            scores = self.steps.step(part, self.state)
            if not ids.shape[1]:
                return scores

    def take(self, rows: Ids) -> None:
        """Go on with these rows."""
        self.seen = self.seen[rows]
        self.steps.take(rows, self.state)


class MixedWriter:
    """Rows that a net and counts write together: probabilities are shares of both (Jelinek and Mercer 1980).

    ``share``: of the net.
    """

    def __init__(self, writer: Writer, counts: KneserNey, share: float, rows: int):
        self.writer, self.counts, self.share = writer, counts, share
        self.ends = counts.start(rows)

    def read(self, ids: Ids) -> Floats:
        """The next tokens of each row [N,n] -> the log-probability of each as the one after them [N,V]."""
        for place in range(ids.shape[1]):
            self.ends = self.counts.after(self.ends, ids[:, place])
        found = np.exp(log_probabilities(self.writer.read(ids)))
        with np.errstate(divide="ignore"):
            mixed: Floats = np.log(self.share * found + (1 - self.share) * self.counts.following(self.ends))
        return mixed

    def take(self, rows: Ids) -> None:
        """Go on with these rows."""
        self.writer.take(rows)
        self.ends = self.ends[rows]


class WindowBatch(NamedTuple):
    """A batch of stretches of rows, as a net sees them."""

    ids: Ids
    """[B,T]"""
    following: Ids
    """[B,T]: the token after each"""
    mask: NDArray[np.bool_]
    """[B,T]: True = a real token"""
    asked: Ids
    """[B,T]: the place of the token after each among those of all rows; NOTHING where another window asks for it"""


def window_batches(rows: Ragged, context: int, most: int) -> Iterator[WindowBatch]:
    """Rows in windows as ``NetWriter`` has them, ``most`` tokens at once; all of a row is asked for but its first."""
    half = context // 2
    wanted = np.maximum(rows.lengths - 1, 0)
    windows = np.where(wanted > 0, 1 + -(-np.maximum(wanted - context, 0) // (context - half)), 0)
    owners = np.repeat(np.arange(len(rows)), windows)
    numbers = np.arange(len(owners)) - np.repeat(np.cumsum(windows) - windows, windows)
    starts = rows.offsets[owners] + numbers * (context - half)
    sizes = np.minimum(rows.offsets[owners] + wanted[owners] - starts, context)
    for batch in in_order(sizes, max(most, context)):
        mask = np.arange(sizes[batch].max()) < sizes[batch, None]
        at = np.where(mask, starts[batch, None] + np.arange(mask.shape[1]), 0)
        ids, following = (np.where(mask, rows.values[at + after], 0).astype(np.int64) for after in (0, 1))
        new = mask & ((np.arange(mask.shape[1]) >= half) | (numbers[batch, None] == 0))
        yield WindowBatch(ids, following, mask, np.where(new, at + 1, NOTHING))


def net_log_probabilities(steps: Steps, rows: Ragged, context: int) -> NDArray[np.float64]:
    """Of each token of rows, by what is before it in its row, as ``NetWriter`` has it [M]; of the first of a row, 0."""
    found = np.zeros(len(rows.values))
    for ids, following, mask, asked in window_batches(rows, context, SCORES_AT_ONCE // steps.tokens):
        new = asked != NOTHING
        found[asked[new]] = steps.chosen(ids, following, mask)[new]
    return found
