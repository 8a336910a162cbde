"""The encoder of a Transformer (Vaswani et al. 2017), with the norms at the entry of each part (Xiong et al. 2020).

::

    x = x + attention(norm(x))
    x = x + feed_forward(norm(x))

It is what ``nn.TransformerEncoderLayer(norm_first=True, activation="gelu")`` computes, without dropout of the attention
weights, which are never in memory. Knows neither what the vectors stand for nor how they are trained.
"""

import torch
from torch import Tensor, nn

from vec2seq.nn.attention import MultiHeadAttention, Turn
from vec2seq.nn.dropout import Dropout
from vec2seq.nn.positions import POSITIONS

WIDER = 4
"""How much wider the feed-forward net is within."""


class Block(nn.Module):
    """Attention, then a net for each token by itself; both are added to what was there."""

    def __init__(self, width: int, heads: int, dropout: float, turn: Turn | None = None, window: int | None = None):
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = MultiHeadAttention(width, heads, dropout=dropout, turn=turn, window=window)
        self.feed_norm = nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.Linear(width, WIDER * width),
            nn.GELU(),
            Dropout(dropout),
            nn.Linear(WIDER * width, width),
            Dropout(dropout),
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> [B,T,D]."""
        x = x + self.attention(self.attention_norm(x), mask)
        return x + torch.as_tensor(self.feed(self.feed_norm(x)))


class Transformer(nn.Module):
    """Blocks one after the other, and a norm at the end.

    ``positions``: one of ``POSITIONS``; ``longest``: the most tokens in a row, which concerns learned positions only.
    ``window``: a token sees only what is no more than so many places away, in each block.
    """

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        positions: str = "rotary",
        longest: int = 512,
        window: int | None = None,
    ):
        super().__init__()
        self.positions = POSITIONS[positions](width, heads, longest)
        self.dropout = Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout, self.positions.turn, window) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def enter(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> what the first block gets, [B,T,D]: without what is in the padding, with places."""
        return torch.as_tensor(self.dropout(self.positions.add(x.masked_fill(~mask[:, :, None], 0))))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> [B,T,D], 0 at padded places."""
        x = self.enter(x, mask)
        for block in self.blocks:
            x = block(x, mask)
        return torch.as_tensor(self.norm(x)).masked_fill(~mask[:, :, None], 0)


def attention_maps(encoder: Transformer, x: Tensor, mask: Tensor) -> Tensor:
    """How each token weighs the others in each head of each layer: x [B,T,D], mask [B,T] -> [L,B,H,T,T]."""
    maps = []
    x = encoder.enter(x, mask)
    for block in encoder.blocks:
        assert isinstance(block, Block)
        maps.append(block.attention.weights(block.attention_norm(x), mask))
        x = block(x, mask)
    return torch.stack(maps)
