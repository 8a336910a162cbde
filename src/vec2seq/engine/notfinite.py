"""Where a number first became none: the loss is not finite, and the net is asked once more, function by function."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_MASKS = frozenset(
    {
        *("masked_fill", "masked_fill_", "where", "full", "full_like", "new_full", "fill_", "triu", "tril", "triu_"),
        *("tensor", "as_tensor", "scalar_tensor", "pad", "empty", "empty_like", "new_empty", "view_as_real"),
    }
)
"""infinity is what they are asked for, or memory that is not filled yet"""


def where_it_began(net: nn.Module, batch: Any, loss: Callable[[], Any]) -> str:
    """A phrase that says what was not finite first: the examples, a weight, or a function behind a layer."""
    if any(not _finite(tensor) for tensor in _tensors(batch)):
        return "the examples themselves hold a number that is not finite"
    for name, weight in net.named_parameters():
        if not _finite(weight):
            return f"the weight {name} is not finite any more: its gradient was not, or the steps are far too long"
    with torch.no_grad(), _Search(net) as search:
        loss()
    return search.found or "the loss itself is not finite"


class _Search(TorchFunctionMode):
    """Notes the first function that makes what is not finite of what is."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self._names = {id(weight): name for name, weight in net.named_parameters()}
        self._place, self.found = "", ""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compare what goes in with what comes out."""
        made = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        with torch._C.DisableTorchFunction():
            given = [*_tensors([*args, *(kwargs or {}).values()])]
            if layers := [self._names[id(tensor)] for tensor in given if id(tensor) in self._names]:
                self._place = layers[0].rpartition(".")[0] or layers[0]
            bad = not self.found and name not in _MASKS and not all(map(_finite, _tensors(made)))
            if bad and all(map(_finite, given)):
                self.found = f"the function {name} {f'at layer {self._place} ' if self._place else ''}made it"
        return made


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors of floating numbers in a value, also in tuples, lists and dictionaries."""
    if isinstance(value, Tensor):
        if value.is_floating_point():
            yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        yield from _tensors([*value.values()])


def _finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())
