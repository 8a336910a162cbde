"""What goes wrong in a training, named in plain words while it does.

``Health`` watches some of the steps (``watch.py``), and after each of them asks the rules below; each says what it sees
from the last readings, or nothing. Their thresholds were fixed on parts one and two of the planted faults of
tests/engine/faults.py, and are measured on part three.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import nn

from vec2seq.data.leaks import COMPARED, LOOKED_AT, find_leak
from vec2seq.engine.notfinite import where_it_began
from vec2seq.engine.rows import first
from vec2seq.engine.watch import Choice, Reading, Targets, Watch, Weight, due
from vec2seq.errors import UserError
from vec2seq.run.context import Run

VANISHES = 1e-5
"""the gradient of a matrix, as a share of the largest of all matrices"""
EXPLODES = 3.0
"""the loss, as a multiple of that of an answer that is always the same, in each of some readings"""
SPIKES = 8.0
"""the same, in one of them, if the loss is of classes"""
DEAD = 0.8
"""share of a layer's units that are 0 for a whole batch"""
WRONG = 0.34
"""how much surer outputs are than they are right"""
COSTS = 2.5
"""the loss of outputs that are sure and wrong, as a multiple of that of an answer that is always the same"""
ALIGNED = 0.5
"""the loss as a multiple of the same, below which attention to one place is what was learnt"""
LEAST_OUTPUTS = 30
"""fewer can be wrong by chance"""
ONE_PLACE = 0.98
"""mean of the largest attention"""
FALLS = 0.98
"""a loss that has fallen, as a share of what it was, and of that of an answer that is always the same"""
FAR_BELOW = 0.9
"""a loss that need not fall any more, as a share of that of an answer that is always the same"""
SHARE_OF_EPOCHS = 0.5
"""after which a loss must have fallen"""
LEAST_STEPS = 50
"""before that, a loss need not have fallen"""
SAME = 1e-4
"""standard deviation of outputs that are the same for all examples"""
MOVES = 0.02
"""how far all weights have moved, as a share of their size, if steps are long enough"""
IN_A_ROW = 4
"""readings that must agree"""


@dataclass(frozen=True)
class Finding:
    """A fault: not finite, exploding, vanishing, dead, saturated, frozen, leak, stuck."""

    fault: str
    step: int
    what: str
    mend: str


@dataclass
class Health:
    """Watches a training, and tells each fault once."""

    net: nn.Module
    run: Run
    readings: list[Reading] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    targets: Targets = field(default_factory=Targets)
    """of all readings"""
    held_out_chance: float | None = None
    """the loss of the best answer for what is held out that is always the same; None if it is unknown"""
    _judged: bool = False

    def watching(self, step: int, optimizer: torch.optim.Optimizer) -> AbstractContextManager[Reading | None]:
        """Around forward and backward of one step of the training, from 0; the optimizer's step comes next."""
        return self._watched(Watch(self.net, step), optimizer) if due(step) else _NOTHING

    @contextmanager
    def _watched(self, watch: Watch, optimizer: torch.optim.Optimizer) -> Iterator[Reading]:
        with watch:
            yield watch.reading
        watch.follow(optimizer, lambda: self._judge(watch))

    def _judge(self, watch: Watch) -> None:
        """Ask the rules, with the step that was made now."""
        self.targets.add(watch.targets)
        watch.reading.chance, watch.reading.naive = self.targets.chance_loss(), self.targets.naive_loss()
        self.readings.append(watch.reading)
        last = self.readings[-IN_A_ROW:]
        if len(last) == IN_A_ROW:
            for rule in (exploding, vanishing, dead, saturated, frozen):
                self._tell(rule(last))

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Around the first time that what is held out is judged: its targets are looked at."""
        if self._judged:
            yield
            return
        with Watch(self.net, 0) as watch:
            yield
        self._judged, self.held_out_chance = True, None if watch.lost else watch.targets.chance_loss()

    def examine(self, examples: Sequence[Any], valid: Sequence[Any]) -> None:
        """Look at the data, and at what the net does not train, before it begins."""
        some = first(examples, COMPARED if len(valid) else LOOKED_AT)
        if told := find_leak(some, first(valid, COMPARED)):
            self._tell(Finding("leak", 0, *told))
        self._tell(frozen_at_random(self.net))

    def end_epoch(self, history: list[dict[str, Any]], epochs: int, steps: int) -> None:
        """Whether the loss falls; ``history``: of all epochs so far, of so many in all; ``steps`` are done."""
        if len(history) >= SHARE_OF_EPOCHS * epochs and steps >= LEAST_STEPS:
            self._tell(stuck(history, self.readings, self.held_out_chance))

    def not_finite(self, batch: Any, loss: Any, step: int) -> UserError:
        """The error for a loss that is not a number, or infinite: what it began with."""
        try:
            began = where_it_began(self.net, batch, lambda: loss(self.net, batch))
        except Exception:  # the loss is the caller's, may raise anything when it is asked again, and is wrong anyway
            began = "where that began is not known"
        self.findings.append(Finding("not finite", step, began, ""))
        return UserError(
            f"the loss of step {step + 1} is not a finite number: {began}",
            "look at the examples and the net there; if the steps are too long, use a lower {lr}, or {clip} 1",
        )

    def _tell(self, finding: Finding | None) -> None:
        """Warn, if it is the first of its kind."""
        if finding is not None and finding.fault not in {known.fault for known in self.findings}:
            self.findings.append(finding)
            self.run.warn(finding.what, finding.mend)

    def to_json(self) -> dict[str, Any]:
        """For a checkpoint."""
        lists = {name: [asdict(one) for one in getattr(self, name)] for name in ("readings", "findings")}
        judged = {"judged": self._judged, "held_out_chance": self.held_out_chance}
        return {**lists, "targets": asdict(self.targets), **judged}

    def restore(self, kept: dict[str, Any]) -> None:
        """As a checkpoint has it."""
        self.targets = Targets(**kept["targets"])
        self._judged, self.held_out_chance = kept["judged"], kept["held_out_chance"]
        self.findings = [Finding(**one) for one in kept["findings"]]
        self.readings = [
            Reading(
                **{
                    **one,
                    "weights": [Weight(**weight) for weight in one["weights"]],
                    "attention": [Choice(**choice) for choice in one["attention"]],
                    "outputs": [Choice(**choice) for choice in one["outputs"]],
                }
            )
            for one in kept["readings"]
        ]


_NOTHING: AbstractContextManager[None] = nullcontext()


# the rules


def exploding(readings: Sequence[Reading]) -> Finding | None:
    """The loss is far above that of an answer that is always the same."""
    times = [reading.loss / reading.naive for reading in readings if reading.naive]
    spikes = readings[-1].outputs and times and max(times) >= SPIKES  # a number may be far from all others: no spike
    if not spikes and (len(times) < len(readings) or min(times) < EXPLODES):
        return None
    return Finding(
        "exploding",
        readings[-1].step,
        f"the loss explodes: it is {max(times):.3g} times that of a net that knows nothing",
        "use a lower {lr}, {clip} 1, or smaller weights to begin with",
    )


def vanishing(readings: Sequence[Reading]) -> Finding | None:
    """Next to nothing of the gradient arrives at some weights."""
    found = []
    for reading in readings:
        matrices = [weight for weight in reading.weights if weight.dims > 1]  # a bias before a batch norm has no effect
        gradients = [(weight.mean_gradient, weight.name) for weight in matrices if weight.mean_gradient]
        largest = max(gradients, default=(0.0, ""))[0]
        found.append({name: gradient / largest for gradient, name in gradients if gradient < VANISHES * largest})
    always = [name for name in found[-1] if all(name in one for one in found)]
    if not always:
        return None
    return Finding(
        "vanishing",
        readings[-1].step,
        f"the gradient vanishes at layer {_layer(always[-1])}: {found[-1][always[-1]]:.1g} of the largest arrives",
        "use fewer layers, relu or gelu in the place of sigmoid or tanh, layers that add to what goes by them, or "
        "weights to begin with that keep the size of values",
    )


def dead(readings: Sequence[Reading]) -> Finding | None:
    """Most units of a ReLU are always 0: no gradient goes through them any more."""
    shares = {place: [reading.dead.get(place, 0.0) for reading in readings] for place in readings[-1].dead}
    place = max(shares, key=lambda place: min(shares[place]), default=None)
    if place is None or min(shares[place]) < DEAD:
        return None
    return Finding(
        "dead",
        readings[-1].step,
        f"at layer {place} {min(shares[place]):.0%} of the units of ReLU are 0 for all examples of a batch",
        "use a lower {lr}, more {warmup}, or gelu",
    )


def saturated(readings: Sequence[Reading]) -> Finding | None:
    """A softmax that is sure: of outputs that are wrong, or of attention to one place before anything is learnt."""
    outputs = [one for reading in readings for one in reading.outputs]
    many = sum(one.many for one in outputs)
    sure = sum(one.largest * one.many for one in outputs) / max(many, 1)
    right = sum(one.right * one.many for one in outputs) / max(many, 1)
    times = [reading.loss / reading.naive for reading in readings if reading.naive]
    costly = len(times) > 0 and sum(times) / len(times) >= COSTS
    if many >= LEAST_OUTPUTS and sure - right >= WRONG and costly:
        return Finding(
            "saturated",
            readings[-1].step,
            f"the outputs are saturated: sure to {sure:.0%}, but {right:.0%} of them are right",
            "use smaller weights in the last layer to begin with, or a lower {lr}",
        )
    if times and max(times) < ALIGNED:
        return None
    for place in {one.place: None for one in readings[-1].attention}:
        largest = [[one.largest for one in reading.attention if one.place == place] for reading in readings]
        if all(largest) and min(map(min, largest)) >= ONE_PLACE:
            return Finding(
                "saturated",
                readings[-1].step,
                f"attention at layer {place} is saturated: {min(largest[-1]):.0%} of it is on one place",
                "divide its scores by the root of their width, or use smaller weights to begin with",
            )
    return None


def frozen(readings: Sequence[Reading]) -> Finding | None:
    """Weights that are to be trained get no gradient, and no dead ReLU is the reason."""
    if dead(readings) is not None:
        return None
    without = [{weight.name for weight in reading.weights if not weight.gradient} for reading in readings]
    names = [weight.name for weight in readings[-1].weights if all(weight.name in one for one in without)]
    if not names or len(names) == len(readings[-1].weights):
        return None
    return Finding(
        "frozen",
        readings[-1].step,
        f"no gradient arrives at {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''}: it does not learn",
        "use them in the loss without detach() and no_grad(), or set requires_grad to False",
    )


def frozen_at_random(net: nn.Module) -> Finding | None:
    """An embedding that is not trained, and holds what torch fills new ones with, normal with deviation 1."""
    for name, module in net.named_modules():
        if isinstance(module, nn.Embedding) and not module.weight.requires_grad:
            rows = module.weight.detach().float()
            rows = rows[rows.abs().sum(1) > 0]
            error = 4 / math.sqrt(max(rows.numel(), 1))
            if rows.numel() > 100 and abs(float(rows.mean())) < error and abs(float(rows.std()) - 1) < error:
                return Finding(
                    "frozen",
                    0,
                    f"the embedding {name} is frozen, and holds random numbers",
                    "let it learn, or give it vectors that were trained",
                )
    return None


def stuck(
    history: Sequence[dict[str, Any]], readings: Sequence[Reading], held_out_chance: float | None = None
) -> Finding | None:
    """The loss does not fall, or that of what is held out was never below that of an answer that is always the same."""
    chance, scale = (readings[-1].chance, _scale(readings)) if readings else (None, None)
    if not chance or scale is None:
        return None
    chance, held_out_chance = chance * scale, held_out_chance and held_out_chance * scale
    losses = [entry["loss"] for entry in history if "loss" in entry]
    held_out = [entry["held_out_loss"] for entry in history if "held_out_loss" in entry]
    falls = min(losses) < FAR_BELOW * chance or min(losses) < FALLS * min(chance, losses[0])
    if falls and min(held_out, default=0.0) < FALLS * (held_out_chance or math.inf):
        return None
    step = readings[-1].step
    if falls:
        return Finding(
            "stuck",
            step,
            "it learns the examples by heart: for others it is no better than an answer that is always the same",
            "check that each label is that of its example, use more examples, or a smaller net",
        )
    what = f"the loss does not fall: {losses[-1]:.4g}, where an answer that is always the same has {chance:.4g}"
    moved = sum(_moved(reading) for reading in readings[1:]) / max(len(readings) - 1, 1) * step
    if moved < MOVES:
        return Finding("stuck", step, f"{what}; the weights hardly move", "use a higher {lr}")
    if (readings[-1].spread or 0.0) < SAME:
        return Finding(
            "stuck",
            step,
            f"{what}; all examples get the same output",
            "check that the net sees its examples, and no layer is dead",
        )
    return Finding(
        "stuck", step, what, "check that each label is that of its example; use another net, or another {lr}"
    )


def _scale(readings: Sequence[Reading]) -> float | None:
    """How many times torch's loss the loss of a step is; None if that differs from step to step: it is another."""
    scales = [reading.given / reading.loss for reading in readings if reading.loss]
    return scales[-1] if scales and max(scales) - min(scales) < 0.01 * abs(scales[-1]) else None


def _moved(reading: Reading) -> float:
    """By what share of their size a step moved all weights."""
    size = math.sqrt(sum(weight.norm**2 for weight in reading.weights))
    return math.sqrt(sum(weight.moved**2 for weight in reading.weights)) / max(size, 1e-30)


def _layer(weight: str) -> str:
    return weight.rpartition(".")[0] or weight
