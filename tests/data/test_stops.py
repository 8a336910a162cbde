"""Where a text stops: the same however it is cut into pieces, and nothing is shown that is taken back."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vec2seq.data.stops import Shown
from vec2seq.errors import UserError

TEXTS = st.text("ab月", max_size=12)
STOPS = st.lists(st.text("ab月", min_size=1, max_size=4), max_size=3)


def plainly(text: str, stops: list[str]) -> tuple[str, bool]:
    """Character by character: as soon as the text so far ends with a string, that is cut off."""
    for end in range(1, len(text) + 1):
        for stop in sorted(stops, key=len, reverse=True):
            if text[:end].endswith(stop):
                return text[: end - len(stop)], True
    return text, False


@given(text=TEXTS, stops=STOPS, cuts=st.lists(st.integers(0, 36)))
@example(text="aab", stops=["ab"], cuts=[1, 2])
@example(text="aba月", stops=["bab", "a月"], cuts=[2])
def test_it_stops_where_a_string_ends_however_it_is_cut(text: str, stops: list[str], cuts: list[int]) -> None:
    data, shown = text.encode(), Shown(stops)
    want, stops_there = plainly(text, stops)
    borders = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    so_far = ""
    for first, last in pairwise(borders):
        so_far += shown.add(data[first:last])
        assert want.startswith(so_far)
    assert shown.stopped == stops_there
    assert so_far + shown.rest() == want


@given(text=TEXTS, stops=STOPS)
def test_no_more_is_held_back_than_must_be(text: str, stops: list[str]) -> None:
    shown = Shown(stops)
    so_far = shown.add(text.encode())
    held = text[len(so_far) :]
    if not shown.stopped and held:
        assert any(stop.startswith(held) for stop in stops)


def test_characters_are_whole() -> None:
    moon, shown = "月".encode(), Shown(["!"])
    assert [shown.add(part) for part in (moon[:1], moon[1:2], moon[2:], b"\xff", moon[:2])] == [
        "",
        "",
        "月",
        "\ufffd",
        "",
    ]
    assert shown.rest() == "\ufffd"


def test_nothing_is_shown_after_it_has_stopped() -> None:
    shown = Shown(["\n\n", "END"])
    assert shown.add(b"to be EN") == "to be "
    assert shown.add(b"D, or not") == ""
    assert shown.stopped
    assert shown.add(b"more") + shown.rest() == ""


def test_no_string_is_empty() -> None:
    with pytest.raises(UserError, match="is empty"):
        Shown(["a", ""])
