"""The loss of an output layer of many tokens, some rows at a time: its scores and their gradient are never there whole.

Cross-entropy and the gradient of it are found in one pass over the scores, which are then let go of: less memory to go
through is less time, and a vocabulary of 10,000 needs no more memory than one of 100.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

AT_ONCE = 1 << 22
"""Scores that are there at a time."""


def summed_cross_entropy(x: Tensor, vectors: Tensor, bias: Tensor, wanted: Tensor, smoothing: float = 0.0) -> Tensor:
    """The cross-entropy of softmax(x @ vectors.T + bias), summed over rows: what torch's linear and cross_entropy find.

    x [N,D], vectors [V,D], bias [V], wanted [N] -> []. ``smoothing``: this share of what is wanted goes to all tokens
    alike (Szegedy et al. 2016). The gradient cannot be differentiated once more. Under autocast products are of its
    type, all else is float32.
    """
    device = x.device.type
    kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else vectors.dtype
    learns = torch.is_grad_enabled()
    found: Tensor = _SummedCrossEntropy.apply(x, vectors, bias, wanted, smoothing, kind, learns)  # type: ignore[no-untyped-call]
    return found


class _SummedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        vectors: Tensor,
        bias: Tensor,
        wanted: Tensor,
        smoothing: float,
        kind: torch.dtype,
        learns: bool,
    ) -> Tensor:
        tokens = len(vectors)
        rows, total = max(AT_ONCE // tokens, 1), x.new_zeros((), dtype=bias.dtype)
        own, read = vectors.to(kind), x.to(kind)
        dx, dvectors, dbias = torch.empty_like(x), torch.zeros_like(vectors), torch.zeros_like(bias)
        for first in range(0, len(x), rows):
            part, of_part = slice(first, first + rows), wanted[first : first + rows, None]
            scores = functional.linear(read[part], own).to(bias.dtype).add_(bias)
            whole = scores.logsumexp(1, keepdim=True)
            total += (whole - (1 - smoothing) * scores.gather(1, of_part)).sum()
            if smoothing:
                total -= smoothing / tokens * scores.sum()
            if not learns:
                continue
            gradient = scores.sub_(whole).exp_().sub_(smoothing / tokens)  # of the scores
            gradient.scatter_add_(1, of_part, gradient.new_full((), smoothing - 1).expand(of_part.shape))
            dbias += gradient.sum(0)
            gradient = gradient.to(kind)
            dx[part] = gradient @ own
            dvectors += gradient.T @ read[part]
        ctx.save_for_backward(dx, dvectors, dbias)
        return total

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, share: Tensor) -> tuple[Tensor | None, ...]:
        return (*(share * gradient for gradient in ctx.saved_tensors), None, None, None, None)
