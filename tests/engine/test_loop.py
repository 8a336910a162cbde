"""The loop against torch's own pieces put together plainly; resume to the byte; kills of real processes."""

import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch

from engine.small import Net, collate, examples, loss, trained
from made import begins
from stress import log
from vec2seq.engine.batches import batches
from vec2seq.engine.learner import Learner
from vec2seq.engine.loop import train
from vec2seq.engine.processes import Processes
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

KILLS = int(os.environ.get("VEC2SEQ_KILLS", "3"))
SMALL: dict[str, Any] = {"epochs": 3, "batch_tokens": 300, "threads": 1}


def weights(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def same(net: torch.nn.Module, other: torch.nn.Module) -> bool:
    """Whether two nets have the same bytes."""
    return all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), other.state_dict().values(), strict=True))


def test_a_net_learns_and_the_same_seed_gives_the_same_bytes() -> None:
    given: dict[str, Any] = {"epochs": 12, "batch_tokens": 600, "lr": 0.02, "threads": 1}
    (net, history), (again, _) = (trained(TrainSettings(**given), rows=1500) for _ in range(2))
    losses = [entry["loss"] for entry in history.entries]
    assert losses[-1] < 0.25 < 0.45 < losses[0]
    assert history.entries[-1]["held_out_loss"] < 0.4
    assert same(net, again)
    assert not same(net, trained(TrainSettings(**given, seed=2), rows=1500)[0])
    assert not net.training


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_it_is_the_plain_loop(optimizer: Any) -> None:
    settings = TrainSettings(**SMALL, optimizer=optimizer, clip=0.5, weight_decay=0.1, lr=0.02)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net, plain = Net(dropout=0.0), Net(dropout=0.0)
        plain.load_state_dict(net.state_dict())
    rows = examples(200)
    history = train(net, rows, [], collate, loss, settings)
    groups = [
        {"params": [weight for weight in plain.parameters() if weight.ndim > 1], "weight_decay": 0.1},
        {"params": [weight for weight in plain.parameters() if weight.ndim == 1], "weight_decay": 0.0},
    ]
    kind = torch.optim.AdamW if optimizer == "adamw" else torch.optim.SGD
    stepper = kind(groups, lr=1.0) if optimizer == "adamw" else torch.optim.SGD(groups, lr=1.0, momentum=0.9)
    lengths, losses = np.array([len(row) for row, _ in rows]), []
    orders = [batches(lengths, 300, settings.seed, epoch) for epoch in range(3)]
    steps = sum(map(len, orders))
    assert len(set(map(len, orders))) == 1, "the plain loop's rate would be another"
    plain.train()
    for step, numbers in enumerate(numbers for order in orders for numbers in order):
        stepper.zero_grad()
        summed, items = loss(plain, collate([rows[number] for number in numbers]))
        (summed / items).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
        for group in stepper.param_groups:
            group["lr"] = settings.rate(step, steps)
        stepper.step()
        losses.append(summed.item())
    assert history.steps == steps
    assert history.entries[0]["loss"] == pytest.approx(sum(losses[: len(orders[0])]) / 200, rel=1e-5)
    for mine, other in zip(net.state_dict().values(), plain.state_dict().values(), strict=True):
        torch.testing.assert_close(mine, other, atol=2e-5, rtol=1e-4)
    changed = next(iter(plain.state_dict().values())) + 1e-3
    with pytest.raises(AssertionError):
        torch.testing.assert_close(next(iter(net.state_dict().values())), changed, atol=2e-5, rtol=1e-4)


def test_accumulated_batches_are_one_batch() -> None:
    """Also where they are not equally large: 12 tokens are batches of three examples and of one."""
    rows = [([1, 2, 3, 4], 1), ([5, 6, 7, 2], 0), ([3, 2, 1, 9], 0), ([2, 2, 2, 1], 1)]
    nets = []
    for tokens, accumulate in ((16, 1), (4, 4), (8, 2), (12, 2), (12, 5)):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            net = Net(dropout=0.0)
        settings = TrainSettings(epochs=5, batch_tokens=tokens, accumulate=accumulate, lr=0.01, threads=1)
        assert train(net, rows, [], collate, loss, settings).steps == 5
        nets.append(net)
    for net in nets[1:]:
        for mine, other in zip(net.state_dict().values(), nets[0].state_dict().values(), strict=True):
            torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_learning_rates(schedule: Any) -> None:
    settings = TrainSettings(lr=2.0, schedule=schedule, warmup=0.1)
    rates = [settings.rate(step, 100) for step in range(100)]
    np.testing.assert_allclose(rates[:10], [2 * (step + 1) / 11 for step in range(10)])
    assert rates[10] == pytest.approx(2.0)
    done = (np.arange(10, 100) - 10) / 90
    falls = {"constant": 1 + 0 * done, "linear": 1 - done, "cosine": (1 + np.cos(math.pi * done)) / 2}
    np.testing.assert_allclose(rates[10:], 2 * falls[schedule], atol=1e-12)
    assert TrainSettings(warmup=0.0, schedule=schedule, lr=2.0).rate(0, 1) == pytest.approx(2.0)


def test_the_best_weights_are_kept() -> None:
    settings = TrainSettings(epochs=40, batch_tokens=300, lr=0.03, patience=3, schedule="constant", threads=1)
    net, history = trained(settings, rows=60)
    losses = [entry["held_out_loss"] for entry in history.entries]
    assert len(losses) < 40
    assert history.best_epoch == int(np.argmin(losses)) + 1 == len(losses) - 3
    found = Learner(net, collate, loss, settings, Processes(torch.device("cpu"))).mean_loss(examples(100, seed=1))
    assert found == pytest.approx(min(losses), rel=1e-6)


def test_a_score_decides_in_the_place_of_the_loss() -> None:
    """A score that is best in the second epoch, whatever the losses are; it sees the net as it is at prediction."""
    given, seen = iter([0.1, 0.9, 0.3, 0.9]), []

    def score(net: torch.nn.Module) -> float:
        assert not net.training
        assert not torch.is_grad_enabled()
        seen.append(weights(net))
        return next(given)

    for valid in ([], examples(20, seed=1)):
        given = iter([0.1, 0.9, 0.3, 0.9])
        settings = TrainSettings(epochs=9, batch_tokens=300, patience=2, threads=1)
        net = Net()
        history = train(net, examples(100), valid, collate, loss, settings, score=score)
        assert [entry["score"] for entry in history.entries] == [0.1, 0.9, 0.3, 0.9]
        assert history.best_epoch == 2
        assert all(torch.equal(tensor, seen[-3][name]) for name, tensor in weights(net).items())
        assert not all(torch.equal(tensor, seen[-1][name]) for name, tensor in weights(net).items())


def test_patience_wants_something_to_judge_by() -> None:
    with pytest.raises(UserError, match="patience 2: nothing is held out to judge by; hold examples out, or use"):
        train(Net(), examples(20), [], collate, loss, TrainSettings(patience=2))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("lr", 0.0), ("lr", "fast"), ("warmup", 1.5), ("epochs", 0), ("schedule", "step"), ("precision", "f16")],
)
def test_settings_that_cannot_be(setting: str, value: Any) -> None:
    with pytest.raises(UserError, match=f"^{setting} {value!r}: must be"):
        TrainSettings(**{setting: value}).check_settings()


def test_clipping_bounds_the_step() -> None:
    """Plain steps (sgd, the first has no momentum yet) are as long as the gradient: with clip, no longer than that."""
    moved = {}
    for clip in (0.0, 0.01, 1e6):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            net = Net(dropout=0.0)
        before = weights(net)
        settings = TrainSettings(
            epochs=1, batch_tokens=10_000, optimizer="sgd", lr=1.0, clip=clip, warmup=0.0, weight_decay=0.0, threads=1
        )
        assert train(net, examples(20), [], collate, loss, settings).steps == 1
        steps = [tensor - before[name] for name, tensor in weights(net).items()]
        moved[clip] = torch.cat([step.flatten() for step in steps]).norm().item()
    assert moved[0.01] == pytest.approx(0.01, rel=1e-3)
    assert moved[0.0] == moved[1e6] > 0.05


def test_the_log_is_the_history_also_of_a_run_that_went_on(tmp_path: Path) -> None:
    place, log_file = Checkpoint(tmp_path / "net.checkpoint"), tmp_path / "log.jsonl"
    run = Run(place, log=log_file)
    run.stop = Stops(20)  # type: ignore[assignment]
    with pytest.raises(Interrupted):
        trained(TrainSettings(**SMALL), run)
    begun = log_file.read_text().splitlines()
    assert 1 <= len(begun) < 3
    log_file.write_text("\n".join([*begun, '{"epoch": 99}', '{"epo']))  # what a run left that was killed later
    _, history = trained(TrainSettings(**SMALL), Run(place, resume=True, log=log_file))
    assert [json.loads(line) for line in log_file.read_text().splitlines()] == history.entries
    assert [entry["epoch"] for entry in history.entries] == [1, 2, 3]


def test_what_is_the_callers_in_torch_is_not_touched() -> None:
    torch.manual_seed(5)
    expected = torch.random.get_rng_state()

    def global_state() -> tuple[object, ...]:
        memory: Any = torch.utils.deterministic
        return torch.get_num_threads(), torch.get_deterministic_debug_mode(), memory.fill_uninitialized_memory

    before = global_state()
    trained(TrainSettings(**SMALL))
    assert torch.equal(torch.random.get_rng_state(), expected)
    assert global_state() == before


def test_bfloat16_learns_too() -> None:
    _, history = trained(TrainSettings(epochs=20, batch_tokens=300, lr=0.01, precision="bf16", threads=1))
    assert history.entries[-1]["loss"] < 0.4


@pytest.mark.parametrize(("able", "same_as"), [({"avx512_bf16": True}, "bf16"), ({"avx2": True}, "float32")])
def test_the_processor_decides_the_precision(able: dict[str, bool], same_as: Any) -> None:
    def losses(precision: Any) -> list[float]:
        _, history = trained(TrainSettings(epochs=2, batch_tokens=300, precision=precision, threads=1))
        return [entry["loss"] for entry in history.entries]

    assert losses("bf16") != losses("float32")
    with patch("torch.cpu.get_capabilities", return_value=able):
        assert losses("auto") == losses(same_as)


def test_minutes_decide_the_epochs() -> None:
    _, history = trained(TrainSettings(epochs=10**6, batch_tokens=300, threads=1), Run(minutes=0.02))
    assert 1 <= len(history.entries) < 1000


def test_minutes_that_are_too_few_for_an_epoch_are_told() -> None:
    run, notes = Run(minutes=1e-6), []
    run.progress.note = notes.append  # type: ignore[method-assign]
    _, history = trained(TrainSettings(batch_tokens=300, threads=1), run)
    assert len(history.entries) == 1
    assert any(
        re.fullmatch("an epoch takes about .*, longer than 1e-06 minutes: one is trained", note) for note in notes
    )


class Stops:
    """Progress that stops a run after so many looks at whether a checkpoint is due."""

    def __init__(self, left: int):
        self.left = left

    def is_set(self) -> bool:
        self.left -= 1
        return self.left <= 0

    def set(self) -> None:
        """As an event has it."""


@pytest.mark.parametrize("settings", [{}, {"accumulate": 2, "patience": 2}, {"optimizer": "sgd"}], ids=str)
def test_a_run_that_is_resumed_ends_with_the_same_bytes(settings: dict[str, Any], tmp_path: Path) -> None:
    given = TrainSettings(**{**SMALL, "epochs": 4, **settings}, lr=0.02)
    whole, history = trained(given)
    for after in (3, 8, 21):
        place, stops = Checkpoint(tmp_path / f"{after}.checkpoint"), 0
        while True:
            run = Run(place, resume=stops > 0)
            run.stop = Stops(after)  # type: ignore[assignment]
            try:
                net, resumed = trained(given, run)
                break
            except Interrupted:
                stops += 1
        assert stops >= 1
        assert same(net, whole)
        assert resumed == history


def test_a_run_goes_on_only_with_what_it_began_with(tmp_path: Path) -> None:
    place = Checkpoint(tmp_path / "net.checkpoint")
    run = Run(place)
    run.stop.set()
    with pytest.raises(Interrupted):
        trained(TrainSettings(**SMALL), run)
    for settings, rows, named in (
        ({"lr": 0.5}, 300, "began with lr 0.001, not 0.5"),
        ({"threads": 2}, 300, "began with threads 1, not 2"),
        ({}, 200, "began with rows 300, not 200"),
    ):
        with pytest.raises(UserError, match=named):
            trained(TrainSettings(**{**SMALL, **settings}), Run(place, resume=True), rows=rows)


class Indexing(torch.nn.Module):
    """Takes rows of a matrix by indexing: many gradients meet in each row, and are added up by all threads at once."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = torch.nn.Parameter(torch.linspace(-1, 1, 10 * 64).reshape(10, 64))

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """ids [B,T] -> logits [B,2]."""
        return self.rows[ids].sin().sum(1)[:, :2] + self.rows[ids].cos().mean((1, 2))[:, None]


def test_several_threads_give_the_same_bytes_every_time() -> None:
    rows, found = examples(4000), []
    for _ in range(4):
        net = Indexing()
        train(net, rows, [], collate, loss, TrainSettings(epochs=1, batch_tokens=40_000, threads=2, lr=0.01))
        found.append(weights(net)["rows"])
    assert all(torch.equal(found[0], other) for other in found[1:])


def started(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(Path(__file__).with_name("small.py")), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_runs_end_with_the_same_bytes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "whole").mkdir()
    whole = started(tmp_path / "whole")
    _, said = whole.communicate(timeout=120)
    assert whole.returncode == 0, said
    expected = (tmp_path / "whole" / "net").read_bytes()
    kills, rounds = 0, 0
    while kills < KILLS:
        folder = tmp_path / str(rounds)
        folder.mkdir()
        rounds += 1
        while not (folder / "net").exists():
            process = started(folder)
            state = folder / "net.checkpoint" / "state.json"
            before = state.stat().st_mtime_ns if state.exists() else 0
            came = begins(process, lambda: state.exists() and state.stat().st_mtime_ns != before)  # noqa: B023
            if came and kills < KILLS:
                time.sleep(random.uniform(0, 0.15))
                process.kill()
                kills += process.wait() == -signal.SIGKILL
            _, said = process.communicate(timeout=120)
            assert process.returncode in (0, -signal.SIGKILL), said
        assert (folder / "net").read_bytes() == expected
    log(kind="kill -9", test=request.node.name, count=kills, rounds=rounds, phases={"training": kills})
