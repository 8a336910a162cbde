"""Back-propagation, number by number: what a multi-layer perceptron computes for some rows, how the gradient comes back
through it, and how its weights would move (Rumelhart, Hinton and Williams 1986).

Everything is computed here again, in float64 and by NumPy alone, as the formulas have it; ``kernels.mlp`` learns by the
same formulas. Layer 0 is the input, layer n the output. For B rows

    forward      Z1 = [A0, 1] W1, A1 = f(Z1), ...      the last row of W is the bias
    loss         L, the mean over the rows
    backward     dL/dZ1 = dL/dA1 * f'(Z1), dL/dW1 = [A0, 1]' dL/dZ1, dL/dA0 = dL/dZ1 W1', ...
    update       the first step of the model's solver, with its learning rate and weight decay

Dropout and class weights, which only training has, are left out; every row counts alike.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vec2seq.errors import UserError
from vec2seq.explain.differences import Check, check, sample
from vec2seq.explain.first_step import first_step, solver_name, step_formula
from vec2seq.explain.functions import ACTIVATIONS, LOSSES, Floats
from vec2seq.explain.mlptrace import Layer, Trace
from vec2seq.mlp.classifier import MLPClassifier
from vec2seq.mlp.inputs import check_features, checked_matrix, checked_numbers, checked_target
from vec2seq.mlp.regressor import MLPRegressor

Model = MLPClassifier | MLPRegressor


def trace(model: Model, X: Any, y: Any, checks: int = 5, seed: int = 0) -> Trace:
    """Follow some rows forward, the loss backward, and one update of the weights; the model stays as it is.

    X [B, D] and y [B] or [B, outputs] as ``fit`` takes them. ``checks``: gradients of each layer that are compared with
    finite differences, drawn by ``seed``. UserError for a model that is not trained, other features, unknown labels.
    """
    rows = _rows(model, X)
    target = _target(model, y, len(rows))
    weights = [matrix.astype(np.float64) for matrix in model.matrices_]
    names = [model.activation] * (len(weights) - 1) + [model.out_activation_]
    with np.errstate(under="ignore"):
        sums, values = _forward(weights, names, rows)
        arriving, leaving, gradients = _backward(weights, names, sums, values, target)
        updates = [first_step(model, *pair, len(rows)) for pair in zip(weights, gradients, strict=True)]
        compared = _checks(weights, names, values, target, gradients, checks, seed)
        moved = [matrix + update for matrix, update in zip(weights, updates, strict=True)]
        after = _loss(moved, names, rows, target)
    loss = LOSSES[names[-1]]
    losses = loss.of_rows(sums[-1], target)
    return Trace(
        inputs=[str(name) for name in getattr(model, "feature_names_in_", ())] or _numbered("x", rows.shape[1]),
        outputs=_output_names(model, target.shape[1]),
        target=target,
        layers=[
            Layer(
                number=at + 1,
                activation=name,
                incoming=values[at],
                weights=weights[at],
                sums=sums[at],
                values=values[at + 1],
                slopes=ACTIVATIONS[name].slope(sums[at]),
                arriving=arriving[at],
                leaving=leaving[at],
                gradient=gradients[at],
                update=updates[at],
                formulas=_formulas(model, names, at + 1),
            )
            for at, name in enumerate(names)
        ],
        loss=float(losses.mean()),
        losses=losses,
        loss_name=loss.name,
        loss_formula=loss.formula,
        loss_after=after,
        solver=solver_name(model),
        learning_rate=model.learning_rate_init,
        alpha=model.alpha,
        checks=compared,
    )


def _rows(model: Model, X: Any) -> Floats:
    """What the net sees of X."""
    model.check_fitted()
    found = checked_matrix(X, type(model).__name__)
    check_features(model, X, found)
    return found.astype(np.float64)


def _target(model: Model, y: Any, rows: int) -> Floats:
    """Y [B, outputs] as the loss takes it."""
    who, outputs = type(model).__name__, model.n_outputs_
    made = checked_target(y, rows, who)
    if isinstance(model, MLPClassifier) and not model.several_:
        labels = model.classes_.tolist()
        unknown = [label for label in made.ravel().tolist() if label not in labels]
        if made.ndim > 1 or unknown:
            shown = f"{unknown[0]!r} is no label" if unknown else "several labels a row"
            raise UserError(f"y: {shown}; the model knows {', '.join(map(repr, labels[:10]))}")
        numbers = np.array([labels.index(label) for label in made.tolist()], np.int64)
        return numbers[:, None].astype(np.float64) if outputs == 1 else np.eye(outputs)[numbers]
    found = checked_numbers(made, who).astype(np.float64)
    if found.shape[1] != outputs:
        raise UserError(f"y has {found.shape[1]} columns, but the model has {outputs} outputs")
    if isinstance(model, MLPClassifier) and not np.isin(found, (0, 1)).all():
        raise UserError("y: this model tells of several labels a row; give 0 or 1 for each")
    return found


def _forward(weights: Sequence[Floats], names: Sequence[str], rows: Floats) -> tuple[list[Floats], list[Floats]]:
    """Z of all layers but the input, and A of all layers."""
    sums, values = [], [rows]
    for matrix, name in zip(weights, names, strict=True):
        sums.append(values[-1] @ matrix[:-1] + matrix[-1])
        values.append(ACTIVATIONS[name].value(sums[-1]))
    return sums, values


def _loss(weights: Sequence[Floats], names: Sequence[str], rows: Floats, target: Floats) -> float:
    sums, _ = _forward(weights, names, rows)
    return float(LOSSES[names[-1]].of_rows(sums[-1], target).mean())


def _backward(
    weights: Sequence[Floats], names: Sequence[str], sums: Sequence[Floats], values: Sequence[Floats], target: Floats
) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """dL/dA, dL/dZ and dL/dW of all layers but the input."""
    rows, ones = len(target), np.ones((len(target), 1))
    arriving = [LOSSES[names[-1]].slope(values[-1], target) / rows]
    leaving = [(values[-1] - target) / rows]
    for matrix, name, own in zip(weights[:0:-1], names[-2::-1], sums[-2::-1], strict=True):
        arriving.insert(0, leaving[0] @ matrix[:-1].T)
        leaving.insert(0, arriving[0] * ACTIVATIONS[name].slope(own))
    gradients = [np.hstack([incoming, ones]).T @ error for incoming, error in zip(values[:-1], leaving, strict=True)]
    return arriving, leaving, gradients


def _checks(
    weights: list[Floats],
    names: Sequence[str],
    values: Sequence[Floats],
    target: Floats,
    gradients: Sequence[Floats],
    count: int,
    seed: int,
) -> list[Check]:
    """Some gradients of each layer beside finite differences; the first layer's first."""
    random, found = np.random.default_rng(seed), []
    for at, gradient in enumerate(gradients):
        for row, column in sample(gradient, count, random):

            def loss_at(
                change: float, at: int = at, row: int = row, column: int = column, before: Floats = weights[at]
            ) -> float:
                moved = before.copy()
                moved[row, column] += change
                return _loss([moved, *weights[at + 1 :]], names[at:], values[at], target)

            scale = float(np.abs(values[at][:, row]).max()) if row < values[at].shape[1] else 1.0
            found.append(check(f"W{at + 1}", (row, column), float(gradient[row, column]), loss_at, scale))
    return found


def _formulas(model: Model, names: Sequence[str], n: int) -> dict[str, str]:
    """Of layer n, in plain text: ' transposes, * multiplies number by number."""
    own, last = ACTIVATIONS[names[n - 1]], n == len(names)
    values = own.formula if last else own.formula.replace("A", f"A{n}", 1).replace("Z", f"Z{n}")
    return {
        "sums": f"Z{n} = [A{n - 1}, 1] W{n}",
        "values": values,
        "slopes": own.slope_formula,
        "arriving": LOSSES[names[-1]].slope_formula if last else f"dL/dA{n} = dL/dZ{n + 1} W{n + 1}'",
        "leaving": f"dL/dZ{n} = (A{n} - Y) / B" if last else f"dL/dZ{n} = dL/dA{n} * f'(Z{n})",
        "gradient": f"dL/dW{n} = [A{n - 1}, 1]' dL/dZ{n}",
        "update": step_formula(model, n),
    }


def _numbered(letter: str, count: int) -> list[str]:
    return [f"{letter}{number + 1}" for number in range(count)]


def _output_names(model: Model, outputs: int) -> list[str]:
    if not isinstance(model, MLPClassifier):
        return _numbered("y", outputs)
    labels = [str(label) for label in model.classes_.tolist()]
    return labels if outputs > 1 else labels[-1:]
