"""The first step of each solver of ``kernels.mlp_steps``: what it adds to weights, and its formula."""

import math

import numpy as np

from vec2seq.explain.functions import Floats
from vec2seq.mlp.settings import Settings


def first_step(how: Settings, matrix: Floats, gradient: Floats, rows: int) -> Floats:
    """What the first step of the solver adds; the bias does not decay."""
    slope, rate = gradient.copy(), how.learning_rate_init
    slope[:-1] += how.alpha / rows * matrix[:-1]
    if how.solver == "sgd":
        return -rate * (1 + how.momentum if how.nesterovs_momentum else 1) * slope
    mean, square = (1 - how.beta_1) * slope, (1 - how.beta_2) * slope**2
    rate *= math.sqrt(1 - how.beta_2) / (1 - how.beta_1)
    found: Floats = -rate * mean / (np.sqrt(square) + how.epsilon)
    return found


def step_formula(how: Settings, n: int) -> str:
    """Of the first step. Adam's means, freed of their bias, are then the gradient and its square."""
    decay = f" + {how.alpha:g} / B W{n} [bias: + 0]" if how.alpha else ""
    slope, rate = f"G = dL/dW{n}{decay}", f"{how.learning_rate_init:g}"
    if how.solver == "adam":
        return f"-{rate} G / (sqrt(G^2) + {how.epsilon / math.sqrt(1 - how.beta_2):.4g}), {slope}"
    if how.nesterovs_momentum and how.momentum:
        return f"-{rate} (1 + {how.momentum:g}) G, {slope}"
    return f"-{rate} G, {slope}"


def solver_name(how: Settings) -> str:
    """adam, sgd, or sgd with Nesterov's momentum."""
    return "adam" if how.solver == "adam" else "sgd, nesterov" if how.nesterovs_momentum else "sgd"
