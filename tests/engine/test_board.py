"""TensorBoard reads what the history says; a run that goes on continues its curves."""

import sys
from pathlib import Path

import pytest

from engine.small import trained
from engine.test_loop import SMALL, Stops
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted


def curve(folder: Path, name: str) -> list[tuple[int, float]]:
    """What TensorBoard shows."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_curves_are_the_history(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    place = Checkpoint(tmp_path / "net.checkpoint")
    run = Run(place, tensorboard=tmp_path / "board")
    run.stop = Stops(20)  # type: ignore[assignment]
    with pytest.raises(Interrupted):
        trained(TrainSettings(**SMALL), run)
    _, history = trained(TrainSettings(**SMALL), Run(place, resume=True, tensorboard=tmp_path / "board"))
    for name in ("loss", "held_out_loss", "lr"):
        told = [(entry["epoch"], pytest.approx(entry[name], rel=1e-6)) for entry in history.entries]
        assert curve(tmp_path / "board", name) == told
    trained(TrainSettings(**SMALL), Run(tensorboard=tmp_path / "other", writes=False))
    assert not (tmp_path / "other").exists()


def test_without_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UserError, match="tensorboard is not installed; pip install tensorboard, or leave tensorboard"):
        trained(TrainSettings(**SMALL), Run(tensorboard=tmp_path))
    trained(TrainSettings(epochs=1))
