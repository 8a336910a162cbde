"""The optimizer that moves some rows against torch's own; embeddings with sparse gradients in the whole loop."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.small import Example, Net, collate, examples, loss
from engine.test_loop import Stops, same
from vec2seq.engine import lazy
from vec2seq.engine.eager import using_threads
from vec2seq.engine.lazy import LazyAdamW, gather, make_lazy
from vec2seq.engine.learner import Learner
from vec2seq.engine.loop import History, train
from vec2seq.engine.processes import Processes
from vec2seq.engine.settings import TrainSettings
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

ROWS, WIDTH = 12, 5
HOW: dict[str, Any] = {"lr": 0.03, "betas": (0.8, 0.97), "eps": 1e-6, "fused": True}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other take most of the time of nets that are this small."""
    with using_threads(1):
        yield


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embeddings of the small nets are large."""
    monkeypatch.setattr(lazy, "LARGE", 100)


def made(sparse: bool) -> nn.Embedding:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Embedding(ROWS, WIDTH, sparse=sparse)


def batches_of(steps: int, every_row: bool) -> list[Tensor]:
    """Ids of each batch, many of them twice; with ``every_row`` all rows are in each, else the last one is in none."""
    random = np.random.default_rng(1)
    some = [random.integers(0, ROWS - 1, 20) for _ in range(steps)]
    return [torch.from_numpy(np.concatenate([ids, np.arange(ROWS)]) if every_row else ids) for ids in some]


def step(embed: nn.Embedding, optimizer: torch.optim.Optimizer, ids: Tensor) -> None:
    optimizer.zero_grad()
    (embed(ids).sin() * torch.linspace(-1, 2, WIDTH)).sum().backward()
    gather(embed.weight)
    optimizer.step()


@pytest.mark.parametrize("decay", [0.0, 0.2])
def test_it_is_adamw_if_every_row_is_in_each_batch(decay: float) -> None:
    mine, plain = made(True), made(False)
    lazily = LazyAdamW(mine.parameters(), weight_decay=decay, **HOW)
    wholly = torch.optim.AdamW(plain.parameters(), weight_decay=decay, **HOW)
    for ids in batches_of(30, every_row=True):
        step(mine, lazily, ids)
        step(plain, wholly, ids)
    torch.testing.assert_close(mine.weight, plain.weight, atol=1e-6, rtol=1e-5)
    for slot, tensor in wholly.state[plain.weight].items():
        torch.testing.assert_close(lazily.state[mine.weight][slot], tensor, atol=1e-6, rtol=1e-5)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(mine.weight, plain.weight + 1e-4, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("every", [1, 3, 10, 40])
def test_a_row_moves_as_far_as_by_adamw(every: int) -> None:
    """Of a row that is in every so many batches; SparseAdam moves one that is rare much less."""
    mine, plain, sparse = made(True), made(False), made(True)
    start = plain.weight[:4].detach().clone()
    how = {"lr": 1e-3, "weight_decay": 0.1}
    lazily, wholly = (kind(e.parameters(), **how) for kind, e in ((LazyAdamW, mine), (torch.optim.AdamW, plain)))
    sparsely = torch.optim.SparseAdam(sparse.parameters(), lr=1e-3)
    for number in range(400):
        ids = torch.tensor([4, 5, *(range(4) if number % every == every - 1 else ())])
        for embed, optimizer in ((mine, lazily), (plain, wholly), (sparse, sparsely)):
            optimizer.zero_grad()
            (embed(ids) * torch.linspace(-1, 2, WIDTH)).sum().backward()
            gather(embed.weight)
            optimizer.step()
    moved, want, other = ((embed.weight[:4] - start).norm().item() for embed in (mine, plain, sparse))
    assert moved == pytest.approx(want, rel=0.12)
    if every == 40:
        assert other < 0.5 * want


def test_rows_that_are_not_in_the_batch_stay_as_they_are() -> None:
    embed = made(True)
    optimizer = LazyAdamW(embed.parameters(), weight_decay=0.5, **HOW)
    for ids in batches_of(10, every_row=True):
        step(embed, optimizer, ids)
    before = [embed.weight.detach().clone(), *(optimizer.state[embed.weight][n].clone() for n in _MOMENTS)]
    step(embed, optimizer, torch.tensor([3, 7, 3]))
    after = [embed.weight.detach(), *(optimizer.state[embed.weight][n] for n in _MOMENTS)]
    others = [row for row in range(ROWS) if row not in (3, 7)]
    for was, now in zip(before, after, strict=True):
        assert torch.equal(was[others], now[others])
        assert (was[[3, 7]] != now[[3, 7]]).all()
    assert optimizer.state[embed.weight]["step"] == 11


_MOMENTS = ("exp_avg", "exp_avg_sq", "last")


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(0, 1000))
def test_rows_that_are_twice_are_added_up_exactly(rows: list[int], seed: int) -> None:
    """Whole numbers: no order of adding changes them. A gradient that is gathered stays as it is."""
    values = torch.from_numpy(np.random.default_rng(seed).integers(-99, 99, (len(rows), 3))).float()
    weight = nn.Parameter(torch.zeros(6, 3))
    expected = torch.zeros(6, 3)
    for row, value in zip(rows, values, strict=True):
        expected[row] += value
    with torch.sparse.check_sparse_tensor_invariants(enable=False):
        weight.grad = torch.sparse_coo_tensor(torch.tensor([rows], dtype=torch.int64), values, (6, 3))
    gather(weight)
    assert weight.grad is not None
    assert weight.grad.is_coalesced()
    assert weight.grad._indices()[0].tolist() == sorted(set(rows))
    assert torch.equal(weight.grad.to_dense(), expected)
    gathered = weight.grad
    gather(weight)
    assert weight.grad is gathered


def test_other_gradients_are_left_alone() -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    gather(weight)
    assert weight.grad is None
    dense = weight.grad = torch.ones(2, 2)
    gather(weight)
    assert weight.grad is dense


def test_hooks_are_called_once_whatever_optimizers_there_were() -> None:
    """torch changes a class when the first of its objects is made: then a ``step`` within a ``step`` has hooks, too."""
    torch.optim.AdamW([nn.Parameter(torch.ones(1))])
    embed, called = made(True), []
    optimizer = LazyAdamW(embed.parameters(), **HOW)
    optimizer.register_step_pre_hook(lambda *_: called.append("before"))
    optimizer.register_step_post_hook(lambda *_: called.append("after"))
    step(embed, optimizer, torch.tensor([1]))
    assert called == ["before", "after"]


# in the loop

SETTINGS: dict[str, Any] = {"epochs": 3, "batch_tokens": 300, "lr": 0.02, "threads": 1}


def full(rows: int) -> list[Example]:
    """Examples in each of which are all tokens from 1 to 9."""
    random = np.random.default_rng(2)
    return [([*(random.permutation(9) + 1).tolist(), *row], label) for row, label in examples(rows)]


def trained(run: Run | None = None, data: list[Example] | None = None, **settings: Any) -> tuple[Net, History]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Net(dropout=0.0)
    given = TrainSettings(**{**SETTINGS, **settings})
    return net, train(net, data or examples(200), examples(50, seed=1), collate, loss, given, run)


def learner_of(net: nn.Module, **settings: Any) -> Learner:
    return Learner(net, collate, loss, TrainSettings(**{**SETTINGS, **settings}), Processes(torch.device("cpu")))


def gradient(learner: Learner, some: list[int]) -> None:
    learner.optimizer  # noqa: B018 - what it is decides which gradients there are
    learner.add_gradient(examples(50), np.array(some), last=True)


@pytest.mark.parametrize("settings", [{}, {"accumulate": 3}, {"clip": 0.01, "weight_decay": 0.3}], ids=str)
def test_a_large_embedding_is_trained_as_a_small_one(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The small net has 10 rows; 9 of them are in every batch, the first one is in none, and does not decay."""
    small, told = trained(data=full(200), **settings)
    monkeypatch.setattr(lazy, "LARGE", 100)
    sparse, other = trained(data=full(200), **settings)
    assert sparse.embed.sparse
    assert not small.embed.sparse
    for name, tensor in small.state_dict().items():
        rows = slice(1, None) if name == "embed.weight" else slice(None)
        torch.testing.assert_close(sparse.state_dict()[name][rows], tensor[rows], atol=1e-5, rtol=1e-4)
    assert [entry["loss"] for entry in told.entries] == pytest.approx([e["loss"] for e in other.entries], rel=1e-5)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("clip", [0.01, 0.5, 1e6])
def test_clipping_is_torchs(clip: float) -> None:
    mine, plain = Net(dropout=0.0), Net(dropout=0.0)
    plain.load_state_dict(mine.state_dict())
    learner = learner_of(mine, clip=clip)
    gradient(learner, [1, 2, 3])
    assert mine.embed.weight.grad is not None
    assert mine.embed.weight.grad.is_sparse
    for weight in learner.weights:
        gather(weight)
    learner._clip()
    summed, items = loss(plain, collate([examples(50)[n] for n in (1, 2, 3)]))
    (summed / items).backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(plain.parameters(), clip)
    for one, other in zip(mine.parameters(), plain.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad.to_dense() if one.grad.is_sparse else one.grad, other.grad)


@pytest.mark.usefixtures("large")
def test_sgd_stays_dense_also_after_adamw() -> None:
    net = Net(dropout=0.0)
    gradient(learner_of(net), [1])
    assert net.embed.sparse
    net.zero_grad()
    learner = learner_of(net, optimizer="sgd")
    gradient(learner, [1, 2])
    assert net.embed.weight.grad is not None
    assert not net.embed.weight.grad.is_sparse
    learner.step(0.1, 2)


def test_only_large_embeddings_are_sparse() -> None:
    net = nn.ModuleList([nn.Embedding(lazy.LARGE // 4, 4), nn.Embedding(lazy.LARGE // 4 - 1, 4), nn.Linear(2, 2)])
    make_lazy(net)
    assert [embed.sparse for embed in net[:2]] == [True, False]  # type: ignore[union-attr]


@pytest.mark.usefixtures("large")
def test_a_frozen_embedding_does_not_move() -> None:
    net = Net(dropout=0.0)
    nn.init.uniform_(net.embed.weight).requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    train(net, examples(100), [], collate, loss, TrainSettings(**SETTINGS))
    assert torch.equal(net.embed.weight, before["embed.weight"])
    assert not torch.equal(net.out.weight, before["out.weight"])


@pytest.mark.usefixtures("large")
def test_a_training_with_sparse_gradients_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    _, sparse = trained(data=full(200))
    monkeypatch.undo()
    _, dense = trained(data=full(200))
    assert len(sparse.readings) == len(dense.readings) > 3
    assert [finding.fault for finding in sparse.findings] == [finding.fault for finding in dense.findings]
    for one, other in zip(sparse.readings, dense.readings, strict=True):
        embed, same_one = (next(w for w in reading.weights if w.name == "embed.weight") for reading in (one, other))
        assert embed.gradient == pytest.approx(same_one.gradient, rel=1e-3)
        assert embed.moved == pytest.approx(same_one.moved, rel=1e-2)
        assert embed.moved > 0
        assert embed.touched == same_one.touched


@pytest.mark.usefixtures("large")
def test_an_embedding_that_gets_no_gradient_is_told() -> None:
    class Blind(Net):
        """It multiplies its embedding by nothing."""

        def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
            return super().forward(ids * 0, lengths) + 0 * self.embed(ids).sum()

    net = Blind(dropout=0.0)
    net.embed.padding_idx = 0  # whose gradient is nothing
    net.embed.forward = lambda ids: nn.functional.embedding(ids, net.embed.weight, 0, sparse=True)  # type: ignore[method-assign]
    with pytest.warns(UserWarning, match="no gradient arrives at embed.weight"):
        history = train(net, examples(200), [], collate, loss, TrainSettings(**{**SETTINGS, "epochs": 1}))
    assert "frozen" in {finding.fault for finding in history.findings}


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("settings", [{}, {"accumulate": 2, "patience": 2}], ids=str)
def test_a_run_that_is_resumed_ends_with_the_same_bytes(settings: dict[str, Any], tmp_path: Path) -> None:
    whole, history = trained(**settings)
    assert whole.embed.sparse
    for after in (3, 8):
        place, stops = Checkpoint(tmp_path / f"{after}.checkpoint"), 0
        while True:
            run = Run(place, resume=stops > 0)
            run.stop = Stops(after)  # type: ignore[assignment]
            try:
                net, resumed = trained(run, **settings)
                break
            except Interrupted:
                stops += 1
        assert stops >= 1
        assert same(net, whole)
        assert resumed == history


@pytest.mark.usefixtures("large")
def test_an_epoch_is_timed_with_sparse_gradients() -> None:
    """Minutes decide the epochs by steps on a copy, whose embedding is large, too."""
    net, history = trained(Run(minutes=0.01), epochs=10**6)
    assert len(history.entries) >= 1
    assert net.embed.sparse
