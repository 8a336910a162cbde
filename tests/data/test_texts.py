"""Texts in numbers against a dict and a Counter; on disk as in memory."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data import texts as module
from vec2seq.data.texts import SPECIAL, UNKNOWN, Texts, in_blocks

Tokenized = list[list[str]]
words = st.sampled_from(["a", "b", "c", "d", "é", "词", "\x00", "�"])
tokenized = st.lists(st.lists(words, max_size=6), max_size=9)


@st.composite
def some(draw: st.DrawFn) -> tuple[Tokenized, list[int]]:
    """Texts, and numbers of some of them."""
    every = draw(tokenized)
    return every, sorted(draw(st.sets(st.integers(0, len(every) - 1)))) if every else []


def counted(every: Tokenized, numbers: list[int]) -> Counter[str]:
    return Counter(word for number in numbers for word in every[number])


@given(tokenized)
def test_numbers_are_those_of_a_dict(every: Tokenized) -> None:
    known: dict[str, int] = {}
    numbers = [[known.setdefault(word, len(known)) for word in text] for text in every]
    texts = Texts.read(iter(every))
    assert texts.tokens == list(known)
    assert [row.tolist() for row in texts.ids] == numbers
    assert [row.tolist() for row in texts.cut(2).ids] == [row[:2] for row in numbers]


@given(tokenized, st.sampled_from([1, 2, 4096]))
def test_a_file_holds_what_memory_holds(every: Tokenized, block: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK_IDS", block)
        path = Path(folder) / "new" / "ids"
        memory, disk = Texts.read(every), Texts.read(every, path)
        assert disk.tokens == memory.tokens
        np.testing.assert_array_equal(disk.ids.values, memory.ids.values)
        np.testing.assert_array_equal(disk.ids.offsets, memory.ids.offsets)
        assert path.read_bytes() == memory.ids.values.tobytes()
        vocab = memory.vocab(np.arange(len(every)), 2)
        numbered = disk.numbered(vocab, path)  # in the place of the file that it is read from
        np.testing.assert_array_equal(numbered.values, memory.numbered(vocab).values)
        assert path.read_bytes() == numbered.values.tobytes()
        del disk, numbered


@given(some(), st.integers(1, 3), st.none() | st.integers(1, 3), st.lists(words | st.just("new"), max_size=4))
def test_the_vocabulary_is_of_some_texts_only(
    both: tuple[Tokenized, list[int]], min_count: int, max_size: int | None, also: list[str]
) -> None:
    every, numbers = both
    texts, counts = Texts.read(every), counted(*both)
    rows = np.array(numbers, np.int64)
    assert texts.counts(rows).tolist() == [counts[word] for word in texts.tokens]
    expected = [word for word in texts.tokens if counts[word] >= min_count]
    expected = sorted(expected, key=lambda word: (-counts[word], word))[:max_size]
    more = [word for word in dict.fromkeys(also) if word not in expected]
    vocab = texts.vocab(rows, min_count, max_size, also)
    assert vocab.tokens == expected + more
    assert vocab.counts.tolist() == [counts[word] for word in expected] + [0] * len(more)


@given(some(), st.integers(1, 3))
def test_what_is_not_in_the_vocabulary_stays_in_its_place(both: tuple[Tokenized, list[int]], min_count: int) -> None:
    every, numbers = both
    texts = Texts.read(every)
    vocab = texts.vocab(np.array(numbers, np.int64), min_count)
    place = {word: number + SPECIAL for number, word in enumerate(vocab.tokens)}
    assert texts.numbers(vocab).tolist() == [place.get(word, UNKNOWN) for word in texts.tokens]
    assert [row.tolist() for row in texts.numbered(vocab)] == [
        [place.get(word, UNKNOWN) for word in text] for text in every
    ]


@given(st.lists(st.integers()), st.integers(1, 5))
def test_blocks_are_slices(items: list[int], size: int) -> None:
    assert list(in_blocks(iter(items), size)) == [items[n : n + size] for n in range(0, len(items), size)]


def test_more_texts_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_TEXTS", 2)
    every = [["a", "b"], ["b"], [], ["c", "a"], ["b"]]
    texts = Texts.read(every)
    assert [row.tolist() for row in texts.ids] == [[0, 1], [1], [], [2, 0], [1]]
    assert texts.counts(np.array([0, 1, 3, 4])).tolist() == [2, 3, 1]
