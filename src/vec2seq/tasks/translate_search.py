"""Searching for the targets of many sources: batch by batch, those of similar lengths together."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.pieces import BORDER
from vec2seq.data.ragged import Ragged
from vec2seq.kernels.beam import Candidate, Coverage, beam
from vec2seq.kernels.sampling import Constraint, Ids
from vec2seq.tasks.translate_writer import Attending
from vec2seq.tasks.translating import Translating

ROWS_AT_ONCE = 256
"""Sources of a batch; so many times as many targets are followed as there are beams."""
SCORES_AT_ONCE = 1 << 23
"""Numbers that the scores of a batch have."""
PLACES_AT_ONCE = 1 << 18
"""Places of sources and targets that a batch remembers."""
ROOM = 10
"""Pieces that are added to a source's length, to say how long its target can be."""
LONGER = 1.5
"""How much longer a target can be than the longest that was learnt, beside its source."""


def growth_of(sources: NDArray[np.int64], targets: NDArray[np.int64]) -> float:
    """How many times as long as a source and ``ROOM`` a target can be, by lengths [N] of pairs."""
    return float((targets / (sources + ROOM)).max())


def distinct(candidates: Sequence[Candidate], text: Callable[[list[int]], str], most: int) -> list[dict[str, Any]]:
    """ "text" and "score" of the best, of those that are the same text one; an empty text if there are none."""
    found: dict[str, float] = {}
    for one in candidates:
        found.setdefault(text(one.tokens), one.score)
    best = list(found.items())[:most] or [("", 0.0)]
    return [{"text": told, "score": score} for told, score in best]


@dataclass(frozen=True)
class Search:
    """How targets are found."""

    writer: Callable[[Ids, NDArray[np.bool_], int, bool], Attending]
    """sources [B,S], their mask [B,S], the most pieces, whether attention is asked for -> what writes their targets"""
    tokens: int
    """pieces that there are"""
    growth: float
    """see ``growth_of``"""

    def __call__(self, sources: Ragged, how: Translating, permitted: Constraint | None) -> list[list[Candidate]]:
        """Of each source the candidates, the best first; of one without pieces none. ``permitted``: None: all."""
        found: list[list[Candidate]] = [[] for _ in range(len(sources))]
        wanted = 1 if how.candidates == 1 else how.beams  # of several, some can be the same text
        for batch in self._batches(sources, how):
            limits = [self._longest(length, how) for length in sources.lengths[batch].tolist()]
            values, mask = sources.padded(batch)
            writer = self.writer(values.astype(np.int64), mask, max(limits), how.coverage > 0)
            coverage = Coverage(how.coverage, writer.attention) if how.coverage else None
            starts = [BORDER] * len(batch)
            candidates = beam(writer, starts, how.beams, limits, BORDER, how.alpha, permitted, coverage, wanted)
            for row, own in zip(batch.tolist(), candidates, strict=True):
                found[row] = own
        return found

    def _longest(self, length: int, how: Translating) -> int:
        """Pieces that a target of a source of so many can have, its end counted."""
        return how.longest or math.ceil(LONGER * self.growth * (length + ROOM))

    def _batches(self, sources: Ragged, how: Translating) -> Iterator[NDArray[np.int64]]:
        """Numbers of the sources that are not empty, of similar lengths, as many as fit; the longest first."""
        order = np.argsort(-sources.lengths, kind="stable")
        order = order[sources.lengths[order] > 0]
        while len(order):
            length = int(sources.lengths[order[0]])
            places = how.beams * (length + self._longest(length, how))
            most = min(ROWS_AT_ONCE, SCORES_AT_ONCE // (how.beams * self.tokens), PLACES_AT_ONCE // places)
            yield order[: max(most, 1)]
            order = order[max(most, 1) :]
