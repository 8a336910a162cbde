"""Beam search: the best of what a model may write, as far as a few rows at a time can see (Lowerre 1976; Graves 2012).

Each step goes on with the best rows of every source. A row that could end is kept as it would be then, and goes on.
Longer rows have lower probabilities: so they are compared by log p / lp with the length penalty of Wu et al. 2016,

    lp = ((5 + length) / 6)^alpha

What says little of its source can be set back by the coverage penalty, their equation 14: of the weights p that token j
gives to place i of the source,

    cp = factor * sum over i of log min(1, sum over j of p(i, j))

Candidates are compared by log p / lp + cp. What goes on is chosen without cp: it may yet see the rest of its source.

The search of a source ends when nothing that goes on can become better than what is kept. With as many rows as there
can be it is exhaustive. NumPy alone; nothing here knows what the tokens mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.sampling import Constraint, Floats, Writer, log_probabilities

LEAST_COVERED = 1e-9
"""What no token looked at counts as this: its logarithm stays finite."""


@dataclass(frozen=True)
class Coverage:
    """That all of a source is looked at counts for candidates."""

    factor: float
    """of the penalty, >= 0; Wu et al. have 0.2"""
    attention: Callable[[], Floats]
    """how each row of the writer weighs its source for the token after what was read last [N,S]; padding: 1"""

    def penalty(self, weights: Floats) -> float:
        """Of the sums of weights [S]; at most 0, and 0 where all is covered."""
        return self.factor * float(np.log(np.clip(weights, LEAST_COVERED, 1)).sum())


class Candidate(NamedTuple):
    """What may have been meant."""

    tokens: list[int]
    """without the end"""
    log_probability: float
    """of the tokens, and of the end where it ``ended``"""
    score: float
    """what candidates are compared by"""
    ended: bool
    """False: it had no end after the most tokens that were allowed"""


@dataclass
class _Row:
    """What goes on."""

    source: int
    tokens: list[int]
    log_probability: float
    state: Any
    weights: Floats
    """[S]: the sum of what its tokens give to each place of the source; of no concern without coverage"""


def length_penalty(length: int, alpha: float) -> float:
    """Of so many tokens, the end counted."""
    return float(((5 + length) / 6) ** alpha)


def beam(
    writer: Writer,
    starts: Sequence[int],
    beams: int,
    longest: int | Sequence[int],
    end: int,
    alpha: float = 0.0,
    constraint: Constraint | None = None,
    coverage: Coverage | None = None,
    wanted: int | None = None,
) -> list[list[Candidate]]:
    """Of each source the best candidates, at most ``beams``, the best first.

    ``writer`` has a row for each source, and has not read the first token of it, ``starts`` [N]. At most ``longest``
    tokens are written, the end counted: of all sources, or of each its own [N]. ``alpha`` >= 0: 0 compares
    probabilities, 1 nearly their means per token. ``coverage``: of a writer that attends to a source.
    ``wanted``: only so many of the candidates matter (default: all); the search ends when these cannot change.
    """
    wanted = min(wanted or beams, beams)
    rows = [_Row(n, [], 0.0, constraint.start() if constraint else None, np.zeros(())) for n in range(len(starts))]
    kept: list[list[Candidate]] = [[] for _ in starts]
    limits, ids = np.broadcast_to(longest, len(starts)).tolist(), np.array(starts, np.int64)
    for length in range(1, max(limits, default=0) + 1):
        found = _extended(rows, writer.read(ids[:, None]), constraint)
        if coverage:
            for row, weights in zip(rows, coverage.attention(), strict=True):
                row.weights = row.weights + weights
        goes_on: list[tuple[int, int, float]] = []
        owners = [row.source for row in rows]
        for source, group in groupby(range(len(rows)), owners.__getitem__):
            mine, limit = np.array(list(group)), limits[source]
            can_end = mine[found[mine, end] > -np.inf]
            ends = [_candidate(rows[n], found[n, end], length, alpha, coverage) for n in can_end]
            kept[source] = _best([*kept[source], *ends], beams)
            found[mine, end] = -np.inf
            best = [(int(mine[row]), token, value) for row, token, value in _highest(found[mine], beams)]
            if length == limit:
                if not any(candidate.ended for candidate in kept[source]):
                    rest = [_candidate(rows[n], value, length, alpha, coverage, token) for n, token, value in best]
                    kept[source] = _best([*kept[source], *rest], beams)
            elif not (
                len(kept[source]) >= wanted
                and (not best or best[0][2] / length_penalty(limit, alpha) <= kept[source][wanted - 1].score)
            ):
                goes_on += best
        rows = [
            _Row(
                rows[n].source,
                [*rows[n].tokens, token],
                score,
                constraint.after(rows[n].state, token) if constraint else None,
                rows[n].weights,
            )
            for n, token, score in goes_on
        ]
        if not rows:
            break
        writer.take(np.array([n for n, _, _ in goes_on]))
        ids = np.array([token for _, token, _ in goes_on])
    return kept


def _highest(found: NDArray[np.float64], many: int) -> list[tuple[int, int, float]]:
    """The highest of [N,V] and where they are, the highest first, of equal ones the first; none of -inf."""
    flat = found.ravel()
    if many < len(flat):
        least = np.partition(flat, len(flat) - many)[len(flat) - many]
        places = np.flatnonzero(flat >= max(least, np.finfo(np.float64).min))
    else:
        places = np.flatnonzero(flat > -np.inf)
    order = places[np.argsort(-flat[places], kind="stable")[:many]].tolist()
    return [(at // found.shape[1], at % found.shape[1], float(flat[at])) for at in order]


def _extended(rows: Sequence[_Row], scores: Floats, constraint: Constraint | None) -> NDArray[np.float64]:
    """The log-probabilities of rows with each token more [N,V]; -inf for what is forbidden."""
    found = log_probabilities(scores)
    if constraint:
        found = np.where(np.stack([constraint.allowed(row.state) for row in rows]), found, -np.inf)
    found += np.array([row.log_probability for row in rows])[:, None]
    return found


def _candidate(
    row: _Row, log_probability: float, length: int, alpha: float, coverage: Coverage | None, last: int | None = None
) -> Candidate:
    """A row that ends there; or, with a ``last`` token, that is cut off after it."""
    value, tokens = float(log_probability), row.tokens if last is None else [*row.tokens, last]
    penalty = coverage.penalty(row.weights) if coverage else 0.0
    return Candidate(tokens, value, value / length_penalty(length, alpha) + penalty, last is None)


def _best(candidates: list[Candidate], many: int) -> list[Candidate]:
    """The first of those that are as good as each other comes first."""
    return sorted(candidates, key=lambda candidate: -candidate.score)[:many]
