"""Gradient descent of a multi-layer perceptron, batch by batch, by one thread or by several that share each batch.

First each thread takes some of the batch's rows from the input to the errors (``find_errors``); they meet; then each
takes some rows of the weights, their gradient over the whole batch and their step (``learn``); they meet again. What
is computed for a row, and the gradient, stand in ``mlp.py``.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.mlp import Examples, Net, Room, backward, fill_in, forward, gradient_rows, output_errors
from vec2seq.kernels.random import below, following, mixed
from vec2seq.kernels.simd.meeting import meet
from vec2seq.kernels.simd.rows import dot

_U, _F = np.uint64, np.float32
ADAM, SGD, NESTEROV = range(3)


class Rule(NamedTuple):
    """How weights move."""

    solver: int
    rate: float
    decay: float
    """alpha: alpha / 2 times the sum of squares of all weights but biases is added to the loss of a batch's sum"""
    beta_1: float
    """of Adam; of the other solvers the momentum"""
    beta_2: float
    epsilon: float
    dropout: float
    seed: int
    """of dropout"""


@kernel
def find_errors(
    net: Net,
    weights: NDArray[np.float32],
    room: Room,
    examples: Examples,
    order: NDArray[np.int64],
    rule: Rule,
    step: int,
    part: int,
    parts: int,
) -> float:
    """All layers' errors of one of ``parts`` parts of a batch; returns the sum of its losses.

    ``order``: the numbers of the batch's examples; ``step``: which batch it is, from 1.
    """
    first, last = len(order) * part // parts, len(order) * (part + 1) // parts
    if first == last:
        return 0.0
    fill_in(net, room, examples.inputs, order, first, last)
    forward(net, weights, room, first, last, rule.dropout, rule.seed + step)
    loss: float = output_errors(net, room, examples, order, first, last)
    backward(net, weights, room, room.transposed[part], first, last)
    return loss


@kernel
def _move(
    weights: NDArray[np.float32],
    gradient: NDArray[np.float32],
    state: NDArray[np.float32],
    begin: int,
    count: int,
    share: float,
    decay: float,
    rate: float,
    rule: Rule,
) -> None:
    """Move some weights. ``share`` times the gradient is that of the mean loss; ``decay`` has the share in it."""
    first, end, squares = _U(begin), _U(begin + count), _U(len(weights))
    share_, decay_, rate_, beta_1, beta_2 = _F(share), _F(decay), _F(rate), _F(rule.beta_1), _F(rule.beta_2)
    if rule.solver == ADAM:
        new_1, new_2, epsilon = _F(1 - rule.beta_1), _F(1 - rule.beta_2), _F(rule.epsilon)
        for k in range(first, end):
            slope = share_ * gradient[k] + decay_ * weights[k]
            mean = beta_1 * state[k] + new_1 * slope
            square = beta_2 * state[squares + k] + new_2 * slope * slope
            state[k] = mean
            state[squares + k] = square
            weights[k] -= rate_ * mean / (np.sqrt(square) + epsilon)
    elif rule.solver == NESTEROV:
        for k in range(first, end):
            change = rate_ * (share_ * gradient[k] + decay_ * weights[k])
            state[k] = beta_1 * state[k] - change
            weights[k] += beta_1 * state[k] - change
    else:
        for k in range(first, end):
            state[k] = beta_1 * state[k] - rate_ * (share_ * gradient[k] + decay_ * weights[k])
            weights[k] += state[k]


@kernel
def learn(
    net: Net,
    weights: NDArray[np.float32],
    state: NDArray[np.float32],
    room: Room,
    rows: int,
    total: float,
    rule: Rule,
    step: int,
    part: int,
    parts: int,
) -> float:
    """Move one of ``parts`` parts of the weights by a step, counted from 1; returns the sum of their squares before it.

    The room has the errors of a batch of so many rows, which weigh ``total``. ``state``: of Adam the means of gradients
    (Kingma and Ba 2015), then those of their squares; of SGD the speed. Biases neither decay nor count as squares.
    """
    rate, squares = rule.rate, 0.0
    if rule.solver == ADAM:
        rate *= math.sqrt(1 - rule.beta_2**step) / (1 - rule.beta_1**step)
    for layer in range(1, len(net.widths)):
        bias, span, at = net.widths[layer - 1], net.spans[layer], net.weight_at[layer]
        low, high = (bias + 1) * part // parts, (bias + 1) * (part + 1) // parts
        if low == high:
            continue
        gradient_rows(net, room, rows, layer, low, high)
        begin, count = at + low * span, (min(high, bias) - low) * span
        if count > 0:
            if rule.decay > 0:
                squares += dot(weights, _U(begin), weights, _U(begin), _U(count))
            _move(weights, room.gradient, state, begin, count, 1 / total, rule.decay / total, rate, rule)
        if high > bias:
            _move(weights, room.gradient, state, at + bias * span, span, 1 / total, 0.0, rate, rule)
    return squares


@kernel
def shuffle(order: NDArray[np.int64], seed: int) -> None:
    """A random order of 0 ... N - 1 (Fisher and Yates; Durstenfeld 1964)."""
    state = mixed(_U(seed))
    for k in range(_U(len(order))):
        order[k] = k
    for k in range(len(order) - 1, 0, -1):
        state = following(state)
        other = below(state, _U(k + 1))
        order[_U(k)], order[other] = order[other], order[_U(k)]


@kernel
def weight_of(examples: Examples, order: NDArray[np.int64]) -> float:
    """What a batch weighs."""
    if len(examples.weights) == 0:
        return float(len(order))
    total = 0.0
    for example in order:
        total += examples.weights[example]
    return total


class Crew(NamedTuple):
    """Threads that train together, each in a call of ``descend`` of its own."""

    place: NDArray[np.int64]
    """[2]: where they meet; 0 at the start"""
    losses: NDArray[np.float64]
    """[threads]"""
    squares: NDArray[np.float64]
    """[threads]"""


@kernel
def descend(
    net: Net,
    weights: NDArray[np.float32],
    state: NDArray[np.float32],
    room: Room,
    examples: Examples,
    order: NDArray[np.int64],
    batch: int,
    rule: Rule,
    step: int,
    crew: Crew,
    part: int,
) -> float:
    """Steps for all batches of the examples with these numbers; ``step``: how many were made before.

    ``part``: which thread of the crew this is; the first returns the sum over the batches of mean loss times rows, with
    the decay as part of the loss.
    """
    parts, loss, arrivals = len(crew.losses), 0.0, 0
    for begin in range(0, len(order), batch):
        own, step = order[begin : begin + batch], step + 1
        total = weight_of(examples, own)
        if total == 0:
            continue
        crew.losses[part] = find_errors(net, weights, room, examples, own, rule, step, part, parts)
        arrivals += parts
        if parts > 1 and not meet(crew.place, arrivals):
            break
        summed = crew.losses.sum()
        crew.squares[part] = learn(net, weights, state, room, len(own), total, rule, step, part, parts)
        arrivals += parts
        if parts > 1 and not meet(crew.place, arrivals):
            break
        loss += (summed + rule.decay / 2 * crew.squares.sum()) / total * len(own)
    return loss
