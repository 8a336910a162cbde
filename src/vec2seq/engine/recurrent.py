"""Recurrent layers as the operators that ONNX has for them, for ``export``.

PyTorch's exporter (2.13) unrolls ``nn.RNN``, whose length then is that of the example, and takes ``nn.LSTM`` and
``nn.GRU`` apart and puts them together again, in which a length that comes from their output can stay behind as a fixed
number (https://github.com/pytorch/pytorch/issues/191855). As operators of their own they are not taken apart, and the
shapes of what they give are said here.

https://onnx.ai/onnx/operators/onnx__LSTM.html, __GRU and __RNN
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.onnx import ops

_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN": (0,)}
"""The gates of ONNX by their places in PyTorch: LSTM i o f c of i f g o, GRU z r h of r z n."""
_KINDS = (nn.LSTM, nn.GRU, nn.RNN)


def use_operators(net: nn.Module) -> None:
    """Let the recurrent layers of a net be operators, in place. The net can be exported then, and no longer run.

    Each stays what it is for code that asks for its class or its sizes: only its ``forward`` is another.
    """
    for layer in [module for module in net.modules() if type(module) in _KINDS]:
        assert isinstance(layer, nn.RNNBase)
        if not layer.proj_size:  # which ONNX has not
            layer.operators = Operators(layer)
            layer.forward = layer.operators.forward


class Operators(nn.Module):
    """An ``nn.LSTM``, ``nn.GRU`` or ``nn.RNN`` by its weights; dropout between layers is left out."""

    def __init__(self, layer: nn.RNNBase):
        super().__init__()
        self.kind = layer.mode.partition("_")[0]
        self.layers, self.batch_first = layer.num_layers, layer.batch_first
        self.directions = 2 if layer.bidirectional else 1
        self.attributes: dict[str, Any] = {
            "hidden_size": layer.hidden_size,
            "direction": "bidirectional" if layer.bidirectional else "forward",
        }
        if self.kind == "GRU":
            self.attributes["linear_before_reset"] = 1
        if self.kind == "RNN":
            self.attributes["activations"] = [layer.mode.partition("_")[2].capitalize()] * self.directions
        for number in range(self.layers):
            ends = [f"_l{number}{end}" for end in ("", "_reverse")[: self.directions]]
            for part in ("weight_ih", "weight_hh"):
                self._keep(f"{part}_{number}", [[getattr(layer, part + end)] for end in ends])
            if layer.bias:
                biases = [[getattr(layer, part + end) for part in ("bias_ih", "bias_hh")] for end in ends]
                self._keep(f"bias_{number}", biases)

    def _keep(self, name: str, of_directions: list[list[Tensor]]) -> None:
        """Weights of each direction, their gates in the order of ONNX, as one buffer [directions, ...]."""
        gates = list(_GATES[self.kind])
        ordered = [
            torch.cat([part.detach().reshape(len(gates), -1)[gates].reshape(part.shape) for part in parts])
            for parts in of_directions
        ]
        self.register_buffer(name, torch.stack(ordered))

    def forward(self, x: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """x [T,B,D], or [B,T,D] with ``batch_first``, and the state before it -> outputs and the state after it.

        A state is h [layers * directions, B, H], for an LSTM the pair h, c.
        """
        x = x.transpose(0, 1) if self.batch_first else x
        length, batch, _ = x.shape
        places = self.directions, batch, self.attributes["hidden_size"]
        before: tuple[Tensor, ...] = () if hx is None else hx if self.kind == "LSTM" else (hx,)
        after: list[list[Tensor]] = []
        for number in range(self.layers):
            rows = slice(number * self.directions, (number + 1) * self.directions)
            bias = getattr(self, f"bias_{number}", None)
            weights = getattr(self, f"weight_ih_{number}"), getattr(self, f"weight_hh_{number}"), bias
            shapes = [(length, *places), places, places][: 3 if self.kind == "LSTM" else 2]
            y, *last = ops.symbolic_multi_out(
                self.kind,
                [x, *weights, None, *(state[rows] for state in before)],
                self.attributes,
                dtypes=[x.dtype] * len(shapes),
                shapes=shapes,
            )
            x = y.transpose(1, 2).flatten(2)
            after.append(last)
        states = tuple(torch.cat(parts) for parts in zip(*after, strict=True))
        return x.transpose(0, 1) if self.batch_first else x, states if self.kind == "LSTM" else states[0]
