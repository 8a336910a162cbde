"""evaluation: outliers, categories and associations, as plain loops and scikit-learn give them."""

import itertools
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics.cluster import contingency_matrix

from evaluation.making import random_vectors, written
from vec2seq.evaluation.associations import effect_size, judge_associations, permutation_p
from vec2seq.evaluation.categories import in_majority, judge_categories
from vec2seq.evaluation.evaluate import evaluate
from vec2seq.evaluation.items import Association, Associations, Categories, Outliers, Topic
from vec2seq.evaluation.outliers import judge_outliers
from vec2seq.vectors.store import Vectors

# outliers


def test_an_outlier_is_found_where_it_is_the_least_like_the_others() -> None:
    plan = {"a": (1, 0), "b": (1, 0.1), "c": (1, -0.1), "far": (0, 1), "near": (1, 0.0), "between": (1, 0.105)}
    vectors = Vectors(list(plan), np.array(list(plan.values()), np.float32))
    items = Outliers([Topic("t", ["a", "b", "c", "gone"], ["far", "near", "between", "lost"])])
    accuracy, position = judge_outliers(vectors, items, "f")
    assert accuracy.values[:, 0].tolist()[:2] == [1.0, 0.0]
    assert np.isnan(accuracy.values[3, 0])
    expected = [place_one_by_one(vectors, ["a", "b", "c"], outlier) for outlier in ("far", "near", "between")]
    assert position.values[:3, 0].tolist() == expected
    assert expected[0] == 1.0
    assert expected[1] == 0.0
    assert 0 < expected[2] < 1
    assert position.score().coverage == 6 / 8


def place_one_by_one(vectors: Vectors, members: list[str], outlier: str) -> float:
    """Compactness as the paper has it: of all pairs without the word. The least compact without it fits best."""
    words = [*members, outlier]

    def without(word: str) -> float:
        others = [other for other in words if other != word]
        return sum(vectors.similarity(*pair) for pair in itertools.permutations(others, 2))

    return sum(without(member) < without(outlier) for member in members) / len(members)


def test_topics_are_sections_and_need_three_members(tmp_path: Path) -> None:
    written(tmp_path, "w1\nw2\nw3\n\nw4\nw5\n", "a.txt")
    written(tmp_path, "w1\nw2\nx\n\nw4\nw5\n", "b.txt")
    scores = evaluate(random_vectors(9), tmp_path)
    assert [(score.metric, score.section, score.n) for score in scores] == [
        ("outlier_accuracy", None, 2),
        ("outlier_position", None, 2),
        ("outlier_accuracy", "a", 2),
        ("outlier_accuracy", "b", 0),
    ]
    assert scores[0].coverage == 0.9
    assert scores[3].score is None


# categories


def test_words_in_clear_groups_are_pure() -> None:
    generator = np.random.default_rng(0)
    middles = generator.standard_normal((5, 20))
    matrix = np.repeat(middles, 8, axis=0) + 0.1 * generator.standard_normal((40, 20))
    vectors = Vectors([f"w{i}" for i in range(40)], matrix.astype(np.float32))
    classes = [f"c{i // 8}" for i in range(40)]
    (clear,) = judge_categories(vectors, Categories([*vectors.tokens, "gone"], [*classes, "c9"]), "f")
    assert (clear.score().score, clear.score().n) == (1.0, 40)
    (mixed,) = judge_categories(vectors, Categories(vectors.tokens, [f"c{i % 5}" for i in range(40)]), "f")
    assert mixed.score().score == pytest.approx(0.25, abs=0.06)
    (none,) = judge_categories(vectors, Categories(["gone"], ["c"]), "f")
    assert none.score().score is None


def test_purity_is_that_of_the_contingency_table() -> None:
    generator = np.random.default_rng(1)
    for n in (1, 5, 60):
        groups, categories = generator.integers(0, 4, (2, n))
        right = in_majority(groups, categories)
        assert right.sum() == contingency_matrix(categories, groups).max(axis=0).sum()
        for group in np.unique(groups):
            assert len(np.unique(categories[right & (groups == group)])) == 1


def test_many_categories_take_little_memory_and_their_score_is_in_its_interval() -> None:
    vectors = random_vectors(3000)
    tracemalloc.start()
    (measure,) = judge_categories(vectors, Categories(vectors.tokens, [f"c{i % 300}" for i in range(3000)]), "f")
    score = measure.score()
    assert tracemalloc.get_traced_memory()[1] < 200e6
    tracemalloc.stop()
    assert score.score is not None
    assert score.low is not None
    assert score.high is not None
    assert score.low < score.score < score.high


# associations

LISTS = ["w0 w1 w2 w3", "w4 w5 w6 w7 gone", "w8 w9", "w10 w11 w12 lost"]


def test_effect_size_and_p_are_those_of_the_paper() -> None:
    vectors = random_vectors(20)
    x, y, a, b = (words.split() for words in LISTS)
    (measure,) = judge_associations(vectors, Associations([Association("t", (x, y), (a, b))]), "f")

    def s(word: str) -> float:
        return float(
            np.mean([vectors.similarity(word, other) for other in a])
            - np.mean([vectors.similarity(word, other) for other in b[:-1]])
        )

    of_x, of_y = [s(word) for word in x], [s(word) for word in y[:-1]]
    every = np.array(of_x + of_y)
    score = measure.score()
    assert score.score == pytest.approx((np.mean(of_x) - np.mean(of_y)) / np.std(every, ddof=1), abs=1e-5)
    larger = [sum(every[list(chosen)]) >= sum(of_x) - 1e-7 for chosen in itertools.combinations(range(8), 4)]
    assert score.p == pytest.approx(np.mean(larger))
    assert (score.n, score.coverage) == (8, 13 / 15)
    assert score.low is not None
    assert score.low < score.score


def test_p_of_many_words_is_drawn_and_close_to_that_of_all_divisions(monkeypatch: pytest.MonkeyPatch) -> None:
    s = np.random.default_rng(2).standard_normal(14)
    exact = permutation_p(s, 7)
    monkeypatch.setattr("vec2seq.evaluation.associations._ALL_DIVISIONS", 10)
    assert 0.05 < exact < 0.95
    assert permutation_p(s, 7) == pytest.approx(exact, abs=0.01)
    assert permutation_p(np.array([9.0] * 10 + [0.0] * 10), 10) == pytest.approx(1 / 100_001, rel=2)


def test_effect_of_samples_without_a_list_is_not_defined() -> None:
    values = np.array([[1.0, 1], [2.0, 1], [3.0, 0], [3.0, 0]])
    found = effect_size(values, np.array([[1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 2, 2]]))
    assert np.isnan(found).tolist() == [False, True, True]
    assert found[0] == pytest.approx(-1.5 / np.std([1, 2, 3, 3], ddof=1))


def test_too_few_known_words_have_no_effect() -> None:
    lists = Association("t", (["w0", "w1"], ["w2", "gone"]), (["w3", "w4"], ["w5", "w6"]))
    (measure,) = judge_associations(random_vectors(9), Associations([lists]), "f")
    score = measure.score()
    assert (score.score, score.p, score.n) == (None, None, 0)
    assert score.coverage == 7 / 8
