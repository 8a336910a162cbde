"""Back-propagation against torch.autograd and finite differences, for every activation and every loss."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vec2seq.kernels.mlp import (
    ADAM,
    LOGISTIC,
    NESTEROV,
    SGD,
    SOFTMAX,
    SQUARED,
    Examples,
    Net,
    Room,
    Rule,
    descend,
    gradient,
    shuffle,
    update,
    weight_of,
)
from vec2seq.mlp.forward import outputs
from vec2seq.mlp.net import draw, layout, matrices, new_room, weight_floats, zeros

LOSSES = {"squared": SQUARED, "softmax": SOFTMAX, "logistic": LOGISTIC}
NAMES = ("identity", "relu", "logistic", "tanh", "gelu")
RULE = Rule(ADAM, 0.01, 0.0, 0.9, 0.999, 1e-8, 0.0, 1)
Matrix = NDArray[np.float32]


@dataclass
class Case:
    """A small net with examples and rooms."""

    net: Net
    weights: Matrix
    room: Room
    gradients: Matrix
    examples: Examples
    activation: str

    def slopes(self, rule: Rule = RULE, first: int = 0, rows: int | None = None) -> tuple[float, list[Matrix]]:
        """Summed loss and gradient, by the kernel."""
        many = len(self.examples.inputs) if rows is None else rows
        order = np.arange(len(self.examples.inputs))
        self.room.gradient[:] = np.nan  # whatever was there must be overwritten
        loss = gradient(self.net, self.weights, self.room, self.examples, order, first, many, rule, 1)
        return loss, [part.copy() for part in matrices(self.net, self.room.gradient)]


def made(activation: str, loss: str, widths: tuple[int, ...] = (5, 19, 7, 3), rows: int = 13, seed: int = 0) -> Case:
    """A net with weights that make every unit matter, and examples with weights."""
    random = np.random.default_rng(seed)
    net = layout(widths, activation, LOSSES[loss], rows)
    weights = zeros(weight_floats(net))
    draw(net, weights, np.random.RandomState(seed))
    gradients = zeros(weight_floats(net)).reshape(1, -1)
    numbers = random.normal(size=(rows, widths[-1]))
    if loss == "logistic":
        numbers = (numbers > 0).astype(float)
    examples = Examples(
        random.normal(size=(rows, widths[0])).astype(np.float32),
        numbers.astype(np.float32) if loss != "softmax" else np.empty((0, 0), np.float32),
        random.integers(widths[-1], size=rows) if loss == "softmax" else np.empty(0, np.int64),
        random.uniform(0.2, 2, rows).astype(np.float32),
    )
    return Case(net, weights, new_room(net, rows, gradients[0]), gradients, examples, activation)


def torch_loss(case: Case, parameters: list[torch.Tensor], masks: list[torch.Tensor] | None = None) -> torch.Tensor:
    """The summed loss in torch, float64; ``masks``: what each hidden value is multiplied with."""
    functions: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "identity": lambda z: z,
        "relu": torch.relu,
        "logistic": torch.sigmoid,
        "tanh": torch.tanh,
        "gelu": torch.nn.functional.gelu,
    }
    values = torch.tensor(case.examples.inputs, dtype=torch.float64)
    for layer, matrix in enumerate(parameters):
        values = values @ matrix[:-1] + matrix[-1]
        if layer < len(parameters) - 1:
            values = functions[case.activation](values)
            values = values if masks is None else values * masks[layer]
    shares = torch.tensor(case.examples.weights, dtype=torch.float64)
    if case.net.loss == SOFTMAX:
        own = torch.nn.functional.cross_entropy(values, torch.tensor(case.examples.classes), reduction="none")
        return (shares * own).sum()
    numbers = torch.tensor(case.examples.numbers, dtype=torch.float64)
    if case.net.loss == SQUARED:
        return (shares[:, None] * (values - numbers) ** 2 / 2).sum()
    own = torch.nn.functional.binary_cross_entropy_with_logits(values, numbers, reduction="none")
    return (shares[:, None] * own).sum()


def check_against_torch(case: Case, found: tuple[float, list[Matrix]], masks: Any = None) -> None:
    """That loss and gradients are those of torch."""
    parameters = [torch.tensor(part.astype(float), requires_grad=True) for part in matrices(case.net, case.weights)]
    expected = torch_loss(case, parameters, masks)
    expected.backward()
    assert found[0] == pytest.approx(expected.item(), rel=1e-5)
    for part, parameter in zip(found[1], parameters, strict=True):
        assert parameter.grad is not None
        np.testing.assert_allclose(part, parameter.grad, atol=2e-5, rtol=1e-4)


cases = pytest.mark.parametrize(("activation", "loss"), list(itertools.product(NAMES, LOSSES)))


@cases
def test_gradients_are_those_of_autograd(activation: str, loss: str) -> None:
    for widths in ((5, 19, 7, 3), (1, 1, 3), (4, 2), (33, 16, 16, 16, 17)):
        case = made(activation, loss, widths)
        check_against_torch(case, case.slopes())


@cases
def test_gradients_are_finite_differences(activation: str, loss: str) -> None:
    case = made(activation, loss)
    _, found = case.slopes()
    parts = [part.astype(float) for part in matrices(case.net, case.weights)]
    random = np.random.default_rng(3)
    for _ in range(25):
        layer = int(random.integers(len(parts)))
        place = tuple(int(random.integers(size)) for size in parts[layer].shape)
        sides = []
        for sign in (1, -1):
            moved = [torch.tensor(part) for part in parts]
            moved[layer][place] += sign * 1e-5
            sides.append(torch_loss(case, moved).item())
        assert found[layer][place] == pytest.approx((sides[0] - sides[1]) / 2e-5, abs=2e-4, rel=1e-3)


def test_the_comparison_fails_on_a_planted_error() -> None:
    case = made("tanh", "softmax")
    loss, found = case.slopes()
    for layer, part in enumerate(found):
        for change in (lambda part: part * 1.01 + 1e-3, lambda part: part[::-1].copy(), np.zeros_like):
            wrong = [change(part) if other == layer else whole for other, whole in enumerate(found)]
            with pytest.raises(AssertionError):
                check_against_torch(case, (loss, wrong))
    with pytest.raises(AssertionError):
        check_against_torch(case, (loss * 1.001, found))
    check_against_torch(case, (loss, found))


def test_parts_of_a_batch_add_up_to_it() -> None:
    case = made("gelu", "softmax")
    rule = RULE._replace(dropout=0.3)
    whole_loss, whole = case.slopes(rule)
    parts = [case.slopes(rule, first, rows) for first, rows in ((0, 6), (6, 0), (6, 7))]
    assert sum(loss for loss, _ in parts) == pytest.approx(whole_loss)
    for layer, expected in enumerate(whole):
        np.testing.assert_allclose(sum(found[layer] for _, found in parts), expected, atol=1e-5)


def test_dropout_leaves_out_its_share_and_learns_from_the_rest() -> None:
    case = made("logistic", "squared", (6, 400, 30, 2), rows=50)
    rule = RULE._replace(dropout=0.25)
    found = case.slopes(rule)
    masks = []
    for layer in (1, 2):
        at, pitch, width = (int(part[layer]) for part in (case.net.value_at, case.net.pitches, case.net.widths))
        values = case.room.values[at : at + 50 * pitch].reshape(50, pitch)
        assert (values[:, width] == 1).all(), "the bias was dropped"
        kept = values[:, :width] != 0  # the logistic function is nowhere 0
        assert 1 - kept.mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / kept.size))
        masks.append(torch.tensor(kept / 0.75))
    assert not torch.equal(masks[0][0], masks[0][1]), "each row has the same dropped"
    check_against_torch(case, found, masks)
    assert case.slopes(rule)[0] == found[0]
    assert case.slopes(rule._replace(seed=2))[0] != found[0]


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize(("solver", "decay"), list(itertools.product((ADAM, SGD, NESTEROV), (0.0, 0.3))))
def test_updates_are_those_of_torch(solver: int, decay: float, parts: int) -> None:
    case = made("relu", "squared")
    state = zeros(2 * len(case.weights))
    parameters = [torch.tensor(part.astype(float)) for part in matrices(case.net, case.weights)]
    optimizer: torch.optim.Optimizer
    if solver == ADAM:
        optimizer = torch.optim.Adam(parameters, lr=0.01, betas=(0.9, 0.999), eps=1e-12)
    else:
        optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=solver == NESTEROV)
    random = np.random.default_rng(1)
    for step in range(1, 6):
        slopes = [random.normal(size=tuple(part.shape)) for part in parameters]
        for parameter, part, slope in zip(parameters, matrices(case.net, case.gradients[0]), slopes, strict=True):
            part[:] = slope
            decayed = parameter.numpy().copy()
            decayed[-1] = 0  # biases do not decay
            parameter.grad = torch.tensor((slope + decay * decayed) / 7)
        expected = sum(float((parameter[:-1] ** 2).sum()) for parameter in parameters) if decay else 0.0
        optimizer.step()
        rule = RULE._replace(solver=solver, decay=decay, epsilon=1e-12)  # torch adds it behind the correction
        squares = [
            update(case.net, case.weights, state, case.gradients, 7.0, rule, step, part, parts) for part in range(parts)
        ]
        assert sum(squares) == pytest.approx(expected, rel=1e-4)
    for part, parameter in zip(matrices(case.net, case.weights), parameters, strict=True):
        np.testing.assert_allclose(part, parameter, atol=2e-6)


def test_gradients_of_threads_are_added_up() -> None:
    case = made("relu", "squared")
    several = zeros(3 * len(case.weights)).reshape(3, -1)
    random = np.random.default_rng(1)
    for part in range(3):
        for matrix in matrices(case.net, several[part]):
            matrix[:] = random.normal(size=matrix.shape)
    case.gradients[0] = several.sum(axis=0)
    results = []
    for gradients in (case.gradients, several):
        weights, state = zeros(len(case.weights)), zeros(2 * len(case.weights))
        weights[:] = case.weights
        update(case.net, weights, state, gradients, 7.0, RULE, 1, 0, 1)
        results.append(weights)
    np.testing.assert_allclose(results[0], results[1], atol=1e-6)
    assert not np.array_equal(results[0], case.weights)


@pytest.mark.parametrize("loss", LOSSES)
def test_an_epoch_is_its_batches(loss: str) -> None:
    case = made("tanh", loss)
    rule = RULE._replace(decay=0.1)
    order = np.random.default_rng(5).permutation(13)
    weights, state, expected = zeros(len(case.weights)), zeros(2 * len(case.weights)), 0.0
    weights[:] = case.weights
    for step, first in enumerate((0, 5, 10), 1):
        rows = min(5, 13 - first)
        total = weight_of(case.examples, order, first, rows)
        own = gradient(case.net, weights, case.room, case.examples, order, first, rows, rule, step)
        squares = update(case.net, weights, state, case.gradients, total, rule, step, 0, 1)
        expected += (own + 0.05 * squares) / total * rows
    state[:] = 0
    found = descend(
        *(case.net, case.weights, state, case.gradients, case.room, case.examples),
        *(order, 0, 13, 5, rule, 0),
    )
    assert found == pytest.approx(expected)
    np.testing.assert_array_equal(case.weights, weights)


def test_padding_stays_zero() -> None:
    case = made("logistic", "softmax")
    state = zeros(2 * len(case.weights))
    for step in range(20):
        descend(
            *(case.net, case.weights, state, case.gradients, case.room, case.examples),
            *(np.arange(13), 0, 13, 4, RULE, 4 * step),
        )
    inside = sum(float((part.astype(float) ** 2).sum()) for part in matrices(case.net, case.weights))
    assert float((case.weights.astype(float) ** 2).sum()) == pytest.approx(inside, rel=1e-12)


@pytest.mark.parametrize("activation", NAMES)
def test_the_forward_pass_in_numpy_is_the_kernels(activation: str) -> None:
    case = made(activation, "squared")
    case.slopes()
    at, pitch = int(case.net.value_at[-1]), int(case.net.pitches[-1])
    computed = case.room.values[at : at + 13 * pitch].reshape(13, pitch)[:, :3]
    found = outputs(matrices(case.net, case.weights), activation, case.examples.inputs)
    np.testing.assert_allclose(found, computed, atol=2e-6)


def test_orders_are_permutations_of_equal_chance() -> None:
    counts = np.zeros((4, 4))
    for seed in range(4000):
        order = np.full(4, 9)
        shuffle(order, seed)
        assert sorted(order) == [0, 1, 2, 3]
        counts[np.arange(4), order] += 1
    assert abs(counts - 1000).max() < 5 * np.sqrt(1000 * 0.75)
