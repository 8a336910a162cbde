"""Writing token after token: what a model says may come next is narrowed, and one of it is drawn.

NumPy alone, so that it does for any model: what writes (``Writer``) gives scores, and is given what was chosen. Nothing
here knows what the tokens mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float32] | NDArray[np.float64]

NOTHING = -1
"""In the place of a token where a row writes none."""


class Written(NamedTuple):
    """What N rows write in one step."""

    tokens: Ids
    """[N]: a token, the end too, or NOTHING where a row still reads its prompt, or has ended"""
    log_probabilities: NDArray[np.float64]
    """[N]: of these tokens, before anything was narrowed; 0 where there is none"""


class Writer(Protocol):
    """A model with N rows that it has read so far."""

    def read(self, ids: Ids) -> Floats:
        """The next n tokens of each row, ids [N,n] -> the score of each token as the one after them [N,V]."""

    def take(self, rows: Ids) -> None:
        """Go on with these rows [M], of which there may be several, none, and in any order."""


class Constraint(Protocol):
    """What may be written. A state, of any kind that is not changed, knows what was written so far."""

    def start(self) -> Any:
        """The state before the first token."""

    def allowed(self, state: Any) -> NDArray[np.bool_]:
        """Which tokens [V] may come next, the end among them; at least one."""

    def after(self, state: Any, token: int) -> Any:
        """The state with one token more."""


@dataclass(frozen=True)
class Sampling:
    """How probabilities are narrowed before one draws; in this order. As it stands: not at all."""

    temperature: float = 1.0
    """what scores are divided by; 0: always the best"""
    top_k: int = 0
    """only so many of the best (Fan et al. 2018); 0: all"""
    top_p: float = 1.0
    """only the best that have this probability together (Holtzman et al. 2020)"""
    min_p: float = 0.0
    """only what has this share of the best one's probability (Nguyen et al. 2024)"""


def log_probabilities(scores: Floats) -> NDArray[np.float64]:
    """scores [...,V] -> logarithms of their softmax."""
    scores = np.asarray(scores, np.float64)
    scores = scores - scores.max(-1, keepdims=True)
    found: NDArray[np.float64] = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    return found


def narrowed(scores: Floats, how: Sampling) -> NDArray[np.float64]:
    """scores [N,V], -inf for what is forbidden -> probabilities [N,V] to draw from.

    Of tokens as probable as each other at a border, those with lower numbers stay.
    """
    if how.temperature == 0:
        best: NDArray[np.float64] = (np.arange(scores.shape[1]) == scores.argmax(1)[:, None]).astype(np.float64)
        return best
    found = np.exp(log_probabilities(scores / np.float64(how.temperature)))
    if (how.top_k and how.top_k < scores.shape[1]) or how.top_p < 1:
        order = np.argsort(-found, axis=1, kind="stable")
        falling = np.take_along_axis(found, order, 1)
        if how.top_k:
            falling[:, how.top_k :] = 0
        falling /= falling.sum(1, keepdims=True)
        falling[(falling.cumsum(1) - falling) >= how.top_p] = 0
        np.put_along_axis(found, order, falling, 1)
    found[found < how.min_p * found.max(1, keepdims=True)] = 0
    found /= found.sum(1, keepdims=True)
    return found


def drawn(probabilities: NDArray[np.float64], numbers: NDArray[np.float64]) -> Ids:
    """probabilities [N,V] and random numbers [N] in [0, 1) -> a token for each row, never one of probability 0."""
    sums = probabilities.cumsum(1)
    wanted = np.minimum(numbers * sums[:, -1], np.nextafter(sums[:, -1], 0))
    found: Ids = (sums <= wanted[:, None]).sum(1)
    return found


def sample(
    writer: Writer,
    prompts: Sequence[Ids],
    longest: int,
    end: int,
    how: Sampling,
    randoms: Sequence[np.random.Generator],
    constraint: Constraint | None = None,
) -> Iterator[Written]:
    """Go on with N prompts of at least one token each, until the ``end`` or for ``longest`` tokens; one step a turn.

    Each row has a random generator of its own, and what it draws does not depend on the other rows.
    """
    lengths = np.array([len(prompt) for prompt in prompts])
    padded = np.zeros((len(prompts), lengths.max() + 1), np.int64)
    for row, prompt in enumerate(prompts):
        padded[row, : len(prompt)] = prompt
    place, rows, left = int(lengths.min()), np.arange(len(prompts)), np.full(len(prompts), longest)
    states = [constraint.start() if constraint else None for _ in prompts]
    scores = writer.read(padded[:, :place])
    while True:
        reads = place < lengths[rows]
        writes, chosen = np.flatnonzero(~reads), padded[rows, np.minimum(place, lengths[rows])]
        asked, told = scores[writes], Written(np.full(len(prompts), NOTHING), np.zeros(len(prompts)))
        sure = log_probabilities(asked)
        if constraint and len(writes):
            allowed = np.stack([constraint.allowed(states[row]) for row in rows[writes]])
            asked = np.where(allowed, asked, -np.inf)
        numbers = np.array([randoms[row].random() for row in rows[writes]])
        chosen[writes] = told.tokens[rows[writes]] = drawn(narrowed(asked, how), numbers)
        told.log_probabilities[rows[writes]] = sure[np.arange(len(writes)), chosen[writes]]
        yield told
        if constraint:
            for row, token in zip(rows[writes], chosen[writes].tolist(), strict=True):
                states[row] = constraint.after(states[row], token)
        left[rows[writes]] -= 1
        stays = np.flatnonzero(reads | ((chosen != end) & (left[rows] > 0)))
        if not len(stays):
            return
        if len(stays) < len(rows):
            writer.take(stays)
        rows, place = rows[stays], place + 1
        scores = writer.read(chosen[stays, None])
