"""Small nets of every kind, made for the tests of the back ends; and inputs for them, of any size."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.engine.export import Axes, export

Inputs = dict[str, NDArray[Any]]
SIZES = ((3, 7), (1, 7), (5, 4), (2, 13), (1, 1))
"""of a batch and of its longest sequence"""


class MLP(nn.Module):
    """Two layers, with dropout between them."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(10, 16), nn.GELU(), nn.Dropout(0.5), nn.Linear(16, 3))

    def forward(self, x: Tensor) -> Tensor:
        """x [B,10] -> [B,3]."""
        out: Tensor = self.layers(x)
        return out


def reversed_within(x: Tensor, mask: Tensor) -> Tensor:
    """x [B,T,D], mask [B,T] -> the real tokens of each row in the other order, padding where it is."""
    places, lengths = torch.arange(x.shape[1])[None], mask.sum(1, keepdim=True)
    taken = torch.where(places < lengths, lengths - 1 - places, places)
    return x.gather(1, taken[:, :, None].expand_as(x))


class Recurrent(nn.Module):
    """Embedding, a layer for each direction, the second on what is reversed within its length."""

    def __init__(self, layer: type[nn.RNNBase]):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.forth, self.back = (layer(8, 12, batch_first=True) for _ in range(2))  # type: ignore[arg-type, call-arg]
        self.dropout = nn.Dropout(0.5)
        self.out = nn.Linear(24, 4)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> logits [B,T,4]."""
        x = self.embed(ids)
        back = reversed_within(self.back(reversed_within(x, mask))[0], mask)
        out: Tensor = self.out(self.dropout(torch.cat([self.forth(x)[0], back], 2)))
        return out.masked_fill(~mask[:, :, None], -1e9)


class Layer(nn.Module):
    """A recurrent layer of PyTorch's, with the state before it and the state after it."""

    def __init__(self, layer: nn.RNNBase):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, begin: Tensor) -> tuple[Tensor, ...]:
        """x [B,T,5], begin [layers * directions, B, 6] -> outputs, state."""
        if isinstance(self.layer, nn.LSTM):
            out, (hidden, cell) = self.layer(x, (begin, 2 * begin))
            return out, hidden, cell
        out, hidden = self.layer(x, begin)
        return out, hidden


class Conv1d(nn.Module):
    """A convolution over tokens, batch norm, the largest of each channel."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.conv, self.norm, self.out = nn.Conv1d(8, 12, 3, padding=1), learnt(nn.BatchNorm1d(12)), nn.Linear(12, 4)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> logits [B,4]."""
        x = self.embed(ids) * mask[:, :, None]
        x = self.norm(self.conv(x.transpose(1, 2))).relu().transpose(1, 2)
        out: Tensor = self.out(x.masked_fill(~mask[:, :, None], -torch.inf).amax(1))
        return out


class Conv2d(nn.Module):
    """Two convolutions over a line image; each column of what is left becomes log-probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 6, 3, padding=1), learnt(nn.BatchNorm2d(6))
        self.conv2, self.out = nn.Conv2d(6, 8, 3, padding=1), nn.Linear(64, 4)

    def forward(self, x: Tensor) -> Tensor:
        """x [B,1,32,W] -> [B,W/4,4]."""
        x = functional.max_pool2d(self.norm(self.conv(x)).relu(), 2)
        x = functional.max_pool2d(self.conv2(x).relu(), 2)
        out: Tensor = self.out(x.permute(0, 3, 1, 2).flatten(2))
        return out.log_softmax(2)


class Attention(nn.Module):
    """Layer norm and attention with four heads; what is padding is not looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.norm, self.parts = nn.Embedding(20, 16), nn.LayerNorm(16), nn.Linear(16, 48)
        self.back, self.out = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """ids, mask [B,T] -> logits [B,T,4], a vector for each row [B,16]."""
        x = self.embed(ids)
        query, key, value = self.parts(self.norm(x)).unflatten(2, (3, 4, 4)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None])
        x = x + self.back(found.transpose(1, 2).flatten(2))
        return self.out(x), (x * mask[:, :, None]).sum(1)


class ByLength(nn.Module):
    """Does something else with long sequences: a trace knows one way only."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 4)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> [B,T,4]."""
        x: Tensor = self.embed(ids) * mask[:, :, None]
        return x if ids.shape[1] < 10 else -x


class BySign(nn.Module):
    """Does something else if the inputs are small."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        """x [B,10] -> [B,3]."""
        out: Tensor = self.layer(x)
        return out if x.sum() > 0 else -out


class Packed(nn.Module):
    """An LSTM over packed sequences."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.layer = nn.Embedding(20, 4), nn.LSTM(4, 6, batch_first=True)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> the last state [B,6]."""
        pack = nn.utils.rnn.pack_padded_sequence
        _, (last, _) = self.layer(pack(self.embed(ids), mask.sum(1), batch_first=True, enforce_sorted=False))
        return torch.as_tensor(last[0])


def learnt(norm: Any) -> Any:
    """Batch norm that has seen something."""
    nn.init.normal_(norm.running_mean)
    nn.init.uniform_(norm.running_var, 0.5, 2)
    return norm


def sequences(batch: int, length: int) -> Inputs:
    """ids and mask [B,T]: the first row is full, the others are padded."""
    random = np.random.default_rng(batch + 100 * length)
    lengths = np.maximum(random.integers(length + 1, size=batch), 1)
    lengths[0] = length
    mask = np.arange(length) < lengths[:, None]
    return {"ids": random.integers(20, size=(batch, length)) * mask, "mask": mask}


def rows(batch: int, _: int) -> Inputs:
    """x [B,10]."""
    return {"x": np.random.default_rng(batch).normal(size=(batch, 10)).astype(np.float32)}


def images(batch: int, length: int) -> Inputs:
    """x [B,1,32,W]."""
    return {"x": np.random.default_rng(batch).normal(size=(batch, 1, 32, 4 * length)).astype(np.float32)}


def states(layers: int) -> Callable[[int, int], Inputs]:
    """x [B,T,5] and begin [layers,B,6]."""

    def made(batch: int, length: int) -> Inputs:
        random = np.random.default_rng(batch)
        shapes = {"x": (batch, length, 5), "begin": (layers, batch, 6)}
        return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}

    return made


TOKENS = {"ids": {0: "B", 1: "T"}, "mask": {0: "B", 1: "T"}}
STATES = {"x": {0: "B", 1: "T"}, "begin": {1: "B"}}


@dataclass(frozen=True)
class Kind:
    """A net, and what goes in and out."""

    net: Callable[[], nn.Module]
    inputs: Callable[[int, int], Inputs]
    axes: Axes
    outputs: tuple[str, ...] = ("out",)

    def made(self, seed: int = 0) -> nn.Module:
        """The net; the same seed, the same weights."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self.net()

    def examples(self) -> list[Inputs]:
        """Of all sizes."""
        return [self.inputs(*size) for size in SIZES]

    def export(self, path: Path, net: nn.Module | None = None) -> None:
        """Write it, or another net of its kind."""
        export(net or self.made(), self.examples(), self.outputs, self.axes, path)


KINDS = {
    "mlp": Kind(MLP, rows, {"x": {0: "B"}}),
    "lstm": Kind(lambda: Recurrent(nn.LSTM), sequences, TOKENS),
    "gru": Kind(lambda: Recurrent(nn.GRU), sequences, TOKENS),
    "rnn": Kind(lambda: Recurrent(nn.RNN), sequences, TOKENS),
    "conv1d": Kind(Conv1d, sequences, TOKENS),
    "conv2d": Kind(Conv2d, images, {"x": {0: "B", 3: "W"}}),
    "attention": Kind(Attention, sequences, TOKENS, ("logits", "vectors")),
    "lstm layer": Kind(
        lambda: Layer(nn.LSTM(5, 6, 2, batch_first=True, bidirectional=True)), states(4), STATES, ("out", "h", "c")
    ),
    "gru layer": Kind(
        lambda: Layer(nn.GRU(5, 6, 2, batch_first=True, bidirectional=True)), states(4), STATES, ("out", "h")
    ),
    "rnn layer": Kind(
        lambda: Layer(nn.RNN(5, 6, 2, nonlinearity="relu", bias=False, batch_first=True, bidirectional=True)),
        states(4),
        STATES,
        ("out", "h"),
    ),
}

REFUSED = {
    "by sign": Kind(BySign, rows, {"x": {0: "B"}}),
    "packed": Kind(Packed, sequences, TOKENS),
}


if __name__ == "__main__":  # nets.py KIND FILE: an export by a process of its own
    KINDS[sys.argv[1]].export(Path(sys.argv[2]))
