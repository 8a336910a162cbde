"""How much time, memory and disk a training on a table will take.

The table is read and made ready as for a training, and what comes after the training is done, once, with weights that
are drawn. Of the training itself, a moment is. So this process's peak of memory is that of the training, too.
"""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import counted
from vec2seq.measure.calibration import temperature
from vec2seq.mlp.judgement import LINEAR, SHUFFLES, importance, judged
from vec2seq.mlp.ready import Ready
from vec2seq.mlp.watch import watched
from vec2seq.run.context import CHECKPOINT_SECONDS, Run
from vec2seq.run.progress import amount, columns, duration, visible
from vec2seq.run.resources import peak_memory
from vec2seq.run.signals import stop_requests

if TYPE_CHECKING:
    from vec2seq.mlp.table import TableMLP

MEASURED_SECONDS = 0.5
LINEAR_SECONDS = 2.0
"""So long, or as long as the table was read, the linear model is trained: mostly to its end."""
START_SECONDS = 0.7
"""Starting Python, loading Numba and the compiled kernels."""
ALL_COUNTED = 1 << 16
"""Epochs of which each is asked whether it is watched."""
ENDLESS = {"max_iter": 1 << 40, "tol": 0.0, "n_iter_no_change": 1 << 40}


@dataclass(frozen=True)
class Estimate:
    """What a training needs."""

    rows: int
    """with a target"""
    held_out: int
    target: str
    kind: str
    classes: int
    """0: regression"""
    columns: list[dict[str, Any]]
    """of each "column", "kind" (of ``data.kinds``, or "left out") and the number of "inputs" that it becomes"""
    layers: list[int]
    """numbers of the input, of each hidden layer, of the output"""
    weights: int
    """biases among them"""
    epochs: int
    """at most: it stops before if it no longer gets better"""
    least_epochs: int
    seconds: float
    """if it needs all epochs"""
    low_seconds: float
    """if it stops as soon as it can, at the speed of the fastest tenth of the moment that was measured"""
    high_seconds: float
    """if it needs all epochs, at the speed of the slowest tenth"""
    memory_bytes: int | None
    """peak resident memory: of this process, which has held what the training will; None if the system does not tell"""
    disk_bytes: int
    """at the peak: the model, or two checkpoints, or one and the model, in a run that saves its state"""

    def __str__(self) -> str:
        """Some lines for people."""
        names = [visible(column["column"]) for column in self.columns]
        width = max(map(columns, names))
        what = f"{self.kind} of {self.classes} classes" if self.classes else self.kind
        kept = f" ({self.held_out:,} of them kept out)" if self.held_out else ""
        early = f", if it stops after {self.least_epochs:,}," if self.least_epochs < self.epochs else ""
        memory = "" if self.memory_bytes is None else f"{amount(self.memory_bytes)}B of memory, "
        lines = [f"{counted(self.rows, 'row')}{kept}; target {visible(self.target)}, {what}"]
        for name, column in zip(names, self.columns, strict=True):
            inputs = f", {counted(column['inputs'], 'input')}" if column["inputs"] else ""
            lines.append(f"  {name}{' ' * (width - columns(name))}  {column['kind']}{inputs}")
        lines.append(f"net {' - '.join(map(str, self.layers))}: {counted(self.weights, 'weight')}")
        low, seconds, high = map(duration, (self.low_seconds, self.seconds, self.high_seconds))
        span = f"(from {low}{early} to {high})"
        disk = f"{amount(self.disk_bytes)}B on disk"
        lines.append(f"about {seconds} for {counted(self.epochs, 'epoch')} {span}, {memory}{disk}")
        return "\n".join(lines)


def estimate(model: "TableMLP", X: Any, checkpoint: bool, minutes: float | None) -> Estimate:
    """What ``model.fit(X)`` will need, with checkpoints or without."""
    from vec2seq.mlp.training import epochs_in  # loads Numba

    run, began = Run(minutes=minutes), time.perf_counter()
    with stop_requests(run.stop):
        ready = model.ready(X, run)
    reading = time.perf_counter() - began
    net = model.new_net(ready.labels).set_params(**ENDLESS)
    watch = watched(net, ready, MEASURED_SECONDS)
    rows = len(ready.kept) - round(len(ready.kept) * model.validation_fraction) * model.early_stopping
    low, mean, high = (rows * seconds for seconds in watch.row_seconds())
    epochs = model.max_iter if minutes is None else epochs_in(minutes, mean, mean)
    least = min(epochs, model.n_iter_no_change + 2)

    layers = [ready.inputs.shape[1], *model.hidden_layer_sizes, 1 if len(ready.labels) < 3 else len(ready.labels)]
    parameters = drawn(layers, model.activation)
    made = replace(model)
    rest = timed(lambda: made.take_over(ready, layers, parameters, []))
    linear = (0.0, 0.0, 0.0)
    if len(ready.out):
        rest += judge(made, ready)
        linear = linear_seconds(model, ready, max(LINEAR_SECONDS, reading))
    with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
        rest += timed(lambda: made.save(Path(folder) / "model"))
        disk = sum(path.stat().st_size for path in (Path(folder) / "model").iterdir())
    once = START_SECONDS + reading + rest
    seconds = once + epochs * mean + linear[1]
    history = history_bytes(model, epochs, len(layers) - 1)
    disk += history
    if checkpoint and seconds > CHECKPOINT_SECONDS:
        state = state_bytes(layers, model.early_stopping) + history
        disk = state + max(state, disk)
    peak = peak_memory()
    return Estimate(
        rows=len(ready.table),
        held_out=len(ready.out),
        target=ready.target.name,
        kind=ready.target.kind,
        classes=len(ready.labels),
        columns=[
            *({"column": kind.name, "kind": kind.kind, "inputs": len(kind.inputs)} for kind in ready.columns.kinds),
            *({"column": name, "kind": "left out", "inputs": 0} for name in ready.columns.left_out),
        ],
        layers=layers,
        weights=len(parameters),
        epochs=epochs,
        least_epochs=least,
        seconds=seconds,
        low_seconds=once + least * low + linear[0],
        high_seconds=once + epochs * high + linear[2],
        memory_bytes=None if peak is None else peak + 2 * parameters.nbytes,  # what is kept of the solver at the end
        disk_bytes=disk,
    )


def drawn(layers: list[int], activation: str) -> NDArray[np.float32]:
    """Weights as at the start of a training: all answers differ, as those of a trained net do."""
    from vec2seq.mlp.net import draw, layout, matrices, weight_floats, zeros  # loads Numba

    net = layout(layers, activation, 0, 1)
    values = zeros(weight_floats(net))
    draw(net, values, np.random.RandomState(0))
    return np.concatenate([matrix.ravel() for matrix in matrices(net, values)])


def state_bytes(layers: list[int], best: bool) -> int:
    """Disk of a checkpoint: the weights, two numbers of the solver for each and, with ``best``, the best weights."""
    from vec2seq.mlp.net import layout, weight_floats  # loads Numba

    return 4 * (4 if best else 3) * weight_floats(layout(layers, "identity", 0, 1))


def judge(made: "TableMLP", ready: Ready) -> float:
    """Seconds to calibrate and to judge; the importance of one column tells that of all."""
    net, (held_out, truth) = made.net_, ready.held_out()
    known, labels, scale = ready.wanted[ready.kept], ready.labels, ready.scale
    first = dict([next(iter(ready.columns.groups.items()))])
    seconds = 0.0
    if labels:
        seconds += timed(lambda: temperature(net.outputs(held_out).astype(float), truth.astype(np.int64)))
    seconds += timed(lambda: made.judgement_.update(judged(net, net, {}, held_out, truth, known, labels, scale)))
    of_one = timed(lambda: importance(net, first, held_out, truth, labels, scale)) * SHUFFLES / (SHUFFLES + 1)
    made.judgement_["importance"] = [{"column": name, "drop": 1 / 3, "spread": 1 / 3} for name in ready.columns.groups]
    return seconds + of_one * len(ready.columns.groups)


def linear_seconds(model: "TableMLP", ready: Ready, longest: float) -> tuple[float, float, float]:
    """Of the linear model that is a baseline: at least, if it needs all epochs, at most; all the same if it is done."""
    linear = model.new_net(ready.labels).set_params(**LINEAR)
    began = time.perf_counter()
    watch = watched(linear, ready, longest)
    if not watch.over:
        return (time.perf_counter() - began,) * 3
    _, mean, high = (len(ready.kept) * linear.max_iter * seconds for seconds in watch.row_seconds())
    return longest, mean, high


def history_bytes(model: "TableMLP", epochs: int, layers: int) -> int:
    """What the model's file keeps of the epochs; of some, the norms of each layer."""
    from vec2seq.mlp.descent import is_watched  # loads Numba

    def more(**entry: Any) -> int:
        return len(json.dumps({"history": [entry]}, indent=1)) - len(json.dumps({"history": []}, indent=1))

    scores = {"validation_score": 1 / 3} if model.early_stopping else {}
    norms = [0.123456] * layers
    of_all, of_some = more(epoch=epochs, loss=1 / 3, **scores), more(gradient_norms=norms, weight_norms=norms)
    watched = sum(map(is_watched, range(1, min(epochs, ALL_COUNTED) + 1)))
    watched += max(0, 4 * (epochs // ALL_COUNTED).bit_length() - 4)  # 4 between powers of 2
    return epochs * of_all + watched * of_some


def timed(what: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began
