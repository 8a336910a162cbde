"""Back-propagation against torch.autograd and finite differences, for every activation and every loss."""

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from vec2seq.kernels.mlp import LOGISTIC, SOFTMAX, SQUARED, Examples, Net, Room, gradient_rows
from vec2seq.kernels.mlp_steps import ADAM, NESTEROV, SGD, Crew, Rule, descend, find_errors, learn, shuffle, weight_of
from vec2seq.kernels.simd.meeting import meet
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
    examples: Examples
    activation: str

    def slopes(self, rule: Rule = RULE, parts: int = 1) -> tuple[float, list[Matrix]]:
        """Summed loss and gradient, by the kernel, in so many parts."""
        order, loss = np.arange(len(self.examples.inputs)), 0.0
        self.room.gradient[:] = np.nan  # whatever was there must be overwritten
        for part in range(parts):
            loss += find_errors(self.net, self.weights, self.room, self.examples, order, rule, 1, part, parts)
        for layer, rows in enumerate(self.net.widths[:-1] + 1, 1):
            for part in range(parts):
                low, high = rows * part // parts, rows * (part + 1) // parts
                if low < high:
                    gradient_rows(self.net, self.room, len(order), layer, low, high)
        return loss, [part.copy() for part in matrices(self.net, self.room.gradient)]


def made(activation: str, loss: str, widths: tuple[int, ...] = (5, 19, 7, 3), rows: int = 13, seed: int = 0) -> Case:
    """A net with weights that make every unit matter, and examples with weights."""
    random = np.random.default_rng(seed)
    net = layout(widths, activation, LOSSES[loss], rows)
    weights = zeros(weight_floats(net))
    draw(net, weights, np.random.RandomState(seed))
    numbers = random.normal(size=(rows, widths[-1]))
    if loss == "logistic":
        numbers = (numbers > 0).astype(float)
    examples = Examples(
        random.normal(size=(rows, widths[0])).astype(np.float32),
        numbers.astype(np.float32) if loss != "softmax" else np.empty((0, 0), np.float32),
        random.integers(widths[-1], size=rows) if loss == "softmax" else np.empty(0, np.int64),
        random.uniform(0.2, 2, rows).astype(np.float32),
    )
    return Case(net, weights, new_room(net, rows, threads=20), examples, activation)


def crew(threads: int = 1) -> Crew:
    """Threads that have not met yet."""
    return Crew(np.zeros(2, np.int64), np.zeros(threads), np.zeros(threads))


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


@pytest.mark.parametrize("parts", [2, 3, 20])
def test_parts_make_up_the_batch(parts: int) -> None:
    case = made("gelu", "softmax")
    rule = RULE._replace(dropout=0.3)
    whole, together = case.slopes(rule), case.slopes(rule, parts)
    assert together[0] == pytest.approx(whole[0])
    for mine, expected in zip(together[1], whole[1], strict=True):
        np.testing.assert_allclose(mine, expected, atol=1e-5)


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
def test_steps_are_those_of_torch(solver: int, decay: float, parts: int) -> None:
    case = made("tanh", "squared")
    rule = RULE._replace(solver=solver, decay=decay, epsilon=1e-12)  # torch adds it behind the correction
    order, total = np.arange(13), float(case.examples.weights.sum())
    state = zeros(2 * len(case.weights))
    parameters = [torch.tensor(part.astype(float), requires_grad=True) for part in matrices(case.net, case.weights)]
    optimizer: torch.optim.Optimizer
    if solver == ADAM:
        optimizer = torch.optim.Adam(parameters, lr=0.01, betas=(0.9, 0.999), eps=1e-12)
    else:
        optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=solver == NESTEROV)
    for step in range(1, 6):
        expected = sum((parameter[:-1] ** 2).sum() for parameter in parameters)  # biases do not decay
        optimizer.zero_grad()
        ((torch_loss(case, parameters) + decay / 2 * expected) / total).backward()
        optimizer.step()
        for part in range(parts):
            find_errors(case.net, case.weights, case.room, case.examples, order, rule, step, part, parts)
        squares = [
            learn(case.net, case.weights, state, case.room, 13, total, rule, step, part, parts) for part in range(parts)
        ]
        assert sum(squares) == pytest.approx(expected.item() if decay else 0.0, rel=1e-4)
    for mine, parameter in zip(matrices(case.net, case.weights), parameters, strict=True):
        np.testing.assert_allclose(mine, parameter.detach(), atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_an_epoch_is_its_batches(loss: str) -> None:
    case = made("tanh", loss)
    rule = RULE._replace(decay=0.1)
    order = np.random.default_rng(5).permutation(13)
    weights, state, expected = zeros(len(case.weights)), zeros(2 * len(case.weights)), 0.0
    weights[:] = case.weights
    for step, first in enumerate((0, 5, 10), 1):
        own = order[first : first + 5]
        total = weight_of(case.examples, own)
        summed = find_errors(case.net, weights, case.room, case.examples, own, rule, step, 0, 1)
        squares = learn(case.net, weights, state, case.room, len(own), total, rule, step, 0, 1)
        expected += (summed + 0.05 * squares) / total * len(own)
    state[:] = 0
    found = descend(case.net, case.weights, state, case.room, case.examples, order, 5, rule, 0, crew(), 0)
    assert found == pytest.approx(expected)
    np.testing.assert_array_equal(case.weights, weights)


def test_padding_stays_zero() -> None:
    case = made("logistic", "softmax")
    state = zeros(2 * len(case.weights))
    for step in range(20):
        descend(case.net, case.weights, state, case.room, case.examples, np.arange(13), 4, RULE, 4 * step, crew(), 0)
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


def test_threads_meet_and_part_together() -> None:
    place, seen = np.zeros(2, np.int64), []

    def comes(thread: int) -> None:
        for meeting in range(1, 201):
            if thread == meeting % 3:
                time.sleep(0.0005)
            seen.append((meeting, thread))
            assert meet(place, 3 * meeting)

    with ThreadPoolExecutor(3) as pool:
        for end in [pool.submit(comes, thread) for thread in range(3)]:
            end.result(60)
    assert [meeting for meeting, _ in seen] == sorted(meeting for meeting, _ in seen), "one was ahead of the others"
    assert len(seen) == 600


def test_a_meeting_can_be_called_off() -> None:
    place = np.zeros(2, np.int64)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(meet, place, 2)
        with pytest.raises(TimeoutError):
            waits.result(0.2)
        place[1] = 1
        assert waits.result(10) is False
