"""Targets that an exported net writes, by any back end (``translate_net.TranslatorGraph``); and what goes into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.engine.runtime import Arrays, BackEnd
from vec2seq.kernels.sampling import Floats, Ids, Writer, log_probabilities
from vec2seq.tasks.writers import StateShape

NOTHING = -1
"""The number of a source's place where no piece is."""
STATE = ("first", "second")
MEMORY = ("keys", "values")
OUTPUTS = ("scores", "first_after", "second_after", "keys_read", "values_read", "weights")


@dataclass(frozen=True)
class Shapes:
    """Of the arrays that go into the graph of a net, and come out of it."""

    decoder: str
    layers: int
    heads: int
    width: int
    copy: bool

    @property
    def state(self) -> StateShape:
        """Of the decoder's."""
        return StateShape(self.decoder, self.layers, self.heads, self.width)

    def memory(self, rows: int, places: int = 0) -> tuple[int, ...]:
        """Of keys, and of values, of so many places of a source; the pointer's come last."""
        looks = (self.layers if self.decoder == "attention" else 1) + self.copy
        return looks, rows, self.heads, places, self.width // self.heads

    def arrays(self, rows: int, seen: int = 0, places: int = 0) -> dict[str, NDArray[Any]]:
        """All of them, of zeros."""
        state, memory = self.state(rows, seen), self.memory(rows, places)
        return {
            **{name: np.zeros(state, np.float32) for name in STATE},
            **{name: np.zeros(memory, np.float32) for name in MEMORY},
        }

    def traced(self, sources: int, targets: int) -> tuple[Sequence[Arrays], dict[str, dict[int, str]]]:
        """For ``NetEstimator.traced``: sources that come for the first time, or are known; targets with some pieces.

        ``sources``, ``targets``: how many numbers they can have.
        """
        random = np.random.default_rng(1)
        examples: list[Arrays] = []
        for rows, places, known, more, seen in ((2, 3, 4, 5, 6), (3, 1, 7, 1, 4), (1, 5, 0, 1, 0), (2, 6, 0, 2, 1)):
            source = random.integers(0, sources, (rows, places))
            source[-1, max(places - 1, 1) :] = NOTHING  # not of a single place
            numbers = {"ids": (targets, more), "known": (sources, known)}
            examples.append(
                {
                    "source": source,
                    **{name: random.integers(0, below, (rows, size)) for name, (below, size) in numbers.items()},
                    **{
                        name: random.normal(size=array.shape).astype(np.float32)
                        for name, array in self.arrays(rows, seen, known).items()
                    },
                }
            )
        memory = {1: "B", 3: "K"}
        return examples, {
            **{"source": {0: "B", 1: "S"}, "ids": {0: "B", 1: "N"}, "known": {0: "B", 1: "K"}},
            **dict.fromkeys(STATE, self.state.axes),
            **dict.fromkeys(MEMORY, memory),
        }


class Attending(Writer, Protocol):
    """A writer that attends to a source."""

    def attention(self) -> Floats:
        """How each target weighs its source for the piece after what was read last [N,S]; padding: 1.

        It is asked for after ``read``, before rows are taken.
        """


class Together:
    """Several writers of the same rows as one: the mean of their probabilities, and of their weights."""

    def __init__(self, writers: Sequence[Attending]):
        self.writers = writers

    def read(self, ids: Ids) -> Floats:
        """The next pieces of each target [N,n] -> log-probabilities of what comes after them [N,V]."""
        each = [log_probabilities(writer.read(ids)) for writer in self.writers]
        found: Floats = np.logaddexp.reduce(each) - np.log(len(each))
        return found

    def attention(self) -> Floats:
        """How the targets weigh their sources [N,S]."""
        found: Floats = np.mean([writer.attention() for writer in self.writers], 0)
        return found

    def take(self, rows: Ids) -> None:
        """Go on with these rows."""
        for writer in self.writers:
            writer.take(rows)


class GraphWriter:
    """An ``Attending``: the source goes in with the first pieces, and then what came out of it."""

    def __init__(self, net: BackEnd, shapes: Shapes, source: Ids, mask: NDArray[np.bool_]):
        self.net, rows = net, len(source)
        self.source: Ids | None = np.where(mask, source, NOTHING)
        self.inputs = {**shapes.arrays(rows), "known": np.zeros((rows, 0), np.int64)}

    def read(self, ids: Ids) -> Floats:
        """The next pieces of each target [N,n] -> the scores of what comes after them [N,V]."""
        source = np.full((len(ids), 1), NOTHING, np.int64) if self.source is None else self.source
        found = self.net({"source": source, "ids": ids, **self.inputs})
        self.inputs.update({name: found[f"{name}_after"] for name in STATE})
        if self.source is not None:
            self.inputs.update({name: found[f"{name}_read"] for name in MEMORY}, known=self.source)
            self.source = None
        self.weights, scores = found["weights"], found["scores"]
        last: Floats = scores[:, -1]
        return last

    def attention(self) -> Floats:
        """How each target weighs its source for the piece after what was read last [N,S]; padding: 1."""
        known = self.inputs["known"]
        return np.where(known == NOTHING, np.float32(1), self.weights[:, : known.shape[1]])

    def take(self, rows: Ids) -> None:
        """Go on with these rows."""
        for name, array in self.inputs.items():
            self.inputs[name] = array[rows] if name == "known" else array[:, rows]
