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
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.sampling import Constraint

BLANK = 0
IMPROBABLE = 1e-4
"""A class that is less probable at a column begins nothing there, unless rules leave little else."""
Floats = NDArray[np.float32] | NDArray[np.float64]


class Language(Protocol):
    """What may follow what. Class c of C is token c of it; token 0 ends a text, and stands before it."""

    def start(self, rows: int) -> Any:
        """States [rows, ...] before the first token."""

    def after(self, ends: Any, ids: Any) -> Any:
        """The states with a token more each, ids [rows]."""

    def following(self, ends: Any) -> NDArray[np.float64]:
        """The probability of each token as the next one [rows,C]."""


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


@dataclass
class _Prefix:
    """What a text begins with."""

    blank: float = -math.inf
    """ln p of its paths that end with a blank"""
    label: float = -math.inf
    """ln p of those that end with its last class"""

    @property
    def total(self) -> float:
        """ln p of all."""
        return _log_add(self.blank, self.label)


@dataclass(frozen=True)
class _Known:
    """What depends on a text alone."""

    score: float
    """alpha ln p + beta length, of the language"""
    following: NDArray[np.float64] | None
    """the same, of each class more [C]"""
    state: Any
    allowed: NDArray[np.bool_] | None
    rule: Any


class PrefixBeam:
    """Prefix beam search, for any number of pictures.

    ``beams``: texts that grow at a time. ``language`` counts with the weight ``alpha`` >= 0; a class more is worth
    ``beta``. ``constraint``: texts that are allowed, its token 0 the end.
    """

    def __init__(
        self,
        beams: int,
        language: Language | None = None,
        alpha: float = 0.0,
        beta: float = 0.0,
        constraint: Constraint | None = None,
    ):
        self.beams, self.beta, self.constraint = beams, beta, constraint
        self.language, self.alpha = (language if alpha else None), alpha

    def __call__(self, log_probabilities: Floats) -> list[Reading]:
        """[T,C] -> the best readings, at most ``beams``, the best first; none if no text is allowed."""
        known: dict[tuple[int, ...], _Known] = {(): self._empty()}
        prefixes: dict[tuple[int, ...], _Prefix] = {(): _Prefix(blank=0.0)}
        for column in log_probabilities.astype(np.float64):
            likely = np.flatnonzero(column >= math.log(IMPROBABLE))
            found: dict[tuple[int, ...], _Prefix] = {}
            for text, prefix in prefixes.items():
                total, last = prefix.total, text[-1] if text else BLANK
                same = found.setdefault(text, _Prefix())
                same.blank = _log_add(same.blank, total + column[BLANK])
                if text:
                    same.label = _log_add(same.label, prefix.label + column[last])
                for label in self._classes(column, likely, known[text]):
                    if label == BLANK:
                        continue
                    before = prefix.blank if label == last else total
                    if before > -math.inf:
                        longer = found.setdefault((*text, label), _Prefix())
                        longer.label = _log_add(longer.label, before + column[label])
            for text in found:
                if text not in known:
                    known[text] = self._longer(known[text[:-1]], text[-1])
            ranked = sorted(found, key=lambda text: -(found[text].total + known[text].score))
            prefixes = {text: found[text] for text in ranked[: self.beams]}
        readings = [
            Reading(text, prefix.total, prefix.total + self._ended(known[text])) for text, prefix in prefixes.items()
        ]
        return sorted((one for one in readings if one.score > -math.inf), key=lambda one: -one.score)

    def _empty(self) -> _Known:
        state = None if self.language is None else self.language.after(self.language.start(1), np.array([BLANK]))
        rule = None if self.constraint is None else self.constraint.start()
        return self._with(0.0, state, rule)

    def _longer(self, before: _Known, label: int) -> _Known:
        score = before.score + (self.beta if before.following is None else float(before.following[label]))
        state = None if self.language is None else self.language.after(before.state, np.array([label]))
        rule = None if self.constraint is None else self.constraint.after(before.rule, label)
        return self._with(score, state, rule)

    def _with(self, score: float, state: Any, rule: Any) -> _Known:
        following = None
        if self.language is not None:
            with np.errstate(divide="ignore"):
                following = self.alpha * np.log(self.language.following(state)[0]) + self.beta
        allowed = None if self.constraint is None else self.constraint.allowed(rule)
        return _Known(score, following, state, allowed, rule)

    def _classes(self, column: NDArray[np.float64], likely: NDArray[np.int64], known: _Known) -> list[int]:
        """What may follow at a column: what is likely; under rules the best that they allow, too."""
        if known.allowed is None:
            return list(map(int, likely))
        allowed = np.flatnonzero(known.allowed)
        best = allowed[np.argsort(-column[allowed], kind="stable")[: self.beams]]
        return sorted({*likely[known.allowed[likely]].tolist(), *best.tolist()})

    @staticmethod
    def _allows(known: _Known, label: int) -> bool:
        return known.allowed is None or bool(known.allowed[label])

    def _ended(self, known: _Known) -> float:
        """The score of a text that ends."""
        if not self._allows(known, BLANK):
            return -math.inf
        return known.score + (0.0 if known.following is None else float(known.following[BLANK]) - self.beta)


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
        at -= steps[t, at]
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
