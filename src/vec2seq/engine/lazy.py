"""AdamW that moves only those rows of an embedding that a batch has.

A batch has a few thousand words; an embedding may have hundreds of thousands of rows, and moving them all takes longer
than everything else. The rows that a batch does not have keep their moments, too, and do not decay (lazy Adam; as
TensorFlow's LazyAdam and PyTorch's SparseAdam, but with AdamW's decay: Loshchilov and Hutter 2019).
"""

from typing import Any

import torch
from torch import Tensor, nn

LARGE = 1 << 19
"""Numbers of an embedding, from which on it is worth it."""


def make_lazy(net: nn.Module, lazy: bool = True) -> None:
    """Let large embeddings of a net give gradients of some rows only, as a sparse tensor; or, not ``lazy``, of all."""
    for module in net.modules():
        if isinstance(module, nn.Embedding):
            module.sparse = lazy and module.weight.numel() >= LARGE


def gather(weight: nn.Parameter) -> None:
    """Let each row stand once in the gradient of an embedding, in order: added up in the same order every time."""
    if weight.grad is not None and weight.grad.is_sparse and not weight.grad.is_coalesced():
        rows, places = torch.unique(weight.grad._indices()[0], return_inverse=True)
        values = weight.grad._values()
        summed = torch.zeros(len(rows), values.shape[1], dtype=values.dtype, device=values.device)
        summed.index_add_(0, places, values)
        weight.grad = torch.sparse_coo_tensor(
            rows[None], summed, weight.grad.shape, is_coalesced=True, check_invariants=False
        )


class LazyAdamW(torch.optim.AdamW):
    """As ``torch.optim.AdamW`` for all weights but those whose gradient is sparse, and gathered."""

    def _init_group(self, group: dict[str, Any], *lists: Any) -> Any:
        """Part of AdamW's ``step``, which asks here what it is to move; ``step`` itself would call hooks twice."""
        for weight in group["params"]:
            if weight.grad is not None and weight.grad.is_sparse:
                self._move_rows(weight, group)
        return super()._init_group(group, *lists)  # type: ignore[no-untyped-call]

    def _move_rows(self, weight: Tensor, group: dict[str, Any]) -> None:
        grad, state = weight.grad, self.state[weight]
        assert grad is not None
        weight.grad = None  # the others are moved by AdamW
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(weight), torch.zeros_like(weight)
        state["step"] += 1
        (first, second), steps = group["betas"], state["step"].item()
        rows, values = grad._indices()[0], grad._values()
        mean = state["exp_avg"].index_select(0, rows).lerp_(values, 1 - first)
        square = state["exp_avg_sq"].index_select(0, rows).mul_(second).addcmul_(values, values, value=1 - second)
        size = (square / (1 - second**steps)).sqrt_().add_(group["eps"])
        moved = weight.index_select(0, rows).mul_(1 - group["lr"] * group["weight_decay"])
        weight.index_copy_(0, rows, moved.addcdiv_(mean, size, value=-group["lr"] / (1 - first**steps)))
        state["exp_avg"].index_copy_(0, rows, mean)
        state["exp_avg_sq"].index_copy_(0, rows, square)
