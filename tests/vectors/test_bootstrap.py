"""Training again on resampled text: what is ranked, what it costs, and that it can be interrupted."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vec2seq import GloVe, Word2Vec
from vec2seq.data.corpus import Corpus
from vec2seq.errors import UserError
from vec2seq.kernels.ranks import LARGEST_RANK
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.progress import Silent
from vec2seq.run.signals import Interrupted
from vec2seq.vectors import bootstrap
from vec2seq.vectors.bootstrap import nearest, rank
from vec2seq.vectors.store import RankedNeighbor, Vectors

TASKS: dict[str, Callable[..., Any]] = {
    "word2vec": lambda **settings: Word2Vec(**{"width": 8, "min_count": 1, "epochs": 2, "threads": 1, **settings}),
    "glove": lambda **settings: GloVe(**{"width": 8, "min_count": 1, "epochs": 2, "threads": 2, **settings}),
}
tasks = pytest.mark.parametrize("task", TASKS)


def go_on() -> None:
    """Nobody asks to stop."""


def same(a: Any, b: Any) -> None:
    """That two models have the very same numbers."""
    assert a.input_.tobytes() == b.input_.tobytes()
    assert (a.trust_ is None) == (b.trust_ is None)
    for name, tensor in (a.trust_.tensors() if a.trust_ else {}).items():
        np.testing.assert_array_equal(tensor, b.trust_.tensors()[name])


def test_known_ranks() -> None:
    """The model says 1, 2, 3; in another, turned, the order is 3, 1, 2, and word 4 comes in between."""
    angles = np.radians([[0, 10, 20, 30, 90], [50, 53, 60, 51, 54]])
    model, other = np.stack([np.cos(angles), np.sin(angles)], axis=2).astype(np.float32)
    neighbors = nearest(Vectors([*"abcde"], model), go_on)
    assert neighbors[0].tolist() == [1, 2, 3, 4]
    assert rank(5 * other, neighbors, 2, go_on)[0].tolist() == [2, 4, 1, 3]


@pytest.mark.parametrize(("rows", "product", "threads"), [(256, 32_000_000, 2), (7, 32_000_000, 1), (256, 1, 3)])
def test_ranks_are_those_of_all_words(rows: int, product: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "WORDS", 60)
    monkeypatch.setattr(bootstrap, "NEIGHBORS", 20)
    monkeypatch.setattr(bootstrap, "_ROWS_AT_ONCE", rows)
    monkeypatch.setattr(bootstrap, "_PRODUCT_BYTES", product)
    random = np.random.default_rng(0)
    model, other = random.normal(size=(2, 200, 8)).astype(np.float32)
    other[7] = 0  # a word of which nothing was learnt
    vectors, others = (Vectors([f"w{i}" for i in range(200)], matrix) for matrix in (model, other.copy()))
    neighbors = nearest(vectors, go_on)
    expected = [[vectors.ids[near.word] for near in vectors.neighbors(f"w{i}", 20)] for i in range(60)]
    assert neighbors.tolist() == expected
    ranks = rank(other, neighbors, threads, go_on)
    for i in {*range(60)} - {7}:
        place = {near.word: at for at, near in enumerate(others.neighbors(f"w{i}", 200), 1)}
        assert ranks[i].tolist() == [place[f"w{j}"] for j in neighbors[i]]
    assert (ranks[7] == 1).all()
    assert ranks.max() <= LARGEST_RANK


@tasks
def test_the_model_is_the_same_with_a_bootstrap(texts: list[str], task: str) -> None:
    plain, model = TASKS[task]().fit(texts), TASKS[task](bootstrap=3).fit(texts)
    assert plain.trust_ is None
    assert plain.input_.tobytes() == model.input_.tobytes()
    assert plain.history_ == model.history_
    assert model.trust_.runs == 3
    assert model.trust_.neighbors.shape == (60, 50)
    assert (model.trust_.low <= model.trust_.high).all()
    assert (model.trust_.low < model.trust_.high).any(), "runs differ"
    assert all(isinstance(near, RankedNeighbor) for near in model.neighbors("w0", 50))
    assert not isinstance(model.neighbors("w0", 51)[50], RankedNeighbor)
    same(model, TASKS[task](bootstrap=3).fit(texts))
    other = TASKS[task](bootstrap=3, seed=2).fit(texts)
    assert not np.array_equal(model.trust_.high, other.trust_.high)


@tasks
def test_more_runs_widen_the_intervals_and_change_no_other(texts: list[str], task: str) -> None:
    few, many = (TASKS[task](bootstrap=runs).fit(texts).trust_ for runs in (2, 5))
    np.testing.assert_array_equal(few.neighbors, many.neighbors)
    assert (many.low <= few.low).all()
    assert (many.high >= few.high).all()


def test_a_rare_word_s_neighbors_are_unstable_and_those_of_a_word_with_strong_contexts_are_not() -> None:
    random = np.random.default_rng(1)
    subjects = [[f"{letter}{i}" for i in range(12)] for letter in "abcdef"]
    texts = [[*random.choice(subjects[i % 6], 8), *("hub", "rim")[: 2 * (i % 6 == 0)]] for i in range(1200)]
    for i in range(6):
        texts[50 + 100 * i].append("rare")
    model = Word2Vec(width=16, min_count=1, epochs=10, threads=1, sample=0.0, bootstrap=8).fit(texts)
    widths = {
        word: np.median([near.rank_high - near.rank_low for near in model.neighbors(word, 10)])
        for word in ("hub", "rare")
    }
    assert widths["hub"] < 12, "its neighbors are its subject, in any order"
    assert widths["rare"] > 3 * widths["hub"]
    stable = {word: sum(near.stable for near in model.neighbors(word, 10)) for word in ("hub", "rare")}
    assert stable["hub"] >= 8
    assert stable["rare"] <= 3


@tasks
def test_more_text_drops_the_ranks_or_finds_them_anew(texts: list[str], tmp_path: Path, task: str) -> None:
    TASKS[task](bootstrap=2).fit(texts).save(tmp_path / "model")
    model = TASKS[task]().load(tmp_path / "model")
    before = model.trust_
    dropped = model.set_params(bootstrap=0).partial_fit(texts[:100])
    assert dropped.trust_ is None
    assert not isinstance(dropped.neighbors("w0")[0], RankedNeighbor)
    dropped.save(tmp_path / "dropped")
    assert not (tmp_path / "dropped" / "trust.safetensors").exists()
    anew = TASKS[task]().load(tmp_path / "model").partial_fit(texts[:100])
    assert anew.input_.tobytes() == dropped.input_.tobytes()
    assert not np.array_equal(anew.trust_.neighbors, before.neighbors)
    [near] = anew.neighbors(anew.vocab_.tokens[0], 1)
    assert near.word == anew.vocab_.tokens[anew.trust_.neighbors[0, 0]]


class Notes(Silent):
    """Keeps what is told; asks the run to stop when that has ``at`` in it."""

    def __init__(self, at: str):
        self.at, self.notes = at, list[str]()

    def note(self, text: str) -> None:
        self.notes.append(text)
        if self.at in text:
            self.run.stop.set()


def stopping(at: str, checkpoint: Checkpoint, resume: bool = False) -> Run:
    """A run that stops soon after it has told something."""
    notes = Notes(at)
    notes.run = Run(checkpoint, resume, progress=notes)
    return notes.run


@tasks
def test_an_interrupted_bootstrap_goes_on_where_it_was(texts: list[str], tmp_path: Path, task: str) -> None:
    unbroken = TASKS[task](bootstrap=4).fit(texts)
    checkpoint, model = Checkpoint(tmp_path / "c"), TASKS[task](bootstrap=4)
    with pytest.raises(Interrupted, match=r"^interrupted in bootstrap 3 of 4; the model itself is trained$"):
        model.fit(texts, run=stopping("bootstrap 2 of 4 done", checkpoint))
    assert model.input_.tobytes() == unbroken.input_.tobytes(), "it can be used"
    assert model.trust_ is None
    with pytest.raises(Interrupted, match=r"^interrupted in bootstrap 4 of 4;"):
        TASKS[task](bootstrap=4).fit(texts, run=stopping("bootstrap 3 of 4 done", checkpoint, resume=True))
    run = stopping("never", checkpoint, resume=True)
    same(TASKS[task](bootstrap=4).fit(texts, run=run), unbroken)
    assert run.progress.notes[0] == "going on behind the last epoch"
    assert [note for note in run.progress.notes if "done" in note] == ["bootstrap 4 of 4 done"]
    for runs in (0, 2):
        shorter = TASKS[task](bootstrap=runs)
        same(shorter.fit(texts, run=Run(checkpoint, resume=True)), TASKS[task](bootstrap=runs).fit(texts))


@tasks
def test_a_bootstrap_that_is_interrupted_before_its_first_run(texts: list[str], tmp_path: Path, task: str) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    with pytest.raises(Interrupted, match=r"^interrupted$"):
        TASKS[task](bootstrap=2).fit(texts, run=stopping("epoch 2", checkpoint))
    same(TASKS[task](bootstrap=2).fit(texts, run=Run(checkpoint, resume=True)), TASKS[task](bootstrap=2).fit(texts))


@tasks
def test_ranks_of_another_model_are_not_taken(texts: list[str], tmp_path: Path, task: str) -> None:
    """Of a run that was interrupted and began anew."""
    checkpoint = Checkpoint(tmp_path / "c")
    with pytest.raises(Interrupted):
        TASKS[task](bootstrap=3, seed=5).fit(texts, run=stopping("bootstrap 2 of 3 done", checkpoint))
    same(TASKS[task](bootstrap=3).fit(texts, run=Run(checkpoint)), TASKS[task](bootstrap=3).fit(texts))


@tasks
def test_a_damaged_rank_is_refused(texts: list[str], tmp_path: Path, task: str) -> None:
    checkpoint = Checkpoint(tmp_path / "c")
    with pytest.raises(Interrupted):
        TASKS[task](bootstrap=3).fit(texts, run=stopping("bootstrap 2 of 3 done", checkpoint))
    [path] = checkpoint.folder.glob("bootstrap/*/ranks-1/tensors-*")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"ranks-1/tensors-1\.safetensors: damaged or missing; delete .*ranks-1 to"):
        TASKS[task](bootstrap=3).fit(texts, run=Run(checkpoint, resume=True))


@tasks
def test_runs_go_on_from_their_own_checkpoints(
    texts: list[str], tmp_path: Path, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted again and again, in the middle of trainings too."""
    from vec2seq.vectors import epochs

    monkeypatch.setattr(epochs, "WAIT_SECONDS", 0.001)

    class Impatient(Run):
        def checkpoint_due(self) -> bool:
            self.due = getattr(self, "due", 0) + 1
            if self.due % 3 == 0:
                self.stop.set()
            return True

    unbroken = TASKS[task](bootstrap=2, epochs=4).fit(texts)
    checkpoint, stops = Checkpoint(tmp_path / "c"), 0
    while True:
        try:
            model = TASKS[task](bootstrap=2, epochs=4).fit(texts, run=Impatient(checkpoint, resume=checkpoint.exists()))
            break
        except Interrupted:
            stops += 1
            assert stops < 100
    same(model, unbroken)
    assert stops >= 3


@tasks
def test_a_corpus_and_several_threads(texts: list[str], tmp_path: Path, task: str) -> None:
    corpus = Corpus.encode(texts, tmp_path / "corpus", min_count=1)
    model = TASKS[task](bootstrap=2, threads=3, deterministic=True).fit(corpus)
    same(model, TASKS[task](bootstrap=2, threads=3, deterministic=True).fit(texts))


def test_what_a_table_of_counts_cannot_give(texts: list[str], tmp_path: Path) -> None:
    TASKS["glove"](keep_counts=True).fit(texts).save(tmp_path / "model")
    with pytest.raises(UserError, match="a table of co-occurrences has no sentences to draw; give the text, or no"):
        TASKS["glove"](bootstrap=2).fit(tmp_path / "model.counts")


def test_minutes_are_for_all_of_it(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from vec2seq.vectors import training

    monkeypatch.setattr(training, "measured_speed", lambda training: training.corpus.text_words / 2.0)
    model = TASKS["word2vec"](bootstrap=2, epochs=None).fit(texts, run=Run(minutes=1))
    assert len(model.history_) == round(0.95 * 60 / 2 / 3)


@tasks
def test_a_plan_counts_the_bootstrap(texts: list[str], task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vec2seq.vectors.estimate.measured_speed", lambda training: 1e5)
    monkeypatch.setattr("vec2seq.vectors.glove_training.GloVeTraining.measured_speed", lambda training: 1e5)
    plain, more = (TASKS[task](bootstrap=runs, epochs=20_000).plan(texts, checkpoint=True) for runs in (0, 20))
    assert more.seconds > 15 * plain.seconds
    assert more.memory_bytes > plain.memory_bytes
    assert more.disk_bytes > 1.5 * plain.disk_bytes


@pytest.mark.parametrize(
    ("task", "text", "why"),
    [
        ("word2vec", ["a b", *["c"] * 7], r"bootstrap \d+ of 20 drew sentences with no two words"),
        ("glove", ["a b", *["c"] * 7], r"bootstrap \d+ of 20 drew sentences with no two words"),
        ("glove", ["a a a a"], "one word has no neighbors"),
    ],
)
def test_too_little_text_for_a_bootstrap_loses_no_model(task: str, text: list[str], why: str, tmp_path: Path) -> None:
    notes, more = Notes("what nobody says"), {"sample": 0} if task == "word2vec" else {}
    model = TASKS[task](bootstrap=20, holdout=0, **more).fit(text, run=Run(progress=notes))
    assert model.trust_ is None
    assert re.search(f"too little text for a bootstrap, neighbors have no ranks: {why}", "\n".join(notes.notes))
    model.save(tmp_path / "m")
