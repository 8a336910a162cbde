import subprocess
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest

from vec2seq.errors import UserError
from vec2seq.run import lock
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.lock import LOCK, locked
from vec2seq.run.progress import Printed

pytest.importorskip("fcntl")

REFUSED = r"m\.checkpoint: another process is training there; wait until it ends, or choose another place"


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "m.checkpoint"
    for _ in range(2):
        with locked(folder):
            with pytest.raises(UserError, match=REFUSED), locked(folder):
                pass
            with pytest.raises(UserError, match=REFUSED), locked(folder):
                pass
        assert list(folder.iterdir()) == []


def test_a_lock_that_a_killed_process_left_holds_nobody(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_whoever_removed_the_folder_does_not_disturb_the_next_one(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "m.checkpoint")
    with locked(checkpoint.folder):
        checkpoint.remove()
        next_one = locked(checkpoint.folder)
        next_one.__enter__()
    assert (checkpoint.folder / LOCK).exists()
    with pytest.raises(UserError, match=REFUSED), locked(checkpoint.folder):
        pass
    next_one.__exit__(None, None, None)
    assert list(tmp_path.glob("*/*")) == []


COMES_AND_GOES = """
import sys, time
from pathlib import Path
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.lock import locked

checkpoint, inside = Checkpoint(Path(sys.argv[1]) / "m.checkpoint"), Path(sys.argv[1]) / "inside"
came = 0
while came < 100:
    try:
        with locked(checkpoint.folder):
            inside.mkdir()  # fails if another is in there
            (checkpoint.folder / "file").touch()
            inside.rmdir()
            checkpoint.remove()
            came += 1
    except UserError:
        time.sleep(0.001)
"""


def test_processes_that_come_and_go_are_never_two_at_a_time(tmp_path: Path) -> None:
    """Each removes the folder while it holds it, so that the others meet it at all moments."""
    command = [sys.executable, "-c", COMES_AND_GOES, str(tmp_path)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        for process in processes:
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said
    finally:
        for process in processes:
            process.kill()
    assert list(tmp_path.iterdir()) == []


def test_a_run_opens_its_workspace_again_inside(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "m.checkpoint")
    run, other = Run(checkpoint), Run(checkpoint)
    with run.workspace() as folder:
        with run.workspace() as same:
            assert same == folder
        with pytest.raises(UserError, match=REFUSED), other.workspace():
            pass
        checkpoint.save({}, {})
    assert [path.name for path in folder.iterdir() if path.name == LOCK] == []
    with other.workspace():
        pass
    assert checkpoint.exists(), "whoever is refused removes nothing"


def test_what_fails_inside_removes_nothing_before_the_end(tmp_path: Path) -> None:
    """Whoever is still in the folder holds it: another process may not come in between, nor lose its folder."""
    run = Run(Checkpoint(tmp_path / "m.checkpoint"))

    def fails_inside() -> None:
        with run.workspace() as folder:
            with suppress(KeyError), run.workspace():
                raise KeyError
            assert (folder / LOCK).exists()
            raise KeyError

    with pytest.raises(KeyError):
        fails_inside()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_vanishes_again_and_again_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_is_at", lambda file, path: False)
    monkeypatch.setattr(lock, "_ATTEMPTS", 3)
    with pytest.raises(UserError, match="vanishes again and again; choose another place"), locked(tmp_path):
        pass


def test_runs_without_a_checkpoint_do_not_meet() -> None:
    with Run().workspace() as one, Run().workspace() as another:
        assert one != another


def test_one_of_several_processes_writes(tmp_path: Path) -> None:
    """The others are let in, have folders of their own, and tell, keep and warn of nothing."""
    told = StringIO()
    checkpoint, log = Checkpoint(tmp_path / "m.checkpoint"), tmp_path / "log.jsonl"
    first, other = (
        Run(checkpoint, checkpoint_seconds=1e-9, progress=Printed(told), log=log, writes=writes)
        for writes in (True, False)
    )
    with first.workspace() as folder, other.workspace() as temporary:
        assert folder == checkpoint.folder != temporary
        assert not temporary.is_relative_to(folder)
        other.keep_log([{"epoch": 1}])
        other.warn("little text")
        other.progress.note("done")
        assert not log.exists()
        assert told.getvalue() == ""
        assert first.checkpoint_due()
        assert not other.checkpoint_due()
    assert not temporary.exists()
