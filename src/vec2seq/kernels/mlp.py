"""Back-propagation, written out: what a multi-layer perceptron computes, and how its weights learn from that
(Rumelhart, Hinton and Williams 1986).

Layer 0 is the input, layer L the output. For a batch of B rows, with a 1 behind the values of each row,

    forward      Z_l = [A_l-1, 1] W_l        A_l = f(Z_l), and meanwhile f'(Z_l); the output is Z_L
    loss         one number a row, and E_L = d loss / d Z_L
    backward     G_l = [A_l-1, 1]' E_l       E_l-1 = (E_l W_l') * f'(Z_l-1)

so that the last row of each W_l is the bias. How the weights move against the gradient stands in ``mlp_steps.py``. All
of a net lies in one flat array, matrix behind matrix, rows padded to whole cache lines; the padding of weights stays 0.
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

_U, _F = np.uint64, np.float32
SQUARED, SOFTMAX, LOGISTIC = range(3)
"""Losses: half the squared error; cross-entropy of one of several classes; of each of several yes or no."""
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
    """Where a batch is computed; but for ``transposed`` every array is flat. E_l and f'(Z_l) lie as A_l does."""

    values: NDArray[np.float32]
    slopes: NDArray[np.float32]
    errors: NDArray[np.float32]
    transposed: NDArray[np.float32]
    """[threads, floats]: the weights of one layer, transposed"""
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


@kernel
def fill_in(net: Net, room: Room, inputs: NDArray[np.float32], order: NDArray[np.int64], first: int, last: int) -> None:
    """Put rows first ... last - 1 of a batch into layer 0 of the room, a 1 behind each; ``order``: of the batch."""
    width, pitch = net.widths[0], net.pitches[0]
    for row in range(first, last):
        example, at = order[row], _U(row * pitch)
        for k in range(_U(width)):
            room.values[at + k] = inputs[example, k]
        room.values[at + _U(width)] = _F(1)


@kernel
def forward(
    net: Net, weights: NDArray[np.float32], room: Room, first: int, last: int, dropout: float, seed: int
) -> None:
    """Compute the hidden layers and the output of rows first ... last - 1 of a batch, which lie in layer 0 of the room.

    ``dropout``: the chance that a hidden value is set to 0, drawn from ``seed`` and the row's number.
    """
    end = len(net.widths) - 1
    for layer in range(1, end + 1):
        pitch, width = net.pitches[layer], net.widths[layer]
        before, at = net.value_at[layer - 1] + first * net.pitches[layer - 1], net.value_at[layer] + first * pitch
        product(
            *(room.values, before, net.pitches[layer - 1], 1),
            *(weights, net.weight_at[layer], net.spans[layer]),
            *(room.values, at, pitch),
            *(last - first, net.widths[layer - 1] + 1, width),
        )
        if layer < end:
            activate(net.activation, room.values, room.slopes, at, (last - first) * pitch)
            if dropout > 0:
                _drop(net, room, layer, first, last, dropout, seed)
            for row in range(last - first):
                room.values[at + row * pitch + width] = _F(1)


@kernel
def _drop(net: Net, room: Room, layer: int, first: int, last: int, dropout: float, seed: int) -> None:
    """Set values of a hidden layer to 0 by chance, and the others higher by as much (Srivastava et al. 2014)."""
    dropped, scale = _U(dropout * _COIN), _F(1 / (1 - dropout))
    at, pitch = net.value_at[layer], net.pitches[layer]
    for row in range(first, last):
        state = mixed(mixed(mixed(_U(seed)) ^ _U(row)) ^ _U(layer))
        for k in range(_U(at + row * pitch), _U(at + row * pitch + net.widths[layer])):
            state = following(state)
            factor = _F(0) if below(state, _U(_COIN)) < dropped else scale
            room.values[k] *= factor
            room.slopes[k] *= factor


@kernel
def output_errors(net: Net, room: Room, examples: Examples, order: NDArray[np.int64], first: int, last: int) -> float:
    """E_L of rows first ... last - 1 of a batch, of which the room has the output; returns the sum of their losses.

    Squared error is halved and summed over the outputs; cross-entropies are in nats.
    """
    at, pitch, outputs, span = net.value_at[-1], net.pitches[-1], net.widths[-1], net.spans[-1]
    loss = 0.0
    for row in range(first, last):
        example, begin = order[row], at + row * pitch
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
def _transpose(net: Net, weights: NDArray[np.float32], made: NDArray[np.float32], layer: int) -> None:
    """The weights into a layer, without the bias, transposed: rows as far apart as the layer before has them."""
    rows, columns = net.widths[layer - 1], net.widths[layer]
    at, span, pitch = net.weight_at[layer], net.spans[layer], net.pitches[layer - 1]
    for row in range(0, rows, _SQUARE):
        for column in range(0, columns, _SQUARE):
            for r in range(row, min(row + _SQUARE, rows)):
                for c in range(column, min(column + _SQUARE, columns)):
                    made[c * pitch + r] = weights[at + r * span + c]
    for c in range(columns):  # another layer's numbers may be there
        made[c * pitch + rows : (c + 1) * pitch] = _F(0)


@kernel
def backward(
    net: Net, weights: NDArray[np.float32], room: Room, transposed: NDArray[np.float32], first: int, last: int
) -> None:
    """From E_L to the errors of each hidden layer, of rows first ... last - 1 of a batch."""
    for layer in range(len(net.widths) - 1, 1, -1):
        pitch_before, pitch = net.pitches[layer - 1], net.pitches[layer]
        before, at = net.value_at[layer - 1] + first * pitch_before, net.value_at[layer] + first * pitch
        _transpose(net, weights, transposed, layer)
        product(
            *(room.errors, at, pitch, 1),
            *(transposed, 0, pitch_before),
            *(room.errors, before, pitch_before),
            *(last - first, net.widths[layer], net.widths[layer - 1]),
        )
        for k in range(_U(before), _U(before + (last - first) * pitch_before)):
            room.errors[k] *= room.slopes[k]


@kernel
def gradient_rows(net: Net, room: Room, rows: int, layer: int, low: int, high: int) -> None:
    """The gradient of rows low ... high - 1 of the weights into a layer, summed over the ``rows`` rows of a batch."""
    product(
        *(room.values, net.value_at[layer - 1] + low, 1, net.pitches[layer - 1]),
        *(room.errors, net.value_at[layer], net.pitches[layer]),
        *(room.gradient, net.weight_at[layer] + low * net.spans[layer], net.spans[layer]),
        *(high - low, rows, net.widths[layer]),
    )
