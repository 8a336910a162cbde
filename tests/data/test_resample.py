from pathlib import Path

import numpy as np
import pytest

from made import sentences
from vec2seq.data import resample
from vec2seq.data.checked import go_on
from vec2seq.data.corpus import Corpus
from vec2seq.data.resample import resampled
from vec2seq.run.signals import Interrupted


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """200 sentences of 1 to 9 words; each has its own number first."""
    texts = [" ".join([f"s{i}", *["word"] * (i % 9)]) for i in range(200)]
    return Corpus.encode(texts, tmp_path / "corpus", min_count=1)


def drawn(corpus: Corpus, folder: Path, seed: int, bounds: np.ndarray | None = None) -> Corpus:
    return resampled(corpus, corpus.offsets if bounds is None else bounds, folder, np.random.default_rng(seed), go_on)


def times(sample: Corpus) -> np.ndarray:
    """How often each sentence of the text was drawn."""
    return np.bincount([int(sentence[0][1:]) for sentence in sentences(sample)], minlength=200)


@pytest.mark.parametrize("at_once", [1, 7, 200, 2048])
def test_as_many_sentences_are_drawn_as_there_are(
    corpus: Corpus, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resample, "_SENTENCES_AT_ONCE", at_once)
    texts = sentences(corpus)
    for seed in range(20):
        sample = drawn(corpus, tmp_path / "sample", seed)
        assert len(sample) == len(corpus) == times(sample).sum()
        assert all(sentence in texts for sentence in sentences(sample))
        assert sample.offsets[-1] == len(sample.ids)


@pytest.mark.parametrize("at_once", [7, 2048])
def test_every_sentence_has_the_same_chance(
    corpus: Corpus, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How often a sentence is drawn is binomial, near Poisson with mean 1, and two sentences hardly depend."""
    monkeypatch.setattr(resample, "_SENTENCES_AT_ONCE", at_once)
    found = np.array([times(drawn(corpus, tmp_path / "sample", seed)) for seed in range(400)])
    assert found.mean(axis=0) == pytest.approx(np.ones(200), abs=0.25)
    assert found.var(axis=0).mean() == pytest.approx(1 - 1 / 200, abs=0.02)
    shares = np.bincount(found.ravel(), minlength=3)[:3] / found.size
    assert shares == pytest.approx(np.array([1, 1, 0.5]) / np.e, abs=0.01)
    assert abs(np.corrcoef(found[:, :20].T)[np.triu_indices(20, 1)].mean()) < 0.02


def test_the_same_seed_gives_the_same_bytes(corpus: Corpus, tmp_path: Path) -> None:
    first, same, other = (drawn(corpus, tmp_path / str(i), seed) for i, seed in enumerate((1, 1, 2)))
    assert first.ids.tobytes() == same.ids.tobytes() != other.ids.tobytes()
    assert first.offsets.tobytes() == same.offsets.tobytes()
    assert first.vocab is corpus.vocab


def test_a_sample_that_is_in_use_stays(corpus: Corpus, tmp_path: Path) -> None:
    first = drawn(corpus, tmp_path / "sample", 1)
    before = first.ids.tobytes()
    assert drawn(corpus, tmp_path / "sample", 2).ids.tobytes() != before
    assert first.ids.tobytes() == before


def test_pieces_of_a_sentence_are_drawn_one_by_one(tmp_path: Path) -> None:
    corpus = Corpus.encode([" ".join(f"s{i}" for i in range(200))], tmp_path / "corpus", min_count=1)
    bounds = np.arange(201, dtype=np.int64)
    assert 100 < np.count_nonzero(times(drawn(corpus, tmp_path / "sample", 1, bounds))) < 150


def test_drawing_can_be_stopped(corpus: Corpus, tmp_path: Path) -> None:
    def stop() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        resampled(corpus, corpus.offsets, tmp_path / "sample", np.random.default_rng(1), stop)
