"""From a net's scores to what stands on a line: its characters, where they are, and how sure each is."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.alphabet import Alphabet
from vec2seq.kernels.ctc import Language, PrefixBeam, Reading, Span, alignment, best_path
from vec2seq.kernels.sampling import Constraint
from vec2seq.measure.certainty import Certainty
from vec2seq.tasks.read_data import PictureLine

Floats = NDArray[np.float32]

MOST_BEAMS = 1000
"""Texts that are followed, where fewer do not find any that keeps the rules."""


class Read(NamedTuple):
    """What stands on a line."""

    spans: list[Span]
    chances: NDArray[np.float64]
    """of each span, how probable its class is at its best column"""
    readings: list[Reading]
    """the best first; none if no text is allowed"""

    @property
    def labels(self) -> list[int]:
        """The classes, in order."""
        return [span.label for span in self.spans]

    @property
    def chance(self) -> float:
        """That all classes are right, if each is so by itself."""
        return float(self.chances.prod())


@dataclass(frozen=True)
class Search:
    """How a text is found."""

    beams: int = 1
    """1, without language and rules: the best path"""
    language: Language | None = None
    alpha: float = 0.0
    beta: float = 0.0
    constraint: Constraint | None = None

    @property
    def is_best_path(self) -> bool:
        """Whether nothing but the best column by column counts."""
        return self.beams == 1 and self.constraint is None

    def __call__(self, log_probabilities: Floats) -> Read:
        """[T,C] -> what stands there."""
        if self.is_best_path:
            spans = best_path(log_probabilities)
            total = float(log_probabilities.max(1).sum())
            return _read(spans, log_probabilities, [Reading(tuple(span.label for span in spans), total, total)])
        readings: list[Reading] = []
        beams = self.beams
        while not readings and beams <= MOST_BEAMS:  # rules can leave nothing that begins likely enough to be followed
            readings = PrefixBeam(beams, self.language, self.alpha, self.beta, self.constraint)(log_probabilities)
            beams *= 8
        spans = alignment(log_probabilities, readings[0].labels) if readings else []
        return _read(spans, log_probabilities, readings)


def _read(spans: list[Span], log_probabilities: Floats, readings: list[Reading]) -> Read:
    chances = [float(log_probabilities[span.first : span.end, span.label].max()) for span in spans]
    return Read(spans, np.exp(np.array(chances, np.float64)), readings)


def log_softmax(scores: Floats) -> Floats:
    """[..., C] -> the same, the exponentials of a row summing to 1."""
    moved = scores - scores.max(-1, keepdims=True)
    found: Floats = moved - np.log(np.exp(moved).sum(-1, keepdims=True))
    return found


@dataclass(frozen=True)
class Certainties:
    """How sure is sure, of lines and of characters."""

    line: Certainty
    character: Certainty

    def to_json(self) -> dict[str, list[float]]:
        """For a model file."""
        return {name: [part.slope, part.shift] for name, part in vars(self).items()}

    @classmethod
    def unknown(cls) -> "Certainties":
        """Where nothing was kept out to tell."""
        return cls(Certainty(), Certainty())

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Certainties":
        """What ``to_json`` gave; ValueError if it cannot have been."""
        if kept.keys() != {"line", "character"}:
            raise ValueError("not certainties")
        parts = {name: Certainty(*map(float, numbers)) for name, numbers in kept.items()}
        if not all(0 < part.slope < 1e6 and abs(part.shift) < 1e6 for part in parts.values()):
            raise ValueError("not certainties")
        return cls(**parts)


ALPHAS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
BETAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""Weights of a language model, and what a character more is worth, that are tried; of the latter, times alpha."""


def answer_of(
    line: PictureLine, read: Read, alphabet: Alphabet, certainties: Certainties, step: float, many: int
) -> dict[str, Any]:
    """What is told of a line: as ``LineReader.answers`` has it; ``step``: pixels for a column of scores."""
    sure = certainties.character(read.chances).tolist()
    characters = [
        {
            **{"char": alphabet.text([span.label]), "confidence": chance},
            **{"x0": round(line.left + span.first * step), "x1": round(line.left + span.end * step)},
        }
        for span, chance in zip(read.spans, sure, strict=True)
    ]
    return {
        **{"input": line.place, "output": alphabet.text(read.labels)},
        **{"score": float(certainties.line(np.array([read.chance]))[0]), "characters": characters},
        "candidates": [{"text": alphabet.text(one.labels), "score": one.score} for one in read.readings[:many]],
        **({} if line.found is None else line.found.to_json()),
    }
