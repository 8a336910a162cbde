"""The map: its points, neighbours and groups, and the page it is written to."""

import sys
from pathlib import Path

import numpy as np
import pytest

from vec2seq.errors import UserError
from vec2seq.vectors.groups import GROUPS
from vec2seq.vectors.map2d import NEIGHBORS, Map, principal_components, project, write_page
from vec2seq.vectors.store import Vectors, unit_rows

BUNDLES = 4


def bundled_vectors(words: int = 200, width: int = 20) -> Vectors:
    """Word i points about where the other words of bundle i % BUNDLES point."""
    random = np.random.default_rng(1)
    middles = random.normal(size=(BUNDLES, width))
    matrix = middles[np.arange(words) % BUNDLES] + 0.3 * random.normal(size=(words, width))
    return Vectors([f"w{i}" for i in range(words)], matrix.astype(np.float32))


@pytest.fixture(scope="module")
def tsne_map() -> Map:
    return project(bundled_vectors())


def test_points_lie_between_minus_one_and_one(tsne_map: Map) -> None:
    assert tsne_map.xy.shape == (200, 2)
    assert tsne_map.xy.dtype == np.float32
    assert np.abs(tsne_map.xy).max() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(tsne_map.xy.min(axis=0), -tsne_map.xy.max(axis=0), atol=1e-6)


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_words_of_a_bundle_lie_together(method: str) -> None:
    word_map = project(bundled_vectors(), method=method)  # type: ignore[arg-type]
    distances = np.linalg.norm(word_map.xy[:, None] - word_map.xy, axis=2) + np.diag(np.full(200, np.inf))
    nearest = distances.argmin(axis=1)
    assert np.mean(nearest % BUNDLES == np.arange(200) % BUNDLES) > 0.95


def test_neighbors_are_those_of_the_vectors(tsne_map: Map) -> None:
    vectors = bundled_vectors()
    assert tsne_map.neighbors.shape == tsne_map.similarities.shape == (200, NEIGHBORS)
    for row in (0, 17, 199):
        expected = vectors.neighbors(f"w{row}", NEIGHBORS)
        assert [tsne_map.tokens[i] for i in tsne_map.neighbors[row]] == [neighbor.word for neighbor in expected]
        np.testing.assert_allclose(
            tsne_map.similarities[row], [neighbor.similarity for neighbor in expected], atol=1e-6
        )


def test_only_the_most_frequent_words_are_on_the_map() -> None:
    word_map = project(bundled_vectors(), words=40, method="pca")
    assert word_map.tokens == [f"w{i}" for i in range(40)]
    assert word_map.neighbors.max() < 40


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_the_same_seed_gives_the_same_map(method: str) -> None:
    first, second = (project(bundled_vectors(), method=method, seed=3) for _ in range(2))  # type: ignore[arg-type]
    np.testing.assert_array_equal(first.xy, second.xy)
    np.testing.assert_array_equal(first.groups, second.groups)
    assert first.typical == second.typical


def test_groups_do_not_mix_bundles(tsne_map: Map) -> None:
    assert tsne_map.groups[0] == 0
    assert set(tsne_map.groups.tolist()) == set(range(len(tsne_map.typical)))
    assert len(tsne_map.typical) <= GROUPS
    for group in range(len(tsne_map.typical)):
        assert len(set(np.flatnonzero(tsne_map.groups == group) % BUNDLES)) == 1


def test_typical_words_belong_to_their_group_and_have_letters_if_it_has_such_words() -> None:
    vectors = bundled_vectors()
    tokens = [f"{i}" if i % 3 else f"word{i}" for i in range(len(vectors))]
    word_map = project(Vectors(tokens, vectors.matrix), method="pca")
    for group, words in enumerate(word_map.typical):
        members = np.flatnonzero(word_map.groups == group).tolist()
        assert set(words) <= set(members)
        lettered = sum(tokens[i].startswith("word") for i in members)
        assert sum(tokens[i].startswith("word") for i in words) == min(lettered, len(words))


def test_principal_components_are_the_directions_of_most_variance() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 5)).astype(np.float32) * np.array([0.1, 3, 0.2, 2, 0.1], np.float32)
    xy = principal_components(rows)
    assert abs(np.corrcoef(xy[:, 0], rows[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(xy[:, 1], rows[:, 3])[0, 1]) > 0.99
    np.testing.assert_allclose(principal_components(rows[::-1])[::-1], xy, atol=1e-4)


@pytest.mark.parametrize("method", ["tsne", "pca"])
@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(np.eye(3, 2), id="three words"),
        pytest.param(np.arange(12).reshape(12, 1) - 5.5, id="width 1"),
        pytest.param(np.zeros((5, 4)), id="zeros"),
        pytest.param(np.ones((30, 4)), id="all the same"),
    ],
)
def test_odd_vectors_give_a_finite_map(method: str, matrix: np.ndarray) -> None:
    tokens = [f"w{i}" for i in range(len(matrix))]
    word_map = project(Vectors(tokens, matrix.astype(np.float32)), method=method)  # type: ignore[arg-type]
    assert np.isfinite(word_map.xy).all()
    assert np.isfinite(word_map.similarities).all()
    assert word_map.neighbors.shape == (len(matrix), min(NEIGHBORS, len(matrix) - 1))


@pytest.mark.parametrize(("have", "wanted"), [(2, 100), (100, 2)])
def test_two_words_are_no_map(have: int, wanted: int) -> None:
    vectors = Vectors([f"w{i}" for i in range(have)], unit_rows(np.ones((have, 3), np.float32)))
    with pytest.raises(UserError, match="2 words: a map needs at least 3"):
        project(vectors, wanted)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(UserError, match=r"pip install 'vec2seq\[map\]'"):
        project(bundled_vectors())
    assert len(project(bundled_vectors(), method="pca").tokens) == 200


def test_a_page_of_20000_words_is_small(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    tokens = [f"词语{i:x}" for i in range(20_000)]
    vectors = Vectors(tokens, random.normal(size=(20_000, 10)).astype(np.float32))
    write_page(project(vectors, 20_000, method="pca"), tmp_path / "map.html", "词语", "zh")
    assert (tmp_path / "map.html").stat().st_size < 3_000_000


def test_the_page_s_folder_is_made_and_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    word_map = project(bundled_vectors(), method="pca")
    write_page(word_map, tmp_path / "new" / "map.html", "Words")
    assert (tmp_path / "new" / "map.html").is_file()
    with pytest.raises(UserError, match=r"new: cannot be written \(.*\); choose another place"):
        write_page(word_map, tmp_path / "new", "Words")
