"""evaluation.items: what a file of items holds is seen from its form; what is wrong in it is said with its place."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluation.making import written
from vec2seq.errors import UserError
from vec2seq.evaluation.items import (
    Analogies,
    Association,
    Associations,
    Categories,
    Outliers,
    Similarities,
    Topic,
    read_items,
)

CAPITALS = ": capitals\nathens greece oslo norway\noslo norway athens greece\n\n: 家庭\nking queen man woman\n"


def test_reads_analogies_by_section(tmp_path: Path) -> None:
    items = read_items(written(tmp_path, CAPITALS))
    assert isinstance(items, Analogies)
    assert items.sections == ["capitals", "家庭"]
    assert items.places == [0, 0, 1]
    assert items.questions[2] == ("king", "queen", "man", "woman")


@pytest.mark.parametrize(
    "text",
    [
        "tiger\tcat\t7.35\nold\tnew\t1.58\n",
        "tiger,cat,7.35\nold,new,1.58",
        "tiger cat 7.35\r\nold   new 1.58\r\n",
        "\ufeffWord 1\tWord 2\tHuman (mean)\ntiger\tcat\t7.35\nold\tnew\t1.58\n",
        "Word 1,Word 2,Human (mean),1,2\ntiger,cat,7.35,9,7\nold,new,1.58,2,1\n",
        "Word 1,Word 2,Human (mean),raters\ntiger,cat,7.35,9\nold,new,1.58,2\n",
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\ntiger\tcat\tN\t7.35\t4\nold\tnew\tA\t1.58\t2.72\n",
        "# a comment\n# Word 1\tWord 2\nscore of pairs below\ntiger\tcat\t7.35\n\nold\tnew\t1.58\n",
    ],
)
def test_reads_similarities_as_they_are_published(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_items(path) == Similarities([("tiger", "cat"), ("old", "new")], [7.35, 1.58])


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\ufeff"), min_size=1).filter(
    lambda word: word[0] not in "#:"
)


@given(st.lists(st.tuples(WORDS, WORDS, st.floats(-1e6, 1e6)), min_size=1))
@example([("[", "]", 0.0)])
def test_reads_what_was_written(tmp_path_factory: pytest.TempPathFactory, items: list[tuple[str, str, float]]) -> None:
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\t{score!r}\n" for a, b, score in items), encoding="utf-8", newline="")
    assert read_items(path) == Similarities([(a, b) for a, b, _ in items], [score for *_, score in items])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (": family\nking queen man\n", r":2: 3 words in 'king queen man', but an analogy has four"),
        (": family\n\n", "sections without questions"),
        ("", "no items; write word TAB word TAB score"),
        ("word1\tword2\tscore\n", "no items"),
        ("old\tnew\t1.5\ntiger\tcat\tmany\nold\told\t2\n", ":2: 'tiger.*cat.*many' is not word TAB word TAB score"),
        ("a\tb\tN\t2\nold\tnew\tA\t1.5\ntiger\tcat\tN\n", ":3: "),
        ("tiger\tcat\nold\tnew\t1.5\n", ":1: .* is not word TAB word TAB score"),
        ("king queen man\nfather mother son\n", "begins with ': section'"),
        ('{"targets": {"a": ["x"]}, "attributes": {}}', "not two lists of targets and two of attributes"),
        ('{"targets": {"a": "xy", "b": "xy"}, "attributes": {"a": "xy", "b": "xy"}}', "not two lists of targets"),
        ('{"targ1": {"category": "a"}}', "not two lists of targets"),
        ("[1]", "not two lists of targets"),
        ("[]", "an empty list"),
        ("[" * 100_000, "not JSON"),
        ('{"targets": {"a": [], "b": ["x"]}, "attributes": {"c": ["x"], "d": ["y"]}}', "not two lists of targets"),
        ("king\tqueen\tN/A\nking\tman\t3\n", ":1: "),
        ("king\tqueen\t8,6\nking\tman\t3\n", ":1: "),
        ("king,queen,3\nking,man,8,6\n", ":2: 'king,man,8,6' has two numbers or a decimal comma"),
        ("word1,word2,score\nking,man,8,6\n", ":2: 'king,man,8,6' has two numbers or a decimal comma"),
        ("king\tqueen\t-\nking\tman\t3\n", ":1: "),
        ("{", "not JSON"),
        ("old\tnew\tnan\nold\told\tinf\n", ":1: "),
        ("old\tnew\tscore\nold\told\tinf\n", ":2: "),
        (b"old\tnew\t1\n\xb4\xf3\t\xd0\xa1\t2\n", ":2: not UTF-8 at byte 1; save the file as UTF-8"),
    ],
)
def test_says_what_is_wrong_and_where(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UserError, match=message) as caught:
        read_items(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.txt: cannot be read"):
        read_items(tmp_path / "absent.txt")
    with pytest.raises(UserError, match="a folder without topics"):
        read_items(tmp_path)
    if Path("/dev/zero").exists():
        with pytest.raises(UserError, match="/dev/zero: more than 64 MB; is this the file that you meant"):
            read_items("/dev/zero")
    whole = gzip.compress(CAPITALS.encode())
    with pytest.raises(UserError, match="damaged or cut off"):
        read_items(written(tmp_path, whole[:-9], "cut.gz"))
    with pytest.raises(UserError, match="cannot be read"):
        read_items(written(tmp_path, b"plain", "plain.gz"))


def test_reads_analogies_without_sections(tmp_path: Path) -> None:
    items = read_items(written(tmp_path, "king queen man woman\nfather mother son daughter\n"))
    assert isinstance(items, Analogies)
    assert (items.sections, len(items.questions)) == (["items"], 2)


TOPIC = "crocodile\nMichael Jordan\nlion\n\nsafari\nsandwich\n"


def test_reads_topics_with_outliers_from_a_file_or_a_folder(tmp_path: Path) -> None:
    animals = Topic("animals", ["crocodile", "Michael Jordan", "lion"], ["safari", "sandwich"])
    assert read_items(written(tmp_path, TOPIC.replace("\n", "\r\n"), "animals.txt")) == Outliers([animals])
    written(tmp_path, "x\ny\n\n\nz", "letters.txt")
    assert read_items(tmp_path) == Outliers([animals, Topic("letters", ["x", "y"], ["z"])])
    written(tmp_path, "x\ny\nz", "words.txt")
    with pytest.raises(UserError, match=r"words\.txt: not a topic; in a folder of topics"):
        read_items(tmp_path)


@pytest.mark.parametrize(
    "text", ["cat\tanimal\nrose\tplant\n", "cat animal\nrose plant\n", "cat,animal\n#\nrose,plant"]
)
def test_reads_categories(tmp_path: Path, text: str) -> None:
    assert read_items(written(tmp_path, text)) == Categories(["cat", "rose"], ["animal", "plant"])


def test_reads_associations_as_they_are_published(tmp_path: Path) -> None:
    lists = {"f": ["rose", "lily"], "i": ["ant", "fly"]}, {"good": ["love", "peace"], "bad": ["war", "grief"]}
    expected = Association("f, i: good, bad", tuple(lists[0].values()), tuple(lists[1].values()))  # type: ignore[arg-type]
    plain = {"targets": lists[0], "attributes": lists[1]}
    keys = zip(("targ1", "targ2", "attr1", "attr2"), (*lists[0].items(), *lists[1].items()), strict=True)
    sentences = {key: {"category": name, "examples": words} for key, (name, words) in keys}
    for text in (json.dumps(plain), json.dumps([sentences]), f"{json.dumps(sentences)}\n\n"):
        assert read_items(written(tmp_path, text, "weat.json")) == Associations([expected])
    both = read_items(written(tmp_path, f"{json.dumps(plain)}\n{json.dumps(plain | {'name': '花与虫'})}", "weat.jsonl"))
    assert isinstance(both, Associations)
    assert [test.name for test in both.tests] == [expected.name, "花与虫"]
