"""Encoders: how the tokens of a row come to know each other. One contract for all of them.

An encoder is a module: x [B,T,D], mask [B,T] (True = a real token; padding comes after the tokens) -> [B,T,D]. A row
depends neither on its padding, whatever is in it, nor on the other rows; at padded places the result is 0, and a row
without tokens is all zeros. Dropout is in training only. All of them can be exported to ONNX.
"""

from collections.abc import Callable

from torch import Tensor, nn

from vec2seq.nn.cnn import Convolutions
from vec2seq.nn.rnn import Recurrent
from vec2seq.nn.transformer import Transformer

Make = Callable[[int, int, int, int, float], nn.Module]
"""width, layers, heads, kernel, dropout -> encoder; each takes what concerns it"""


class Mean(nn.Module):
    """Nothing of the others: for what only takes the mean over a row afterwards."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> x, 0 at padded places."""
        return x.masked_fill(~mask[:, :, None], 0)


def _mean(width: int, layers: int, heads: int, kernel: int, dropout: float) -> nn.Module:
    return Mean()


def _cnn(width: int, layers: int, heads: int, kernel: int, dropout: float) -> nn.Module:
    return Convolutions(width, layers, kernel, dropout)


def _rnn(width: int, layers: int, heads: int, kernel: int, dropout: float) -> nn.Module:
    return Recurrent("rnn", width, layers, dropout)


def _lstm(width: int, layers: int, heads: int, kernel: int, dropout: float) -> nn.Module:
    return Recurrent("lstm", width, layers, dropout)


def _attention(width: int, layers: int, heads: int, kernel: int, dropout: float) -> nn.Module:
    return Transformer(width, layers, heads, dropout)


ENCODERS: dict[str, Make] = {"mean": _mean, "cnn": _cnn, "rnn": _rnn, "lstm": _lstm, "attention": _attention}
