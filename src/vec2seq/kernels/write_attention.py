"""A decoder of self-attention as it writes: the next tokens of rows, by what is kept of those before, in one call.

It computes what ``nn.decoder.TransformerDecoder`` does with rotary positions, of token vectors that what comes out is
compared with, where one call of a library takes longer than the product that it is for. Per layer,

    x = x + attention(norm(x))        x = x + feed_forward(norm(x))

A norm's scale and shift, and what scores are divided by, are in the matrix after it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.activations import GELU, activate
from vec2seq.kernels.panels import PANEL, Matrices, floats, matrices_of, times
from vec2seq.kernels.simd.exponential import exponentials
from vec2seq.kernels.simd.products import product
from vec2seq.kernels.simd.rows import padded

Weights = Mapping[str, NDArray[np.float32]]
_U, _F = np.uint64, np.float32
JOINED, OUT, WIDER, NARROWER, EACH = range(5)
"""The matrices of a layer, and how many there are: queries, keys and values; out; the feed-forward net."""
WIDER_BY = 4
"""How much wider the feed-forward net is within."""
EPSILON = 1e-5
"""What a norm adds to the variance, as PyTorch does."""
LONGEST_WAVE = 10000.0
"""Of rotary positions (Su et al. 2021)."""


class Net(NamedTuple):
    """A net, ready to write."""

    vectors: NDArray[np.float32]
    """[V,D]: what tokens enter as"""
    matrices: Matrices
    """of each layer, and a last one for scores"""
    layers: int
    heads: int


class Memory(NamedTuple):
    """Keys and values of what rows have been, of each layer and head."""

    keys: NDArray[np.float32]
    """[L,B,H,panels,d,PANEL]: places side by side, since they are compared at once"""
    values: NDArray[np.float32]
    """[L,B,H,places,d]; d is padded"""
    cosines: NDArray[np.float32]
    """[places, d/2]: of the angles that pairs of features are turned by"""
    sines: NDArray[np.float32]

    def take(self, rows: NDArray[np.int64]) -> "Memory":
        """That of these rows, of which there may be several, none, and in any order."""
        kept = [floats(len(part), len(rows), *part.shape[2:]) for part in self[:2]]
        for part, own in zip(self[:2], kept, strict=True):
            np.take(part, rows, 1, out=own, mode="clip")  # else through a copy
        return self._replace(keys=kept[0], values=kept[1])


class Room(NamedTuple):
    """Where the next tokens of some rows are computed, flat; a row of it is one token."""

    x: NDArray[np.float32]
    """what layers add to"""
    entry: NDArray[np.float32]
    """what a matrix reads, a 1 behind it"""
    added: NDArray[np.float32]
    """what a layer adds"""
    wide: NDArray[np.float32]
    """queries, keys and values; or the feed-forward net within, a 1 behind it"""
    slopes: NDArray[np.float32]
    """as large as ``wide``"""
    weights: NDArray[np.float32]
    """of one token and head: how it weighs the places"""
    seen: NDArray[np.float32]
    """of one token and head: what it gets"""
    narrow: int
    """floats from row to row of x, entry and added"""
    wider: int
    """and of wide and slopes"""


def shapes(tokens: int, width: int, layers: int) -> dict[str, tuple[int, ...]]:
    """Of the weights of a ``LanguageNet`` with such a decoder, by their names, in its order."""
    inside = WIDER_BY * width
    found: dict[str, tuple[int, ...]] = {"vectors": (tokens, width), "bias": (tokens,)}
    parts = {
        "attention_norm": (width,),
        **{f"attention.{part}": (width, width) for part in ("query", "key", "value", "out")},
        **{"feed_norm": (width,), "feed.0": (inside, width), "feed.3": (width, inside)},
    }
    for number in range(layers):
        for part, shape in parts.items():
            name = f"decoder.blocks.{number}.{part}"
            found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return found | {"decoder.norm.weight": (width,), "decoder.norm.bias": (width,)}


def net_of(weights: Weights, layers: int, heads: int) -> Net:
    """Of weights of these ``shapes``."""
    vectors = weights["vectors"]
    width = vectors.shape[1]
    scales = np.repeat(np.array([(width // heads) ** -0.5, 1, 1], np.float32), width)
    matrices = []
    for number in range(layers):
        start = f"decoder.blocks.{number}."
        own = {name.removeprefix(start): weight for name, weight in weights.items() if name.startswith(start)}
        joined, shift = (
            np.concatenate([own[f"attention.{part}.{kind}"] for part in ("query", "key", "value")])
            for kind in ("weight", "bias")
        )
        matrices += [
            _after_norm(own, "attention_norm", joined * scales[:, None], shift * scales),
            (own["attention.out.weight"], own["attention.out.bias"]),
            _after_norm(own, "feed_norm", own["feed.0.weight"], own["feed.0.bias"]),
            (own["feed.3.weight"], own["feed.3.bias"]),
        ]
    matrices.append(_after_norm(weights, "decoder.norm", vectors, weights["bias"]))
    return Net(vectors * _F(width**0.5), matrices_of(matrices), layers, heads)


def _after_norm(
    weights: Weights, norm: str, weight: NDArray[np.float32], bias: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight and bias for what a norm gives before its scale and shift."""
    return weight * weights[f"{norm}.weight"], bias + weight @ weights[f"{norm}.bias"]


def memory_of(net: Net, rows: int, longest: int) -> Memory:
    """Of rows that have no tokens yet, and will have at most so many."""
    each = net.vectors.shape[1] // net.heads
    places = padded(longest, PANEL)
    angles = np.arange(longest)[:, None] * LONGEST_WAVE ** -(np.arange(0, each, 2) / each)
    return Memory(
        floats(net.layers, rows, net.heads, places // PANEL, each, PANEL),
        floats(net.layers, rows, net.heads, places, padded(each, PANEL)),
        np.cos(angles).astype(np.float32),
        np.sin(angles).astype(np.float32),
    )


def room_for(net: Net, memory: Memory, rows: int, length: int) -> Room:
    """For so many tokens of so many rows at once."""
    tokens = rows * length
    narrow = padded(net.vectors.shape[1] + 1, PANEL)
    wider = padded(int(net.matrices.widths[:-1].max(initial=0)) + 1, PANEL)
    x, entry, added = (floats(tokens * narrow) for _ in range(3))
    wide, slopes, weights, seen = map(floats, (tokens * wider, tokens * wider, *memory.values.shape[3:]))
    return Room(x, entry, added, wide, slopes, weights, seen, narrow, wider)


@kernel
def read(
    net: Net, memory: Memory, room: Room, ids: NDArray[np.int64], start: int, first: int, scores: NDArray[np.float32]
) -> None:
    """The next tokens of rows first ... of the memory, ids [N,n], which come to places start ... -> scores of N rows.

    Of what comes after the last of them. ``room``: for N n tokens; ``scores`` [N,V], V rounded up to whole panels.
    """
    rows, length = ids.shape
    width, many = net.vectors.shape[1], rows * length
    for row in range(many):
        token, at = ids[row // length, row % length], _U(row * room.narrow)
        for k in range(_U(width)):
            room.x[at + k] = net.vectors[token, k]
    for layer in range(net.layers):
        matrix = EACH * layer
        _norm(room, width, 0, 1, many)
        times(net.matrices, matrix + JOINED, room.entry, 0, room.narrow, room.wide, 0, room.wider, many)
        for row in range(many):
            _attend(net, memory, room, layer, first + row // length, row, start + row % length)
        times(net.matrices, matrix + OUT, room.entry, 0, room.narrow, room.added, 0, room.narrow, many)
        _add(room, width, many)
        _norm(room, width, 0, 1, many)
        times(net.matrices, matrix + WIDER, room.entry, 0, room.narrow, room.wide, 0, room.wider, many)
        activate(GELU, room.wide, room.slopes, 0, many * room.wider)
        for row in range(many):
            room.wide[row * room.wider + net.matrices.depths[matrix + NARROWER] - 1] = _F(1)
        times(net.matrices, matrix + NARROWER, room.wide, 0, room.wider, room.added, 0, room.narrow, many)
        _add(room, width, many)
    _norm(room, width, length - 1, length, rows)
    times(net.matrices, EACH * net.layers, room.entry, 0, room.narrow, scores.ravel(), 0, scores.shape[1], rows)


@kernel
def _norm(room: Room, width: int, begin: int, step: int, many: int) -> None:
    """Of every step-th row of x the entry of a matrix: mean 0, variance 1, and a 1 behind."""
    for row in range(many):
        at, to = _U((begin + row * step) * room.narrow), _U(row * room.narrow)
        total = _F(0)
        for k in range(_U(width)):
            total += room.x[at + k]
        mean, squares = total / _F(width), _F(0)
        for k in range(_U(width)):
            squares += (room.x[at + k] - mean) ** 2
        scale = _F(1) / np.sqrt(squares / _F(width) + _F(EPSILON))
        for k in range(_U(width)):
            room.entry[to + k] = (room.x[at + k] - mean) * scale
        room.entry[to + _U(width)] = _F(1)


@kernel
def _add(room: Room, width: int, many: int) -> None:
    for row in range(many):
        at = _U(row * room.narrow)
        for k in range(_U(width)):
            room.x[at + k] += room.added[at + k]


@kernel
def _attend(net: Net, memory: Memory, room: Room, layer: int, owner: int, row: int, place: int) -> None:
    """Remember the key and the value of a token at this place, and let it look at all places so far."""
    width, each = net.vectors.shape[1], net.vectors.shape[1] // net.heads
    half, places, deep = each // 2, memory.values.shape[3], memory.values.shape[4]
    own, panel = row * room.wider, place // PANEL
    for head in range(net.heads):
        number = (layer * memory.keys.shape[1] + owner) * net.heads + head
        query, key, value = own + head * each, own + width + head * each, own + 2 * width + head * each
        for k in range(half):
            cos, sin = memory.cosines[place, k], memory.sines[place, k]
            a, b = room.wide[query + k], room.wide[query + half + k]
            room.wide[query + k], room.wide[query + half + k] = a * cos - b * sin, a * sin + b * cos
            a, b = room.wide[key + k], room.wide[key + half + k]
            memory.keys[layer, owner, head, panel, k, place % PANEL] = a * cos - b * sin
            memory.keys[layer, owner, head, panel, half + k, place % PANEL] = a * sin + b * cos
        for k in range(each):
            memory.values[layer, owner, head, place, k] = room.wide[value + k]
        for column in range(0, place + 1, PANEL):
            product(
                *(room.wide, query, 0, 1),
                *(memory.keys.ravel(), (number * places + column) * each, PANEL),
                *(room.weights, column, 0),
                *(1, each, PANEL),
            )
        highest = room.weights[0]
        for k in range(1, place + 1):
            highest = max(highest, room.weights[k])
        for k in range(_U(place + 1)):
            room.weights[k] -= highest
        exponentials(room.weights, _U(0), _U(place + 1))
        total = _F(0)
        for k in range(_U(place + 1)):
            total += room.weights[k]
        product(
            *(room.weights, 0, 0, 1),
            *(memory.values.ravel(), number * places * deep, deep),
            *(room.seen, 0, 0),
            *(1, place + 1, each),
        )
        for k in range(each):
            room.entry[row * room.narrow + head * each + k] = room.seen[k] / total
