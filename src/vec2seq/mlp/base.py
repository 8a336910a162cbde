"""What the classifier and the regressor share: ``fit`` from rows to weights, and what scikit-learn wants to know."""

import itertools
import math
import os
import sys
import warnings
from abc import abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.split import split_rows
from vec2seq.disk import array_digest
from vec2seq.errors import UserError, counted
from vec2seq.mlp.forward import outputs
from vec2seq.mlp.inputs import check_features, checked_matrix, feature_names
from vec2seq.mlp.settings import Settings
from vec2seq.modelfile import ModelFile
from vec2seq.run.compiling import announce_compiling
from vec2seq.run.context import Run
from vec2seq.run.progress import Printed, Silent
from vec2seq.run.resources import processors

if TYPE_CHECKING:
    from vec2seq.mlp.training import Training

FEWEST_HELD_OUT = 2


@dataclass(frozen=True)
class Target:
    """What is to be learnt of each row: numbers [N, outputs], or the number of a class [N]; the other is empty."""

    numbers: NDArray[np.float32]
    classes: NDArray[np.int64]
    outputs: int
    loss: int
    """of ``kernels.mlp``"""

    def of(self, rows: NDArray[np.int64]) -> "Target":
        """That of some rows."""
        return replace(
            self,
            numbers=self.numbers[rows] if len(self.numbers) else self.numbers,
            classes=self.classes[rows] if len(self.classes) else self.classes,
        )


@dataclass(kw_only=True, eq=False)
class MLP(Settings):
    """Base of MLPClassifier and MLPRegressor."""

    learned: ClassVar[tuple[str, ...]] = ("layers_", "parameters_")

    n_features_in_: int = field(init=False, repr=False)
    feature_names_in_: NDArray[Any] = field(init=False, repr=False)
    n_iter_: int = field(init=False, repr=False)
    t_: int = field(init=False, repr=False)
    """rows that were learnt from, each pass counted"""
    layers_: list[int] = field(init=False, repr=False)
    """numbers of the input, of each hidden layer, of the output"""
    parameters_: NDArray[np.float32] = field(init=False, repr=False)
    """weights and biases: of each layer a matrix [numbers before + 1, numbers], the bias in its last row"""

    @property
    def matrices_(self) -> list[NDArray[np.float32]]:
        """Views of the parameters: of each layer but the input [numbers before + 1, numbers]."""
        found, at = [], 0
        for before, width in itertools.pairwise(self.layers_):
            found.append(self.parameters_[at : at + (before + 1) * width].reshape(before + 1, width))
            at += (before + 1) * width
        return found

    def _settled(self) -> Self:
        """A copy whose settings are checked."""
        how = replace(self)
        how.verbose = bool(how.verbose)  # scikit-learn takes numbers, too
        if isinstance(how.random_state, np.random.RandomState):
            how.random_state = int(how.random_state.randint(2**31))
        how.check_settings()
        return how

    def _goes_on(self, more: bool) -> bool:
        """Whether a training begins with the weights that are there."""
        return self.__sklearn_is_fitted__() and (more or self.warm_start)

    def _train(
        self, X: NDArray[np.float32], target: Target, weights: NDArray[np.float32], run: Run | None, more: bool
    ) -> None:
        """Learn the target of the rows. ``more``: one epoch, on from where the last call ended if there was one."""
        from vec2seq.kernels.mlp import Examples  # load Numba
        from vec2seq.kernels.mlp_steps import descend
        from vec2seq.mlp.descent import Descent, useful_threads
        from vec2seq.mlp.net import draw, layout, matrices, weight_floats, zeros
        from vec2seq.mlp.training import Training

        how = self._settled()
        run = run or (Run(progress=Printed(sys.stderr)) if how.verbose else Run())
        if how.random_state is None:  # a run that can be resumed begins the same each time
            how.random_state = int.from_bytes(os.urandom(4)) if run.checkpoint is None else int(array_digest(X)[:8], 16)
        widths = [X.shape[1], *how.hidden_layer_sizes, target.outputs]
        goes_on = self._goes_on(more)
        if more and how.early_stopping:
            raise UserError("partial_fit learns from all rows", "switch {early_stopping} off")
        if goes_on and self.layers_ != widths:
            raise UserError(f"layers {widths}, but the net that is trained further has {self.layers_}")
        random = np.random.RandomState(how.random_state)
        kept, held_out = self._split(how, len(X), target, random) if how.early_stopping else (None, None)
        rows = len(X) if kept is None else len(kept)
        batch = how.rows_of_batch(rows)
        net = layout(widths, how.activation, target.loss, batch)
        values, state = zeros(weight_floats(net)), zeros(2 * weight_floats(net))
        if goes_on:
            for mine, before in zip(matrices(net, values), self.matrices_, strict=True):
                mine[:] = before
        else:
            draw(net, values, random)
        steps = 0
        if more and goes_on and hasattr(self, "_solver_state"):
            state[:], steps = self._solver_state
        learnt = target if kept is None else target.of(kept)
        examples = Examples(
            X if kept is None else X[kept],
            learnt.numbers,
            learnt.classes,
            weights if kept is None or not len(weights) else weights[kept],
        )
        threads = useful_threads(how.threads or processors(), net, batch)
        seed = int(random.randint(2**31)) + (len(self.history_) if more and goes_on else 0)
        descent = Descent(net, values, state, examples, batch, threads, seed, how.shuffle, steps)

        def score_of_held_out() -> float:
            assert held_out is not None
            found = outputs(matrices(net, values), how.activation, X[held_out])
            return self._score_outputs(found, target.of(held_out), weights[held_out] if len(weights) else weights)

        identity = {} if run.checkpoint is None else self._identity(how, X, target, weights, threads)
        if goes_on and identity:
            identity["from"] = array_digest(self.parameters_)
        scored = score_of_held_out if held_out is not None else None
        earlier = len(self.history_) if more and goes_on else 0
        training = Training(how, descent, scored, run, identity, 1 if more else how.max_iter, earlier)
        announce_compiling(run, descend)
        with run.workspace():
            training.go()
        self._keep(how, widths, training, len(X), more)
        if not more and not training.stopped and training.epochs == how.max_iter:
            self._warn_of_no_end(run, how.max_iter)

    def _split(
        self, how: Settings, rows: int, target: Target, random: np.random.RandomState
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to learn from, and rows to keep out: of every class the same share."""
        groups = target.classes if len(target.classes) else None
        if target.outputs == 1 and self._of_classes:
            groups = target.numbers[:, 0].astype(np.int64)
        kept, out = split_rows(rows, how.validation_fraction, groups, random)
        if len(out) < FEWEST_HELD_OUT or not len(kept):
            raise UserError(
                f"early stopping keeps {len(out)} of {rows} rows out: too few to judge by, or too many to learn",
                "set {validation_fraction} to another share, or {early_stopping} off",
            )
        return kept, out

    def _identity(
        self, how: Settings, X: NDArray[np.float32], target: Target, weights: NDArray[np.float32], threads: int
    ) -> dict[str, Any]:
        """What must be the same when a run goes on."""
        data = [array_digest(array) for array in (X, target.numbers, target.classes, weights)]
        given = how.get_params().items()
        return {
            **{name: list(value) if isinstance(value, tuple) else value for name, value in given},
            "threads": threads,
            "data": data,
        }

    def _keep(self, how: Settings, widths: list[int], training: "Training", rows: int, more: bool) -> None:
        """Take over what a run has learnt."""
        from vec2seq.mlp.net import matrices

        descent = training.descent
        self.layers_ = widths
        self.parameters_ = np.concatenate([part.ravel() for part in matrices(descent.net, descent.weights)])
        before = self.history_ if more and hasattr(self, "history_") else []
        self.history_ = [*before, *({**entry, "epoch": len(before) + entry["epoch"]} for entry in training.history)]
        self._solver_state = (descent.state.copy(), descent.steps)
        self.n_iter_ = len(training.history)
        rows_before = getattr(self, "t_", len(before) * self.data_["rows"]) if before else 0
        self.t_ = rows_before + self.n_iter_ * len(descent.order)
        self.data_ = {"rows": rows}

    def _warn_of_no_end(self, run: Run, passes: int) -> None:
        exceptions = sys.modules.get("sklearn.exceptions")
        what = f"{passes} passes over the rows, and it was still getting better"
        if type(run.progress) is not Silent or exceptions is None:
            run.warn(what, "allow more {max_iter}")
        else:
            warnings.warn(f"{what}; allow more max_iter", exceptions.ConvergenceWarning, stacklevel=4)

    # asking the net

    def _inputs(self, X: Any) -> NDArray[np.float32]:
        """X, checked against what the net was trained on."""
        self.check_fitted()
        found = checked_matrix(X, type(self).__name__)
        check_features(self, X, found)
        return found

    def _rows(self, X: Any) -> NDArray[np.float32]:
        """X for a training that begins: its features are noted."""
        found, names = checked_matrix(X, type(self).__name__), feature_names(X)
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        if names is not None:
            self.feature_names_in_ = names
        self.n_features_in_ = found.shape[1]
        return found

    def outputs(self, X: Any) -> NDArray[np.float64]:
        """What the output layer sums up, before its activation: [N, outputs], computed in float32."""
        rows = self._inputs(X)
        return outputs(self.matrices_, self.activation, rows).astype(np.float64)

    _of_classes: ClassVar[bool]
    """whether one output tells two classes apart"""

    @abstractmethod
    def _score_outputs(self, found: NDArray[Any], target: Target, weights: NDArray[np.float32]) -> float:
        """Accuracy or R2 of what the output layer gave."""

    # what scikit-learn's nets tell

    @property
    def coefs_(self) -> list[NDArray[np.float32]]:
        """Weights into each layer but the input, [numbers before, numbers]."""
        return [matrix[:-1] for matrix in self.matrices_]

    @property
    def intercepts_(self) -> list[NDArray[np.float32]]:
        """Biases of each layer but the input."""
        return [matrix[-1] for matrix in self.matrices_]

    @property
    def n_layers_(self) -> int:
        """Layers, input and output among them."""
        return len(self.layers_)

    @property
    def n_outputs_(self) -> int:
        """Numbers of the output layer."""
        return self.layers_[-1]

    @property
    def loss_curve_(self) -> list[float]:
        """The mean loss of each pass."""
        return [entry.get("loss", math.nan) for entry in self.history_]

    @property
    def loss_(self) -> float:
        """The mean loss of the last pass."""
        return self.loss_curve_[-1]

    @property
    def best_loss_(self) -> float | None:
        """The lowest mean loss of a pass; None with early stopping."""
        return None if self.early_stopping else min(self.loss_curve_)

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of the held-out rows after each pass; None without early stopping."""
        return [entry["validation_score"] for entry in self.history_] if self.early_stopping else None

    @property
    def best_validation_score_(self) -> float | None:
        """The highest of them."""
        return max(self.validation_scores_) if self.validation_scores_ else None

    # the model file

    @classmethod
    def from_file(cls, model: ModelFile, folder: str | Path) -> Self:
        """The estimator of a model file that has been read; UserError unless its parts fit together."""
        estimator = super().from_file(model, folder)
        estimator.check_shapes(str(folder))
        estimator.n_features_in_ = estimator.layers_[0] if estimator.layers_ else 0
        estimator.n_iter_ = len(estimator.history_)
        return estimator

    def check_shapes(self, where: str) -> None:
        """UserError unless there are as many parameters as the layers have."""
        layers, parameters = self.layers_, self.parameters_
        if len(layers) < 2 or not all(type(width) is int and width > 0 for width in layers):
            raise UserError(f"{where}: layers {layers}: the model is damaged")
        size = sum((before + 1) * width for before, width in itertools.pairwise(layers))
        if parameters.shape != (size,) or parameters.dtype != np.float32:
            raise UserError(
                f"{where}: {parameters.shape} parameters of {parameters.dtype}, but layers {layers} have {size} of "
                "float32: the model is damaged"
            )

    def golden(self) -> dict[str, Any]:
        """What the net gives for three made rows: nothing of the user's is kept."""
        places = np.arange(self.layers_[0])
        rows = np.array([np.zeros_like(places), places % 3 - 1, (places * 7 % 5 - 2) / 2], np.float32)
        found = outputs(self.matrices_, self.activation, rows)
        return {"inputs": rows.tolist(), "outputs": [[round(float(value), 6) for value in row] for row in found]}

    def describe(self) -> str:
        """One line on what was trained."""
        hidden = " + ".join(map(str, self.layers_[1:-1])) or "no"
        inputs, outputs = counted(self.layers_[0], "input"), counted(self.layers_[-1], "output")
        return f"{inputs}, {hidden} hidden units, {outputs}"

    def suggest(self, folder: str) -> str | None:
        """A command that one may want next: none."""
        return None


def tags_of(kind: str, *, multi_output: bool = False, multi_label: bool = False) -> Any:
    """scikit-learn's tags of a classifier or a regressor."""
    from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags  # only scikit-learn asks

    classifier = kind == "classifier"
    return Tags(
        estimator_type=kind,
        target_tags=TargetTags(required=True, multi_output=multi_output),
        classifier_tags=ClassifierTags(multi_label=multi_label) if classifier else None,
        regressor_tags=None if classifier else RegressorTags(),
        input_tags=InputTags(),
    )
