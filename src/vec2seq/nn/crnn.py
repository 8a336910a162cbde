"""Convolutions, columns, recurrent layers, and scores for CTC: lines of text in pictures (CRNN; Shi et al. 2017).

What stands behind the end of a line in a batch changes nothing: after every layer it is made 0 again.
Knows nothing of characters: a class is a number, and class 0 says that there is none (blank).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.nn.dropout import Dropout
from vec2seq.nn.rnn import Recurrent

STEP = 4
"""Columns of a picture for one column of scores."""


class Convolutions(nn.Module):
    """Four layers; each halves the height, and the first two the width: [B,1,H,W] -> [B,C,H/16,W/4]."""

    strides = (2, 2, 1, 1)

    def __init__(self, channels: Sequence[int]):
        super().__init__()
        sizes = zip((1, *channels), channels, (5, 3, 3, 3), self.strides, strict=False)
        self.layers = nn.ModuleList(
            nn.Conv2d(size, own, kernel, (2, stride), kernel // 2, bias=False) for size, own, kernel, stride in sizes
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(size) for size in channels)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,1,H,W], mask [B,W], W a multiple of STEP -> [B,C,H/16,W/4]."""
        for layer, norm, stride in zip(self.layers, self.norms, self.strides, strict=True):
            mask = mask[:, ::stride]
            x = functional.relu(norm(layer(x))) * mask[:, None, None, :].to(x.dtype)
        return x


class CRNN(nn.Module):
    """Columns of ink -> scores of classes, a quarter as many.

    ``channels``: of four layers of convolution; ``width`` and ``layers``: of the LSTMs that read from both ends.
    """

    def __init__(self, classes: int, height: int, channels: Sequence[int], width: int, layers: int, dropout: float):
        super().__init__()
        self.convolutions = Convolutions(channels)
        self.enter = nn.Linear(channels[-1] * (height // 16), width)
        self.dropout = Dropout(dropout)
        self.recurrent = Recurrent("lstm", width, layers, dropout)
        self.output = nn.Linear(width, classes)

    def forward(self, columns: Tensor, mask: Tensor) -> Tensor:
        """columns [B,W,H] of bytes, mask [B,W] -> scores [B,ceil(W/4),classes]; those behind the end mean nothing."""
        return self.scores(*self.entered(columns, mask))

    def entered(self, columns: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """columns [B,W,H] of bytes or of ink from 0 to 1, mask [B,W] -> what recurrent layers get [B,T,D], its mask."""
        x = columns if columns.is_floating_point() else columns.float() / 255
        missing = -x.shape[1] % STEP
        x, mask = functional.pad(x, (0, 0, 0, missing)), functional.pad(mask, (0, missing))
        x = x.transpose(1, 2)[:, None].contiguous(memory_format=torch.channels_last)
        x = self.convolutions(x, mask)
        rows, channels, height, width = x.shape
        x = x.permute(0, 3, 2, 1).reshape(rows, width, height * channels)
        return self.enter(self.dropout(x)), mask[:, ::STEP]

    def scores(self, x: Tensor, mask: Tensor) -> Tensor:
        """[B,T,D] -> [B,T,classes]."""
        found: Tensor = self.output(self.dropout(self.recurrent(self.dropout(x), mask)))
        return found


def widened(old: nn.Module, new: nn.Module) -> nn.Module:
    """The new net with all that the old one has learnt; of classes that it did not know, nothing."""
    known, own = old.state_dict(), new.state_dict()
    for name, weight in own.items():
        if weight.ndim:
            weight[: len(known[name])] = known[name]
        else:
            weight.copy_(known[name])
    new.load_state_dict(own)
    return new


def frames(mask: Tensor) -> Tensor:
    """mask [B,W] of columns -> how many columns of scores each line has [B]."""
    return (mask.sum(1) + STEP - 1) // STEP


def ctc_loss(scores: Tensor, mask: Tensor, labels: Tensor) -> Tensor:
    """Sum over lines of -ln p(labels) (CTC; Graves et al. 2006): scores [B,T,C], mask [B,W], labels [B,L], 0 behind.

    A line that is too short for its labels counts nothing.
    """
    chances = functional.log_softmax(scores.float(), 2).transpose(0, 1)
    sizes = frames(mask), (labels > 0).sum(1)
    return functional.ctc_loss(chances, labels, *sizes, reduction="sum", zero_infinity=True)
