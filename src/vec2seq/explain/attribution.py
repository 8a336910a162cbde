"""Which tokens an answer comes from: four ways to weigh them, and a check of whether such weights tell the truth.

The weights: gradient times input (Shrikumar et al. 2016), integrated gradients (Sundararajan, Taly and Yan 2017),
occlusion (Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016), and random ones. The check: tokens are taken away, and
put back into nothing, in the order of their weights (deletion and insertion, Petsiuk, Das and Saenko 2018). The score
should fall early and rise early, more than in random orders.

A positive weight speaks for the answer, a negative one against it. The gradients start from vectors of zeros, occlusion
and the check from the model's neutral token; where these differ, so may the weights. It knows nothing of how a model
computes its score: that is the probe's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.explain.functions import Floats

SHORTEST = 4
"""Tokens from which on weights are checked: of 3 tokens one order in 6 is the best one, of 4 one in 24."""
POINTS = 20
"""The most points of a curve."""
NOISE = 1e-6
"""Differences up to so much of the largest score are those of float32."""


class Probe(Protocol):
    """One answer to one text of T tokens, to be asked again about changed texts."""

    @property
    def tokens(self) -> Sequence[str]:
        """The T tokens."""

    def kept(self, keep: NDArray[np.bool_]) -> Floats:
        """keep [N,T] -> [N]: the score (log-odds, or logit) where the model's neutral token stands for all others."""

    def gradients(self, scales: Floats) -> tuple[Floats, Floats]:
        """scales [S] -> the input vectors x [T,D], and the gradients [S,T,D] of the score by them at scale * x."""


class ScaledProbe(Probe, Protocol):
    """A probe that also tells the scores on the way from zeros to the input."""

    def scaled(self, scales: Floats) -> Floats:
        """scales [S] -> [S]: the score where the input vectors are scale * x."""


def gradient_times_input(probe: Probe) -> Floats:
    """What each token adds to the score if the score went on as straight as it goes at the input: x . dscore/dx [T]."""
    x, gradients = probe.gradients(np.ones(1))
    found: Floats = (x * gradients[0]).sum(-1)
    return found


def integrated_gradients(probe: Probe, steps: int = 64) -> Floats:
    """x . (mean gradient on the straight way from 0 to x) [T] (Sundararajan et al. 2017), by the midpoint rule.

    The steps, t^3 for equal steps of t, are small at 0: a net that normalizes its input (attention) changes most there.
    """
    if steps < 1:
        raise ValueError(f"steps {steps}: at least 1")
    at = (np.arange(steps) + 0.5) / steps
    x, gradients = probe.gradients(at**3)
    weights = at**2 / (at**2).sum()
    found: Floats = np.einsum("td,std,s->t", x, gradients, weights)
    return found


def completeness_error(probe: ScaledProbe, weights: Floats) -> float:
    """How much the sum of weights [T] is above score(x) - score(0), which integrated gradients add up to."""
    empty, whole = probe.scaled(np.array([0.0, 1.0]))
    return float(weights.sum() - (whole - empty))


def occlusion(probe: Probe) -> Floats:
    """How much the score drops where a token alone is left out [T]."""
    tokens = len(probe.tokens)
    scores = probe.kept(np.concatenate([np.ones((1, tokens), np.bool_), ~np.eye(tokens, dtype=np.bool_)]))
    found: Floats = scores[0] - scores[1:]
    return found


def random_weights(probe: Probe, seed: int) -> Floats:
    """Weights that know nothing [T], from a standard normal distribution."""
    found: Floats = np.random.default_rng(seed).standard_normal(len(probe.tokens))
    return found


class Spread(NamedTuple):
    """Of what random orders give."""

    mean: float
    low: float
    """2.5th percentile"""
    high: float
    """97.5th percentile"""


@dataclass(frozen=True, eq=False)
class Curves:
    """Scores where the first tokens of an order are taken away, and where they alone are there; at P points."""

    taken: NDArray[np.int64]
    """how many tokens, from 0 to all [P]"""
    deletion: Floats
    """[P]"""
    insertion: Floats
    """[P]"""

    @property
    def deletion_area(self) -> float:
        """The mean height of the curve over the share of tokens: low is good."""
        return self._area(self.deletion)

    @property
    def insertion_area(self) -> float:
        """High is good."""
        return self._area(self.insertion)

    @property
    def gap(self) -> float:
        """Area of insertion less area of deletion, in units of the score: high is good."""
        return self.insertion_area - self.deletion_area

    def _area(self, scores: Floats) -> float:
        return float(((scores[1:] + scores[:-1]) / 2 * np.diff(self.taken)).sum() / self.taken[-1])


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """How well weights tell what the score comes from, beside random orders of the same tokens."""

    curves: Curves
    random: list[Curves]

    @property
    def better(self) -> float:
        """By how much the gap is above the mean of random orders, in units of the score: positive is better."""
        return self.curves.gap - self.spread("gap").mean

    @property
    def is_better(self) -> bool:
        """Whether the gap is above the 95 % range of random orders."""
        noise = NOISE * max(np.abs(self.curves.deletion).max(), np.abs(self.curves.insertion).max())
        return bool(self.curves.gap > self.spread("gap").high + noise)

    @property
    def verdict(self) -> str:
        """The same in words."""
        return "better than random order" if self.is_better else "not better than random order"

    def spread(self, name: str) -> Spread:
        """Of "deletion_area", "insertion_area" or "gap" over the random orders."""
        return spread_of([getattr(curves, name) for curves in self.random])

    def to_json(self) -> dict[str, Any]:
        """For JSON; "random" holds mean curves, and {"mean", "low", "high"} of the areas and of their gap."""
        own = self.curves
        areas = ("deletion_area", "insertion_area", "gap")
        return {
            "taken": own.taken.tolist(),
            "deletion": own.deletion.tolist(),
            "insertion": own.insertion.tolist(),
            **{name: getattr(own, name) for name in areas},
            "random": {
                "orders": len(self.random),
                "deletion": np.mean([curves.deletion for curves in self.random], 0).tolist(),
                "insertion": np.mean([curves.insertion for curves in self.random], 0).tolist(),
                **{name: self.spread(name)._asdict() for name in areas},
            },
            "better": self.better,
            "is_better": self.is_better,
            "verdict": self.verdict,
        }


def faithfulness(probe: Probe, weights: Floats, seed: int, randoms: int = 20) -> Faithfulness | None:
    """Check weights [T] against so many random orders; None of fewer than SHORTEST tokens, which have few orders."""
    return faithfulness_of_all(probe, {"": weights}, seed, randoms)[""]


def faithfulness_of_all(
    probe: Probe, weights: Mapping[str, Floats], seed: int, randoms: int = 20
) -> dict[str, Faithfulness | None]:
    """Check weights [T] of several methods against the same random orders. Equal weights are in random order."""
    tokens = len(probe.tokens)
    for name, values in weights.items():
        if values.shape != (tokens,) or not np.isfinite(values).all():
            raise ValueError(f"weights {name} {list(values.shape)}: need {tokens} finite numbers")
    if tokens < SHORTEST:
        return dict.fromkeys(weights)
    random = np.random.default_rng(seed)
    ties = random.permutation(tokens)
    orders = [random.permutation(tokens) for _ in range(randoms)]
    chance = [_curves(probe, order) for order in orders]
    return {name: Faithfulness(_curves(probe, np.lexsort((ties, -values))), chance) for name, values in weights.items()}


def _curves(probe: Probe, order: NDArray[np.int64]) -> Curves:
    """The curves of tokens [T] in this order, the first taken first."""
    tokens = len(order)
    taken = np.round(np.linspace(0, tokens, min(tokens + 1, POINTS))).astype(np.int64)
    gone = np.argsort(order) < taken[:, None]
    scores = probe.kept(np.concatenate([~gone, gone]))
    return Curves(taken, scores[: len(taken)], scores[len(taken) :])


def spread_of(values: Sequence[float]) -> Spread:
    """Mean and 95 % range."""
    low, high = np.percentile(values, [2.5, 97.5])
    return Spread(float(np.mean(values)), float(low), float(high))
