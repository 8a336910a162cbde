"""A decoder of LSTMs as it writes: the next tokens of rows, by the state after those before, in one call.

It computes what ``nn.decoder.RecurrentDecoder`` does without a source, of token vectors that what comes out is compared
with, where a library puts its weights into another order for every token. Each layer has the equations of
``nn.rnn.lstm_step``, with one matrix for what comes in and for the state.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.activations import LOGISTIC, TANH, activate
from vec2seq.kernels.panels import PANEL, Matrices, floats, matrices_of, times
from vec2seq.kernels.simd.rows import padded

Weights = Mapping[str, NDArray[np.float32]]
_U, _F = np.uint64, np.float32


class Net(NamedTuple):
    """A net, ready to write."""

    vectors: NDArray[np.float32]
    """[V,D]: what tokens enter as"""
    matrices: Matrices
    """of each layer, the gates i, f, g, o side by side, each padded; and a last one for scores"""
    layers: int


class Memory(NamedTuple):
    """What rows have been."""

    hidden: NDArray[np.float32]
    """[L,B,D]"""
    cells: NDArray[np.float32]
    """[L,B,D]"""

    def take(self, rows: NDArray[np.int64]) -> "Memory":
        """That of these rows, of which there may be several, none, and in any order."""
        return Memory(np.ascontiguousarray(self.hidden[:, rows]), np.ascontiguousarray(self.cells[:, rows]))


class Room(NamedTuple):
    """Where the next tokens of some rows are computed, flat."""

    entry: NDArray[np.float32]
    """what a matrix reads: what comes in, the state, a 1"""
    gates: NDArray[np.float32]
    slopes: NDArray[np.float32]
    """as large as ``gates``"""
    shown: NDArray[np.float32]
    """of one row: tanh of its cell"""
    narrow: int
    """floats from row to row of entry"""
    wide: int
    """of a gate"""


def shapes(tokens: int, width: int, layers: int) -> dict[str, tuple[int, ...]]:
    """Of the weights of a ``LanguageNet`` with such a decoder, by their names, in its order."""
    found: dict[str, tuple[int, ...]] = {"vectors": (tokens, width), "bias": (tokens,)}
    for number in range(layers):
        for part, shape in (("weight", (4 * width, width)), ("bias", (4 * width,))):
            found |= {f"decoder.layers.{number}.{part}_{side}_l0": shape for side in ("ih", "hh")}
    return found


def net_of(weights: Weights, layers: int, heads: int) -> Net:
    """Of weights of these ``shapes``; ``heads`` are of no concern here."""
    vectors = weights["vectors"]
    width = vectors.shape[1]
    matrices = []
    for number in range(layers):
        input_, hidden, bias, other = (
            weights[f"decoder.layers.{number}.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        matrices.append(_apart(np.concatenate([input_, hidden], 1), bias + other, width))
    matrices.append((vectors, weights["bias"]))
    return Net(vectors * _F(width**0.5), matrices_of(matrices), layers)


def _apart(
    weight: NDArray[np.float32], bias: NDArray[np.float32], width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The four gates, each in whole panels."""
    more = padded(width, PANEL) - width
    weights, biases = weight.reshape(4, width, -1), bias.reshape(4, width)
    weights, biases = np.pad(weights, ((0, 0), (0, more), (0, 0))), np.pad(biases, ((0, 0), (0, more)))
    return weights.reshape(-1, weight.shape[1]), biases.ravel()


def memory_of(net: Net, rows: int, longest: int) -> Memory:
    """Of rows that have no tokens yet; ``longest`` is of no concern here."""
    shape = net.layers, rows, net.vectors.shape[1]
    return Memory(np.zeros(shape, np.float32), np.zeros(shape, np.float32))


def room_for(net: Net, memory: Memory, rows: int, length: int) -> Room:
    """For so many rows; their tokens come one after the other."""
    width = net.vectors.shape[1]
    narrow, wide = padded(2 * width + 1, PANEL), padded(width, PANEL)
    entry, gates, slopes, shown = map(floats, (rows * narrow, rows * 4 * wide, rows * 4 * wide, wide))
    return Room(entry, gates, slopes, shown, narrow, wide)


@kernel
def read(
    net: Net, memory: Memory, room: Room, ids: NDArray[np.int64], start: int, first: int, scores: NDArray[np.float32]
) -> None:
    """The next tokens of rows first ... of the memory, ids [N,n] -> scores of N rows.

    Of what comes after the last of them. ``room``: for N rows; ``scores`` [N,V], V rounded up to whole panels.
    ``start`` is of no concern here.
    """
    rows, length = ids.shape
    width = net.vectors.shape[1]
    for place in range(length):
        for row in range(rows):
            token, at = ids[row, place], _U(row * room.narrow)
            for k in range(_U(width)):
                room.entry[at + k] = net.vectors[token, k]
        for layer in range(net.layers):
            for row in range(rows):
                at = _U(row * room.narrow + width)
                for k in range(_U(width)):
                    room.entry[at + k] = memory.hidden[layer, first + row, k]
                room.entry[at + _U(width)] = _F(1)
            times(net.matrices, layer, room.entry, 0, room.narrow, room.gates, 0, 4 * room.wide, rows)
            for row in range(rows):
                _gate(memory, room, layer, first + row, row, width)
    for row in range(rows):
        room.entry[row * room.narrow + width] = _F(1)
    times(net.matrices, net.layers, room.entry, 0, room.narrow, scores.ravel(), 0, scores.shape[1], rows)


@kernel
def _gate(memory: Memory, room: Room, layer: int, owner: int, row: int, width: int) -> None:
    """From the sums of a row's gates the state after its token, which is what the next layer reads, too."""
    own, wide = row * 4 * room.wide, room.wide
    activate(LOGISTIC, room.gates, room.slopes, own, 2 * wide)
    activate(TANH, room.gates, room.slopes, own + 2 * wide, wide)
    activate(LOGISTIC, room.gates, room.slopes, own + 3 * wide, wide)
    i, f, g, o = _U(own), _U(own + wide), _U(own + 2 * wide), _U(own + 3 * wide)
    for k in range(_U(width)):
        cell = room.gates[f + k] * memory.cells[layer, owner, k] + room.gates[i + k] * room.gates[g + k]
        memory.cells[layer, owner, k] = room.shown[k] = cell
    activate(TANH, room.shown, room.slopes, 0, wide)
    at = _U(row * room.narrow)
    for k in range(_U(width)):
        memory.hidden[layer, owner, k] = room.entry[at + k] = room.gates[o + k] * room.shown[k]
