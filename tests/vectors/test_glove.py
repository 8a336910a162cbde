"""GloVe: what it learns, the same bytes for the same seed and threads, going on, the table that is kept and given."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import often_stopped, small_texts
from vec2seq import GloVe, UserError, load
from vec2seq.data.cooccurrence import PAIR_BYTES, Around, Cooccurrences
from vec2seq.data.corpus import Corpus
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.vectors import entries, epochs, estimate
from vec2seq.vectors.factors import Factors
from vec2seq.vectors.glove import bytes_of
from vec2seq.vectors.glove_training import model_bytes

SMALL: dict[str, Any] = {"width": 16, "min_count": 1, "epochs": 30, "threads": 1, "lr": 0.1}


@pytest.fixture(scope="module")
def mixed() -> list[str]:
    """Texts of words of a group, with some of other groups: words that never meet are nothing to learn from."""
    random = np.random.default_rng(0)
    return [
        " ".join(word if random.random() < 0.8 else f"w{random.integers(60)}" for word in text.split())
        for text in small_texts()
    ]


@pytest.fixture(autouse=True)
def _small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "BUCKET_ENTRIES", 100)


def model(texts: Any, run: Run | None = None, **settings: Any) -> GloVe:
    return GloVe(**{**SMALL, **settings}).fit(texts, run=run)


def assert_same_bytes(a: GloVe, b: GloVe) -> None:
    for name in ("input_", "other_", "biases_"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes()
    assert json.dumps(a.history_) == json.dumps(b.history_)


@pytest.mark.parametrize(
    "settings",
    [
        *({}, {"threads": 2}, {"threads": 3}, {"vectors": "word"}, {"sides": "right", "window": 4}),
        *({"weights": "equal"}, {"holdout": 0.0}),
    ],
)
def test_words_of_a_group_become_neighbors(mixed: list[str], settings: dict[str, Any]) -> None:
    found = model(mixed, **settings)
    right = total = 0
    for word in found.vocab_.tokens:
        for neighbor in found.neighbors(word, 5):
            total += 1
            right += int(neighbor.word[1:]) % 6 == int(word[1:]) % 6
    assert right / total > 0.9  # by chance: 9 / 59


def test_losses_fall_and_what_is_held_out_is_told_apart(texts: list[str]) -> None:
    history = model(texts).history_
    assert [entry["epoch"] for entry in history] == list(range(1, 31))
    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert history[-1]["held_out_loss"] < history[0]["held_out_loss"]
    assert all("held_out_loss" not in entry for entry in model(texts, holdout=0.0, epochs=2).history_)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_same_seed_and_threads_same_bytes(texts: list[str], threads: int) -> None:
    first = model(texts, threads=threads, epochs=3)
    for _ in range(3):
        assert_same_bytes(first, model(texts, threads=threads, epochs=3))
    assert first.input_.tobytes() != model(texts, threads=threads, epochs=3, seed=2).input_.tobytes()


def test_the_helper_sees_a_single_bit(texts: list[str]) -> None:
    first, second = model(texts, epochs=1), model(texts, epochs=1)
    second.biases_[1, 0] = np.nextafter(second.biases_[1, 0], np.float32(1))
    with pytest.raises(AssertionError):
        assert_same_bytes(first, second)


@pytest.mark.parametrize("settings", [{}, {"threads": 2}, {"patience": 5, "lr": 0.5, "epochs": 60}])
def test_a_run_that_stops_and_goes_on_ends_with_the_same_bytes(
    texts: list[str], tmp_path: Path, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "WAIT_SECONDS", 0.001)
    unbroken = model(texts, **settings)
    broken, stops = often_stopped(lambda run: model(texts, run, **settings), tmp_path / "c", 0.01)
    assert_same_bytes(broken, unbroken)
    assert 0 < stops < 1000


def test_a_file_of_pairs_that_a_killed_run_left_is_made_anew(texts: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "c"
    (folder / "pairs").mkdir(parents=True)
    (folder / "pairs" / "pairs.bin").write_bytes(b"\xff" * 100)
    assert_same_bytes(model(texts, Run(Checkpoint(folder)), epochs=2), model(texts, epochs=2))


def test_early_stopping_keeps_the_best(mixed: list[str]) -> None:
    found = model(mixed, patience=2, epochs=100)
    losses = [entry["held_out_loss"] for entry in found.history_]
    assert len(losses) < 100
    assert losses.index(min(losses)) == len(losses) - 3
    shorter = model(mixed, epochs=len(losses) - 2)
    assert found.input_.tobytes() == shorter.input_.tobytes()


def test_saving_and_loading(texts: list[str], tmp_path: Path) -> None:
    found = model(texts, epochs=3)
    found.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert isinstance(again, GloVe)
    assert_same_bytes(again, found)
    assert again.neighbors("w0", 3) == found.neighbors("w0", 3)
    assert again.score(texts) == pytest.approx(found.score(texts))
    assert found.score(texts) > model(texts, epochs=1).score(texts)
    assert not (tmp_path / "m.counts").exists()


@pytest.mark.parametrize("vectors", ["sum", "word", "context"])
def test_going_on_with_more_text(mixed: list[str], vectors: str) -> None:
    found = model(mixed, vectors=vectors, epochs=10)
    words, contexts = found.both()
    np.testing.assert_allclose({"sum": words + contexts, "word": words, "context": contexts}[vectors], found.input_)
    before = {word: found.vectors_[word].copy() for word in found.vocab_.tokens}
    more = [text.replace("w0 ", "new0 ").replace("w6 ", "new6 ") for text in mixed]
    found.partial_fit(more)
    with pytest.raises(UserError, match="the model was trained with another"):
        found.set_params(width=7).partial_fit(more)
    with pytest.raises(UserError, match=r"vectors .*: the model was trained with another"):
        found.set_params(width=16, vectors="sum" if vectors != "sum" else "word").partial_fit(more)
    assert {"new0", "new6", *before} <= set(found.vocab_.tokens)
    assert found.neighbors("new0", 1)[0].word in {f"w{6 * k}" for k in range(10)} | {"new6"}
    moved = [np.linalg.norm(found.vectors_[word] - vector) / np.linalg.norm(vector) for word, vector in before.items()]
    assert 0 < np.median(moved) < 1


@pytest.mark.filterwarnings("ignore:the training diverged")
@given(
    st.builds(
        dict,
        width=st.sampled_from([1, 5, 33]),
        lr=st.sampled_from([1e-3, 1.0, 100.0]),
        x_max=st.sampled_from([1e-3, 1.0, 1e9]),
        alpha=st.sampled_from([0.0, 0.75, 10.0]),
        window=st.sampled_from([1, 50]),
        threads=st.integers(1, 3),
        weights=st.sampled_from(["distance", "equal"]),
        holdout=st.sampled_from([0.0, 0.5]),
    ),
    st.integers(0, 99),
)
def test_nothing_becomes_infinite(settings: dict[str, Any], seed: int) -> None:
    found = model(small_texts(sentences=30, seed=seed), **{**settings, "epochs": 3, "seed": seed})
    for matrix in (found.input_, found.other_, found.biases_):
        assert np.isfinite(matrix).all()


def test_a_table_is_kept_and_given_in_the_place_of_a_text(texts: list[str], tmp_path: Path) -> None:
    found = model(texts, epochs=2, window=4, lower=True, keep_counts=True)
    found.save(tmp_path / "m")
    kept = tmp_path / "m.counts"
    for x in (kept, [kept], str(kept), Cooccurrences.open(kept)):
        again = model(x, epochs=2)
        assert GloVe(**SMALL).plan(x).text_words == again.data_["words"]
        assert (again.window, again.min_count, again.lower) == (4, 1, True)
        assert again.input_.tobytes() == found.input_.tobytes()
        assert again.partial_fit(texts).data_["from"] is not None
    assert Cooccurrences.open(kept).around == Around(4)
    for name, value in {"window": 3, "sides": "left", "min_count": 50, "nfkc": True}.items():
        with pytest.raises(UserError, match=f"{name} {value}: the table of co-occurrences was counted with"):
            model(kept, **{name: value})


def test_a_corpus_is_taken_too(texts: list[str], tmp_path: Path) -> None:
    corpus = Corpus.encode(texts, tmp_path / "corpus", min_count=1)
    assert model(corpus, epochs=1).input_.tobytes() == model(texts, epochs=1).input_.tobytes()


def test_what_cannot_be_learnt_is_told() -> None:
    with pytest.raises(UserError, match="no two words are in the same sentence"):
        model(["a", "b", "c"])


@pytest.mark.parametrize(
    ("size", "found"),
    [("2GB", 2e9), ("500 MB", 5e8), ("1.5g", 1.5e9), ("300000000", 3e8), ("2GiB", 2e9), ("64k", 64e3)],
)
def test_sizes(size: str, found: float) -> None:
    assert bytes_of(size) == found


def test_more_memory_than_there_can_be_is_refused(texts: list[str]) -> None:
    with pytest.raises(UserError, match="more than any machine has"):
        model(texts, memory="9" * 400 + "GB")


@pytest.mark.parametrize("size", ["", "much", "-1GB", "2XB", "nan"])
def test_what_is_no_size_is_refused(texts: list[str], size: str) -> None:
    with pytest.raises(UserError, match="not a size; for example 500MB or 2GB"):
        model(texts, memory=size)


def test_too_little_memory_is_told(texts: list[str]) -> None:
    with pytest.raises(UserError, match=r"beside the program; allow more memory"):
        model(texts, memory="188MB")
    with pytest.raises(UserError, match=r"60 vectors of width 65536 take .*B beside the program; allow more memory"):
        model(texts, memory="200MB", width=65536, threads=1)


def test_a_run_that_does_not_fit_says_so_before_it_counts(
    texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Cooccurrences, "count", lambda *a, **k: pytest.fail("counts before room is looked for"))
        patched.setattr(estimate, "available_memory", lambda: 1000)
        with pytest.raises(UserError, match=r"needs about .*B of memory, but 1.0 kB are free"):
            model(texts)
        patched.setattr(estimate, "available_memory", lambda: None)
        patched.setattr(estimate, "free_disk", lambda folder: 10)
        with pytest.raises(UserError, match=r"on the disk of .*, but 10B are free"):
            model(texts, Run(Checkpoint.beside(tmp_path / "m")))
    found = model(texts, epochs=1)
    enough = estimate.kept_bytes(found, Factors.bytes(60, 16), model_bytes(16, 60), 60)
    monkeypatch.setattr(estimate, "free_disk", lambda folder: enough + 1)
    with pytest.raises(UserError, match="on the disk of"):  # the pairs do not fit
        model(texts, Run(Checkpoint.beside(tmp_path / "m")))


def test_the_plan_counts_what_is_kept_and_what_waits_on_the_disk(
    texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = model(texts, epochs=1).data_["pairs"]
    needs, kept = (GloVe(**SMALL, keep_counts=keep).plan(texts) for keep in (False, True))
    assert kept.disk_bytes == needs.disk_bytes + PAIR_BYTES * pairs
    monkeypatch.setattr(GloVe, "free_bytes", lambda self, words: 10**12)
    monkeypatch.setattr("vec2seq.vectors.glove_training.times", lambda source, files: 1e6)
    much = GloVe(**SMALL).plan(texts)
    monkeypatch.setattr(GloVe, "free_bytes", lambda self, words: 8_000_000)
    assert GloVe(**SMALL).plan(texts).disk_bytes > 1.05 * much.disk_bytes
