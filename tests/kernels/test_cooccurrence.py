"""Counting co-occurrences against a plain loop; the tables of parts of a text add up to that of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.twins import cooccurrences
from vec2seq.kernels.cooccurrence import BREAK, add_rows, count_rows, separate
from vec2seq.kernels.places import sort_places

WORDS = 6
sentences = st.lists(st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=12), max_size=8)
weights = st.lists(st.sampled_from([1.0, 0.5, 0.25]), max_size=4)
Table = dict[tuple[int, int], float]


def flat(texts: list[list[int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    ids = np.array([word for words in texts for word in words], np.int32)
    return ids, np.cumsum([0, *map(len, texts)], dtype=np.int64)


def counted(
    texts: list[list[int]], left: list[float], right: list[float], rows: tuple[int, int] = (0, WORDS)
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Lengths, columns and values of some rows."""
    ids, offsets = flat(texts)
    text = np.empty(len(ids) + len(texts) + 1, np.int32)
    separate(ids, offsets, 0, len(texts), text)
    first, places = np.empty(WORDS + 1, np.int64), np.empty(len(ids), np.int32)
    sort_places(text, first, places)
    sums = np.zeros(WORDS)
    lengths = np.empty(rows[1] - rows[0], np.int32)
    columns, values = np.empty(WORDS * WORDS, np.int32), np.empty(WORDS * WORDS, np.float32)
    used = count_rows(
        text, places, first, rows, np.array(left, float), np.array(right, float), sums, columns, values, lengths
    )
    assert not sums.any()
    return lengths, columns[:used], values[:used]


def table(lengths: NDArray[np.int32], columns: NDArray[np.int32], values: NDArray[np.float32], first: int = 0) -> Table:
    rows = np.repeat(np.arange(first, first + len(lengths)), lengths)
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    return dict(zip(pairs, values.tolist(), strict=True))


@given(sentences, weights, weights, st.integers(0, WORDS - 1))
def test_counts_are_those_of_a_plain_loop(
    texts: list[list[int]], left: list[float], right: list[float], row: int
) -> None:
    expected = cooccurrences(texts, left, right)
    assert table(*counted(texts, left, right)) == pytest.approx(expected)
    some = {pair: value for pair, value in expected.items() if pair[0] >= row}
    assert table(*counted(texts, left, right, (row, WORDS)), row) == pytest.approx(some)


def test_the_plain_loop_can_fail() -> None:
    assert table(*counted([[0, 1, 2]], [1.0], [1.0])) != pytest.approx(cooccurrences([[0, 1, 2]], [1.0], []))


@given(st.lists(sentences, min_size=1, max_size=4), weights, weights)
def test_tables_of_parts_add_up(parts: list[list[list[int]]], left: list[float], right: list[float]) -> None:
    tables = [counted(part, left, right) for part in parts]
    lengths, columns, values = (np.concatenate(arrays) for arrays in zip(*tables, strict=True))
    out_lengths, out_columns, out_values = np.empty(WORDS, np.int32), np.empty_like(columns), np.empty_like(values)
    used = add_rows(len(parts), WORDS, lengths, columns, values, np.zeros(WORDS), out_columns, out_values, out_lengths)
    whole = cooccurrences([words for part in parts for words in part], left, right)
    assert table(out_lengths, out_columns[:used], out_values[:used]) == pytest.approx(whole)


@given(sentences)
def test_places_are_sorted_by_word_and_breaks_stand_between_sentences(texts: list[list[int]]) -> None:
    ids, offsets = flat(texts)
    text = np.empty(len(ids) + len(texts) + 1, np.int32)
    separate(ids, offsets, 0, len(texts), text)
    assert text.tolist() == [BREAK, *(word for words in texts for word in [*words, BREAK])]
    first, places = np.empty(WORDS + 1, np.int64), np.empty(len(ids), np.int32)
    sort_places(text, first, places)
    for word in range(WORDS):
        assert places[first[word] : first[word + 1]].tolist() == np.flatnonzero(text == word).tolist()
