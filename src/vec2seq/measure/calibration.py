"""Temperature: one number that makes a net's probabilities mean what they say (Guo et al. 2017).

A net that learnt its rows by heart is too sure of others. What goes into softmax or the logistic function is divided by
a temperature T: the one for which rows that were kept out have the lowest cross-entropy. No answer changes.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

COLDEST, HOTTEST = 0.05, 20.0
PRIOR = 0.5
_GOLDEN = (np.sqrt(5) - 1) / 2
_NARROW = 1e-4


def cross_entropy(outputs: NDArray[np.float64], classes: NDArray[np.integer]) -> float:
    """Mean cross-entropy in nats of outputs [N, K], or [N, 1] for two classes, against the classes [N].

    Or against classes [N, K], 0 or 1 each, which are questions of their own.
    """
    if classes.ndim == 2:
        outputs, classes = outputs.reshape(-1, 1), classes.reshape(-1).astype(np.int64)
    if outputs.shape[1] == 1:
        outputs = np.hstack([np.zeros_like(outputs), outputs])
    highest = outputs.max(axis=1)
    total = np.log(np.exp(outputs - highest[:, None]).sum(axis=1)) + highest
    return float((total - outputs[np.arange(len(outputs)), classes]).mean())


def temperature(outputs: NDArray[np.float64], classes: NDArray[np.integer]) -> float:
    """T from COLDEST to HOTTEST with the lowest cross-entropy of outputs / T, to a ten-thousandth of its size.

    The logarithm of T has a normal prior around 0, of standard deviation PRIOR: a few rows say little about T.
    """
    prior = 1 / (2 * PRIOR**2 * classes.size)
    return float(np.exp(_lowest(lambda log: cross_entropy(outputs / np.exp(log), classes) + prior * log**2)))


def _lowest(function: Callable[[float], float]) -> float:
    """Where a function with one valley is lowest (golden section; Kiefer 1953)."""
    low, high = float(np.log(COLDEST)), float(np.log(HOTTEST))
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > _NARROW:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2


def calibrated_in_halves(outputs: NDArray[np.float64], classes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Every second row's outputs divided by the temperature of the other rows: as of rows that it was not chosen on."""
    found = outputs.copy()
    for half in (0, 1):
        if len(outputs[1 - half :: 2]):
            found[half::2] /= temperature(outputs[1 - half :: 2], classes[1 - half :: 2])
    return found


def probabilities(outputs: NDArray[np.float64], several: bool) -> NDArray[np.float64]:
    """Of outputs [N, K]: softmax; where a row can have ``several`` classes, the logistic function of each."""
    if several:
        each: NDArray[np.float64] = np.exp(-np.logaddexp(0, -outputs))
        return each
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return found
