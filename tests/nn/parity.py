"""Whether two blocks give the same, values and gradients; and rows of different lengths to try them with."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def check_parity(
    ours: Tensor, theirs: Tensor, leaves: Iterable[tuple[Tensor, Tensor]], tolerance: float = 1e-9
) -> None:
    """AssertionError unless both are equal, and so are the gradients of both with respect to each pair of leaves."""
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)
    noise = torch.randn(ours.shape, generator=torch.Generator().manual_seed(7)).to(ours.dtype)
    pairs = list(leaves)
    found = torch.autograd.grad((ours * noise).sum(), [mine for mine, _ in pairs])
    wanted = torch.autograd.grad((theirs * noise).sum(), [other for _, other in pairs])
    assert pairs
    for one, other in zip(found, wanted, strict=True):
        assert other.abs().max() > 0
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


def double(module: nn.Module) -> nn.Module:
    """In double precision, with weights that are not special (PyTorch begins biases of attention and norms as 0, 1)."""
    random = torch.Generator().manual_seed(3)
    module.double()
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(0.4 * torch.randn(weight.shape, generator=random, dtype=torch.float64))
    return module


def leaf(*shape: int, seed: int = 0) -> Tensor:
    """Random numbers in double precision that want a gradient."""
    random = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=random, dtype=torch.float64).requires_grad_()


def mask_of(*lengths: int) -> Tensor:
    """[B,T] for rows of these lengths."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
