"""Run: where a training keeps its state, whether it goes on from there, and whom it tells how far it is."""

import inspect
import json
import math
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vec2seq.disk import naming_full_disk, replacing
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.lock import locked
from vec2seq.run.progress import Progress, Silent
from vec2seq.run.signals import Interrupted, stop_requests

CHECKPOINT_SECONDS = 300.0
"""How often a run saves its state."""


@dataclass
class Run:
    """What belongs to one run of a training and not to the model. The default keeps nothing and only warns."""

    checkpoint: Checkpoint | None = None
    resume: bool = False
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    minutes: float | None = None
    """how long the training may take: decides the number of epochs"""
    progress: Progress = field(default_factory=Silent)
    naming: Callable[[str], str] = str
    """what a setting is called where warnings are read"""
    stop: threading.Event = field(default_factory=threading.Event, repr=False)
    """set when the run is to stop: it saves its state and raises Interrupted"""
    log: str | Path | None = None
    """a file of JSON lines, one an epoch, that grows while a net is trained"""
    tensorboard: str | Path | None = None
    """a folder for the curves of a net's training, if TensorBoard is installed"""
    writes: bool = True
    """whether this process is the one that writes and tells, of several that train together"""
    _saved: float = field(default_factory=time.monotonic, repr=False)
    _holds_folder: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        for name, value in (("minutes", self.minutes), ("checkpoint_seconds", self.checkpoint_seconds)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise UserError(f"{name} {value}: must be a number above 0")
        if not self.writes:
            self.progress = Silent()

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for encoded text: with the checkpoint, where it stays while there is one, or a temporary one.

        While it is open, signals set ``stop``, and other processes are kept out of the checkpoint's folder. It can be
        opened again inside. Of several processes that train together, those that do not write have temporary ones.
        """
        with stop_requests(self.stop):
            if self.checkpoint is None or not self.writes:
                with tempfile.TemporaryDirectory(prefix="vec2seq-") as name, naming_full_disk(Path(name)):
                    yield Path(name)
                return
            folder = self.checkpoint.folder
            if self._holds_folder:
                yield folder
                return
            self.checkpoint.check_own()
            with naming_full_disk(folder), locked(folder):
                self._holds_folder = True
                try:
                    yield folder
                except BaseException:
                    if not self.checkpoint.exists():
                        self.checkpoint.remove()
                    raise
                finally:
                    self._holds_folder = False

    def goes_on(self) -> bool:
        """Whether there is a state to go on from, and it was asked for."""
        return self.resume and self.checkpoint is not None and self.checkpoint.exists()

    def keep_log(self, history: list[dict[str, Any]]) -> None:
        """Write the log anew, whole: a run that goes on may have come further before than it begins now."""
        if self.log is not None and self.writes:
            with replacing(Path(self.log)) as file:
                file.write("".join(json.dumps(entry) + "\n" for entry in history).encode())

    def check(self) -> None:
        """Interrupted if the run is to stop: for the time before there is a state to save."""
        if self.stop.is_set():
            kept = "" if self.goes_on() else " while reading the text; nothing is kept"
            raise Interrupted(f"interrupted{kept}")

    def warn(self, what: str, mend: str = "") -> None:
        """Warn, in the words of a UserError: where progress is told, else as Python does, at the caller of ours."""
        if not self.writes:
            return
        message = UserError(what, mend).told(self.naming)
        if type(self.progress) is not Silent:
            self.progress.note(f"warning: {message}")
            return
        ours = [frame.frame.f_globals.get("__name__", "").startswith("vec2seq.") for frame in inspect.stack(0)]
        warnings.warn(message, stacklevel=[*ours, False].index(False) + 1)

    def checkpoint_due(self) -> bool:
        """Whether it is time to save."""
        return self.writes and self.checkpoint is not None and time.monotonic() - self._saved >= self.checkpoint_seconds

    def checkpoint_saved(self) -> None:
        """Start counting anew."""
        self._saved = time.monotonic()
