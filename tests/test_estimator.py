import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils.validation import check_is_fitted

from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError
from vec2seq.estimator import Estimator
from vec2seq.modelfile import ModelFile
from vec2seq.settings import Doc


@dataclass(kw_only=True, eq=False)
class Mean(Estimator):
    """Predicts the mean plus a shift: the smallest estimator there can be."""

    task: ClassVar[str] = "mean"
    learned: ClassVar[tuple[str, ...]] = ("mean_", "vocab_", "names_")

    shift: Annotated[float, Doc("added to every output", low=-10, high=10)] = 0.0
    times: Annotated[int, Doc("how often", low=1)] = 1
    rate: Annotated[float | None, Doc("may be left out", above=0)] = None
    kind: Annotated[Literal["a", "b"], Doc("which")] = "a"
    loud: Annotated[bool, Doc("whether")] = False
    name: Annotated[str, Doc("a text")] = "x"

    mean_: np.ndarray = field(init=False, repr=False)

    def fit(self, X: Any, y: Any = None) -> Self:
        self.check_settings()
        self.mean_ = np.mean(X, axis=0, keepdims=True).astype(np.float32)
        self.vocab_ = Vocab(["a"], np.array([1]))
        self.names_ = ["n"]
        self.history_, self.data_ = [{"epoch": 1}], {"rows": len(X)}
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return -abs(self.shift - 1)

    def golden(self) -> dict[str, Any]:
        return {"inputs": [0], "outputs": [[float(self.mean_.sum()), "a"]]}

    def describe(self) -> str:
        return "a mean"

    def suggest(self, folder: str) -> str:
        return folder


def test_settings_are_read_from_the_fields() -> None:
    shift, times, rate, kind, *_ = Mean.settings()
    assert (shift.name, shift.kind, shift.default, shift.doc.text) == ("shift", float, 0.0, "added to every output")
    assert (times.name, times.kind) == ("times", int)
    assert rate.kind == float | None
    assert kind.kind == Literal["a", "b"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shift": 11}, "shift 11: must be at most 10"),
        ({"shift": float("nan")}, "shift nan: must be a finite number"),
        ({"shift": float("inf")}, "must be a finite number"),
        ({"shift": "1"}, "shift '1': must be a finite number"),
        ({"shift": True}, "must be a finite number"),
        ({"times": 0}, "times 0: must be at least 1"),
        ({"times": 1.5}, "times 1.5: must be a whole number"),
        ({"rate": 0}, "rate 0: must be above 0"),
        ({"kind": "c"}, "kind 'c': must be one of a b"),
        ({"loud": 1}, "loud 1: must be True or False"),
        ({"name": 5}, "name 5: must be a text"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Mean(**settings).fit([[1.0]])


def test_right_settings_get_their_kind() -> None:
    mean = Mean(shift=np.float32(2), times=np.int64(3), rate=None, loud=np.bool_(True)).fit([[1.0]])
    assert json.dumps(mean.get_params()) == json.dumps(
        {"shift": 2.0, "times": 3, "rate": None, "kind": "a", "loud": True, "name": "x"}
    )


def test_scikit_learn_knows_it() -> None:
    mean = Mean(shift=3)
    copy = clone(mean)
    assert copy is not mean
    assert copy.get_params() == mean.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(mean)
    check_is_fitted(mean.fit([[1.0]]))
    with pytest.raises(UserError, match="no setting 'shft'; it has shift times"):
        mean.set_params(shft=1)
    search = GridSearchCV(Mean(), {"shift": [0, 1, 2]}, cv=2).fit(np.zeros((4, 1)))
    assert search.best_params_ == {"shift": 1}


def test_save_and_load(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this Mean is not trained yet"):
        Mean().save(tmp_path / "m")
    mean = Mean(shift=2.5).fit([[1.0, 3.0], [3.0, 5.0]])
    mean.save(tmp_path / "m")
    again = Mean.load(tmp_path / "m")
    np.testing.assert_array_equal(again.mean_, mean.mean_)
    assert again.vocab_.tokens == ["a"]
    assert again.names_ == ["n"]
    assert again.get_params() == mean.get_params()
    assert again.history_ == [{"epoch": 1}]
    assert again.gives_golden({"inputs": [0], "outputs": [[6.00005, "a"]]})
    assert not again.gives_golden({"inputs": [0], "outputs": [[6.001, "a"]]})
    assert not again.gives_golden({"inputs": [0], "outputs": [[6.0, "b"]]})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "median"}, "a model for 'median', not for 'mean'"),
        ({"settings": {"shift": 1.0, "colour": 1}}, "settings that this version does not know: colour"),
        ({"settings": {"shift": 99.0}}, "shift 99.0: must be at most 10"),
        ({"learned": {}}, "'names_' is missing"),
        ({"tensors": {}}, "'mean_' is missing"),
        ({"vocab": None}, "'vocab_' is missing"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    file = {
        "task": "mean",
        "settings": {"shift": 1.0},
        "learned": {"names_": []},
        "tensors": {"mean": np.zeros(1, np.float32)},
        "vocab": {"tokens": [], "counts": []},
    }
    assert Mean.from_file(ModelFile(**file), "m").shift == 1.0
    with pytest.raises(UserError, match=message):
        Mean.from_file(ModelFile(**{**file, **changes}), "m")
