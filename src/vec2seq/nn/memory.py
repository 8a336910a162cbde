"""Keys and values of what a row has been so far, so that its next place need not read all of it again."""

import torch
from torch import Tensor


class Memory:
    """Keys and values of the first ``length`` places of rows, in tensors [B,H,longest,d] whose size stays.

    ``like``: their type and device. ValueError from ``add`` for more places than ``longest``.
    """

    def __init__(self, rows: int, heads: int, longest: int, width: int, like: Tensor):
        self.keys = like.new_empty(rows, heads, longest, width)
        self.values = torch.empty_like(self.keys)
        self.length = 0

    def add(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """The next places, [B,H,n,d] each -> the keys and values of all so far, [B,H,length,d]."""
        start, self.length = self.length, self.length + key.shape[2]
        if self.length > self.keys.shape[2]:
            raise ValueError(f"{self.length} places, but there is memory for {self.keys.shape[2]}")
        keys, values = self.keys[:, :, : self.length], self.values[:, :, : self.length]
        keys[:, :, start:] = key
        values[:, :, start:] = value
        return keys, values

    def take(self, rows: Tensor) -> None:
        """Go on with these rows [N], of which there may be several, none, and in any order."""
        self.keys, self.values = self.keys[rows], self.values[rows]


class Joined(Memory):
    """The same in tensors that grow: for a graph, which nothing is written into."""

    def __init__(self, keys: Tensor, values: Tensor):
        self.keys, self.values, self.length = keys, values, keys.shape[2]

    def add(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """The next places, [B,H,n,d] each -> the keys and values of all so far."""
        self.keys, self.values = torch.cat([self.keys, key], 2), torch.cat([self.values, value], 2)
        self.length = self.keys.shape[2]
        return self.keys, self.values
