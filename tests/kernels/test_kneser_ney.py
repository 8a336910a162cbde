"""n-grams with Kneser-Ney smoothing: as one would write it down with dictionaries."""

from collections import Counter, defaultdict
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.kernels.kneser_ney import KneserNey, _discounts

TOKENS = 5
ROWS = st.lists(st.lists(st.integers(1, TOKENS - 1), max_size=12).map(lambda row: [0, *row, 0]), min_size=1, max_size=6)


def flat(rows: list[list[int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    return np.array(list(chain.from_iterable(rows)), np.int32), np.cumsum([0, *map(len, rows)])


class Plain:
    """The recursion of the paper, by dictionaries of tuples."""

    def __init__(self, rows: list[list[int]], order: int):
        self.order = order
        seen = [
            Counter(tuple(row[i : i + n]) for row in rows for i in range(len(row) - n + 1)) for n in range(order + 2)
        ]
        starts = [Counter(tuple(row[:n]) for row in rows if len(row) >= n) for n in range(order + 2)]
        self.counts: list[dict[tuple[int, ...], int]] = [{}]
        for n in range(1, order + 1):
            if n == order:
                counts = Counter(seen[n])
                if n == 1:
                    counts -= starts[1]
            else:
                counts = Counter(gram[1:] for gram in seen[n + 1])
                if n > 1:
                    counts += starts[n]
            self.counts.append({gram: counts[gram] for gram in seen[n]})

    def probability(self, token: int, context: tuple[int, ...]) -> float:
        if not context and self.order == 0:
            return 1 / TOKENS
        counts = self.counts[len(context) + 1]
        discounts = dict(zip(counts, _discounts(np.array(list(counts.values()), np.int64)), strict=True))
        mine = {gram: count for gram, count in counts.items() if gram[:-1] == context}
        total = sum(mine.values())
        below = self.probability(token, context[1:]) if context else 1 / TOKENS
        if not total:
            return below
        back = sum(discounts[gram] for gram in mine) / total
        gram = (*context, token)
        return (mine.get(gram, 0) - discounts.get(gram, 0.0)) / total + back * below


@given(rows=ROWS, others=ROWS, order=st.integers(1, 4))
def test_it_is_the_recursion_of_the_paper(rows: list[list[int]], others: list[list[int]], order: int) -> None:
    model, plain = KneserNey.of(*flat(rows), TOKENS, order), Plain(rows, order)
    found, place = model.probabilities(*flat(others)), 0
    for row in others:
        assert found[place] == 1
        for at in range(1, len(row)):
            want = plain.probability(row[at], tuple(row[max(0, at - order + 1) : at]))
            assert found[place + at] == pytest.approx(want, abs=1e-6)
        place += len(row)


def test_counts_of_what_stands_before_matter() -> None:
    """ "san" is frequent, but only ever before "francisco": alone, it is not probable."""
    rows = [[0, 1, 2, 0]] * 20 + [[0, 3, 4, 0], [0, 4, 3, 0], [0, 3, 3, 4, 0]]
    model = KneserNey.of(*flat(rows), TOKENS, 2)
    assert model.first[2] < model.first[3]
    plain = np.bincount(flat(rows)[0])
    assert plain[2] > plain[3]


@given(rows=ROWS, written=st.lists(st.integers(0, TOKENS - 1), min_size=1, max_size=8), order=st.integers(1, 5))
def test_token_after_token_as_at_once(rows: list[list[int]], written: list[int], order: int) -> None:
    model = KneserNey.of(*flat(rows), TOKENS, order)
    values, offsets = flat([written, written[::-1]])
    want, ends = model.probabilities(values, offsets).reshape(2, -1), model.start(2)
    for at, ids in enumerate(values.reshape(2, -1).T):
        following = model.following(ends)
        np.testing.assert_allclose(following.sum(1), 1, atol=1e-5)
        assert (following >= 0).all()
        if at:
            np.testing.assert_allclose(following[[0, 1], ids], want[:, at], atol=1e-6)
        ends = model.after(ends, ids)


def test_discounts_are_those_of_chen_and_goodman() -> None:
    counts = np.repeat([1, 2, 3, 4, 9], [40, 15, 8, 5, 2])
    share = 40 / (40 + 2 * 15)
    want = {1: 1 - 2 * share * 15 / 40, 2: 2 - 3 * share * 8 / 15, 3: 3 - 4 * share * 5 / 8}
    found = defaultdict(set)
    for count, discount in zip(counts.tolist(), _discounts(counts).tolist(), strict=True):
        found[min(count, 3)].add(discount)
    assert {count: sizes.pop() for count, sizes in found.items() if len(sizes) == 1} == pytest.approx(want)
    assert not _discounts(np.array([0, 0])).any()


@given(rows=ROWS, order=st.integers(1, 4))
def test_arrays_and_back(rows: list[list[int]], order: int) -> None:
    model = KneserNey.of(*flat(rows), TOKENS, order)
    again = KneserNey.of_arrays(**model.arrays)
    np.testing.assert_array_equal(again.probabilities(*flat(rows)), model.probabilities(*flat(rows)))
    assert len(again.tables) == order - 1


@pytest.mark.parametrize(
    "change",
    [
        {"first": np.zeros(0)},
        {"first": np.full(9, 1 / 9)},
        {"keys": np.array([3, 2, 1, 0])},
        {"sizes": np.array([[1, 1]])},
        {"sizes": np.zeros((0, 2), np.int64)},
        {"sizes": np.zeros(4, np.int64)},
        {"shares": np.zeros(1, np.float32)},
        {"shares": np.zeros(0)},
    ],
    ids=str,
)
def test_arrays_that_nobody_wrote_are_refused(change: dict[str, NDArray[np.float64]]) -> None:
    arrays = KneserNey.of(*flat([[0, 1, 2, 3, 1, 2, 0]]), TOKENS, 3).arrays
    with pytest.raises(ValueError, match="n-grams"):
        KneserNey.of_arrays(**{**arrays, **change})
    keys = arrays["keys"].copy()
    keys[0] = keys[1]
    with pytest.raises(ValueError, match="not in order"):
        KneserNey.of_arrays(**{**arrays, "keys": keys})
