"""Convolutions over tokens: windows of several sizes side by side (Kim 2014), then wider ones with gaps (dilated).

The first layer looks through windows of ``kernel``, ``kernel`` + 1 and ``kernel`` + 2 tokens, each with a third of the
channels. Each further layer has windows of ``kernel`` tokens with gaps between them, 2, 4, 8 ... apart (Yu & Koltun
2016; for tags Strubell et al. 2017), so that what a token sees doubles with each layer, and adds what it finds to what
was there. Kim takes the largest of each channel over the row; here every token keeps its own, and nothing is pooled.

Knows neither what the vectors stand for nor how they are trained.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.nn.dropout import Dropout

SIDE_BY_SIDE = 3
"""Window sizes of the first layer."""


class Convolutions(nn.Module):
    """Windows of the first layer, then layers with gaps; ReLU and dropout after each. Padding is seen as zeros."""

    def __init__(self, width: int, layers: int, kernel: int, dropout: float):
        super().__init__()
        shares = [(width + rest) // SIDE_BY_SIDE for rest in reversed(range(SIDE_BY_SIDE))]
        self.windows = nn.ModuleList(
            nn.Conv1d(width, share, kernel + more) for more, share in enumerate(shares) if share
        )
        self.further = nn.ModuleList(nn.Conv1d(width, width, kernel, dilation=2**number) for number in range(1, layers))
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> [B,T,D], 0 at padded places."""
        padded = ~mask[:, None]
        x = x.transpose(1, 2).masked_fill(padded, 0)
        x = self.dropout(torch.cat([convolved(window, x) for window in self.windows], 1).relu())
        for layer in self.further:
            x = x.masked_fill(padded, 0)
            x = x + self.dropout(convolved(layer, x).relu())
        return x.masked_fill(padded, 0).transpose(1, 2)


def convolved(layer: nn.Module, x: Tensor) -> Tensor:
    """x [B,C,T] -> [B,C',T]: as many places as before; of an even window one more on the right of its token."""
    assert isinstance(layer, nn.Conv1d)
    more = (layer.kernel_size[0] - 1) * layer.dilation[0]
    found: Tensor = layer(functional.pad(x, (more // 2, more - more // 2)))
    return found
