"""The net that labels a text: vectors of its words, an encoder, what all words say together, a score for each label."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.data.texts import PADDING, UNKNOWN
from vec2seq.nn.dropout import Dropout
from vec2seq.nn.encoders import ENCODERS
from vec2seq.tasks.text_estimator import VECTOR_SIZE

BAG = 64
"""How much is in a bag whose sum by the root is its mean; for scale only."""


class ClassifierNet(nn.Module):
    """``words``: how many numbers an input can have, those of padding, unknown words and n-grams among them.

    ``given``: width of the vectors of words; they are made ``width`` wide if they are not.
    """

    def __init__(
        self,
        words: int,
        labels: int,
        width: int,
        given: int,
        encoder: str,
        layers: int,
        heads: int,
        kernel: int,
        dropout: float,
        word_dropout: float,
    ):
        super().__init__()
        self.embed = nn.Embedding(words, given, padding_idx=PADDING)
        nn.init.normal_(self.embed.weight, 0, VECTOR_SIZE)
        self.widen = nn.Identity() if given == width else nn.Linear(given, width)
        self.encoder = ENCODERS[encoder](width, layers, heads, kernel, dropout)
        self.bag = encoder == "mean"
        self.word_dropout, self.dropout = word_dropout, Dropout(dropout)
        self.out = nn.Linear(width if self.bag else 2 * width, labels)
        with torch.no_grad():
            self.embed.weight[PADDING].zero_()

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids [B,T], mask [B,T] -> logits [B,labels]."""
        if not self.training or not self.word_dropout:
            return self.read(self.embed(ids), mask)
        dropped = (torch.rand(ids.shape, device=ids.device) < self.word_dropout) & mask
        if self.bag:
            return self.read(self.embed(ids).masked_fill(dropped[:, :, None], 0) / (1 - self.word_dropout), mask)
        return self.read(self.embed(ids.masked_fill(dropped, UNKNOWN)), mask)

    def read(self, x: Tensor, mask: Tensor) -> Tensor:
        """Vectors of the words [B,T,given] -> logits: what is explained begins here."""
        x = self.encoder(self.dropout(self.widen(x)), mask)
        out: Tensor = self.out(self.dropout(self.pooled(x, mask[:, :, None])))
        return out

    @torch.no_grad()
    def begin_with(self, ratios: NDArray[np.float32]) -> None:
        """Let the first numbers of the vectors be these ratios [words, labels], and the logits twice what pools them.

        What has no ratios says nothing at all.
        """
        labels = ratios.shape[1]
        self.embed.weight[:, :labels] = torch.from_numpy(ratios)
        self.embed.weight[torch.from_numpy(~ratios.any(1))] = 0
        self.out.weight[:, :labels] = 2 * torch.eye(labels)

    def pooled(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,width], mask [B,T,1] -> the mean of each row, and the largest values [B,2 width].

        Of bags [B,width] the sum by the root of how much is in them: longer texts say more, but not so much more.
        """
        summed, count = x.masked_fill(~mask, 0).sum(1), mask.sum(1).clamp(min=1)
        if self.bag:
            return summed / (BAG * count).sqrt()
        largest = x.masked_fill(~mask, torch.finfo(x.dtype).min).amax(1)
        return torch.cat([summed / count, torch.where(mask.any(1), largest, 0)], 1)


class Loss:
    """Cross-entropy of a batch (ids, labels, mask), summed, and of how many texts; each label weighs ``weights`` [K].

    ``several``: labels [B,K] are 0 or 1 each, and each is a question of its own.
    """

    def __init__(self, several: bool, weights: Tensor | None):
        self.several, self.weights = several, weights

    def __call__(self, net: nn.Module, batch: Any) -> tuple[Tensor, int]:
        ids, labels, mask = batch
        logits = net(ids, mask).float()
        weights = None if self.weights is None else self.weights.to(logits.device)
        if self.several:
            each = functional.binary_cross_entropy_with_logits(
                logits, labels.float(), pos_weight=weights, reduction="none"
            )
            return each.sum(), len(labels)
        return functional.cross_entropy(logits, labels, weights, reduction="sum"), len(labels)


def class_weights(targets: NDArray[Any], labels: int, how: str | None) -> Tensor | None:
    """What each label weighs [K], balanced: texts of one label [N] weigh as much as those of another.

    Of several labels a text [N,K], what it weighs to have the label: as much as not to have it.
    """
    if how is None:
        return None
    if targets.ndim == 2:
        with_it = targets.sum(0)
        return torch.tensor((len(targets) - with_it) / np.maximum(with_it, 1), dtype=torch.float32)
    counts = np.bincount(targets, minlength=labels)
    return torch.tensor(len(targets) / (labels * np.maximum(counts, 1)), dtype=torch.float32)
