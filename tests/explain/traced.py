"""Small trained models with rows for tests of back-propagation."""

import warnings
from typing import Any

import numpy as np

from vec2seq import MLPClassifier, MLPRegressor
from vec2seq.explain.backprop import Model

TARGETS = ("number", "numbers", "two", "three", "several")


def trained(target: str, features: int = 3, rows: int = 40, seed: int = 0, **settings: Any) -> tuple[Model, Any, Any]:
    """A model of few units that learnt a made target, and its rows X and y."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, features)).astype(np.float32)
    sums = X @ random.normal(size=(features, 3)) + 0.3 * random.normal(size=(rows, 3))
    y: Any = {
        "number": sums[:, 0],
        "numbers": sums[:, :2],
        "two": np.where(sums[:, 0] > 0, "yes", "no"),
        "three": np.array(["ham", "egg", "<b>tea"])[sums.argmax(axis=1)],
        "several": (sums > 0).astype(int),
    }[target]
    kind = MLPRegressor if target.startswith("number") else MLPClassifier
    how: dict[str, Any] = {"hidden_layer_sizes": (4, 3), "activation": "tanh", "max_iter": 5, "random_state": seed}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(**how | settings).fit(X, y), X, y
