"""A run of any training of vectors: epochs, losses, checkpoints, stopping early. It does not know what is trained.

What one epoch does is a ``Descent``; what is trained are its ``Matrices``.
"""

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import LittleTextError, counted
from vec2seq.run.context import Run
from vec2seq.run.parallel import Crew, Pieces
from vec2seq.run.signals import Interrupted
from vec2seq.run.stopping import Stopping
from vec2seq.vectors.base import VectorEstimator, has_diverged
from vec2seq.vectors.estimate import Estimate

WAIT_SECONDS = 0.05
"""How often a run looks whether it should pause."""


class Matrices(Protocol):
    """What is trained."""

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The whole state, not copied: who changes it changes what is trained."""


class Descent(Protocol):
    """What an epoch does, piece by piece; ``losses`` and ``examples`` hold the current epoch's sums by piece."""

    losses: NDArray[np.float64]
    examples: NDArray[np.int64]
    unit: str
    """what the sizes of pieces count: words, entries"""

    def start_epoch(self, epoch: int, done: int = 0) -> tuple[Crew, Pieces]:
        """Start threads on the pieces of an epoch that are not done."""

    def piece_sizes(self, epoch: int) -> NDArray[np.int64]:
        """Units of each piece, in the order of this epoch."""

    def held_out_loss(self) -> float:
        """Mean loss of what is held out of training; NaN if nothing is. Changes nothing."""


class Epochs(ABC):
    """A run. Its state: the matrices, ``epoch``, how many of its pieces are ``done``, the losses, ``stopping``."""

    descent: Descent
    matrices: Matrices
    epochs: int
    nothing_learnt: ClassVar[tuple[str, str]]
    """What the error says if no pair of words was trained on."""

    def __init__(self, settings: VectorEstimator, run: Run, text: str, start: str | None):
        """``text`` is the fingerprint of the text, ``start`` the digest of the vectors that the run goes on with."""
        self.settings, self.run, self.text, self.start = settings, run, text, start
        self.stopping = Stopping(settings.patience)
        self.best: dict[str, NDArray[np.float32]] | None = None
        self.history: list[dict[str, Any]] = []
        self.epoch = self.done = 0

    @property
    @abstractmethod
    def epoch_units(self) -> int:
        """Words, or pairs, of an epoch."""

    @abstractmethod
    def measured_speed(self) -> float:
        """Units per second, from a short training that leaves no trace."""

    @abstractmethod
    def estimate(self, speed: float, saves: float | None, text: float = 1.0) -> Estimate:
        """What the training needs at so many units a second, if its text were ``text`` times as long.

        ``saves``: seconds between checkpoints; None if none are kept.
        """

    def go(self) -> None:
        """Train to the end, from a checkpoint if there is one to go on from."""
        if self.run.goes_on():
            self._restore()
        else:
            self._look_ahead()
        while not self.over:
            if self._descend():
                self._end_epoch()
            if self.run.stop.is_set():
                self._save()
                raise Interrupted("interrupted")
            if self.run.checkpoint_due() or (self.over and self.settings.bootstrap):
                self._save()
        if not any("loss" in entry for entry in self.history):
            raise LittleTextError(*self.nothing_learnt)
        if has_diverged(self.history):
            loss = self.history[-1]["loss"]
            self.run.warn(
                f"the training diverged (loss {loss:.3g}): these vectors mean nothing",
                "use a smaller learning rate ({lr})",
            )
        if self.best is not None and self.stopping.best_epoch < self.epoch:
            self._take_over(self.best)

    def _look_ahead(self) -> None:
        """Say what the training will need; choose the number of epochs where time is what is given."""
        speed = self.measured_speed()
        if self.run.minutes is not None:
            epoch_seconds = (1 + self.settings.bootstrap) * self.epoch_units / speed
            self.epochs = max(1, round(0.95 * 60 * self.run.minutes / epoch_seconds))
        needs = self.estimate(speed, self.run.checkpoint_seconds if self.run.checkpoint else None)
        self.run.progress.note(f"{counted(self.epochs, 'epoch')}: {needs}")

    @property
    def over(self) -> bool:
        """Whether there is no epoch left to train."""
        return self.epoch >= self.epochs or self.stopping.done

    def _descend(self) -> bool:
        """Go on with the epoch until it is over (True), or the run is to stop or to save (False)."""
        crew, pieces = self.descent.start_epoch(self.epoch, self.done)
        sizes = np.cumsum(self.descent.piece_sizes(self.epoch))
        try:
            while not crew.wait(WAIT_SECONDS):
                self.done = pieces.done
                self._tell(int(sizes[min(pieces.done, len(sizes)) - 1]) if pieces.done else 0, int(sizes[-1]))
                if self.run.stop.is_set() or self.run.checkpoint_due():
                    pieces.pause.set()
        finally:  # also when a second Ctrl-C comes
            pieces.pause.set()
        crew.finish()
        self.done = pieces.done
        return self.done == pieces.last

    def _end_epoch(self) -> None:
        """Measure, note and forget the epoch's loss."""
        held_out = self.descent.held_out_loss()
        losses = {"loss": self.mean_loss(), "held_out_loss": held_out}
        losses = {name: loss for name, loss in losses.items() if not math.isnan(loss)}
        if "held_out_loss" in losses and self.stopping.add(held_out) and self.settings.patience:
            self.best = {name: tensor.copy() for name, tensor in self.matrices.tensors().items()}
        self.history.append({"epoch": self.epoch + 1, **losses})
        shown = "  ".join(f"{name.replace('_', ' ')} {loss:.4f}" for name, loss in losses.items())
        self.run.progress.note(f"epoch {self.epoch + 1}  {shown}")
        self.epoch, self.done = self.epoch + 1, 0
        self.forget_losses()

    def _take_over(self, state: dict[str, NDArray[Any]]) -> None:
        """Put the matrices into a state that they were in."""
        for name, mine in self.matrices.tensors().items():
            mine[:] = state[name]

    def mean_loss(self) -> float:
        """Mean loss of the pieces of this epoch that were done; NaN if they had no examples."""
        examples = int(self.descent.examples.sum())
        return float(self.descent.losses.sum()) / examples if examples else math.nan

    def forget_losses(self) -> None:
        """A new epoch begins."""
        self.descent.losses[:] = 0
        self.descent.examples[:] = 0

    def _tell(self, done: int, total: int) -> None:
        self.run.progress.step(
            "training",
            self.epoch * total + done,
            self.epochs * total,
            self.descent.unit,
            epoch=self.epoch + done / max(total, 1),
            loss=self.mean_loss(),
        )

    # checkpoints

    def _identity(self) -> dict[str, Any]:
        """What must be the same when a run goes on: not how many runs of a bootstrap come after it."""
        return {
            **{name: value for name, value in self.settings.get_params().items() if name != "bootstrap"},
            "threads": self.settings.used_threads,
            "text": self.text,
            "from": self.start,
        }

    def _save(self) -> None:
        if self.run.checkpoint is None:
            return
        state = {
            "task": self.settings.task,
            "identity": self._identity(),
            "epochs": self.epochs,
            "epoch": self.epoch,
            "done": self.done,
            "history": self.history,
            "stopping": vars(self.stopping),
        }
        tensors: dict[str, NDArray[Any]] = {
            "losses": self.descent.losses,
            "examples": self.descent.examples,
            **self.matrices.tensors(),
        }
        if self.best is not None:
            tensors |= {f"best_{name}": tensor for name, tensor in self.best.items()}
        self.run.checkpoint.save(state, tensors)
        self.run.checkpoint_saved()
        self.run.progress.note(f"checkpoint saved in {self.run.checkpoint.folder}")

    def _restore(self) -> None:
        assert self.run.checkpoint is not None
        state, tensors = self.run.checkpoint.load()
        self.run.checkpoint.check_goes_on(state, self.settings.task, self._identity())
        self.epochs = state["epochs"]
        self.epoch, self.done, self.history = state["epoch"], state["done"], state["history"]
        self.stopping = Stopping(**state["stopping"])
        self.descent.losses[:], self.descent.examples[:] = tensors["losses"], tensors["examples"]
        self._take_over(tensors)
        best = {name: tensors[f"best_{name}"] for name in self.matrices.tensors() if f"best_{name}" in tensors}
        self.best = best or None
        place = "behind the last epoch" if self.over else f"from epoch {self.epoch + 1}, piece {self.done}"
        self.run.progress.note(f"going on {place}")
