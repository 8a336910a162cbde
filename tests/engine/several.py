"""Trainings by several processes, one after the other: torchrun several.py FOLDER compared|failing|raising."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from engine.small import Example, Net, collate, examples, loss
from vec2seq.engine.health import Health
from vec2seq.engine.learner import Learner
from vec2seq.engine.loop import History, train
from vec2seq.engine.processes import Processes
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

RANK = int(os.environ.get("RANK", "0"))
FEW: list[Example] = [([1, 2, 3, 4], 1), ([5, 6, 7, 2], 0), ([3, 2, 1, 9], 0), ([2, 2, 2, 1], 1)]
"""with 12 tokens a batch, batches of three and of one"""


class Seen(Sequence[Example]):
    """Examples that note which of them were taken."""

    def __init__(self, rows: list[Example]):
        self.rows = rows
        self.taken: list[int] = []

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Example]:
        return iter(self.rows)

    def __getitem__(self, number: Any) -> Any:
        self.taken.append(number)
        return self.rows[number]


def twice(net: nn.Module, batch: Any) -> tuple[Tensor, int]:
    """A loss that uses the net twice, and a part of it once more."""
    summed, items = loss(net, batch)
    return summed + loss(net, batch)[0] / 2 + net.embed(batch[0][:, 0]).square().sum(), items  # type: ignore[operator]


class Normed(Net):
    """With averages that training leaves behind, and a weight that only some rows use, which a process may not see."""

    def __init__(self) -> None:
        super().__init__(dropout=0.0)
        self.norm = nn.BatchNorm1d(16)
        self.rare = nn.Parameter(torch.ones(16))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids [B,T], lengths [B] -> logits [B,2]."""
        embedded = self.embed(ids)
        if (ids[:, 0] == 1).any():
            embedded = embedded * self.rare
        states = self.lstm(self.norm(embedded.transpose(1, 2)).transpose(1, 2))[0]
        return self.out(states[torch.arange(len(ids)), lengths - 1])


SGD = TrainSettings(epochs=3, batch_tokens=300, threads=1, optimizer="sgd", clip=0.0, lr=0.1)
COMPARED: dict[str, Any] = {
    "sgd": SGD,
    "accumulate": replace(SGD, accumulate=2),
    "adamw": replace(SGD, optimizer="adamw", clip=0.5, lr=0.02),
    "clip": replace(SGD, clip=0.1),
    "one row": replace(SGD, batch_tokens=12),
    "score": replace(SGD, epochs=9, patience=2),
    "twice": SGD,
}
"""what must be the same with one process; planted errors are compared with these"""
PLANTED = {"gradients summed": "sgd", "a row counted twice": "one row"}


def compared(name: str) -> tuple[nn.Module, History, list[int]]:
    """A training by these settings, from the same weights."""
    rows = Seen(FEW if name == "one row" else examples(301))
    scores = iter([0.1, 0.9, 0.3, 0.2, 0.1] if RANK == 0 else [0.1, 0.2, 0.3, 0.4, 0.5])
    score = (lambda net: next(scores)) if name == "score" else None
    torch.manual_seed(0)
    net = Net(dropout=0.0)
    valid = examples(100, seed=1)
    history = train(net, rows, valid, collate, twice if name == "twice" else loss, COMPARED[name], score=score)
    return net, history, rows.taken


def planted(name: str) -> tuple[nn.Module, History, list[int]]:
    """A training with an error put in."""
    step = Learner.step
    if name == "gradients summed":
        with patch.object(Learner, "step", lambda self, rate, items: step(self, rate, items / 2)):
            return compared(PLANTED[name])
    with patch.object(Processes, "is_idle", lambda self, batch: False):
        return compared(PLANTED[name])


def keep(folder: Path, name: str, net: nn.Module, history: History, taken: list[int]) -> None:
    """Write what a training of this process came to."""
    values = {f"weights.{key}": tensor.numpy() for key, tensor in net.state_dict().items()}
    (folder / f"{name}-{RANK}.json").write_text(json.dumps([history.entries, history.best_epoch, taken]))
    np.savez(folder / f"{name}-{RANK}.npz", **values)


@patch.object(Health, "examine", lambda *_: None)  # it takes all examples, in the first process alone
def all_compared(folder: Path) -> None:
    """All that is compared, the errors, and what only several processes can have different."""
    for name in COMPARED:
        keep(folder, name, *compared(name))
    for name in PLANTED:
        keep(folder, name, *planted(name))
    net = Normed()  # not from the same weights: those of the first process count
    keep(folder, "buffers", net, train(net, examples(100), examples(50), collate, loss, replace(SGD, accumulate=2)), [])
    net = Net()
    keep(folder, "minutes", net, train(net, examples(100), [], collate, loss, SGD, Run(minutes=0.02)), [])
    (folder / f"threads-after-{RANK}").write_text("\n".join(threads()))
    dist.init_process_group("gloo")
    keep(folder, "theirs", *compared("sgd"))
    (folder / f"threads-while-{RANK}").write_text("\n".join(threads()))
    assert dist.is_initialized()
    dist.destroy_process_group()


def threads() -> list[str]:
    """The names of this process's threads, as Linux has them."""
    return sorted((place / "comm").read_text().strip() for place in Path("/proc/self/task").glob("*"))


def raising(net: nn.Module, batch: Any) -> tuple[Tensor, int]:
    """A loss that fails in the second process at the third batch."""
    net.calls = getattr(net, "calls", 0) + 1  # type: ignore[assignment,operator]
    if RANK == 1 and net.calls == 3:
        raise UserError("this row cannot be", "leave it out")
    return loss(net, batch)


def failing(folder: Path) -> None:
    """Trainings that must fail, each after the other."""
    stopped = Run(Checkpoint(folder / "net.checkpoint"))
    if RANK == 1:
        stopped.stop.set()
    said = []
    for settings, its_loss, run in (
        (replace(SGD, lr=0.1 + RANK), loss, Run()),
        (SGD, raising, Run()),
        (SGD, loss, stopped),
        (replace(SGD, lr=0.2), loss, Run(Checkpoint(folder / "net.checkpoint"), resume=True)),
        (SGD, loss, Run(Checkpoint(folder / ("net.checkpoint" if RANK == 0 else "other.checkpoint")), resume=True)),
        (replace(SGD, device="mps"), loss, Run()),
    ):
        torch.manual_seed(0)
        try:
            train(Net(), examples(100), [], collate, its_loss, settings, run)
            said.append(["nothing", ""])
        except (UserError, Interrupted) as error:
            said.append([type(error).__name__, str(error)])
        (folder / f"said-{RANK}.json").write_text(json.dumps(said))


if __name__ == "__main__":
    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    if sys.argv[2] == "compared":
        all_compared(place)
    elif sys.argv[2] == "failing":
        failing(place)
    else:
        train(Net(), examples(100), [], collate, raising, SGD)
