"""Dropout that leaves out the same numbers at all places of a row (Gal and Ghahramani 2016, variational dropout).

What is left out cannot be had from the neighbours, and a mask for each row is less to draw than one for each place.
"""

import torch
from torch import Tensor, nn


class RowDropout(nn.Module):
    """``share``: of the numbers that are left out while training; others are made larger, so that the mean stays."""

    def __init__(self, share: float):
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """x [B,T,D] -> [B,T,D]."""
        if not self.training or not self.share:
            return x
        kept = torch.rand(x.shape[0], 1, x.shape[2], device=x.device) >= self.share
        return x * (kept.to(x.dtype) / (1 - self.share))
