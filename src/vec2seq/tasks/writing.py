"""Writing: how a model that writes is asked to."""

from dataclasses import dataclass
from typing import Annotated

from vec2seq.settings import Doc, Settings


@dataclass(kw_only=True, eq=False)
class Writing(Settings):
    """How a text is written."""

    samples: Annotated[int, Doc("texts for each beginning", low=1)] = 1
    length: Annotated[int, Doc("pieces that are written at the most", low=1)] = 200
    temperature: Annotated[float, Doc("above 1 bolder, below 1 safer; 0: always the likeliest", low=0, high=100)] = 0.8
    top_k: Annotated[int, Doc("only so many of the likeliest pieces; 0: all", low=0)] = 0
    top_p: Annotated[float, Doc("only the likeliest that have this probability together", above=0, high=1)] = 1.0
    min_p: Annotated[float, Doc("only what has this share of the likeliest's probability", low=0, high=1)] = 0.0
    stop: Annotated[str | None, Doc("a text ends before this")] = None
    pattern: Annotated[str | None, Doc("regular expression that texts match as a whole, beginning and all")] = None
    words: Annotated[str | None, Doc("file of words, a line each: texts are made of them alone")] = None
    spaced: Annotated[bool, Doc("words stand apart; not: they may follow each other, as in Chinese")] = True
    seed: Annotated[int, Doc("seed of what is drawn", low=0, high=2**32 - 1)] = 1
