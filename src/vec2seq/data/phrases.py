"""Phrases: neighbouring words that belong together become one word (word2phrase, Mikolov et al. 2013).

Works on a numbered text (``counting.py``): pairs of numbers are counted, and those that are chosen replaced.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.counting import Numbered, with_words, write_numbers
from vec2seq.kernels import phrases as kernels
from vec2seq.kernels.text import LONGEST_WORD


def choose_phrases(text: Numbered, min_count: int, threshold: float) -> tuple[tuple[str, str], ...]:
    """Pairs of words that stand together more often than chance (equation 6).

    A pair a b is one where (count(a b) - min_count) / count(a) / count(b) * words > threshold.
    """
    counts = text.counts
    keys, pair_counts = _counted_pairs(text, counts >= min_count)
    slots = np.flatnonzero(keys)
    first = (keys[slots] >> np.uint64(32)).astype(np.int64) - 1
    second = (keys[slots] & np.uint64(0xFFFFFFFF)).astype(np.int64) - 1
    scores = (pair_counts[slots] - min_count) / counts[first] / counts[second] * counts.sum()
    chosen = np.flatnonzero(scores > threshold)
    pairs = zip(text.words(first[chosen]), text.words(second[chosen]), strict=True)
    return tuple(sorted((a.decode(), b.decode()) for a, b in pairs))


def _counted_pairs(text: Numbered, frequent: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """How often each pair of frequent words stands together: a hash table of keys and counts."""
    keys, counts, used = np.zeros(1 << 16, np.uint64), np.zeros(1 << 16, np.int64), 0
    for numbers in text.each(text.renamed):
        start = 0
        while start < len(numbers):
            start, used = kernels.count_pairs(numbers, frequent, keys, counts, start, used)
            if start < len(numbers):
                larger, larger_counts = np.zeros(2 * len(keys), np.uint64), np.zeros(2 * len(keys), np.int64)
                kernels.move_pairs(keys, counts, larger, larger_counts)
                keys, counts = larger, larger_counts
    return keys, counts


def join_phrases(text: Numbered, folder: Path, pairs: Iterable[tuple[str, str]]) -> Numbered:
    """The text with these pairs of neighbouring words joined by a low line, from left to right.

    Takes the place of ``text``: its files are removed.
    """
    numbers = {word: number for number, word in enumerate(text.words(np.arange(len(text.counts))))}
    here = [(a.encode(), b.encode()) for a, b in pairs]
    here = [(a, b) for a, b in here if a in numbers and b in numbers and len(a) + len(b) < LONGEST_WORD]
    joined_words = list(dict.fromkeys(b"_".join(pair) for pair in here))
    table, names = with_words(text, joined_words)
    name_of = dict(zip(joined_words, names, strict=True))
    keys = np.zeros(1 << (4 * len(here) + 3).bit_length(), np.uint64)
    phrases = np.zeros(len(keys), np.int32)
    for a, b in here:
        key = np.uint64(numbers[a] + 1 << 32 | numbers[b] + 1)
        slot = kernels.pair_slot(keys, key)
        keys[slot], phrases[slot] = key, name_of[b"_".join((a, b))]
    counts = np.zeros(int(table.size[0]), np.int64)

    def joined() -> Iterator[NDArray[np.int32]]:
        for block in text.each(text.renamed):
            out = np.empty_like(block)
            yield out[: kernels.join_pairs(block, keys, phrases, counts, out)]

    # the files of the text are read while the new one is written
    path = next(path for path in (folder / f"numbers-joined-{n}.bin" for n in (0, 1)) if path not in text.files)
    result = write_numbers(text, table, joined(), path)
    table.records[: table.size[0], 2] = counts
    for before in text.files:
        before.unlink()
    return result
