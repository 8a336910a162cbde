"""plan mlp: what it says of table, net and disk is what the training then has; errors are those of the training."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from made import Command
from mlp.tables import as_csv, houses, without
from vec2seq import TableMLP, UserError, load
from vec2seq.cli import main
from vec2seq.mlp import plan, watch
from vec2seq.mlp.plan import Estimate
from vec2seq.mlp.watch import Watch
from vec2seq.run.progress import columns

pytestmark = pytest.mark.filterwarnings("ignore:.*still getting better")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MEASURED_SECONDS", 0.01)
    monkeypatch.setattr(plan, "LINEAR_SECONDS", 0.01)


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def check_parity(needs: Estimate, model: TableMLP, folder: Path) -> None:
    """AssertionError unless a plan says what the trained model, saved in a folder, has."""
    assert (needs.rows, needs.held_out) == (model.data_["rows"], model.data_["held_out"])
    assert (needs.target, needs.kind, needs.classes) == (model.target_, model.kind_, len(model.labels_))
    assert (needs.layers, needs.weights) == (model.layers_, model.parameters_.size)
    kinds = {column["column"]: column["kind"] for column in needs.columns}
    assert kinds == {kind["name"]: kind["kind"] for kind in model.columns_["kinds"]} | dict.fromkeys(
        model.columns_["left_out"], "left out"
    )
    assert sum(column["inputs"] for column in needs.columns) == model.layers_[0]
    assert needs.least_epochs <= len(model.history_) <= needs.epochs
    assert needs.disk_bytes == pytest.approx(folder_bytes(folder), rel=0.05)


@pytest.mark.filterwarnings("ignore:column 'id' is left out", "ignore:1 row without")
@pytest.mark.parametrize(
    ("table", "settings"),
    [
        (without(houses(), "dear"), {"max_iter": 5}),
        (without(houses(), "price"), {"max_iter": 12, "early_stopping": True, "tol": 0.1, "n_iter_no_change": 3}),
        (
            {"id": [f"row {n}" for n in range(400)], **without(houses(), "price", "dear")},
            {"target": "town", "hidden_layer_sizes": (300, 200), "max_iter": 3, "holdout": 0.5},
        ),
        ({**without(houses(), "dear"), "price": [None, *houses()["price"][1:]]}, {"max_iter": 5, "holdout": 0.0}),
    ],
    ids=["number", "early stopping", "classes", "nothing held out"],
)
def test_what_is_planned_is_what_is_trained(table: dict[str, Any], settings: dict[str, Any], tmp_path: Path) -> None:
    model = TableMLP(**{"hidden_layer_sizes": (200, 100), "activation": "tanh", **settings})
    before = model.get_params()
    needs = model.plan(table)
    assert model.get_params() == before
    assert not model.__sklearn_is_fitted__()
    model.fit(table).save(tmp_path / "m")
    check_parity(needs, model, tmp_path / "m")
    for wrong in (
        {"rows": needs.rows + 1},
        {"weights": needs.weights - 1},
        {"columns": needs.columns[1:]},
        {"epochs": len(model.history_) - 1},
        {"disk_bytes": round(1.1 * needs.disk_bytes)},
    ):
        with pytest.raises(AssertionError):
            check_parity(replace(needs, **wrong), model, tmp_path / "m")  # type: ignore[arg-type]


def test_seconds_and_memory_of_a_plan() -> None:
    needs = TableMLP(target="price").plan(without(houses(), "dear"))
    assert 0 < needs.low_seconds <= needs.seconds <= needs.high_seconds
    assert (needs.least_epochs, needs.epochs) == (12, 200)
    assert needs.memory_bytes is None or needs.memory_bytes > 5e7


def test_minutes_decide_the_epochs() -> None:
    table = without(houses(), "dear")
    few, many = (TableMLP(target="price").plan(table, minutes=minutes) for minutes in (1e-9, 60))
    assert (few.epochs, few.least_epochs) == (1, 1)
    assert many.epochs > 1000
    assert many.seconds > 1000
    with pytest.raises(UserError, match="minutes 0"):
        TableMLP(target="price").plan(table, minutes=0)


def test_a_plan_counts_checkpoints_where_a_run_saves_any() -> None:
    table, model = without(houses(), "dear"), TableMLP(target="price", hidden_layer_sizes=(500,))
    long, short = (model.plan(table, checkpoint=True, minutes=minutes) for minutes in (60, 1e-9))
    weights = 4 * short.weights
    assert short.disk_bytes < 2 * weights + 10_000  # the model
    assert long.disk_bytes > 6 * weights  # two checkpoints
    assert model.plan(table, minutes=1e-9).disk_bytes == pytest.approx(short.disk_bytes, rel=0.01)


def test_speed_is_measured_between_the_steps_that_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([5.0, 5.1, 5.2, 5.6])
    monkeypatch.setattr(watch, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    watching = Watch(0.5)
    for done in (100, 200, 200, 600):
        assert not watching.over
        watching.step("training", done, 1000, "rows")
    assert watching.over
    assert watching.run.stop.is_set()
    low, mean, high = watching.row_seconds()
    assert mean == pytest.approx(0.6 / 500)
    assert low <= mean <= high


def test_a_linear_model_that_takes_long_is_planned_with_all_its_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    table, model = without(houses(), "dear"), TableMLP(target="price", max_iter=1)
    monkeypatch.setattr(plan, "linear_seconds", lambda *_: (1.0, 20.0, 300.0))
    needs = model.plan(table)
    assert 1 < needs.low_seconds < 20 < needs.seconds < 300 < needs.high_seconds


def test_an_interrupted_plan_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(self: Watch, *_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Watch, "step", step)
    with pytest.raises(KeyboardInterrupt):
        TableMLP(target="price").plan(without(houses(), "dear"))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_planning_for_a_table_that_does_not_come(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    command = [sys.executable, "-m", "vec2seq", "plan", "mlp", str(tmp_path / "t.csv")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        with (tmp_path / "t.csv").open("w") as file:
            file.write("a,b\n")
            file.flush()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said == "vec2seq: interrupted while reading the text; nothing is kept\n"


# the command line


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = as_csv({"城市": houses()["town"], **without(houses(), "price", "town")}, tmp_path / "t.csv")
    settings = ("--target", "dear", "--hidden-layer-sizes", "30,20", "--max-iter", "20", "--seed", "3")
    assert main(["plan", "mlp", str(path), *settings, "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    needs = Estimate(**json.loads(line))
    assert main(["train", "mlp", str(path), "--out", str(tmp_path / "m"), *settings]) == 0
    model = load(tmp_path / "m")
    assert needs.disk_bytes == pytest.approx(folder_bytes(tmp_path / "m"), rel=0.1)
    check_parity(replace(needs, disk_bytes=folder_bytes(tmp_path / "m")), model, tmp_path / "m")
    capsys.readouterr()
    assert main(["plan", "mlp", str(path), *settings]) == 0
    head, *told, net, last = capsys.readouterr().out.splitlines()
    assert head == "400 rows (80 of them kept out); target dear, classification of 2 classes"
    assert told[0] == "  城市    categorical, 3 inputs"
    assert len({columns(line[: line.index(kind)]) for line in told for kind in ("cat", "num", "date") if kind in line})
    assert net == f"net {model.layers_[0]} - 30 - 20 - 1: {model.parameters_.size:,} weights"
    assert " for 20 epochs (from " in last
    assert "if it stops after 12," in last
    assert last.endswith("B on disk")


def test_standard_input(vec2seq: Command) -> None:
    text = "a,b\n" + "".join(f"{n % 7},{n % 2 or 'x'}\n" for n in range(100))
    told = vec2seq("plan", "mlp", "-", "--max-iter", 3, "--json", input=text)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["rows"] == 100


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        (
            "a,b\n1,2\n",
            ("--target", "nothing"),
            "no column 'nothing' for a target (there is: a, b); name one with --ta",
        ),
        ("a,b\n1,x\n2,x\n", (), "the target 'b' is the same in all rows, 'x': nothing to learn"),
        ("a,b\n1,x\n2,y\n", ("--kind", "regression"), "mend it, or use --kind classification"),
        ("b\n1\n2\n", ("--target", "b"), "there is no column to learn from"),
        ("a,b\n1,2\n1\n", (), "t.csv:3: 1 cell, but line 1 has 2"),
        ("a,b\n1,2\n3,4\n", ("--early-stopping",), "set --validation-fraction to another share"),
        ("", (), "t.csv: empty, no table"),
        ("a,b\n1,2\n", ("--minutes", "1", "--max-iter", "3"), "give --minutes or --max-iter, not both"),
        ("a,b\n1,2\n", ("--minutes", "0"), "must be a number above 0"),
        ("a,b\n1,2\n", ("--hidden-layer-sizes", "8,x"), "is not a"),
    ],
)
def test_errors_are_those_of_the_training(
    text: str, more: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    told = []
    for command in (("plan", "mlp", path), ("train", "mlp", path, "--out", tmp_path / "m")):
        assert main([*map(str, command), "--holdout", "0", *more]) == 2
        told.append(capsys.readouterr().err.splitlines()[-1].replace("vec2seq train", "vec2seq plan"))
    assert message in told[0]
    assert told[0] == told[1]
    assert not (tmp_path / "m").exists()


def test_minutes_of_a_plan_are_for_tables_only(text_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "word2vec", str(text_file), "--minutes", "1"]) == 2
    assert "--minutes: not known here" in capsys.readouterr().err
