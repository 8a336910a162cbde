"""Reading what word vectors are judged by: files of analogies and of similarities."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vec2seq.data.files import read_list
from vec2seq.errors import UserError, counted


@dataclass(frozen=True)
class Analogies:
    """Questions: a is to b as c is to d."""

    questions: list[tuple[str, ...]]
    """a b c d"""
    sections: list[str]
    """names"""
    places: list[int]
    """which of the sections each question is in"""


@dataclass(frozen=True)
class Similarities:
    """Pairs of words, and how similar people find them."""

    pairs: list[tuple[str, ...]]
    scores: list[float]


def read_questions(path: str | Path) -> Analogies | Similarities:
    """The items of a file, plain or compressed.

    Analogies: ": section" lines, each followed by lines of four words (questions-words). Similarities: two words and a
    number a line, separated by tabs, commas or spaces, perhaps with a header, other columns (the first number counts)
    and lines that begin with #. UserError for anything else.
    """
    path = Path(path)
    lines = [(number, line.strip()) for number, line in enumerate(read_list(path).split("\n"), 1) if line.strip()]
    if lines and lines[0][1].startswith(":"):
        return _read_analogies(path, lines)
    return _read_similarities(path, [(number, line) for number, line in lines if not line.startswith("#")])


def _read_analogies(path: Path, lines: Iterable[tuple[int, str]]) -> Analogies:
    questions: list[tuple[str, ...]] = []
    places: list[int] = []
    sections: dict[str, int] = {}
    for number, line in lines:
        if line.startswith(":"):
            section = line[1:].strip()
            continue
        words = tuple(line.split())
        if len(words) != 4:
            raise UserError(f"{path}:{number}: {counted(len(words), 'word')} in {line[:60]!r}, but an analogy has four")
        questions.append(words)
        places.append(sections.setdefault(section, len(sections)))
    if not questions:
        raise UserError(f"{path}: sections without questions; write four words a line below ': section'")
    return Analogies(questions, list(sections), places)


def _read_similarities(path: Path, lines: list[tuple[int, str]]) -> Similarities:
    rows = [_columns_of(line) for _, line in lines]
    after_header = itertools.chain.from_iterable(enumerate(row) for row in [*rows[1:], *rows[:1]])
    place = next((place for place, cell in after_header if place > 1 and _NUMBER.fullmatch(cell)), 2)
    pairs: list[tuple[str, ...]] = []
    scores: list[float] = []
    for index, ((number, line), row) in enumerate(zip(lines, rows, strict=True)):
        if len(row) > place and _NUMBER.fullmatch(row[place]) and all(row[:2]):
            pairs.append((row[0], row[1]))
            scores.append(float(row[place]))
        elif index or len(row) <= place:  # else it is the header
            hint = "(a file of analogies begins with ': section')"
            raise UserError(f"{path}:{number}: {line[:60]!r} is not word TAB word TAB score {hint}")
    if not pairs:
        raise UserError(f"{path}: no items; write word TAB word TAB score a line, or ': section' and four words a line")
    return Similarities(pairs, scores)


def _columns_of(line: str) -> list[str]:
    separator = next((mark for mark in "\t," if mark in line), None)
    return [column.strip() for column in line.split(separator)]


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
