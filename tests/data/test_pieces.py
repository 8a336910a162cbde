"""Text as numbers and back: whatever it is, nothing is lost."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.pieces import BORDER, BYTES, FIRST, Pieces
from vec2seq.errors import UserError

TEXTS = [
    "to be or not to be, that is the question\n",
    "to be, to be, ten made to be\n",
    "床前明月光，疑是地上霜。\n",
    "舉頭望明月，低頭思故鄉。",
]
NAMES = ("chars", "words", "spaced", "bpe")
EACH = pytest.mark.parametrize("name", NAMES)
LEARNT = {name: Pieces.learn(TEXTS, name, 300) for name in NAMES}  # type: ignore[arg-type]


@EACH
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(TEXTS), max_size=4))
def test_the_same_text_comes_back(name: str, texts: list[str]) -> None:
    pieces = LEARNT[name]
    numbers = pieces.numbers(texts)
    assert [pieces.text(own.tolist()) for own in numbers] == texts
    for own in numbers:
        assert own.dtype == np.int32
        assert ((own > BORDER) & (own < len(pieces))).all()


@EACH
@given(text=st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(TEXTS))
def test_sizes_are_those_of_the_text(name: str, text: str) -> None:
    pieces = LEARNT[name]
    characters, data_bytes = pieces.sizes
    (numbers,) = pieces.numbers([text])
    assert characters[numbers].sum() == len(text)
    assert data_bytes[numbers].sum() == len(text.encode())
    assert (characters[BORDER], data_bytes[BORDER]) == (1, 1)
    assert len(characters) == len(data_bytes) == len(pieces)


@EACH
def test_json_and_back(name: str) -> None:
    pieces = LEARNT[name]
    again = Pieces.from_json(json.loads(json.dumps(pieces.to_json())), "model.json")
    assert again == pieces
    assert [own.tolist() for own in again.numbers(TEXTS)] == [own.tolist() for own in pieces.numbers(TEXTS)]


def test_characters() -> None:
    pieces = Pieces.learn(["abba c", "a"])
    assert pieces.tokens == ["a", "b"]
    (found,) = pieces.numbers(["bac月"])
    assert found.tolist() == [FIRST + 1, FIRST, *(BYTES + byte for byte in "c月".encode())]
    assert len(pieces) == FIRST + 2
    assert Pieces.learn(["abba c"], min_count=1).tokens == ["a", "b", " ", "c"]


def test_words_take_the_space_before_them() -> None:
    pieces = Pieces.learn(["to be, to be, to be"], "words")
    assert pieces.tokens[-2:] == [" be", " to"]
    (found,) = pieces.numbers(["to be to bo"])
    assert [pieces.text([number]) for number in found.tolist()] == ["t", "o", " be", " to", " ", "b", "o"]


def test_what_stands_between_spaces_is_a_piece() -> None:
    pieces = Pieces.learn(["AH0 t\u0361s, AH0 t\u0361s,"] * 2, "spaced")
    assert set(pieces.tokens[-3:]) == {" AH0", " t\u0361s,", "AH0"}
    (found,) = pieces.numbers([" AH0 t\u0361s,"])
    assert len(found) == 2


def test_what_is_frequent_is_one_piece_of_bpe() -> None:
    long, short = (len(pieces.numbers(["to be or not to be"])[0]) for pieces in (LEARNT["chars"], LEARNT["bpe"]))
    assert short < long
    with pytest.raises(UserError, match="256 pieces: BPE begins with the 256 bytes"):
        Pieces.learn(TEXTS, "bpe", 256)


def test_half_a_surrogate_is_replaced() -> None:
    for name in LEARNT:
        for pieces in (LEARNT[name], Pieces.learn([*TEXTS, "a\ud800b \ud800"] * 3, LEARNT[name].name, 300)):
            assert pieces.text(pieces.numbers(["a\ud800b"])[0].tolist()) == "a?b"
            assert len(pieces.encoded) == len(pieces)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        None,
        {"name": "other", "tokens": [], "bpe": None},
        {"name": "chars", "tokens": ["a", "a"], "bpe": None},
        {"name": "chars", "tokens": ["a", 3], "bpe": None},
        {"name": "chars", "tokens": [], "bpe": "{}"},
        {"name": "bpe", "tokens": [], "bpe": None},
    ],
    ids=str,
)
def test_what_nobody_wrote_is_refused(wrong: object) -> None:
    with pytest.raises(UserError, match=r"model\.json"):
        Pieces.from_json(wrong, "model.json")
