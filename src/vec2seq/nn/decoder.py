"""Decoders: what a row has been so far, and perhaps a source, tell what comes next. One contract for two of them.

A decoder is a module: x [B,T,D], mask [B,T] (True = a real token; padding comes after the tokens) -> [B,T,D], 0 at
padded places. A place knows itself and what is before it, and nothing of what is after it: while it learns, all places
are computed at once, each from what truly is before it (teacher forcing; Williams and Zipser 1989). Made with a
``source_width``, it also attends to a source [B,S,E] with its source_mask [B,S].

When it writes, one place comes after the other, and what it has read is kept: ``begin(rows, longest)``, or
``begin(rows, longest, source, source_mask)``, gives a state, and ``step(x [B,n,D], state)`` what ``forward`` gives at
the next n places of rows without padding. ``state.take(rows)`` goes on with some of the rows, as a search does.

For a graph, in which nothing is kept, a state is two tensors: ``unpacked(first, second)`` is the state of which
``packed`` gives them, without a source; ``packed_shape`` is what they are for rows that have nothing yet. What a
decoder keeps of a source is ``remembered(source, source_mask)``: it may be put in the place of the state's ``source``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vec2seq.nn.attention import MultiHeadAttention, Turn
from vec2seq.nn.dropout import Dropout
from vec2seq.nn.memory import Joined, Memory
from vec2seq.nn.positions import Turning
from vec2seq.nn.transformer import Block, Transformer

Make = Callable[[int, int, int, float, int | None], nn.Module]
"""width, layers, heads, dropout, width of the source -> decoder; each takes what concerns it"""


@dataclass
class Source:
    """Of a source that rows attend to: keys and values [B,H,S,d] of each attention, and what is seen [B,S]."""

    keys: list[Tensor]
    values: list[Tensor]
    seen: Tensor
    watched: bool = False
    """whether it is noted how it is weighed"""
    weights: Tensor | None = None
    """[B,S]: how the last attention weighs it at the last place, the mean of its heads"""

    def take(self, rows: Tensor) -> None:
        """Go on with these rows [N]."""
        self.keys = [keys[rows] for keys in self.keys]
        self.values = [values[rows] for values in self.values]
        self.seen = self.seen[rows]

    def looked_at(self, x: Tensor, attention: MultiHeadAttention, number: int) -> Tensor:
        """What an attention, by its number, gives for x [B,n,D] -> [B,n,D]."""
        keys = self.keys[number]
        if self.watched and number == len(self.keys) - 1:
            self.weights = attention.weighs(x[:, -1:], keys, self.seen)[:, 0]
        return attention.look(x, keys, self.values[number], self.seen)


# self-attention


class DecoderBlock(Block):
    """Attention to the row so far, then to the source if there is one, then a net for each token by itself."""

    def __init__(self, width: int, heads: int, dropout: float, turn: Turn | None, source_width: int | None):
        super().__init__(width, heads, dropout, turn)
        self.source_norm = None if source_width is None else nn.LayerNorm(width)
        self.source_attention = (
            None if source_width is None else MultiHeadAttention(width, heads, source_width, dropout=dropout)
        )

    def forward(
        self, x: Tensor, mask: Tensor, source: Tensor | None = None, source_mask: Tensor | None = None
    ) -> Tensor:
        """x [B,T,D], mask [B,T], source [B,S,E], source_mask [B,S] -> [B,T,D]."""
        x = x + self.attention(self.attention_norm(x), mask, causal=True)
        if self.source_norm is not None and self.source_attention is not None:
            x = x + self.source_attention(self.source_norm(x), mask, source, source_mask)
        return x + torch.as_tensor(self.feed(self.feed_norm(x)))

    def step(
        self,
        x: Tensor,
        memory: Memory,
        joined: tuple[Tensor, Tensor],
        turning: Callable[[Tensor], Tensor],
        source: Source | None,
        number: int,
    ) -> Tensor:
        """x [B,n,D] -> [B,n,D]; ``number``: of this block."""
        x = x + self.attention.step(self.attention_norm(x), memory, joined, turning)
        if source is not None and self.source_norm is not None and self.source_attention is not None:
            x = x + source.looked_at(self.source_norm(x), self.source_attention, number)
        return x + torch.as_tensor(self.feed(self.feed_norm(x)))


@dataclass
class TransformerState:
    """The keys and values of each layer."""

    memories: list[Memory]
    joined: list[tuple[Tensor, Tensor]]
    """of each attention: see ``MultiHeadAttention.joined``"""
    turning: Turning | None
    """None: of as many places as there are at a step"""
    source: Source | None

    def take(self, rows: Tensor) -> None:
        """Go on with these rows [N]."""
        for memory in self.memories:
            memory.take(rows)
        if self.source is not None:
            self.source.take(rows)


class TransformerDecoder(Transformer):
    """A Transformer of decoder blocks; ``positions`` and ``longest`` as there."""

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        source_width: int | None = None,
        positions: str = "rotary",
        longest: int = 512,
    ):
        super().__init__(width, 0, heads, dropout, positions, longest)
        self.blocks = nn.ModuleList(
            DecoderBlock(width, heads, dropout, self.positions.turn, source_width) for _ in range(layers)
        )

    def forward(
        self, x: Tensor, mask: Tensor, source: Tensor | None = None, source_mask: Tensor | None = None
    ) -> Tensor:
        """x [B,T,D], mask [B,T], source [B,S,E], source_mask [B,S] -> [B,T,D], 0 at padded places."""
        x = self.enter(x, mask)
        for block in self.blocks:
            x = block(x, mask, source, source_mask)
        return torch.as_tensor(self.norm(x)).masked_fill(~mask[:, :, None], 0)

    def begin(
        self, rows: int, longest: int, source: Tensor | None = None, source_mask: Tensor | None = None
    ) -> TransformerState:
        """Of rows of at most ``longest`` places; source [B,S,E], source_mask [B,S]."""
        weight, heads = self.norm.weight, self._blocks[0].attention.heads
        width = len(weight) // heads
        return TransformerState(
            [Memory(rows, heads, longest, width, weight) for _ in self.blocks],
            self._joined(),
            self.positions.turning(longest, width, weight.device),
            None if source is None else self.remembered(source, source_mask),
        )

    def step(self, x: Tensor, state: TransformerState) -> Tensor:
        """x [B,n,D] -> [B,n,D]: the next places."""
        start, length, heads = state.memories[0].length, x.shape[1], self._blocks[0].attention.heads
        places = state.turning or self.positions.turning(start + length, x.shape[2] // heads, x.device)
        turning, source = places(start, length), state.source
        x = self.positions.add(x, start)
        for number, block in enumerate(self._blocks):
            x = block.step(x, state.memories[number], state.joined[number], turning, source, number)
        return torch.as_tensor(self.norm(x))

    def unpacked(self, keys: Tensor, values: Tensor) -> TransformerState:
        """The state whose keys and values are [L,B,H,P,d]."""
        memories: list[Memory] = [Joined(*parts) for parts in zip(keys, values, strict=True)]
        return TransformerState(memories, self._joined(), None, None)

    def _joined(self) -> list[tuple[Tensor, Tensor]]:
        return [block.attention.joined() for block in self._blocks]

    def packed(self, state: TransformerState) -> tuple[Tensor, Tensor]:
        """The keys and values of a state that was ``unpacked``."""
        memories = state.memories
        return torch.stack([memory.keys for memory in memories]), torch.stack([memory.values for memory in memories])

    def packed_shape(self, rows: int) -> tuple[int, ...]:
        """[L,B,H,0,d]."""
        width, heads = len(self.norm.weight), self._blocks[0].attention.heads
        return len(self.blocks), rows, heads, 0, width // heads

    def alignment(self, x: Tensor, mask: Tensor, source: Tensor, source_mask: Tensor) -> Tensor:
        """How each place weighs the source, in each head of each layer: [L,B,H,T,S]."""
        found, x = [], self.enter(x, mask)
        for block in self._blocks:
            assert block.source_attention is not None
            assert block.source_norm is not None
            seen = x + block.attention(block.attention_norm(x), mask, causal=True)
            found.append(block.source_attention.weights(block.source_norm(seen), mask, source, source_mask))
            x = block(x, mask, source, source_mask)
        return torch.stack(found)

    @property
    def _blocks(self) -> list[DecoderBlock]:
        return [block for block in self.blocks if isinstance(block, DecoderBlock)]

    def remembered(self, source: Tensor, source_mask: Tensor | None) -> Source:
        """Of a source [B,S,E] with its mask [B,S]."""
        assert source_mask is not None
        pairs = [block.source_attention.remembered(source) for block in self._blocks if block.source_attention]
        return Source([keys for keys, _ in pairs], [values for _, values in pairs], source_mask)


# LSTM


@dataclass
class RecurrentState:
    """Hidden state and cell of each layer, [1,B,D] each; none before the first place."""

    layers: list[tuple[Tensor, Tensor] | None]
    source: Source | None

    def take(self, rows: Tensor) -> None:
        """Go on with these rows [N]."""
        self.layers = [None if layer is None else (layer[0][:, rows], layer[1][:, rows]) for layer in self.layers]
        if self.source is not None:
            self.source.take(rows)


class RecurrentDecoder(nn.Module):
    """LSTMs one after the other; what they give then asks the source, and both together say what comes next.

    ::

        h = lstm(x)
        y = norm(h + attention(h, source))

    Luong et al. 2015, who ask after the LSTMs, too, have tanh(W [h; attention(h, source)]). That tanh is soon so large,
    and its gradient so small, that nothing of the source gets through: of 800 pairs nothing was learnt that is learnt
    with the norm of Vaswani et al. 2017 in its place.
    """

    def __init__(self, width: int, layers: int, heads: int, dropout: float, source_width: int | None = None):
        super().__init__()
        self.width = width
        self.layers = nn.ModuleList(nn.LSTM(width, width, batch_first=True) for _ in range(layers))
        self.dropout = Dropout(dropout)
        self.attention = None if source_width is None else MultiHeadAttention(width, heads, source_width)
        self.norm = None if source_width is None else nn.LayerNorm(width)

    def forward(
        self, x: Tensor, mask: Tensor, source: Tensor | None = None, source_mask: Tensor | None = None
    ) -> Tensor:
        """x [B,T,D], mask [B,T], source [B,S,E], source_mask [B,S] -> [B,T,D], 0 at padded places."""
        x = self._read(x, mask)
        if self.attention is not None:
            x = self._mixed(x, self.attention(x, mask, source, source_mask))
        return x.masked_fill(~mask[:, :, None], 0)

    def begin(
        self, rows: int, longest: int, source: Tensor | None = None, source_mask: Tensor | None = None
    ) -> RecurrentState:
        """Of rows of any length: ``longest`` is of no concern here; source [B,S,E], source_mask [B,S]."""
        return RecurrentState(
            [None] * len(self.layers), None if source is None else self.remembered(source, source_mask)
        )

    def remembered(self, source: Tensor, source_mask: Tensor | None) -> Source:
        """Of a source [B,S,E] with its mask [B,S]."""
        assert source_mask is not None
        assert self.attention is not None
        keys, values = self.attention.remembered(source)
        return Source([keys], [values], source_mask)

    def step(self, x: Tensor, state: RecurrentState) -> Tensor:
        """x [B,n,D] -> [B,n,D]: the next places."""
        for number, layer in enumerate(self.layers):
            x, state.layers[number] = layer(x, state.layers[number])
        if state.source is not None and self.attention is not None:
            x = self._mixed(x, state.source.looked_at(x, self.attention, 0))
        return x

    def unpacked(self, hidden: Tensor, cells: Tensor) -> RecurrentState:
        """The state whose hidden states and cells are [L,B,D]."""
        return RecurrentState([(h[None], c[None]) for h, c in zip(hidden, cells, strict=True)], None)

    def packed(self, state: RecurrentState) -> tuple[Tensor, Tensor]:
        """The hidden states and cells of a state that has read something."""
        layers = [layer for layer in state.layers if layer is not None]
        return torch.cat([hidden for hidden, _ in layers]), torch.cat([cell for _, cell in layers])

    def packed_shape(self, rows: int) -> tuple[int, ...]:
        """[L,B,D]."""
        return len(self.layers), rows, self.width

    def alignment(self, x: Tensor, mask: Tensor, source: Tensor, source_mask: Tensor) -> Tensor:
        """How each place weighs the source, in each head: [1,B,H,T,S]."""
        assert self.attention is not None
        return self.attention.weights(self._read(x, mask), mask, source, source_mask)[None]

    def _read(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x.masked_fill(~mask[:, :, None], 0)
        for layer in self.layers:
            x = layer(self.dropout(x))[0]
        return x

    def _mixed(self, x: Tensor, context: Tensor) -> Tensor:
        assert self.norm is not None
        return torch.as_tensor(self.norm(x + context))


def _attention(width: int, layers: int, heads: int, dropout: float, source_width: int | None) -> nn.Module:
    return TransformerDecoder(width, layers, heads, dropout, source_width)


def _lstm(width: int, layers: int, heads: int, dropout: float, source_width: int | None) -> nn.Module:
    return RecurrentDecoder(width, layers, heads, dropout, source_width)


DECODERS: dict[str, Make] = {"attention": _attention, "lstm": _lstm}
