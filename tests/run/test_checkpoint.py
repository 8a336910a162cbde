import json
import os
from pathlib import Path

import numpy as np
import pytest

from vec2seq.errors import UserError
from vec2seq.run.checkpoint import STATE, Checkpoint
from vec2seq.run.context import Run


def tensors(value: float) -> dict[str, np.ndarray]:
    return {"a": np.full((3, 4), value, np.float32), "n": np.arange(5)}


def test_save_and_load(tmp_path: Path) -> None:
    checkpoint = Checkpoint.beside(tmp_path / "out")
    assert checkpoint.folder.name == "out.checkpoint"
    assert not checkpoint.exists()
    for number in (1, 2, 3):
        checkpoint.save({"epoch": number}, tensors(number))
        state, loaded = checkpoint.load()
        assert state["epoch"] == number
        assert (loaded["a"] == number).all()
        assert loaded["n"].tolist() == [0, 1, 2, 3, 4]
    assert len(list(checkpoint.folder.iterdir())) == 2
    checkpoint.remove()
    assert not checkpoint.folder.exists()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_while_saving_keeps_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    checkpoint.save({"epoch": 1}, tensors(1))

    def crash(*args: object) -> None:
        raise OSError("crash")

    monkeypatch.setattr(os, step, crash)
    with pytest.raises(OSError, match="crash"):
        checkpoint.save({"epoch": 2}, tensors(2))
    monkeypatch.undo()
    state, loaded = checkpoint.load()
    assert state["epoch"] == 1
    assert (loaded["a"] == 1).all()
    checkpoint.save({"epoch": 3}, tensors(3))
    assert checkpoint.load()[0]["epoch"] == 3
    assert len(list(checkpoint.folder.glob("tensors-*"))) == 1


@pytest.mark.parametrize("damage", ["state", "no tensors", "tensors", "other tensors"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    checkpoint.save({"epoch": 1}, tensors(1))
    path = next(checkpoint.folder.glob("tensors-*"))
    if damage == "state":
        (checkpoint.folder / STATE).write_text('{"epoch"')
    elif damage == "no tensors":
        path.unlink()
    elif damage == "tensors":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        state = json.loads((checkpoint.folder / STATE).read_text())
        (checkpoint.folder / STATE).write_text(json.dumps({**state, "tensors": "../elsewhere"}))
    with pytest.raises(UserError, match=r"delete .* to start anew"):
        checkpoint.load()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "m.checkpoint"
    folder.mkdir()
    (folder / "notes.txt").write_text("precious")
    for resume in (False, True):
        with (
            pytest.raises(
                UserError, match=r"m\.checkpoint: holds notes\.txt, which is no part of a checkpoint; move it"
            ),
            Run(Checkpoint(folder), resume).workspace(),
        ):
            pass
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_two_names_of_a_place_have_one_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "m")
    assert Checkpoint.beside(tmp_path / "link") == Checkpoint((tmp_path / "m.checkpoint").resolve())


def test_a_checkpoint_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "m.checkpoint").symlink_to(tmp_path / "large")
    for _ in range(2):
        checkpoint = Checkpoint.beside(tmp_path / "m")
        with Run(checkpoint).workspace():
            checkpoint.save({}, {})
            assert (tmp_path / "large" / STATE).exists()
            checkpoint.remove()
        assert [path.name for path in tmp_path.iterdir()] == ["m.checkpoint"]
