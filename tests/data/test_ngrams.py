"""N-grams against plain loops over integers and strings; on disk as in memory."""

import tempfile
import zlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vec2seq.data import ngrams as module
from vec2seq.data.ngrams import HAN, HASHES, SHORTEST, Ngrams, char_ngrams, runs
from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import Texts

WORD_BITS = 2**64 - 1
ODD = 0x9E3779B97F4A7C15
rows = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=7), max_size=6)
tokenized = st.lists(st.lists(st.sampled_from(["a", "bc", "déf", "词", "单词", "long-word"]), max_size=6), max_size=6)


def bucket(ids: list[int], buckets: int) -> int:
    """The hash of some words in a row, one after the other, by Python's integers."""
    found = ids[0] * ODD & WORD_BITS
    for word in ids[1:]:
        found = ((found ^ found >> 29) * ODD + word) & WORD_BITS
    return (((found ^ found >> 32) * ODD & WORD_BITS) >> 33) % buckets


def inside(word: str, longest: int, buckets: int) -> list[int]:
    """The buckets of a word's n-grams of characters."""
    marked = f"<{word}>"
    pieces = [marked[a : a + n] for n in range(SHORTEST, longest + 1) for a in range(len(marked) - n + 1)]
    return [zlib.crc32(piece.encode()) % buckets for piece in pieces]


@given(rows, st.integers(1, 3), st.integers(1, 8), st.integers(1, 2**20))
@example([[1, 2, 3]], 2, 8, 10)  # fewer words in all than the longest n-gram has
def test_runs_are_hashed_as_by_integers(every: list[list[int]], shortest: int, longest: int, buckets: int) -> None:
    found = runs(Ragged.of(every), shortest, longest, buckets)
    assert len(found) == max(longest - shortest + 1, 0)
    for n, places in enumerate(found, shortest):
        expected = [
            bucket(row[place : place + n], buckets) if place + n <= len(row) else -1
            for row in every
            for place in range(len(row))
        ]
        assert places.tolist() == expected


def test_another_order_is_another_run() -> None:
    pairs = Ragged.of([[a, b] for a in range(40) for b in range(40)])
    (found,) = runs(pairs, 2, 2, 2**40)
    places = found[found >= 0]
    assert len(set(places.tolist())) == 1600
    few = runs(pairs, 2, 2, 10)[0]
    shares = np.bincount(few[few >= 0], minlength=10) / 1600
    assert shares.min() > 0.07
    assert shares.max() < 0.13


@given(
    st.lists(st.text(st.characters(max_codepoint=0x7F) | st.sampled_from("北京"), max_size=8), max_size=5),
    st.integers(3, 6),
    st.integers(1, 2**20),
)
def test_runs_of_characters_are_those_of_the_marked_word(words: list[str], longest: int, buckets: int) -> None:
    for word in words:
        assert char_ngrams(word, SHORTEST, longest, buckets) == inside(word, longest, buckets)
    assert char_ngrams("to", SHORTEST, 2, buckets) == []


def test_a_character_that_is_none_is_hashed_too() -> None:
    assert len(char_ngrams("\ud800b", 3, 3, 10)) == 2


def is_han(word: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in word)


def han_runs(text: list[str], longest: int) -> list[tuple[int, int, int]]:
    """Of runs of Han characters: the place of the word where each begins, how many words, the hash."""
    characters = [(at, character) for at, word in enumerate(text) for character in word]
    return [
        (run[0][0], run[-1][0] - run[0][0] + 1, bucket([HAN + ord(character) for _, character in run], HASHES))
        for n in range(1, longest + 1)
        for run in (characters[first : first + n] for first in range(len(characters) - n + 1))
        if all(is_han(text[at]) for at, _ in run)
    ]


def test_han_characters_go_on_from_word_to_word() -> None:
    def of(*text: str) -> list[tuple[int, int, int]]:
        return [(at, span, hashed) for at, span, hashed in han_runs(list(text), 2)]

    texts = [["北京", "人", "。", "好"], ["京人", "吃", "好"], ["京", "好"]]
    ngrams = Ngrams.seen(Texts.read(texts), np.arange(3), np.arange(8, dtype=np.int32) + 2, 1, 2, 100)
    (pair,) = (hashed for _, span, hashed in of("京", "人") if span == 2)
    assert [(0, 1, pair)] == [run for run in of("京人") if run[2] == pair]
    assert pair in ngrams.known.tolist()
    alone = {hashed for character in "京人好" for _, _, hashed in of(character)}
    assert set(ngrams.known.tolist()) == {pair, *alone}  # no run goes on after a full stop, nor into the next text


def runs_of(ids: list[int], text: list[str], words: int, characters: int) -> list[tuple[int, int, int]]:
    """All n-grams of a text: the place of the first word, how many words, the hash."""
    found = [(a, n, bucket(ids[a : a + n], HASHES)) for n in range(2, words + 1) for a in range(len(ids) - n + 1)]
    others = [(at, word) for at, word in enumerate(text) if not is_han(word)]
    found += [(at, 1, place) for at, word in others for place in inside(word, characters, HASHES)]
    return found + han_runs(text, characters)


@given(tokenized, st.integers(1, 4), st.sampled_from([0, 3, 5]), st.sampled_from([1, 2, 4096]), st.integers(0, 5))
def test_bags_are_words_and_known_ngrams(
    every: list[list[str]], words: int, characters: int, block: int, most: int
) -> None:
    texts = Texts.read(every)
    numbers = np.arange(len(texts.tokens), dtype=np.int32) * 3 + 1
    number = dict(zip(texts.tokens, numbers.tolist(), strict=True))
    rows, first = np.arange(0, len(every), 2), 50
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_TEXTS", block)
        ngrams = Ngrams.seen(texts, rows, numbers, words, characters, most)
        memory = ngrams.bags(texts, numbers, first)
        disk = ngrams.bags(texts, numbers, first, Path(folder) / "bags")
        np.testing.assert_array_equal(disk.values, memory.values)
        np.testing.assert_array_equal(disk.offsets, memory.offsets)
        del disk
    every_run = [runs_of([number[word] for word in text], text, words, characters) for text in every]
    counts = Counter(place for text in every_run[::2] for _, _, place in text)
    frequent = sorted((-count, place) for place, count in counts.items() if count > 1)[:most]
    known = sorted(place for _, place in frequent)
    assert ngrams.known.tolist() == known
    assert ngrams.known.dtype == memory.values.dtype == np.int32
    assert len(memory) == len(every)
    for text, mine, bag in zip(every, every_run, memory, strict=True):
        there = [(at, span, first + known.index(place)) for at, span, place in mine if place in known]
        assert bag[: len(text)].tolist() == [number[word] for word in text]
        assert Counter(bag[len(text) :].tolist()) == Counter(value for _, _, value in there)
        if text:
            alone = Texts.read([text])
            of_words = [range(at, at + 1) for at in range(len(text))] + [range(a, a + n) for a, n, _ in there]
            places = ngrams.words_of(alone, np.array([number[word] for word in alone.tokens], np.int32))
            assert Counter(places) == Counter(of_words)
            assert places[: len(text)] == of_words[: len(text)]


def test_what_is_seen_once_is_not_known() -> None:
    texts = Texts.read([["a", "b", "c"], ["a", "b", "d"]])
    numbers = np.arange(2, 6, dtype=np.int32)
    every = np.arange(2)
    ngrams = Ngrams.seen(texts, every, numbers, 2, 0, 100)
    assert ngrams.known.tolist() == [bucket([2, 3], HASHES)]
    assert [bag.tolist() for bag in ngrams.bags(texts, numbers, 10)] == [[2, 3, 4, 10], [2, 3, 5, 10]]
    assert Ngrams.seen(texts, every[:1], numbers, 2, 0, 100).known.tolist() == []


def test_a_wrong_hash_is_seen() -> None:
    (found,) = runs(Ragged.of([[1, 2, 3]]), 2, 2, 2**20)
    assert found.tolist() == [*(bucket([a, b], 2**20) for a, b in pairwise([1, 2, 3])), -1]
    assert found.tolist() != [*(bucket([b, a], 2**20) for a, b in pairwise([1, 2, 3])), -1]
