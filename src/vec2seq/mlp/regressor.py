"""MLPRegressor: numbers from numbers."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.mlp.base import MLP, Target, tags_of
from vec2seq.mlp.inputs import checked_numbers, checked_target, checked_weights
from vec2seq.run.context import Run

SQUARED = 0  # vec2seq.kernels.mlp.SQUARED, which loads Numba


@dataclass(kw_only=True, eq=False)
class MLPRegressor(MLP):
    """A multi-layer perceptron for one or several numbers, by half the mean squared error.

    >>> MLPRegressor(hidden_layer_sizes=(64,)).fit(X, y).predict(X)

    Settings, methods and learned attributes are those of scikit-learn's class of this name, and with ``shuffle=False``
    and the same ``random_state`` so are the numbers, to float32's precision. Not there: the solver lbfgs, sparse input.
    More than there: gelu, dropout, several threads, checkpoints.
    """

    task: ClassVar[str] = "mlp-regressor"
    _of_classes: ClassVar[bool] = False

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, *, run: Run | None = None) -> Self:
        """Learn y [N] or [N, outputs] from X [N, features]. ``sample_weight`` [N]: what each row counts."""
        return self._learn(X, y, sample_weight, run, more=False)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None, *, run: Run | None = None) -> Self:
        """One pass over more rows, with the weights and the solver's state as they are."""
        return self._learn(X, y, sample_weight, run, more=True)

    def _learn(self, X: Any, y: Any, sample_weight: Any, run: Run | None, more: bool) -> Self:
        who = type(self).__name__
        rows = self._inputs(X) if self._goes_on(more) else self._rows(X)
        made = checked_target(y, len(rows), who)
        numbers = checked_numbers(made, who)
        target = Target(numbers, np.empty(0, np.int64), numbers.shape[1], SQUARED)
        self._train(rows, target, checked_weights(sample_weight, len(rows), who), run, more)
        self._flat = made.ndim == 1
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """[N], or [N, outputs] if several were learnt."""
        found = self.outputs(X)
        return found[:, 0] if self.layers_[-1] == 1 and getattr(self, "_flat", True) else found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R2, the share of the variance that is explained; of several outputs the mean."""
        found, who = self.outputs(X), type(self).__name__
        numbers = checked_numbers(checked_target(y, len(found), who), who)
        return _r2(found, numbers, checked_weights(sample_weight, len(found), who))

    def _score_outputs(self, found: NDArray[Any], target: Target, weights: NDArray[np.float32]) -> float:
        return _r2(found, target.numbers, weights)

    @property
    def out_activation_(self) -> str:
        """Of the output layer."""
        return "identity"

    def __sklearn_tags__(self) -> Any:
        return tags_of("regressor", multi_output=True)


def _r2(found: NDArray[Any], numbers: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """1 - squares of errors / squares of deviations from the mean; where y is constant 1 if found, else 0."""
    shares = weights.astype(np.float64)[:, None] if len(weights) else np.ones((len(numbers), 1))
    truth = numbers.astype(np.float64)
    mean = (shares * truth).sum(axis=0) / shares.sum()
    errors = (shares * (truth - found) ** 2).sum(axis=0)
    spread = (shares * (truth - mean) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(spread > 0, 1 - errors / spread, (errors == 0).astype(float))
    return float(scores.mean())
