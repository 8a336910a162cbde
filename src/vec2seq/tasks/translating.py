"""Translating: how a model that translates is asked to."""

from dataclasses import dataclass
from typing import Annotated

from vec2seq.settings import Doc
from vec2seq.tasks.rules import Rules


@dataclass(kw_only=True, eq=False)
class Translating(Rules):
    """How a target is searched for."""

    beams: Annotated[int, Doc("targets that are followed at the same time; 1: always the likeliest piece", low=1)] = 5
    candidates: Annotated[int, Doc("targets that are told, at most as many as beams", low=1)] = 1
    alpha: Annotated[
        float, Doc("how much longer targets are favoured: 0 not at all, 1 by mean probability", low=0, high=2)
    ] = 0.6
    coverage: Annotated[float, Doc("how much targets are favoured that look at all of their source", low=0)] = 0.0
    begin: Annotated[str | None, Doc("what every target begins with")] = None
    longest: Annotated[int, Doc("pieces that are written at the most; 0: what suits the source", low=0)] = 0
