"""A net at prediction in PyTorch itself (extra ``nn``)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vec2seq.engine.runtime import Arrays


class Eager:
    """A net, where it is, as a back end of ``runtime``.

    Its ``forward`` takes the inputs by their names, and gives a tensor or a tuple of them: the ``outputs``. Dropout is
    off; a net that was in training mode is so again afterwards. ``bf16``: products in bfloat16; the outputs are float32
    all the same. ``threads``: how many the process has meanwhile; None: as it is.
    """

    def __init__(self, net: nn.Module, outputs: Sequence[str], bf16: bool = False, threads: int | None = None):
        self.net, self.outputs, self.bf16, self.threads = net, list(outputs), bf16, threads

    def __call__(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Inputs by name -> outputs by name. ValueError if the net has more or less outputs than names."""
        device = next((weight.device for weight in self.net.parameters()), torch.device("cpu"))
        tensors = {name: tensor(array).to(device) for name, array in inputs.items()}
        precision = torch.autocast(device.type, torch.bfloat16, enabled=self.bf16)
        with evaluating(self.net), using_threads(self.threads), torch.inference_mode(), precision:
            found = self.net(**tensors)
        parts = (found,) if isinstance(found, Tensor) else found
        return {name: _array(part) for name, part in zip(self.outputs, parts, strict=True)}


def tensor(array: NDArray[Any]) -> Tensor:
    """A copy: the array may be read-only, and the net may change what it gets."""
    return torch.from_numpy(np.array(array, order="C"))


def _array(tensor: Tensor) -> NDArray[Any]:
    """NumPy has no bfloat16."""
    found: NDArray[Any] = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).cpu().numpy()
    return found


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """No dropout, batch norm as it was learnt; afterwards every module is in the mode in which it was."""
    training = [module for module in net.modules() if module.training]
    if training:
        net.train(False)
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def using_threads(threads: int | None) -> Iterator[None]:
    """So many threads for PyTorch's operators; afterwards as many as before. None: nothing changes."""
    before = torch.get_num_threads()
    if threads:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        if threads:
            torch.set_num_threads(before)
