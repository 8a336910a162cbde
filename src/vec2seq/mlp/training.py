"""A run: epochs until the loss, or the score of held-out rows, no longer gets better; checkpoints; exact resume.

When to stop, and the learning rates of SGD, are as scikit-learn has them.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError
from vec2seq.kernels.mlp_steps import ADAM, NESTEROV, SGD, Rule
from vec2seq.mlp.descent import Descent, is_watched
from vec2seq.mlp.settings import Settings
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

LOWEST_RATE = 1e-6
"""An adaptive learning rate below this is no longer worth an epoch."""
RATE_DIVISOR = 5


def epochs_in(minutes: float, first: float, other: float) -> int:
    """How many epochs fit into so many minutes, a little kept back; at least one. Seconds of the first, of others."""
    return 1 + max(0, int((0.95 * 60 * minutes - first) / max(other, 1e-6)))


@dataclass
class Training:
    """A run. What a checkpoint keeps are the descent's arrays and numbers, and the fields below ``identity``."""

    settings: Settings
    descent: Descent
    held_out_score: Callable[[], float] | None
    """accuracy or R2 of the rows that ``early_stopping`` keeps out, with the weights of this moment"""
    run: Run
    identity: dict[str, Any]
    """what must be the same when a run goes on"""
    epochs: int
    before: int = 0
    """epochs of the trainings that this one goes on from"""
    epoch: int = 0
    worse: int = 0
    """epochs in a row that were not better by ``tol``"""
    best: float | None = None
    """lowest loss, or highest score"""
    rate: float = field(init=False)
    history: list[dict[str, Any]] = field(default_factory=list)
    _best_weights: NDArray[np.float32] | None = None
    _stopped: bool = False

    def __post_init__(self) -> None:
        self.rate = self.settings.learning_rate_init

    def go(self) -> None:
        """Train to the end, from a checkpoint if there is one to go on from; the best weights are kept."""
        if self.run.goes_on():
            self._restore()
        else:
            self._start_epoch()
        ends = [time.monotonic()]
        while self.epoch < self.epochs and not self._stopped:
            if self.descent.go_on(self._rule(), self._pause):
                self._end_epoch()
                self._fit_into_time(ends)
                self._start_epoch()
            if self.run.stop.is_set():
                self._save()
                raise Interrupted("interrupted")
            if self.run.checkpoint_due():
                self._save()
        if self._best_weights is not None:
            self.descent.weights[:] = self._best_weights
        if not np.isfinite(self.descent.weights).all():
            raise UserError(
                "the training diverged: weights are no longer finite",
                "scale the inputs to about -1 ... 1, or use a smaller {learning_rate_init}",
            )

    @property
    def stopped(self) -> bool:
        """Whether it stopped because it no longer got better."""
        return self._stopped

    def _fit_into_time(self, ends: list[float]) -> None:
        """If the time is limited, decide how many epochs there are: after the first one and, since that may have loaded
        or compiled kernels, again after the second. ``ends``: when this process began, and ended the epochs before.
        """
        if self.run.minutes is None or self.epoch > 2:
            return
        ends.append(time.monotonic())
        if len(ends) == self.epoch + 1:  # not if it went on from a checkpoint
            fit = epochs_in(self.run.minutes, ends[1] - ends[0], ends[-1] - ends[-2])
            self.epochs = max(self.epoch, fit)

    def _start_epoch(self) -> None:
        last = 1 < self.epochs == self.epoch + 1
        self.descent.start_epoch(self.epoch, is_watched(self.before + self.epoch + 1) or last)

    def _pause(self) -> bool:
        """Tell how far it is; whether to stop, or to save."""
        self._tell()
        return self.run.stop.is_set() or self.run.checkpoint_due()

    def _tell(self) -> None:
        self.run.progress.step(
            "training",
            self.epoch * len(self.descent.order) + self.descent.done,
            self.epochs * len(self.descent.order),
            "rows",
            epoch=self.epoch + self.descent.done / len(self.descent.order),
            loss=self.descent.loss / self.descent.done if self.descent.done else math.nan,
        )

    def _rule(self) -> Rule:
        how, adam = self.settings, self.settings.solver == "adam"
        return Rule(
            solver=ADAM if adam else NESTEROV if how.nesterovs_momentum else SGD,
            rate=self.rate,
            decay=how.alpha,
            beta_1=how.beta_1 if adam else how.momentum,
            beta_2=how.beta_2,
            epsilon=how.epsilon,
            dropout=how.dropout,
            seed=self.descent.seed,
        )

    def _end_epoch(self) -> None:
        """Note the epoch; see whether it was better, and whether to go on."""
        self._tell()
        how, norms, loss = self.settings, self.descent.norms(), self.descent.end_epoch()
        self.epoch += 1
        entry: dict[str, Any] = {"epoch": self.epoch, **({"loss": loss} if math.isfinite(loss) else {}), **norms}
        if self.held_out_score is None:
            measured = -loss
        else:
            measured = self.held_out_score()
            entry["validation_score"] = measured if math.isfinite(measured) else None
        self.history.append(entry)
        if how.verbose:
            told = ((name.replace("_", " "), value) for name, value in entry.items() if name not in norms)
            self.run.progress.note("  ".join(f"{name} {value}" for name, value in told))
        best = -math.inf if self.best is None else self.best
        # a held-out score may stand still by tol, a loss may not: as scikit-learn has it
        lacks = measured < best + how.tol if self.held_out_score else measured < best + how.tol or math.isnan(measured)
        self.worse = self.worse + 1 if lacks else 0
        if measured > best:
            self.best = measured
            if self.held_out_score is not None:
                self._best_weights = self.descent.weights.copy()
        if how.solver == "sgd" and how.learning_rate == "invscaling":
            self.rate = how.learning_rate_init / _power(self.epoch * len(self.descent.order) + 1, how.power_t)
        if self.worse > how.n_iter_no_change:
            self._no_longer_better()

    def _no_longer_better(self) -> None:
        """Stop; or, where it adapts, go on with a lower learning rate."""
        if self.settings.solver == "adam" or self.settings.learning_rate != "adaptive" or self.rate <= LOWEST_RATE:
            self._stopped = True
        else:
            self.rate /= RATE_DIVISOR
            self.worse = 0

    # checkpoints

    def _save(self) -> None:
        if self.run.checkpoint is None:
            return
        descent = self.descent
        state = {
            "task": "mlp",
            "identity": self.identity,
            "training": {name: getattr(self, name) for name in _KEPT},
            "descent": {
                "steps": descent.steps,
                "loss": descent.loss,
                "done": descent.done,
                "gradient_norms": descent.gradient_norms,
            },
        }
        tensors = {"weights": descent.weights, "state": descent.state}
        if self._best_weights is not None:
            tensors["best_weights"] = self._best_weights
        self.run.checkpoint.save(state, tensors)
        self.run.checkpoint_saved()
        self.run.progress.note(f"checkpoint saved in {self.run.checkpoint.folder}")

    def _restore(self) -> None:
        assert self.run.checkpoint is not None
        state, tensors = self.run.checkpoint.load()
        self.run.checkpoint.check_goes_on(state, "mlp", self.identity)
        for name in _KEPT:
            setattr(self, name, state["training"][name])
        for name, value in state["descent"].items():
            setattr(self.descent, name, value)
        self.descent.weights[:], self.descent.state[:] = tensors["weights"], tensors["state"]
        if "best_weights" in tensors:
            self._best_weights = np.array(tensors["best_weights"])
        self._start_epoch()
        self.run.progress.note(f"going on from epoch {self.epoch + 1}, row {self.descent.done}")


_KEPT = ("epochs", "epoch", "worse", "best", "rate", "history", "_stopped")


def _power(base: float, exponent: float) -> float:
    """Infinite where it is too large."""
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf
