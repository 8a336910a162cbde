"""What a trained net gives for rows: the forward pass in NumPy alone, so that nothing is compiled to predict."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
BLOCK_FLOATS = 1 << 20
"""Floats of the widest layer that are computed at once."""


def logistic(z: Floats) -> Floats:
    small = np.exp(-np.abs(z))
    found: Floats = np.where(z >= 0, np.float32(1), small) / (1 + small)
    return found


def _gelu(z: Floats) -> Floats:
    """z P(Z < z); the probability by Abramowitz and Stegun 1964, 7.1.26, as the kernel has it."""
    t = 1 / (1 + np.float32(0.3275911 * 0.5**0.5) * np.abs(z))
    tail: Floats = np.float32(1.061405429) * np.ones_like(z)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail = tail * t + np.float32(coefficient)
    tail = tail * t * np.exp(-z * z / 2) / 2
    return z * np.where(z >= 0, 1 - tail, tail)


ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, np.float32(0)),
    "logistic": logistic,
    "tanh": np.tanh,
    "gelu": _gelu,
}


def softmax(z: Floats) -> Floats:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


OUTPUTS: dict[str, Callable[[Floats], Floats]] = {"identity": lambda z: z, "softmax": softmax, "logistic": logistic}
"""Activations of the output, by the names that scikit-learn has for them."""


def probabilities(outputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of outputs [N, K] of several classes, or [N, 1] of two: [N, classes]."""
    if outputs.shape[1] > 1:
        return softmax(outputs)
    second = logistic(outputs)
    return np.hstack([1 - second, second])


def outputs(matrices: Sequence[Floats], activation: str, X: Floats) -> Floats:
    """Z_L float32 [N, outputs], before the output's activation.

    ``matrices``: weights into each layer [numbers before + 1, numbers], the bias in the last row.
    """
    widest = max(matrix.shape[1] for matrix in matrices)
    rows = max(1, BLOCK_FLOATS // widest)
    hidden = ACTIVATIONS[activation]
    made = np.empty((len(X), matrices[-1].shape[1]), np.float32)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # a net that diverged says so elsewhere
        for first in range(0, len(X), rows):
            values = X[first : first + rows]
            for layer, matrix in enumerate(matrices):
                values = values @ matrix[:-1] + matrix[-1]
                if layer < len(matrices) - 1:
                    values = hidden(values)
            made[first : first + rows] = values
    return made
