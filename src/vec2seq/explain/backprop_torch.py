"""Back-propagation through a PyTorch net: what goes forward and comes back through each of its modules, by hooks.

It works on a copy in float64, as the net predicts (``eval``: no dropout, batch norm as it was learnt), so that a
gradient can be compared with finite differences. It knows nothing of what the modules compute.
"""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from vec2seq.explain.differences import check, sample
from vec2seq.explain.functions import Floats
from vec2seq.explain.nettrace import ModuleTrace, NetTrace, ParameterTrace

if TYPE_CHECKING:
    from torch import Tensor, nn


def trace_torch(
    net: "nn.Module", loss: Callable[[Any, Any], "Tensor"], X: Any, y: Any, checks: int = 3, seed: int = 0
) -> NetTrace:
    """Follow ``X`` through a net, and the gradient of ``loss(net(X), y)``, one number, back; the net stays as it is.

    ``X``: a tensor, or a tuple of the net's arguments. ``checks``: gradients of each parameter that are compared with
    finite differences, drawn by ``seed``. What the net or the loss raise is passed on.
    """
    made = copy.deepcopy(net).double().train(False)
    inputs, target = _doubled(X), _doubled(y)
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    calls, value = _watched(made, lambda: loss(made(*arguments), target))
    value.backward()  # type: ignore[no-untyped-call]
    parameters = [ParameterTrace(name, _array(one), _gradient(one)) for name, one in made.named_parameters()]
    modules = [ModuleTrace(name, kind, _array(values), _gradient(values)) for name, kind, values in calls]
    random, compared = np.random.default_rng(seed), []
    for one, tensor in zip(parameters, made.parameters(), strict=True):
        if one.gradient is None:
            continue
        for place in sample(one.gradient, checks, random):

            def loss_at(
                change: float, tensor: "Tensor" = tensor, one: ParameterTrace = one, place: tuple[int, ...] = place
            ) -> float:
                tensor.detach()[place] = one.values[place] + change
                found = float(loss(made(*arguments), target).detach())
                tensor.detach()[place] = one.values[place]
                return found

            compared.append(check(one.name, place, float(one.gradient[place]), loss_at))
    return NetTrace(value.item(), modules, parameters, compared)


def _watched(net: "nn.Module", run: Callable[[], "Tensor"]) -> tuple[list[tuple[str, str, "Tensor"]], "Tensor"]:
    """What each module gave while ``run`` ran, its gradient to be kept; and what that returned."""
    calls: list[tuple[str, str, Tensor]] = []

    def hook(name: str) -> Callable[["nn.Module", Any, Any], Any]:
        def note(module: "nn.Module", _: Any, output: Any) -> Any:
            given = _first(output)
            if given is None or not given.requires_grad:
                return None
            given.retain_grad()
            calls.append((name, type(module).__name__, given))
            return _with_first(output, given.clone())  # what comes next may change it in place

        return note

    hooks = [module.register_forward_hook(hook(name)) for name, module in net.named_modules()]
    try:
        return calls, run()
    finally:
        for one in hooks:
            one.remove()


def _first(output: Any) -> "Tensor | None":
    """A tensor, or the first of several; None of anything else."""
    if isinstance(output, tuple | list):
        return _first(output[0]) if output else None
    return output if hasattr(output, "retain_grad") else None


def _with_first(output: Any, tensor: "Tensor") -> Any:
    """The output with another first tensor."""
    if not isinstance(output, tuple | list):
        return tensor
    parts = [_with_first(output[0], tensor), *output[1:]]
    return output._make(parts) if hasattr(output, "_make") else type(output)(parts)


def _doubled(value: Any) -> Any:
    """Tensors of floating numbers in float64, also in tuples, lists and dictionaries; all else as it is."""
    if isinstance(value, tuple | list):
        return type(value)(map(_doubled, value))
    if isinstance(value, dict):
        return {key: _doubled(part) for key, part in value.items()}
    return value.double() if hasattr(value, "is_floating_point") and value.is_floating_point() else value


def _gradient(tensor: "Tensor") -> Floats | None:
    return None if tensor.grad is None else _array(tensor.grad.to_dense())


def _array(tensor: "Tensor") -> Floats:
    """A copy as an array."""
    found: Floats = tensor.detach().cpu().numpy().astype(np.float64)
    return found
