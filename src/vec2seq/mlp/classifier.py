"""MLPClassifier: classes from numbers."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError
from vec2seq.mlp.base import MLP, Target, tags_of
from vec2seq.mlp.forward import OUTPUTS
from vec2seq.mlp.inputs import checked_target, checked_weights, class_numbers
from vec2seq.run.context import Run
from vec2seq.settings import Doc

SOFTMAX, LOGISTIC = 1, 2  # as in vec2seq.kernels.mlp, which loads Numba


@dataclass(kw_only=True, eq=False)
class MLPClassifier(MLP):
    """A multi-layer perceptron for one class of several, or several yes or no, by cross-entropy.

    >>> MLPClassifier(hidden_layer_sizes=(100,)).fit(X, y).predict_proba(X)

    Settings, methods and learned attributes are those of scikit-learn's class of this name, and with ``shuffle=False``
    and the same ``random_state`` so are the numbers, to float32's precision. Not there: the solver lbfgs, sparse input.
    More than there: gelu, dropout, class weights, several threads, checkpoints.
    """

    task: ClassVar[str] = "mlp-classifier"
    learned: ClassVar[tuple[str, ...]] = ("layers_", "parameters_", "labels_", "several_")
    _of_classes: ClassVar[bool] = True

    class_weight: Annotated[
        dict[Any, float] | Literal["balanced"] | None,
        Doc("what rows of a class count; balanced: each class as much as the others"),
    ] = None

    classes_: NDArray[Any] = field(init=False, repr=False)
    """the different labels, in their order"""
    several_: bool = field(init=False, repr=False)
    """whether a row can have several labels"""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, *, run: Run | None = None) -> Self:
        """Learn y, [N] labels or [N, labels] of 0 and 1, from X [N, features]. ``sample_weight``: what a row counts."""
        return self._learn(X, y, sample_weight, run, more=False, classes=None)

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None, *, run: Run | None = None
    ) -> Self:
        """One pass over more rows. ``classes``: all labels that there will be; needed in the first call."""
        begun = self.__sklearn_is_fitted__()
        if not begun and classes is None:
            raise UserError("classes must be passed on the first call to partial_fit.")
        if begun and classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise UserError(f"`classes={classes!r}` is not the same as on last call to partial_fit: {self.classes_!r}")
        known = None if classes is None else np.unique(classes)
        return self._learn(X, y, sample_weight, run, more=True, classes=known)

    def _learn(
        self, X: Any, y: Any, sample_weight: Any, run: Run | None, more: bool, classes: NDArray[Any] | None
    ) -> Self:
        who = type(self).__name__
        goes_on = self._goes_on(more)
        rows = self._inputs(X) if goes_on else self._rows(X)
        made = checked_target(y, len(rows), who)
        known = self.classes_ if goes_on else classes
        labels, target = _several(made) if made.ndim == 2 else _one(made, known)
        if goes_on and (not np.array_equal(labels, self.classes_) or self.several_ != (made.ndim == 2)):
            raise UserError(f"the labels {labels.tolist()} are not those that were learnt: {self.classes_.tolist()}")
        weights = checked_weights(sample_weight, len(rows), who)
        self._train(rows, target, self._weighted(weights, labels, target), run, more)
        self.classes_, self.several_ = labels, made.ndim == 2
        return self

    def _weighted(self, weights: NDArray[np.float32], labels: NDArray[Any], target: Target) -> NDArray[np.float32]:
        """What each row counts, with the weight of its class."""
        how = self.class_weight
        if how is None:
            return weights
        if target.outputs > 1 and not len(target.classes):
            raise UserError("class_weight: not for rows with several labels", "leave {class_weight} out")
        numbers = target.classes if len(target.classes) else target.numbers[:, 0].astype(np.int64)
        if isinstance(how, dict):
            unknown = [label for label in how if label not in labels.tolist()]
            if unknown:
                raise UserError(f"class_weight: no row has the label {unknown[0]!r}")
            of_class = np.array([how.get(label, 1.0) for label in labels.tolist()])
        else:
            counts = np.bincount(numbers, weights if len(weights) else None, len(labels))
            of_class = counts.sum() / (len(labels) * np.maximum(counts, 1e-12))
        return ((weights if len(weights) else np.float32(1)) * of_class[numbers]).astype(np.float32)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The probability of each class: [N, classes]; with several labels a row, of each of them."""
        summed = self.outputs(X)
        found = OUTPUTS[self.out_activation_](summed)
        if found.shape[1] == 1 and not self.several_:
            found = np.hstack([1 - found, found])[:, : len(self.classes_)]
        return found

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Their logarithms; -inf where there is no smaller number."""
        with np.errstate(divide="ignore"):
            found: NDArray[np.float64] = np.log(self.predict_proba(X))
        return found

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable label of each row [N]; with several labels a row, 0 or 1 for each [N, labels]."""
        return self._labels(self.outputs(X))

    def _labels(self, found: NDArray[np.float64]) -> NDArray[Any]:
        """What the output layer gave, as labels."""
        if self.several_:
            return (found > 0).astype(np.int64)
        numbers = (found[:, 0] > 0).astype(np.int64) if found.shape[1] == 1 else found.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[np.minimum(numbers, len(self.classes_) - 1)]
        return labels

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy: the share of rows whose label, or all of whose labels, are found."""
        found, who = self.predict(X), type(self).__name__
        right = found == checked_target(y, len(found), who)
        return _mean(right, checked_weights(sample_weight, len(found), who))

    def _score_outputs(self, found: NDArray[Any], target: Target, weights: NDArray[np.float32]) -> float:
        if len(target.classes):
            return _mean(found.argmax(axis=1) == target.classes, weights)
        return _mean((found > 0) == (target.numbers > 0), weights)

    @property
    def out_activation_(self) -> str:
        """Of the output layer."""
        return "logistic" if self.several_ or len(self.classes_) < 3 else "softmax"

    @property
    def labels_(self) -> list[Any]:
        """The different labels, as a model file keeps them."""
        labels: list[Any] = self.classes_.tolist()
        if not all(isinstance(label, str | int | float | bool) for label in labels):
            raise UserError("only models whose labels are texts or numbers can be saved: make them text")
        return labels

    @labels_.setter
    def labels_(self, labels: list[Any]) -> None:
        self.classes_ = np.array(labels)

    def __sklearn_tags__(self) -> Any:
        return tags_of("classifier", multi_label=True)


def _one(y: NDArray[Any], known: NDArray[Any] | None) -> tuple[NDArray[Any], Target]:
    """One label a row; ``known``: all labels that there can be."""
    labels, numbers = class_numbers(y)
    if known is not None:
        strange = [label for label in labels.tolist() if label not in known.tolist()]
        if strange:
            raise UserError(f"y has the label {strange[0]!r}, which is not among the classes {known.tolist()}")
        labels, numbers = known, np.searchsorted(known, labels)[numbers]
    if len(labels) < 3:
        return labels, Target(numbers.astype(np.float32)[:, None], np.empty(0, np.int64), 1, LOGISTIC)
    return labels, Target(np.empty((0, 0), np.float32), numbers, len(labels), SOFTMAX)


def _several(y: NDArray[Any]) -> tuple[NDArray[Any], Target]:
    """Several labels a row, as 0 and 1."""
    if y.dtype.kind not in "fiub" or not np.isin(y, (0, 1)).all():
        raise UserError("Unknown label type: a y of several columns must hold 0 and 1, one column a label")
    return np.arange(y.shape[1]), Target(y.astype(np.float32), np.empty(0, np.int64), y.shape[1], LOGISTIC)


def _mean(right: NDArray[np.bool_], weights: NDArray[np.float32]) -> float:
    """The share of rows that are right, in all their columns if they have several."""
    whole = right.all(axis=1) if right.ndim == 2 else right
    return float(np.average(whole, weights=weights if len(weights) else None))
