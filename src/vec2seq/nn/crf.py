"""A linear-chain CRF on top of scores of labels (Lafferty et al. 2001; Lample et al. 2016): its loss.

The score of labels y for T tokens is

    starts[y_1] + sum over t of emissions[t, y_t] + sum over t > 1 of transitions[y_(t-1), y_t] + ends[y_T]

and the loss is log Z - score, where Z sums the exponentials of the scores of all sequences. Decoding is not here: the
parameters and the emissions as arrays are what ``kernels.viterbi`` takes.

log Z comes from the forward algorithm with the exponentials themselves, scaled to a sum of 1 at each token (Rabiner
1989): a product of matrices a token, where the usual sum of logarithms takes K x K exponentials. Its gradient is the
probability of each label, and of each pair of them, from the backward algorithm, written out: no graph goes through the
tokens. All of it is in float64, in which it is exact as long as the transitions are within 600 of each other, however
far apart the emissions are, and which autocast leaves alone; float32 would bear 80, and saves little.

Nothing is forbidden here, unlike in decoding. Text whose labels are broken would have an infinite loss; a large finite
penalty would leave the range above; and that something never happens is soon learnt.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class CRF(nn.Module):
    """Weights of K labels: transitions [K,K] (from, to), starts [K], ends [K]. At first 0: tokens are on their own."""

    def __init__(self, labels: int):
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(labels, labels))
        self.starts = nn.Parameter(torch.zeros(labels))
        self.ends = nn.Parameter(torch.zeros(labels))

    def forward(self, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        """emissions [B,T,K], labels [B,T] (any at padding), mask [B,T] -> negative log-likelihood of each row [B].

        The mask is True for the first tokens of each row; a row without tokens has the loss 0. T is at least 1. The
        loss is of the parameters' type, also under autocast.
        """
        emissions = emissions.double().masked_fill(~mask[:, :, None], 0)
        transitions = self.transitions.double()
        labels = labels.masked_fill(~mask, 0)
        first, last = mask.clone(), mask.clone()
        first[:, 1:] = False
        last[:, :-1] &= ~mask[:, 1:]
        emissions = emissions + first[:, :, None] * self.starts + last[:, :, None] * self.ends
        log_z: Tensor = _LogPartition.apply(emissions, transitions, mask)  # type: ignore[no-untyped-call]
        single = emissions.gather(2, labels[:, :, None])[:, :, 0] * mask
        pairs = transitions[labels[:, :-1], labels[:, 1:]] * mask[:, 1:]
        return (log_z - single.sum(1) - pairs.sum(1)).to(self.transitions.dtype)


class _LogPartition(torch.autograd.Function):
    """emissions [B,T,K] with starts and ends in them, 0 at padding, transitions [K,K], mask [B,T] -> log Z [B]."""

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, transitions: Tensor, mask: Tensor) -> Tensor:
        """For every token, the share of each label among all beginnings up to it; log Z is in the scales."""
        emissions = emissions.transpose(0, 1)  # [T,B,K], as all below
        most, highest = emissions.amax(2, keepdim=True), transitions.max()
        scores, moves = (emissions - most).exp(), (transitions - highest).exp()
        shares, sums = torch.empty_like(scores), torch.empty_like(most)
        for t, (score, share, total) in enumerate(zip(scores, shares, sums, strict=True)):
            if t:
                torch.mm(shares[t - 1], moves, out=share)
                share.mul_(score)
            else:
                share.copy_(score)
            torch.sum(share, 1, keepdim=True, out=total)
            share.div_(total)
        logs = (sums.log() + most)[:, :, 0]
        logs[1:] += highest
        ctx.save_for_backward(scores, moves, shares, sums, mask)
        return (logs * mask.T).sum(0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        """The probability of each label [B,T,K], and that of each pair summed over tokens [K,K], times grad [B]."""
        scores, moves, shares, sums, mask = ctx.saved_tensors
        inside = mask.T[:, :, None]
        padding = (~inside).to(scores.dtype)
        onward = scores / sums * inside
        after = torch.ones_like(scores)  # how much more probable a label is for what comes after it
        for t in range(len(scores) - 1, 0, -1):
            onward[t].mul_(after[t])
            torch.addmm(padding[t], onward[t], moves.T, out=after[t - 1])  # 1 if t is padding
        grads = grad[None, :, None]
        pairs = shares[:-1].flatten(0, 1).T @ (onward[1:] * grads).flatten(0, 1)
        return (shares * after * inside * grads).transpose(0, 1), moves * pairs, None
