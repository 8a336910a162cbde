"""Reading what word vectors are judged by: analogies, similarities, outliers, categories, associations."""

import itertools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vec2seq.data.files import read_list
from vec2seq.data.samples import read_sample
from vec2seq.data.tokenize import Language
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


@dataclass(frozen=True)
class Topic:
    """Words that belong together, and words that do not belong to them."""

    name: str
    members: list[str]
    outliers: list[str]


@dataclass(frozen=True)
class Outliers:
    """Which word does not belong? Each outlier is to be found among the members of its topic."""

    topics: list[Topic]


@dataclass(frozen=True)
class Categories:
    """Words, and the category that people put each in."""

    words: list[str]
    categories: list[str]


@dataclass(frozen=True)
class Association:
    """Are the words of one list nearer to one list of attributes than those of another list?"""

    name: str
    targets: tuple[list[str], list[str]]
    attributes: tuple[list[str], list[str]]


@dataclass(frozen=True)
class Associations:
    """Tests of association (WEAT)."""

    tests: list[Association]


Items = Analogies | Similarities | Outliers | Categories | Associations


def read_items(path: str | Path) -> Items:
    """The items of a file, plain or compressed, or of a folder of topics. What it holds is seen from its form:

    * analogies: ": section" lines, each followed by lines of four words (questions-words), or four words a line alone;
    * similarities: two words and a number a line, separated by tabs, commas or spaces, perhaps with a header, other
      columns (the first number counts) and lines that begin with #;
    * outliers: the members of a topic, one a line, an empty line, the outliers (8-8-8); a folder holds a topic a file;
    * categories: word TAB category a line;
    * associations: JSON, see ``_read_associations``.

    UserError for anything else.
    """
    path = Path(path)
    return _read_topics(path) if path.is_dir() else as_items(read_list(path), path)


def as_items(text: str, path: Path) -> Items:
    """The items of a text; ``path`` is where it stands, for messages."""
    beginning = text.lstrip().partition("\n")[0]
    if beginning.startswith(("{", "[")) and "\t" not in beginning:  # with a tab it is a word
        return _read_associations(path, text)
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    topic = _as_topic(path, [line for _, line in lines])
    if topic is not None:
        return Outliers([topic])
    lines = [(number, line) for number, line in lines if line]
    if lines and lines[0][1].startswith(":"):
        return _read_analogies(path, lines)
    lines = [(number, line) for number, line in lines if not line.startswith("#")]
    columns = {len(_columns_of(line)) for _, line in lines}
    if columns == {2}:
        words, categories = zip(*(_columns_of(line) for _, line in lines), strict=True)
        return Categories(list(words), list(categories))
    if columns == {4} and not any(_NUMBER.fullmatch(cell) for _, line in lines[:2] for cell in _columns_of(line)[2:]):
        return _read_analogies(path, [(0, f": {path.stem}"), *lines])
    return _read_similarities(path, lines)


def own_items(language: Language) -> list[tuple[str, Items]]:
    """Analogies, categories and associations of our own, by name (``vec2seq sample``)."""
    names = [f"{kind}-{language}" for kind in ("analogies", "categories", "associations")]
    return [(name, as_items("\n".join(read_sample(name)), Path(name))) for name in names]


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
    four_titles = any(len(row) == 4 and _is_heading(row[2]) for row in rows[:1])
    for index, ((number, line), row) in enumerate(zip(lines, rows, strict=True)):
        if not four_titles and "\t" not in line and "," in line and len(row) == 4 and all(map(str.isdecimal, row[2:])):
            mend = "write a point in the number, or a header of four columns"
            raise UserError(f"{path}:{number}: {line[:60]!r} has two numbers or a decimal comma", mend)
        if len(row) > place and _NUMBER.fullmatch(row[place]) and all(row[:2]):
            pairs.append((row[0], row[1]))
            scores.append(float(row[place]))
        elif index or len(row) <= place or not _is_heading(row[place]):
            hint = "(a file of analogies begins with ': section')"
            raise UserError(f"{path}:{number}: {line[:60]!r} is not word TAB word TAB score {hint}")
    if not pairs:
        raise UserError(f"{path}: no items; write word TAB word TAB score a line, or ': section' and four words a line")
    return Similarities(pairs, scores)


def _is_heading(cell: str) -> bool:
    """Whether this may stand above scores: it begins with a letter, and is not what stands for a missing score."""
    return cell[:1].isalpha() and cell.lower() not in ("nan", "na", "n/a", "null", "none", "inf")


def _as_topic(path: Path, lines: list[str]) -> Topic | None:
    """The topic that the lines of a file are: two or more, an empty line, one or more; single words but for a few."""
    groups = [list(group) for empty, group in itertools.groupby(lines, lambda line: not line) if not empty]
    if len(groups) != 2 or len(groups[0]) < 2:
        return None
    words = [word for group in groups for word in group]
    if any(mark in word for word in words for mark in "\t,:#") or 2 * sum(" " in word for word in words) >= len(words):
        return None
    return Topic(path.stem, *groups)


def _read_topics(folder: Path) -> Outliers:
    topics = []
    for path in sorted(folder.glob("*.txt*")):
        topic = _as_topic(path, [line.strip() for line in read_list(path).split("\n")])
        if topic is None:
            form = "the members of a topic, one a line, an empty line, the words that do not belong"
            raise UserError(f"{path}: not a topic; in a folder of topics each file has {form}")
        topics.append(topic)
    if not topics:
        raise UserError(f"{folder}: a folder without topics (.txt); name a file of items")
    return Outliers(topics)


def _read_associations(path: Path, text: str) -> Associations:
    """Tests of association: one JSON object, a list of them, or one a line.

    {"name": ..., "targets": {"flowers": [words], "insects": [words]}, "attributes": {"pleasant": [...], ...}}; or,
    as in May et al. 2019, {"targ1": {"category": "Flowers", "examples": [words]}, "targ2": ..., "attr1": ..., ...}.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}: not JSON ({error})") from None
    tests = found if isinstance(found, list) else [found]
    if not tests:
        raise UserError(f"{path}: an empty list; write a test of association in it")
    return Associations([_as_association(path, test) for test in tests])


def _as_association(path: Path, test: Any) -> Association:
    try:
        if "targ1" in test:
            sides = [(test[key]["category"], test[key]["examples"]) for key in ("targ1", "targ2", "attr1", "attr2")]
        else:
            sides = [*test["targets"].items(), *test["attributes"].items()]
            if len(test["targets"]) != 2 or len(test["attributes"]) != 2:
                raise ValueError
        names = [str(name) for name, _ in sides]
        x, y, a, b = ([str(word) for word in words] for _, words in sides)
        if any(isinstance(words, str) or not words for _, words in sides):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        form = '{"targets": {"flowers": ["rose", ...], "insects": [...]}, "attributes": {"pleasant": [...], ...}}'
        raise UserError(f"{path}: not two lists of targets and two of attributes; write {form}") from None
    return Association(str(test.get("name") or "{}, {}: {}, {}".format(*names)), (x, y), (a, b))


def _columns_of(line: str) -> list[str]:
    separator = next((mark for mark in "\t," if mark in line), None)
    return [column.strip() for column in line.split(separator)]


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
