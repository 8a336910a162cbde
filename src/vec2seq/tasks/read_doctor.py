"""What is wrong with lines that somebody wants to be learnt, named before they are.

Each rule looks at the lines and says what it sees, or nothing. Their thresholds were fixed on one half of the planted
faults of tests/tasks/linefaults.py, and are measured on the other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import counted
from vec2seq.tasks.read_data import Lines

LOOKED_AT = 1000
"""Lines whose ink is looked at; drawn, if there are more."""
SMALLEST = 14
"""pixels that a picture of a line has from top to bottom: with fewer, letters cannot be told apart"""
NARROW_BAND = 0.3
"""of a picture's height, where nearly all ink lies: a line that is cut well has more"""
VALLEY = 0.15
"""ink of a row between two lines, as a share of the fullest row"""
HILL = 0.4
"""ink of a row of a line, as the same"""
FEW = 0.1
"""A share of the lines that is worth a word, of what may be right in some."""
UNEVEN = 0.2
"""Deviation of ln(characters) of lines whose widths must tell how long their texts are."""
UNRELATED = 0.5
"""Correlation of width and length, of lines that do not belong to their texts."""
FEWEST = 20
"""lines that tell anything about all"""
UNKNOWN = 0.005
"""share of the characters to judge by that nothing is learnt of"""
_MOST_INK = 0.9
_SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """A fault: turned, small, margin, several, shuffled, alphabet, duplicates, contradictions."""

    fault: str
    what: str
    mend: str


def examined(lines: Lines, learnt: NDArray[np.int64], out: NDArray[np.int64], seed: int) -> list[Finding]:
    """What is wrong with lines, those to learn from and those to judge by."""
    drawn = np.random.default_rng(seed).permutation(len(lines))[:LOOKED_AT]
    return [*_pictures(lines, np.sort(drawn)), *_texts(lines, learnt, out)]


def _pictures(lines: Lines, some: NDArray[np.int64]) -> Iterator[Finding]:
    """Rules for pictures, and for pictures with their texts."""
    turned = np.flatnonzero(lines.turned)
    if 0 < len(turned) < len(lines):
        yield Finding(
            "turned",
            f"{_of(turned, lines)} light on dark, others dark on light: turned over",
            "look whether these are pictures of lines",
        )
    small = np.flatnonzero(lines.heights < SMALLEST)
    if len(small):
        yield Finding(
            "small",
            f"{_of(small, lines)} fewer than {SMALLEST} pixels high",
            "scan with more dots an inch, or cut out single lines and not less",
        )
    profiles = {row: _profile(lines.columns[row]) for row in some.tolist()}
    several = np.array([row for row, profile in profiles.items() if _has_valley(profile)], np.int64)
    if len(several) > FEW * len(some):
        yield Finding(
            "several",
            f"{_of(several, lines)} of several lines of text, as it seems",
            "cut them into lines: a picture is read from left to right once",
        )
    margin = np.array([row for row, profile in profiles.items() if 0 < _band(profile) < NARROW_BAND], np.int64)
    if len(margin) > FEW * len(some):
        yield Finding(
            "margin",
            f"{_of(margin, lines)} mostly margin above and below the line: its letters become small",
            "cut them closer to the line",
        )
    if are_shuffled(lines.columns.lengths, lines.texts):
        yield Finding(
            "shuffled",
            "long texts stand beside short pictures as often as not: texts and pictures do not belong together",
            "look at the names of the files, or at the rows of the table",
        )


def _texts(lines: Lines, learnt: NDArray[np.int64], out: NDArray[np.int64]) -> Iterator[Finding]:
    """Rules for what is learnt from beside what is judged by."""
    known = set().union(*(lines.texts[row] for row in learnt))
    counts = Counter(character for row in out for character in lines.texts[row])
    unknown = {character: times for character, times in counts.items() if character not in known}
    if sum(unknown.values()) > UNKNOWN * sum(counts.values()):
        shown = " ".join(sorted(unknown, key=lambda character: (-unknown[character], character))[:_SHOWN])
        share = sum(unknown.values()) / sum(counts.values())
        yield Finding(
            "alphabet",
            f"{counted(len(unknown), 'character')} to judge by ({share:.1%} of all) cannot be learnt, as no line to "
            f"learn from has them: {shown}",
            "add lines with these characters",
        )
    seen = {lines.digests[row] for row in learnt}
    both = np.array([row for row in out if lines.digests[row] in seen], np.int64)
    if len(both):
        yield Finding(
            "duplicates",
            f"{_of(both, lines)} among those to learn from and among those to judge by",
            "leave them out on one side: the scores are too good",
        )
    texts: dict[bytes, set[str]] = defaultdict(set)
    for digest, text in zip(lines.digests, lines.texts, strict=True):
        texts[digest].add(text)
    contradicted = np.array([row for row, digest in enumerate(lines.digests) if len(texts[digest]) > 1], np.int64)
    if len(contradicted):
        yield Finding(
            "contradictions",
            f"{_of(contradicted, lines)} there several times, with different texts",
            "look which text is right",
        )


def are_shuffled(widths: NDArray[np.int64], texts: Sequence[str]) -> bool:
    """Whether widths [N] say nothing of how long texts are, of texts that differ enough in length to tell."""
    if len(texts) < FEWEST:
        return False
    lengths: NDArray[np.float64] = np.log([max(len(text), 1) for text in texts])
    wide: NDArray[np.float64] = np.log(np.maximum(widths, 1))
    if lengths.std() < UNEVEN:
        return False
    return bool(wide.std() == 0 or np.corrcoef(lengths, wide)[0, 1] < UNRELATED)


def _profile(columns: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Ink of each row [H], smoothed over three."""
    found = columns.mean(0, dtype=np.float64)
    smooth: NDArray[np.float64] = np.convolve(np.pad(found, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    return smooth


def _band(profile: NDArray[np.float64]) -> float:
    """The share of the height where most ink lies; 0 without ink."""
    if not profile.sum():
        return 0.0
    reached = np.cumsum(profile) / profile.sum()
    low, high = np.searchsorted(reached, ((1 - _MOST_INK) / 2, (1 + _MOST_INK) / 2))
    return float(high - low + 1) / len(profile)


def _has_valley(profile: NDArray[np.float64]) -> bool:
    """Whether there is a row with hardly any ink between two that have much."""
    shares = profile / max(float(profile.max()), 1e-9)
    full = np.flatnonzero(shares >= HILL)
    return bool(len(full) > 1 and (shares[full[0] : full[-1]] < VALLEY).any())


def _of(rows: NDArray[np.int64], lines: Lines) -> str:
    """ "a.png is", or "12 of 150 pictures (a.png the first) are"."""
    if len(rows) == 1:
        return f"{lines.places[rows[0]]} is"
    return f"{len(rows):,} of {counted(len(lines), 'picture')} ({lines.places[rows[0]]} the first) are"
