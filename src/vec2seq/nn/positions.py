"""Where a token stands in its row, which attention by itself does not see.

A kind of positions may add something to the vectors at the entry of a net (``add``), and may turn the queries and keys
of every head (``turn``); what it does not do leaves the vectors as they are. The first token of a row is at place 0,
that of a stretch of it at place ``start``.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Turning = Callable[[int, int], Callable[[Tensor], Tensor]]
"""the first place, how many there are -> what turns queries, or keys, at these places [...,length,width]"""


class Positions(nn.Module):
    """None: a row is a bag of tokens."""

    def add(self, x: Tensor, start: int = 0) -> Tensor:
        """x [B,T,D] -> [B,T,D]: the vectors at the entry."""
        return x

    def turn(self, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
        """query, key [B,H,T,d] -> the same, as they are compared."""
        turning = self.turning(query.shape[2], query.shape[3], query.device)(0, query.shape[2])
        return turning(query), turning(key)

    def turning(self, longest: int, width: int, device: torch.device) -> Turning:
        """What turns queries, or keys, of heads of this width, at so many places."""
        return lambda start, length: lambda x: x


class Sinusoidal(Positions):
    """Waves of different lengths, added (Vaswani et al. 2017); nothing is learnt, and there is no longest row.

    ::

        p[t, 2i]     = sin(t / 10000^(2i / D))
        p[t, 2i + 1] = cos(t / 10000^(2i / D))
    """

    def add(self, x: Tensor, start: int = 0) -> Tensor:
        """x [B,T,D] -> x + p."""
        length, width = x.shape[1:]
        angles = _angles(start, length, width, x.device)
        waves = torch.stack([angles.sin(), angles.cos()], 2).flatten(1)[:, :width]
        return x + waves.type_as(x)


class Learned(Positions):
    """A vector for each place up to the ``longest``, added."""

    def __init__(self, width: int, longest: int):
        super().__init__()
        self.places = nn.Parameter(0.02 * torch.randn(longest, width))

    def add(self, x: Tensor, start: int = 0) -> Tensor:
        """x [B,T,D] -> x + p. ValueError for more tokens than there are places."""
        length, longest = start + x.shape[1], self.places.shape[0]
        if length > longest:
            raise ValueError(f"{length} tokens, but learned positions end at {longest}; others have no longest row")
        return x + self.places[start:length].type_as(x)


class Rotary(Positions):
    """Pairs of features of queries and keys, turned (Su et al. 2021): a score then knows the distance of two tokens.

    ::

        (a, b) at place t -> (a cos u - b sin u, a sin u + b cos u),  u = t / 10000^(2i / d) for the i-th of d / 2 pairs

    A pair is here the features i and i + d/2 of a head, in the paper 2i and 2i + 1: that is another order of what is
    learnt, no more. ValueError if heads of this width have no pairs.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        if width // heads % 2:
            raise ValueError(f"heads of width {width // heads} cannot be turned: rotary positions need an even one")

    def turning(self, longest: int, width: int, device: torch.device) -> Turning:
        """What turns queries, or keys, of heads of this width, at so many places."""
        angles = _angles(0, longest, width, device)
        cos, sin = angles.cos().repeat(1, 2), torch.cat([-angles.sin(), angles.sin()], 1)

        def at(start: int, length: int) -> Callable[[Tensor], Tensor]:
            its_cos, its_sin = cos[start : start + length], sin[start : start + length]
            return lambda x: _turned(x, its_cos, its_sin)

        return at


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x [...,T,d]; cos, sin [T,d] -> [...,T,d], in memory as x is: another order may not go the fused path."""
    return (x * cos + x.roll(x.shape[-1] // 2, -1) * sin).type_as(x)


def _angles(start: int, length: int, width: int, device: torch.device) -> Tensor:
    """t / 10000^(2i / width), [length, width/2 rounded up], in float32 also where the net computes in bfloat16."""
    speeds = 10000.0 ** -(torch.arange(0, width, 2, device=device) / width)
    return torch.arange(start, start + length, device=device)[:, None] * speeds


POSITIONS: dict[str, Callable[[int, int, int], Positions]] = {
    "none": lambda width, heads, longest: Positions(),
    "sinusoidal": lambda width, heads, longest: Sinusoidal(),
    "learned": lambda width, heads, longest: Learned(width, longest),
    "rotary": lambda width, heads, longest: Rotary(width, heads),
}
"""width, heads, longest row -> positions; each takes what concerns it"""
