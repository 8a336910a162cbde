"""Nets and losses as they come: watching them never breaks a training, and what cannot be trained is said plainly."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.test_loop import Stops
from vec2seq.engine import health
from vec2seq.engine.loop import train
from vec2seq.engine.rows import Rows
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

X, Y = torch.randn(40, 4, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 3
FEW: dict[str, Any] = {"epochs": 2, "batch_tokens": 80, "threads": 1}


def hinge(net: nn.Module, batch: Any) -> Tensor:
    return functional.relu(1 - net(batch[0])[:, 0]).sum()


def old_softmax(net: nn.Module, batch: Any) -> Tensor:
    return (torch.softmax(input=net(batch[0]), dim=-1)[:, 0] - 1).square().sum()


def scalars(net: nn.Module, batch: Any) -> Tensor:
    return functional.mse_loss(net(batch[0]).mean(), batch[0].mean(), reduction="sum")


def by_turns(net: nn.Module, batch: Any) -> Tensor:
    """Classes, then numbers."""
    made = net(batch[0])
    if int(batch[1][0]) == 0:
        return functional.cross_entropy(made, batch[1], reduction="sum")
    return functional.mse_loss(made[:, 0], batch[0][:, 0], reduction="sum")


def broadcast(net: nn.Module, batch: Any) -> Tensor:
    keys = batch[0][:, None, :].expand(-1, 5, -1)
    return functional.scaled_dot_product_attention(net(batch[0])[:1, None, :3], keys[..., :3], keys[..., :3]).sum()


def penalty(net: nn.Module, batch: Any) -> Tensor:
    x = batch[0].clone().requires_grad_()
    (slope,) = torch.autograd.grad(net(x).square().sum(), x, create_graph=True)
    return slope.square().sum()


LOSSES = [hinge, old_softmax, scalars, by_turns, broadcast, penalty]


@pytest.mark.parametrize("of", LOSSES, ids=lambda of: of.__name__)
def test_losses_as_they_come(of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "due", lambda step: True)
    torch.manual_seed(0)
    history = train(
        nn.Linear(4, 3), Rows(X, Y), [], tuple, lambda net, batch: (of(net, batch), len(batch[0])), TrainSettings(**FEW)
    )
    assert len(history.entries) == 2


def test_what_watching_raises_is_lost_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr("vec2seq.engine.watch._dead", fails)
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    history = train(net, Rows(X, Y), [], tuple, lambda net, batch: (net(batch[0]).sum(), 1), TrainSettings(**FEW))
    assert history.readings == []


class Holds(nn.Module):
    """With buffers of all kinds."""

    def __init__(self, buffer: Tensor):
        super().__init__()
        self.out = nn.Linear(4, 3)
        self.register_buffer("held", buffer)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(x)


def classes(net: nn.Module, batch: Any) -> tuple[Tensor, int]:
    return functional.cross_entropy(net(batch[0]), batch[1], reduction="sum"), len(batch[0])


@pytest.mark.parametrize("kind", [torch.bool, torch.int8, torch.int16, torch.float16, torch.bfloat16, torch.float64])
def test_checkpoints_hold_all_kinds_of_buffers(kind: torch.dtype, tmp_path: Any) -> None:
    buffer = torch.tensor([0.0, 1.0, 1.0]).to(kind)
    place = Checkpoint(tmp_path / "net.checkpoint")
    run = Run(place)
    run.stop = Stops(3)  # type: ignore[assignment]
    with pytest.raises(Interrupted):
        train(Holds(buffer), Rows(X, Y), [], tuple, classes, TrainSettings(**FEW), run)
    net = Holds(torch.zeros_like(buffer))
    train(net, Rows(X, Y), [], tuple, classes, TrainSettings(**FEW), Run(place, resume=True))
    assert net.held.dtype == kind
    assert torch.equal(net.held, buffer)  # type: ignore[arg-type]


def test_what_no_checkpoint_can_hold(tmp_path: Any) -> None:
    run = Run(Checkpoint(tmp_path / "net.checkpoint"))
    run.stop.set()
    with pytest.raises(
        UserError, match=r"net\.held of the net is no tensor of real numbers: a checkpoint cannot hold it"
    ):
        train(Holds(torch.ones(2, dtype=torch.complex64)), Rows(X, Y), [], tuple, classes, TrainSettings(**FEW), run)


def test_what_cannot_be_trained() -> None:
    frozen = nn.Linear(4, 3).requires_grad_(False)
    for net, examples, said in (
        (frozen, Rows(X, Y), "the net has no weights to train, or all of them are frozen"),
        (nn.ReLU(), Rows(X, Y), "the net has no weights to train"),
        (nn.Linear(4, 3), [], "there are no examples to learn from"),
    ):
        with pytest.raises(UserError, match=said):
            train(net, examples, [], tuple, classes, TrainSettings(**FEW))


def test_a_loss_that_cannot_be_asked_again() -> None:
    def of(net: nn.Module, batch: Any) -> tuple[Tensor, int]:
        return penalty(net, batch) * math.nan, len(batch[0])

    with pytest.raises(UserError, match="is not a finite number: where that began is not known"):
        train(nn.Linear(4, 3), Rows(X, Y), [], tuple, of, TrainSettings(**FEW))


def test_a_loss_that_is_no_number_where_minutes_are_counted() -> None:
    rows = Rows(X * math.nan, Y)
    with pytest.raises(UserError, match="step 1 is not a finite number: the examples themselves hold"):
        train(nn.Linear(4, 3), rows, [], tuple, classes, TrainSettings(**FEW), Run(minutes=0.01))


def test_few_targets_of_many_classes_tell_no_chance() -> None:
    """Of 500 classes seen once each, nobody knows the entropy."""
    rows = Rows(torch.eye(500), torch.from_numpy(np.random.default_rng(0).permutation(500)))
    settings = TrainSettings(epochs=30, batch_tokens=16 * 500, lr=0.3, warmup=0.0, threads=1)
    torch.manual_seed(0)
    history = train(nn.Linear(500, 500), rows, [], tuple, classes, settings)
    assert history.entries[-1]["loss"] < 0.7 * history.entries[0]["loss"]
    assert not {"stuck", "exploding"} & {finding.fault for finding in history.findings}
