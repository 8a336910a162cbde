"""Ragged against lists of lists."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data import ragged as ragged_module
from vec2seq.data.ragged import Ragged, offsets_of

Rows = list[list[int]]
rows = st.lists(st.lists(st.integers(-5, 2**31 - 1), max_size=6), max_size=8)


@st.composite
def some(draw: st.DrawFn) -> tuple[Rows, list[int]]:
    """Rows, and numbers of some of them, maybe twice, in any order."""
    every = draw(rows)
    return every, draw(st.lists(st.integers(0, len(every) - 1), max_size=8)) if every else []


def listed(ragged: Ragged) -> Rows:
    return [row.tolist() for row in ragged]


def assert_is(ragged: Ragged, expected: Rows) -> None:
    """That the rows are these, with offsets that fit."""
    assert listed(ragged) == expected
    assert len(ragged) == len(expected)
    assert ragged.lengths.tolist() == [len(row) for row in expected]
    assert ragged.offsets[0] == 0
    assert ragged.offsets[-1] == len(ragged.values)


def test_another_row_is_seen() -> None:
    with pytest.raises(AssertionError):
        assert_is(Ragged.of([[1, 2], []]), [[1], [2]])


@given(rows)
def test_rows_come_back(every: Rows) -> None:
    assert_is(Ragged.of(every), every)
    assert_is(Ragged.of(map(np.array, every), np.int64), every)
    assert Ragged.of(every).values.dtype == np.int32
    for number in (-1, len(every)):
        with pytest.raises(IndexError):
            Ragged.of(every)[number]


@given(some())
def test_taken_rows_are_those_of_the_list(both: tuple[Rows, list[int]]) -> None:
    every, numbers = both
    ragged = Ragged.of(every)
    taken = ragged.take(np.array(numbers, np.int64))
    assert_is(taken, [every[number] for number in numbers])
    taken.values[:] = 7  # a copy
    assert_is(ragged, every)


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=8), st.data())
def test_values_are_counted_as_often_as_their_rows_are_asked(every: Rows, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, len(every) - 1), max_size=8))
    expected = [sum(every[number].count(value) for number in numbers) for value in range(10)]
    with mock.patch.object(ragged_module, "_BLOCK_ROWS", 3):
        assert Ragged.of(every).counts(np.array(numbers, np.int64), 10).tolist() == expected


@given(rows, st.integers(0, 7))
def test_cut_rows_are_slices(every: Rows, longest: int) -> None:
    ragged = Ragged.of(every)
    assert_is(ragged.cut(longest), [row[:longest] for row in every])
    assert_is(ragged, every)


@given(some(), st.integers(-3, 3))
def test_padded_rows_are_filled_to_the_longest(both: tuple[Rows, list[int]], filling: int) -> None:
    every, numbers = both
    values, mask = Ragged.of(every).padded(np.array(numbers, np.int64), filling)
    wanted = [every[number] for number in numbers]
    width = max(map(len, wanted), default=0) or 1
    assert values.shape == mask.shape == (len(wanted), width)
    assert values.tolist() == [row + [filling] * (width - len(row)) for row in wanted]
    assert mask.tolist() == [[place < len(row) for place in range(width)] for row in wanted]


@given(st.lists(st.integers(0, 9)))
def test_offsets_are_sums(lengths: list[int]) -> None:
    assert offsets_of(lengths).tolist() == [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    assert offsets_of(lengths).dtype == np.int64
