"""TensorBoard, if it is installed and asked for: the curves of a training while it runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vec2seq.errors import UserError
from vec2seq.run.context import Run


@contextmanager
def board(run: Run) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A function that adds an epoch's entry of the history; it does nothing without ``run.tensorboard``.

    A run that goes on continues its curves. UserError if TensorBoard is not installed.
    """
    if run.tensorboard is None or not run.writes:
        yield lambda entry: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UserError(
            "tensorboard is not installed", "pip install tensorboard, or leave {tensorboard} away"
        ) from None
    writer = None

    def add(entry: dict[str, Any]) -> None:
        nonlocal writer
        if writer is None:  # what an earlier run wrote from this epoch on does not count
            writer = SummaryWriter(str(run.tensorboard), purge_step=entry["epoch"])
        for name, value in entry.items():
            if name != "epoch":
                writer.add_scalar(name, value, entry["epoch"])
        writer.flush()

    try:
        yield add
    finally:
        if writer is not None:
            writer.close()
