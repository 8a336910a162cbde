"""Hashed n-grams: words in a row, and characters in a row inside of words, as numbers of so many buckets.

Bag of tricks for text classification (Joulin et al. 2016), enriched word vectors (Bojanowski et al. 2017). A hash needs
no table, so that n-grams nobody has seen have a number, too; two may share one.
"""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.texts import BLOCK_TEXTS, Texts, kept
from vec2seq.data.tokenize import has_han

SHORTEST = 3
"""characters"""
_ODD = np.uint64(0x9E3779B97F4A7C15)


def word_ngrams(texts: Ragged, longest: int, buckets: int) -> list[NDArray[np.int64]]:
    """For n from 2 to ``longest`` the bucket [M] of the n words that begin at each place; -1 where a text ends before.

    ``texts``: numbers of words [M].
    """
    ids = texts.values.astype(np.uint64)
    left = np.repeat(texts.offsets[1:], texts.lengths) - np.arange(len(ids))
    hashes, found = ids * _ODD, []
    for n in range(2, longest + 1):
        following = np.zeros_like(ids)
        following[: max(len(ids) - n + 1, 0)] = ids[n - 1 :]
        hashes = (hashes ^ (hashes >> np.uint64(29))) * _ODD + following
        mixed = (hashes ^ (hashes >> np.uint64(32))) * _ODD
        places = (mixed >> np.uint64(33)).astype(np.int64) % buckets
        found.append(np.where(left >= n, places, -1))
    return found


def char_ngrams(words: Sequence[str], shortest: int, longest: int, buckets: int) -> Ragged:
    """The buckets of the n-grams of each word, its ends marked by < and >; of words with Han from 1 on, without marks.

    A Chinese word is mostly of two characters, each of which says something.
    """
    rows = []
    for word in words:
        han = has_han(word)
        marked = word if han else f"<{word}>"
        rows.append(
            [
                zlib.crc32(marked[first : first + n].encode("utf-8", "surrogatepass")) % buckets
                for n in range(1 if han else shortest, longest + 1)
                for first in range(len(marked) - n + 1)
            ]
        )
    return Ragged.of(rows)


def bags(
    texts: Texts,
    numbers: NDArray[np.int32],
    first: int,
    buckets: int,
    words: int,
    characters: int,
    path: Path | None = None,
) -> Ragged:
    """Texts as bags: of each the numbers of its words, then from ``first`` on the buckets of its n-grams.

    ``numbers``: of each different word; ``words``, ``characters``: the longest n-grams, of characters from
    SHORTEST on. Kept in a new file at ``path``, or in memory.
    """
    inside = char_ngrams(texts.tokens, SHORTEST, characters, buckets) if characters else None
    lengths: list[NDArray[np.int64]] = []

    def blocks() -> Iterator[NDArray[np.int32]]:
        for begin in range(0, len(texts.ids), BLOCK_TEXTS):
            some = texts.ids.take(np.arange(begin, min(begin + BLOCK_TEXTS, len(texts.ids))))
            row = np.repeat(np.arange(len(some)), some.lengths)
            known = Ragged(numbers[some.values], some.offsets)
            parts = [(row, known.values)]
            for ngrams in word_ngrams(known, words, buckets):
                parts.append((row[ngrams >= 0], ngrams[ngrams >= 0] + first))
            if inside is not None:
                of_words = inside.take(some.values.astype(np.int64))
                parts.append((np.repeat(row, of_words.lengths), of_words.values + first))
            rows, values = (np.concatenate(column) for column in zip(*parts, strict=True))
            lengths.append(np.bincount(rows, minlength=len(some)))
            yield values[np.argsort(rows, kind="stable")].astype(np.int32)

    found = kept(blocks(), path)
    return Ragged(found, offsets_of(np.concatenate([np.zeros(0, np.int64), *lengths])))
