"""What a LineReader's net learns from, batch by batch, and by which loss."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vec2seq.data.ragged import Ragged
from vec2seq.engine.rows import Batched
from vec2seq.nn.crnn import ctc_loss
from vec2seq.nn.distortion import distorted
from vec2seq.tasks.read_data import Lines, batch_of


class Examples(Batched):
    """Lines of ink with the numbers of their characters; ``take`` gives columns [B,W,H], labels [B,L], mask [B,W]."""

    def __init__(self, lines: Lines, labels: Ragged, numbers: NDArray[np.int64]):
        self.lines, self.labels, self.numbers = lines, labels, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        """One example, as arrays."""
        return self.lines.columns[self.numbers[number]], self.labels[self.numbers[number]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Columns."""
        found: NDArray[np.int64] = self.lines.columns.lengths[self.numbers]
        return found

    def take(self, numbers: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """A batch."""
        columns, mask = batch_of(self.lines.columns, self.numbers[numbers])
        labels, _ = self.labels.padded(self.numbers[numbers])
        return torch.from_numpy(columns), torch.from_numpy(labels.astype(np.int64)), torch.from_numpy(mask)

    def some(self, numbers: NDArray[np.int64]) -> "Examples":
        """These examples."""
        return Examples(self.lines, self.labels, self.numbers[numbers])


class Loss:
    """-ln of the probability of what stands on a line, by CTC, for each character; while training, of a distorted line.

    Not ``distorts``: of the line as it is.
    """

    def __init__(self, distorts: bool):
        self.distorts = distorts

    def __call__(self, net: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, int]:
        """The sum over the lines of a batch, and how many characters they have."""
        columns, labels, mask = batch
        x = columns.float() / 255
        if net.training and self.distorts:
            with torch.no_grad():
                x = distorted(x, mask)
        return ctc_loss(net(x, mask), mask, labels), int((labels > 0).sum())
