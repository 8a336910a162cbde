"""A trace of PyTorch nets: against autograd, against our own back-propagation, and on planted errors."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explain.traced import trained
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_torch import trace_torch

cross_entropy = nn.functional.cross_entropy


def mean(outputs: Tensor, target: Tensor) -> Tensor:
    return ((outputs - target) ** 2).mean()


def test_a_perceptron_has_the_numbers_of_our_own() -> None:
    model, X, y = trained("three")
    found = trace(model, X[:5], y[:5])
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 3))
    for linear, matrix in zip(list(net)[::2], model.matrices_, strict=True):
        linear.weight.data, linear.bias.data = torch.tensor(matrix[:-1].T), torch.tensor(matrix[-1])
    theirs = trace_torch(net, cross_entropy, torch.tensor(X[:5]), torch.tensor(found.target.argmax(1)))
    assert theirs.loss == pytest.approx(found.loss, rel=1e-12)
    assert theirs.agrees
    assert [(one.name, one.kind) for one in theirs.modules] == [
        *((str(at), type(net[at]).__name__) for at in range(5)),
        ("", "Sequential"),
    ]
    gradients = {one.name: one.gradient for one in theirs.parameters}
    for at, layer in enumerate(found.layers):
        np.testing.assert_allclose(theirs.modules[2 * at].values, layer.sums, atol=1e-12)
        np.testing.assert_allclose(theirs.modules[2 * at].arriving, layer.leaving, atol=1e-12)
        if at < 2:
            np.testing.assert_allclose(theirs.modules[2 * at + 1].values, layer.values, atol=1e-12)
            np.testing.assert_allclose(theirs.modules[2 * at + 1].arriving, layer.arriving, atol=1e-12)
        np.testing.assert_allclose(gradients[f"{2 * at}.weight"], layer.gradient[:-1].T, atol=1e-12)
        np.testing.assert_allclose(gradients[f"{2 * at}.bias"], layer.gradient[-1], atol=1e-12)


class Last(nn.Module):
    """The last output of a recurrent net."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net, self.scale = net, nn.Parameter(torch.tensor(2.0))

    def forward(self, ids: Tensor) -> Tensor:
        output: Tensor = self.net(ids)[0]
        return output[:, -1] * self.scale


def recurrent() -> nn.Module:
    return nn.Sequential(nn.Embedding(7, 5, sparse=True), Last(nn.LSTM(5, 4, batch_first=True)), nn.Linear(4, 3))


def attending() -> nn.Module:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.5, batch_first=True)
    return nn.Sequential(nn.Embedding(7, 8), nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(48, 3))


def convolving() -> nn.Module:
    parts = (nn.Embedding(7, 6), nn.Conv1d(6, 4, 3), nn.BatchNorm1d(4), nn.ReLU(inplace=True), nn.Dropout(0.5))
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(16, 3))


@pytest.mark.parametrize("make", [recurrent, attending, convolving])
def test_nets_of_all_kinds(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(3)
    net, ids, labels = make(), torch.randint(7, (2, 6)), torch.tensor([0, 2])
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = trace_torch(net, cross_entropy, ids, labels)
    assert found.agrees, [one for one in found.checks if not one.agrees]
    assert {one.name for one in found.checks} == {name for name, _ in net.named_parameters()}
    assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == found.to_json()
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name])
    assert net.training
    assert all(parameter.grad is None for parameter in net.parameters())
    expected = net.double().eval()
    cross_entropy(expected(ids), labels).backward()  # type: ignore[no-untyped-call]
    for one, parameter in zip(found.parameters, expected.parameters(), strict=True):
        assert parameter.grad is not None
        np.testing.assert_allclose(one.gradient, parameter.grad.to_dense(), atol=1e-12)


class Wrong(torch.autograd.Function):
    """The identity, with a gradient that is 1 % too large."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *arriving: Any) -> Any:
        return arriving[0] * 1.01


class Planted(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        found: Tensor = Wrong.apply(values)  # type: ignore[no-untyped-call]
        return found


def test_a_wrong_backward_is_flagged() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), Planted(), nn.Linear(4, 2))
    found = trace_torch(net, mean, torch.randn(5, 3), torch.randn(5, 2))
    assert not found.agrees
    assert {one.name for one in found.checks if not one.agrees} == {"0.weight", "0.bias"}


def test_what_is_frozen_or_not_used_has_no_gradient() -> None:
    net = nn.ModuleDict({"used": nn.Linear(2, 2), "frozen": nn.Linear(2, 2).requires_grad_(False), "other": nn.ReLU()})

    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net, self.idle = net, nn.Parameter(torch.zeros(2, 0))

        def forward(self, one: Tensor, two: Tensor) -> Tensor:
            values: Tensor = self.net["frozen"](self.net["used"](one)) + two
            self.net["other"](values)
            return values

    found = trace_torch(Part(), mean, (torch.ones(1, 2), torch.ones(1, 2)), torch.ones(1, 2))
    given = {one.name: one.gradient is not None for one in found.parameters}
    assert given == {
        "idle": False, "net.used.weight": True, "net.used.bias": True, "net.frozen.weight": False,
        "net.frozen.bias": False,
    }  # fmt: skip
    assert [one.name for one in found.modules if one.arriving is None] == ["net.other"]
    assert found.agrees
    json.dumps(found.to_json(), allow_nan=False)
