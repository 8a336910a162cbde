"""The net that translates: an encoder reads the source, a decoder that attends to it writes the target.

As Bahdanau et al. 2015 and Vaswani et al. 2017 have it, with any encoder and any decoder. What a target's piece is read
as, and what is compared as the next one, is the same vector (``generate_net``).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.data.pairs import Pair
from vec2seq.data.pieces import BORDER
from vec2seq.data.ragged import Ragged
from vec2seq.engine.batches import in_order
from vec2seq.engine.eager import using_threads
from vec2seq.engine.rows import Batched
from vec2seq.nn.decoder import Source
from vec2seq.nn.dropout import Dropout
from vec2seq.nn.encoders import ENCODERS
from vec2seq.tasks.generate_net import LanguageNet
from vec2seq.tasks.translate_copy import Pointer
from vec2seq.tasks.translate_writer import NOTHING


@dataclass(frozen=True)
class Shape:
    """What a net is made of."""

    sources: int
    """numbers that a source can have"""
    targets: int
    """numbers that a target can have"""
    encoder: str
    decoder: str
    width: int
    layers: int
    heads: int
    kernel: int
    dropout: float
    copy: bool


@dataclass
class Known:
    """What is known of sources, while their targets are written."""

    decoder: Any
    """the state of the decoder, which remembers the source"""
    ids: Tensor
    """[B,S]: the pieces of the source; NOTHING where there is none"""
    keys: Tensor | None
    """[B,S,D]: what the pointer compares, if there is one"""

    def take(self, rows: Tensor) -> None:
        """Go on with these rows [N]."""
        self.decoder.take(rows)
        self.ids = self.ids[rows]
        self.keys = None if self.keys is None else self.keys[rows]


class TranslatorNet(nn.Module):
    """Scores of target pieces; with ``copy`` these are log-probabilities, in which the pointer has its part."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.width
        self.vectors = nn.Parameter(torch.randn(shape.sources, width) / width**0.5)
        self.encoder = ENCODERS[shape.encoder](width, shape.layers, shape.heads, shape.kernel, shape.dropout)
        self.language = LanguageNet(
            shape.targets, shape.decoder, width, shape.layers, shape.heads, shape.dropout, source_width=width
        )
        self.pointer = Pointer(width, shape.targets) if shape.copy else None
        self.dropout = Dropout(shape.dropout)
        self.longer = width**0.5
        """entering, vectors are as long as what else is added to them"""

    def forward(self, source: Tensor, source_mask: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """source [B,S], source_mask [B,S], ids [B,T], mask [B,T] -> scores of the next piece [B,T,targets]."""
        return self.scores(*self.written(source, source_mask, ids, mask))

    def loss(self, batch: Sequence[Tensor], smoothing: float) -> Tensor:
        """The cross-entropy of a batch of ``Examples``, summed."""
        source, source_mask, ids, following, mask = batch
        x, *shown = self.written(source, source_mask, ids, mask)
        if self.pointer is None:
            return self.language.loss(x[mask], following[mask], smoothing)
        scores = self.scores(x, *shown).float()[mask]
        return functional.cross_entropy(scores, following[mask], reduction="sum", label_smoothing=smoothing)

    def written(self, source: Tensor, source_mask: Tensor, ids: Tensor, mask: Tensor) -> tuple[Tensor, Any, Any]:
        """What the decoder gives [B,T,D], and what ``scores`` takes with it."""
        memory = self.encoded(source, source_mask)
        x = self.language.writes(self.language.entered(ids), mask, memory, source_mask)
        shown = source.masked_fill(~source_mask, NOTHING)
        return x, shown, None if self.pointer is None else self.pointer.remembered(memory)

    def encoded(self, source: Tensor, source_mask: Tensor) -> Tensor:
        """source [B,S], source_mask [B,S] -> [B,S,D]."""
        x = functional.embedding(source, self.vectors) * self.longer
        return torch.as_tensor(self.encoder(self.dropout(x), source_mask))

    def begin(self, source: Tensor, source_mask: Tensor, longest: int) -> Known:
        """What is known before anything of the targets is written, which have at most so many pieces."""
        memory = self.encoded(source, source_mask)
        return Known(
            self.language.writes.begin(len(source), longest, memory, source_mask),
            source.masked_fill(~source_mask, NOTHING),
            None if self.pointer is None else self.pointer.remembered(memory),
        )

    def step(self, ids: Tensor, known: Known) -> Tensor:
        """The next pieces of each target, ids [B,n] -> scores of what comes after them [B,targets]."""
        x = self.language.writes.step(self.language.entered(ids), known.decoder)[:, -1:]
        return self.scores(x, known.ids, known.keys)[:, 0]

    def scores(self, x: Tensor, ids: Tensor, keys: Tensor | None) -> Tensor:
        """What the decoder gives [B,T,D], the source's pieces [B,S] and their keys [B,S,D] -> [B,T,targets]."""
        scores = self.language.scores(x)
        return scores if self.pointer is None or keys is None else self.pointer(x, scores, ids, keys)


class TranslatorGraph(nn.Module):
    """A net as one graph that keeps nothing, and reads a source once.

    A source comes in ``source`` [B,S], with the first piece of the target; what is known of it comes out, and goes in
    again with each piece that follows. Then ``source`` is [B,1] of NOTHING, which is as good as none, and what comes
    out of it is not needed. Keys and values are [L,B,H,P,d], the last one of the pointer if there is one.
    """

    def __init__(self, net: TranslatorNet):
        super().__init__()
        self.net = net

    def forward(
        self, source: Tensor, ids: Tensor, first: Tensor, second: Tensor, known: Tensor, keys: Tensor, values: Tensor
    ) -> tuple[Tensor, ...]:
        """source [B,S], ids [B,n], the decoder's state, known [B,P], keys and values [L,B,H,P,d].

        -> scores after each of the ids [B,n,targets], the state after them, keys and values of the source [L,B,H,S,d],
        and how the last of the ids weighs what is known and the source [B,P+S].
        """
        net, mask = self.net, source >= 0
        memory = net.encoded(source.clamp(min=0), mask)
        read = net.language.writes.remembered(memory, mask)
        its_keys, its_values = torch.stack(read.keys), torch.stack(read.values)
        pointed = None
        if net.pointer is not None:
            heads = its_keys.shape[2]
            own = net.pointer.remembered(memory).reshape(*memory.shape[:2], heads, -1).transpose(1, 2)[None]
            its_keys, its_values = torch.cat([its_keys, own]), torch.cat([its_values, own])
        keys, values = torch.cat([keys, its_keys], 3), torch.cat([values, its_values], 3)
        known = torch.cat([known, source], 1)
        decoder = net.language.writes
        state, layers = decoder.unpacked(first, second), len(read.keys)
        state.source = Source(list(keys[:layers].unbind(0)), list(values[:layers].unbind(0)), known >= 0, watched=True)
        if net.pointer is not None:
            pointed = keys[layers].transpose(1, 2).flatten(2)
        scores = net.scores(decoder.step(net.language.entered(ids), state), known, pointed)
        return scores, *decoder.packed(state), its_keys, its_values, state.source.weights


class EagerWriter:
    """Targets that a net in PyTorch writes; an ``Attending``. ``watched``: whether ``attention`` is asked for."""

    @torch.inference_mode()
    def __init__(
        self,
        net: TranslatorNet,
        source: NDArray[np.int64],
        mask: NDArray[np.bool_],
        longest: int,
        watched: bool = False,
        threads: int | None = None,
    ):
        self.net, self.threads = net, threads
        with using_threads(threads):
            self.known = net.begin(torch.from_numpy(source), torch.from_numpy(mask), longest)
        self.known.decoder.source.watched = watched

    @torch.inference_mode()
    def read(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The next pieces of each target [N,n] -> the scores of what comes after them [N,V]."""
        with using_threads(self.threads):
            found: NDArray[np.float32] = self.net.step(torch.from_numpy(ids), self.known).numpy()
        return found

    @torch.inference_mode()
    def attention(self) -> NDArray[np.float32]:
        """How each target weighs its source for the piece after what was read last [N,S]; padding: 1."""
        source = self.known.decoder.source
        found: NDArray[np.float32] = source.weights.masked_fill(~source.seen, 1).numpy()
        return found

    @torch.inference_mode()
    def take(self, rows: NDArray[np.int64]) -> None:
        """Go on with these rows."""
        self.known.take(torch.from_numpy(rows))


class Loss:
    """Cross-entropy of a batch of ``Examples``, summed, and of how many pieces, ends counted.

    ``smoothing``: this share of what is wanted goes to all pieces alike, while learning (Szegedy et al. 2016).
    ``sampled``: this share of the pieces that a target goes on from, its first apart, are the net's own guesses, while
    learning (scheduled sampling; Bengio et al. 2015, all places at once as in Mihaylova and Martins 2019, and the same
    share from the beginning).
    """

    def __init__(self, smoothing: float, sampled: float = 0.0):
        self.smoothing, self.sampled = smoothing, sampled

    def __call__(self, net: nn.Module, batch: Any) -> tuple[Tensor, int]:
        assert isinstance(net, TranslatorNet)
        source, source_mask, ids, following, mask = batch
        if self.sampled and net.training:
            with torch.no_grad():
                guesses = net(source, source_mask, ids, mask)[:, :-1].argmax(2)
            own = torch.rand(guesses.shape, device=ids.device) < self.sampled
            ids = torch.cat([ids[:, :1], torch.where(own & mask[:, 1:], guesses, ids[:, 1:])], 1)
        return net.loss((source, source_mask, ids, following, mask), self.smoothing if net.training else 0.0), int(
            mask.sum()
        )


@dataclass(frozen=True, eq=False)
class Examples(Batched):
    """Sources and targets in numbers, row by row; targets stand between two borders."""

    sources: Ragged
    targets: Ragged
    numbers: NDArray[np.int64]
    """the rows that are the examples"""
    pairs: Sequence[Pair] = field(default=(), repr=False)
    """what the rows are the numbers of"""

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        """One, as arrays."""
        row = self.numbers[number]
        return self.sources[row], self.targets[row]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Of source and target together [N]: a batch has examples of which both are of similar lengths."""
        found: NDArray[np.int64] = self.sources.lengths[self.numbers] + self.targets.lengths[self.numbers] - 1
        return found

    def take(self, numbers: NDArray[np.int64]) -> tuple[Tensor, ...]:
        """source [B,S], its mask [B,S], target pieces [B,T], those after them [B,T], their mask [B,T]."""
        rows = self.numbers[numbers]
        source, source_mask = self.sources.padded(rows, BORDER)
        target, mask = self.targets.padded(rows, BORDER)
        parts = (source, source_mask, target[:, :-1], target[:, 1:], mask[:, 1:])
        return tuple(
            torch.from_numpy(np.ascontiguousarray(part.astype(np.int64) if part.dtype == np.int32 else part))
            for part in parts
        )

    def some(self, numbers: NDArray[np.int64]) -> Self:
        """These of the same pairs."""
        return type(self)(self.sources, self.targets, self.numbers[numbers], self.pairs)


@torch.inference_mode()
def teacher_forced_error(net: nn.Module, examples: Examples, tokens: int) -> float:
    """The share of pieces, ends counted, that are not the likeliest after what truly is before them.

    ``tokens``: of a batch. NaN if there are no examples.
    """
    wrong, many = 0, 0
    for numbers in in_order(examples.lengths, tokens):
        source, source_mask, ids, following, mask = examples.take(numbers)
        missed = (net(source, source_mask, ids, mask).argmax(2) != following) & mask
        wrong, many = wrong + int(missed.sum()), many + int(mask.sum())
    return wrong / many if many else math.nan
