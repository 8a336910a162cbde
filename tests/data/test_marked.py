from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.marked import tokens_of_row
from vec2seq.errors import UserError


def row(text: str, *spans: Any) -> dict[str, Any]:
    return {"text": text, "spans": list(spans)}


def tagged(value: Any) -> str:
    """The tokens and labels in one line: "Ann/B-p came/O"."""
    return " ".join(f"{token}/{label}" for token, label in zip(*tokens_of_row(value, "t:1"), strict=True))


@pytest.mark.parametrize(
    "value",
    [
        row("Ann Lee came.", {"start": 0, "end": 7, "label": "p"}),
        row("Ann Lee came.", [0, 7, " p "]),
        {"text": "Ann Lee came.", "entities": [{"id": 3, "start_offset": 0, "end_offset": 7, "label": "p"}]},
        {"id": 1, "text": "Ann Lee came.", "label": [[0, 7, "p"]]},
        ["Ann Lee came.", {"entities": [[0, 7, "p"]]}],
    ],
)
def test_every_form_gives_the_same(value: Any) -> None:
    assert tagged(value) == "Ann/B-p Lee/I-p came/O ./O"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (row("Ann Lee"), "Ann/O Lee/O"),
        (row("Ann Lee", [4, 7, "p"], [0, 3, "p"]), "Ann/B-p Lee/B-p"),
        (row("AnnLee came", [0, 3, "p"], [3, 6, "q"]), "Ann/B-p Lee/B-q came/O"),
        (row("unhappiness", [2, 7, "x"]), "un/O happi/B-x ness/O"),
        (row("one two", [2, 5, "x"]), "on/O e/B-x t/I-x wo/O"),
        (row("a b", [1, 3, "x"]), "a/O b/B-x"),
        (row("a  b", [0, 2, "x"], [2, 4, "y"]), "a/B-x b/B-y"),
        (row("我们在北京大学", [3, 5, "地"]), "我们/O 在/O 北京/B-地 大学/O"),
        (row(""), ""),
    ],
)
def test_tokens_are_cut_at_the_borders_of_spans(value: Any, expected: str) -> None:
    assert tagged(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (row("abc", [0, 2, "x"], [1, 3, "y"]), r"t:1: spans overlap: 'ab' \(0 to 2, x\) and 'bc' \(1 to 3, y\); keep"),
        (row("abc", [0, 4, "x"]), r"t:1: a span from 0 to 4 in a text of 3 characters; count characters from 0"),
        (row("abc", [-1, 2, "x"]), r"t:1: a span from -1 to 2"),
        (row("abc", [2, 2, "x"]), r"t:1: a span from 2 to 2"),
        (row("abc", [0, True, "x"]), r"t:1: a span from 0 to True"),
        (row("abc", ["0", 1, "x"]), r"t:1: a span from 0 to 1"),
        (row("abc", {"start": 0, "label": "x"}), r"t:1: a span from 0 to None"),
        (row("abc", [0, 1, " "]), r"t:1: the span 'a' has no label"),
        (row("abc", {"start": 0, "end": 1}), r"t:1: the span 'a' has no label"),
        (row("abc", [0, 1]), r"t:1: not a span: \[0, 1\]; write"),
        (row("a  b", [1, 3, "x"]), r"t:1: the span '  ' \(1 to 3, x\) holds only white space"),
        (row("a  ", [2, 3, "x"]), r"t:1: the span ' ' \(2 to 3, x\) holds only white space"),
        (row(" ", [0, 1, "x"]), r"holds only white space"),
        ({"text": "a", "tags": []}, r"t:1: no list of spans \(there is: text, tags\); write"),
        ({"sentence": "a", "spans": []}, r"t:1: no text in 'text' \(there is: sentence, spans\)"),
        ({"text": "a", "spans": {}}, r"t:1: no list of spans"),
        (["a"], r"t:1: no text in 'text' \(there is: no keys\)"),
        (None, r"t:1: no text"),
    ],
)
def test_what_is_wrong_is_named(value: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        tokens_of_row(value, "t:1")


def test_another_key_may_hold_the_text() -> None:
    assert tokens_of_row({"q": "a b", "spans": []}, "t:1", "q") == (["a", "b"], ["O", "O"])


@st.composite
def rows_and_labels(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    text = draw(st.text(st.sampled_from("ab1'.,-é \n"), max_size=30))
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [
        (start, end, draw(st.sampled_from(["x", "y"])))
        for start, end in zip(borders[::2], borders[1::2], strict=False)
        if text[start:end].strip()
    ]
    return text, spans


@given(rows_and_labels())
def test_spans_can_be_told_from_the_labels(example: tuple[str, list[tuple[int, int, str]]]) -> None:
    text, spans = example
    tokens, labels = tokens_of_row(row(text, *map(list, spans)), "t:1")
    assert "".join(tokens) == "".join(text.split())
    found: list[tuple[str, str]] = []
    for token, label in zip(tokens, labels, strict=True):
        if label.startswith("B-"):
            found.append((token, label[2:]))
        elif label.startswith("I-"):
            assert found[-1][1] == label[2:]
            found[-1] = (found[-1][0] + token, label[2:])
    assert found == [("".join(text[start:end].split()), label) for start, end, label in spans]
