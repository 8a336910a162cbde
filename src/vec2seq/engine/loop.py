"""The training loop: batches, gradients, steps, held-out loss, checkpoints.

``train`` reads from top to bottom. What a net is, and what its loss means, only the caller knows.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vec2seq.engine.batches import batches, in_order
from vec2seq.engine.board import board
from vec2seq.engine.health import Finding, Health
from vec2seq.engine.processes import Processes, together
from vec2seq.engine.rows import lengths_of, take
from vec2seq.engine.settings import TrainSettings
from vec2seq.engine.state import State
from vec2seq.engine.watch import Reading
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted
from vec2seq.run.stopping import Stopping

Example = TypeVar("Example", bound=Sequence[Any])
Batch = Any
Collate = Callable[[Any], Batch]
"""some examples -> tensors, or a tuple or dict of tensors; of Rows it gets the rows, as a tuple of tensors"""
Loss = Callable[[nn.Module, Batch], tuple[Tensor, int]]
"""net, batch -> the sum of the losses [], and of how many items: the mean is over all items of a step"""
Score = Callable[[nn.Module], float]
"""net -> how good it is at what is held out, higher is better; it is in evaluation mode, and no gradients are kept"""

TELL_SECONDS = 0.5
_TIMED_STEPS = 8


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
    with (
        together(device_of(settings)) as processes,
        _repeatable(settings.threads, processes.device),
        torch.random.fork_rng(_gpus(processes.device)),
        board(run if processes.rank == 0 else Run()) as show,
    ):
        device, seed, alone = processes.device, processes.seed(settings.seed), processes.count == 1
        run = run if processes.rank == 0 else replace(run, writes=False)
        torch.manual_seed(seed)
        net.to(device)
        weights = _trained(net)
        optimizer = _optimizer(weights, settings)
        lengths = lengths_of(examples)
        health = Health(net, run)
        state = State(net, optimizer, Stopping(settings.patience), health, settings.epochs, processes)

        def judged() -> dict[str, float]:
            """What the net does with what is held out."""
            processes.align(net)
            with health.judging():
                found = {"held_out_loss": mean_loss(net, valid, collate, loss, settings, device, processes)}
            net.train(False)
            with torch.inference_mode():
                return found if score is None else {**found, "score": processes.of_first(score(net))}

        state.check_same(run, settings, identity or {}, lengths)
        if run.goes_on():
            state.restore(run, settings, identity or {})
        elif run.minutes is not None:
            began = time.monotonic()
            judged()
            seconds = time.monotonic() - began
            seconds += _epoch_seconds(net, examples, lengths, collate, loss, settings, processes)
            state.epochs = int(processes.of_first(max(1, int(0.95 * 60 * run.minutes / seconds))))
            torch.manual_seed(seed)
        if run.writes:
            health.examine(examples, valid)
        shared, is_step = processes.sharing(net, loss), settings.accumulate == 1 and alone

        def gradient(batch_numbers: NDArray[np.int64], last: bool) -> tuple[float, int]:
            """Add the gradient of this process's rows of a batch, the last of a step or not.

            Returns the sum of their losses, and of how many items. If the batch is a step, the gradient is that of the
            mean. Else nobody knows yet of how many items the mean will be.
            """
            batch = _moved(collate(take(examples, processes.rows(batch_numbers))), device)
            with processes.exchanging(shared, last):
                with _precision(settings, device):
                    summed, items = shared(batch)
                value = summed.item()
                if not math.isfinite(value):
                    raise health.not_finite(batch, loss, state.steps + state.position)
                if processes.is_idle(batch_numbers):
                    summed, value, items = summed * 0, 0.0, 0
                share = 1 / max(items, 1) if is_step else 1.0
                summed.backward(torch.full_like(summed, share))  # type: ignore[no-untyped-call]
            return value, items

        def agreed(done: list[tuple[float, int]]) -> tuple[float, bool, bool]:
            """By what is left to divide, whether to stop, and whether to save: the same in all processes."""
            values = [*map(sum, zip(*done, strict=True)), run.stop.is_set(), run.checkpoint_due()]
            summed, items, stops, saves = values if alone else processes.sums(*values)
            state.total, state.items = state.total + summed, state.items + int(items)
            return 1 if is_step else items / processes.count, stops > 0, saves > 0

        told = time.monotonic()
        while state.epoch < state.epochs and not state.stopping.done:
            net.train()
            order = batches(lengths, settings.batch_tokens, settings.seed, state.epoch)
            steps = -(-len(order) // settings.accumulate)
            while state.position < steps:
                first = state.position * settings.accumulate
                taken = order[first : first + settings.accumulate]
                rate = settings.rate(state.epoch * steps + state.position, state.epochs * steps)
                with health.watching(state.steps + state.position, optimizer):
                    parts, stops, saves = agreed([gradient(numbers, numbers is taken[-1]) for numbers in taken])
                _step(weights, optimizer, rate, parts, settings.clip)
                state.position += 1
                if stops or saves:
                    state.save(run, settings, identity or {})
                    if stops:
                        raise Interrupted("interrupted")
                if time.monotonic() - told > TELL_SECONDS:
                    told = time.monotonic()
                    done = state.epoch + state.position / steps
                    run.progress.step(
                        "training", done * steps, state.epochs * steps, "steps", epoch=done, loss=state.mean
                    )
            state.end_epoch(judged(), settings.rate((state.epoch + 1) * steps - 1, state.epochs * steps))
            shown = "  ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in state.history[-1].items())
            run.progress.note(shown)
            run.keep_log(state.history)
            show(state.history[-1])
            health.end_epoch(state.history, state.epochs, state.steps)
        state.take_best()
        net.train(False)
    best = state.stopping.best_epoch if settings.patience else None
    return History(state.history, best, state.steps, health.findings, health.readings)


def mean_loss(
    net: nn.Module,
    examples: Sequence[Example],
    collate: Collate,
    loss: Loss,
    settings: TrainSettings,
    device: torch.device,
    processes: Processes | None = None,
) -> float:
    """The mean loss of examples; NaN if there are none. Nothing is trained. Several processes share the batches."""
    processes = processes or Processes(device)
    if not len(examples):
        return math.nan
    net.train(False)
    total, items = 0.0, 0
    with torch.inference_mode(), _precision(settings, device):
        for numbers in in_order(lengths_of(examples), settings.batch_tokens)[processes.rank :: processes.count]:
            summed, many = loss(net, _moved(collate(take(examples, numbers)), device))
            total, items = total + float(summed), items + many
    total, of = processes.sums(total, items)
    return total / of


def device_of(settings: TrainSettings) -> torch.device:
    """Where to train."""
    if settings.device != "auto":
        return torch.device(settings.device)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _trained(net: nn.Module) -> list[nn.Parameter]:
    """The weights of a net that are not frozen."""
    return [weight for weight in net.parameters() if weight.requires_grad]


def _optimizer(weights: list[nn.Parameter], settings: TrainSettings) -> torch.optim.Optimizer:
    """Matrices decay; biases, and what scales a layer, do not. A second group takes time: there is one if need be."""
    decays = [weight.ndim > 1 and settings.weight_decay > 0 for weight in weights]
    groups = [
        {
            "params": [weight for weight, mine in zip(weights, decays, strict=True) if mine == decaying],
            "weight_decay": settings.weight_decay if decaying else 0.0,
        }
        for decaying in sorted(set(decays), reverse=True)
    ]
    if settings.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=settings.lr, momentum=0.9, fused=True)
    return torch.optim.AdamW(groups, lr=settings.lr, fused=True)


def _step(
    weights: list[nn.Parameter], optimizer: torch.optim.Optimizer, rate: float, parts: float, clip: float
) -> None:
    """Move the weights against the gradient, divided by ``parts``."""
    if parts not in (0, 1):
        torch._foreach_mul_([weight.grad for weight in weights if weight.grad is not None], 1 / parts)
    if clip:
        nn.utils.clip_grad_norm_(weights, clip)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    for weight in weights:  # as zero_grad does, but for its records
        weight.grad = None


def _epoch_seconds(
    net: nn.Module,
    examples: Sequence[Example],
    lengths: NDArray[np.int64],
    collate: Collate,
    loss: Loss,
    settings: TrainSettings,
    processes: Processes,
) -> float:
    """How long the steps of an epoch will take, by some of them on a copy of the net."""
    trial = copy.deepcopy(net).train()
    weights = _trained(trial)
    optimizer, shared = _optimizer(weights, settings), processes.sharing(trial, loss)
    order = batches(lengths, settings.batch_tokens, settings.seed, 0)
    seconds = []
    for numbers in (order * _TIMED_STEPS)[:_TIMED_STEPS]:
        began = time.monotonic()
        batch = _moved(collate(take(examples, processes.rows(numbers))), processes.device)
        with _precision(settings, processes.device):
            summed, items = shared(batch)
        summed.backward()  # type: ignore[no-untyped-call]
        _step(weights, optimizer, settings.lr, items, settings.clip)
        seconds.append(time.monotonic() - began)
    return float(np.median(seconds)) * len(order)


def _moved(batch: Batch, device: torch.device) -> Batch:
    """A batch on its device."""
    if device.type == "cpu":
        return batch
    if isinstance(batch, Tensor):
        return batch.to(device)
    if isinstance(batch, dict):
        return {name: _moved(part, device) for name, part in batch.items()}
    if isinstance(batch, tuple | list):
        return type(batch)(_moved(part, device) for part in batch)
    return batch


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


def _precision(settings: TrainSettings, device: torch.device) -> AbstractContextManager[Any]:
    """Products in bfloat16, if that is asked for."""
    return torch.autocast(device.type, torch.bfloat16) if settings.precision == "bf16" else nullcontext()
