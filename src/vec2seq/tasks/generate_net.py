"""The net that writes: vectors of the pieces of text, a decoder, scores of what comes next; and what it learns from."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.data.pieces import BORDER
from vec2seq.data.ragged import Ragged
from vec2seq.engine.eager import using_threads
from vec2seq.engine.rows import Batched
from vec2seq.nn.decoder import DECODERS
from vec2seq.nn.dropout import Dropout
from vec2seq.nn.output import summed_cross_entropy


class LanguageNet(nn.Module):
    """Writes numbers below ``tokens``. What one is read as, and what is compared as the next one, is the same vector.

    (Press and Wolf 2017.) ``source_width``: of the vectors of a source that the decoder attends to, if there is one.
    """

    def __init__(
        self,
        tokens: int,
        decoder: str,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        source_width: int | None = None,
    ):
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(tokens, width) / width**0.5)
        self.bias = nn.Parameter(torch.zeros(tokens))
        self.decoder = DECODERS[decoder](width, layers, heads, dropout, source_width)
        self.dropout = Dropout(dropout)
        self.longer = width**0.5
        """entering, vectors are as long as what else is added to them"""

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids [B,T], mask [B,T] -> scores of the next token at each place [B,T,tokens]."""
        return self.scores(self.decoder(self.entered(ids), mask))

    @property
    def writes(self) -> Any:
        return self.decoder

    def entered(self, ids: Tensor) -> Tensor:
        return torch.as_tensor(functional.embedding(ids, self.vectors) * self.longer)

    def scores(self, x: Tensor) -> Tensor:
        return functional.linear(self.dropout(x), self.vectors, self.bias)

    def loss(self, x: Tensor, wanted: Tensor, smoothing: float) -> Tensor:
        """What the decoder gives [N,D] and the tokens that are next [N] -> their cross-entropy, summed."""
        return summed_cross_entropy(self.dropout(x), self.vectors, self.bias, wanted, smoothing)


class StepGraph(nn.Module):
    """A net as a graph that keeps nothing: a state goes in, and the state after it comes out."""

    def __init__(self, net: LanguageNet):
        super().__init__()
        self.net = net

    def forward(self, ids: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The next tokens of each row, ids [B,n], and the state -> scores of what comes after each, and the state."""
        decoder = self.net.writes
        state = decoder.unpacked(first, second)
        scores = self.net.scores(decoder.step(self.net.entered(ids), state))
        return scores, *decoder.packed(state)


class WholeTexts:
    """A net in evaluation mode that reads whole texts at once; see ``kernel_steps.Whole``."""

    def __init__(self, net: LanguageNet, threads: int | None = None):
        self.net, self.threads = net, threads

    @torch.inference_mode()
    def chosen(
        self, ids: NDArray[np.int64], following: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Of rows from their beginnings [B,T], the log-probability of what follows each place [B,T]."""
        scores = self._scores(ids, mask)
        found: NDArray[np.float32] = (
            scores.log_softmax(2).gather(2, torch.from_numpy(following)[:, :, None])[:, :, 0].numpy()
        )
        return found

    @torch.inference_mode()
    def every(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The same rows -> the score of each token as the one after each place [B,T,V]."""
        found: NDArray[np.float32] = self._scores(ids, mask).numpy()
        return found

    def _scores(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Tensor:
        with using_threads(self.threads):
            return torch.as_tensor(self.net(torch.from_numpy(ids), torch.from_numpy(mask)))


class Loss:
    """Cross-entropy of a batch (ids, next, mask), summed, and of how many tokens.

    ``smoothing``: this share of what is wanted goes to all tokens alike, while learning (Szegedy et al. 2016).
    """

    def __init__(self, smoothing: float):
        self.smoothing = smoothing

    def __call__(self, net: nn.Module, batch: Any) -> tuple[Tensor, int]:
        ids, following, mask = batch
        assert isinstance(net, LanguageNet)
        x = net.writes(net.entered(ids), mask)
        x, following = (x.flatten(0, 1), following.flatten()) if bool(mask.all()) else (x[mask], following[mask])
        return net.loss(x, following, self.smoothing if net.training else 0.0), len(following)


@dataclass(frozen=True, eq=False)
class Windows(Batched):
    """Of rows of numbers, windows of at most ``context`` tokens, and the token after each of them.

    No window goes over the end of a row: what is in one says nothing of another. Windows of a row that is longer begin
    elsewhere each time they are taken, up to half a window away, by what else is in the batch: so they differ from
    epoch to epoch, and are the same when a run goes on. ``moves``: whether they do.
    """

    rows: Ragged
    context: int
    moves: bool
    owners: NDArray[np.int64]
    """of each window, the number of its row"""
    starts: NDArray[np.int64]
    """and where in the row it begins"""
    sizes: NDArray[np.int64]
    """and how many tokens it has"""

    @classmethod
    def of(cls, rows: Ragged, context: int, moves: bool) -> Self:
        """All windows; of rows of fewer than two tokens none."""
        wanted = np.maximum(rows.lengths - 1, 0)
        windows = -(-wanted // context)
        owners = np.repeat(np.arange(len(rows)), windows)
        starts = (np.arange(len(owners)) - np.repeat(np.cumsum(windows) - windows, windows)) * context
        sizes = np.minimum(wanted[owners] - starts, context)
        if moves:  # the last window of a long row is as long as the others
            sizes = np.minimum(wanted[owners], context)
            starts = np.minimum(starts, wanted[owners] - sizes)
        return cls(rows, context, moves, owners, starts, sizes)

    def __len__(self) -> int:
        return len(self.owners)

    def __getitem__(self, number: Any) -> Any:
        """The tokens of one, and those after them."""
        row, start, size = self.rows[self.owners[number]], self.starts[number], self.sizes[number]
        return row[start : start + size], row[start + 1 : start + size + 1]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each [N]."""
        return self.sizes

    def take(self, numbers: NDArray[np.int64]) -> tuple[Tensor, ...]:
        """ids [B,T], those after them [B,T], mask [B,T]."""
        owners, sizes, starts = self.owners[numbers], self.sizes[numbers], self.starts[numbers]
        if self.moves:
            away = np.random.default_rng(numbers).integers(-(self.context // 2), self.context // 2 + 1, len(numbers))
            starts = np.clip(starts + away, 0, self.rows.lengths[owners] - 1 - sizes)
        mask = np.arange(sizes.max(initial=1)) < sizes[:, None]
        places = np.where(mask, (self.rows.offsets[owners] + starts)[:, None] + np.arange(mask.shape[1]), 0)
        ids, following = (np.where(mask, self.rows.values[places + after], BORDER) for after in (0, 1))
        return (*(torch.from_numpy(part.astype(np.int64)) for part in (ids, following)), torch.from_numpy(mask))

    def some(self, numbers: NDArray[np.int64]) -> Self:
        """These windows of the same rows."""
        parts = (part[numbers] for part in (self.owners, self.starts, self.sizes))
        return type(self)(self.rows, self.context, self.moves, *parts)
