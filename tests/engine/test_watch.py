"""What is read from a step is what was there: gradients, moves, dead units, attention, chance; nothing is changed."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.small import Net, collate, examples, loss
from vec2seq.engine import health, watch
from vec2seq.engine.loop import train
from vec2seq.engine.settings import TrainSettings
from vec2seq.engine.watch import Reading, Targets, Watch, due


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def watched(net: nn.Module, run: Any, rate: float = 0.1) -> Reading:
    """A step of plain descent."""
    optimizer = torch.optim.SGD([weight for weight in net.parameters() if weight.requires_grad], lr=rate)
    seen, ended = Watch(net, 7), []
    with seen:
        run().backward()
    seen.follow(optimizer, lambda: ended.append(True))
    optimizer.step()
    optimizer.step()  # nobody looks at this one
    assert ended == [True]
    seen.reading.chance = seen.targets.chance_loss()
    return seen.reading


def test_many_of_the_first_steps_and_ever_fewer() -> None:
    steps = [step for step in range(100_000) if due(step)]
    assert steps[:12] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15]
    assert len(steps) < 60
    gaps = np.diff(steps)
    assert (gaps <= np.maximum(1, np.array(steps[:-1]) / 4)).all()


def test_weights_gradients_and_moves() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    net.append(nn.Linear(2, 2))  # is there, and not used
    before = {name: weight.detach().clone() for name, weight in net.named_parameters()}
    x, y = torch.randn(5, 3), torch.randn(5, 2)
    made = functional.mse_loss(net[2](net[1](net[0](x))), y)
    expected = torch.autograd.grad(made, [net[0].weight, net[2].bias])  # type: ignore[arg-type,list-item]
    reading = watched(net, lambda: functional.mse_loss(net[2](net[1](net[0](x))), y))
    weights = {weight.name: weight for weight in reading.weights}
    assert list(weights) == ["0.weight", "0.bias", "2.weight", "2.bias", "3.weight", "3.bias"]
    for name, gradient in zip(("0.weight", "2.bias"), expected, strict=True):
        assert weights[name].gradient == pytest.approx(gradient.norm().item(), rel=1e-5)
        assert weights[name].moved == pytest.approx(0.1 * gradient.norm().item(), rel=1e-4)
        assert weights[name].norm == pytest.approx(before[name].norm().item(), rel=1e-5)
    assert weights["3.weight"].gradient is None
    assert weights["3.weight"].moved == 0
    assert reading.loss == pytest.approx(made.item(), rel=1e-5)
    assert reading.chance == pytest.approx(y.var(0, unbiased=False).mean().item(), rel=1e-4)


def test_an_embeddings_gradient_is_that_of_the_words_in_the_batch() -> None:
    net = nn.Embedding(1000, 8)
    rows = net.weight[torch.tensor([3, 5])]
    reading = watched(net, lambda: net(torch.tensor([3, 5])).square().sum())
    assert reading.weights[0].touched == 16
    assert reading.weights[0].mean_gradient == pytest.approx((2 * rows).square().mean().sqrt().item(), rel=1e-5)


@pytest.mark.parametrize("convolution", [False, True])
def test_dead_units(convolution: bool) -> None:
    """Of 8 units, 3 are off; one more is off for one example only."""
    layer: Any = nn.Conv1d(4, 8, 1) if convolution else nn.Linear(4, 8)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias[:] = torch.tensor([1.0, -1, -1, -1, 1, 1, 1, 0])
        layer.weight[7, 0] = 1.0
    net = nn.Sequential(layer, nn.ReLU())
    x = torch.zeros(2, 4, 5)
    x[0, 0, 2] = 1.0
    reading = watched(net, lambda: net(x if convolution else x.transpose(1, 2)).sum())
    assert reading.dead == {"0": 3 / 8}


def test_units_behind_a_norm_are_those_of_the_convolution() -> None:
    layer, norm = nn.Conv1d(4, 8, 1), nn.BatchNorm1d(8)
    with torch.no_grad():
        norm.bias[:7] = -50.0
    net = nn.Sequential(layer, norm, nn.ReLU())
    reading = watched(net, lambda: net(torch.randn(6, 4, 5)).sum())
    assert reading.dead == {"1": 7 / 8}


def test_probabilities_that_are_the_output_are_no_attention() -> None:
    net, x = nn.Linear(4, 5), torch.randn(10, 4)
    assert watched(net, lambda: torch.softmax(net(x), -1).log().sum()).attention == []


def test_large_and_many_numbers() -> None:
    """Of each column its own variance, however far from 0."""
    net = nn.Linear(2, 2)
    y = torch.tensor([1e5, 100.0]) + torch.randn(200, 2)
    reading = watched(net, lambda: functional.mse_loss(net(torch.zeros(200, 2)), y), rate=0.0)
    assert reading.chance == pytest.approx(y.double().var(0, unbiased=False).mean().item(), rel=1e-3)


def _written_out(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None, scale: float) -> Tensor:
    scores = q @ k.mT * scale
    return (scores if allowed is None else scores.masked_fill(~allowed, -math.inf)).softmax(-1)


@pytest.mark.parametrize("how", ["plain", "mask", "added", "causal", "scale", "softmax"])
def test_attention(how: str) -> None:
    net = nn.Linear(6, 6)
    x, allowed, scale = 3 * torch.randn(20, 2, 9, 6), None, 6**-0.5
    arguments: dict[str, Any] = {}
    if how in ("mask", "added"):
        allowed = torch.rand(20, 1, 9, 9) < 0.7
        allowed[..., :4] = True
        arguments["attn_mask"] = allowed if how == "mask" else torch.zeros(20, 1, 9, 9).masked_fill(~allowed, -math.inf)
    if how == "causal":
        allowed, arguments["is_causal"] = torch.ones(9, 9, dtype=torch.bool).tril(), True
    if how == "scale":
        scale = arguments["scale"] = 2.0

    def run() -> Tensor:
        q = net(x)
        if how == "softmax":
            return (torch.softmax(q @ x.mT * scale, dim=-1) @ x).sum()
        return functional.scaled_dot_product_attention(q, x, x, **arguments).sum()

    with torch.no_grad():
        weights = _written_out(net(x), x, x, allowed, scale)[: watch.SOME].amax(-1)
    if how == "causal":
        weights = weights[..., 2:]  # the first queries have no choice
    (found,) = watched(net, run).attention
    assert found.largest == pytest.approx(weights.mean().item(), abs=1e-5)


def test_outputs_and_chance_of_classes() -> None:
    net, x = nn.Linear(4, 3), torch.randn(50, 4)
    y = torch.randint(0, 3, (50,))
    y[:5] = -100
    reading = watched(net, lambda: functional.cross_entropy(net(x), y), rate=0.0)
    with torch.no_grad():
        p = net(x)[5:].softmax(-1)
    (found,) = reading.outputs
    assert found.largest == pytest.approx(p.amax(-1).mean().item(), abs=1e-5)
    assert found.right == pytest.approx((p.argmax(-1) == y[5:]).float().mean().item())
    assert found.many == 45
    shares = np.bincount(y[5:].numpy(), minlength=3) / 45
    assert reading.chance == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-5)
    assert reading.loss == pytest.approx(functional.cross_entropy(net(x), y).item(), rel=1e-5)


def test_chance_is_the_loss_of_the_best_constant() -> None:
    """Found by descent: no constant is better. Also with smoothed labels, and of one bit."""
    y = torch.randint(0, 4, (200,)) // 2
    cases: list[tuple[Any, Tensor]] = [
        (lambda made: functional.cross_entropy(made.expand(200, 4), y), torch.zeros(4)),
        (lambda made: functional.cross_entropy(made.expand(200, 4), y, label_smoothing=0.2), torch.zeros(4)),
        (lambda made: functional.binary_cross_entropy_with_logits(made.expand(200), y.float()), torch.zeros(1)),
        (lambda made: functional.mse_loss(made.expand(200), y.float()), torch.zeros(1)),
    ]
    for of, start in cases:
        net = nn.ParameterList([nn.Parameter(start.clone())])
        reading = watched(net, lambda: of(net[0] * 1.0))  # noqa: B023
        optimizer = torch.optim.LBFGS(net.parameters(), max_iter=100)

        def closure() -> Tensor:
            optimizer.zero_grad()  # noqa: B023
            value = of(net[0])  # noqa: B023
            value.backward()
            return value

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        assert reading.chance == pytest.approx(of(net[0]).item(), abs=2e-3)


def test_a_loss_of_classes_that_nobody_says_the_places_of() -> None:
    """CTC: what a net that knows nothing has is the loss of equal probabilities; chance is the entropy of labels."""
    labels = torch.tensor([[1, 2, 1, 1], [2, 1, 1, 0]]).repeat(5, 1)
    net = nn.Linear(4, 3)

    def run(scores: Tensor) -> Tensor:
        lengths = {"input_lengths": torch.full((10,), 9), "target_lengths": (labels > 0).sum(1)}
        logs = scores.log_softmax(2).transpose(0, 1)
        return functional.ctc_loss(logs, labels, **lengths, reduction="sum") / int((labels > 0).sum())

    x = torch.randn(10, 9, 4)
    reading = watched(net, lambda: run(net(x)), rate=0.0)
    assert reading.loss == pytest.approx(run(net(x)).item(), rel=1e-5)
    shares = np.array([25, 10]) / 35
    assert reading.chance == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-6)
    seen = Watch(net, 0)
    with seen:
        run(net(x))
    assert seen.targets.naive_loss() == pytest.approx(run(torch.zeros(10, 9, 3)).item(), rel=1e-5)
    assert Targets(**vars(seen.targets)).naive_loss() == seen.targets.naive_loss()


def test_several_batches_of_a_step_are_added_up() -> None:
    net, x, y = nn.Linear(4, 3), torch.randn(50, 4), torch.randint(0, 3, (50,))

    def run() -> Tensor:
        return functional.cross_entropy(net(x[:40]), y[:40]) * 0.8 + functional.cross_entropy(net(x[40:]), y[40:]) * 0.2

    whole = watched(net, lambda: functional.cross_entropy(net(x), y), rate=0.0)
    parts = watched(net, run, rate=0.0)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-5)
    assert parts.chance == pytest.approx(whole.chance, rel=1e-6)


def test_targets_of_unknown_losses() -> None:
    assert Targets().chance_loss() is None
    reading = watched(nn.Linear(2, 2), lambda: functional.l1_loss(nn.Linear(2, 2)(torch.ones(3, 2)), torch.ones(3, 2)))
    assert reading.chance is None


def test_watching_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for often in (lambda step: False, lambda step: True):
        monkeypatch.setattr(health, "due", often)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            net = Net(dropout=0.3)
        history = train(
            net, examples(100), [], collate, loss, TrainSettings(epochs=2, batch_tokens=200, threads=1, accumulate=2)
        )
        found.append([tensor.clone() for tensor in net.state_dict().values()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
    assert len(history.readings) == history.steps
