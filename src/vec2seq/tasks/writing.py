"""Writing: how a model that writes is asked to."""

from dataclasses import dataclass
from typing import Annotated

from vec2seq.settings import Doc
from vec2seq.tasks.rules import Rules


@dataclass(kw_only=True, eq=False)
class Writing(Rules):
    """How a text is written."""

    samples: Annotated[int, Doc("texts for each beginning", low=1)] = 1
    length: Annotated[int, Doc("pieces that are written at the most", low=1)] = 200
    temperature: Annotated[float, Doc("above 1 bolder, below 1 safer; 0: always the likeliest", low=0, high=100)] = 0.8
    top_k: Annotated[int, Doc("only so many of the likeliest pieces; 0: all", low=0)] = 0
    top_p: Annotated[float, Doc("only the likeliest that have this probability together", above=0, high=1)] = 1.0
    min_p: Annotated[float, Doc("only what has this share of the likeliest's probability", low=0, high=1)] = 0.0
    stop: Annotated[str | None, Doc("a text ends before this")] = None
    seed: Annotated[int, Doc("seed of what is drawn", low=0, high=2**32 - 1)] = 1
