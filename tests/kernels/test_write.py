"""Kernels that write as decoders of PyTorch's do: the same scores, however tokens and rows are divided."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.kernels.panels import by_rows, floats, matrices_of, times
from vec2seq.tasks.generate_net import LanguageNet
from vec2seq.tasks.kernel_steps import KERNELS, KernelSteps
from vec2seq.tasks.warmup import warm_up

TOKENS = 37
VOCABULARIES = (1, 16, 32, 33, TOKENS, 64)
EACH = pytest.mark.parametrize("name", KERNELS)
WIDTHS = {
    "attention": [(4, 1), (6, 3), (8, 2), (24, 2), (40, 1), (48, 3), (128, 4)],
    "lstm": [(width, 1) for width in (1, 7, 16, 17, 33, 128)],
}


def net_of(name: str, width: int, heads: int, layers: int, tokens: int = TOKENS) -> LanguageNet:
    """Weights as if learnt: norms have scales and shifts, nothing is 0.

    No attention of width 2: the norm of two numbers is the sign of their difference, which rounding can turn.
    """
    torch.manual_seed(width + layers)
    net = LanguageNet(tokens, name, width, layers, heads, 0.1).train(False)
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(0.1 * torch.randn(weight.shape))
    return net


def steps_of(net: LanguageNet, name: str, layers: int, heads: int, threads: int) -> KernelSteps:
    return KernelSteps(
        {part: weight.numpy() for part, weight in net.state_dict().items()}, name, layers, heads, threads
    )


def stretches(lengths: list[int]) -> Iterator[slice]:
    start = 0
    for length in lengths:
        yield slice(start, start + length)
        start += length


def check(name: str, net: LanguageNet, steps: KernelSteps, ids: np.ndarray[Any, Any], lengths: list[int]) -> None:
    """Stretch after stretch; before the last one, rows are taken in another order, one of them twice."""
    taken = np.array([*range(len(ids))[::-1], 0])
    state, want_state = steps.begin(len(ids), ids.shape[1]), net.writes.begin(len(ids), ids.shape[1])
    for number, stretch in enumerate(stretches(lengths)):
        if number and number == len(lengths) - 1:
            ids = ids[taken]
            steps.take(taken, state)
            want_state.take(torch.from_numpy(taken))
        with torch.inference_mode():
            x = net.writes.step(net.entered(torch.from_numpy(ids[:, stretch])), want_state)
            want = net.scores(x[:, -1]).numpy()
        np.testing.assert_allclose(steps.step(ids[:, stretch], state), want, rtol=1e-4, atol=2e-5)


@EACH
@given(
    data=st.data(),
    tokens=st.sampled_from(VOCABULARIES),
    layers=st.integers(1, 3),
    rows=st.integers(1, 9),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    threads=st.integers(1, 2),
    seed=st.integers(0, 9),
)
def test_scores_are_those_of_the_net(
    name: str, data: st.DataObject, tokens: int, layers: int, rows: int, lengths: list[int], threads: int, seed: int
) -> None:
    width, heads = data.draw(st.sampled_from(WIDTHS[name]))
    net = net_of(name, width, heads, layers, tokens)
    steps = steps_of(net, name, layers, heads, threads)
    ids = np.random.default_rng(seed).integers(0, tokens, (rows, sum(lengths)))
    check(name, net, steps, ids, lengths)


@EACH
def test_a_wrong_weight_is_found(name: str) -> None:
    net, ids = net_of(name, 24, 2, 2), np.tile(np.arange(TOKENS), (2, 1))
    for weight in net.parameters():
        steps, before = steps_of(net, name, 2, 2, 1), weight.detach().clone()
        check(name, net, steps, ids, [TOKENS - 1, 1])
        with torch.no_grad():
            weight.view(-1)[0] += 1
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            check(name, net, steps, ids, [TOKENS - 1, 1])
        with torch.no_grad():
            weight.copy_(before)


@EACH
def test_there_can_be_no_rows_but_not_too_many_tokens(name: str) -> None:
    steps = steps_of(net_of(name, 24, 2, 2), name, 2, 2, 2)
    state = steps.begin(2, 4)
    with pytest.raises(ValueError, match="0 tokens after 0, but there is room for 4"):
        steps.step(np.zeros((2, 0), np.int64), state)
    steps.step(np.zeros((2, 3), np.int64), state)
    with pytest.raises(ValueError, match="5 tokens after 3, but there is room for 4"):
        steps.step(np.zeros((2, 2), np.int64), state)
    steps.take(np.zeros(0, np.int64), state)
    assert steps.step(np.zeros((0, 1), np.int64), state).shape == (0, TOKENS)


@EACH
def test_a_row_is_the_same_in_any_company(name: str) -> None:
    net = net_of(name, 48, 3, 2)
    ids = np.random.default_rng(3).integers(0, TOKENS, (13, 21))
    together = steps_of(net, name, 2, 3, 2)
    state = together.begin(len(ids), ids.shape[1])
    found = [together.step(part, state) for part in np.split(ids, [18, 19, 20], 1)]
    for row in range(len(ids)):
        alone = steps_of(net, name, 2, 3, 1)
        own = alone.begin(1, ids.shape[1])
        for part, scores in zip(np.split(ids, [18, 19, 20], 1), found, strict=True):
            np.testing.assert_array_equal(alone.step(part[row : row + 1], own)[0], scores[row])


@EACH
@pytest.mark.parametrize("sizes", [(24, 2, 1), (8, 1, 3)], ids=str)
def test_shapes_are_those_of_the_net(name: str, sizes: tuple[int, int, int]) -> None:
    width, heads, layers = sizes
    want = {part: tuple(weight.shape) for part, weight in net_of(name, width, heads, layers).state_dict().items()}
    assert list(KERNELS[name].shapes(TOKENS, width, layers).items()) == list(want.items())


@given(rows=st.integers(1, 9), depth=st.integers(1, 40), columns=st.lists(st.integers(1, 70), min_size=1, max_size=3))
def test_times(rows: int, depth: int, columns: list[int]) -> None:
    random = np.random.default_rng(depth)
    pairs = [
        (random.normal(size=(wide, depth)).astype(np.float32), random.normal(size=wide).astype(np.float32))
        for wide in columns
    ]
    matrices = matrices_of(pairs)
    entry = np.concatenate([random.normal(size=(rows, depth)), np.ones((rows, 1))], 1).astype(np.float32)
    for number, (weight, bias) in enumerate(pairs):
        out = floats(rows, int(matrices.widths[number]))
        times(matrices, number, entry.ravel(), 0, depth + 1, out.ravel(), 0, out.shape[1], rows)
        np.testing.assert_allclose(out[:, : len(bias)], entry[:, :-1] @ weight.T + bias, rtol=1e-4, atol=1e-5)


@given(rows=st.integers(0, 40), threads=st.integers(1, 5))
def test_every_row_is_worked_on_once(rows: int, threads: int) -> None:
    done = np.zeros(rows, int)

    def work(first: int, last: int) -> None:
        done[first:last] += 1

    with ThreadPoolExecutor(threads) as pool:
        by_rows(pool, threads, rows, work)
    assert (done == 1).all()


def test_an_error_in_a_thread_is_told() -> None:
    def work(first: int, last: int) -> None:
        if first:
            raise ValueError(first)

    with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="10"):
        by_rows(pool, 2, 20, work)


def test_warming_up_compiles_what_a_net_writes_with() -> None:
    warm_up()
    before = [len(kernel.read.signatures) for kernel in KERNELS.values()]
    for name in KERNELS:
        steps = steps_of(net_of(name, 24, 2, 2), name, 2, 2, 1)
        steps.step(np.zeros((2, 3), np.int64), steps.begin(2, 3))
    assert before == [len(kernel.read.signatures) for kernel in KERNELS.values()] == [1, 1]
