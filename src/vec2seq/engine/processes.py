"""The processes that train one net together, on one machine or several: started by ``torchrun``, one net in each.

Every process takes its rows of each batch; PyTorch's DistributedDataParallel gives all of them the mean of the
gradients (Li et al. 2020). So the number of processes changes how long a training takes, and not what it finds, but for
the order in which numbers are added up, and for dropout. Only tensors are sent, never objects, whose format would
execute what it says. One process alone has no group, and nothing of this costs it anything.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.distributed.nn.functional  # whose functions would hold for ever a group that is there when it is loaded
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from vec2seq.errors import UserError

Loss = Callable[[nn.Module, Any], tuple[Tensor, int]]

TIMEOUT = timedelta(minutes=30)
"""How long a process waits for the others to come to the same place. One that ends is noticed at once."""


class OtherEndedError(UserError):
    """Another process of the training has ended, or does not answer; this one cannot go on without it."""


@dataclass(frozen=True)
class Processes:
    """The processes that train together, as one of them sees them. All must ask the same, in the same order."""

    device: torch.device
    """where this process trains"""
    rank: int = 0
    """which of them this is, from 0: the first one writes"""
    count: int = 1
    group: Any = None
    """that of torch.distributed; None if there is one process"""

    def rows(self, batch: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of a batch's examples [B] that this process takes; the first one if none are left for it."""
        mine = batch[self.rank :: self.count]
        return mine if len(mine) else batch[:1]

    def is_idle(self, batch: NDArray[np.int64]) -> bool:
        """Whether no example of a batch is left for this process: what it computes all the same must not count."""
        return self.rank >= len(batch)

    def sharing(self, net: nn.Module, loss: Loss) -> Callable[[Any], tuple[Tensor, int]]:
        """The loss of a batch as it is for one process; in its backward pass gradients become their mean over all."""
        if self.count == 1:
            return lambda batch: loss(net, batch)
        # Weights that a batch does not use are looked for, because the gradients are then always sent in the same
        # pieces: else they would be cut anew after the first step, and three numbers be added up in another order.
        return DistributedDataParallel(_Loss(net, loss), process_group=self.group, find_unused_parameters=True)

    def exchanging(self, shared: Callable[[Any], Any], last: bool) -> AbstractContextManager[Any]:
        """Around loss and backward pass: gradients are exchanged with the last batch of a step, with all before it."""
        return nullcontext() if last or not isinstance(shared, DistributedDataParallel) else shared.no_sync()

    def sums(self, *values: float) -> list[float]:
        """The sums of values over all processes."""
        if self.count == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(tensor, group=self.group)
        found: list[float] = tensor.tolist()
        return found

    def of_first(self, value: float) -> float:
        """The first process's value."""
        if self.count == 1:
            return value
        tensor = torch.tensor(value, dtype=torch.float64)
        dist.broadcast(tensor, group=self.group, group_src=0)
        return tensor.item()

    def gathered(self, tensor: Tensor) -> Tensor:
        """A tensor [n] of each process, in the processor's memory -> those of all [P,n]."""
        if self.count == 1:
            return tensor[None]
        found = [torch.empty_like(tensor) for _ in range(self.count)]
        dist.all_gather(found, tensor, group=self.group)
        return torch.stack(found)

    def wait(self) -> None:
        """Until all are here; OtherEndedError if one never comes."""
        self.sums(0)

    def align(self, net: nn.Module) -> None:
        """Let a net have the first process's buffers: each process has averages of its own rows only."""
        if self.count > 1:
            for buffer in net.buffers():
                dist.broadcast(buffer, group=self.group, group_src=0)

    def check_same(self, values: list[int], what: str, mend: str) -> None:
        """UserError unless all have the same values: in the first process, which says "process N" and ``what``."""
        if self.count == 1:
            return
        found = self.gathered(torch.tensor(values))
        others = (found != found[0]).any(1).nonzero().flatten().tolist()
        if others:
            raise UserError(f"process {others[0]} {what}", mend) if self.rank == 0 else self._other_ended()

    def seed(self, seed: int) -> int:
        """That of this process's generator: the first one's is the seed itself, the others' are drawn from it."""
        return seed if self.rank == 0 else int(np.random.SeedSequence([seed, self.rank]).generate_state(1)[0])

    def _other_ended(self) -> OtherEndedError:
        return OtherEndedError(
            f"process {self.rank} ends because another one has ended, which says why, or does not answer any more"
        )


class _Loss(nn.Module):
    """The loss as a net, so that a loss may use the net as it likes: more than once, or parts of it."""

    def __init__(self, net: nn.Module, loss: Loss):
        super().__init__()
        self.net, self.loss = net, loss
        self.unused = nn.Parameter(torch.zeros((), device=next(net.parameters()).device))
        """PyTorch warns if it looks for weights that are not used and finds none"""

    def forward(self, batch: Any) -> tuple[Tensor, int]:
        """batch -> the sum of its losses [], of how many items."""
        return self.loss(self.net, batch)


def is_first() -> bool:
    """Whether this process is the one that writes and tells: for ``Run(writes=is_first())``. It needs no group."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank() == 0
    return _asked() == 1 or int(os.environ.get("RANK", "0")) == 0


@contextmanager
def together(device: torch.device) -> Iterator[Processes]:
    """The processes that ``torchrun`` started, or those of a group that is there already, which is left as it is.

    UserError if they cannot train on the device; OtherEndedError if one of the others ends.
    """
    theirs = dist.is_available() and dist.is_initialized()
    if (dist.get_world_size() if theirs else _asked()) == 1:
        yield Processes(device)
        return
    device = _own(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    with torch.cuda.device(device) if device.type == "cuda" else nullcontext():
        if not theirs:
            _begin(backend)
        group = dist.new_group(backend=backend, timeout=TIMEOUT) if theirs else dist.group.WORLD
        processes = Processes(device, dist.get_rank(), dist.get_world_size(), group)
        try:
            yield processes
        except RuntimeError as error:
            if not _is_lost(error):
                raise
            raise processes._other_ended() from error
        finally:
            dist.destroy_process_group(group)


def _asked() -> int:
    """How many processes ``torchrun`` says that there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _begin(backend: str) -> None:
    """Find the others. Each training of a process has a name of its own there, or it would find those of the last."""
    store, rank, count = next(iter(dist.rendezvous("env://", timeout=TIMEOUT)))  # type: ignore[attr-defined]
    name = f"training {store.add(f'trainings of {rank}', 1)}"
    own = dist.PrefixStore(name, store)  # type: ignore[attr-defined]
    dist.init_process_group(backend, store=own, rank=rank, world_size=count, timeout=TIMEOUT)


def _own(device: torch.device) -> torch.device:
    """This process's device: of the GPUs of a machine, each process has one."""
    if device.type == "cpu":
        return device
    if device.type != "cuda":
        raise UserError(f"device {device.type}: several processes cannot train there", "use {device} cpu")
    index = int(os.environ.get("LOCAL_RANK", torch.cuda.current_device()))
    if index >= torch.cuda.device_count():
        raise UserError(
            f"more processes than GPUs, of which there are {torch.cuda.device_count()}",
            "start one for each, or use {device} cpu",
        )
    return torch.device("cuda", index)


def _is_lost(error: RuntimeError) -> bool:
    """Whether it is the connection to another process that failed."""
    return isinstance(error, dist.DistError) or "gloo" in str(error)
