"""Readings of made lines, whose numbers are known."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.explain.reading import Character, LineReading, cropped

STEP, WIDE, HIGH = 4, 16, 32
"""Columns of pixels for one of scores, of a character, and rows."""
CONFUSIONS = [{"right": "m", "read": "n", "times": 12}, {"right": " ", "read": "", "times": 3}]


def confidence_of(at: int) -> float:
    """Of each character another one: 0.99, 0.8, 0.3, again and again."""
    return (0.99, 0.8, 0.3)[at % 3]


def planted(text: str, pixels: bool = True, ink: NDArray[np.uint8] | None = None, **more: Any) -> LineReading:
    """Characters one beside the other, each read in its third column of scores; the middle of each is salient."""
    wide = WIDE if ink is None else ink.shape[1] // max(len(text), 1) // STEP * STEP
    random = np.random.default_rng(1)
    if ink is None:
        ink = np.zeros((HIGH, WIDE * max(len(text), 1) + 2), np.uint8)
        for at in range(len(text)):
            ink[6:-6, WIDE * at + 3 : WIDE * (at + 1) - 3] = random.integers(0, 256, (HIGH - 12, WIDE - 6))
    high, columns = ink.shape
    best, chances = [""] * -(-columns // STEP), np.full(-(-columns // STEP), 0.9)
    characters = []
    for at, char in enumerate(text):
        first = at * wide + 2 * STEP
        best[first // STEP], chances[first // STEP] = char, 0.6
        saliency = np.zeros((high, columns))
        saliency[8:-8, first - 2 : first + 6] = random.random((high - 16, 8))
        characters.append(
            Character(
                char=char,
                confidence=confidence_of(at),
                probability=0.6,
                first=first,
                end=first + STEP,
                alternatives=[("n", 0.2), ("\u0301", 0.1)][: at % 3],
                saliency=cropped(saliency) if pixels else None,
            )
        )
    how = {"score": 0.25, "confusions": CONFUSIONS, "picture": "lines/a.png", "model": "reader", **more}
    return LineReading(ink=ink, characters=characters, best=best, chances=chances, step=STEP, **how)
