"""Sides of pairs as numbers: any target comes back, marks are one number each, and a tokenizer suits its texts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.pieces import BORDER, Pieces
from vec2seq.data.sides import Side, chosen, entering, marks_in
from vec2seq.errors import UserError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PHONEMES = ["HH AH L OW", "W ER L D", "AH", "L OW"] * 20
SIDES = {
    name: Side(Pieces.learn([entering(text, name) for text in PHONEMES], name, 300))  # type: ignore[arg-type]
    for name in ("chars", "words", "spaced", "bpe")
}
TAGS = ["V;PST;3;SG", "V;NFIN", "V;PRS;3;SG"]
MARKED = Side(Pieces.learn(["gehen", "sehen"]), [marks_in(TAGS * 30)])


@pytest.mark.parametrize("name", SIDES)
@given(text=TEXT | st.sampled_from(PHONEMES))
def test_a_target_comes_back(name: str, text: str) -> None:
    side = SIDES[name]
    (numbers,) = side.numbers([(text,)])
    assert side.text(numbers.tolist()) == text
    assert BORDER not in numbers


def test_the_first_token_is_as_the_others() -> None:
    side = SIDES["spaced"]
    first, second = side.numbers([("L OW",), ("W L",)])
    assert len(first) == 2
    assert first[0] == second[1]


def test_marks_are_a_number_each() -> None:
    assert MARKED.marks == [["3", "NFIN", "PRS", "PST", "SG", "V"]]
    first, second = MARKED.numbers([("gehen", "V;PST;3;SG"), ("gehen", "SG, V 3")])
    assert len(first) == 5 + 1 + 4
    assert first[5] == BORDER
    assert sorted(first[6:]) == sorted([len(MARKED.pieces) + number for number in (5, 3, 0, 4)])
    assert set(second[6:]) < set(first[6:])
    assert first.max() < len(MARKED) == len(MARKED.pieces) + 6


def test_a_mark_that_is_not_known_is_spelled() -> None:
    (found,) = MARKED.numbers([("gehen", "V;FUT")])
    assert MARKED.pieces.text(found[7:].tolist()) == "FUT"


def test_columns_with_many_kinds_are_texts() -> None:
    assert marks_in([f"a sentence with the word number{n}" for n in range(100)]) == []
    side = Side(Pieces.learn(["gehen"]), [[]])
    (found,) = side.numbers([("gehen", "V;NFIN")])
    assert side.pieces.text(found.tolist()) == "gehenV;NFIN"
    assert found.tolist().count(BORDER) == 1


@pytest.mark.parametrize(
    ("texts", "want"),
    [
        (PHONEMES[:2] * 40, "spaced"),
        (["zhàn yǒu quán", "bì nán jiù yì", "xié hé"] * 50, "spaced"),
        ([f"{word}ing" for word in ("walk", "talk", "run")] * 50, "chars"),
        ([f"{day} May {year}" for year in range(1900, 2100) for day in range(1, 9)], "chars"),
        ([f"{n} {2 * n}" for n in range(3000)], "chars"),
        (["two young men are outside near many bushes"] * 5 + [f"a man number {n} stands there" * 3 for n in range(99)],
         "bpe"),
        (["两个年轻人在外面"] * 99, "chars"),
    ],
)  # fmt: skip
def test_a_tokenizer_suits_its_texts(texts: list[str], want: str) -> None:
    assert chosen(texts) == want


def test_json_and_back() -> None:
    again = Side.from_json(json.loads(json.dumps(MARKED.to_json())), "model.json", "source_")
    assert again == MARKED
    for marks in ([["V", "V"]], [[1]], None, "V"):
        with pytest.raises(UserError, match="source_"):
            Side.from_json({**MARKED.to_json(), "marks": marks}, "model.json", "source_")
    with pytest.raises(UserError, match="pieces_"):
        Side.from_json({**MARKED.to_json(), "pieces": {}}, "model.json", "source_")
