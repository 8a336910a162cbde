import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import read
from vec2seq.data.blocks import Block, open_source
from vec2seq.data.corpus import Corpus
from vec2seq.data.tokenize import Tokenizer
from vec2seq.errors import UserError


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)),
    st.integers(1, 50),
)
def test_blocks_are_the_text_and_do_not_cut_characters(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], block_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    text = "\n".join(lines)
    if text.startswith("\ufeff"):
        return
    path.write_bytes(text.encode())
    blocks = list(open_source(path, None, block_bytes).blocks)
    assert "".join(block.data.decode() for block in blocks) == text + "\n\n"
    before = ""
    for block in blocks:
        assert block.line == before.count("\n") + 1
        assert block.at_line_start == (not before.rpartition("\n")[2].encode().strip())
        before += block.data.decode()


def test_a_block_ends_at_a_line_end_or_a_space_if_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("aaa bbb\nccc ddd eee fff ggg")
    assert [block.data for block in open_source(path, None, 10).blocks] == [
        b"aaa bbb\n",
        b"ccc ddd eee ",
        b"fff ",
        b"ggg\n\n",
    ]


def generator() -> Iterator[str]:
    yield from ("one two", "three")


def test_iterables_of_texts_and_of_token_lists() -> None:
    assert read(["one two", "three"]) == read(generator()) == "one two\n\nthree\n\n"
    source = open_source(iter([["New York", "is"], ("big",)]))
    assert source.tokenized
    assert b"".join(block.data for block in source.blocks) == b"New York\x1fis\x1ebig\x1e"
    assert not open_source(["a"]).tokenized


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([], "the list is empty"),
        (["a", ["b"]], "text 2 is not a str but list"),
        ([["a"], "b"], "text 2 is not a list of str but str"),
        ([["a"], [1]], "text 2 is not a list of str"),
        ([["a\x1fb"]], "control character"),
        ([Path("x"), "b"], "either paths or texts"),
        (["a", "\ud800"], r"half a surrogate pair \('\\ud800'\)"),
        ("no such\ntext", "to train on a text itself, pass a list"),
    ],
)
def test_wrong_iterables_are_named(x: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(x)


def test_names_of_files_are_not_taken_for_texts(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("one two")
    with pytest.raises(UserError, match=r"text\.txt: a file, but a list of str is texts; give several files as Paths"):
        read([str(path), "b"])
    assert read([f"{path} is a text"]) == f"{path} is a text\n\n"
    assert read(["一" * 10_000, str(path)]).startswith("一一")


def test_an_open_source_stays_as_it_is() -> None:
    source = open_source(iter([Block(b"a", "s", 1, True).source]))
    assert open_source(source) is source


@given(
    st.lists(st.text(st.sampled_from("ab 中é\u3000"), max_size=20), min_size=1, max_size=5),
    st.integers(0, 200),
    st.sampled_from([b"\xff", b"\xe4", b"\xe4\xb8", b"\x80", b"\xf0\x9f\x98"]),
    st.booleans(),
    st.integers(1, 40),
)
def test_the_place_of_what_is_not_utf8_is_that_in_its_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], place: int, wrong: bytes, mark: bool, block_bytes: int
) -> None:
    data = codecs.BOM_UTF8 * mark + "\n".join(lines).encode()
    place = len(codecs.BOM_UTF8) * mark + place % (len(data) - len(codecs.BOM_UTF8) * mark + 1)
    data = data[:place] + wrong + data[place:]
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start)
    else:
        return  # what was put in made a character with what follows
    folder = tmp_path_factory.mktemp("text")
    (folder / "text.txt").write_bytes(data)
    with pytest.raises(UserError, match=rf"text\.txt:{line}: not UTF-8 at byte {byte};"):
        Corpus.encode(open_source(folder / "text.txt", None, block_bytes), folder / "c", Tokenizer("whitespace"))


@pytest.mark.parametrize("text", [b"word " * 700_000, "没有空格".encode() * 300_000], ids=["spaces", "no spaces"])
def test_the_place_in_a_line_of_more_than_a_megabyte(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"a line\n" + text + b"\xff" + text)
    with pytest.raises(UserError, match=rf"text\.txt:2: not UTF-8 at byte {len(text) + 1};"):
        Corpus.encode(path, tmp_path / "c", Tokenizer("chars"), min_count=1, threads=2)
