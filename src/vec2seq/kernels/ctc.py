"""What CTC's scores say: the best path, the best texts by prefix beam search, and where in a picture each class is.

A net says for each of T columns how probable each of C classes is; class 0 says that none is there (blank). A path
takes a class for each column; a text is what is left of a path when repeated classes are taken once and blanks are
taken out; and a text is as probable as all of its paths together (Graves et al. 2006).

    best path      the most probable path; mostly, and not always, that of the most probable text
    prefix beam    texts that grow column by column, the best of them at a time, each with the sum of its paths (Hannun
                   et al. 2014). What may follow what can count, too: a language model, whose weight is ``alpha``, and
                   rules. Candidates are compared by

                       ln p(text | picture) + alpha ln p(text, end) + beta length

    alignment      the most probable path of a text that is given

NumPy alone, log-probabilities in float64. Nothing here knows what the classes stand for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.sampling import Constraint

BLANK = 0
IMPROBABLE = 1e-3
Floats = NDArray[np.float32] | NDArray[np.float64]


class Language(Protocol):
    """What may follow what. Class c of C is token c of it; token 0 stands before a text, and ends it."""

    def start(self) -> Any:
        """The state before the first token."""

    def after(self, state: Any, token: int) -> tuple[float, Any]:
        """ln p of a token there, and the state behind it; states are not changed."""


class Span(NamedTuple):
    """A class, and the columns that say it: from ``first`` to ``end``, without ``end``."""

    label: int
    first: int
    end: int


class Reading(NamedTuple):
    """What may stand on a picture."""

    labels: tuple[int, ...]
    log_probability: float
    """of all of its paths that were looked at"""
    score: float
    """what readings are compared by"""


def best_path(log_probabilities: Floats) -> list[Span]:
    """[T,C] -> what the most probable path says, in order."""
    path = log_probabilities.argmax(1)
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = np.append(starts[1:], len(path))
    return [
        Span(int(path[first]), int(first), int(end))
        for first, end in zip(starts, ends, strict=True)
        if path[first] != BLANK
    ]


@dataclass(eq=False, slots=True)
class _Text:
    """A beginning of a text, and what depends on it alone."""

    label: int
    """its last class; BLANK of the empty one"""
    before: "_Text | None"
    """the same without its last class"""
    score: float
    """alpha ln p + beta length, of the language"""
    state: Any
    """of the language"""
    rule: Any
    allowed: NDArray[np.bool_] | None
    """what may follow by the rules, or end it; None: all"""
    longer: dict[int, "_Text"] = field(default_factory=dict)
    """with a class more, as far as they were looked at"""

    @property
    def labels(self) -> tuple[int, ...]:
        """All of its classes."""
        found, text = [], self
        while text.before is not None:
            found.append(text.label)
            text = text.before
        return tuple(found[::-1])


@dataclass(slots=True)
class _Chance:
    """How probable a text is after some columns."""

    blank: float = -math.inf
    """ln p of its paths that end with a blank"""
    label: float = -math.inf
    """ln p of those that end with its last class"""

    @property
    def total(self) -> float:
        """ln p of all."""
        return _log_add(self.blank, self.label)


Chances = dict[_Text, _Chance]


class PrefixBeam:
    """Prefix beam search, for any number of pictures.

    ``beams``: texts that grow at a time. ``language`` counts with the weight ``alpha`` >= 0; a class more is worth
    ``beta``. ``constraint``: texts that are allowed, its token 0 the end. A class that is less probable at a column
    than ``least`` begins nothing there, unless rules leave little else.
    """

    def __init__(
        self,
        beams: int,
        language: Language | None = None,
        alpha: float = 0.0,
        beta: float = 0.0,
        constraint: Constraint | None = None,
        least: float = IMPROBABLE,
    ):
        self.beams, self.beta, self.constraint, self.least = beams, beta, constraint, least
        self.language, self.alpha = (language if alpha else None), alpha

    def __call__(self, log_probabilities: Floats) -> list[Reading]:
        """[T,C] -> the best readings, at most ``beams``, the best first; none if no text is allowed."""
        texts: Chances = {self._empty(): _Chance(blank=0.0)}
        likely = np.exp(log_probabilities) >= self.least
        grows: Any = likely[:, 1:].any(1)
        for column, those, may in zip(log_probabilities.astype(np.float64), likely, grows, strict=True):
            if not may and self.constraint is None:
                for text, chance in texts.items():
                    chance.blank, chance.label = (
                        chance.total + float(column[BLANK]),
                        chance.label + float(column[text.label]),
                    )
                continue
            found = self._grown(texts, column, np.flatnonzero(those))
            ranked = sorted(found.items(), key=lambda one: -(one[1].total + one[0].score))
            texts = dict(ranked[: self.beams])
        readings = [
            Reading(text.labels, chance.total, chance.total + self._ended(text)) for text, chance in texts.items()
        ]
        return sorted((one for one in readings if one.score > -math.inf), key=lambda one: -one.score)

    def _grown(self, texts: Chances, column: NDArray[np.float64], likely: NDArray[np.int64]) -> Chances:
        """Texts after a column more: as they were, and with a class more."""
        found: Chances = {}
        blank, chances = float(column[BLANK]), list(zip(likely.tolist(), column[likely].tolist(), strict=True))
        for text, chance in texts.items():
            total = chance.total
            same = found.setdefault(text, _Chance())
            same.blank = _log_add(same.blank, total + blank)
            if text.before is not None:
                same.label = _log_add(same.label, chance.label + float(column[text.label]))
            for label, its in chances if text.allowed is None else self._allowed(text.allowed, column, likely):
                before = chance.blank if label == text.label else total
                if label != BLANK and before > -math.inf:
                    longer = text.longer.get(label) or self._longer(text, label)
                    grown = found.get(longer)
                    if grown is None:
                        grown = found[longer] = _Chance()
                    grown.label = _log_add(grown.label, before + its)
        return found

    def _empty(self) -> _Text:
        state = None if self.language is None else self.language.after(self.language.start(), BLANK)[1]
        rule = None if self.constraint is None else self.constraint.start()
        return _Text(BLANK, None, 0.0, state, rule, self._after(rule))

    def _longer(self, text: _Text, label: int) -> _Text:
        score, state = text.score + self.beta, None
        if self.language is not None:
            chance, state = self.language.after(text.state, label)
            score += self.alpha * chance
        rule = None if self.constraint is None else self.constraint.after(text.rule, label)
        text.longer[label] = found = _Text(label, text, score, state, rule, self._after(rule))
        return found

    def _after(self, rule: Any) -> NDArray[np.bool_] | None:
        return None if self.constraint is None else self.constraint.allowed(rule)

    def _allowed(
        self, allowed: NDArray[np.bool_], column: NDArray[np.float64], likely: NDArray[np.int64]
    ) -> list[tuple[int, float]]:
        """What rules let follow at a column: what is likely, and the best of what is not."""
        may = np.flatnonzero(allowed)
        best = may[np.argsort(-column[may], kind="stable")[: self.beams]]
        return [(label, float(column[label])) for label in sorted({*likely[allowed[likely]].tolist(), *best.tolist()})]

    def _ended(self, text: _Text) -> float:
        """The score of a text that ends."""
        if text.allowed is not None and not text.allowed[BLANK]:
            return -math.inf
        return text.score + (0.0 if self.language is None else self.alpha * self.language.after(text.state, BLANK)[0])


def alignment(log_probabilities: Floats, labels: Sequence[int]) -> list[Span]:
    """[T,C] -> where each of the labels stands on the most probable of their paths (Viterbi).

    ValueError if T columns cannot say so many.
    """
    if not labels:
        return []
    states = np.zeros(2 * len(labels) + 1, np.int64)
    states[1::2] = labels
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    emitted = log_probabilities.astype(np.float64)[:, states]
    best = np.full(len(states), -np.inf)
    best[:2] = emitted[0, :2]
    steps = np.zeros((len(emitted), len(states)), np.int8)
    for t in range(1, len(emitted)):
        ways = np.full((3, len(states)), -np.inf)
        ways[0] = best
        ways[1, 1:] = best[:-1]
        ways[2, 2:] = np.where(skips[2:], best[:-2], -np.inf)
        steps[t] = ways.argmax(0)
        best = ways.max(0) + emitted[t]
    at = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    if best[at] == -np.inf:
        raise ValueError(f"{len(emitted)} columns are too few for {len(labels)} labels")
    path = np.empty(len(emitted), np.int64)
    for t in range(len(emitted) - 1, -1, -1):
        path[t] = at
        at -= int(steps[t, at])
    found = []
    for place, label in enumerate(labels):
        columns = np.flatnonzero(path == 2 * place + 1)
        found.append(Span(int(label), int(columns[0]), int(columns[-1]) + 1))
    return found


def fits(columns: int, labels: Sequence[int]) -> bool:
    """Whether so many columns can say these labels: one each, and a blank between two that are the same."""
    return columns >= needed(labels)


def needed(labels: Sequence[int]) -> int:
    """How many columns say these labels at the least."""
    return len(labels) + sum(first == second for first, second in pairwise(labels))


def _log_add(a: float, b: float) -> float:
    """ln(e^a + e^b)."""
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))
