"""What ``fit`` and ``predict`` are given, checked as scikit-learn does, in its words, but without it."""

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError


def checked_matrix(X: Any, who: str) -> NDArray[np.float32]:
    """X as float32 [N, D], contiguous; UserError, or TypeError for what holds no numbers, unless it can be."""
    if hasattr(X, "toarray"):
        raise TypeError(f"{who} takes no sparse data, but was given a sparse matrix: give X.toarray()")
    made = np.asarray(X)
    if made.dtype.kind == "c":
        raise UserError(f"Complex data not supported: {made.dtype}")
    if made.dtype.kind not in "fiub":
        made = _numbers(made)
    if made.ndim == 1:
        raise UserError(
            "Expected 2D array, got 1D array instead. Reshape your data: X.reshape(-1, 1) if it is one feature, "
            "X.reshape(1, -1) if it is one row"
        )
    if made.ndim != 2:
        raise UserError(f"Found array with dim {made.ndim}, while {who} wants dim 2: rows and features")
    if not len(made):
        raise UserError(f"Found array with 0 sample(s) (shape={made.shape}) while a minimum of 1 is required by {who}")
    if made.shape[1] < 1:
        raise UserError(f"Found array with 0 feature(s) (shape={made.shape}) while a minimum of 1 is required by {who}")
    with np.errstate(over="ignore"):
        found = np.ascontiguousarray(made, np.float32)
    _check_finite(found, made, "X", who)
    return found


def _numbers(made: NDArray[Any]) -> NDArray[np.float64]:
    """An array of objects or texts as numbers."""
    try:
        return made.astype(np.float64)
    except TypeError:
        kind = type(next(iter(made.ravel()), None)).__name__
        raise TypeError(f"argument must be a string or a real number, but X holds {kind}") from None
    except ValueError as error:
        raise UserError(f"X holds what is no number: {error}; vec2seq train mlp takes tables with words") from None


def _check_finite(found: NDArray[np.float32], made: NDArray[Any], name: str, who: str) -> None:
    """UserError if there is a NaN, an infinity, or a number that float32 cannot hold."""
    finite = np.isfinite(found)
    if finite.all():
        return
    row = int(np.argmin(finite.all(axis=tuple(range(1, found.ndim)))))
    value = made[row] if found.ndim == 1 else made[row, int(np.argmin(finite[row]))]
    what = "NaN" if np.isnan(float(value)) else "infinity or a value too large for dtype('float32')"
    raise UserError(f"Input {name} contains {what} (row {row}); {who} needs finite numbers: fill them in first")


def feature_names(X: Any) -> NDArray[Any] | None:
    """The names of the columns of a data frame, if all are texts."""
    names = list(getattr(X, "columns", []))
    return np.array(names, object) if names and all(isinstance(name, str) for name in names) else None


def check_features(estimator: Any, X: Any, found: NDArray[np.float32]) -> None:
    """UserError unless X has the features that the estimator was trained with."""
    who, expected = type(estimator).__name__, estimator.n_features_in_
    names, known = feature_names(X), getattr(estimator, "feature_names_in_", None)
    if known is not None and names is None:
        warnings.warn(f"X does not have valid feature names, but {who} was fitted with feature names", stacklevel=4)
    elif known is None and names is not None:
        warnings.warn(f"X has feature names, but {who} was fitted without feature names", stacklevel=4)
    elif names is not None and known is not None and list(names) != list(known):
        raise UserError(_other_names(list(names), list(known)))
    if found.shape[1] != expected:
        raise UserError(f"X has {found.shape[1]} features, but {who} is expecting {expected} features as input")


def _other_names(names: list[str], known: list[str]) -> str:
    lines = ["The feature names should match those that were passed during fit."]
    unseen, missing = sorted(set(names) - set(known)), sorted(set(known) - set(names))
    if unseen:
        lines += ["Feature names unseen at fit time:", *(f"- {name}" for name in unseen[:5])]
    if missing:
        lines += ["Feature names seen at fit time, yet now missing:", *(f"- {name}" for name in missing[:5])]
    if not unseen and not missing:
        lines.append("Feature names must be in the same order as they were in fit.")
    return "\n".join([*lines, ""])


def checked_target(y: Any, rows: int, who: str) -> NDArray[Any]:
    """y as an array [rows] or [rows, outputs] of whatever it holds."""
    if y is None:
        raise UserError(f"{who} requires y to be passed, but the target y is None")
    if hasattr(y, "toarray"):
        raise TypeError(f"{who} takes no sparse target, but was given a sparse matrix: give y.toarray()")
    made = np.asarray(y)
    if made.dtype.kind == "c":
        raise UserError(f"Complex data not supported: {made.dtype}")
    if made.ndim == 2 and made.shape[1] == 1:
        _warn_of_column()
        made = made.ravel()
    if made.ndim not in (1, 2):
        raise UserError(f"y should be a 1d array or have a column for each output, got an array of shape {made.shape}")
    if len(made) != rows:
        raise UserError(f"Found input variables with inconsistent numbers of samples: [{rows}, {len(made)}]")
    return made


def _warn_of_column() -> None:
    exceptions = sys.modules.get("sklearn.exceptions")
    kind = exceptions.DataConversionWarning if exceptions is not None else UserWarning
    message = "A column-vector y was passed when a 1d array was expected: it is taken as y.ravel()"
    warnings.warn(message, kind, stacklevel=5)


def checked_numbers(y: NDArray[Any], who: str) -> NDArray[np.float32]:
    """A target of numbers as float32 [N, outputs]."""
    made = y if y.dtype.kind in "fiub" else _numbers(y)
    with np.errstate(over="ignore"):
        found = made.astype(np.float32)
    _check_finite(found, made, "y", who)
    return found.reshape(len(found), -1)


def checked_weights(sample_weight: Any, rows: int, who: str) -> NDArray[np.float32]:
    """What each row weighs as float32 [N]; empty if each counts 1."""
    if sample_weight is None:
        return np.empty(0, np.float32)
    if isinstance(sample_weight, int | float):
        return np.full(rows, sample_weight, np.float32)
    made = np.asarray(sample_weight)
    if made.shape != (rows,):
        raise UserError(f"sample_weight.shape == {made.shape}, expected {(rows,)}!")
    found = np.ascontiguousarray(made, np.float32)
    _check_finite(found, made, "sample_weight", who)
    if (found < 0).any():
        raise UserError("sample_weight: must not be below 0")
    if not found.any():
        raise UserError("sample_weight: all weights are zero: nothing counts")
    return found


def class_numbers(y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Different labels in their order, and the number of each row's label; UserError for numbers with fractions."""
    if y.dtype.kind == "f":
        if not np.isfinite(y).all():
            what = "NaN" if np.isnan(y).any() else "infinity"
            raise UserError(f"Input y contains {what}: give every row a label")
        if (y != np.floor(y)).any():
            raise UserError("Unknown label type: continuous. These are numbers, not classes: use MLPRegressor")
    if y.dtype.kind == "O" and any(label is None or label != label for label in y.ravel()):
        raise UserError("Input y contains NaN: give every row a label")
    try:
        classes, numbers = np.unique(y, return_inverse=True)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in y.ravel()})
        raise UserError(f"y has labels of different kinds ({' '.join(kinds)}): make them all text") from None
    return classes, numbers.astype(np.int64)
