"""Back-propagation, written out: what a multi-layer perceptron computes, and how its weights learn from that
(Rumelhart, Hinton and Williams 1986).

Layer 0 is the input, layer L the output. For a batch of B rows, with a 1 behind the values of each row,

    forward      Z_l = [A_l-1, 1] W_l        A_l = f(Z_l), and meanwhile f'(Z_l); the output is Z_L
    loss         one number a row, and E_L = d loss / d Z_L
    backward     G_l = [A_l-1, 1]' E_l       E_l-1 = (E_l W_l') * f'(Z_l-1)
    update       W_l moves against G_l / B, by the rule of the solver

so that the last row of each W_l is the bias. All of a net lies in one flat array, matrix behind matrix, rows padded to
whole cache lines; the padding of weights stays 0. A batch can be split among threads: each works on some of its rows in
a *room* of its own and sums up a gradient of its own; ``update`` adds them up in the order of the threads.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.activations import activate
from vec2seq.kernels.random import below, following, mixed
from vec2seq.kernels.simd.exponential import exponentials
from vec2seq.kernels.simd.products import product
from vec2seq.kernels.simd.rows import dot

_U, _F = np.uint64, np.float32
SQUARED, SOFTMAX, LOGISTIC = range(3)
"""Losses: half the squared error; cross-entropy of one of several classes; of each of several yes or no."""
ADAM, SGD, NESTEROV = range(3)
_SQUARE = 16
"""Rows and columns of the squares by which a matrix is transposed."""
_COIN = 1 << 24
"""A chance is compared with a whole number below this."""


class Net(NamedTuple):
    """The shape of a net, and where its parts lie. L + 1 layers, the input among them."""

    widths: NDArray[np.int64]
    """[L + 1]: numbers a row"""
    pitches: NDArray[np.int64]
    """[L + 1]: floats from row to row in a room: the numbers, a 1, padding"""
    value_at: NDArray[np.int64]
    """[L + 1]: where a layer begins in a room"""
    weight_at: NDArray[np.int64]
    """[L + 1]: where the weights into a layer begin among all; of layer 0, which has none, 0"""
    spans: NDArray[np.int64]
    """[L + 1]: floats from row to row of the weights into a layer"""
    activation: int
    """of the hidden layers"""
    loss: int


class Room(NamedTuple):
    """Where a thread computes; every array is flat. E_l and f'(Z_l) lie as A_l does."""

    values: NDArray[np.float32]
    slopes: NDArray[np.float32]
    errors: NDArray[np.float32]
    transposed: NDArray[np.float32]
    """the weights of one layer, transposed"""
    gradient: NDArray[np.float32]
    """the sum over the rows, as the weights lie"""


class Examples(NamedTuple):
    """What is learnt from. Of ``numbers`` and ``classes`` one is used, as the loss has it; the other is empty."""

    inputs: NDArray[np.float32]
    """[N, D]"""
    numbers: NDArray[np.float32]
    """[N, outputs]"""
    classes: NDArray[np.int64]
    """[N]"""
    weights: NDArray[np.float32]
    """[N]; or empty: each row counts 1"""


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
def forward(
    net: Net, weights: NDArray[np.float32], room: Room, rows: int, dropout: float, seed: int, first: int
) -> None:
    """Compute the hidden layers and the output of the rows that lie in layer 0 of the room.

    ``dropout``: the chance that a hidden value is set to 0, drawn from ``seed`` and the row's number (``first`` ...).
    """
    last = len(net.widths) - 1
    for layer in range(1, last + 1):
        before, at = net.value_at[layer - 1], net.value_at[layer]
        pitch, width = net.pitches[layer], net.widths[layer]
        product(
            *(room.values, before, net.pitches[layer - 1], 1),
            *(weights, net.weight_at[layer], net.spans[layer]),
            *(room.values, at, pitch),
            *(rows, net.widths[layer - 1] + 1, width),
        )
        if layer < last:
            activate(net.activation, room.values, room.slopes, at, rows * pitch)
            if dropout > 0:
                _drop(net, room, layer, rows, dropout, seed, first)
            for row in range(rows):
                room.values[at + row * pitch + width] = _F(1)


@kernel
def _drop(net: Net, room: Room, layer: int, rows: int, dropout: float, seed: int, first: int) -> None:
    """Set values of a hidden layer to 0 by chance, and the others higher by as much (Srivastava et al. 2014)."""
    dropped, scale = _U(dropout * _COIN), _F(1 / (1 - dropout))
    at, pitch = net.value_at[layer], net.pitches[layer]
    for row in range(rows):
        state = mixed(mixed(mixed(_U(seed)) ^ _U(first + row)) ^ _U(layer))
        for k in range(_U(at + row * pitch), _U(at + row * pitch + net.widths[layer])):
            state = following(state)
            factor = _F(0) if below(state, _U(_COIN)) < dropped else scale
            room.values[k] *= factor
            room.slopes[k] *= factor


@kernel
def output_errors(net: Net, room: Room, examples: Examples, order: NDArray[np.int64], first: int, rows: int) -> float:
    """E_L of rows order[first] ..., of which the room has the output; returns the sum of their losses.

    Squared error is halved and summed over the outputs; cross-entropies are in nats.
    """
    last = len(net.widths) - 1
    at, pitch, outputs, span = net.value_at[last], net.pitches[last], net.widths[last], net.spans[last]
    loss = 0.0
    for row in range(rows):
        example, begin = order[first + row], at + row * pitch
        weight = examples.weights[example] if len(examples.weights) else _F(1)
        own = 0.0
        if net.loss == SQUARED:
            for k in range(outputs):
                error = room.values[begin + k] - examples.numbers[example, k]
                own += 0.5 * error * error
                room.errors[begin + k] = weight * error
        elif net.loss == SOFTMAX:
            highest = room.values[begin]
            for k in range(1, outputs):
                highest = max(highest, room.values[begin + k])
            for k in range(_U(begin), _U(begin + span)):
                room.errors[k] = room.values[k] - highest
            label = examples.classes[example]
            own = -float(room.errors[begin + label])
            exponentials(room.errors, _U(begin), _U(span))
            total = 0.0
            for k in range(outputs):
                total += room.errors[begin + k]
            own += math.log(total)
            share = weight / _F(total)
            for k in range(span):
                room.errors[begin + k] = room.errors[begin + k] * share if k < outputs else _F(0)
            room.errors[begin + label] -= weight
        else:
            for k in range(outputs):
                z, target = float(room.values[begin + k]), float(examples.numbers[example, k])
                small = math.exp(-abs(z))
                own += max(z, 0.0) - z * target + math.log1p(small)
                room.errors[begin + k] = weight * _F((1.0 if z >= 0 else small) / (1 + small) - target)
        loss += float(weight) * own
    return loss


@kernel
def _transpose(net: Net, weights: NDArray[np.float32], room: Room, layer: int) -> None:
    """The weights into a layer, without the bias, transposed: rows as far apart as the layer before has them."""
    rows, columns = net.widths[layer - 1], net.widths[layer]
    at, span, pitch = net.weight_at[layer], net.spans[layer], net.pitches[layer - 1]
    for row in range(0, rows, _SQUARE):
        for column in range(0, columns, _SQUARE):
            for r in range(row, min(row + _SQUARE, rows)):
                for c in range(column, min(column + _SQUARE, columns)):
                    room.transposed[c * pitch + r] = weights[at + r * span + c]
    for c in range(columns):  # another layer's numbers may be there
        room.transposed[c * pitch + rows : (c + 1) * pitch] = _F(0)


@kernel
def backward(net: Net, weights: NDArray[np.float32], room: Room, rows: int) -> None:
    """From E_L to the gradient of every weight, summed over the rows."""
    for layer in range(len(net.widths) - 1, 0, -1):
        before, at = net.value_at[layer - 1], net.value_at[layer]
        width_before, width, pitch_before, pitch = (
            *(net.widths[layer - 1], net.widths[layer]),
            *(net.pitches[layer - 1], net.pitches[layer]),
        )
        product(
            *(room.values, before, 1, pitch_before),
            *(room.errors, at, pitch),
            *(room.gradient, net.weight_at[layer], net.spans[layer]),
            *(width_before + 1, rows, width),
        )
        if layer > 1:
            _transpose(net, weights, room, layer)
            product(
                *(room.errors, at, pitch, 1),
                *(room.transposed, 0, pitch_before),
                *(room.errors, before, pitch_before),
                *(rows, width, width_before),
            )
            for k in range(_U(before), _U(before + rows * pitch_before)):
                room.errors[k] *= room.slopes[k]


@kernel
def fill_in(net: Net, room: Room, inputs: NDArray[np.float32], order: NDArray[np.int64], first: int, rows: int) -> None:
    """Put rows order[first] ... into layer 0 of the room, a 1 behind each."""
    width, pitch = net.widths[0], net.pitches[0]
    for row in range(rows):
        example, at = order[first + row], _U(row * pitch)
        for k in range(_U(width)):
            room.values[at + k] = inputs[example, k]
        room.values[at + _U(width)] = _F(1)


@kernel
def gradient(
    net: Net,
    weights: NDArray[np.float32],
    room: Room,
    examples: Examples,
    order: NDArray[np.int64],
    first: int,
    rows: int,
    rule: Rule,
    step: int,
) -> float:
    """The gradient over rows order[first] ..., into the room; returns the sum of their losses."""
    if rows == 0:
        room.gradient[:] = _F(0)
        return 0.0
    fill_in(net, room, examples.inputs, order, first, rows)
    forward(net, weights, room, rows, rule.dropout, rule.seed + step, first)
    loss: float = output_errors(net, room, examples, order, first, rows)
    backward(net, weights, room, rows)
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
def update(
    net: Net,
    weights: NDArray[np.float32],
    state: NDArray[np.float32],
    gradients: NDArray[np.float32],
    total: float,
    rule: Rule,
    step: int,
    part: int,
    parts: int,
) -> float:
    """Move one of ``parts`` parts of the weights by a step, counted from 1; returns the sum of their squares before it.

    ``gradients`` [threads, all weights]: sums over the rows of a batch that weigh ``total``; the first is used up.
    ``state``: of Adam the means of gradients (Kingma and Ba 2015), then those of their squares; of SGD the speed.
    Biases neither decay nor count among the squares.
    """
    rate, squares = rule.rate, 0.0
    if rule.solver == ADAM:
        rate *= math.sqrt(1 - rule.beta_2**step) / (1 - rule.beta_1**step)
    for layer in range(1, len(net.widths)):
        bias, span, at = net.widths[layer - 1], net.spans[layer], net.weight_at[layer]
        low, high = (bias + 1) * part // parts, (bias + 1) * (part + 1) // parts
        for other in range(1, len(gradients)):
            for k in range(_U(at + low * span), _U(at + high * span)):
                gradients[0, k] += gradients[other, k]
        begin, count = at + low * span, (min(high, bias) - low) * span
        if count > 0:
            if rule.decay > 0:
                squares += dot(weights, _U(begin), weights, _U(begin), _U(count))
            _move(weights, gradients[0], state, begin, count, 1 / total, rule.decay / total, rate, rule)
        if high > bias:
            _move(weights, gradients[0], state, at + bias * span, span, 1 / total, 0.0, rate, rule)
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
def weight_of(examples: Examples, order: NDArray[np.int64], first: int, rows: int) -> float:
    """What rows order[first] ... weigh together."""
    if len(examples.weights) == 0:
        return float(rows)
    total = 0.0
    for row in range(first, first + rows):
        total += examples.weights[order[row]]
    return total


@kernel
def descend(
    net: Net,
    weights: NDArray[np.float32],
    state: NDArray[np.float32],
    gradients: NDArray[np.float32],
    room: Room,
    examples: Examples,
    order: NDArray[np.int64],
    first: int,
    last: int,
    batch: int,
    rule: Rule,
    step: int,
) -> float:
    """Steps for all batches of rows order[first] ... order[last - 1]; ``step``: how many were made before.

    Returns the sum over the batches of mean loss times rows, with the decay as part of the loss.
    """
    loss = 0.0
    for begin in range(first, last, batch):
        rows, step = min(batch, last - begin), step + 1
        total = weight_of(examples, order, begin, rows)
        if total > 0:
            summed = gradient(net, weights, room, examples, order, begin, rows, rule, step)
            squares = update(net, weights, state, gradients, total, rule, step, 0, 1)
            loss += (summed + rule.decay / 2 * squares) / total * rows
    return loss
