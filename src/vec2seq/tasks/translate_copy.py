"""Pieces of the source that are copied: a pointer beside the vocabulary (See et al. 2017, pointer-generator).

::

    p(w) = g p_vocabulary(w) + (1 - g) sum of a_i over the places i of the source that hold w
    g    = sigmoid(u' x + b)

Unlike theirs, the pointer's attention a is one of its own, and not the decoder's: a place that cannot be copied, a
border or a mark, has none of it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.data.pieces import BORDER
from vec2seq.nn.attention import dot_scores, softmax

TINY = 1e-9
"""The least probability of what is copied: its logarithm is finite."""


class Pointer(nn.Module):
    """``pieces``: how many numbers can be written; a source's number means the same if it is one of them."""

    def __init__(self, width: int, pieces: int):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.gate = nn.Linear(width, 1)
        self.pieces = pieces

    def remembered(self, source: Tensor) -> Tensor:
        """What is compared of a source [B,S,D], [B,S,D]."""
        return torch.as_tensor(self.key(source))

    def forward(self, x: Tensor, scores: Tensor, ids: Tensor, keys: Tensor) -> Tensor:
        """x [B,T,D], scores by the vocabulary [B,T,V], ids [B,S], keys [B,S,D] -> log-probabilities [B,T,V].

        A source with nothing to copy leaves the vocabulary's.
        """
        can = (ids > BORDER) & (ids < self.pieces)
        weights = softmax(dot_scores(self.query(x), keys).float(), can[:, None])
        places = ids.clamp(0, self.pieces - 1)[:, None].expand(weights.shape)
        copied = torch.zeros_like(scores, dtype=torch.float32).scatter_add(2, places, weights)
        gate = self.gate(x).float()
        written = functional.logsigmoid(gate) + scores.float().log_softmax(2)
        both = torch.logaddexp(written, functional.logsigmoid(-gate) + copied.clamp(min=TINY).log())
        return torch.where(can.any(1)[:, None, None], both, scores.float().log_softmax(2))
