"""Labels as spans: against seqeval, there and back, and rules that allow just what is not broken."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from vec2seq.data.spans import Scheme, Span, converted, labels_of, rules, scheme_of, spans_of
from vec2seq.errors import UserError

SCHEMES: list[Scheme] = ["bio", "bioes", "bmes"]
LETTERS = {"bio": "BI", "bioes": "BIES", "bmes": "BMES"}
KINDS = ["-X", "-Y-1", ""]


def all_labels(scheme: str, kinds: list[str]) -> list[str]:
    return ["O", *(letter + kind for letter in LETTERS[scheme] for kind in kinds)]


def sequences(scheme: str, kinds: list[str] | None = None) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(all_labels(scheme, kinds or KINDS)), max_size=9)


@st.composite
def spans_and_count(draw: st.DrawFn) -> tuple[list[Span], int]:
    places = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    pairs = pairwise(places)
    kinds = st.sampled_from([None, "", "X", "Y-1"])  # None: a gap
    spans = [(start, end, draw(kinds)) for start, end in pairs]
    return [Span(start, end, kind) for start, end, kind in spans if kind is not None], max(places, default=0) + 2


@given(sequences("bio") | sequences("bioes"))
def test_spans_are_conllevals(labels: list[str]) -> None:
    theirs = [("" if kind == "_" else kind, start, end + 1) for kind, start, end in get_entities(labels)]
    assert [(span.label, span.start, span.end) for span in spans_of(labels)] == theirs


def test_spans_by_hand() -> None:
    assert spans_of(["I-X", "I-X", "B-X", "I-Y", "O", "E-Y", "I-Y", "S-Y"]) == [
        Span(0, 2, "X"),
        Span(2, 3, "X"),
        Span(3, 4, "Y"),
        Span(5, 6, "Y"),
        Span(6, 7, "Y"),
        Span(7, 8, "Y"),
    ]
    assert spans_of(["B", "M", "M", "E", "S", "B", "E"]) == [Span(0, 4, ""), Span(4, 5, ""), Span(5, 7, "")]
    assert spans_of([]) == []


@given(spans_and_count(), st.sampled_from(SCHEMES))
def test_spans_there_and_back(made: tuple[list[Span], int], scheme: Scheme) -> None:
    spans, count = made
    labels = labels_of(reversed(spans), count, scheme)
    assert len(labels) == count
    assert spans_of(labels) == spans


@given(sequences("bioes"), st.sampled_from(SCHEMES), st.sampled_from(SCHEMES))
def test_conversion_keeps_the_spans(labels: list[str], by: Scheme, to: Scheme) -> None:
    assert spans_of(converted(labels, to)) == spans_of(labels)
    assert converted(converted(labels, by), to) == converted(labels, to)


def test_conversion_by_hand() -> None:
    assert converted(["I-X", "I-X", "B-X", "O"], "bio") == ["B-X", "I-X", "B-X", "O"]
    assert converted(["B-X", "I-X", "I-X", "B", "O"], "bioes") == ["B-X", "I-X", "E-X", "S", "O"]
    assert converted(["B", "I", "I", "B"], "bmes") == ["B", "M", "E", "S"]


@pytest.mark.parametrize(
    "spans", [[Span(0, 2, ""), Span(1, 3, "")], [Span(1, 1, "")], [Span(2, 5, "")], [Span(-1, 2, "")]]
)
def test_impossible_spans(spans: list[Span]) -> None:
    with pytest.raises(ValueError, match="overlaps"):
        labels_of(spans, 4, "bio")
    with pytest.raises(ValueError, match="plain tags"):
        labels_of([], 4, "none")


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        ("O B-PER I-PER", "bio"),
        ("O I-PER", "bio"),
        ("B I", "bio"),
        ("O", "bio"),
        ("O B-PER E-PER S-LOC", "bioes"),
        ("O S-LOC", "bioes"),
        ("B M E S", "bmes"),
        ("B E S", "bmes"),
        ("B-NN M-NN E-NN S-VV", "bmes"),
        ("O B M E S", "bmes"),
        ("NN VV M P", "none"),
        ("ADJ NOUN O", "none"),
        ("", "none"),
    ],
)
def test_schemes(labels: str, scheme: str) -> None:
    assert scheme_of(labels.split()) == scheme


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        ("O B-PER PERSON", "PERSON"),
        ("O I-PER L-PER U-PER", "L-PER"),
        ("O B-PER I-PER M-PER", "M-PER"),
        ("B-PER O-PER", "O-PER"),
    ],
)
def test_mixed_labels_are_named(labels: str, named: str) -> None:
    with pytest.raises(UserError, match=f"label '{named}'"):
        scheme_of(labels.split())


@pytest.mark.parametrize("label", ["NN", "", "B:X", "b-X", "B-", "O-X"])
def test_plain_tags_have_no_spans(label: str) -> None:
    with pytest.raises(UserError, match=f"label {label!r} is no place"):
        spans_of(["O", label])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_rules_allow_just_what_is_not_broken(scheme: Scheme) -> None:
    labels = all_labels(scheme, ["-X", "-Y"] if scheme == "bio" else ["-X"])
    allowed = rules(labels)
    seen = set()
    for length in (1, 2, 3, 4):
        for ids in product(range(len(labels)), repeat=length):
            keeps = allowed.starts[ids[0]] and allowed.ends[ids[-1]]
            keeps = keeps and all(allowed.moves[i, j] for i, j in pairwise(ids))
            names = [labels[i] for i in ids]
            assert keeps == (converted(names, scheme) == names), names
            seen.add(bool(keeps))
    assert seen == {True, False}


def test_rules_of_several_types() -> None:
    labels = ["O", "B-X", "E-X", "B-Y", "I-Y", "E-Y", "S-Y"]
    allowed = rules(labels)
    assert not allowed.moves[labels.index("B-X"), labels.index("E-Y")]
    assert allowed.moves[labels.index("E-X"), labels.index("B-Y")]
    assert allowed.moves[labels.index("B-Y"), labels.index("I-Y")]


@pytest.mark.parametrize("labels", ["NN VV", "B M E", "O", "", "I-X O"])
def test_all_is_allowed(labels: str) -> None:
    """Plain tags; what could not label one token; one label; a type of IOB1."""
    assert all(np.all(part) for part in rules(labels.split()))
    assert rules(labels.split()).moves.shape == (len(labels.split()),) * 2
