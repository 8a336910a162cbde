"""What one batch does to a net: its loss, its gradient, a step. It knows nothing of epochs, checkpoints or files."""

import copy
import math
import os
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import cycle, islice
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vec2seq.engine.batches import in_order
from vec2seq.engine.lazy import LazyAdamW, gather, make_lazy
from vec2seq.engine.processes import Loss, Processes
from vec2seq.engine.rows import lengths_of, take
from vec2seq.engine.settings import TrainSettings

Batch = Any
Collate = Callable[[Any], Batch]
os.environ.setdefault("LRU_CACHE_CAPACITY", "64")
"""Operators that PyTorch keeps ready for sizes that come again. 1,024, its own number, are hundreds of megabytes where
batches differ in length, and no faster: oneDNN keeps what it compiled, too."""
_TIMED_STEPS = 8


class NotFiniteError(ArithmeticError):
    """The loss of ``batch`` is not a number, or infinite."""

    def __init__(self, batch: Batch):
        super().__init__("the loss is not finite")
        self.batch = batch


@dataclass
class Learner:
    """A net with what it is trained by; of several processes, this one's. To be used as ``with Learner(...):``."""

    net: nn.Module
    collate: Collate
    loss: Loss
    settings: TrainSettings
    processes: Processes

    @cached_property
    def weights(self) -> list[nn.Parameter]:
        """Those that are not frozen."""
        return [weight for weight in self.net.parameters() if weight.requires_grad]

    @cached_property
    def optimizer(self) -> torch.optim.Optimizer:
        """Matrices decay; biases, and what scales a layer, do not. A second group takes time: only if need be."""
        how = self.settings
        decays = [weight.ndim > 1 and how.weight_decay > 0 for weight in self.weights]
        groups = [
            {
                "params": [weight for weight, mine in zip(self.weights, decays, strict=True) if mine == decaying],
                "weight_decay": how.weight_decay if decaying else 0.0,
            }
            for decaying in sorted(set(decays), reverse=True)
        ]
        make_lazy(self.net, how.optimizer == "adamw" and self.processes.count == 1)  # several exchange them whole
        if how.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=how.lr, momentum=0.9, fused=True)
        return LazyAdamW(groups, lr=how.lr, fused=True)

    @cached_property
    def _divides_at_once(self) -> bool:
        """Whether a batch is a step: then its loss is divided, which is one number, and not all gradients."""
        return self.settings.accumulate == 1 and self.processes.count == 1

    @cached_property
    def _shared(self) -> Callable[[Any], tuple[Tensor, int]]:
        return self.processes.sharing(self.net, self.loss)

    def add_gradient(self, examples: Sequence[Any], numbers: NDArray[np.int64], last: bool) -> tuple[float, int]:
        """Add the gradient of the loss of this process's rows of a batch, the ``last`` of a step or not.

        Returns the sum of the losses, and of how many items. NotFiniteError if there is none.
        """
        batch = self._batch(examples, self.processes.rows(numbers))
        with self.processes.exchanging(self._shared, last):
            with self._precision():
                summed, items = self._shared(batch)
            value = summed.item()
            if not math.isfinite(value):
                raise NotFiniteError(batch)
            if self.processes.is_idle(numbers):
                summed, value, items = summed * 0, 0.0, 0
            share = 1 / max(items, 1) if self._divides_at_once else 1.0
            summed.backward(torch.full_like(summed, share))  # type: ignore[no-untyped-call]
        return value, items

    def step(self, rate: float, items: float) -> None:
        """Move the weights against the mean of the gradient over so many items."""
        for weight in self.weights:
            gather(weight)
        if not self._divides_at_once and items not in (0, 1):
            torch._foreach_mul_(self._gradients, 1 / items)
        if self.settings.clip:
            self._clip()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        for weight in self.weights:  # as zero_grad does, but for its records
            weight.grad = None

    @property
    def _gradients(self) -> list[Tensor]:
        """Of all weights; of those whose gradient is sparse, the rows that it has."""
        grads = [weight.grad for weight in self.weights if weight.grad is not None]
        return [grad._values() if grad.is_sparse else grad for grad in grads]

    def _clip(self) -> None:
        """Make the gradients shorter, if they are too long together: as torch.nn.utils.clip_grad_norm_."""
        grads = self._gradients
        share = self.settings.clip / (nn.utils.get_total_norm(grads) + 1e-6)
        torch._foreach_mul_(grads, share.clamp(max=1.0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        """Let go of what several processes share, before their group is closed: one of them could wait for ever.

        An error's trace holds it, too.
        """
        if trace is not None and self.processes.count > 1:
            traceback.clear_frames(trace)
        self.__dict__.pop("_shared", None)

    def mean_loss(self, examples: Sequence[Any]) -> float:
        """The mean loss of examples; NaN if there are none. Nothing is trained. Several processes share the batches."""
        if not len(examples):
            return math.nan
        self.net.train(False)
        total, items, mine = 0.0, 0, slice(self.processes.rank, None, self.processes.count)
        with torch.inference_mode(), self._precision():
            for numbers in in_order(lengths_of(examples), self.settings.batch_tokens)[mine]:
                summed, many = self.loss(self.net, self._batch(examples, numbers))
                total, items = total + float(summed), items + many
        total, of = self.processes.sums(total, items)
        return total / of if of else math.nan

    def epoch_seconds(self, examples: Sequence[Any], order: Sequence[NDArray[np.int64]]) -> float:
        """How long the batches of an epoch will take, by some of them on a copy of the net. NotFiniteError as above."""
        trial, seconds = replace(self, net=copy.deepcopy(self.net).train()), []
        for numbers in islice(cycle(order[:_TIMED_STEPS]), 2 * _TIMED_STEPS):  # the first time, operators are made
            began = time.monotonic()
            _, items = trial.add_gradient(examples, numbers, last=True)
            trial.step(0.0, items)  # it takes as long, and at a rate without warm-up the copy might not stay finite
            seconds.append(time.monotonic() - began)
        return float(np.median(seconds[-_TIMED_STEPS:])) * len(order)

    def _batch(self, examples: Sequence[Any], numbers: NDArray[np.int64]) -> Batch:
        """The examples with these numbers as a batch, on the device."""
        return _moved(self.collate(take(examples, numbers)), self.processes.device)

    def _precision(self) -> AbstractContextManager[Any]:
        """Products in bfloat16, if that is asked for."""
        kind, wanted = self.processes.device.type, self.settings.precision
        if wanted == "bf16" or (wanted == "auto" and has_bf16(kind)):
            return torch.autocast(kind, torch.bfloat16)
        return nullcontext()


def has_bf16(kind: str) -> bool:
    """Whether this kind of device multiplies numbers in bfloat16 faster than in float32."""
    if kind != "cpu":
        return kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # PyTorch 2.11 and later
    return any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _moved(batch: Batch, device: torch.device) -> Batch:
    """A batch on its device."""
    if device.type == "cpu":
        return batch
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {name: _moved(part, device) for name, part in batch.items()}
    if isinstance(batch, tuple | list):
        return type(batch)(_moved(part, device) for part in batch)
    return batch
