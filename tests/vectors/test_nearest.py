"""Neighbours and analogies against a plain loop over all words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq import UserError, Vectors
from vec2seq.vectors import store


def plain_nearest(vectors: Vectors, query: NDArray[np.float32], k: int, without: list[int]) -> list[int]:
    """Rows by falling cosine, the smaller row first where two are equal."""
    cosines = [float(np.dot(query, row) / (np.linalg.norm(row) or 1)) for row in vectors.matrix]
    rows = [row for row in range(len(cosines)) if row not in without]
    return sorted(rows, key=lambda row: -cosines[row])[:k]


def grid(seed: int, rows: int) -> Vectors:
    """Vectors of -1, 0 and 1: many cosines are equal."""
    matrix = np.random.default_rng(seed).integers(-1, 2, (rows, 4)).astype(np.float32)
    return Vectors([f"w{row}" for row in range(rows)], matrix)


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 60),
    queries=st.integers(1, 9),
    k=st.integers(1, 12),
    tile=st.sampled_from([1, 7, 30, 10_000]),
    at_once=st.sampled_from([1, 2, 256]),
)
def test_nearest_are_those_of_a_plain_loop(seed: int, rows: int, queries: int, k: int, tile: int, at_once: int) -> None:
    """Whatever the tiles, and with rows left out."""
    random = np.random.default_rng(seed)
    vectors = Vectors([f"w{row}" for row in range(rows)], random.standard_normal((rows, 6), np.float32))
    asked = store.unit_rows(random.standard_normal((queries, 6), np.float32))
    without = [random.integers(0, rows, 2).tolist() for _ in range(queries)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_TILE", tile)
        patch.setattr(store, "_QUERIES_AT_ONCE", at_once)
        found, similarities = vectors.nearest(asked, k, without)
    for query in range(queries):
        expected = plain_nearest(vectors, asked[query], k, without[query])
        there = found[query][similarities[query] > -np.inf]
        assert len(set(there.tolist())) == len(expected)
        for rows in (expected, there):  # cosines that differ by rounding only may stand in either order
            right = [np.dot(asked[query], vectors.matrix[row]) / np.linalg.norm(vectors.matrix[row]) for row in rows]
            np.testing.assert_allclose(similarities[query][: len(there)], right, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("tile", [5, 64, 10_000])
def test_of_equal_words_the_more_frequent_comes_first(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_TILE", tile)
    vectors = grid(3, 200)
    query = np.array([1, 0, 0, 0], np.float32)
    for k in (1, 3, 50):
        assert vectors.nearest(query[None], k)[0][0].tolist() == plain_nearest(vectors, query, k, [])


def test_the_plain_loop_can_fail() -> None:
    vectors = grid(3, 200)
    query = np.array([1, 0, 0, 0], np.float32)
    assert vectors.nearest(-query[None], 3)[0][0].tolist() != plain_nearest(vectors, query, 3, [])


def test_one_word_and_many_give_the_same() -> None:
    vectors = Vectors(list("abcdefgh"), np.random.default_rng(5).standard_normal((8, 3), np.float32))
    together = vectors.neighbors(["c", "a"], 4)
    for word, near in zip(["c", "a"], together, strict=True):
        alone = vectors.neighbors(word, 4)
        assert [neighbor.word for neighbor in alone] == [neighbor.word for neighbor in near]
        assert word not in [neighbor.word for neighbor in near]
        np.testing.assert_allclose([n.similarity for n in alone], [n.similarity for n in near], rtol=1e-5)
    assert len(vectors.neighbors("a", 100)) == 7
    assert vectors.neighbors([], 3) == []


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), method=st.sampled_from(["add", "mul"]))
def test_analogies_are_those_of_the_formula(seed: int, method: str) -> None:
    """3CosAdd: cos(d, b) - cos(d, a) + cos(d, c); 3CosMul: the product and quotient of cosines moved to 0 .. 1."""
    vectors = Vectors(list("abcdefghij"), np.random.default_rng(seed).standard_normal((10, 5), np.float32))
    units = store.unit_rows(vectors.matrix.astype(np.float64))
    to_a, to_b, to_c = (units @ units[row] for row in (3, 7, 2))
    scores = to_b - to_a + to_c if method == "add" else (to_b + 1) * (to_c + 1) / 2 / (to_a + 1 + 0.002)
    others = [row for row in range(10) if row not in (3, 7, 2)]
    expected = sorted(others, key=lambda row: -scores[row])[:3]
    found = vectors.analogy("d", "h", "c", 3, method)  # type: ignore[arg-type]
    assert [answer.word for answer in found] == [vectors.tokens[row] for row in expected]


def test_odd_one_out_and_similarity() -> None:
    matrix = np.array([[1, 0.1], [1, 0], [1, -0.1], [0, 1]], np.float32)
    vectors = Vectors(["tea", "coffee", "milk", "stone"], matrix)
    assert vectors.odd_one_out(["tea", "stone", "coffee", "milk"]) == "stone"
    assert vectors.similarity("tea", "milk") == pytest.approx((1 - 0.01) / 1.01)
    with pytest.raises(UserError, match="at least three"):
        vectors.odd_one_out(["tea", "milk"])


def test_lengths_beyond_what_squares_hold() -> None:
    matrix = np.array([[3e20, 4e20], [3e-30, 4e-30], [3, 4], [0, 0], [4, -3]], np.float32)
    vectors = Vectors(list("abcde"), matrix)
    assert vectors.norms.tolist() == pytest.approx([5e20, 5e-30, 5, 1, 5])
    assert vectors.similarity("a", "b") == pytest.approx(1)
    assert {(near.word, round(near.similarity, 5)) for near in vectors.neighbors("a", 2)} == {("b", 1), ("c", 1)}
