"""AdamW (Loshchilov and Hutter 2019) that moves only those rows of an embedding that a batch has, but as far.

A batch has a few thousand words; an embedding may have hundreds of thousands of rows, and moving them all takes longer
than everything else. TensorFlow's LazyAdam and PyTorch's SparseAdam leave out what AdamW does to a row between two
batches that have it: its moments fade, and the first one goes on moving it, ten times as far in all as the batch did if
the word is rare. Here that is made up for when a batch has the row. The steps that it was away are counted;
the moments fade by as many, and the row moves at once as far as its first moment would move it in as many to come: the
next time it comes is not known, the last one is.
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
        if "last" not in state:  # until now every row was moved
            state["last"] = weight.new_full((len(weight), 1), state["step"].item())
        state["step"] += 1
        (first, second), steps = group["betas"], state["step"].item()
        rows, values = grad._indices()[0], grad._values()
        away = steps - state["last"].index_select(0, rows)
        mean = state["exp_avg"].index_select(0, rows).mul_(first**away).add_(values, alpha=1 - first)
        square = state["exp_avg_sq"].index_select(0, rows).mul_(second**away).addcmul_(values, values, value=1 - second)
        size = (square / (1 - second**steps)).sqrt_().add_(group["eps"])
        fades = first / second**0.5  # what a step moves, from one to the next: 1 + fades + fades^2 + ...
        to_come = (1 - fades**away) / (1 - fades)
        moved = weight.index_select(0, rows).mul_((1 - group["lr"] * group["weight_decay"]) ** away)
        weight.index_copy_(0, rows, moved.addcdiv_(mean * to_come, size, value=-group["lr"] / (1 - first**steps)))
        state["exp_avg"].index_copy_(0, rows, mean)
        state["exp_avg_sq"].index_copy_(0, rows, square)
        state["last"].index_fill_(0, rows, steps)
