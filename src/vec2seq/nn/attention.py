"""Attention: a query is compared with keys, and the better a key matches, the more of its value is taken.

First as the papers write it: additive scores (Bahdanau et al. 2015), and scaled dot products (Vaswani et al. 2017),
softmax(Q K' / sqrt(d)) V, with their weights. Then ``MultiHeadAttention``, which computes the same without ever having
the weights in memory (Dao et al. 2022, PyTorch's ``scaled_dot_product_attention``): memory grows with the length of a
row, not with its square. Its ``weights`` are computed on demand, to be looked at.

A mask says what may be seen: bool, True = yes. Padding comes after the tokens of a row. Knows neither what the vectors
stand for nor how they are trained.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.nn.dropout import Dropout
from vec2seq.nn.memory import Memory

Turn = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""queries and keys of a row, [B,H,T,d] each -> the same, with the places at which they stand"""


def padding_mask(mask: Tensor) -> Tensor:
    """Which places are real tokens [B,S] -> [B,1,1,S]: every query of every head may see these."""
    return mask[:, None, None]


def nothing_is_padding(mask: Tensor) -> bool:
    """Whether all places [B,T] are real tokens; never while a net is exported: its graph has to do for all masks."""
    return not torch.compiler.is_exporting() and bool(mask.all())


def causal_mask(length: int) -> Tensor:
    """[T,T]: a token may see itself and what is before it."""
    return torch.ones(length, length, dtype=torch.bool).tril()


def following_mask(start: int, length: int) -> Tensor:
    """[length, start + length]: of the last places of a row, each may see itself and what is before it."""
    places = torch.arange(start + length)
    return places <= places[start:, None]


def window_mask(length: int, window: int) -> Tensor:
    """[T,T]: a token may see what is no more than ``window`` places away."""
    places = torch.arange(length)
    return (places[:, None] - places).abs() <= window


def dot_scores(query: Tensor, key: Tensor) -> Tensor:
    """query [...,T,d], key [...,S,d] -> Q K' / sqrt(d), [...,T,S]."""
    return query @ key.mT / math.sqrt(query.shape[-1])


def softmax(scores: Tensor, allowed: Tensor | None = None) -> Tensor:
    """scores [...,T,S] -> weights [...,T,S]: 0 where it is not allowed, else positive with sum 1 over S.

    A query that may see nothing has weights of 0.
    """
    if allowed is None:
        return scores.softmax(-1)
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(~allowed, lowest).softmax(-1).masked_fill(~allowed, 0)


def attend(query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """query [...,T,d], key [...,S,d], value [...,S,e] -> softmax(Q K' / sqrt(d)) V [...,T,e], its weights [...,T,S].

    ValueError if there are not as many values as keys.
    """
    if key.shape[-2] != value.shape[-2]:
        raise ValueError(
            f"{key.shape[-2]} keys but {value.shape[-2]} values: each value is weighed by the score of its own key, "
            "so both come from the same source"
        )
    weights = softmax(dot_scores(query, key), allowed)
    return weights @ value, weights


def fused_attention(
    query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None = None, causal: bool = False
) -> Tensor:
    """What ``attend`` gives, by PyTorch's kernel, whose memory grows with the length only.

    ``allowed``: each query sees something. On a processor in float32 also where products are of bfloat16: in that type
    the kernel's gradient of many short rows takes several times as long (PyTorch 2.13).
    """
    kernel = functional.scaled_dot_product_attention
    if query.device.type != "cpu" or torch.compiler.is_exporting():
        return kernel(query, key, value, allowed, is_causal=causal)
    exact = torch.promote_types(query.dtype, torch.float32)
    with torch.autocast("cpu", enabled=False):
        return kernel(query.to(exact), key.to(exact), value.to(exact), allowed, is_causal=causal).to(query.dtype)


class AdditiveScores(nn.Module):
    """Scores by a small net, of vectors that need not have the same width (Bahdanau et al. 2015)."""

    def __init__(self, query_width: int, key_width: int, width: int):
        super().__init__()
        self.query = nn.Linear(query_width, width)
        self.key = nn.Linear(key_width, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """query [B,T,D], key [B,S,E] -> v' tanh(W q + U k + b), [B,T,S]."""
        sums = self.query(query)[:, :, None] + self.key(key)[:, None]
        return torch.as_tensor(self.score(sums.tanh()).squeeze(3))


class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each in its share of the width: over the row itself, or over a source.

    ``source_width``: of the vectors of a source, where it is not ``width``. ``turn``: what positions do to queries and
    keys, of a row that attends to itself. ``window``: a token sees what is no more than so many places away; then time,
    too, grows with the length only. ``dropout``: of what it gives; the weights have none, since they are never there.

    ValueError if the heads have no equal shares.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        source_width: int | None = None,
        dropout: float = 0.0,
        turn: Turn | None = None,
        window: int | None = None,
    ):
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} is not a multiple of heads {heads}")
        if window is not None and window < 1:
            raise ValueError(f"window {window} is less than 1")
        self.heads, self.turn, self.window = heads, turn, window
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(source_width or width, width)
        self.value = nn.Linear(source_width or width, width)
        self.out = nn.Linear(width, width)
        self.dropout = Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        mask: Tensor,
        source: Tensor | None = None,
        source_mask: Tensor | None = None,
        causal: bool = False,
    ) -> Tensor:
        """x [B,T,D], mask [B,T]; source [B,S,E], source_mask [B,S] -> [B,T,D], 0 at padded places.

        What is in padding is not looked at, but has to be finite. ``causal``: a token sees nothing that is after it.
        ValueError if a source comes without its mask, or with ``causal`` or a window, which are about one row.
        """
        seen = self._seen(mask, source, source_mask, causal)
        query, key, value = self._parts(x, source)
        if self.window is not None:
            found = local_attention(query, key, value, mask, self.window, causal)
        elif causal:  # what is padding comes after all tokens, which do not see it
            found = fused_attention(query, key, value, causal=True)
        elif nothing_is_padding(seen):  # the kernel is faster without a mask
            found = fused_attention(query, key, value)
        else:
            some = seen | ~seen.any(1, keepdim=True)  # a row without tokens: all, for a moment
            found = fused_attention(query, key, value, allowed=padding_mask(some))
            found = found.masked_fill(~seen.any(1)[:, None, None, None], 0)
        out: Tensor = self.dropout(self.out(found.transpose(1, 2).flatten(2)))
        return out if nothing_is_padding(mask) else out.masked_fill(~mask[:, :, None], 0)

    def joined(self) -> tuple[Tensor, Tensor]:
        """What makes queries, keys and values of a row, as one: weights [3D,D], biases [3D]."""
        parts = (self.query, self.key, self.value)
        return torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts])

    def step(
        self, x: Tensor, memory: Memory, joined: tuple[Tensor, Tensor], turning: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """What ``forward(..., causal=True)`` gives for the next places of a row: x [B,n,D] -> [B,n,D].

        ``memory``: of what is before them, which they are added to. ``joined``: see there; one product is faster than
        three. ``turning``: what positions do to queries, and to keys, of these places. No place is padding.
        """
        length, start = x.shape[1], memory.length
        parts = functional.linear(x, *joined).reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key = turning(parts[:2]).unbind(0)
        keys, values = memory.add(key, parts[2])
        if torch.compiler.is_exporting():  # a graph has to do for all sizes
            allowed: Tensor | None = following_mask(start, length)
            causal = False
        else:
            allowed = None if start == 0 or length == 1 else following_mask(start, length).to(x.device)
            causal = start == 0 and length > 1
        found = fused_attention(query, keys, values, allowed, causal=causal)
        return torch.as_tensor(self.out(found.transpose(1, 2).flatten(2)))

    def remembered(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values [B,H,S,d] of a source [B,S,E], for ``look``."""
        return self._split(self.key(source)), self._split(self.value(source))

    def look(self, x: Tensor, keys: Tensor, values: Tensor, seen: Tensor) -> Tensor:
        """What ``forward`` gives for x [B,n,D] and a source that is remembered, of which [B,S] is seen -> [B,n,D]."""
        query = self._split(self.query(x))
        some = seen | ~seen.any(1, keepdim=True)
        found = fused_attention(query, keys, values, allowed=padding_mask(some))
        found = found.masked_fill(~seen.any(1)[:, None, None, None], 0)
        return torch.as_tensor(self.out(found.transpose(1, 2).flatten(2)))

    def weighs(self, x: Tensor, keys: Tensor, seen: Tensor) -> Tensor:
        """What ``look`` weighs the values of the source by for x [B,n,D], the mean of the heads [B,n,S]."""
        return softmax(dot_scores(self._split(self.query(x)), keys), padding_mask(seen)).mean(1)

    def weights(
        self,
        x: Tensor,
        mask: Tensor,
        source: Tensor | None = None,
        source_mask: Tensor | None = None,
        causal: bool = False,
    ) -> Tensor:
        """What ``forward`` weighs the values by, [B,H,T,S]; 0 for what is padding, as query and as key."""
        allowed = padding_mask(self._seen(mask, source, source_mask, causal)) & mask[:, None, :, None]
        if causal:
            allowed = allowed & causal_mask(x.shape[1]).to(x.device)
        if self.window is not None:
            allowed = allowed & window_mask(x.shape[1], self.window).to(x.device)
        return softmax(dot_scores(*self._parts(x, source)[:2]), allowed)

    def _seen(self, mask: Tensor, source: Tensor | None, source_mask: Tensor | None, causal: bool) -> Tensor:
        """Which keys are real tokens, [B,S]."""
        if source is None:
            return mask
        if source_mask is None:
            raise ValueError("a source needs its source_mask")
        if causal or self.window is not None:
            raise ValueError("causal and window are about one row: they say nothing of a source")
        return source_mask

    def _parts(self, x: Tensor, source: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """x [B,T,D], source [B,S,E] -> queries [B,H,T,d], keys and values [B,H,S,d]."""
        if source is not None:
            return self._split(self.query(x)), self._split(self.key(source)), self._split(self.value(source))
        parts = functional.linear(x, *self.joined()).reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        return (*self.turn(query, key), value) if self.turn else (query, key, value)

    def _split(self, x: Tensor) -> Tensor:
        """[B,T,D] -> [B,H,T,d]."""
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)


def local_attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, window: int, causal: bool) -> Tensor:
    """query, key, value [B,H,T,d], mask [B,T] -> [B,H,T,d]: each token sees what is at most ``window`` places away.

    The row is cut into blocks of ``window`` tokens. What a block may see is in itself and its two neighbours; which of
    that each token sees, a band says, the same for all blocks. Padding sees itself: no token sees nothing.
    """
    batch, length = mask.shape
    blocks = (length + window - 1) // window
    rest = blocks * window - length

    def cut(x: Tensor, before: int, after: int) -> Tensor:
        """[B,H,T,d], so many places more on either side -> [B,blocks,H,window,d], with all blocks that come of it."""
        x = functional.pad(x, (0, 0, before, after))
        return x.reshape(*x.shape[:2], -1, window, x.shape[3]).transpose(1, 2)

    def around(x: Tensor) -> Tensor:
        """[B,H,T,d] -> each block with its neighbours, [B * blocks, H, 3 window, d]."""
        x = cut(x, window, rest + window)
        return torch.cat([x[:, :-2], x[:, 1:-1], x[:, 2:]], 3).flatten(0, 1)

    places = torch.arange(window, device=query.device)
    ahead = torch.arange(-window, 2 * window, device=query.device) - places[:, None]
    band = (ahead.abs() <= window) & (ahead <= (0 if causal else window))
    real = around(mask[:, None, :, None]).mT
    found = fused_attention(
        cut(query, 0, rest).flatten(0, 1), around(key), around(value), allowed=(real & band) | (ahead == 0)
    )
    return found.reshape(batch, blocks, *found.shape[1:]).transpose(1, 2).flatten(2, 3)[:, :, :length]
