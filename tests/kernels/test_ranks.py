import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernels import twins
from vec2seq.kernels.ranks import LARGEST_RANK, rank_neighbors


def ranked(similarities: np.ndarray, first: int, neighbors: np.ndarray) -> list[list[int]]:
    found = np.empty(neighbors.shape, np.uint16)
    rank_neighbors(similarities.astype(np.float32), first, neighbors.astype(np.int32), found)
    return found.tolist()


def test_known_ranks() -> None:
    row = np.array([[0.1, 1.0, 0.9, -0.2, 0.9, 0.5]])  # of word 1, which is left out
    assert ranked(row, 1, np.array([[2, 4, 5, 0, 3]])) == [[1, 1, 3, 4, 5]]
    assert ranked(row, 1, np.array([[3]])) == [[5]]


@given(
    seed=st.integers(0, 2**32),
    words=st.integers(2, 300),
    rows=st.integers(1, 4),
    k=st.integers(1, 60),
    digits=st.sampled_from([None, 1, 2]),
    scale=st.sampled_from([1.0, 1e-3, 1e-9, 1e-38, 0.0]),
)
def test_it_is_its_twin(seed: int, words: int, rows: int, k: int, digits: int | None, scale: float) -> None:
    """Equal similarities, some that differ hardly, and words that are far from all others included."""
    random = np.random.default_rng(seed)
    rows, k = min(rows, words), min(k, words)
    similarities = random.uniform(-1, 1, (rows, words)) ** 3
    if digits is not None:
        similarities = similarities.round(digits)
    similarities = (0.5 * (seed % 2) + scale * similarities).astype(np.float32)
    first = int(random.integers(words - rows + 1))
    neighbors = np.array([random.permutation(words)[:k] for _ in range(rows)])
    expected = twins.rank_neighbors(similarities, first, neighbors, LARGEST_RANK)
    assert ranked(similarities, first, neighbors) == expected


def test_a_rank_is_capped() -> None:
    words = LARGEST_RANK + 3
    falling = -np.arange(words)[None] / words  # word 0 is the nearest, and left out
    asked = np.array([[1, LARGEST_RANK - 1, LARGEST_RANK, LARGEST_RANK + 1, words - 1]])
    assert ranked(falling, 0, asked) == [[1, LARGEST_RANK - 1, LARGEST_RANK, LARGEST_RANK, LARGEST_RANK]]


def test_the_similarities_stay_as_they_are() -> None:
    similarities = np.random.default_rng(0).normal(size=(3, 50)).astype(np.float32)
    before = similarities.copy()
    rank_neighbors(similarities, 0, np.zeros((3, 2), np.int32), np.empty((3, 2), np.uint16))
    np.testing.assert_array_equal(similarities, before)
