from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import read
from vec2seq.data.blocks import Block, open_source
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


def test_an_open_source_stays_as_it_is() -> None:
    source = open_source(iter([Block(b"a", "s", 1, True).source]))
    assert open_source(source) is source
