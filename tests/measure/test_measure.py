"""measure: intervals of scores and of differences as a plain bootstrap gives them."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.making import family, random_vectors, written
from vec2seq import measure as module
from vec2seq.evaluation.evaluate import evaluate
from vec2seq.evaluation.items import Similarities, read_items
from vec2seq.evaluation.similarities import correlation
from vec2seq.measure import Measure, difference, mean, wilson
from vec2seq.vectors.store import Vectors


def spread_pairs(folder: Path, n: int) -> tuple[Vectors, Path]:
    """Vectors and n pairs whose scores are the cosines, blurred."""
    vectors, generator = random_vectors(200), np.random.default_rng(3)
    rows = generator.integers(0, 200, (n, 2))
    lines = [f"w{a}\tw{b}\t{vectors.similarity(f'w{a}', f'w{b}') + generator.normal(0, 0.3):.2f}" for a, b in rows]
    return vectors, written(folder, "\n".join(lines))


def test_interval_of_a_correlation_is_that_of_a_plain_bootstrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = pytest.importorskip("scipy.stats")
    vectors, path = spread_pairs(tmp_path, 150)
    monkeypatch.setattr(module, "_COUNTS_AT_ONCE", 1000)
    (score,) = evaluate(vectors, path, resamples=2000)
    items = read_items(path)
    assert isinstance(items, Similarities)
    x, y = np.array([vectors.similarity(a, b) for a, b in items.pairs]), np.array(items.scores)
    generator = np.random.default_rng(9)
    drawn = [stats.spearmanr(x[i], y[i]).statistic for i in generator.integers(0, 150, (1000, 150))]
    assert [score.low, score.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.03)


def test_interval_of_a_share_of_many_is_that_of_a_plain_bootstrap(tmp_path: Path) -> None:
    lines = ["man woman king queen"] * 30 + ["man woman Father mother"] * 70
    score, *_ = evaluate(family(), written(tmp_path, "\n".join([": a", *lines])), resamples=5000)
    right = np.repeat([1.0, 0.0], [30, 70])
    drawn = right[np.random.default_rng(9).integers(0, 100, (5000, 100))].mean(axis=1)
    assert score.score == 0.3
    assert [score.low, score.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.011)


def test_intervals_repeat_with_the_seed(tmp_path: Path) -> None:
    vectors, path = spread_pairs(tmp_path, 40)
    (first,) = evaluate(vectors, path)
    assert evaluate(vectors, path) == [first]
    (other,) = evaluate(vectors, path, seed=2)
    assert other.score == first.score
    assert other.low != first.low
    (bare,) = evaluate(vectors, path, resamples=0)
    assert (bare.score, bare.low, bare.high) == (first.score, None, None)


def test_interval_of_few_is_wide_or_none(tmp_path: Path) -> None:
    wrong, *_ = evaluate(family(), written(tmp_path, ": a\nman woman Father mother\n"))
    assert wrong.score == 0.0
    assert (wrong.low, wrong.high) == pytest.approx((0.0, 0.793), abs=0.001)
    vectors, path = spread_pairs(tmp_path, 3)
    (three,) = evaluate(vectors, path)
    assert three.score is not None
    assert (three.low, three.high) == (None, None)


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (1, 9), (30, 100)])
def test_wilson_is_that_of_scipy(right: int, n: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    theirs = stats.binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson(right / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_difference_is_of_the_items_that_both_know_and_paired() -> None:
    generator = np.random.default_rng(4)
    hard = generator.random(400) < 0.5
    a = np.where(hard, 0.0, generator.random(400) < 0.9)
    b = np.where(hard, 0.0, generator.random(400) < 0.95)
    a[:20], b[380:] = np.nan, np.nan
    one, other = Measure("3cosadd", a[:, None], mean, "f"), Measure("3cosadd", b[:, None], mean, "f")
    found = difference(one, other)
    assert found is not None
    assert found.n == 360
    both = (b - a)[20:380]
    assert found.score == pytest.approx(both.mean())
    drawn = both[generator.integers(0, 360, (4000, 360))].mean(axis=1)
    assert (found.low, found.high) == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.01)
    first = one.score()
    assert first.low is not None
    assert first.high is not None
    assert found.high - found.low < first.high - first.low
    back = difference(other, one)
    assert back is not None
    assert back.score == -found.score


def test_no_difference_where_none_is_defined() -> None:
    constant = Measure("spearman", np.ones((9, 2)), correlation, "f")
    few = Measure("spearman", np.arange(6.0).reshape(3, 2), correlation, "f")
    unknown = Measure("spearman", np.full((9, 2), np.nan), correlation, "f")
    assert difference(constant, constant) is difference(few, few) is difference(unknown, constant) is None
