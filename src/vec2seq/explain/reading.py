"""Reading: where on the picture of a line each character was read, what else it could be, and what its pixels say.

The picture is the line as the net reads it: ink on paper, of one height. The net says for every few columns of pixels
which character is there, or that none is (CTC; Graves et al. 2006); a character's best column is the one where it is
most probable. Nothing here knows the model that it comes from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FAINTEST = 0.02
"""Where no pixel of a column is so salient, nothing is kept at either end."""
DIGITS = 4
"""Of numbers in JSON."""


class Saliency(NamedTuple):
    """How much each pixel counts for a character: |d ln p / d ink| (Simonyan et al. 2014), the largest 1.

    Differs from the paper: of the logarithm of the probability, since probabilities near 1 have no slope.
    """

    left: int
    """the first column of pixels that is kept"""
    values: NDArray[np.float32]
    """[H,w], 0 to 1; beside them all is fainter than FAINTEST"""


@dataclass(frozen=True, eq=False)
class Character:
    """One character that was read."""

    char: str
    confidence: float
    """how probably it is right, by what was kept out of training"""
    probability: float
    """what the net gave it at its best column"""
    first: int
    end: int
    """columns of pixels in which it was read: from ``first`` to ``end``, without ``end``"""
    alternatives: Sequence[tuple[str, float]]
    """other characters at its best column, the most probable first, and what the net gave them"""
    saliency: Saliency | None = None
    """None of a model that tells no gradients"""


@dataclass(frozen=True, eq=False)
class LineReading:
    """What was read on the picture of a line, and where.

    ValueError for parts that do not fit together.
    """

    ink: NDArray[np.uint8]
    """[H,W], 0 paper, 255 ink"""
    characters: Sequence[Character]
    best: Sequence[str]
    """of each column of scores the most probable character; "" where that is none (blank)"""
    chances: NDArray[np.floating[Any]]
    """of each column of scores how probable that is [T]"""
    step: int
    """columns of pixels for one of scores"""
    score: float
    """how probably all of the text is right"""
    confusions: Sequence[Mapping[str, Any]] = ()
    """of lines kept out of training, what was taken for what: "right", "read" (either may be empty), "times" """
    picture: str = ""
    """its name"""
    model: str | None = None
    """its name"""

    def __post_init__(self) -> None:
        if self.ink.dtype != np.uint8 or self.ink.ndim != 2 or not self.ink.size:
            raise ValueError(f"ink of {self.ink.dtype} {list(self.ink.shape)}, but a picture is uint8 [H,W]")
        high, wide = self.ink.shape
        many = -(-wide // self.step) if self.step > 0 else 0
        if not many == len(self.best) == len(self.chances) or self.chances.ndim != 1:
            raise ValueError(
                f"{len(self.best)} characters and {list(self.chances.shape)} chances of {wide} columns, "
                f"of which {self.step} are one of scores"
            )
        shown = [one.confidence for one in self.characters] + [one.probability for one in self.characters]
        others = [chance for one in self.characters for _, chance in one.alternatives]
        numbers = np.concatenate([self.chances, shown, others, [self.score]])
        if not ((numbers >= 0) & (numbers <= 1 + 1e-6)).all():
            raise ValueError("probabilities below 0, above 1, or no numbers")
        before = 0
        for one in self.characters:
            if not before <= one.first < one.end <= wide:
                raise ValueError(f"{one.char!r} from column {one.first} to {one.end}, after {before}, of {wide}")
            before = one.end
            if one.saliency is not None:
                _check_saliency(one.saliency, one.char, high, wide)

    @property
    def text(self) -> str:
        """All characters."""
        return "".join(one.char for one in self.characters)

    def to_json(self) -> dict[str, Any]:
        """For JSON: the names of the fields, and "text"; a picture is its rows, a character without saliency has none.

        "columns": of each column of scores {"char", "probability"}.
        """
        return {
            **{"model": self.model, "picture": self.picture, "text": self.text, "score": float(self.score)},
            **{"step": self.step, "characters": [_character(one) for one in self.characters]},
            "columns": [
                {"char": char, "probability": _rounded(chance)}
                for char, chance in zip(self.best, self.chances, strict=True)
            ],
            "confusions": [dict(one) for one in self.confusions],
            "ink": self.ink.tolist(),
        }


def cropped(values: NDArray[Any]) -> Saliency:
    """values [H,W], none below 0 -> the same, the largest 1, without the faint columns at its ends."""
    scaled = (values / max(float(values.max()), 1e-30)).astype(np.float32)
    columns = np.flatnonzero(scaled.max(0) >= FAINTEST)
    first, end = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 1)
    return Saliency(first, scaled[:, first:end])


def _check_saliency(saliency: Saliency, char: str, high: int, wide: int) -> None:
    left, values = saliency
    if values.ndim != 2 or len(values) != high or not 0 <= left < left + values.shape[1] <= wide:
        raise ValueError(
            f"saliency {list(values.shape)} of {char!r} from column {left}, but the picture is {[high, wide]}"
        )
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"saliency of {char!r} below 0, above 1, or no numbers")


def _character(one: Character) -> dict[str, Any]:
    told = {
        **{"char": one.char, "confidence": _rounded(one.confidence), "probability": _rounded(one.probability)},
        **{"first": one.first, "end": one.end},
        "alternatives": [{"char": char, "probability": _rounded(chance)} for char, chance in one.alternatives],
    }
    if one.saliency is None:
        return told
    left, values = one.saliency
    return {**told, "saliency": {"left": left, "values": values.astype(np.float64).round(DIGITS).tolist()}}


def _rounded(number: float) -> float:
    return round(float(number), DIGITS)
