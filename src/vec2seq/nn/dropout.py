"""Dropout (Srivastava et al. 2014), and dropout that leaves out the same numbers at all places of a row.

What is left out is drawn as bytes, eight of a random number: several times as fast as PyTorch's draw of each float. So
a share is a multiple of 1/256, the nearest; what stays is made larger by exactly that, and the mean stays.
"""

import math

import torch
from torch import Tensor, nn

MOST = 255.5 / 256
"""Of bytes such a share is all of them."""


class Dropout(nn.Module):
    """``share``: of the numbers that are left out while training; others are made larger, so that the mean stays.

    ValueError if nothing would be left.
    """

    def __init__(self, share: float):
        super().__init__()
        if not 0 <= share < MOST:
            raise ValueError(f"share {share}: must be at least 0 and below {MOST}")
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """x -> x, of the same shape."""
        if not self.training or not self.share:
            return x
        return x * factors(self.drawn(x.shape), self.share, x)

    def drawn(self, shape: torch.Size) -> torch.Size:
        """The shape of what is drawn, which x is multiplied by."""
        return shape


class RowDropout(Dropout):
    """Leaves out the same numbers at all places of a row (Gal and Ghahramani 2016, variational dropout).

    x [B,T,D]. What is left out cannot be had from the neighbours, and there is less to draw.
    """

    def drawn(self, shape: torch.Size) -> torch.Size:
        """One for all places."""
        return torch.Size((shape[0], 1, shape[2]))


def factors(shape: torch.Size, share: float, like: Tensor) -> Tensor:
    """0 for this share, drawn at random, else what makes the mean 1; type and device of ``like``."""
    gone, count = round(256 * share), math.prod(shape)
    whole = torch.empty((count + 7) // 8, dtype=torch.int64, device=like.device).random_(-(2**63), None)
    kept = whole.view(torch.uint8)[:count].view(shape) >= gone
    return kept.to(like.dtype).mul_(256 / (256 - gone))
