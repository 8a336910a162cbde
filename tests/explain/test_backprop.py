"""A trace of back-propagation against the kernels, against torch.autograd, and against itself."""

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explain.traced import TARGETS, trained
from vec2seq import MLPClassifier, UserError
from vec2seq.explain import functions
from vec2seq.explain.backprop import Model, trace
from vec2seq.explain.backprop_text import to_text
from vec2seq.explain.differences import check, sample, zero_checks
from vec2seq.explain.mlptrace import Trace
from vec2seq.kernels.mlp import Examples, gradient_rows
from vec2seq.kernels.mlp_steps import ADAM, NESTEROV, SGD, Rule, find_errors, learn
from vec2seq.mlp.net import layout, matrices, new_room, weight_floats, zeros

NAMES = ("identity", "relu", "logistic", "tanh", "gelu")
LOSSES = {"identity": 0, "softmax": 1, "logistic": 2}


def by_kernel(model: Model, X: Any, target: Any) -> tuple[float, list[Any], list[Any]]:
    """Mean loss, gradients, and changes by one step, as training computes them."""
    loss, rows = LOSSES[model.out_activation_], len(X)
    net = layout(model.layers_, model.activation, loss, rows)
    weights, state = zeros(weight_floats(net)), zeros(2 * weight_floats(net))
    for mine, theirs in zip(matrices(net, weights), model.matrices_, strict=True):
        mine[:] = theirs
    before, room, order = weights.copy(), new_room(net, rows), np.arange(rows)
    numbers = target.astype(np.float32) if loss != 1 else np.empty((0, 0), np.float32)
    classes = target.argmax(axis=1) if loss == 1 else np.empty(0, np.int64)
    adam = model.solver == "adam"
    rule = Rule(
        ADAM if adam else NESTEROV if model.nesterovs_momentum else SGD, model.learning_rate_init, model.alpha,
        model.beta_1 if adam else model.momentum, model.beta_2, model.epsilon, 0.0, 1,
    )  # fmt: skip
    examples = Examples(np.ascontiguousarray(X, np.float32), numbers, classes, np.empty(0, np.float32))
    found = find_errors(net, weights, room, examples, order, rule, 1, 0, 1)
    for layer, units in enumerate(net.widths[:-1] + 1, 1):
        gradient_rows(net, room, rows, layer, 0, units)
    gradients = [part / rows for part in matrices(net, room.gradient)]
    learn(net, weights, state, room, rows, float(rows), rule, 1, 0, 1)
    return found / rows, gradients, [part.copy() for part in matrices(net, weights - before)]


def check_against_kernel(found: Trace, model: Model, X: Any) -> None:
    """That loss, gradients and updates are those of training."""
    loss, gradients, changes = by_kernel(model, X, found.target)
    assert found.loss == pytest.approx(loss, rel=1e-5)
    for layer, slopes, change in zip(found.layers, gradients, changes, strict=True):
        np.testing.assert_allclose(layer.gradient, slopes, atol=2e-6, rtol=1e-4)
        sure = np.abs(layer.gradient) > 1e-5  # Adam moves by the sign
        np.testing.assert_allclose(layer.update[sure], change[sure], atol=1e-6, rtol=2e-3)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("activation", NAMES)
def test_it_is_what_training_computes(activation: str, target: str) -> None:
    model, X, y = trained(target, activation=activation, alpha=0.1)
    for rows in (slice(0, 1), slice(3, 8)):
        check_against_kernel(trace(model, X[rows], y[rows]), model, X[rows])


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "sgd", "momentum": 0.7},
        {"solver": "sgd", "nesterovs_momentum": False},
        {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 0.01, "alpha": 0.0},
    ],
)
def test_updates_are_those_of_the_solver(settings: dict[str, Any]) -> None:
    model, X, y = trained("three", **settings)
    check_against_kernel(trace(model, X[:4], y[:4]), model, X[:4])


def test_the_comparison_fails_on_a_planted_error() -> None:
    model, X, y = trained("three")
    found = trace(model, X[:4], y[:4])
    for field in ("gradient", "update"):
        for at, layer in enumerate(found.layers):
            wrong = replace(layer, **{field: getattr(layer, field) * 1.01 + 1e-5})
            with pytest.raises(AssertionError):
                check_against_kernel(
                    replace(found, layers=[*found.layers[:at], wrong, *found.layers[at + 1 :]]), model, X[:4]
                )
    with pytest.raises(AssertionError):
        check_against_kernel(replace(found, loss=found.loss * 1.001), model, X[:4])


FUNCTIONS: dict[str, Any] = {
    "identity": lambda z: z,
    "relu": torch.relu,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
    "softmax": lambda z: torch.softmax(z, 1),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("activation", NAMES)
def test_every_number_is_that_of_autograd(activation: str, target: str) -> None:
    model, X, y = trained(target, activation=activation)
    found = trace(model, X[:5], y[:5])
    parts = [torch.tensor(matrix.astype(float), requires_grad=True) for matrix in model.matrices_]
    values, kept = torch.tensor(X[:5].astype(float)), []
    for part, layer in zip(parts, found.layers, strict=True):
        np.testing.assert_allclose(layer.incoming, values.detach(), atol=1e-12)
        sums = values @ part[:-1] + part[-1]
        values = FUNCTIONS[layer.activation](sums)
        sums.retain_grad()
        values.retain_grad()
        kept.append((sums, values))
    truth = torch.tensor(found.target)
    if model.out_activation_ == "identity":
        loss = ((values - truth) ** 2).sum(1).mean() / 2
    elif model.out_activation_ == "softmax":
        loss = -(truth * values.log()).sum(1).mean()
    else:
        loss = -(truth * values.log() + (1 - truth) * (1 - values).log()).sum(1).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert found.loss == pytest.approx(loss.item(), rel=1e-12)
    for part, layer, (sums, values) in zip(parts, found.layers, kept, strict=True):
        np.testing.assert_allclose(layer.sums, sums.detach(), atol=1e-12)
        np.testing.assert_allclose(layer.values, values.detach(), atol=1e-12)
        np.testing.assert_allclose(layer.arriving, values.grad, atol=1e-12, rtol=1e-9)
        np.testing.assert_allclose(layer.leaving, sums.grad, atol=1e-12, rtol=1e-9)
        np.testing.assert_allclose(layer.gradient, part.grad, atol=1e-12, rtol=1e-9)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(TARGETS),
    st.lists(st.integers(1, 5), max_size=3),
    st.floats(0.01, 100),
    st.integers(0, 99),
)
def test_finite_differences_agree(activation: str, target: str, widths: list[int], scale: float, seed: int) -> None:
    model, X, y = trained(target, hidden_layer_sizes=(*widths,), activation=activation, seed=seed, max_iter=1)
    found = trace(model, (X * scale)[:4], y[:4], seed=seed)
    assert found.agrees, [one for one in found.checks if not one.agrees]
    assert len(found.checks) == sum(min(5, layer.gradient.size) for layer in found.layers)
    for one in found.checks:
        assert one.gradient == found.layers[int(one.name[1:]) - 1].gradient[one.place]


@pytest.mark.parametrize("activation", NAMES)
def test_a_wrong_derivative_is_flagged(activation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, X, y = trained("three", activation=activation)
    right = functions.ACTIVATIONS[activation]
    assert trace(model, X[:4], y[:4], checks=99).agrees
    for factor in (1.002, -0.5, 0):
        planted = right._replace(slope=lambda z, factor=factor: factor * right.slope(z))
        monkeypatch.setitem(functions.ACTIVATIONS, activation, planted)
        found = trace(model, X[:4], y[:4], checks=99)
        assert not found.agrees
        wrong = {one.name for one in found.checks if not one.agrees}
        assert wrong == {"W1", "W2"}, "the output has no part in it"


def test_a_difference_is_told_from_a_wrong_one() -> None:
    assert check("w", (0,), math.cos(1), lambda change: math.sin(1 + change)).agrees
    assert not check("w", (0,), math.cos(1) * 1.001, lambda change: math.sin(1 + change)).agrees
    assert check("w", (0,), 0.0, lambda change: 5.0).error == 0
    bent = check("w", (0,), 1.0, lambda change: max(change + 3e-6, 0.0))  # bends within the first step
    assert bent.agrees
    assert not check("w", (0,), 0.0, lambda change: max(change + 3e-6, 0.0)).agrees


def test_gradients_that_are_not_0_are_compared_and_one_that_is() -> None:
    random = np.random.default_rng(0)
    gradient = np.zeros((9, 8))
    gradient[2, :6] = 1
    places = sample(gradient, 5, random)
    assert len(set(places)) == 5
    assert sorted(gradient[place] for place in places) == [0, 1, 1, 1, 1]
    assert places == sorted(places)
    assert sum(gradient[place] for place in sample(gradient, 20, random)) == 6
    assert len(sample(gradient, 20, random)) == 20
    assert sample(gradient + 1, 1, random)
    assert sample(np.zeros((0, 3)), 5, random) == []
    assert len(sample(np.zeros(2), 5, random)) == 2


def test_zeros_beside_zeros_are_counted() -> None:
    model, X, y = trained("three", activation="relu", hidden_layer_sizes=(6,))
    matrix = model.matrices_[0]
    matrix[:] = 0
    matrix[-1, 1:] = -1  # one unit answers, five are dead
    matrix[-1, 0] = 1
    found = trace(model, X[:1], y[:1])
    own = [one for one in found.checks if one.name == "W1"]
    assert [one.gradient == 0 for one in own].count(True) == 1
    assert zero_checks(found.checks) == found.to_json()["zero_checks"] == 2
    assert "all 10 agree, 2 of them 0 with 0" in to_text(found)


def test_the_update_lowers_the_loss() -> None:
    model, X, y = trained("number", solver="sgd", learning_rate_init=0.01)
    found = trace(model, X[:3], y[:3])
    assert found.loss_after < found.loss
    assert found.loss == pytest.approx(found.losses.mean())


def test_json_has_all_numbers_of_a_small_net_and_spreads_of_a_large_one() -> None:
    model, X, y = trained("three")
    found = trace(model, X[:2], y[:2]).to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["small"]
    assert found["outputs"] == ["<b>tea", "egg", "ham"]
    np.testing.assert_array_equal(found["layers"][1]["weights"]["values"], model.matrices_[1].astype(float))
    model, X, y = trained("three", features=40, hidden_layer_sizes=(30,))
    large = trace(model, X[:2], y[:2]).to_json()
    assert not large["small"]
    weights, matrix = large["layers"][0]["weights"], model.matrices_[0].astype(float)
    assert weights["values"] is None
    assert weights["norm"] == pytest.approx(np.linalg.norm(matrix))
    assert (weights["min"], weights["max"]) == (matrix.min(), matrix.max())
    assert sum(weights["histogram"]["counts"]) == matrix.size


def test_a_certain_net_is_traced_without_warnings_and_its_json_has_no_infinity() -> None:
    for target in ("two", "three"):
        model, X, y = trained(target)
        model.parameters_ = model.parameters_ * 3000
        wrong = y[::-1]
        found = trace(model, X, wrong)
        json.dumps(found.to_json(), allow_nan=False)
        assert math.isfinite(found.loss)
        assert found.agrees


def test_what_cannot_be_traced_is_said() -> None:
    model, X, y = trained("three")
    with pytest.raises(UserError, match="'fish' is no label; the model knows '<b>tea', 'egg', 'ham'"):
        trace(model, X[:1], ["fish"])
    with pytest.raises(UserError, match="expecting 3 features"):
        trace(model, X[:1, :2], y[:1])
    with pytest.raises(UserError, match=r"inconsistent numbers of samples: \[1, 2\]"):
        trace(model, X[:1], y[:2])
    with pytest.raises(UserError, match="not trained"):
        trace(MLPClassifier(), X[:1], y[:1])
    several, X, y = trained("several")
    with pytest.raises(UserError, match="2 columns, but the model has 3 outputs"):
        trace(several, X[:1], y[:1, :2])
    with pytest.raises(UserError, match="0 or 1 for each"):
        trace(several, X[:1], y[:1] + 2)


@pytest.mark.parametrize(
    "settings",
    [{}, {"alpha": 0.0, "epsilon": 0.01}, {"solver": "sgd"}, {"solver": "sgd", "momentum": 0.0, "alpha": 0.5}],
)
def test_the_formula_of_the_update_gives_the_update(settings: dict[str, Any]) -> None:
    model, X, y = trained("three", **settings)
    for layer in trace(model, X[:4], y[:4]).layers:
        name = f"W{layer.number}"
        text = layer.formulas["update"].replace("[bias: + 0]", "").replace("^", "**").replace(f"dL/d{name}", "S")
        change, slope = re.sub(r"(?<=[\w)]) (?=[GW(])", " * ", text).split(", G = ")
        scope = {name: layer.weights * (np.arange(len(layer.weights)) < layer.shape[0])[:, None], "B": 4}
        scope |= {"sqrt": np.sqrt, "S": layer.gradient}
        scope["G"] = eval(slope.strip(), scope)
        np.testing.assert_allclose(layer.update, eval(change, scope), rtol=1e-3, atol=1e-9)
