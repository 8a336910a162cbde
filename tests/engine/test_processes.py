"""Several real processes against one: the same net; kills, signals and errors of some of them, and how they go on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from engine.several import COMPARED, FEW, PLANTED, SGD, compared
from engine.small import Net, collate, examples, loss
from made import begins
from stress import log
from vec2seq.engine.batches import batches
from vec2seq.engine.loop import train
from vec2seq.engine.processes import is_first
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run

KILLS = int(os.environ.get("VEC2SEQ_KILLS", "3"))
HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def started(processes: int, program: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A training by so many processes; what they say is in said.txt in the folder."""
    folder.mkdir(exist_ok=True)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    with (folder / "said.txt").open("w") as said:
        command = [*launch, str(HERE / program), str(folder), *arguments]
        return subprocess.Popen(command, stdout=said, stderr=said, text=True, env=environment)


def ended(process: subprocess.Popen[str], folder: Path) -> str:
    """What it said, when it has ended."""
    process.wait(timeout=120)
    return (folder / "said.txt").read_text()


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what two processes came to."""
    folder = tmp_path_factory.mktemp("compared")
    said = ended(process := started(2, "several.py", folder, "compared"), folder)
    assert process.returncode == 0, said
    assert said == ""
    return folder


def read(folder: Path, name: str, rank: int) -> tuple[dict[str, Any], list[dict[str, float]], int | None, list[int]]:
    """Weights, history, best epoch, and the examples that were taken."""
    entries, best_epoch, taken = json.loads((folder / f"{name}-{rank}.json").read_text())
    return dict(np.load(folder / f"{name}-{rank}.npz")), entries, best_epoch, taken


def check_equals_one(folder: Path, name: str, setting: str) -> None:
    """AssertionError unless what several processes came to is what one does."""
    net, history, _ = compared(setting)
    weights, entries, best_epoch, _ = read(folder, name, 0)
    assert best_epoch == history.best_epoch
    assert len(entries) == len(history.entries)
    for mine, other in zip(entries, history.entries, strict=True):
        assert mine == pytest.approx(other, rel=1e-4)
    for key, tensor in net.state_dict().items():
        np.testing.assert_allclose(weights[f"weights.{key}"], tensor.numpy(), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", COMPARED)
def test_two_processes_find_what_one_finds(by_two: Path, name: str) -> None:
    check_equals_one(by_two, name, name)


def test_a_group_of_the_callers_is_used_and_left(by_two: Path) -> None:
    check_equals_one(by_two, "theirs", "sgd")


@pytest.mark.parametrize("name", PLANTED)
def test_the_comparison_finds_errors(by_two: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        check_equals_one(by_two, name, PLANTED[name])


@pytest.mark.parametrize("name", [*COMPARED, "buffers", "minutes"])
def test_all_processes_have_the_same(by_two: Path, name: str) -> None:
    """To the byte; also averages of a net, scores and the number of epochs, which each finds for itself."""
    (first, entries, best, _), (second, *others) = (read(by_two, name, rank) for rank in (0, 1))
    assert all(np.array_equal(first[key], second[key]) for key in first)
    assert [entries, best] == others[:2]


def test_every_process_takes_its_rows_only(by_two: Path) -> None:
    for name in ("sgd", "accumulate", "one row"):
        settings, rows = COMPARED[name], FEW if name == "one row" else examples(301)
        lengths = np.array([len(row) for row, _ in rows])
        orders = [batches(lengths, settings.batch_tokens, settings.seed, epoch) for epoch in range(settings.epochs)]
        for rank in (0, 1):
            shares = [batch[rank::2] if len(batch) > rank else batch[:1] for order in orders for batch in order]
            assert read(by_two, name, rank)[3] == np.concatenate(shares).tolist()


def test_who_is_first() -> None:
    for environment, expected in (
        ({}, True),
        ({"RANK": "0", "WORLD_SIZE": "2"}, True),
        ({"RANK": "1", "WORLD_SIZE": "2"}, False),
        ({"RANK": "1"}, True),  # somebody else's
    ):
        with patch.dict(os.environ, environment, clear=True):
            assert is_first() is expected


def test_what_cannot_be_is_said_by_one_process(tmp_path: Path) -> None:
    """Others end with it, and the same processes can train again."""
    said = ended(process := started(2, "several.py", tmp_path, "failing"), tmp_path)
    assert process.returncode == 0, said
    first, second = (json.loads((tmp_path / f"said-{rank}.json").read_text()) for rank in (0, 1))
    other = [
        [
            "OtherEndedError",
            f"process {rank} ends because another one has ended, which says why, or does not answer any more",
        ]
        for rank in (0, 1)
    ]
    for mine, theirs, expected in (
        (first[0], second[0], "process 1 has other settings, data or threads than process 0; give all the same, thr"),
        (second[1], first[1], "this row cannot be; leave it out"),
        (first[3], second[3], "the run began with lr 0.1, not 0.2: use the same"),
        (first[4], second[4], "process 1 found another checkpoint than process 0, or none; the folder must be one th"),
    ):
        assert mine[0] == "UserError"
        assert mine[1].startswith(expected)
        assert theirs in other
    assert first[2] == second[2] == ["Interrupted", "interrupted"], "one was asked to stop"
    assert first[5] == second[5] == ["UserError", "device mps: several processes cannot train there; use device cpu"]
    assert len(first) == 6
    alone = Run(Checkpoint(tmp_path / "net.checkpoint"), resume=True)
    with pytest.raises(UserError, match="the run began with processes 2, not 1: use the same"):
        train(Net(), examples(100), [], collate, loss, SGD, alone)


@pytest.mark.skipif(sys.platform != "linux", reason="threads are read from /proc")
def test_no_thread_of_a_group_outlives_it(by_two: Path) -> None:
    """One that did could want Python while the process ends, which aborts it."""
    for rank in (0, 1):
        there, after = ((by_two / f"threads-{when}-{rank}").read_text().split() for when in ("while", "after"))
        assert any("gloo" in name for name in there)
        assert after
        assert not any("gloo" in name for name in after)


def test_an_error_of_one_process_ends_all_and_is_said_once(tmp_path: Path) -> None:
    said = ended(process := started(2, "several.py", tmp_path, "raising"), tmp_path)
    assert process.returncode == 1
    assert said.count("UserError: this row cannot be; leave it out") == 1


def test_a_signal_stops_all_and_the_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """With three processes, whose sums depend on the order in which they are added up."""
    whole, folder = tmp_path / "whole", tmp_path / "stopped"
    said = ended(process := started(3, "small.py", whole, "1000"), whole)
    assert process.returncode == 0, said
    for number, epoch in ((signal.SIGTERM, 2), (signal.SIGINT, 4)):
        process = started(3, "small.py", folder, "1000")
        assert begins(process, lambda: f"epoch {epoch} " in (folder / "said.txt").read_text())  # noqa: B023
        process.send_signal(number)
        said = ended(process, folder)
        assert process.returncode != 0
        assert said.count("checkpoint saved") == 1, said
        assert not (folder / "net").exists()
        for rank in range(3):
            with pytest.raises(ProcessLookupError):
                os.kill(int((folder / f"process-{rank}").read_text()), 0)
    said = ended(process := started(3, "small.py", folder, "1000"), folder)
    assert process.returncode == 0, said
    assert said.count("going on from epoch") == 1
    assert (folder / "net").read_bytes() == (whole / "net").read_bytes()


def killed(process: subprocess.Popen[str], folder: Path, what: str) -> bool:
    """Kill all, or one of the two that train; whether that ended the training."""
    try:
        if what == "all":
            process.kill()
        for rank in (0, 1) if what == "all" else (random.randrange(2),):
            os.kill(int((folder / f"process-{rank}").read_text()), signal.SIGKILL)
    except ProcessLookupError:
        pass  # it was done
    return process.wait(timeout=120) != 0


def test_killed_processes_go_on_to_the_same_bytes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    said = ended(process := started(2, "small.py", tmp_path / "whole"), tmp_path / "whole")
    assert process.returncode == 0, said
    expected = (tmp_path / "whole" / "net").read_bytes()
    kills, rounds = {"all": 0, "one": 0}, 0
    while sum(kills.values()) < KILLS:
        folder = tmp_path / str(rounds)
        rounds += 1
        while not (folder / "net").exists():
            process = started(2, "small.py", folder)
            state = folder / "net.checkpoint" / "state.json"
            before = state.stat().st_mtime_ns if state.exists() else 0
            came = begins(process, lambda: state.exists() and state.stat().st_mtime_ns != before)  # noqa: B023
            if came and sum(kills.values()) < KILLS:
                time.sleep(random.uniform(0, 0.15))
                what = min(kills, key=kills.__getitem__)
                kills[what] += killed(process, folder, what)
                continue
            said = ended(process, folder)
            assert process.returncode == 0, said
        assert (folder / "net").read_bytes() == expected
    log(kind="kill -9", test=request.node.name, count=sum(kills.values()), rounds=rounds, phases=kills)
