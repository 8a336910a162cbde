"""MLPClassifier and MLPRegressor: scikit-learn's checks, scikit-learn's numbers, and what is more than there."""

import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import neural_network
from sklearn.datasets import make_classification, make_friedman1, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from vec2seq import MLPClassifier, MLPRegressor, Run, UserError, load
from vec2seq.mlp import descent, training
from vec2seq.mlp.base import MLP
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.signals import Interrupted

pytestmark = pytest.mark.filterwarnings("ignore:.*still getting better")

Data = tuple[NDArray[Any], NDArray[Any]]
TWO: Data = make_classification(150, 9, random_state=1)
FOUR: Data = make_classification(200, 12, n_informative=6, n_classes=4, random_state=1)
LABELS: Data = make_multilabel_classification(150, 8, n_classes=3, random_state=1)
NUMBERS: Data = make_friedman1(160, 7, random_state=1)
SEVERAL: Data = (NUMBERS[0], np.column_stack([NUMBERS[1], NUMBERS[0][:, 0]]))
KINDS: dict[str, tuple[type[MLP], Any, Data]] = {
    "two classes": (MLPClassifier, neural_network.MLPClassifier, TWO),
    "four classes": (MLPClassifier, neural_network.MLPClassifier, FOUR),
    "several labels": (MLPClassifier, neural_network.MLPClassifier, LABELS),
    "a number": (MLPRegressor, neural_network.MLPRegressor, NUMBERS),
    "two numbers": (MLPRegressor, neural_network.MLPRegressor, SEVERAL),
}
kinds = pytest.mark.parametrize("kind", list(KINDS))
SMALL: dict[str, Any] = {"hidden_layer_sizes": (20, 10), "max_iter": 15, "random_state": 3, "batch_size": 32}

FLOAT32 = "float32 and another order of sums: equal to 1e-4 (tested below), not to the 1e-7 that is asked for"


@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()], ids=lambda estimator: type(estimator).__name__)
def test_scikit_learns_checks(estimator: MLP) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(
            estimator, expected_failed_checks={"check_sample_weight_equivalence_on_dense_data": FLOAT32}
        )
    assert sum(result["status"] == "passed" for result in results) >= 50


def both(kind: str, **settings: Any) -> tuple[MLP, Any, Data]:
    """Ours and scikit-learn's, trained on the same rows in the same order from the same weights."""
    ours, theirs, (X, y) = KINDS[kind]
    given = {**SMALL, "shuffle": False, "tol": 0.0, "n_iter_no_change": 1000, **settings}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return ours(**given).fit(X, y), theirs(**given).fit(X, y), (X, y)


@kinds
@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_the_numbers_are_scikit_learns(kind: str, solver: str, activation: str) -> None:
    settings = {"learning_rate_init": 0.01, "alpha": 0.1} if solver == "adam" else {"learning_rate_init": 1e-3}
    outputs = 1
    if kind == "two numbers":  # scikit-learn descends by the sum over the outputs, as we do, but tells their mean
        settings["alpha"], outputs = 0.0, 2
    ours, theirs, (X, y) = both(kind, solver=solver, activation=activation, **settings)
    np.testing.assert_allclose(np.array(ours.loss_curve_) / outputs, theirs.loss_curve_, rtol=2e-3, atol=1e-4)
    for mine, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, other, atol=5e-3)
    np.testing.assert_allclose(ours.score(X, y), theirs.score(X, y), atol=0.011)
    for name in ("n_iter_", "n_layers_", "n_outputs_", "out_activation_", "t_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": "invscaling", "power_t": 0.3},
        {"learning_rate": "adaptive", "tol": 1e-2, "n_iter_no_change": 2, "max_iter": 100},
        {"nesterovs_momentum": False, "momentum": 0.5},
        {"momentum": 0.0},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_descent_by_sgd_is_scikit_learns(settings: dict[str, Any]) -> None:
    ours, theirs, _ = both("four classes", solver="sgd", learning_rate_init=0.05, **settings)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-3)


def test_it_stops_when_scikit_learn_does() -> None:
    ours, theirs, _ = both("two classes", tol=1e-3, n_iter_no_change=4, max_iter=500, learning_rate_init=0.02)
    assert ours.n_iter_ == theirs.n_iter_ < 500


@kinds
def test_weights_of_rows_are_scikit_learns(kind: str) -> None:
    ours, theirs, (X, y) = KINDS[kind]
    given = {**SMALL, "shuffle": False}
    shares = np.random.default_rng(1).uniform(0, 3, len(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mine, other = ours(**given).fit(X, y, shares), theirs(**given).fit(X, y, shares)
    if kind != "two numbers":
        np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=1e-3)
    np.testing.assert_allclose(mine.score(X, y, shares), other.score(X, y, shares), atol=0.01)


def test_a_weight_of_two_is_a_row_twice() -> None:
    X, y = FOUR
    twice = np.arange(len(X)) % 3 == 0
    given = {**SMALL, "batch_size": len(X) * 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weighted = MLPClassifier(**given).fit(X, y, 1.0 + twice)
        repeated = MLPClassifier(**given).fit(np.vstack([X, X[twice]]), np.concatenate([y, y[twice]]))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-4)
    assert abs(weighted.predict_proba(X) - MLPClassifier(**given).fit(X, y).predict_proba(X)).max() > 1e-3


def test_class_weights_are_weights_of_rows() -> None:
    X, y = FOUR
    by_class = MLPClassifier(**SMALL, class_weight={0: 3.0, 2: 0.5}).fit(X, y)
    by_row = MLPClassifier(**SMALL).fit(X, y, np.array([3, 1, 0.5, 1])[y])
    np.testing.assert_array_equal(by_class.parameters_, by_row.parameters_)
    rare = np.concatenate([np.flatnonzero(y == 0)[:5], np.flatnonzero(y == 1)])
    given = {**SMALL, "max_iter": 5}
    plain = MLPClassifier(**given).fit(X[rare], y[rare])
    balanced = MLPClassifier(**given, class_weight="balanced").fit(X[rare], y[rare])
    assert balanced.predict_proba(X[rare])[:, 0].mean() > plain.predict_proba(X[rare])[:, 0].mean() + 0.03
    with pytest.raises(UserError, match="no row has the label 7"):
        MLPClassifier(class_weight={7: 1.0}).fit(X, y)


@kinds
def test_the_same_seed_gives_the_same_bytes(kind: str) -> None:
    ours, _, (X, y) = KINDS[kind]
    trained = [ours(**SMALL, dropout=0.2).fit(X, y) for _ in range(2)]
    np.testing.assert_array_equal(trained[0].parameters_, trained[1].parameters_)
    other = ours(**{**SMALL, "random_state": 4}, dropout=0.2).fit(X, y)
    assert not np.array_equal(trained[0].parameters_, other.parameters_)


@kinds
def test_several_threads_learn_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _, (X, y) = KINDS[kind]
    alone = ours(**SMALL, threads=1, dropout=0.1).fit(X, y)
    monkeypatch.setattr(descent, "SHARED_PRODUCTS", 0)
    together = [ours(**SMALL, threads=3, dropout=0.1).fit(X, y) for _ in range(2)]
    np.testing.assert_array_equal(together[0].parameters_, together[1].parameters_)
    np.testing.assert_allclose(together[0].loss_curve_, alone.loss_curve_, rtol=1e-4)
    np.testing.assert_allclose(together[0].parameters_, alone.parameters_, atol=1e-3)


def test_small_nets_are_trained_by_one_thread() -> None:
    from vec2seq.mlp.net import layout

    small, large = layout([10, 64, 1], "relu", 0, 64), layout([784, 256, 10], "relu", 1, 128)
    assert descent.useful_threads(8, small, 64) == 1
    assert descent.useful_threads(8, large, 128) == 8
    assert descent.useful_threads(8, large, 32) == 4


@kinds
def test_a_saved_model_is_the_same(kind: str, tmp_path: Path) -> None:
    ours, _, (X, y) = KINDS[kind]
    trained = ours(**SMALL).fit(X, y)
    trained.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert type(loaded) is ours
    np.testing.assert_array_equal(loaded.predict(X), trained.predict(X))
    assert loaded.score(X, y) == trained.score(X, y)
    assert loaded.get_params() == trained.get_params()
    assert loaded.gives_golden(trained.golden())
    assert loaded.loss_curve_ == trained.loss_curve_


def test_labels_of_texts_are_kept(tmp_path: Path) -> None:
    X, y = FOUR
    words = np.array(["北京", "b", "c", "d"])[y]
    trained = MLPClassifier(**SMALL).fit(X, words)
    trained.save(tmp_path / "m")
    assert load(tmp_path / "m").predict(X).tolist() == trained.predict(X).tolist()
    assert set(trained.predict(X)) <= {"北京", "b", "c", "d"}
    odd = MLPClassifier(**SMALL).fit(X, np.array([(1, 2), (3, 4), (5, 6), (7, 8)], "i,i")[y].astype(object))
    with pytest.raises(UserError, match="labels are texts or numbers"):
        odd.save(tmp_path / "n")


@pytest.mark.parametrize("change", ["layers", "parameters"])
def test_a_model_whose_parts_do_not_fit_is_refused(change: str, tmp_path: Path) -> None:
    trained = MLPClassifier(**SMALL).fit(*FOUR)
    if change == "layers":
        trained.layers_ = [12, 20, 11, 4]
    else:
        trained.parameters_ = trained.parameters_[:-1]
    trained.save(tmp_path / "m", golden=False)
    with pytest.raises(UserError, match="the model is damaged"):
        load(tmp_path / "m")


class Stops:
    """Progress that stops a run after so many steps of it."""

    def __init__(self, run: Run, after: int):
        self.run, self.left = run, after

    def note(self, text: str) -> None:
        """Nothing."""

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """One more."""
        self.left -= 1
        if self.left <= 0:
            self.run.stop.set()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("settings", [{"early_stopping": True}, {"solver": "sgd", "learning_rate": "invscaling"}, {}])
def test_a_run_that_is_resumed_ends_with_the_same_bytes(
    threads: int, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descent, "SHARED_PRODUCTS", 0)
    monkeypatch.setattr(descent, "PIECE_PRODUCTS", 1)
    given = {**SMALL, "dropout": 0.2, "threads": threads, **settings}
    whole = MLPClassifier(**given).fit(*FOUR)
    moments = 0
    for after in (1, 3, 8, 20, 37):
        place = Checkpoint(tmp_path / f"{after}.checkpoint")
        for attempt in range(300):
            run = Run(place, resume=attempt > 0)
            run.progress = Stops(run, after)
            try:
                resumed = MLPClassifier(**given).fit(*FOUR, run=run)
            except Interrupted:
                moments += 1
                continue
            break
        np.testing.assert_array_equal(resumed.parameters_, whole.parameters_)
        assert resumed.history_ == whole.history_
    assert moments >= 5


def test_a_run_goes_on_only_with_what_it_began_with(tmp_path: Path) -> None:
    X, y = FOUR
    place = Checkpoint(tmp_path / "m.checkpoint")
    run = Run(place)
    run.progress = Stops(run, 3)
    with pytest.raises(Interrupted):
        MLPClassifier(**SMALL).fit(X, y, run=run)
    for settings, rows, named in (
        ({"alpha": 0.5}, X, "began with alpha 0.0001, not 0.5"),
        ({"random_state": 5}, X, "began with random_state 3, not 5"),
        ({}, X + 1, "began with data"),
    ):
        with pytest.raises(UserError, match=named):
            MLPClassifier(**{**SMALL, **settings}).fit(rows, y, run=Run(place, resume=True))


def test_early_stopping_keeps_the_best_weights() -> None:
    X, y = make_classification(300, 20, n_informative=3, flip_y=0.3, random_state=2)
    trained = MLPClassifier(
        early_stopping=True, random_state=1, max_iter=300, n_iter_no_change=8, learning_rate_init=0.01
    ).fit(X, y)
    scores = trained.validation_scores_
    assert scores is not None
    assert len(scores) == trained.n_iter_ < 300
    assert trained.best_validation_score_ == max(scores) > scores[-1]
    assert trained.best_loss_ is None
    best = MLPClassifier(
        early_stopping=True, random_state=1, max_iter=scores.index(max(scores)) + 1, learning_rate_init=0.01
    ).fit(X, y)
    np.testing.assert_array_equal(trained.parameters_, best.parameters_)
    with pytest.raises(UserError, match="keeps 1 of 10 rows out"):
        MLPClassifier(early_stopping=True).fit(X[:10], y[:10])


def test_held_out_rows_have_all_classes_in_their_shares() -> None:
    from vec2seq.mlp.classifier import _one

    y = np.repeat([0, 1, 2], [700, 200, 100])
    _, target = _one(y, None)
    how = MLPClassifier(validation_fraction=0.2)
    kept, out = how._split(how, 1000, target, np.random.RandomState(0))
    assert sorted([*kept, *out]) == list(range(1000))
    np.testing.assert_allclose(np.bincount(y[out]), [140, 40, 20], atol=1)


@kinds
def test_partial_fit_is_an_epoch(kind: str) -> None:
    ours, _, (X, y) = KINDS[kind]
    whole = ours(**{**SMALL, "shuffle": False, "max_iter": 3}).fit(X, y)
    parts: Any = ours(**{**SMALL, "shuffle": False})
    first = {"classes": np.unique(y)} if y.ndim == 1 and ours is MLPClassifier else {}
    first = {"classes": np.arange(3)} if kind == "several labels" else first
    parts.partial_fit(X, y, **first)
    for _ in range(2):
        parts.partial_fit(X, y)
    np.testing.assert_allclose(parts.parameters_, whole.parameters_, atol=1e-6)
    assert len(parts.loss_curve_) == 3
    assert parts.t_ == whole.t_


@pytest.mark.filterwarnings("ignore:.*still getting better")
@pytest.mark.parametrize("kind", ["two classes", "a number"])
def test_partial_fit_of_a_loaded_model(kind: str, tmp_path: Path) -> None:
    """It goes on from the weights; what the solver had in mind is not kept."""
    ours, _, (X, y) = KINDS[kind]
    model: Any = ours(**{**SMALL, "max_iter": 3}).fit(X, y)
    model.save(tmp_path / "m")
    loaded: Any = load(tmp_path / "m")
    loaded.partial_fit(X, y)
    assert len(loaded.loss_curve_) == 4
    assert loaded.t_ == model.t_ + len(X)
    assert loaded.loss_curve_[-1] < model.loss_curve_[0]


def test_partial_fit_wants_the_classes_and_the_same() -> None:
    X, y = FOUR
    with pytest.raises(UserError, match="classes must be passed on the first call"):
        MLPClassifier().partial_fit(X, y)
    begun = MLPClassifier(**SMALL).partial_fit(X[y < 2], y[y < 2], classes=[0, 1, 2, 3])
    assert begun.partial_fit(X, y).predict_proba(X).shape == (200, 4)
    with pytest.raises(UserError, match="is not the same as on last call"):
        begun.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(UserError, match="has the label 9"):
        begun.partial_fit(X, y + 9)


def test_a_warm_start_goes_on() -> None:
    X, y = FOUR
    model = MLPClassifier(**{**SMALL, "max_iter": 10}, warm_start=True).fit(X, y)
    before = model.loss_
    assert model.fit(X, y).loss_curve_[0] < before * 1.05
    assert MLPClassifier(**{**SMALL, "max_iter": 10}).fit(X, y).fit(X, y).loss_curve_[0] > 1.2 * before
    model.hidden_layer_sizes = (3,)
    with pytest.raises(UserError, match="the net that is trained further has"):
        model.fit(X, y)


def test_it_works_in_a_pipeline_a_grid_and_cross_validation() -> None:
    X, y = FOUR
    piped = make_pipeline(StandardScaler(), MLPClassifier(**{**SMALL, "max_iter": 60}))
    assert cross_val_score(piped, X, y, cv=3).mean() > 0.5
    search = GridSearchCV(piped, {"mlpclassifier__learning_rate_init": [1e-6, 0.01]}, cv=2).fit(X, y)
    assert search.best_params_ == {"mlpclassifier__learning_rate_init": 0.01}
    numbers = make_pipeline(StandardScaler(), MLPRegressor(**{**SMALL, "max_iter": 200}, learning_rate_init=0.01))
    assert cross_val_score(numbers, *NUMBERS, cv=3).mean() > 0.5


def test_scores_are_scikit_learns() -> None:
    X, y = SEVERAL
    numbers = MLPRegressor(**SMALL).fit(X, y)
    assert numbers.score(X, y) == pytest.approx(r2_score(y, numbers.predict(X)))
    shares = np.random.default_rng(1).uniform(0, 3, len(X))
    assert numbers.score(X, y, shares) == pytest.approx(r2_score(y, numbers.predict(X), sample_weight=shares))
    constant = np.ones(len(X))
    assert MLPRegressor(**SMALL).fit(X, y).score(X, y * 0 + 1) == pytest.approx(0, abs=1e-9)
    classes = MLPClassifier(**SMALL).fit(*FOUR)
    chances = classes.predict_proba(FOUR[0])
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(classes.predict_log_proba(FOUR[0])), chances)
    assert log_loss(FOUR[1], chances) < np.log(4)
    assert constant.sum() == len(X)


def test_one_class_is_always_found() -> None:
    X, _ = FOUR
    model = MLPClassifier(**SMALL).fit(X, np.full(len(X), "one"))
    assert set(model.predict(X)) == {"one"}
    assert model.predict_proba(X).shape == (len(X), 1)


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "NaN": (lambda: MLPRegressor().fit([[1.0], [np.nan]], [1, 2]), r"contains NaN \(row 1\)"),
    "too large for float32": (lambda: MLPRegressor().fit([[1.0], [1e300]], [1, 2]), "infinity or a value too large"),
    "words": (lambda: MLPClassifier().fit([["a"], ["b"]], [0, 1]), "X holds what is no number"),
    "fractions as classes": (lambda: MLPClassifier().fit(*NUMBERS), "use MLPRegressor"),
    "labels of two kinds": (
        lambda: MLPClassifier().fit([[1], [2]], np.array([1, "a"], object)),
        "labels of different kinds",
    ),
    "a label is missing": (lambda: MLPClassifier().fit([[1], [2]], np.array(["a", None], object)), "contains NaN"),
    "negative weight": (lambda: MLPRegressor().fit([[1], [2]], [1, 2], [1, -1]), "not be below 0"),
    "no layer": (lambda: MLPRegressor(hidden_layer_sizes=(0,)).fit(*NUMBERS), "hidden_layer_sizes 0: must be at least"),
    "layers in words": (lambda: MLPRegressor(hidden_layer_sizes="ten").fit(*NUMBERS), "hidden_layer_sizes 'ten'"),
    "no layers": (lambda: MLPRegressor(hidden_layer_sizes=None).fit(*NUMBERS), "hidden_layer_sizes None"),
    "unknown activation": (lambda: MLPRegressor(activation="swish").fit(*NUMBERS), "must be one of identity"),
    "no class weight": (lambda: MLPClassifier(class_weight="even").fit(*TWO), "balanced or a dict of numbers"),
    "batch size": (lambda: MLPClassifier(batch_size="many").fit(*TWO), "batch_size 'many'"),
    "diverged": (
        lambda: MLPRegressor(solver="sgd", learning_rate_init=100, random_state=1).fit(*NUMBERS),
        "the training diverged",
    ),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_gets_a_clear_error(case: str) -> None:
    fit, message = BAD[case]
    with pytest.raises(UserError, match=message):
        fit()


def test_a_training_in_another_thread_works() -> None:
    models = [MLPClassifier(**SMALL) for _ in range(2)]
    threads = [threading.Thread(target=model.fit, args=FOUR) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(models[0].parameters_, models[1].parameters_)


@pytest.mark.parametrize(
    ("seconds", "passes"),
    [([30.0, 1.0], 1 + 540), ([30.0, 60.0], 1 + 9), ([30.0, 900.0], 2), ([300.0], 1), ([2.0, 2.0], 285)],
    ids=["kernels were loaded", "slower", "much slower", "one is enough", "steady"],
)
def test_two_passes_tell_how_many_fit(seconds: list[float], passes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(np.cumsum([0.0, *seconds]).tolist())
    monkeypatch.setattr(training, "time", SimpleNamespace(monotonic=lambda: next(times)))
    model = MLPClassifier(**{**SMALL, "tol": 0.0, "n_iter_no_change": 10_000}).fit(*FOUR, run=Run(minutes=10))
    assert model.n_iter_ == passes


def test_minutes_decide_the_passes() -> None:
    model = MLPClassifier(**{**SMALL, "max_iter": 100_000}).fit(*FOUR, run=Run(minutes=0.002))
    assert 1 <= model.n_iter_ < 100_000


def test_what_is_told_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    MLPClassifier(**{**SMALL, "max_iter": 2, "verbose": True}).fit(*FOUR)
    assert "epoch 2  loss " in capsys.readouterr().err
    with pytest.warns(ConvergenceWarning, match="2 passes over the rows"):
        MLPClassifier(**{**SMALL, "max_iter": 2}).fit(*FOUR)
