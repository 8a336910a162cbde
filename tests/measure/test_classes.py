"""Scores of labels against scikit-learn's; intervals that hold them; hand-made cases."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from vec2seq.measure import Score
from vec2seq.measure.classes import confusion, each_label, label_scores, one_of, several_scores
from vec2seq.measure.rows import class_scores

shapes = (st.integers(1, 40), st.integers(2, 5), st.integers(0, 1000))


def drawn(texts: int, labels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each label of each text, and truths that they have something to do with."""
    random = np.random.default_rng(seed)
    probabilities = random.random((texts, labels)).round(2)
    return probabilities, random.random((texts, labels)) < probabilities * random.random(labels)


def assert_f1s(scores: list[float | None], truth: np.ndarray, found: np.ndarray) -> None:
    """That micro and macro F1 are scikit-learn's, of the labels that are anywhere."""
    used = np.flatnonzero(truth.any(0) | found.any(0))
    if not len(used):
        assert scores == [None, None]
        return
    expected = [f1_score(truth, found, labels=used, average=how, zero_division=0) for how in ("micro", "macro")]
    assert scores == pytest.approx(expected)


def assert_holds(score: Score) -> None:
    if score.score is not None and score.low is not None and score.high is not None:
        assert 0 <= score.low <= score.high <= 1


@given(*shapes)
def test_several_labels_are_scikit_learns(texts: int, labels: int, seed: int) -> None:
    probabilities, truth = drawn(texts, labels, seed)
    found = probabilities > 0.5
    accuracy, micro, macro, ece = several_scores(probabilities, truth, "t.tsv")
    assert [score.metric for score in (accuracy, micro, macro, ece)] == ["accuracy", "micro_f1", "macro_f1", "ece"]
    assert accuracy.score == pytest.approx(accuracy_score(truth, found))
    assert_f1s([micro.score, macro.score], truth, found)
    sure, right = np.where(found, probabilities, 1 - probabilities).ravel(), (found == truth).ravel()
    bins = np.minimum((sure * 15).astype(int), 14)
    gaps = [abs(right[bins == place].sum() - sure[bins == place].sum()) for place in range(15)]
    assert ece.score == pytest.approx(sum(gaps) / truth.size)
    for score in (accuracy, micro, macro, ece):
        assert (score.n, score.file) == (texts, "t.tsv")
        assert_holds(score)


def test_a_wrong_f1_is_seen() -> None:
    truth, found = np.array([[1, 0], [1, 1]], bool), np.array([[1, 0], [0, 1]], bool)
    with pytest.raises(AssertionError):
        assert_f1s([0.5, 0.5], truth, found)
    assert_f1s([0.8, (2 / 3 + 1) / 2], truth, found)


@given(*shapes)
def test_each_label_is_scikit_learns(texts: int, labels: int, seed: int) -> None:
    probabilities, truth = drawn(texts, labels, seed)
    found, names = probabilities > 0.5, [f"label {n}" for n in range(labels)]
    scores = each_label(truth, found, names, "t.tsv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, f1, support = precision_recall_fscore_support(truth, found, labels=range(labels))
    for place, name in enumerate(names):
        own = {score.metric: score for score in scores if score.section == name}
        assert list(own) == ["f1", "precision", "recall"]
        assert (own["f1"].score or 0) == pytest.approx(f1[place])
        assert (own["precision"].score or 0) == pytest.approx(precision[place])
        assert (own["recall"].score or 0) == pytest.approx(recall[place])
        assert own["recall"].n == support[place]
        assert own["precision"].n == found[:, place].sum()
        assert (own["recall"].score is None) == (not support[place])
        assert (own["f1"].score is None) == (not support[place] and not found[:, place].any())
        for score in own.values():
            assert_holds(score)


@given(*shapes)
def test_confusion_is_scikit_learns(texts: int, labels: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, found = random.integers(0, labels, (2, texts))
    table = confusion(truth, found, labels)
    np.testing.assert_array_equal(table, confusion_matrix(truth, found, labels=range(labels)))
    assert table.sum() == texts
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(table.T + np.eye(labels, dtype=int), table)


@given(*shapes)
def test_single_labels_are_those_of_classes(texts: int, labels: int, seed: int) -> None:
    probabilities, _ = drawn(texts, labels, seed)
    probabilities = (probabilities + 1e-3) / (probabilities + 1e-3).sum(1, keepdims=True)
    truth = np.random.default_rng(seed).integers(0, labels, texts)
    assert label_scores(probabilities, truth, "t") == class_scores(probabilities, truth, "t")
    truths = one_of(truth, labels)
    assert truths.sum(1).tolist() == [1] * texts
    assert truths.argmax(1).tolist() == truth.tolist()
    several = label_scores(probabilities, truths.astype(np.uint8), "t")
    assert several == several_scores(probabilities, truths, "t")


def test_labels_by_hand() -> None:
    truth = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], bool)
    found = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]], bool)
    probabilities = np.where(found, 0.9, 0.1)
    accuracy, micro, macro, ece = several_scores(probabilities, truth, "")
    assert accuracy.score == 0.5
    assert micro.score == pytest.approx(2 * 3 / (4 + 4))
    assert macro.score == pytest.approx((1 + 0.5) / 2)  # of the two labels that there are
    assert ece.score == pytest.approx(abs(10 / 12 - 0.9))


def test_nothing_is_no_score() -> None:
    none = np.zeros((4, 2), bool)
    accuracy, micro, macro, ece = several_scores(np.full((4, 2), 0.2), none, "")
    assert (accuracy.score, micro.score, macro.score) == (1.0, None, None)
    assert ece.score == pytest.approx(0.2)
    assert {score.score for score in each_label(none, none, ["a", "b"], "")} == {None}


def test_more_texts_make_intervals_narrower() -> None:
    probabilities, truth = drawn(40, 3, 1)
    widths = []
    for times in (1, 10):
        scores = several_scores(np.tile(probabilities, (times, 1)), np.tile(truth, (times, 1)), "")
        widths.append([score.high - score.low for score in scores])  # type: ignore[operator]
    for few, many in pairwise(widths):
        assert all(0 < b < 0.6 * a for a, b in zip(few, many, strict=True))
