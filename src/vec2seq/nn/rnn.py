"""Recurrent layers: step by step, as their equations are; and over padded rows in both directions, as they are fast.

The plain RNN (Elman 1990) and the LSTM (Hochreiter & Schmidhuber 1997) with a forget gate (Gers et al. 2000), both as
``nn.RNN`` and ``nn.LSTM`` have them: no peepholes. ``Recurrent`` packs no sequences: the direction that reads from the
end gets each row reversed within its length, so that padding is always what comes last. That is exact.
Padding has to come after the tokens of a row.

Knows neither what the vectors stand for nor how they are trained.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.nn.dropout import Dropout

KINDS: dict[str, type[nn.LSTM] | type[nn.RNN]] = {"lstm": nn.LSTM, "rnn": nn.RNN}


class Weights(NamedTuple):
    """Of one layer in one direction. For an LSTM those of its four gates stand under each other: i, f, g, o."""

    input: Tensor
    """W [H,D], for an LSTM [4H,D]"""
    hidden: Tensor
    """U [H,H] or [4H,H]"""
    bias: Tensor
    """b [H] or [4H]"""


class Gates(NamedTuple):
    """All that an LSTM computes; each [B,H] at one step, [B,T,H] over a row."""

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor
    cell: Tensor
    hidden: Tensor


def rnn_step(x: Tensor, hidden: Tensor, weights: Weights) -> Tensor:
    """x [B,D], the state before [B,H] -> the state after [B,H]: h' = tanh(W x + U h + b)."""
    return torch.tanh(x @ weights.input.T + hidden @ weights.hidden.T + weights.bias)


def lstm_step(x: Tensor, hidden: Tensor, cell: Tensor, weights: Weights) -> Gates:
    """x [B,D], the state before h, c [B,H] -> the gates and the state after.

    ::

        i = sigmoid(W_i x + U_i h + b_i)    how much of what is new comes in
        f = sigmoid(W_f x + U_f h + b_f)    how much of the cell stays
        g = tanh   (W_g x + U_g h + b_g)    what is new
        o = sigmoid(W_o x + U_o h + b_o)    how much of the cell is shown
        c' = f c + i g
        h' = o tanh(c')
    """
    sums = x @ weights.input.T + hidden @ weights.hidden.T + weights.bias
    i, f, g, o = sums.chunk(4, dim=1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    cell = f * cell + i * g
    return Gates(i, f, g, o, cell, o * cell.tanh())


def rnn(x: Tensor, weights: Weights) -> Tensor:
    """x [B,T,D] -> the states [B,T,H], from a state of zeros."""
    hidden = x.new_zeros(x.shape[0], weights.hidden.shape[1])
    states = []
    for step in x.unbind(1):
        hidden = rnn_step(step, hidden, weights)
        states.append(hidden)
    return torch.stack(states, 1)


def lstm(x: Tensor, weights: Weights) -> Gates:
    """x [B,T,D] -> all gates and states, each [B,T,H], from a state of zeros."""
    hidden = cell = x.new_zeros(x.shape[0], weights.hidden.shape[1])
    steps = []
    for step in x.unbind(1):
        steps.append(lstm_step(step, hidden, cell, weights))
        hidden, cell = steps[-1].hidden, steps[-1].cell
    return Gates(*(torch.stack(parts, 1) for parts in zip(*steps, strict=True)))


def weights_of(layer: nn.RNNBase) -> Weights:
    """What a layer of PyTorch's has learnt: of one layer, one direction, with a bias; else ValueError.

    PyTorch keeps two biases that are only ever added.
    """
    if layer.num_layers > 1 or layer.bidirectional or layer.proj_size or not layer.bias:
        raise ValueError(f"{layer} is not one layer in one direction with a bias")
    input_, hidden, bias, other = layer.all_weights[0]
    return Weights(input_, hidden, bias + other)


def replay(layer: nn.LSTM, x: Tensor) -> Gates:
    """What happens within a one-layer, one-direction, batch-first ``nn.LSTM``: x [B,T,D] -> each [B,T,H].

    ``hidden`` is what the layer itself gives. ValueError for any other layer.
    """
    if not layer.batch_first:
        raise ValueError(f"{layer} is not batch-first")
    return lstm(x, weights_of(layer))


def reversed_within(x: Tensor, mask: Tensor) -> Tensor:
    """x [B,T,D], mask [B,T] -> the real tokens of each row in the other order, padding where it is."""
    rows, length = mask.shape
    places, lengths = torch.arange(length, device=x.device)[None], mask.sum(1, keepdim=True)
    taken = torch.where(places < lengths, lengths - 1 - places, places)
    taken = taken + length * torch.arange(rows, device=x.device)[:, None]
    return functional.embedding(taken, x.flatten(0, 1))  # faster than gather, forth and back


class Recurrent(nn.Module):
    """Layers that read each row from both ends, with dropout between them; each direction has half of the width.

    ``kind``: "lstm" or "rnn". ValueError if the width is odd.
    """

    def __init__(self, kind: str, width: int, layers: int, dropout: float):
        super().__init__()
        if width % 2:
            raise ValueError(f"width {width} is odd: each of the two directions has half of it")
        layer = KINDS[kind]
        self.forth = nn.ModuleList(layer(width, width // 2, batch_first=True) for _ in range(layers))
        self.back = nn.ModuleList(layer(width, width // 2, batch_first=True) for _ in range(layers))
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> [B,T,D], 0 at padded places."""
        padded = ~mask[:, :, None]
        x = x.masked_fill(padded, 0)
        for number, (forth, back) in enumerate(zip(self.forth, self.back, strict=True)):
            x = self.dropout(x) if number else x
            x = torch.cat([forth(x)[0], reversed_within(back(reversed_within(x, mask))[0], mask)], 2)
        return x.masked_fill(padded, 0)

    def gates(self, x: Tensor, mask: Tensor) -> list[tuple[Gates, Gates]]:
        """x [B,T,D], mask [B,T] -> for each layer what the two directions compute, [B,T,D/2] each, without dropout.

        Both are in reading order: of the direction from the end, ``forget`` at t is how much stays of what it knew at
        t + 1. 0 at padded places. ValueError if the layers are not LSTMs.
        """
        padded = ~mask[:, :, None]
        x = x.masked_fill(padded, 0)
        found = []
        for forth, back in zip(self.forth, self.back, strict=True):
            if not isinstance(forth, nn.LSTM) or not isinstance(back, nn.LSTM):
                raise ValueError("a plain RNN has no gates")
            left, right = replay(forth, x), replay(back, reversed_within(x, mask))
            left = Gates(*(part.masked_fill(padded, 0) for part in left))
            right = Gates(*(reversed_within(part, mask).masked_fill(padded, 0) for part in right))
            found.append((left, right))
            x = torch.cat([left.hidden, right.hidden], 2)
        return found
