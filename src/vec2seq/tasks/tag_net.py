"""The net that labels tokens: vectors of the word and of its characters, an encoder, scores of labels, a CRF."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.data.texts import PADDING, UNKNOWN
from vec2seq.engine.rows import Batched
from vec2seq.nn.crf import CRF
from vec2seq.nn.dropout import RowDropout
from vec2seq.nn.encoders import ENCODERS
from vec2seq.tasks.tag_data import Tokens
from vec2seq.tasks.text_estimator import VECTOR_SIZE

UNSEEN_PAIRS = 0.5
"""Share of pairs left out while training: those of a new text may never have been seen."""


class Characters(nn.Module):
    """A vector for a word by its characters: a convolution over three, the largest of each channel (Ma, Hovy 2016)."""

    def __init__(self, characters: int, width: int):
        super().__init__()
        self.embed = nn.Embedding(characters, (width + 1) // 2, padding_idx=PADDING)
        self.convolve = nn.Conv1d((width + 1) // 2, width, 3, padding=1)

    def forward(self, characters: Tensor) -> Tensor:
        """characters [U,C], padding at the end -> [U,width]."""
        x: Tensor = self.convolve(self.embed(characters).transpose(1, 2)).relu()
        return x.masked_fill((characters == PADDING)[:, None], 0).amax(2)


class TaggerNet(nn.Module):
    """``words``, ``characters``, ``pairs``: how many numbers there are of each; 0 characters, pairs: without."""

    def __init__(
        self,
        words: int,
        characters: int,
        pairs: int,
        labels: int,
        given: int,
        char_width: int,
        width: int,
        encoder: str,
        layers: int,
        heads: int,
        kernel: int,
        dropout: float,
        word_dropout: float,
        chain: bool,
    ):
        super().__init__()
        self.embed = nn.Embedding(words, given, padding_idx=PADDING)
        self.characters = Characters(characters, char_width) if characters else None
        self.pairs = nn.Embedding(pairs, char_width, padding_idx=PADDING) if pairs else None
        nn.init.normal_(self.embed.weight, 0, VECTOR_SIZE)
        with torch.no_grad():
            self.embed.weight[PADDING].zero_()
            if self.pairs is not None:
                self.pairs.weight.zero_()  # a pair that is never seen says nothing
        features = given + char_width * bool(characters) + 2 * char_width * bool(pairs)
        self.mix = nn.Linear(features, width)
        self.encoder = ENCODERS[encoder](width, layers, heads, kernel, dropout)
        self.word_dropout, self.dropout = word_dropout, RowDropout(dropout)
        self.out = nn.Linear(width, labels)
        self.crf = CRF(labels) if chain else None

    def forward(self, ids: Tensor, mask: Tensor, which: Tensor, characters: Tensor, pairs: Tensor) -> Tensor:
        """Scores of the labels [B,T,labels].

        ids [B,T]: words; which [B,T]: of the rows of characters [U,C], that of the word; pairs [B,T]: number of a word
        and the next one.
        """
        if self.training and self.word_dropout:
            dropped = (torch.rand(ids.shape, device=ids.device) < self.word_dropout) & mask
            ids = ids.masked_fill(dropped, UNKNOWN)
        if self.training and self.pairs is not None:
            pairs = pairs.masked_fill(torch.rand(pairs.shape, device=pairs.device) < UNSEEN_PAIRS, PADDING)
        return self.read(self.embed(ids), mask, which, characters, pairs)

    def read(self, x: Tensor, mask: Tensor, which: Tensor, characters: Tensor, pairs: Tensor) -> Tensor:
        """Vectors of the words [B,T,given] -> scores: what is explained begins here."""
        parts = [x]
        if self.characters is not None:
            parts.append(functional.embedding(which, self.characters(characters)))
        if self.pairs is not None:
            after = self.pairs(pairs)
            parts += [functional.pad(after, (0, 0, 1, 0))[:, :-1], after]
        x = self.encoder(self.mix(self.dropout(torch.cat(parts, 2))), mask)
        out: Tensor = self.out(self.dropout(x))
        return out


def loss(net: nn.Module, batch: Any) -> tuple[Tensor, int]:
    """Of a batch of ``Sentences``: the negative log-likelihood, summed, and of how many tokens."""
    inputs, labels = batch
    emissions, mask = net(**inputs).float(), inputs["mask"]
    tokens = int(mask.sum())
    if net.crf is not None:
        assert isinstance(net.crf, CRF)
        summed: Tensor = net.crf(emissions, labels, mask).sum()
        return summed, tokens
    return functional.cross_entropy(emissions[mask], labels[mask], reduction="sum"), tokens


class Sentences(Batched):
    """Sentences to learn from: row ``numbers[n]`` of tokens and of labels is example n."""

    def __init__(self, tokens: Tokens, labels: Any, numbers: NDArray[np.int64]):
        self.tokens, self.labels, self.numbers = tokens, labels, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        """Numbers of words, and labels, of one."""
        row = self.numbers[number]
        return self.tokens.words[self.tokens.ids[row]], self.labels[row]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each [N]."""
        return self.tokens.ids.lengths[self.numbers]

    def take(self, numbers: NDArray[np.int64]) -> tuple[Any, ...]:
        """Inputs of the net by name, labels [B,T]."""
        rows = self.numbers[numbers]
        inputs = {name: torch.from_numpy(array) for name, array in self.tokens.batch(rows).items()}
        labels, _ = self.labels.padded(rows)
        return inputs, torch.from_numpy(labels.astype(np.int64))

    def some(self, numbers: NDArray[np.int64]) -> "Sentences":
        """These sentences."""
        return Sentences(self.tokens, self.labels, self.numbers[numbers])
