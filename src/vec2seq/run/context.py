"""Run: where a training keeps its state, whether it goes on from there, and whom it tells how far it is."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.progress import Progress, Silent


@dataclass
class Run:
    """What belongs to one run of a training and not to the model. The default keeps nothing and tells nobody."""

    checkpoint: Checkpoint | None = None
    resume: bool = False
    checkpoint_seconds: float = 300.0
    progress: Progress = field(default_factory=Silent)
    _saved: float = field(default_factory=time.monotonic, repr=False)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for encoded text: beside the checkpoint, where it stays, or a temporary one."""
        if self.checkpoint is not None:
            self.checkpoint.folder.mkdir(parents=True, exist_ok=True)
            yield self.checkpoint.folder
        else:
            with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
                yield Path(folder)

    def goes_on(self) -> bool:
        """Whether there is a state to go on from, and it was asked for."""
        return self.resume and self.checkpoint is not None and self.checkpoint.exists()

    def checkpoint_due(self) -> bool:
        """Whether it is time to save."""
        return self.checkpoint is not None and time.monotonic() - self._saved >= self.checkpoint_seconds

    def checkpoint_saved(self) -> None:
        """Start counting anew."""
        self._saved = time.monotonic()
