"""How good a net is on rows that it did not learn from: scores, simple baselines, and what each column does for it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.measure import Score
from vec2seq.measure.calibration import calibrated_in_halves
from vec2seq.measure.rows import class_scores, number_scores
from vec2seq.mlp.base import MLP
from vec2seq.mlp.forward import probabilities

FEWEST_ROWS = 10
"""Fewer rows judge nothing."""
SHUFFLES = 5
"""Of each column, for its importance."""
LINEAR: dict[str, Any] = {
    **{"hidden_layer_sizes": (), "solver": "adam", "learning_rate_init": 0.01, "max_iter": 2000, "dropout": 0.0},
    **{"tol": 1e-5, "n_iter_no_change": 20, "early_stopping": False},
}
"""Of a baseline: without hidden layers there is one best net, and these settings come near it."""
Floats = NDArray[np.float64]


def scores_of(found: Floats, truth: Floats, file: str = "") -> list[Score]:
    """Of probabilities [N, classes] against numbers of classes, or of numbers [N] against numbers."""
    return class_scores(found, truth.astype(np.int64), file) if found.ndim == 2 else number_scores(found, truth, file)


def judged(
    net: MLP,
    linear: MLP,
    groups: Mapping[str, slice],
    inputs: NDArray[np.float32],
    truth: Floats,
    learnt: Floats,
    labels: Sequence[str],
    scale: Sequence[float],
) -> dict[str, Any]:
    """All of it as JSON. ``truth``: of the rows kept out; ``learnt``: of the rows learnt from, for the baselines.

    The probabilities of each half of the rows are calibrated by the other half.
    """

    def answers(model: MLP, rows: NDArray[np.float32]) -> Floats:
        outputs = model.outputs(rows)
        if not labels:
            return outputs[:, 0] * scale[1] + scale[0]
        return probabilities(calibrated_in_halves(outputs, truth.astype(np.int64)))

    scores = scores_of(answers(net, inputs), truth)
    always = _always(learnt, len(truth), labels)
    baselines = {
        "the most frequent" if labels else "the mean": scores_of(always, truth)[0],
        "a linear model": scores_of(answers(linear, inputs), truth)[0],
    }
    return {
        "scores": [_facts(score) for score in scores],
        "baselines": {name: _facts(score) for name, score in baselines.items()},
        "importance": importance(net, groups, inputs, truth, labels, scale),
    }


def importance(
    net: MLP,
    groups: Mapping[str, slice],
    inputs: NDArray[np.float32],
    truth: Floats,
    labels: Sequence[str],
    scale: Sequence[float],
) -> list[dict[str, Any]]:
    """How much the first score falls if a column's cells change rows (Breiman 2001); the most important first."""

    def headline(rows: NDArray[np.float32]) -> float:
        outputs = net.outputs(rows)
        return _headline(probabilities(outputs) if labels else outputs[:, 0] * scale[1] + scale[0], truth)

    random, whole = np.random.default_rng(0), headline(inputs)
    found = []
    for name, part in groups.items():
        drops = []
        for _ in range(SHUFFLES):
            mixed = inputs.copy()
            mixed[:, part] = inputs[random.permutation(len(inputs)), part]
            drops.append(whole - headline(mixed))
        found.append({"column": name, "drop": float(np.mean(drops)), "spread": float(np.std(drops))})
    return sorted(found, key=lambda column: -column["drop"])


def _headline(found: Floats, truth: Floats) -> float:
    """Accuracy of probabilities [N, classes], or R2 of numbers [N], without an interval."""
    if found.ndim == 2:
        return float((found.argmax(axis=1) == truth).mean())
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((truth - found) ** 2).sum()) / spread if spread > 0 else 0.0


def _always(learnt: Floats, rows: int, labels: Sequence[str]) -> Floats:
    """What one says who knows the target of the other rows only: their shares, or their mean."""
    if not labels:
        return np.full(rows, learnt.mean())
    shares = np.bincount(learnt.astype(np.int64), minlength=len(labels)) / len(learnt)
    return np.tile(shares, (rows, 1))


def _facts(score: Score) -> dict[str, Any]:
    """What is kept of a score."""
    return {name: value for name, value in asdict(score).items() if name in ("metric", "score", "low", "high", "n")}
