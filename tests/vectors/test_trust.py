"""What is known of neighbours after a bootstrap, and what of it an answer shows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vec2seq import modelfile
from vec2seq.errors import UserError
from vec2seq.modelfile import MANIFEST, TENSORS, TRUST, VOCAB
from vec2seq.vectors.opening import open_vectors
from vec2seq.vectors.store import Neighbor, RankedNeighbor, Vectors
from vec2seq.vectors.trust import Trust
from vec2seq.vectors.word2vec import Word2Vec


def circle(words: int = 8) -> Vectors:
    """Words on a circle at angles that double: the nearest of w0 are w1, w2, ... in this order."""
    angles = np.append(0, 2.0 ** np.arange(1, words)) / 2**words * np.pi
    matrix = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return Vectors([f"w{i}" for i in range(words)], matrix)


def trust_of(vectors: Vectors, known: int, k: int, ranks: list[list[list[int]]]) -> Vectors:
    """The vectors with these ranks [runs, known, k] of the first words' neighbours."""
    neighbors = np.array([[vectors.ids[near.word] for near in vectors.neighbors(f"w{i}", k)] for i in range(known)])
    trust = Trust.of_runs(neighbors.astype(np.int32), [np.array(run, np.uint16) for run in ranks])
    return Vectors(vectors.tokens, vectors.matrix, trust=trust)


@pytest.mark.parametrize(
    ("runs", "low", "high"), [(1, 1, 1), (2, 1, 2), (20, 1, 20), (40, 1, 40), (41, 2, 40), (1000, 25, 976)]
)
def test_the_interval_is_that_of_the_percentiles_outwards(runs: int, low: int, high: int) -> None:
    order = np.random.default_rng(0).permutation(runs) + 1
    trust = Trust.of_runs(np.ones((1, 1), np.int32), [np.array([[rank]], np.uint16) for rank in order])
    assert (trust.low.item(), trust.high.item(), trust.runs) == (low, high, runs)
    assert trust.low.dtype == trust.high.dtype == np.uint16


def test_many_words_are_taken_some_at_a_time() -> None:
    random = np.random.default_rng(0)
    ranks = [random.integers(1, 1000, (9000, 3)).astype(np.uint16) for _ in range(5)]
    trust = Trust.of_runs(np.zeros((9000, 3), np.int32), ranks)
    np.testing.assert_array_equal(trust.low, np.min(ranks, axis=0))
    np.testing.assert_array_equal(trust.high, np.max(ranks, axis=0))


def test_neighbors_with_their_ranks() -> None:
    vectors = trust_of(circle(), 1, 3, [[[1, 2, 4]], [[2, 3, 9]]])
    near = vectors.neighbors("w0", 4)
    assert [neighbor._asdict() for neighbor in near] == [
        {"word": "w1", "similarity": near[0].similarity, "rank_low": 1, "rank_high": 2, "stable": True},
        {"word": "w2", "similarity": near[1].similarity, "rank_low": 2, "rank_high": 3, "stable": True},
        {"word": "w3", "similarity": near[2].similarity, "rank_low": 4, "rank_high": 9, "stable": False},
        {"word": "w4", "similarity": near[3].similarity},
    ]
    assert vectors.neighbors("w0", 5)[2]._asdict()["stable"], "9 is within twice 5"
    assert not any(isinstance(neighbor, RankedNeighbor) for neighbor in vectors.neighbors("w1", 5)), "nothing is known"
    assert not any(isinstance(neighbor, RankedNeighbor) for neighbor in vectors.neighbors(vectors["w0"], 5))
    both = vectors.neighbors(["w1", "w0"], 4)
    assert [[type(neighbor) for neighbor in near] for near in both] == [
        [Neighbor] * 4,
        [RankedNeighbor] * 3 + [Neighbor],
    ]


def test_a_ranked_neighbor_is_a_pair_too() -> None:
    neighbor = trust_of(circle(), 1, 3, [[[1, 2, 4]]]).neighbors("w0", 3)[0]
    word, similarity = neighbor
    assert (word, similarity) == ("w1", neighbor.similarity) == neighbor
    assert repr(neighbor) == (
        f"RankedNeighbor(word='w1', similarity={similarity!r}, rank_low=1, rank_high=1, stable=True)"
    )


def test_in_a_list_that_leaves_words_out_a_rank_counts_from_its_own() -> None:
    """On a map of few words, the sixth nearest may stand second."""
    trust = Trust(np.arange(10, dtype=np.int32)[None], *(np.full((1, 10), end, np.uint16) for end in (1, 12)), runs=2)
    found = trust.intervals(np.array([0, 3]), np.array([[4, 5, 9, 77], [4, 5, 9, 77]]), 4)
    assert found.high.tolist() == [[12, 12, 12, 0], [0, 0, 0, 0]]
    assert found.stable.tolist() == [[False, True, True, False], [False] * 4]


def test_a_table_for_notebooks_shows_ranks() -> None:
    shown = trust_of(circle(), 1, 3, [[[1, 2, 4]], [[2, 3, 90]]])._repr_html_()
    assert "w1 <small>1–2</small>, w2 <small>2–3</small>, " in shown
    assert '<span style="opacity: 0.55">w3 <small>4–90</small></span>, w4' in shown
    assert "ranks over 2 runs" in shown
    assert "small" not in circle()._repr_html_()


def test_a_summary() -> None:
    trust = Trust(np.zeros((2, 12), np.int32), *(np.full((2, 12), end, np.uint16) for end in (1, 20)), runs=20)
    assert str(trust) == "20 runs; of the 10 nearest neighbors of 2 words 100 % are stable"
    trust.high[0] = 21
    assert trust.facts() == {"runs": 20, "words": 2, "stable_share": 0.5}
    high = np.where(np.arange(4000) < 1000, 20, 21).astype(np.uint16).reshape(-1, 1)
    assert "4,000 words 25 % are stable, of those of the 1,000 most frequent 100 %" in str(
        Trust(np.zeros((4000, 1), np.int32), np.ones_like(high), high, 2)
    )
    assert Trust(np.zeros((4000, 1), np.int32), np.ones_like(high), high, 2).by_frequency() == [
        (1, 100, 1.0),
        (101, 1000, 1.0),
        (1001, 4000, 0.0),
    ]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model with ranks."""
    folder = tmp_path_factory.mktemp("model") / "model"
    texts = ["some words that stand together", "and words that do not"] * 10
    Word2Vec(width=4, min_count=1, epochs=1, threads=1, sample=0, bootstrap=2).fit(texts).save(folder)
    return folder


def test_a_model_folder_has_a_file_more(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == [MANIFEST, TENSORS, TRUST, VOCAB]
    vectors, model = open_vectors(saved), Word2Vec.load(saved)
    assert vectors.trust is not None
    assert model.trust_ is not None
    assert vectors.trust.runs == model.trust_.runs == 2
    assert isinstance(vectors.trust.low.base, np.memmap)
    assert isinstance(vectors.neighbors("words", 3)[2], RankedNeighbor)
    assert [*map(repr, vectors.neighbors("words", 9))] == [*map(repr, model.neighbors("words", 9))]


def test_a_model_is_saved_again_with_its_ranks(saved: Path, tmp_path: Path) -> None:
    Word2Vec.load(saved).save(tmp_path / "again")
    assert (tmp_path / "again" / TRUST).read_bytes() == (saved / TRUST).read_bytes()
    model = Word2Vec.load(saved)
    model.trust_ = None
    model.save(tmp_path / "again")
    assert not (tmp_path / "again" / TRUST).exists()


def changed(**parts: Any) -> dict[str, np.ndarray]:
    good = {
        "neighbors": np.array([[1, 2], [0, 2]], np.int32),
        "low": np.array([[1, 1], [1, 2]], np.uint16),
        "high": np.array([[1, 3], [1, 2]], np.uint16),
        "runs": np.array([20]),
    }
    return {name: part for name, part in (good | parts).items() if part is not None}


@pytest.mark.parametrize(
    "parts",
    [
        {"low": np.zeros((2, 2), np.uint16)},
        {"high": np.array([[1, 3], [1, 1]], np.uint16)},
        {"high": np.ones((2, 3), np.uint16)},
        {"high": np.ones((2, 2), np.float32)},
        {"neighbors": np.array([[1, 2], [0, 3]], np.int32)},
        {"neighbors": np.array([[1, 2], [0, -1]], np.int32)},
        {"neighbors": np.array([1, 2], np.int32)},
        {"neighbors": np.array([[1, 2], [0, 2]])},
        {"runs": np.array([20, 1])},
        dict.fromkeys(("neighbors", "low", "high"), np.ones((4, 2), np.uint16)),
        dict.fromkeys(("neighbors", "low", "high"), np.ones((0, 2), np.uint16)),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(parts: dict[str, np.ndarray]) -> None:
    assert Trust.of_tensors(changed(), 3, "trust.safetensors") is not None
    assert Trust.of_tensors({}, 3, "trust.safetensors") is None
    if "neighbors" in parts and parts["neighbors"].dtype == np.uint16:
        parts = {**parts, "neighbors": parts["neighbors"].astype(np.int32)}
    with pytest.raises(UserError, match=r"trust\.safetensors: its parts do not fit together; the model is damaged"):
        Trust.of_tensors(changed(**parts), 3, "trust.safetensors")


@pytest.mark.parametrize("name", ["neighbors", "low", "high", "runs"])
def test_a_missing_part_is_named(name: str) -> None:
    with pytest.raises(UserError, match=rf"trust\.safetensors: no tensor '{name}'; the model is damaged"):
        Trust.of_tensors(changed(**{name: None}), 3, "trust.safetensors")


def test_a_damaged_file_is_refused(saved: Path, tmp_path: Path) -> None:
    model = modelfile.read(saved)
    folder = tmp_path / "model"
    modelfile.write(folder, model)
    (folder / TRUST).write_bytes((saved / TRUST).read_bytes()[:-1])
    for read in (open_vectors, Word2Vec.load):
        with pytest.raises(UserError, match=r"trust\.safetensors: not the file that was saved"):
            read(folder)
    (folder / TRUST).unlink()
    with pytest.raises(UserError, match=r"trust\.safetensors: missing; the model is incomplete"):
        open_vectors(folder)
    modelfile.write(folder, modelfile.ModelFile(**{**vars(model), "trust": changed(runs=None)}))
    for read in (open_vectors, Word2Vec.load):
        with pytest.raises(UserError, match=r"model.trust\.safetensors: no tensor 'runs'"):
            read(folder)
