"""The settings of every net's training; an estimator of a net has them among its own."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from vec2seq.settings import Doc, Settings


@dataclass(kw_only=True, eq=False)
class TrainSettings(Settings):
    """How a net is trained. GPU code is written for all devices, but was tried on processors only."""

    task: ClassVar[str] = "net"
    """what a checkpoint is of"""

    epochs: Annotated[int, Doc("passes over the examples", low=1)] = 10
    batch_tokens: Annotated[int, Doc("tokens that a batch has at the most, padding counted", low=1)] = 4096
    accumulate: Annotated[int, Doc("batches whose gradients make one step", low=1)] = 1
    optimizer: Annotated[Literal["adamw", "sgd"], Doc("how weights follow the gradient; sgd: with momentum 0.9")] = (
        "adamw"
    )
    lr: Annotated[float, Doc("highest learning rate", above=0, high=100)] = 1e-3
    schedule: Annotated[
        Literal["constant", "linear", "cosine"], Doc("how the learning rate falls to 0, or does not")
    ] = "cosine"
    warmup: Annotated[float, Doc("share of the steps in which the learning rate rises from 0", low=0, high=1)] = 0.05
    weight_decay: Annotated[float, Doc("share of each matrix's weights that a step of rate 1 takes away", low=0)] = 0.01
    clip: Annotated[float, Doc("longest gradient of all weights together; 0: any", low=0)] = 1.0
    patience: Annotated[
        int, Doc("epochs without a lower held-out loss before it stops, and keeps the best weights; 0: never", low=0)
    ] = 0
    precision: Annotated[
        Literal["float32", "bf16", "auto"], Doc("of products; bf16 is faster where the processor has it: auto looks")
    ] = "float32"
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], Doc("where to train; auto: cuda if it is there")] = "auto"
    seed: Annotated[int, Doc("seed of all that is random", low=0, high=2**32 - 1)] = 1
    threads: Annotated[int | None, Doc("threads; default: all processors", low=1, high=256)] = None

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, from 0, of so many."""
        rising = self.warmup * steps
        if step < rising:
            return self.lr * (step + 1) / (rising + 1)
        if self.schedule == "constant":
            return self.lr
        left = (steps - step) / max(steps - rising, 1)
        return self.lr * (left if self.schedule == "linear" else _half_cosine(1 - left))


def _half_cosine(done: float) -> float:
    """From 1 to 0 (Loshchilov and Hutter 2017)."""
    return (1 + math.cos(math.pi * done)) / 2
