"""How much time, memory and disk a training on texts will take; and whether more labels would help.

The data are read and the net is made as for a training, and some of its steps are timed. So this process's peak of
memory is about that of the training, too.
"""

import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError, counted
from vec2seq.measure.texts import ERRORS
from vec2seq.run.context import CHECKPOINT_SECONDS, Run
from vec2seq.run.progress import Part, amount, duration
from vec2seq.run.resources import peak_memory
from vec2seq.run.signals import stop_requests

if TYPE_CHECKING:
    from torch import nn

    from vec2seq.tasks.data_estimator import DataEstimator, Ready

START_SECONDS = 2.0
"""Starting Python and loading PyTorch."""
SLOWER = 1.3
"""Steps of the moment that was measured can be this much faster than those of the whole training, or slower."""
SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
FEWEST = 40
"""examples that a part of the learning curve needs"""


@dataclass(frozen=True)
class Estimate:
    """What a training needs."""

    noun: str
    """what an example is called"""
    examples: int
    held_out: int
    part: str
    """what the net reads one by one"""
    parts: int
    """of what is learnt from, each pass"""
    labels: int | None
    """None where there are none"""
    weights: int
    epochs: int
    batch_tokens: int
    seconds: float
    low_seconds: float
    high_seconds: float
    memory_bytes: int | None
    """peak resident memory; None if the system does not tell"""
    disk_bytes: int
    """at the peak: numbers of the words, and the model or two checkpoints, in a run that saves its state"""

    def __str__(self) -> str:
        """Some lines for people."""
        low, seconds, high = map(duration, (self.low_seconds, self.seconds, self.high_seconds))
        labels = "" if self.labels is None else f", {counted(self.labels, 'label')}"
        memory = "" if self.memory_bytes is None else f"{amount(self.memory_bytes)}B of memory, "
        return (
            f"{counted(self.examples, self.noun)} ({self.held_out:,} of them kept out), "
            f"{counted(self.parts, self.part)} to learn from{labels}\n"
            f"net of {counted(self.weights, 'weight')}, batches of at most {counted(self.batch_tokens, self.part)}\n"
            f"about {seconds} for {counted(self.epochs, 'epoch')} (from {low} to {high}), {memory}"
            f"{amount(self.disk_bytes)}B on disk"
        )


def estimate(model: "DataEstimator", X: Any, checkpoint: bool, minutes: float | None) -> Estimate:
    """What ``model.fit(X)`` will need, with checkpoints or without."""
    run, began = Run(minutes=minutes), time.perf_counter()
    made = replace(model)
    with stop_requests(run.stop), tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
        ready = made.ready(X, None, None, run, Path(folder), False)
        reading = time.perf_counter() - began
        how: Any = made.settled(ready.learnt.lengths)
        net = ready.begin(ready.learnt)
        epoch, judging = _seconds(ready, net, how)
        epochs = how.epochs if minutes is None else max(1, int(0.95 * 60 * minutes / (epoch + judging)))
        encoded = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    weights = sum(weight.numel() for weight in net.parameters())
    once = START_SECONDS + reading + judging
    training = epochs * (epoch + judging)
    saves = checkpoint and once + training > CHECKPOINT_SECONDS
    peak = peak_memory()
    return Estimate(
        noun=made.noun,
        examples=ready.facts[f"{made.noun}s"],
        held_out=ready.facts["held_out"],
        part=made.part,
        parts=int(ready.learnt.lengths.sum()),
        labels=len(made.labels_) if hasattr(made, "labels_") else None,
        weights=weights,
        epochs=epochs,
        batch_tokens=how.batch_tokens,
        seconds=once + training,
        low_seconds=once + training / SLOWER,
        high_seconds=once + training * SLOWER,
        memory_bytes=None if peak is None else peak + 8 * weights,  # the optimizer's numbers of rows not yet met
        disk_bytes=encoded + 4 * weights * (6 if saves else 1),
    )


def _seconds(ready: "Ready", net: "nn.Module", how: Any) -> tuple[float, float]:
    """Of an epoch, and of judging by what is kept out."""
    from vec2seq.engine.batches import batches
    from vec2seq.engine.eager import using_threads
    from vec2seq.engine.learner import Learner
    from vec2seq.engine.loop import device_of
    from vec2seq.engine.processes import together

    with (
        using_threads(how.threads),
        together(device_of(how)) as processes,
        Learner(net, tuple, ready.loss, how, processes) as learner,
    ):
        net.to(processes.device)
        epoch = learner.epoch_seconds(ready.learnt, batches(ready.learnt.lengths, how.batch_tokens, how.seed, 0))
        began = time.perf_counter()
        learner.mean_loss(ready.held_out)
        return epoch, time.perf_counter() - began


@dataclass(frozen=True)
class Curve:
    """How good a model is by how much it learnt from."""

    metric: str
    examples: list[int]
    scores: list[float]
    low: list[float]
    high: list[float]
    more: int
    """so many more examples are asked about"""
    expected: float | None
    """the score with them, by a power law through the errors; None if the errors tell no law"""

    def __str__(self) -> str:
        """Some lines for people."""
        lines = [
            f"{number:>9,}  {self.metric} {score:.3f} [{low:.3f}, {high:.3f}]"
            for number, score, low, high in zip(self.examples, self.scores, self.low, self.high, strict=True)
        ]
        if self.expected is None:
            return "\n".join([*lines, "the errors do not fall with more examples: more of the same may not help"])
        gain = self.expected - self.scores[-1]
        beyond = self.expected < self.low[-1] if self.metric in ERRORS else self.expected > self.high[-1]
        helps = "would help" if beyond else "would help little, within what chance can do"
        return "\n".join(
            [*lines, f"{self.more:,} more: about {self.expected:.3f} ({gain:+.3f}) if this goes on; they {helps}"]
        )


def learning_curve(model: "DataEstimator", X: Any, y: Any, more: int, run: Run) -> Curve:
    """Train on an eighth, a quarter, half and all of the examples, and judge each by the same that are kept out.

    UserError if nothing is kept out, or there are too few to divide.
    """
    numbers: list[int] = []
    scores: list[dict[str, Any]] = []
    made = replace(model)
    with run.workspace() as folder:
        ready = made.ready(X, y, None, run, folder, False)
        if not len(ready.held_out) or len(ready.learnt) * SHARES[0] < FEWEST:
            raise UserError(
                f"{counted(len(ready.learnt), made.noun)} to learn from, {len(ready.held_out):,} kept out: too few for "
                "a learning curve"
            )
        order = np.random.default_rng(made.seed).permutation(len(ready.learnt))
        for share in SHARES:
            part = ready.learnt.some(np.sort(order[: round(share * len(order))]))
            beside = Run(progress=Part(run.progress, f"{len(part):,} {made.noun}s"), stop=run.stop)
            found = made.trained_on(replace(ready, learnt=part), beside)["scores"][0]
            scores.append({name: value or 0.0 for name, value in found.items()})  # F1 of spans may be none
            numbers.append(len(part))
            run.progress.note(f"{len(part):,} {made.noun}s: {scores[-1]['metric']} {scores[-1]['score']:.3f}")
    metric, reached = scores[-1]["metric"], [score["score"] for score in scores]
    errors = reached if metric in ERRORS else [1 - score for score in reached]
    expected = extrapolated(numbers, errors, numbers[-1] + more)
    return Curve(
        metric=metric,
        examples=numbers,
        scores=reached,
        low=[score["low"] for score in scores],
        high=[score["high"] for score in scores],
        more=more,
        expected=expected if expected is None or metric in ERRORS else 1 - expected,
    )


def extrapolated(examples: Sequence[int], errors: Sequence[float], at: int) -> float | None:
    """The error with so many examples by error = a N^-b through errors (Hestness et al. 2017); None if b <= 0."""
    if min(errors) <= 0:
        return None
    x: NDArray[np.float64] = np.log(examples)
    slope, _ = np.polyfit(x, np.log(errors), 1)
    if slope >= 0:
        return None
    return errors[-1] * math.exp(slope * (math.log(at) - float(x[-1])))
