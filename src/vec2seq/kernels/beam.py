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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.sampling import Constraint, Floats, Ids, Writer, log_probabilities

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
    longest: int,
    end: int,
    alpha: float = 0.0,
    constraint: Constraint | None = None,
    coverage: Coverage | None = None,
) -> list[list[Candidate]]:
    """Of each source the best candidates, at most ``beams``, the best first.

    ``writer`` has a row for each source, and has not read the first token of it, ``starts`` [N]. At most ``longest``
    tokens are written, the end counted. ``alpha`` >= 0: 0 compares probabilities, 1 nearly their means per token.
    ``coverage``: of a writer that attends to a source.
    """
    rows = [_Row(n, [], 0.0, constraint.start() if constraint else None, np.zeros(())) for n in range(len(starts))]
    kept: list[list[Candidate]] = [[] for _ in starts]
    ids: Ids = np.array(starts, np.int64)
    for length in range(1, longest + 1):
        found = _extended(rows, writer.read(ids[:, None]), constraint)
        if coverage:
            for row, weights in zip(rows, coverage.attention(), strict=True):
                row.weights = row.weights + weights
        goes_on: list[tuple[int, int, float]] = []
        for source in sorted({row.source for row in rows}):
            mine = np.array([n for n, row in enumerate(rows) if row.source == source])
            can_end = mine[found[mine, end] > -np.inf]
            ends = [_candidate(rows[n], found[n, end], length, alpha, coverage) for n in can_end]
            kept[source] = _best([*kept[source], *ends], beams)
            found[mine, end] = -np.inf
            order = np.argsort(-found[mine].ravel(), kind="stable")[:beams]
            best = [(int(mine[at // found.shape[1]]), int(at % found.shape[1])) for at in order]
            best = [(n, token) for n, token in best if found[n, token] > -np.inf]
            if len(kept[source]) == beams and (
                not best or found[best[0]] / length_penalty(longest, alpha) <= kept[source][-1].score
            ):
                continue
            goes_on += [(n, token, float(found[n, token])) for n, token in best]
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
    for row in rows:  # of sources where nothing ended
        if not any(candidate.ended for candidate in kept[row.source]):
            kept[row.source].append(_candidate(row, row.log_probability, len(row.tokens), alpha, coverage, ended=False))
    return [_best(candidates, beams) for candidates in kept]


def _extended(rows: Sequence[_Row], scores: Floats, constraint: Constraint | None) -> NDArray[np.float64]:
    """The log-probabilities of rows with each token more [N,V]; -inf for what is forbidden."""
    found = log_probabilities(scores)
    if constraint:
        found = np.where(np.stack([constraint.allowed(row.state) for row in rows]), found, -np.inf)
    found += np.array([row.log_probability for row in rows])[:, None]
    return found


def _candidate(
    row: _Row, log_probability: float, length: int, alpha: float, coverage: Coverage | None, ended: bool = True
) -> Candidate:
    value, penalty = float(log_probability), coverage.penalty(row.weights) if coverage else 0.0
    return Candidate(row.tokens, value, value / length_penalty(length, alpha) + penalty, ended)


def _best(candidates: list[Candidate], many: int) -> list[Candidate]:
    """The first of those that are as good as each other comes first."""
    return sorted(candidates, key=lambda candidate: -candidate.score)[:many]
