"""Scores of rows against scikit-learn's and plain sums; the temperature finds back what was planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score, root_mean_squared_error

from vec2seq.measure.calibration import HOTTEST, calibrated_in_halves, cross_entropy, temperature
from vec2seq.measure.rows import class_scores, number_scores


def softmax(outputs: np.ndarray) -> np.ndarray:
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def drawn(rows: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs, and classes drawn by the probabilities that they stand for."""
    random = np.random.default_rng(seed)
    outputs = random.normal(size=(rows, classes)) * 2
    chances = softmax(outputs)
    return outputs, (chances.cumsum(axis=1) < random.random((rows, 1))).sum(axis=1).clip(0, classes - 1)


@given(st.integers(4, 60), st.integers(2, 5), st.integers(0, 1000))
def test_class_scores_are_scikit_learns(rows: int, classes: int, seed: int) -> None:
    outputs, truth = drawn(rows, classes, seed)
    chances = softmax(outputs)
    found = chances.argmax(axis=1)
    accuracy, f1, ece = class_scores(chances, truth, "t.csv")
    assert accuracy.score == pytest.approx(accuracy_score(truth, found))
    assert f1.score == pytest.approx(f1_score(truth, found, average="macro"))
    expected = 0.0
    for low in range(15):
        inside = [row for row in range(rows) if low == min(int(chances[row].max() * 15), 14)]
        expected += abs(sum((found[row] == truth[row]) - chances[row].max() for row in inside)) / rows
    assert ece.score == pytest.approx(expected)
    for score in (accuracy, f1, ece):
        assert score.low is not None
        assert score.high is not None
        assert 0 <= score.low <= score.high <= 1


@given(st.integers(4, 60), st.integers(0, 1000), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_number_scores_are_scikit_learns(rows: int, seed: int, shift: float, scale: float) -> None:
    random = np.random.default_rng(seed)
    truth = shift + scale * random.normal(size=rows)
    found = truth + scale * random.normal(size=rows)
    r2, rmse = number_scores(found, truth, "t.csv")
    assert r2.score == pytest.approx(r2_score(truth, found), rel=1e-4, abs=1e-4)
    assert rmse.score == pytest.approx(root_mean_squared_error(truth, found))
    assert rmse.low is not None
    assert rmse.low <= rmse.score <= rmse.high  # type: ignore[operator]


def test_a_constant_has_no_r2() -> None:
    r2, rmse = number_scores(np.arange(5.0), np.ones(5), "t.csv")
    assert r2.score is None
    assert rmse.score is not None


@pytest.mark.parametrize("planted", [0.3, 1.0, 4.0])
def test_the_temperature_is_found_back(planted: float) -> None:
    outputs, classes = drawn(20_000, 4, 1)
    assert temperature(outputs * planted, classes) == pytest.approx(planted, rel=0.05)
    two = outputs[:, 1:2] - outputs[:, 0:1]
    truth = (np.random.default_rng(2).random(20_000) < 1 / (1 + np.exp(-two[:, 0]))).astype(int)
    assert temperature(two * planted, truth) == pytest.approx(planted, rel=0.06)


def test_cross_entropy_is_scikit_learns() -> None:
    outputs, classes = drawn(50, 3, 0)
    assert cross_entropy(outputs, classes) == pytest.approx(log_loss(classes, softmax(outputs)))
    wrong = np.full((3, 2), [1e4, -1e4])
    assert cross_entropy(wrong, np.array([0, 0, 1])) == pytest.approx(2e4 / 3)


def test_calibration_lowers_the_error_of_rows_that_it_did_not_see() -> None:
    outputs, classes = drawn(4000, 4, 3)
    sure = outputs * 5
    before = class_scores(softmax(sure), classes, "")[2].score
    after = class_scores(softmax(calibrated_in_halves(sure, classes)), classes, "")[2].score
    assert before is not None
    assert after is not None
    assert after < 0.03 < 0.15 < before
    np.testing.assert_array_equal(calibrated_in_halves(sure, classes).argmax(axis=1), sure.argmax(axis=1))
    assert calibrated_in_halves(sure[:1], classes[:1]).shape == (1, 4)


def test_of_several_labels_a_row_is_calibrated_by_others() -> None:
    outputs, classes = drawn(60, 4, 1)
    truth = (np.arange(4) == classes[:, None]).astype(np.uint8)
    found = calibrated_in_halves(outputs, truth)
    for half in (0, 1):
        others = outputs[1 - half :: 2].reshape(-1, 1), truth[1 - half :: 2].reshape(-1).astype(np.int64)
        np.testing.assert_allclose(found[half::2], outputs[half::2] / temperature(*others))


def test_a_few_rows_do_not_make_a_net_sure() -> None:
    right, wrong = np.array([[1.0, 0.0]]), np.array([[5.0, 0.0]])
    assert 0.5 < temperature(right, np.array([0])) < 1
    assert 1 < temperature(wrong, np.array([1])) < 4
    assert temperature(np.repeat(right, 10_000, axis=0), np.zeros(10_000, np.int64)) < 0.12
    assert temperature(np.repeat(wrong, 10_000, axis=0), np.ones(10_000, np.int64)) == pytest.approx(HOTTEST, rel=1e-2)


def test_all_right_is_no_certainty() -> None:
    """Resamples of what is all right are all right, too: the interval is that of the share."""
    classes = np.arange(40) % 2
    accuracy, f1, _ = class_scores(np.eye(2)[classes], classes, "t.csv")
    assert (f1.score, f1.low, f1.high) == (1.0, accuracy.low, accuracy.high)
    assert f1.low is not None
    assert 0.8 < f1.low < 0.95
    some = np.eye(2)[np.where(np.arange(40) == 3, 0, classes)]
    assert class_scores(some, classes, "t.csv")[1].low != class_scores(some, classes, "t.csv")[0].low
