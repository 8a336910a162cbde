"""Translating: how a model that translates is asked to."""

from dataclasses import dataclass
from typing import Annotated

from vec2seq.settings import Doc
from vec2seq.tasks.rules import Searching


@dataclass(kw_only=True, eq=False)
class Translating(Searching):
    """How a target is searched for."""

    alpha: Annotated[
        float, Doc("how much longer targets are favoured: 0 not at all, 1 by mean probability", low=0, high=2)
    ] = 0.6
    coverage: Annotated[float, Doc("how much targets are favoured that look at all of their source", low=0)] = 0.0
    begin: Annotated[str | None, Doc("what every target begins with")] = None
    longest: Annotated[int, Doc("pieces that are written at the most; 0: what suits the source", low=0)] = 0
