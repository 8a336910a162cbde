"""What goes through a net in one step of its training, seen from outside: a net needs nothing for it.

Every function of torch that the net and its loss call passes by here; of the optimizer's step, what goes in and what
comes out. Only steps that are watched pay for it; ``due`` says which.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

SOME = 8
"""examples of a batch whose attention is looked at"""
FEWEST_TARGETS = 5
"""of each class, on the average, for the entropy of their shares not to be far too low"""
_ALLOWED = -1e3
"""a score below it is a mask's"""


@dataclass
class Weight:
    """One weight of the net at one step."""

    name: str
    dims: int
    """2 or more: a matrix; 1: a bias, or what scales a layer"""
    norm: float
    gradient: float | None
    """norm of its gradient; None: it has none"""
    touched: int = 1
    """numbers of the gradient that are not 0: of an embedding, those of the words of the batch"""
    moved: float = 0.0
    """norm of what the step changed"""

    @property
    def mean_gradient(self) -> float | None:
        """Root of the mean square of the gradient, over what is not 0 of it; None: it has none."""
        return None if self.gradient is None else self.gradient / math.sqrt(max(self.touched, 1))


@dataclass
class Choice:
    """A distribution over some: the outputs of a softmax, or what a loss is of."""

    place: str
    largest: float
    """mean of the largest probability"""
    right: float = 0.0
    """share of targets that the largest is of, if it is a loss"""
    many: int = 0
    """targets"""


@dataclass
class Reading:
    """What one step was like; all of it is numbers and names."""

    step: int
    weights: list[Weight] = field(default_factory=list)
    """those that are trained, in the order in which the net uses them; what it does not use stands last"""
    dead: dict[str, float] = field(default_factory=dict)
    """behind which layer a ReLU stands -> share of its units that were 0 for the whole batch"""
    attention: list[Choice] = field(default_factory=list)
    outputs: list[Choice] = field(default_factory=list)
    loss: float = 0.0
    """mean over the targets, of the loss function of torch that was called"""
    given: float = 0.0
    """mean loss of the step as the caller counts it"""
    naive: float | None = None
    """loss of equal probabilities, or of 0: that of a net that knows nothing; None if the loss is none that we know"""
    chance: float | None = None
    """loss of the best answer that is always the same, by all targets so far; None if the loss is none that we know"""
    spread: float | None = None
    """standard deviation over the batch of what the loss is of, mean over outputs; 0: all examples get the same"""


@dataclass
class Targets:
    """What a net is to say, added up."""

    kind: str = ""
    """"classes", "numbers", or "" of losses that we do not know"""
    sums: list[float] = field(default_factory=list)
    """of classes: how many of each; of numbers: how many, their sum, the sum of their squares"""
    uniform: float = 0.0
    """of classes of which nobody says where they are (CTC): the sum of the losses of equal probabilities"""

    def many(self) -> float:
        """Targets."""
        return self.sums[0] if self.kind == "numbers" else sum(self.sums)

    def add(self, more: "Targets") -> None:
        """Some more of the same kind."""
        if more.kind and (more.kind, len(more.sums)) != (self.kind, len(self.sums)):  # another loss than before
            self.kind, self.sums, self.uniform = more.kind, [0.0] * len(more.sums), 0.0
        self.uniform += more.uniform
        self.sums = [a + b for a, b in zip_longest(self.sums, more.sums, fillvalue=0.0)]

    def chance_loss(self) -> float | None:
        """The loss of the best answer that is always the same: entropy or variance.

        None if the loss is unknown, or if there are too few targets for their entropy.
        """
        if not self.kind:
            return None
        if self.kind == "numbers":
            totals, squares = np.reshape(self.sums[1:], (2, -1)) / self.sums[0]
            return max(0.0, float((squares - totals**2).mean()))
        many, seen = self.many(), sum(count > 0 for count in self.sums)
        if many < FEWEST_TARGETS * seen:
            return None
        return -sum(count / many * math.log(count / many) for count in self.sums if count > 0)

    def naive_loss(self) -> float | None:
        """The loss of a net that knows nothing: of equal probabilities, or of 0; None if the loss is unknown."""
        if not self.kind:
            return None
        if self.kind == "numbers":
            return float(np.reshape(self.sums[1:], (2, -1))[1].mean() / self.sums[0])
        return self.uniform / max(self.many(), 1) if self.uniform else math.log(len(self.sums))


def due(step: int) -> bool:
    """Whether a step, from 0, is watched: many of the first, then ever fewer, as a training changes ever less."""
    return step in _DUE


def _spaced(last: int) -> Iterator[int]:
    """Steps from 0, each further from the one before by a quarter of it."""
    step = 0
    while step < last:
        yield step
        step += max(1, step // 4)


_DUE = frozenset(_spaced(1 << 40))


class Watch(TorchFunctionMode):
    """Sees one step: ``with watch:`` around forward and backward, ``watch.follow(optimizer, then)`` before the step.

    What a net calls, and with what, nobody knows. A training must not fail because it is watched: whatever goes wrong
    in here, the step is ``lost``, and nothing else.
    """

    def __init__(self, net: nn.Module, step: int):
        super().__init__()
        self.reading, self.targets = Reading(step), Targets()
        self._names = {id(weight): name for name, weight in net.named_parameters()}
        self._trained = {name: weight for name, weight in net.named_parameters() if weight.requires_grad}
        self._used: dict[str, None] = {}
        self._place, self._features = "the input", -1
        self._softmaxes: dict[int, tuple[Tensor, Tensor, int]] = {}
        self.lost = False

    def follow(self, optimizer: torch.optim.Optimizer, then: Callable[[], None]) -> None:
        """Note the gradients when the optimizer makes its next step, and how far it moves; ``then`` all is read.

        Not if the step is lost.
        """
        names = [name for name in self._used if name in self._trained]
        names += [name for name in self._trained if name not in self._used]
        weights = [self._trained[name].detach() for name in names]
        before: list[Tensor] = []

        def stepping(*_: Any) -> None:
            if before:  # again within a step, where PyTorch hooks that of the base class, too
                return
            with self._harmless():
                before.extend(weight.clone() for weight in weights)
                sizes = zip(_norms(weights), _sizes([self._trained[name].grad for name in names]), strict=True)
                self.reading.weights = [
                    Weight(name, weight.ndim, norm, *gradient)
                    for name, weight, (norm, gradient) in zip(names, weights, sizes, strict=True)
                ]

        def stepped(*_: Any) -> None:
            for hook in hooks:
                hook.remove()
            with self._harmless():
                moves = _norms(list(torch._foreach_sub(weights, before)))
                for weight, moved in zip(self.reading.weights, moves, strict=True):
                    weight.moved = moved
            if not self.lost:
                then()

        hooks = [optimizer.register_step_pre_hook(stepping), optimizer.register_step_post_hook(stepped)]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Note a call that says something; nothing of what is noted gets a gradient."""
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        if torch.compiler.is_compiling() or self.lost:
            return found
        name = getattr(func, "__name__", "")
        if name != "__get__":  # of an attribute
            with self._harmless():
                self._note_layer(name, [*args, *kwargs.values()])
                if name in _SAYS_SOMETHING:
                    with torch.no_grad(), torch._C.DisableTorchFunction():
                        self._note(name, found, args, kwargs)
        return found

    @contextmanager
    def _harmless(self) -> Iterator[None]:
        """Around what looks and does not change: whatever it raises, the step is lost."""
        try:
            yield
        except Exception:
            self.lost = True

    def _note_layer(self, name: str, given: list[Any]) -> None:
        """If weights of the net are among what a function is given, it is a layer's call."""
        flat = [part for one in given for part in (one if isinstance(one, list) else (one,))]
        used = [self._names[id(part)] for part in flat if id(part) in self._names]
        if used:
            self._used |= dict.fromkeys(used)
            self._place = used[0].rpartition(".")[0] or used[0]
            if name not in ("batch_norm", "group_norm", "instance_norm"):  # they keep the axis of what they follow
                self._features = 1 if name.startswith("conv") else -1

    def _note(self, name: str, found: Tensor, args: Any, kwargs: dict[str, Any]) -> None:
        """What a function says."""
        if name in ("relu", "relu_"):
            if found.dim() > 1 and len(found) > 1:
                self.reading.dead[self._place] = _dead(found, self._features)
        elif name == "softmax":
            dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
            if args and found.dim() > 1 and dim is not None:
                self._softmaxes[id(found)] = found, args[0], dim
        elif name == "dropout":
            if id(args[0]) in self._softmaxes:
                self._softmaxes[id(found)] = found, *self._softmaxes[id(args[0])][1:]
        elif name in _PRODUCTS:
            for one in args:
                if id(one) in self._softmaxes:  # it weighs values; one that is the output is no attention
                    self._note_attention(*self._softmaxes[id(one)][1:])
        elif name == "scaled_dot_product_attention":
            self._note_attention(_scores(*args, **kwargs), -1)
        elif name == "ctc_loss":
            _ctc(self, *args[:4])
        else:
            _LOSSES[name](self, args[0], args[1], kwargs)

    def note_choice(self, largest: Tensor, right: Tensor) -> None:
        """The probability that the net gives to what it chooses, and whether that is right, of each target."""
        place = self._place
        self.reading.outputs.append(Choice(place, float(largest.mean()), float(right.float().mean()), len(right)))

    def note_loss(self, targets: "Targets", loss: Tensor, outputs: Tensor) -> None:
        """One of the batches of a step, or the only one; of losses of several kinds, the first counts."""
        if self.targets.kind not in ("", targets.kind) or len(self.targets.sums) not in (0, len(targets.sums)):
            return
        before = self.targets.many()
        self.targets.add(targets)
        share = before / max(self.targets.many(), 1)
        self.reading.loss = float(loss) * (1 - share) + self.reading.loss * share
        self.reading.spread = float(outputs.std(0).mean()) if len(outputs) > 1 else None

    def _note_attention(self, scores: Tensor, dim: int) -> None:
        """The mean of the largest weights, of those queries that have some keys to choose from."""
        scores = scores[:SOME].movedim(dim, -1).float()
        choosing = (scores > _ALLOWED).sum(-1) > 2
        if scores.shape[-1] > 2 and bool(choosing.any()):
            largest = scores.softmax(-1).amax(-1)[choosing].mean()
            self.reading.attention.append(Choice(self._place, float(largest)))


def _norms(tensors: list[Tensor]) -> list[float]:
    """Of each; all at once, since a net may have hundreds."""
    found: list[float] = torch.stack(torch._foreach_norm(tensors)).tolist()
    return found


def _sizes(gradients: list[Tensor | None]) -> list[tuple[float | None, int]]:
    """Norm, and how many numbers are not 0, of each."""
    there = [grad._values() if grad.is_sparse else grad for grad in gradients if grad is not None]
    if not there:
        return [(None, 0)] * len(gradients)
    counts = torch.stack([torch.count_nonzero(gradient) for gradient in there]).tolist()
    found = iter(zip(_norms(there), counts, strict=True))
    return [(None, 0) if gradient is None else next(found) for gradient in gradients]


def _dead(values: Tensor, features: int) -> float:
    """Share of units that are 0 everywhere; of values [B, ..., D] or, behind a convolution, [B, C, ...]."""
    silent = (values <= 0).movedim(features, -1).flatten(0, -2).all(0)
    return float(silent.float().mean())


def _scores(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """QK' / sqrt(d) of the first examples, masked: the arguments of torch's ``scaled_dot_product_attention``."""
    some, keys = query[:SOME], key[:SOME]
    if enable_gqa:
        keys = keys.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
    scores = some @ keys.mT * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        scores = scores.masked_fill(torch.ones_like(scores[..., :, :], dtype=torch.bool).triu(1), -math.inf)
    if attn_mask is not None:
        mask = attn_mask[:SOME] if attn_mask.dim() == query.dim() and len(attn_mask) == len(query) else attn_mask
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    return scores


def _cross_entropy(watch: Watch, logits: Tensor, targets: Tensor, how: dict[str, Any]) -> None:
    """Logits [B, C, ...], targets [B, ...] of classes; smoothed labels are classes that are sometimes another one."""
    if targets.is_floating_point() or how.get("weight") is not None:
        return
    logits = logits.float().movedim(1, -1).flatten(0, -2) if logits.dim() > 1 else logits.float()[None]
    targets = targets.flatten()
    kept = targets != how.get("ignore_index", -100)
    logits, targets = logits[kept], targets[kept]
    if not len(targets):
        return
    smooth = how.get("label_smoothing", 0.0)
    logs = logits.log_softmax(-1)
    largest, chosen = logs.max(-1)
    watch.note_choice(largest.exp(), chosen == targets)
    counts = torch.bincount(targets, minlength=logits.shape[-1])
    counts = (1 - smooth) * counts + smooth * counts.sum() / len(counts)
    loss = functional.cross_entropy(logits, targets, label_smoothing=smooth)
    watch.note_loss(Targets("classes", counts.tolist()), loss, logs)


def _binary(watch: Watch, logits: Tensor, targets: Tensor, how: dict[str, Any]) -> None:
    """Logits and targets 0 or 1 of one shape."""
    logits, targets = logits.float().flatten(), targets.float().flatten()
    watch.note_choice(logits.abs().sigmoid(), (logits > 0) == (targets > 0.5))
    ones = float(targets.sum())
    loss = functional.binary_cross_entropy_with_logits(logits, targets)
    watch.note_loss(Targets("classes", [len(targets) - ones, ones]), loss, logits)


def _squared(watch: Watch, outputs: Tensor, targets: Tensor, how: dict[str, Any]) -> None:
    """Outputs and targets of one shape."""
    if outputs.dim() == 0 or not len(outputs):
        return
    outputs, targets = outputs.float(), targets.float()
    columns = targets.cpu().double()
    columns = columns if columns.dim() == 2 else columns.reshape(-1, 1)
    sums = [float(len(columns)), *columns.sum(0).tolist(), *columns.square().sum(0).tolist()]
    watch.note_loss(Targets("numbers", sums), (outputs - targets).square().mean(), outputs)


def _ctc(watch: Watch, logs: Tensor, targets: Tensor, *lengths: Tensor) -> None:
    """Log-probabilities [T, B, C], targets [B, L] of classes, 0 (the blank) behind their end; lengths of both."""
    if targets.dim() != 2:
        return
    counts = torch.bincount(targets[targets > 0], minlength=logs.shape[2]).tolist()
    sums = [
        functional.ctc_loss(one.float(), targets, lengths[0], lengths[1], reduction="sum", zero_infinity=True)
        for one in (logs, torch.full_like(logs, -math.log(logs.shape[2])))
    ]
    watch.note_loss(Targets("classes", counts, float(sums[1])), sums[0] / max(sum(counts), 1), logs.movedim(1, 0))


_LOSSES: dict[str, Callable[[Watch, Tensor, Tensor, dict[str, Any]], None]] = {
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy_with_logits": _binary,
    "mse_loss": _squared,
}
_PRODUCTS = frozenset({"matmul", "__matmul__", "bmm"})
_SAYS_SOMETHING = frozenset(
    {"relu", "relu_", "softmax", "dropout", "scaled_dot_product_attention", "ctc_loss", *_PRODUCTS, *_LOSSES}
)
