"""evaluation.similarities: correlations as SciPy and gensim give them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.making import random_vectors, written
from vec2seq.evaluation.evaluate import evaluate
from vec2seq.evaluation.similarities import spearman
from vec2seq.vectors.store import Vectors


def test_agrees_with_gensim_on_similarities(tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models")
    vectors = random_vectors(60)
    peer = models.KeyedVectors(vectors.width)
    peer.add_vectors(vectors.tokens, vectors.matrix)
    generator = np.random.default_rng(2)
    triples = generator.integers(0, 75, (200, 3))
    triples[:, 1] += triples[:, 1] == triples[:, 0]  # gensim ranks the cosines of words with themselves by rounding
    lines = [f"w{a}\tw{b}\t{score}" for a, b, score in triples]
    path = written(tmp_path, "\n".join(lines))
    _, (rho, _), unknown = peer.evaluate_word_pairs(str(path))
    (score,) = evaluate(vectors, path)
    assert score.score == pytest.approx(rho, abs=1e-9)
    assert 100 * (1 - score.coverage) == pytest.approx(unknown)
    assert (score.metric, score.n) == ("spearman", round(200 * score.coverage))


VALUES = arrays(np.float64, 12, elements=st.sampled_from([-1.5, 0, 0.25, 2, 3, 1e9]))


@given(VALUES, VALUES, arrays(np.int64, (3, 12), elements=st.integers(0, 4)))
def test_spearman_is_that_of_scipy_also_in_samples(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> None:
    stats = pytest.importorskip("scipy.stats")
    found = spearman(x, y, counts)
    for times, rho in zip(counts, found, strict=True):
        xs, ys = np.repeat(x, times), np.repeat(y, times)
        if len(set(xs)) < 2 or len(set(ys)) < 2:
            assert np.isnan(rho)
        else:
            assert rho == pytest.approx(stats.spearmanr(xs, ys).statistic, abs=1e-12)


@pytest.mark.parametrize("text", ["x\ty\t1\n", "w1\tw2\t1\n", "w1\tw2\t5\nw2\tw3\t5\n"])
def test_no_score_where_none_is_defined(tmp_path: Path, text: str) -> None:
    (score,) = evaluate(random_vectors(5), written(tmp_path, text))
    assert (score.score, score.low, score.high) == (None, None, None)


@pytest.mark.parametrize("scale", [1e-38, 1e-25, 1e19, 1e30])
def test_long_and_short_vectors_are_judged_alike(tmp_path: Path, scale: float) -> None:
    vectors, generator = random_vectors(30), np.random.default_rng(3)
    path = written(tmp_path, "\n".join(f"w{a}\tw{b}\t{score}" for a, b, score in generator.integers(0, 30, (50, 3))))
    (right,) = evaluate(vectors, path)
    factors = np.where(np.arange(30) % 2, scale, 1)[:, None]
    (found,) = evaluate(Vectors(vectors.tokens, (vectors.matrix * factors).astype(np.float32)), path)
    assert found.n == right.n
    assert found.score == pytest.approx(right.score, abs=0.01)
