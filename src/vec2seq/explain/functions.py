"""Activations and losses in float64, each with its derivative and its formula, to be read more than to be fast.

They are those of ``kernels.activations`` and ``kernels.mlp``; gelu here has the exact error function.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.mlp.forward import logistic, softmax

Floats = NDArray[np.float64]


class Activation(NamedTuple):
    """A function of the sums Z of a layer."""

    value: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    """dA/dZ of each number by itself"""
    formula: str
    slope_formula: str


class Loss(NamedTuple):
    """A loss of the output A = f(Z) and the target Y, all [B, outputs]; dL/dZ is A - Y for each of them."""

    of_rows: Callable[[Floats, Floats], Floats]
    """from Z and Y, the loss of each row [B]"""
    slope: Callable[[Floats, Floats], Floats]
    """from A and Y, dL/dA of each row"""
    name: str
    formula: str
    slope_formula: str


def _normal(z: Floats) -> Floats:
    """P(Z < z) of a standard normal Z."""
    found: Floats = np.array([math.erfc(-value * math.sqrt(0.5)) / 2 for value in z.ravel()])
    return found.reshape(z.shape)


def _gelu_slope(z: Floats) -> Floats:
    return _normal(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _own_slope(f: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """f(z) (1 - f(z))."""
    return lambda z: f(z) * (1 - f(z))


ACTIVATIONS = {
    "identity": Activation(lambda z: z, np.ones_like, "A = Z", "f'(Z) = 1"),
    "relu": Activation(
        lambda z: np.maximum(z, 0.0), lambda z: (z > 0).astype(np.float64), "A = max(Z, 0)", "f'(Z) = 1 if Z > 0 else 0"
    ),
    "logistic": Activation(logistic, _own_slope(logistic), "A = 1 / (1 + exp(-Z))", "f'(Z) = A (1 - A)"),
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2, "A = tanh(Z)", "f'(Z) = 1 - A^2"),
    "gelu": Activation(  # Phi and phi: distribution and density of the standard normal distribution
        lambda z: z * _normal(z), _gelu_slope, "A = Z Phi(Z)", "f'(Z) = Phi(Z) + Z phi(Z)"
    ),
    "softmax": Activation(
        softmax,
        _own_slope(softmax),
        "A_k = exp(Z_k) / sum_j exp(Z_j)",
        "dA_k/dZ_k = A_k (1 - A_k), dA_j/dZ_k = -A_j A_k",
    ),
}
"""Of hidden layers and of the output, by the names that the estimators have for them."""


def _squared(z: Floats, target: Floats) -> Floats:
    found: Floats = ((z - target) ** 2).sum(axis=1) / 2
    return found


def _cross_entropy(z: Floats, target: Floats) -> Floats:
    highest = z.max(axis=1, keepdims=True)
    logs = z - highest - np.log(np.exp(z - highest).sum(axis=1, keepdims=True))
    found: Floats = -(target * logs).sum(axis=1)
    return found


def _yes_or_no(z: Floats, target: Floats) -> Floats:
    found: Floats = (np.maximum(z, 0.0) - z * target + np.log1p(np.exp(-np.abs(z)))).sum(axis=1)
    return found


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole; 0 where the part is 0; infinite where only the whole is."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.divide(part, whole, out=np.zeros_like(part), where=part != 0)


LOSSES = {
    "identity": Loss(
        _squared,
        lambda a, y: a - y,
        "half the squared error",
        "L = sum((A - Y)^2 / 2) / B",
        "dL/dA = (A - Y) / B",
    ),
    "softmax": Loss(
        _cross_entropy,
        lambda a, y: _share(-y, a),
        "cross-entropy",
        "L = -sum(Y log(A)) / B",
        "dL/dA = -Y / A / B",
    ),
    "logistic": Loss(
        _yes_or_no,
        lambda a, y: _share(1 - y, 1 - a) - _share(y, a),
        "cross-entropy of yes or no",
        "L = -sum(Y log(A) + (1 - Y) log(1 - A)) / B",
        "dL/dA = ((1 - Y) / (1 - A) - Y / A) / B",
    ),
}
"""By the activation of the output that each goes with."""
