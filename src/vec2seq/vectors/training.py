"""A run of word2vec: epochs, losses, checkpoints, stopping early. What one epoch does stands in ``gradient.py``."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.corpus import Corpus
from vec2seq.errors import UserError, counted
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted
from vec2seq.run.stopping import Stopping
from vec2seq.vectors.estimate import check_room, estimate_of, measured_speed
from vec2seq.vectors.gradient import Descent
from vec2seq.vectors.matrices import Matrices
from vec2seq.vectors.plan import plan_of

if TYPE_CHECKING:
    from vec2seq.vectors.word2vec import Word2Vec

WAIT_SECONDS = 0.05
"""How often a run looks whether it should pause."""


class Training:
    """A run. Its state: the matrices, ``epoch``, how many of its stretches are ``done``, the losses, ``stopping``."""

    def __init__(
        self,
        settings: "Word2Vec",
        corpus: Corpus,
        run: Run,
        held_out_every: int | None = None,
        start: str | None = None,
    ):
        """``start`` is the digest of the vectors that the training goes on with."""
        self.settings, self.corpus, self.run, self.start = settings, corpus, run, start
        self.plan = plan_of(settings, corpus, held_out_every)
        check_room(self.plan, settings, run)
        self.matrices = Matrices(self.plan)
        self.matrices.start()
        self.epochs = settings.passes(corpus.text_words)
        self.descent = Descent(self.plan, self.matrices, lambda epochs: settings.rate(epochs / self.epochs))
        self.stopping = Stopping(settings.patience)
        self.best: dict[str, NDArray[np.float32]] | None = None
        self.history: list[dict[str, Any]] = []
        self.epoch = self.done = 0

    def go(self) -> None:
        """Train to the end, from a checkpoint if there is one to go on from."""
        if self.run.goes_on():
            self._restore()
        else:
            self._look_ahead()
        while self.epoch < self.epochs and not self.stopping.done:
            if self._descend():
                self._end_epoch()
            if self.run.stop.is_set():
                self._save()
                raise Interrupted("interrupted")
            if self.run.checkpoint_due():
                self._save()
        if not any("loss" in entry for entry in self.history):
            raise UserError(
                "no two words are left in any sentence: nothing to learn", "use {sample} 0, or a smaller {min_count}"
            )
        if self.best is not None and self.stopping.best_epoch < self.epoch:
            self.matrices.set_tensors(self.best)

    def _look_ahead(self) -> None:
        """Say what the training will need; choose the number of epochs where time is what is given."""
        speed = measured_speed(self)
        if self.run.minutes is not None:
            epoch_seconds = self.corpus.text_words / speed
            self.epochs = max(1, round(0.95 * 60 * self.run.minutes / epoch_seconds))
        needs = estimate_of(self, speed, checkpoint=self.run.checkpoint is not None)
        self.run.progress.note(f"{counted(self.epochs, 'epoch')}: {needs}")

    def _descend(self) -> bool:
        """Go on with the epoch until it is over (True), or the run is to stop or to save (False)."""
        crew, pieces = self.descent.start_epoch(self.epoch, self.done)
        sizes = np.cumsum(self.plan.stretch_sizes[self.plan.order(self.epoch)])
        try:
            while not crew.wait(WAIT_SECONDS):
                self.done = pieces.done
                self._tell(int(sizes[min(pieces.done, len(sizes)) - 1]) if pieces.done else 0)
                if self.run.stop.is_set() or self.run.checkpoint_due():
                    pieces.pause.set()
        finally:  # also when a second Ctrl-C comes
            pieces.pause.set()
        crew.finish()
        self.done = pieces.done
        return self.done == pieces.last

    def _end_epoch(self) -> None:
        """Measure, note and forget the epoch's loss."""
        held_out = self.held_out_loss() if self.plan.text.held_out_every else math.nan
        losses = {"loss": self.descent.mean_loss(), "held_out_loss": held_out}
        losses = {name: loss for name, loss in losses.items() if not math.isnan(loss)}
        if "held_out_loss" in losses and self.stopping.add(held_out) and self.settings.patience:
            self.best = self.matrices.copies()
        self.history.append({"epoch": self.epoch + 1, **losses})
        shown = "  ".join(f"{name.replace('_', ' ')} {loss:.4f}" for name, loss in losses.items())
        self.run.progress.note(f"epoch {self.epoch + 1}  {shown}")
        self.epoch, self.done = self.epoch + 1, 0
        self.descent.forget_losses()

    def held_out_loss(self) -> float:
        """Mean loss over the held-out sentences, always with the same windows and negatives. Changes nothing.

        One thread does it: there is little to compute in each stretch.
        """
        measure, stretches = self.descent.workers[0].measure, range(len(self.plan.stretches) - 1)
        losses, examples = zip(*map(measure, stretches), strict=True)
        return sum(losses) / sum(examples) if sum(examples) else math.nan

    def _tell(self, words: int) -> None:
        total = int(self.plan.stretch_sizes.sum())
        self.run.progress.step(
            "training",
            self.epoch * total + words,
            self.epochs * total,
            "words",
            epoch=self.epoch + words / max(total, 1),
            loss=self.descent.mean_loss(),
        )

    # checkpoints

    def _identity(self) -> dict[str, Any]:
        """What must be the same when a run goes on."""
        return {
            **self.settings.get_params(),
            "threads": self.settings.used_threads,
            "text": self.corpus.fingerprint,
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
        if state["task"] != self.settings.task:
            raise UserError(f"{self.run.checkpoint.folder}: the checkpoint of another task, {state['task']!r}")
        for name, value in self._identity().items():
            if state["identity"].get(name) != value:
                before = state["identity"].get(name)
                raise UserError(
                    f"the run began with {name} {before}, not {value}", "use the same, or start anew without {resume}"
                )
        self.epochs = state["epochs"]
        self.epoch, self.done, self.history = state["epoch"], state["done"], state["history"]
        self.stopping = Stopping(**state["stopping"])
        self.descent.losses[:], self.descent.examples[:] = tensors["losses"], tensors["examples"]
        self.matrices.set_tensors(tensors)
        if "best_input" in tensors:
            self.best = {name: tensors[f"best_{name}"] for name in self.matrices.tensors()}
        self.run.progress.note(f"going on from epoch {self.epoch + 1}, stretch {self.done}")
