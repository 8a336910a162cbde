"""The loops of PyTorch that vec2seq is measured against, plain and tuned; what both tasks' peers share.

Plain: as its tutorials and most programs have it - Dataset, DataLoader that shuffles and pads, packed sequences, Adam,
float32. Tuned: what somebody who knows adds - batches of similar length out of pools that are shuffled every epoch, the
fused optimizer, bfloat16 where a trial finds it faster. Both have vec2seq's learning rates, decay and clipping.
"""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from vec2seq.engine.settings import TrainSettings

Loss = Callable[[nn.Module, Any], Tensor]
"""net, batch -> the mean loss of the batch"""
PADDING, UNKNOWN = 0, 1
POOL_BATCHES = 16
TRIAL_STEPS = 12


class Examples(Dataset[Any]):
    """What is in memory, one by one."""

    def __init__(self, examples: Sequence[Any]):
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, number: int) -> Any:
        """An example."""
        return self.examples[number]


class Buckets(Sampler[list[int]]):
    """Batches of examples of similar length: pools, drawn anew every epoch, sorted, cut, and their batches shuffled."""

    def __init__(self, lengths: Sequence[int], size: int):
        self.lengths, self.size = lengths, size

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        order = torch.randperm(len(self.lengths)).tolist()
        pool = POOL_BATCHES * self.size
        for first in range(0, len(order), pool):
            some = sorted(order[first : first + pool], key=self.lengths.__getitem__)
            batches = [some[begin : begin + self.size] for begin in range(0, len(some), self.size)]
            yield from (batches[place] for place in torch.randperm(len(batches)).tolist())


def loader(
    examples: Sequence[Any], lengths: Sequence[int], size: int, collate: Callable[[list[Any]], Any], tuned: bool
) -> DataLoader[Any]:
    """Batches to learn from."""
    if tuned:
        return DataLoader(Examples(examples), batch_sampler=Buckets(lengths, size), collate_fn=collate)
    return DataLoader(Examples(examples), batch_size=size, shuffle=True, collate_fn=collate)


def to_ask(
    examples: Sequence[Any], lengths: Sequence[int], size: int, tuned: bool
) -> Iterator[tuple[list[int], list[Any]]]:
    """Batches to be answered, and where their answers belong; tuned: sorted by length."""
    order = sorted(range(len(examples)), key=lengths.__getitem__) if tuned else list(range(len(examples)))
    for first in range(0, len(order), size):
        numbers = order[first : first + size]
        yield numbers, [examples[number] for number in numbers]


def epochs(
    net: nn.Module, batches: DataLoader[Any], loss: Loss, settings: TrainSettings, tuned: bool, bf16: bool
) -> Iterator[None]:
    """Train; stops after every epoch."""
    optimizer = new_optimizer(net, settings, tuned)
    steps, step = settings.epochs * len(batches), 0
    for _ in range(settings.epochs):
        net.train()
        for batch in batches:
            for group in optimizer.param_groups:
                group["lr"] = settings.rate(step, steps)
            learn(net, batch, loss, optimizer, settings.clip, bf16)
            step += 1
        yield


def new_optimizer(net: nn.Module, settings: TrainSettings, fused: bool) -> torch.optim.Optimizer:
    """Adam with decay apart from the gradient."""
    return torch.optim.AdamW(net.parameters(), settings.lr, weight_decay=settings.weight_decay, fused=fused)


def learn(net: nn.Module, batch: Any, loss: Loss, optimizer: torch.optim.Optimizer, clip: float, bf16: bool) -> None:
    """One step."""
    optimizer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        value = loss(net, batch)
    value.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(net.parameters(), clip)
    optimizer.step()


def bf16_is_faster(net: nn.Module, batches: DataLoader[Any], loss: Loss, settings: TrainSettings) -> bool:
    """By some steps of a copy in either precision, on the same batches, in turns."""
    state, trial = torch.get_rng_state(), copy.deepcopy(net).train()
    optimizer = new_optimizer(trial, settings, fused=True)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for number, batch in enumerate(islice(batches, 1 + TRIAL_STEPS)):
        for bf16, found in seconds.items():
            began = time.perf_counter()
            learn(trial, batch, loss, optimizer, settings.clip, bf16)
            if number:  # the first one warms
                found.append(time.perf_counter() - began)
    torch.set_rng_state(state)
    return median(seconds[True]) < median(seconds[False])
