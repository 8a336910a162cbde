"""Activation functions of hidden layers, each with its derivative, for whole layers at once.

identity  z                  relu  max(z, 0)
logistic  1 / (1 + e^-z)     tanh  (e^z - e^-z) / (e^z + e^-z)
gelu      z P(Z < z) for a standard normal Z (Hendrycks and Gimpel 2016), by the error function, not by tanh
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.exponential import exponentials

_U, _F = np.uint64, np.float32
IDENTITY, RELU, LOGISTIC, TANH, GELU = range(5)
ACTIVATIONS = {"identity": IDENTITY, "relu": RELU, "logistic": LOGISTIC, "tanh": TANH, "gelu": GELU}
"""Their numbers in kernels."""


@kernel
def activate(kind: int, values: NDArray[np.float32], slopes: NDArray[np.float32], begin: int, count: int) -> None:
    """Floats begin .. begin + count - 1: values z become f(z), slopes become f'(z). ``count``: whole vectors."""
    first, end = _U(begin), _U(begin + count)
    one, half = _F(1), _F(0.5)
    if kind == IDENTITY:
        for k in range(first, end):
            slopes[k] = one
    elif kind == RELU:
        for k in range(first, end):
            slopes[k] = one if values[k] > _F(0) else _F(0)
            values[k] = values[k] * slopes[k]
    elif kind == LOGISTIC:
        for k in range(first, end):
            slopes[k] = -abs(values[k])
        exponentials(slopes, first, _U(count))
        for k in range(first, end):
            small = slopes[k]
            share = (one if values[k] >= _F(0) else small) / (one + small)
            values[k] = share
            slopes[k] = share * (one - share)
    elif kind == TANH:
        for k in range(first, end):
            slopes[k] = _F(-2) * abs(values[k])
        exponentials(slopes, first, _U(count))
        for k in range(first, end):
            size = (one - slopes[k]) / (one + slopes[k])
            values[k] = size if values[k] >= _F(0) else -size
            slopes[k] = one - size * size
    else:
        for k in range(first, end):
            slopes[k] = -half * values[k] * values[k]
        exponentials(slopes, first, _U(count))
        for k in range(first, end):
            z, density = values[k], slopes[k]
            # P(Z > |z|): Abramowitz and Stegun 1964, 7.1.26, absolute error below 1e-7
            t = one / (one + _F(0.3275911 * 0.5**0.5) * abs(z))
            tail = ((_F(1.061405429) * t - _F(1.453152027)) * t + _F(1.421413741)) * t - _F(0.284496736)
            tail = half * (tail * t + _F(0.254829592)) * t * density
            below = one - tail if z >= _F(0) else tail
            values[k] = z * below
            slopes[k] = below + _F(0.3989422804) * z * density  # density / sqrt(2 pi)
