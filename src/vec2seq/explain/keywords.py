"""The words that carry a text: by attention, by occlusion, by TF-IDF and by chance, each list with the same check.

The check takes the words of a list away, wherever they stand, and tells how much the score drops, beside lists that are
drawn at random. It knows nothing of word forms: tokens are one word if they are spelled alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.explain.attribution import NOISE, Probe, Spread, random_weights, spread_of
from vec2seq.explain.functions import Floats

RANDOM_LISTS = 20


class Keyword(NamedTuple):
    """A word of a text."""

    text: str
    weight: float
    """the sum over its places"""
    places: list[int]


class WordList(NamedTuple):
    """The heaviest words by one method, the heaviest first."""

    name: str
    words: list[Keyword]
    drop: float
    """how much the score drops without them"""
    is_better: bool
    """whether that is above the range of random lists"""


@dataclass(frozen=True, eq=False)
class Keywords:
    """Lists of the same length by several methods."""

    score: float
    """of the whole text"""
    lists: list[WordList]
    random: Spread
    """of the drop without as many words drawn at random"""

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"score", "random": {"mean", "low", "high"}, "lists": [{"name", "words", "drop", "is_better"}]}."""
        lists = [found._asdict() | {"words": [word._asdict() for word in found.words]} for found in self.lists]
        return {"score": self.score, "random": self.random._asdict(), "lists": lists}


def keywords(probe: Probe, methods: Mapping[str, Floats], top: int, seed: int) -> Keywords:
    """The ``top`` heaviest words of a text of T tokens by each method; fewer if it has fewer.

    ``methods``: the weight of each token [T], which adds up over the places of a word. Random weights are put beside.
    """
    known = {**methods, "random": random_weights(probe, seed)}
    for name, weights in known.items():
        if weights.shape != (len(probe.tokens),) or not np.isfinite(weights).all():
            raise ValueError(f"{name} {list(weights.shape)}: need {len(probe.tokens)} finite numbers")
    found = {name: _heaviest(probe.tokens, weights, top) for name, weights in known.items()}
    random = np.random.default_rng(seed)
    ids, words = _words(probe.tokens)
    lists = [random.permutation(len(words))[:top] for _ in range(RANDOM_LISTS)]
    gone = [np.isin(ids, chosen) for chosen in lists]
    gone += [_at([place for word in chosen for place in word.places], len(ids)) for chosen in found.values()]
    scores = probe.kept(~np.array([np.zeros(len(ids), np.bool_), *gone]))
    drops = scores[0] - scores[1:]
    chance = spread_of(drops[:RANDOM_LISTS].tolist())
    noise = NOISE * float(np.abs(scores).max())
    return Keywords(
        score=float(scores[0]),
        lists=[
            WordList(name, chosen, float(drop), bool(drop > chance.high + noise))
            for (name, chosen), drop in zip(found.items(), drops[RANDOM_LISTS:], strict=True)
        ],
        random=chance,
    )


def _words(tokens: Sequence[str]) -> tuple[NDArray[np.int64], list[str]]:
    """The number of each token's word [T], and the words, in the order in which they come."""
    numbers: dict[str, int] = {}
    ids = [numbers.setdefault(token, len(numbers)) for token in tokens]
    return np.array(ids, np.int64), list(numbers)


def _heaviest(tokens: Sequence[str], weights: Floats, top: int) -> list[Keyword]:
    ids, words = _words(tokens)
    sums = np.bincount(ids, weights, len(words))
    best = np.argsort(-sums, kind="stable")[:top]
    return [Keyword(words[word], float(sums[word]), np.flatnonzero(ids == word).tolist()) for word in best.tolist()]


def _at(places: Sequence[int], tokens: int) -> NDArray[np.bool_]:
    found = np.zeros(tokens, np.bool_)
    found[list(places)] = True
    return found
