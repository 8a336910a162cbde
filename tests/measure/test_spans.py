"""Scores of spans against seqeval's and scikit-learn's; intervals that hold what they should."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score as seqeval_f1
from seqeval.metrics import precision_score, recall_score
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support
from sklearn.metrics import f1_score

from vec2seq.errors import UserError
from vec2seq.measure import Score
from vec2seq.measure.spans import SpanCounts, span_counts, span_scores

Labels = list[list[str]]
LABELS = {
    "bio": ["O", "B-X", "I-X", "B-Y", "I-Y"],
    "bioes": ["O", "B-X", "I-X", "E-X", "S-X", "I-Y", "S-Y"],
    "none": ["NN", "VV", "P"],
}


@st.composite
def pairs(draw: st.DrawFn, scheme: str) -> tuple[Labels, Labels]:
    """True and found labels of the same sentences, broken or not, alike in half of the tokens."""
    labels = st.sampled_from(LABELS[scheme])
    truth = draw(st.lists(st.lists(labels, max_size=7), min_size=1, max_size=8))
    found = [[draw(st.sampled_from([label, draw(labels)])) for label in row] for row in truth]
    return truth, found


def overall(scores: list[Score]) -> dict[str, Score]:
    return {score.metric: score for score in scores if score.section is None}


def assert_conllevals(f1: float | None, truth: Labels, found: Labels) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a type has no true spans
        expected = seqeval_f1(truth, found, average="micro")
    assert (f1 or 0) == pytest.approx(expected)


@given(pairs("bio") | pairs("bioes"))
def test_span_f1_is_conllevals(both: tuple[Labels, Labels]) -> None:
    counts = span_counts(*both)
    assert_conllevals(counts[None].f1, *both)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert (counts[None].precision or 0) == pytest.approx(precision_score(*both))
        assert (counts[None].recall or 0) == pytest.approx(recall_score(*both))
        _, _, of_types, support = precision_recall_fscore_support(*both)
    types = [kind for kind in counts if kind is not None]
    assert [counts[kind].f1 or 0 for kind in types] == pytest.approx(list(of_types))
    assert [counts[kind].truth for kind in types] == list(support)


def test_a_wrong_f1_is_seen() -> None:
    truth, found = [["B-X", "I-X", "O"]], [["B-X", "O", "O"]]
    with pytest.raises(AssertionError):
        assert_conllevals(0.5, truth, found)
    assert_conllevals(span_counts(truth, found)[None].f1, truth, found)


@given(pairs("bio") | pairs("bioes"))
def test_scores_are_the_counts(both: tuple[Labels, Labels]) -> None:
    scores = span_scores(*both, "t.tsv")
    if not any(both[0]):
        assert [(score.metric, score.score, score.n) for score in scores] == [("token_accuracy", None, 0)]
        return
    counts = span_counts(*both)
    assert [(score.metric, score.section) for score in scores[:2]] == [("span_f1", None), ("token_accuracy", None)]
    of_types = [scores[0], *scores[2:]]
    assert [score.section for score in of_types] == list(counts)
    for score in of_types:
        assert (score.score, score.n) == (counts[score.section].f1, counts[score.section].truth)
        assert score.metric == "span_f1"
    tokens = [a == b for row in zip(*both, strict=True) for a, b in zip(*row, strict=True)]
    assert (scores[1].score, scores[1].n) == (sum(tokens) / len(tokens), len(tokens))
    for score in scores:
        assert (score.coverage, score.file) == (1.0, "t.tsv")
        assert score.low is None or 0 <= score.low <= score.high <= 1  # type: ignore[operator]


@given(pairs("none"))
def test_plain_tags_are_scikit_learns(both: tuple[Labels, Labels]) -> None:
    truth, found = ([label for row in labels for label in row] for labels in both)
    scores = span_scores(*both, "t.tsv")
    assert scores[0].metric == "token_accuracy"
    assert scores[0].n == len(truth)
    if truth:
        assert scores[1].metric == "macro_f1"
        assert scores[1].score == pytest.approx(f1_score(truth, found, average="macro"))
        assert [score.section for score in scores[2:]] == sorted({*truth, *found})
        assert [score.score for score in scores[2:]] == pytest.approx(f1_score(truth, found, average=None))
        assert [score.n for score in scores[2:]] == [truth.count(score.section or "") for score in scores[2:]]


def test_counts_by_hand() -> None:
    truth = [["B-X", "I-X", "O", "B-Y"], ["B-X", "O"]]
    found = [["B-X", "I-X", "O", "O"], ["B-Y", "O"]]
    assert span_counts(truth, found) == {
        None: SpanCounts(3, 2, 1),
        "X": SpanCounts(2, 1, 1),
        "Y": SpanCounts(1, 1, 0),
    }
    nothing = SpanCounts(0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (None, None, None)


def test_words_have_no_section() -> None:
    truth = [["B", "E", "S"], ["B", "M", "E"]] * 3
    scores = span_scores(truth, [["B", "E", "S"], ["B", "E", "S"]] * 3, "t.tsv")
    assert [(score.metric, score.section) for score in scores] == [("span_f1", None), ("token_accuracy", None)]
    assert scores[0].score == pytest.approx(2 * 6 / (9 + 12))
    assert scores[0].low is not None
    assert scores[0].low < scores[0].score < scores[0].high  # type: ignore[operator]


def test_the_interval_is_of_sentences() -> None:
    """Half of the sentences are wrong as a whole: an interval of tokens would be far narrower."""
    truth = [["B-X"] * 20 for _ in range(20)]
    found = [["B-X" if row % 2 else "B-Y"] * 20 for row in range(20)]
    for score in span_scores(truth, found, "")[:2]:
        assert score.score == 0.5
        assert score.low is not None
        assert score.high is not None
        assert 0.2 < score.low < 0.35
        assert 0.65 < score.high < 0.8


def test_all_right_or_all_wrong_is_no_certainty() -> None:
    truth = [["B-X", "I-X"]] * 10
    right = overall(span_scores(truth, truth, ""))
    assert right["span_f1"].low == pytest.approx(0.722, abs=1e-3)  # of 10 of 10
    assert right["token_accuracy"].low == pytest.approx(0.839, abs=1e-3)  # of 20 of 20
    wrong = overall(span_scores(truth, [["O", "B-X"]] * 10, ""))
    assert (wrong["span_f1"].score, wrong["span_f1"].low) == (0, 0)
    assert wrong["span_f1"].high == pytest.approx(0.278, abs=1e-3)
    tags = overall(span_scores([["NN", "VV"]] * 10, [["NN", "VV"]] * 10, ""))
    assert tags["macro_f1"].low == tags["token_accuracy"].low == right["token_accuracy"].low


def test_nothing_to_find_is_no_score() -> None:
    scores = overall(span_scores([["O", "O"]] * 5, [["O", "O"]] * 5, ""))
    assert (scores["span_f1"].score, scores["span_f1"].n) == (None, 0)
    assert scores["token_accuracy"].score == 1
    assert [score.score for score in span_scores([], [], "")] == [None]


def test_not_as_many_labels() -> None:
    with pytest.raises(ValueError, match="not as many labels"):
        span_scores([["O", "O"]], [["O"]], "")
    with pytest.raises(ValueError, match="not as many labels"):
        span_counts([["O", "O"]], [["O", "O"], []])


def test_mixed_labels_are_named() -> None:
    with pytest.raises(UserError, match="'PERSON'"):
        span_scores([["B-X", "O"]], [["B-X", "PERSON"]], "")
