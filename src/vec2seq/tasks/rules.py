"""Rules: what texts must be like that a model writes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from vec2seq.data.constraints import Permitted, beginning_with, made_of, matching
from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import read_texts
from vec2seq.settings import Doc, Settings


class Encoded(Protocol):
    """What texts are made of."""

    @property
    def encoded(self) -> list[bytes]:
        """Of each piece its bytes in UTF-8, number 0 the end."""


@dataclass(kw_only=True, eq=False)
class Rules(Settings):
    """Texts that are allowed; as it stands, all."""

    pattern: Annotated[str | None, Doc("regular expression that texts match as a whole, beginning and all")] = None
    words: Annotated[str | None, Doc("file of words, a line each: texts are made of them alone")] = None
    spaced: Annotated[bool, Doc("words stand apart; not: they may follow each other, as in Chinese")] = True

    def permitted(self, pieces: Encoded, begin: str | None = None, before: str = "") -> Permitted | None:
        """Which pieces texts may be made of; None: all. UserError if no text keeps the rules.

        ``begin``: what texts begin with; ``before``: what stands before each of them, and is none of it.
        """
        rules = [] if self.pattern is None else [matching(self.pattern)]
        if self.words is not None:
            words = (word for word, _ in read_texts([Path(self.words)], ReadSettings()))
            rules.append(made_of(words, self.spaced))
        if begin is not None:
            rules.append(beginning_with(begin))
        return Permitted.of(pieces.encoded, rules, before) if rules else None


@dataclass(kw_only=True, eq=False)
class Searching(Rules):
    """The best of what could be written is searched for."""

    beams: Annotated[
        int, Doc("texts that are followed at the same time; 1: always what is likeliest at its place", low=1)
    ] = 5
    candidates: Annotated[int, Doc("texts that are told, at most as many as beams", low=1)] = 1
