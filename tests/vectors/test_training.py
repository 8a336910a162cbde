"""Runs of word2vec: the same bytes for the same seed, going on after a pause, losses, stopping early."""

import gc
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from made import often_stopped
from vec2seq.data.corpus import Corpus
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted
from vec2seq.vectors import epochs
from vec2seq.vectors import training as training_module
from vec2seq.vectors.gradient import HELD_OUT
from vec2seq.vectors.plan import LONGEST_SENTENCE, cut_sentences, cut_stretches, plan_of, work_of_a_word
from vec2seq.vectors.training import Training
from vec2seq.vectors.word2vec import Word2Vec

SMALL = {"width": 16, "min_count": 1, "epochs": 3, "threads": 1}
MODES: dict[str, dict[str, Any]] = {
    "one thread": {"threads": 1},
    "lock step 2": {"threads": 2, "deterministic": True},
    "lock step 3": {"threads": 3, "deterministic": True},
}


def model(texts: list[str], run: Run | None = None, **settings: Any) -> Word2Vec:
    return Word2Vec(**{**SMALL, **settings}).fit(texts, run=run)


def assert_same_bytes(a: Word2Vec, b: Word2Vec) -> None:
    assert a.input_.tobytes() == b.input_.tobytes()
    assert a.output_.tobytes() == b.output_.tobytes()
    assert json.dumps(a.history_) == json.dumps(b.history_)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("algorithm", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_same_seed_same_bytes(texts: list[str], mode: str, algorithm: str, loss: str) -> None:
    settings = {**MODES[mode], "algorithm": algorithm, "loss": loss}
    first = model(texts, **settings)
    assert_same_bytes(first, model(texts, **settings))
    assert first.input_.tobytes() != model(texts, **settings, seed=2).input_.tobytes()


def test_the_helper_sees_a_single_bit(texts: list[str]) -> None:
    first, second = model(texts), model(texts)
    second.input_[0, 0] = np.nextafter(second.input_[0, 0], np.float32(1))
    with pytest.raises(AssertionError):
        assert_same_bytes(first, second)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("settings", [{}, {"loss": "hierarchical"}, {"patience": 1, "epochs": 6, "lr": 0.5}])
def test_a_run_that_stops_and_goes_on_ends_with_the_same_bytes(
    texts: list[str], tmp_path: Path, mode: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "WAIT_SECONDS", 0.001)
    settings = {**MODES[mode], **settings}
    unbroken = model(texts, **settings)
    broken, stops = often_stopped(lambda run: model(texts, run, **settings), tmp_path / "c", 0.05)
    assert_same_bytes(broken, unbroken)
    assert stops < 1000


def test_interrupting_without_a_checkpoint_folder(texts: list[str]) -> None:
    run = Run()
    run.stop.set()
    with pytest.raises(Interrupted):
        model(texts, run)


def interrupted(texts: list[str], folder: Path, **settings: Any) -> Checkpoint:
    """The checkpoint of a run that was stopped at its first epoch's end."""
    checkpoint = Checkpoint(folder)

    class StopsAtFirstEpoch(Run):
        def checkpoint_due(self) -> bool:
            self.stop.set()
            return True

    with pytest.raises(Interrupted):
        model(texts, StopsAtFirstEpoch(checkpoint), **{"epochs": 2000, **settings})
    assert checkpoint.exists()
    return checkpoint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 17}, "the run began with width 16, not 17"),
        ({"threads": 2}, "began with threads 1, not 2"),
        ({"lr": 0.1}, "began with lr None, not 0.1"),
    ],
)
def test_going_on_with_other_settings_is_refused(
    texts: list[str], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    checkpoint = interrupted(texts, tmp_path / "c")
    with pytest.raises(UserError, match=message):
        model(texts, Run(checkpoint, resume=True), **{"epochs": 2000, **change})


def test_going_on_with_other_text_is_refused(texts: list[str], tmp_path: Path) -> None:
    checkpoint = interrupted(texts, tmp_path / "c")
    with pytest.raises(UserError, match="the text is not the one that this run began with"):
        model([*texts, "more"], Run(checkpoint, resume=True), epochs=2000)


def test_resuming_without_a_checkpoint_starts_anew(texts: list[str], tmp_path: Path) -> None:
    run = Run(Checkpoint(tmp_path / "c"), resume=True)
    assert_same_bytes(model(texts, run), model(texts))


def test_threads_without_lock_step_learn_the_same_things(texts: list[str]) -> None:
    alone, together = model(texts, epochs=10), model(texts, epochs=10, threads=3)
    assert together.history_[-1]["loss"] == pytest.approx(alone.history_[-1]["loss"], rel=0.05)


@pytest.mark.parametrize("settings", [{}, {"algorithm": "cbow"}, {"loss": "hierarchical"}, {"negative": 12}])
def test_losses_fall(texts: list[str], settings: dict[str, Any]) -> None:
    history = model(texts, epochs=15, lr=0.1, **settings).history_
    assert [entry["epoch"] for entry in history] == list(range(1, 16))
    for name in ("loss", "held_out_loss"):
        assert history[-1][name] < history[0][name]


def test_the_first_loss_is_that_of_a_coin(texts: list[str]) -> None:
    """Output rows start at 0: every score is 0 and costs ln 2."""
    history = model(texts, epochs=1, lr=1e-9, lr_end=0.0).history_
    assert history[0]["loss"] == pytest.approx(6 * np.log(2), rel=1e-4)
    assert history[0]["held_out_loss"] == pytest.approx(6 * np.log(2), rel=1e-4)


def test_stopping_early_keeps_the_best(texts: list[str]) -> None:
    stopped = model(texts, epochs=200, patience=2, lr=0.3, sample=0.0)
    losses = [entry["held_out_loss"] for entry in stopped.history_]
    assert 3 <= len(losses) < 200
    best = int(np.argmin(losses))
    assert len(losses) == best + 3
    stopped.epochs, stopped.patience = 1, 0
    again = Training(stopped, _corpus_of(stopped, texts), Run())
    again.matrices.take_over(stopped.vocab_, stopped.input_, stopped.output_, stopped.vocab_)
    assert again.descent.held_out_loss() == pytest.approx(losses[best], rel=1e-6)


def _corpus_of(settings: Word2Vec, texts: list[str]) -> Corpus:
    import tempfile

    return settings.corpus(texts, Path(tempfile.mkdtemp()), Run(), settings.new_tokenizer(), None)


def corpus(texts: list[str], folder: Path, **settings: Any) -> tuple[Word2Vec, Corpus]:
    estimator = Word2Vec(**{**SMALL, **settings})
    return estimator, estimator.corpus(texts, folder, Run(), estimator.new_tokenizer(), None)


def test_held_out_sentences_are_not_trained_on(tmp_path: Path, texts: list[str]) -> None:
    plain = [*texts[:99], "secret words of sentence one hundred", *texts[99:]]
    trained = model(plain, epochs=1)
    start = Training(*corpus(plain, tmp_path), Run()).matrices.input_rows
    rows = trained.vocab_.encode(["secret", "hundred"])
    np.testing.assert_array_equal(trained.input_[rows], start[rows])


@pytest.mark.parametrize(
    ("sentences", "holdout", "every"), [(10, 0.01, 0), (30, 0.01, 30), (400, 0.01, 100), (400, 0.1, 10), (400, 0.0, 0)]
)
def test_how_much_is_held_out(tmp_path: Path, texts: list[str], sentences: int, holdout: float, every: int) -> None:
    estimator, encoded = corpus(texts[:sentences], tmp_path, holdout=holdout, sample=0.0)
    assert plan_of(estimator, encoded).text.held_out_every == every
    history = estimator.fit(encoded).history_
    assert all(("held_out_loss" in entry) == (every > 0) for entry in history)


def test_measuring_the_held_out_loss_changes_nothing(tmp_path: Path, texts: list[str]) -> None:
    training = Training(*corpus(texts, tmp_path, threads=2), Run())
    before = {name: tensor.copy() for name, tensor in training.matrices.tensors().items()}
    first = training.descent.held_out_loss()
    assert first == training.descent.held_out_loss()
    for name, tensor in training.matrices.tensors().items():
        np.testing.assert_array_equal(tensor, before[name])


def test_long_sentences_are_cut() -> None:
    assert cut_sentences(np.array([0, 5, 5 + LONGEST_SENTENCE])).tolist() == [0, 5, 5 + LONGEST_SENTENCE]
    assert cut_sentences(np.array([0, 2500, 2600])).tolist() == [0, 1000, 2000, 2500, 2600]
    assert cut_sentences(np.array([0])).tolist() == [0]


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_stretches_cover_all_sentences_once(threads: int) -> None:
    bounds = np.cumsum([0, *np.random.default_rng(1).integers(1, 60, 20_000)])
    stretches = cut_stretches(bounds, threads, 1.0)
    assert stretches[0] == 0
    assert stretches[-1] == len(bounds) - 1
    assert (np.diff(stretches) > 0).all()
    sizes = np.diff(bounds[stretches])
    assert sizes.max() <= 16_384 // max(threads - 1, 1) + 60


def stretch_sizes(settings: Word2Vec, sentence: int, targets: int) -> NDArray[np.int64]:
    """Words of the stretches of two million words in sentences of one length."""
    bounds = np.arange(0, 2_000_001, sentence)
    stretches = cut_stretches(bounds, 1, work_of_a_word(settings, bounds, targets))
    return np.diff(bounds[stretches])


@pytest.mark.parametrize("algorithm", ["skipgram", "cbow"])
def test_stretches_are_as_long_as_ever_where_words_take_as_long_as_ever(algorithm: Any) -> None:
    for settings, sentence, targets in (({"width": 300, "window": 10}, 1000, 26), ({"window": 1000}, 20, 6)):
        sizes = stretch_sizes(Word2Vec(algorithm=algorithm, **settings), sentence, targets)
        assert np.median(sizes) >= 16_000


@pytest.mark.parametrize(("algorithm", "most"), [("skipgram", 500), ("cbow", 4300)])
def test_stretches_are_short_where_words_take_long(algorithm: Any, most: int) -> None:
    """A run can be stopped between stretches only."""
    assert stretch_sizes(Word2Vec(algorithm=algorithm, width=1000, window=1000), 20, 1001).max() <= most


def test_every_epoch_has_its_own_order_and_draws(tmp_path: Path, texts: list[str]) -> None:
    training = Training(*corpus(texts, tmp_path), Run())
    assert not np.array_equal(training.plan.order(0), training.plan.order(1))
    worker = training.descent.workers[0]
    draws = [tuple(array.tobytes() for array in worker.draw(0, epoch)[1:]) for epoch in (0, 0, 1, HELD_OUT)]
    assert draws[0] == draws[1]
    assert len(set(draws)) == 3


@pytest.mark.parametrize("inputs", [True, False])
def test_weights_of_changes_lie_between_their_mean_and_their_sum(
    tmp_path: Path, texts: list[str], inputs: bool
) -> None:
    for threads in (2, 8):
        plan = plan_of(*corpus(texts, tmp_path / str(threads), threads=threads, deterministic=True))
        weights = plan.change_weights(inputs)
        assert len(weights) == (plan.words if inputs else plan.output_rows) + 1
        assert (weights >= 1 / threads - 1e-6).all()
        assert (weights <= 1).all()


def test_minutes_choose_the_epochs(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_module, "measured_speed", lambda training: training.corpus.text_words / 2.0)
    assert len(model(texts, Run(minutes=0.2)).history_) == round(0.95 * 12 / 2)
    assert len(model(texts, Run(minutes=1e-6)).history_) == 1


def wrong(settings: dict[str, Any]) -> Callable[[], object]:
    return lambda: model(["a b c a b c"] * 3, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": -1}, "window -1: must be at least 1"),
        ({"sample": float("nan")}, "sample nan: must be a finite number"),
        ({"lr": float("inf")}, "lr inf: must be a finite number"),
        ({"algorithm": "glove"}, "algorithm 'glove': must be one of skipgram cbow"),
        ({"min_count": 99}, "no word occurs 99 times"),
        ({"max_size": 1}, "max_size 1: must be at least 2"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        wrong(settings)()


def test_one_word_is_not_enough() -> None:
    with pytest.raises(UserError, match=r"only one word \('a'\)"):
        model(["a a a a"])


@pytest.mark.parametrize("mode", MODES)
def test_what_was_trained_goes_with_its_training(texts: list[str], mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a bootstrap follow each other; memory that waits for the collector of circles would add up."""
    made = []

    class Watched(training_module.WindowMatrices):
        def __init__(self, plan: Any):
            super().__init__(plan)
            made.append(weakref.ref(self))

    monkeypatch.setattr(training_module, "WindowMatrices", Watched)
    gc.disable()
    try:
        model(texts, **MODES[mode], bootstrap=2)
        assert [watched() for watched in made] == [None] * 3
    finally:
        gc.enable()
