"""Leaks: tokens and columns that tell the answer, and held-out rows that are known; nothing where nothing leaks."""

from typing import Any

import numpy as np
import pytest

from vec2seq.data.leaks import find_leak, known_share, telling_columns, telling_tokens

RANDOM = np.random.default_rng(0)


def texts(labels: int, rows: int = 200) -> list[tuple[list[int], int]]:
    """Tokens that say nothing about the label."""
    return [(RANDOM.integers(10, 60, 15).tolist(), row % labels) for row in range(rows)]


def table(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and labels 0, 1, 2 that have to do with all of them."""
    X = RANDOM.normal(size=(rows, 6)).astype(np.float32)
    return X, np.argmax(X[:, :3] + X[:, 3:], 1)


@pytest.mark.parametrize("labels", [2, 4])
def test_a_token_that_tells_the_label(labels: int) -> None:
    rows = texts(labels)
    assert find_leak(rows, []) is None
    told = [([*text, label + 1], label) for text, label in rows]
    found = telling_tokens([np.array(text) for text, _ in told], np.array([label for _, label in told]))
    assert found == {label + 1: label for label in range(labels)}
    what, mend = find_leak(told, []) or ("", "")
    assert what == "the input tells the answer: token 1 is in the examples of label 0, and in no others"
    assert mend == "take it out of the input if it is not known before the answer is"
    told[3] = ([*texts(1)[0][0], 2], told[3][1])
    assert find_leak(told, []) is not None, "one of 200 may be otherwise"


def test_a_token_that_tells_one_label_of_many_is_a_good_word() -> None:
    rows = [([*text, 1] if label == 0 else text, label) for text, label in texts(4)]
    assert find_leak(rows, []) is None
    rows = [([*text, 1] if RANDOM.random() < 0.7 and label == 0 else text, label) for text, label in texts(2)]
    assert find_leak(rows, []) is None


def test_a_column_that_tells_the_answer() -> None:
    X, y = table()
    assert telling_columns(X, y) == []
    X[:, 4] = 3.0 * y + RANDOM.normal(scale=0.1, size=len(y))
    assert telling_columns(X, y) == [4]
    what = (find_leak(list(zip(X, y.tolist(), strict=True)), []) or [""])[0]
    assert what == "the input tells the answer: number 5 of each example tells it alone"
    numbers = RANDOM.normal(size=len(X))
    assert telling_columns(X, numbers) == []
    X[:, 2] = 7 - 2 * numbers
    assert telling_columns(X, numbers) == [2]


def test_real_tables_do_not_leak() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        assert telling_columns(X, y) == [], name


def test_held_out_examples_that_are_known() -> None:
    rows, others = texts(2), texts(2)
    assert known_share(rows, others) == 0.0
    assert known_share(rows, [*rows[:50], *others[:50]]) == 0.5
    assert known_share(rows, [(text, 1 - label) for text, label in rows]) == 0.0, "another label is another example"
    what = (find_leak(rows, [*rows[:60], *others[:40]]) or [""])[0]
    assert what == "60% of what is held out is among the examples: its loss means nothing"
    assert find_leak(rows, [*rows[:40], *others[:60]]) is None


@pytest.mark.parametrize(
    "examples",
    [[], [([1, 2],)], [("ab", "c")] * 50, [([1, 2], [0, 1])] * 50, [([[1.0], [2.0]], 1)] * 50, [([1.0, 2.0], 1)] * 3],
    ids=repr,
)
def test_what_is_not_looked_at(examples: list[Any]) -> None:
    assert find_leak(examples, examples[:0]) is None
