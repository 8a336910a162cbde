"""Norms of gradients and weights in the history: the numbers of back-propagation, at few epochs, equal if resumed."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vec2seq import MLPClassifier, MLPRegressor, Run, TableMLP, load
from vec2seq.explain.backprop import trace
from vec2seq.mlp import descent
from vec2seq.mlp.descent import is_watched
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.signals import Interrupted

pytestmark = pytest.mark.filterwarnings("ignore:.*still getting better")

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(70, 3)).astype(np.float32)
Y = np.sin(X[:, 0]) + X[:, 1]
SMALL: dict[str, Any] = {"hidden_layer_sizes": (5, 4), "activation": "tanh", "random_state": 0, "shuffle": False}


def norms_of(model: MLPRegressor, rows: slice) -> list[float]:
    """Of the gradient of these rows at the weights of a model, by the trace that is compared with PyTorch."""
    return [float(np.linalg.norm(layer.gradient)) for layer in trace(model, X[rows], Y[rows]).layers]


@pytest.mark.parametrize(
    ("batch", "rows"),
    [(70, slice(0, 70)), (40, slice(40, 70)), (30, slice(30, 60)), (23, slice(46, 69)), (1, slice(69, 70))],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_they_are_those_of_the_last_batch_that_is_half_full(
    batch: int, rows: slice, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "SHARED_PRODUCTS", 0)
    still = {"solver": "sgd", "learning_rate_init": 1e-30, "alpha": 10.0, "threads": threads}  # weights stay
    model = MLPRegressor(**SMALL, **still, batch_size=batch, max_iter=1).fit(X, Y)
    (entry,) = model.history_
    np.testing.assert_allclose(entry["gradient_norms"], norms_of(model, rows), rtol=1e-4)
    assert entry["gradient_norms"] != pytest.approx(norms_of(model, slice(0, 20)), rel=1e-2)
    weights = [float(np.linalg.norm(matrix)) for matrix in model.matrices_]
    np.testing.assert_allclose(entry["weight_norms"], weights, rtol=1e-5)


def test_rows_that_weigh_nothing_have_no_gradient() -> None:
    weights = np.where(np.arange(70) < 40, 2.0, 0.0)
    how = {**SMALL, "solver": "sgd", "learning_rate_init": 1e-30, "max_iter": 1}
    half = MLPRegressor(**how, batch_size=70).fit(X, Y, sample_weight=weights)
    np.testing.assert_allclose(half.history_[0]["gradient_norms"], norms_of(half, slice(0, 40)), rtol=1e-4)
    none = MLPRegressor(**how, batch_size=40).fit(X, Y, sample_weight=weights)
    assert none.history_[0].keys() == {"epoch", "loss"}


def test_looking_does_not_change_what_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    how: dict[str, Any] = {**SMALL, "shuffle": True, "batch_size": 32, "max_iter": 30}
    model = MLPRegressor(**how).fit(X, Y)
    monkeypatch.setattr("vec2seq.mlp.training.is_watched", lambda epoch: False)
    other = MLPRegressor(**how).fit(X, Y)
    np.testing.assert_array_equal(model.parameters_, other.parameters_)
    np.testing.assert_allclose(model.loss_curve_, other.loss_curve_, rtol=1e-12)
    assert ["gradient_norms" in entry for entry in other.history_] == [False] * 29 + [True]


def test_early_epochs_are_dense_and_later_ones_sparse() -> None:
    watched = [epoch for epoch in range(1, 1 << 15) if is_watched(epoch)]
    assert watched[:22] == [*range(1, 17), 20, 24, 28, 32, 40, 48]
    assert len(watched) < 60
    assert all(later - epoch <= max(1, epoch / 4) for epoch, later in itertools.pairwise(watched))
    history = MLPRegressor(**SMALL, max_iter=38, tol=0).fit(X, Y).history_
    noted = [entry["epoch"] for entry in history if "gradient_norms" in entry]
    assert noted == [*watched[:20], 38]


def test_partial_fit_counts_the_epochs_before() -> None:
    model = MLPRegressor(**SMALL)
    for _ in range(25):
        model.partial_fit(X, Y)
    assert [entry["epoch"] for entry in model.history_ if "weight_norms" in entry] == [*range(1, 17), 20, 24]


class StopsAt:
    """Progress that stops a run where it tells of so many rows, once."""

    def __init__(self, run: Run, rows: int):
        self.run, self.rows = run, rows

    def note(self, text: str) -> None:
        """Nothing."""

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """Stop there."""
        if done == self.rows:
            self.run.stop.set()


@pytest.mark.parametrize("rows", [60, 70, 130, 60 + 17 * 70, 18 * 70])
def test_a_run_that_is_stopped_between_looking_and_the_end_of_the_epoch(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "PIECE_PRODUCTS", 1)
    how: dict[str, Any] = {**SMALL, "batch_size": 30, "max_iter": 21, "shuffle": True}
    labels = (Y > 0).astype(int)
    whole, place = MLPClassifier(**how).fit(X, labels), Checkpoint(tmp_path / "m.checkpoint")
    run = Run(place)
    run.progress = StopsAt(run, rows)
    with pytest.raises(Interrupted):
        MLPClassifier(**how).fit(X, labels, run=run)
    assert MLPClassifier(**how).fit(X, labels, run=Run(place, resume=True)).history_ == whole.history_
    assert len([entry for entry in whole.history_ if "gradient_norms" in entry]) == 18


def test_a_model_folder_keeps_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = {"a": X[:, 0], "b": X[:, 1], "y": Y}
    model = TableMLP(hidden_layer_sizes=(5,), max_iter=3, verbose=True).fit(table)
    model.save(tmp_path / "m")
    assert load(tmp_path / "m").history_ == model.history_
    assert [len(entry["gradient_norms"]) for entry in model.history_] == [2, 2, 2]
    assert "norms" not in capsys.readouterr().err
