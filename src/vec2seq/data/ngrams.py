"""N-grams: words in a row, and characters in a row inside of words; those seen before are known, by their hashes.

Bag of tricks for text classification (Joulin et al. 2016), enriched word vectors (Bojanowski et al. 2017). There an
n-gram is a hash of a hundred thousand or a million, and those that share one are one; here hashes are many, so that
sharing is rare, and the ones that are seen more than once get numbers: few, and most other n-grams say nothing
(docs/decisions/0011-known-n-grams.md).
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.texts import BLOCK_TEXTS, Texts, kept
from vec2seq.data.tokenize import has_han

SHORTEST = 3
"""characters"""
HASHES = 1 << 24
FEWEST = 2
"""times that an n-gram is seen if it is to be known"""
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


@dataclass(frozen=True, eq=False)
class Ngrams:
    """The n-grams that are known, and how texts become bags of words and of these."""

    words: int
    """the longest run of words that is an n-gram; 1: none is"""
    characters: int
    """the longest run of characters in a word, from SHORTEST on; 0: none is"""
    known: NDArray[np.int32]
    """hashes [K], in order: n-gram k is the one with hash k"""

    @classmethod
    def seen(
        cls, texts: Texts, rows: NDArray[np.int64], numbers: NDArray[np.int32], words: int, characters: int, most: int
    ) -> Self:
        """Those that are in the texts with these row numbers FEWEST times or more; so many at ``most``, frequent ones.

        ``numbers``: of each different word.
        """
        every = cls(words, characters, np.zeros(0, np.int32))
        inside, counts = every._inside(texts), np.zeros(HASHES, np.int64)
        for first in range(0, len(rows), BLOCK_TEXTS):
            some = texts.ids.take(rows[first : first + BLOCK_TEXTS])
            for _, _, hashes in every._ngrams(some, numbers, inside):
                counts += np.bincount(hashes, minlength=HASHES)
        known = np.flatnonzero(counts >= FEWEST)
        if len(known) > most:
            known = np.sort(known[np.argsort(-counts[known], kind="stable")[:most]])
        return cls(words, characters, known.astype(np.int32))

    def bags(self, texts: Texts, numbers: NDArray[np.int32], first: int, path: Path | None = None) -> Ragged:
        """Texts as bags: of each the numbers of its words, then from ``first`` on those of its known n-grams.

        ``numbers``: of each different word. Kept in a new file at ``path``, or in memory.
        """
        inside = self._inside(texts)
        lengths: list[NDArray[np.int64]] = []

        def blocks() -> Iterator[NDArray[np.int32]]:
            for begin in range(0, len(texts.ids), BLOCK_TEXTS):
                some = texts.ids.take(np.arange(begin, min(begin + BLOCK_TEXTS, len(texts.ids))))
                places, _, values = self._contents(some, numbers, inside, first)
                rows = np.repeat(np.arange(len(some)), some.lengths)[places]
                lengths.append(np.bincount(rows, minlength=len(some)))
                yield values[np.argsort(rows, kind="stable")].astype(np.int32)

        found = kept(blocks(), path)
        return Ragged(found, offsets_of(np.concatenate([np.zeros(0, np.int64), *lengths])))

    def words_of(self, text: Texts, numbers: NDArray[np.int32]) -> list[range]:
        """Of all that is in the bag of one text, the places of its words."""
        places, spans, _ = self._contents(text.ids, numbers, self._inside(text), 0)
        return [range(at, at + span) for at, span in zip(places.tolist(), spans.tolist(), strict=True)]

    def _contents(
        self, some: Ragged, numbers: NDArray[np.int32], inside: Ragged, first: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Of all that is in the bags of some texts: the place of its first word, how many words it has, its number."""
        every = np.arange(len(some.values))
        parts = [(every, np.ones_like(every), numbers[some.values].astype(np.int64))]
        for places, words, hashes in self._ngrams(some, numbers, inside):
            at = np.searchsorted(self.known, hashes).clip(max=max(len(self.known) - 1, 0))
            there = self.known[at] == hashes if len(self.known) else np.zeros(len(hashes), bool)
            parts.append((places[there], np.full(int(there.sum()), words), first + at[there]))
        places, spans, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        return places, spans, values

    def _ngrams(
        self, some: Ragged, numbers: NDArray[np.int32], inside: Ragged
    ) -> Iterator[tuple[NDArray[np.int64], int, NDArray[np.int64]]]:
        """The n-grams of some texts, by length: the places of their first words, how many words, their hashes."""
        for longer, hashes in enumerate(word_ngrams(Ragged(numbers[some.values], some.offsets), self.words, HASHES), 2):
            places = np.flatnonzero(hashes >= 0)
            yield places, longer, hashes[places]
        of_words = inside.take(some.values.astype(np.int64))
        yield np.repeat(np.arange(len(some.values)), of_words.lengths), 1, of_words.values.astype(np.int64)

    def _inside(self, texts: Texts) -> Ragged:
        """Hashes of the n-grams in each different word."""
        return char_ngrams(texts.tokens, SHORTEST, self.characters, HASHES)
