"""GloVe's steps against a twin, its gradient against finite differences and PyTorch, and how entries are dealt."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.twins import glove as glove_twin
from vec2seq.kernels.glove import BIASES, choose_buckets, descend, shuffle
from vec2seq.kernels.matrix import empty_rows
from vec2seq.kernels.places import sort_places
from vec2seq.kernels.simd.rows import padded

X_MAX, ALPHA, LARGEST = 10.0, 0.75, 100.0


class State:
    """Two matrices of rows as the kernel wants them, filled with random numbers."""

    def __init__(self, words: int, width: int, seed: int):
        random = np.random.default_rng(seed)
        self.width, self.span = width, padded(width + BIASES)
        self.flats, self.tables = [], []
        for constant in (1, 0):
            flat = empty_rows(2 * words, width + BIASES)
            table = flat.reshape(words, 2 * self.span)
            table[:] = 0
            table[:, : width + BIASES] = random.normal(size=(words, width + BIASES)) / 2
            table[:, width + constant] = 1
            table[:, self.span :] = 1 + random.random((words, self.span))
            self.flats.append(flat)
            self.tables.append(table)

    def descend(self, entries: list[tuple[int, int, float]], rate: float, largest: float = LARGEST) -> float:
        rows, columns, values = zip(*entries, strict=True)
        return descend(
            np.array(rows, np.uint32),
            np.array(columns, np.uint32),
            np.log(np.array(values, np.float32)),
            *self.flats,
            self.width,
            self.span,
            np.float32(math.log(X_MAX)),
            np.float32(ALPHA),
            np.float32(rate),
            np.float32(largest),
        )

    def parts(self) -> Iterator[NDArray[np.float64]]:
        """Words, contexts, both biases; then the sums of squares of each; copies."""
        for start in (0, self.span):
            for table in self.tables:
                yield table[:, start : start + self.width].astype(np.float64)
            for bias, table in enumerate(self.tables):
                yield table[:, start + self.width + bias].astype(np.float64)


def twin_of(
    state: State, entries: list[tuple[int, int, float]], rate: float, largest: float
) -> list[NDArray[np.float64]]:
    words, contexts, b, c, *squares = state.parts()
    loss = glove_twin(entries, words, contexts, (b, c), tuple(squares), X_MAX, ALPHA, rate, largest)  # type: ignore[arg-type]
    return [np.array(loss), words, contexts, b, c, *squares]


entry = st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.1, 1.0, 3.0, 10.0, 250.0]))


@given(
    st.lists(entry, min_size=1, max_size=12),
    st.sampled_from([1, 5, 14, 16, 30, 100]),
    st.integers(0, 99),
    st.sampled_from([0.05, 1.0]),
    st.sampled_from([LARGEST, 0.1]),
)
def test_steps_are_those_of_the_twin(
    entries: list[tuple[int, int, float]], width: int, seed: int, rate: float, largest: float
) -> None:
    """Each step from where the kernel's last one ended: over many, a large rate makes much of a rounding."""
    state, at_once = State(5, width, seed), State(5, width, seed)
    losses = []
    for step in entries:
        expected = twin_of(state, [step], rate, largest)
        losses.append(state.descend([step], rate, largest))
        for found, right in zip([np.array(losses[-1]), *state.parts()], expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=2e-4, atol=2e-5)
    assert at_once.descend(entries, rate, largest) == pytest.approx(math.fsum(losses))
    for flat, other in zip(at_once.flats, state.flats, strict=True):
        np.testing.assert_array_equal(flat, other)
    assert (state.tables[0][:, width + 1] == 1).all()
    assert (state.tables[1][:, width] == 1).all()
    assert not state.tables[0][:, width + BIASES : state.span].any()


def test_the_twin_sees_a_wrong_step() -> None:
    state = State(5, 16, 1)
    expected = twin_of(state, [(0, 1, 3.0)], 0.05, LARGEST)
    state.descend([(0, 1, 3.1)], 0.05)
    differs = [
        not np.allclose(found, right, 2e-4, 2e-5) for found, right in zip(state.parts(), expected[1:], strict=True)
    ]
    assert any(differs)


@pytest.mark.parametrize("x", [0.5, 10.0, 70.0])
def test_gradients_are_those_of_pytorch_and_of_finite_differences(x: float) -> None:
    """With sums of squares of 1 and a small rate, a step is minus the rate times the gradient."""
    state = State(3, 20, 2)
    for table in state.tables:
        table[:, state.span :] = 1
    before = [torch.tensor(part, requires_grad=True) for part in list(state.parts())[:4]]
    words, contexts, b, c = before

    def loss_of(words: torch.Tensor, contexts: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        difference = words[1] @ contexts[2] + b[1] + c[2] - math.log(x)
        return min((x / X_MAX) ** ALPHA, 1.0) * difference**2 / 2

    loss_of(words, contexts, b, c).backward()
    rate = 1e-3
    found = state.descend([(1, 2, x)], rate)
    assert found == pytest.approx(loss_of(*before).item(), rel=1e-5)
    for old, new, step in zip(before, state.parts(), (rate, rate, 1, 1), strict=False):  # biases have a rate of 1
        assert old.grad is not None
        np.testing.assert_allclose((old.detach().numpy() - new) / step, old.grad.numpy(), rtol=2e-3, atol=2e-3)
    with torch.no_grad():
        moved = words.clone()
        moved[1, 7] += 1e-6
        slope = (loss_of(moved, contexts, b, c) - loss_of(*before)) / 1e-6
    assert words.grad is not None
    assert slope.item() == pytest.approx(words.grad[1, 7].item(), rel=1e-3)


def test_rate_zero_measures_and_changes_nothing() -> None:
    state = State(4, 10, 3)
    before = [flat.copy() for flat in state.flats]
    first = state.descend([(0, 1, 2.0), (3, 3, 40.0)], 0.0)
    assert first == state.descend([(0, 1, 2.0), (3, 3, 40.0)], 0.0) > 0
    for flat, old in zip(state.flats, before, strict=True):
        np.testing.assert_array_equal(flat, old)


def test_what_is_not_finite_makes_no_step() -> None:
    state = State(2, 4, 4)
    state.tables[0][0, :4] = 1e30
    before = [flat.copy() for flat in state.flats]
    assert state.descend([(0, 1, 2.0)], 0.05) == 0
    for flat, old in zip(state.flats, before, strict=True):
        np.testing.assert_array_equal(flat, old)


# dealing


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=200),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([0, 2, 5]),
)
def test_entries_are_dealt_to_the_buckets_of_their_groups(
    pairs: list[tuple[int, int]], groups: int, parts: int, held_out_every: int
) -> None:
    rows, columns = np.array(pairs, np.uint32).T.copy()
    buckets, sizes = np.empty(len(rows), np.int32), np.zeros(groups**2 * parts + 1, np.int64)
    choose_buckets(rows, columns, groups, parts, held_out_every, np.array([5], np.uint64), buckets, sizes)
    assert np.bincount(buckets, minlength=len(sizes)).tolist() == sizes.tolist()
    held_out = {frozenset(pair) for pair, bucket in zip(pairs, buckets, strict=True) if bucket == len(sizes) - 1}
    for (row, column), bucket in zip(pairs, buckets.tolist(), strict=True):
        assert (bucket == len(sizes) - 1) == (frozenset((row, column)) in held_out)
        if bucket < len(sizes) - 1:
            assert bucket // parts == row % groups * groups + column % groups
    if held_out_every == 0:
        assert not held_out
    starts, order = np.empty(len(sizes) + 1, np.int64), np.empty(len(rows), np.int32)
    sort_places(buckets, starts, order)
    assert np.diff(starts).tolist() == sizes.tolist()
    assert buckets[order].tolist() == sorted(buckets.tolist())
    assert sorted(order.tolist()) == list(range(len(rows)))


def test_shuffling_keeps_entries_together_and_every_order_is_as_likely() -> None:
    seen: dict[tuple[int, ...], int] = {}
    random = np.array([1], np.uint64)
    for _ in range(6000):
        rows, columns, logs = (
            np.arange(3, dtype=np.uint32),
            np.arange(3, dtype=np.uint32),
            np.arange(3, dtype=np.float32),
        )
        shuffle(rows, columns, logs, random)
        assert rows.tolist() == columns.tolist() == logs.tolist()
        order = tuple(rows.tolist())
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 6
    assert all(850 < count < 1150 for count in seen.values())
