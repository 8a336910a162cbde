"""Beam search: the best of what a model may write, as far as a few rows at a time can see (Lowerre 1976; Graves 2012).

Each step goes on with the best rows of every source. A row that could end is kept as it would be then, and goes on.
Longer rows have lower probabilities: so they are compared by log p / lp with the length penalty of Wu et al. 2016,

    lp = ((5 + length) / 6)^alpha

The search of a source ends when nothing that goes on can become better than what is kept. With as many rows as there
can be it is exhaustive. NumPy alone; nothing here knows what the tokens mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.sampling import Constraint, Floats, Ids, Writer, log_probabilities


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
) -> list[list[Candidate]]:
    """Of each source the best candidates, at most ``beams``, the best first.

    ``writer`` has a row for each source, and has not read the first token of it, ``starts`` [N]. At most ``longest``
    tokens are written, the end counted. ``alpha`` >= 0: 0 compares probabilities, 1 nearly their means per token.
    """
    rows = [_Row(n, [], 0.0, constraint.start() if constraint else None) for n in range(len(starts))]
    kept: list[list[Candidate]] = [[] for _ in starts]
    ids: Ids = np.array(starts, np.int64)
    for length in range(1, longest + 1):
        found = _extended(rows, writer.read(ids[:, None]), constraint)
        goes_on: list[tuple[int, int, float]] = []
        for source in sorted({row.source for row in rows}):
            mine = np.array([n for n, row in enumerate(rows) if row.source == source])
            ends = [_candidate(rows[n], found[n, end], length, alpha) for n in mine if found[n, end] > -np.inf]
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
            )
            for n, token, score in goes_on
        ]
        if not rows:
            break
        writer.take(np.array([n for n, _, _ in goes_on]))
        ids = np.array([token for _, token, _ in goes_on])
    for row in rows:  # of sources where nothing ended
        if not any(candidate.ended for candidate in kept[row.source]):
            score = row.log_probability / length_penalty(len(row.tokens), alpha)
            kept[row.source].append(Candidate(row.tokens, row.log_probability, score, False))
    return [_best(candidates, beams) for candidates in kept]


def _extended(rows: Sequence[_Row], scores: Floats, constraint: Constraint | None) -> NDArray[np.float64]:
    """The log-probabilities of rows with each token more [N,V]; -inf for what is forbidden."""
    found = log_probabilities(scores)
    if constraint:
        found = np.where(np.stack([constraint.allowed(row.state) for row in rows]), found, -np.inf)
    found += np.array([row.log_probability for row in rows])[:, None]
    return found


def _candidate(row: _Row, log_probability: np.float64, length: int, alpha: float) -> Candidate:
    value = float(log_probability)
    return Candidate(row.tokens, value, value / length_penalty(length, alpha), True)


def _best(candidates: list[Candidate], many: int) -> list[Candidate]:
    """The first of those that are as good as each other comes first."""
    return sorted(candidates, key=lambda candidate: -candidate.score)[:many]
