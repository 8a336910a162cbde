"""What may be written: never a dead end, always what keeps the rules, and all that keeps them."""

import itertools
import re
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from kernels.writers import Table
from vec2seq.data.constraints import Permitted, beginning_with, made_of, matching
from vec2seq.data.pieces import BORDER, Pieces
from vec2seq.errors import UserError
from vec2seq.kernels.beam import beam
from vec2seq.kernels.sampling import Constraint, Sampling, sample

pytest.importorskip("llguidance")

PIECES = Pieces.learn(["ab ab ab, aab 月月 日月", "月 ab/", "a-b\n"], "words", min_count=1)
"""pieces of one character and of several; 星 is none: three bytes"""

FINITE = st.recursive(
    st.sampled_from(["a", "b", "月", "星", ".", "[ab]", "[^a]", "[^月,]", "/", r"\/", ""]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "{2}", "{1,2}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


def repeated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Patterns with parts that come any number of times."""
    return st.recursive(
        inner,
        lambda some: st.one_of(st.tuples(some, inner).map("".join), some.map(lambda one: f"(?:{one})*")),
        max_leaves=3,
    )


CLASSES = st.sampled_from([r"\w", r"\s", r"\W?"])
"""Rust and Python agree on these for the characters of TEXTS; a combining mark is a word's in Rust alone."""
TEXTS = st.text("ab月星 ,/\n", max_size=6)


def accepted(rules: Permitted, text: str) -> bool:
    """Whether a text can be written by its pieces, one after the other."""
    state, (numbers,) = rules.start(), PIECES.numbers([text])
    for number in numbers.tolist():
        if not rules.allowed(state)[number]:
            return False
        state = rules.after(state, number)
    return bool(rules.allowed(state)[BORDER])


def written(rules: Permitted, seed: int, longest: int = 200) -> str:
    """Any text that may be written; whoever writes it knows nothing."""
    random, state = np.random.default_rng(seed), rules.start()
    numbers: list[int] = []
    for _ in range(longest):
        number = int(random.choice(np.flatnonzero(rules.allowed(state))))
        if number == BORDER:
            return PIECES.text(numbers)
        numbers.append(number)
        state = rules.after(state, number)
    raise AssertionError(f"no end after {PIECES.text(numbers)!r}")


def permitted(*rules: str) -> Permitted:
    return Permitted.of(PIECES.encoded, rules)


@given(pattern=repeated(FINITE | CLASSES), text=TEXTS)
def test_what_matches_can_be_written_and_nothing_else(pattern: str, text: str) -> None:
    assert accepted(permitted(matching(pattern)), text) == bool(re.fullmatch(pattern, text))


@given(pattern=FINITE, seed=st.integers(0, 99))
def test_whatever_is_written_matches(pattern: str, seed: int) -> None:
    assert re.fullmatch(pattern, written(permitted(matching(pattern)), seed))


@given(first=FINITE, second=repeated(FINITE), seed=st.integers(0, 99), text=TEXTS)
def test_two_rules_are_both_kept(first: str, second: str, seed: int, text: str) -> None:
    try:
        rules = permitted(matching(first), matching(second))
    except UserError:
        event("no text keeps both")
        assert not (re.fullmatch(first, text) and re.fullmatch(second, text))
        return
    for own in (first, second):
        assert re.fullmatch(own, written(rules, seed))
    assert accepted(rules, text) == bool(re.fullmatch(first, text) and re.fullmatch(second, text))


def test_a_way_that_leads_nowhere_is_not_begun() -> None:
    rules = permitted(matching("a(?:b|月)a|ba"), matching("a[b月]b|ba"))
    assert {written(rules, seed) for seed in range(20)} == {"ba"}


WORDS = ["a", "aab", "b", "月", "日月", "a-b", '"', "\\", "/"]


def spaced(text: str) -> bool:
    """By hand: some way to read the text as words with at least one other character between two."""
    words = "|".join(map(re.escape, WORDS))
    return bool(re.fullmatch(rf"\W*(?:(?:{words})(?:\W+(?:{words}))*\W*)?", text))


def joined(text: str) -> bool:
    return bool(re.fullmatch(rf"(?:{'|'.join(map(re.escape, WORDS))}|\W)*", text))


@pytest.mark.parametrize("want", [spaced, joined])
@given(data=st.data())
def test_texts_are_made_of_words(want: Callable[[str], bool], data: st.DataObject) -> None:
    rules = permitted(made_of(WORDS, want is spaced))
    parts = st.lists(st.sampled_from([*WORDS, " ", ", ", "星", "日"]), max_size=6).map("".join)
    text = data.draw(parts)
    assert accepted(rules, text) == want(text)


def test_words_in_a_pattern() -> None:
    rules = permitted(made_of(["月", "日月"], spaced=False), matching(r"\w{3}，\w{3}。"))
    for seed in range(20):
        text = written(rules, seed)
        assert re.fullmatch("(?:月|日月){2,3}，(?:月|日月){2,3}。", text)
        assert len(text) == 8


def test_a_poem_has_its_form() -> None:
    form = r"(?:[^，。\s]{5}，[^，。\s]{5}。\n){2}"
    for seed in range(3):
        lines = written(permitted(matching(form)), seed).split("\n")[:-1]
        assert [[len(part) for part in re.split("[，。]", line)] for line in lines] == [[5, 5, 0]] * 2


def test_what_was_begun_goes_on() -> None:
    rules = permitted(matching("ab(月|日)*星"))
    (numbers,) = PIECES.numbers(["ab月"])
    begun = rules.begun(numbers.tolist())
    assert accepted(begun, "月星")
    assert not accepted(begun, "ab星")
    assert accepted(rules, "ab星")
    with pytest.raises(UserError, match="no text that begins like this"):
        rules.begun(PIECES.numbers(["b"])[0].tolist())


@given(st.sampled_from(["", "月", "ab", "星."]), TEXTS)
def test_texts_begin_with_what_they_should(begin: str, text: str) -> None:
    assert accepted(permitted(beginning_with(begin)), text) == text.startswith(begin)
    assert accepted(permitted(beginning_with(begin)), begin + text)


@given(st.sampled_from([" ", "月 "]), TEXTS)
def test_what_stands_before_a_text_keeps_no_rule(before: str, text: str) -> None:
    rules = Permitted.of(PIECES.encoded, [matching("[ab]*")], before)
    assert accepted(rules, before + text) == (re.fullmatch("[ab]*", text) is not None)
    assert not accepted(rules, text.lstrip())


def test_states_are_not_changed() -> None:
    rules = permitted(matching("ab?月*"))
    (a,), (b,), (moon,) = (PIECES.numbers([text])[0].tolist() for text in ("a", "b", "月"))
    state = rules.after(rules.start(), a)
    before = rules.allowed(state)
    with pytest.raises(ValueError, match=f"piece {a} is not allowed"):
        rules.after(state, a)
    for number in (b, moon):
        assert rules.allowed(rules.after(state, number))[BORDER]
    np.testing.assert_array_equal(rules.allowed(state), before)
    assert before[b]
    assert not rules.allowed(rules.start())[b]


def test_texts_are_drawn_and_searched_by_it() -> None:
    encoded = [b"", b"a", b"b", b"ab"]
    rules: Constraint = Permitted.of(encoded, [matching("(?:ab){2,3}")])
    randoms = [np.random.default_rng(seed) for seed in range(8)]
    rows = [b""] * 8
    for told in sample(Table(8, 4), [np.array([1])] * 8, 20, 0, Sampling(), randoms, rules):
        rows = [row + (encoded[token] if token > 0 else b"") for row, token in zip(rows, told.tokens, strict=True)]
    assert set(rows) == {b"abab", b"ababab"}
    (found,) = beam(Table(1, 4), [1], 30, 20, 0, 0.0, rules)
    texts = [b"".join(encoded[token] for token in one.tokens) for one in found]
    ways = itertools.chain(*(itertools.product([b"ab", b"a,b"], repeat=many) for many in (2, 3)))
    assert sorted(texts) == sorted(b"".join(way).replace(b",", b"") for way in ways)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "unclosed group"),
        (r"a\b", "lookarounds not supported"),
        (r"(?=a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        ("a\\", "ends in a single backslash"),
        ("\ud800", "half a surrogate pair"),
    ],
)
def test_what_is_no_pattern_is_told(pattern: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        matching(pattern)


def test_comments_in_a_pattern() -> None:
    assert accepted(permitted(matching("(?x) a b # and no more")), "ab")


def test_rules_that_cannot_be_kept_are_told() -> None:
    for rules in ([matching(r"[^\s\S]")], [matching("a+"), made_of(["b"])]):
        with pytest.raises(UserError, match="no text keeps these rules"):
            permitted(*rules)
    with pytest.raises(UserError, match="no words to write with"):
        made_of([""])
    with pytest.raises(UserError, match="half a surrogate pair"):
        made_of(["\ud800"])


def test_rules_that_are_too_large_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vec2seq.data.constraints.EFFORT", 1000)
    with pytest.raises(UserError, match="these rules are too large"):
        permitted(made_of(map(str, range(1000))))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llguidance", None)
    with pytest.raises(UserError, match=r"vec2seq\[patterns\]"):
        matching("a")
