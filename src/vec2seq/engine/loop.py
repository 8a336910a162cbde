"""The training loop: batches, gradients, steps, held-out loss, checkpoints.

``train`` reads from top to bottom. What a net is, and what its loss means, only the caller knows.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from vec2seq.engine.batches import batches
from vec2seq.engine.board import board
from vec2seq.engine.health import Finding, Health
from vec2seq.engine.learner import Collate, Learner, NotFiniteError
from vec2seq.engine.processes import Loss, Processes, together
from vec2seq.engine.rows import lengths_of
from vec2seq.engine.settings import TrainSettings
from vec2seq.engine.state import State
from vec2seq.engine.watch import Reading
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.progress import duration
from vec2seq.run.signals import Interrupted
from vec2seq.run.stopping import Stopping

Example = TypeVar("Example", bound=Sequence[Any])

Score = Callable[[nn.Module], float]
"""net -> how good it is at what is held out, higher is better; it is in evaluation mode, and no gradients are kept"""

TELL_SECONDS = 0.5


@dataclass
class History:
    """What a training was like."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    """one an epoch: epoch, loss, held_out_loss and score if they are measured, lr"""
    best_epoch: int | None = None
    """whose weights were kept, with ``patience``; from 1"""
    steps: int = 0
    findings: list[Finding] = field(default_factory=list)
    """what was wrong with it"""
    readings: list[Reading] = field(default_factory=list)
    """what some of its steps were like, ever fewer: gradients of the weights, and how far they moved"""


def train(
    net: nn.Module,
    examples: Sequence[Example],
    valid: Sequence[Example],
    collate: Collate,
    loss: Loss,
    settings: TrainSettings,
    run: Run | None = None,
    identity: dict[str, Any] | None = None,
    score: Score | None = None,
) -> History:
    """Train a net in place; it is on its device afterwards, in evaluation mode.

    An example is a sequence whose first member has the length of the example. ``valid``: examples that are held out,
    may be none. ``identity``: what else than the settings must be the same when a run goes on, the data above all.
    With ``score``, this and not the held-out loss says which weights are the best. Interrupted if the run is to stop;
    its state is then saved, if it has a place for it. UserError if the run began with something else, or if nothing
    can say which weights are the best.

    Under ``torchrun`` several processes train together (``engine.processes``): each calls this with the same, and has
    the same net afterwards. A batch's rows are dealt out to them; the first one writes.
    """
    run = run or Run()
    settings.check_settings()
    if settings.patience and score is None and not len(valid):
        raise UserError(
            f"patience {settings.patience}: nothing is held out to judge by", "hold examples out, or use {patience} 0"
        )
    if not len(examples):
        raise UserError("there are no examples to learn from")
    if not any(weight.requires_grad for weight in net.parameters()):
        raise UserError(
            "the net has no weights to train, or all of them are frozen", "set requires_grad of some to True"
        )
    with (
        _surroundings(settings, run) as (processes, run, show),
        Learner(net, collate, loss, settings, processes) as learner,
    ):
        net.to(processes.device)
        health = Health(net, run)
        state = State(learner, Stopping(settings.patience), health, run, identity or {})
        lengths = lengths_of(examples)
        state.check_same(lengths)
        if run.goes_on():
            state.restore()
        elif run.minutes is not None:
            state.epochs = _epochs_in(run, run.minutes, learner, examples, valid, lengths, health, score)
        if run.writes:
            health.examine(examples, valid)
        while state.epoch < state.epochs and not state.stopping.done:
            rate = _epoch(state, examples, batches(lengths, settings.batch_tokens, settings.seed, state.epoch))
            state.end_epoch(_judged(learner, valid, health, score), rate)
            _tell(state.history, run, show)
            health.end_epoch(state.history, state.epochs, state.steps)
        state.take_best()
        net.train(False)
    best = state.stopping.best_epoch if settings.patience else None
    return History(state.history, best, state.steps, health.findings, health.readings)


def _epoch(state: State, examples: Sequence[Any], order: Sequence[NDArray[np.int64]]) -> float:
    """The steps of an epoch that are left; returns the last learning rate. Interrupted if the run is to stop."""
    learner, run, health = state.learner, state.run, state.health
    many, told = learner.settings.accumulate, time.monotonic()
    steps, rate = -(-len(order) // many), 0.0
    learner.net.train()
    while state.position < steps:
        taken = order[state.position * many : (state.position + 1) * many]
        rate = learner.settings.rate(state.epoch * steps + state.position, state.epochs * steps)
        step = state.steps + state.position
        try:
            with health.watching(step, learner.optimizer) as seen:
                done = [learner.add_gradient(examples, numbers, numbers is taken[-1]) for numbers in taken]
        except NotFiniteError as error:
            raise health.not_finite(error.batch, learner.loss, step) from None
        summed, items, stops, saves = learner.processes.sums(
            *map(sum, zip(*done, strict=True)), run.stop.is_set(), run.checkpoint_due()
        )
        if seen is not None:
            seen.given = summed / max(items, 1)
        learner.step(rate, items / learner.processes.count)
        state.add(summed, int(items))
        if stops or saves:
            state.save()
        if stops:
            raise Interrupted("interrupted")
        if time.monotonic() - told > TELL_SECONDS:
            told, at = time.monotonic(), state.epoch + state.position / steps
            run.progress.step("training", at * steps, state.epochs * steps, "steps", epoch=at, loss=state.mean)
    return learner.settings.rate((state.epoch + 1) * steps - 1, state.epochs * steps)


def _judged(learner: Learner, valid: Sequence[Any], health: Health, score: Score | None) -> dict[str, float]:
    """What the net does with what is held out."""
    learner.processes.align(learner.net)
    with health.judging():
        found = {"held_out_loss": learner.mean_loss(valid)}
    learner.net.train(False)
    with torch.inference_mode():
        return found if score is None else {**found, "score": learner.processes.of_first(score(learner.net))}


def _epochs_in(
    run: Run,
    minutes: float,
    learner: Learner,
    examples: Sequence[Any],
    valid: Sequence[Any],
    lengths: NDArray[np.int64],
    health: Health,
    score: Score | None,
) -> int:
    """How many epochs fit into so many minutes, a little kept back; at least one. By judging once, and some steps."""
    settings, began = learner.settings, time.monotonic()
    _judged(learner, valid, health, score)
    seconds = time.monotonic() - began
    try:
        seconds += learner.epoch_seconds(examples, batches(lengths, settings.batch_tokens, settings.seed, 0))
    except NotFiniteError as error:
        raise health.not_finite(error.batch, learner.loss, 0) from None
    torch.manual_seed(learner.processes.seed(settings.seed))
    if seconds > 60 * minutes:
        run.progress.note(f"an epoch takes about {duration(seconds)}, longer than {minutes:g} minutes: one is trained")
    return int(learner.processes.of_first(max(1, int(0.95 * 60 * minutes / seconds))))


def _tell(history: list[dict[str, Any]], run: Run, show: Callable[[dict[str, Any]], None]) -> None:
    """The last epoch: on the screen, in the log, in TensorBoard."""
    run.progress.note("  ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in history[-1].items()))
    run.keep_log(history)
    show(history[-1])


@contextmanager
def _surroundings(
    settings: TrainSettings, run: Run
) -> Iterator[tuple[Processes, Run, Callable[[dict[str, Any]], None]]]:
    """The processes that train together, seeded, repeatable; the run, of which only the first one writes; its board."""
    with (
        together(device_of(settings)) as processes,
        _repeatable(settings.threads, processes.device),
        torch.random.fork_rng(_gpus(processes.device)),
        board(run if processes.rank == 0 else Run()) as show,
    ):
        torch.manual_seed(processes.seed(settings.seed))
        yield processes, run if processes.rank == 0 else replace(run, writes=False), show


def device_of(settings: TrainSettings) -> torch.device:
    """Where to train."""
    if settings.device != "auto":
        return torch.device(settings.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")  # mps has no float64, and was never tried


def _gpus(device: torch.device) -> list[int]:
    return [device.index or 0] if device.type == "cuda" else []


@contextmanager
def _repeatable(threads: int | None, device: torch.device) -> Iterator[None]:
    """So many threads, which on a processor add up in the same order every time; afterwards all is as it was.

    Else threads would meet in the gradient of an index that is there twice, and no two runs were equal. New memory is
    not filled: that takes time, and only what is wrong anyway would read it.
    """
    memory: Any = torch.utils.deterministic
    before = torch.get_num_threads(), memory.fill_uninitialized_memory
    mode = torch.get_deterministic_debug_mode()
    torch.set_num_threads(threads or before[0])
    if device.type == "cpu":
        torch.use_deterministic_algorithms(True)
        memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        memory.fill_uninitialized_memory = before[1]
        torch.set_num_threads(before[0])
