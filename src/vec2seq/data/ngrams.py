"""N-grams: words in a row, and characters in a row; those seen before are known, by their hashes.

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
HAN = 1 << 32
"""added to the code points of Han characters, so that they are no words"""
_ODD = np.uint64(0x9E3779B97F4A7C15)


def runs(rows: Ragged, shortest: int, longest: int, buckets: int) -> list[NDArray[np.int64]]:
    """For n from ``shortest`` to ``longest`` the bucket [M] of the n numbers from each place on; -1 where a row ends.

    ``rows``: numbers of words, or of characters [M].
    """
    ids = rows.values.astype(np.uint64)
    left = np.repeat(rows.offsets[1:], rows.lengths) - np.arange(len(ids))
    hashes, found = ids * _ODD, []
    for n in range(1, longest + 1):
        if n > 1:
            following = np.zeros_like(ids)
            following[: max(len(ids) - n + 1, 0)] = ids[n - 1 :]
            hashes = (hashes ^ (hashes >> np.uint64(29))) * _ODD + following
        if n < shortest:
            continue
        mixed = (hashes ^ (hashes >> np.uint64(32))) * _ODD
        places = (mixed >> np.uint64(33)).astype(np.int64) % buckets
        found.append(np.where(left >= n, places, -1))
    return found


def char_ngrams(word: str, shortest: int, longest: int, buckets: int) -> list[int]:
    """The buckets of the runs of characters in a word, its ends marked by < and >."""
    marked = f"<{word}>"
    return [
        zlib.crc32(marked[first : first + n].encode("utf-8", "surrogatepass")) % buckets
        for n in range(shortest, longest + 1)
        for first in range(len(marked) - n + 1)
    ]


@dataclass(frozen=True, eq=False)
class Inside:
    """What is in each different word: of a word with Han its characters, of others the n-grams of them."""

    ngrams: Ragged
    """hashes"""
    han: Ragged
    """numbers of characters"""

    @classmethod
    def of(cls, words: Sequence[str], longest: int) -> Self:
        """``longest``: run of characters; 0: nothing is looked at."""
        han = [longest > 0 and has_han(word) for word in words]
        pairs = list(zip(words, han, strict=True))
        return cls(
            Ragged.of([[] if is_han else char_ngrams(word, SHORTEST, longest, HASHES) for word, is_han in pairs]),
            Ragged.of(
                [[HAN + ord(character) for character in word] if is_han else [] for word, is_han in pairs], np.int64
            ),
        )


def han_runs(
    texts: Ragged, han: Ragged, longest: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Runs of 1 to ``longest`` Han characters, also from one word to the next, as ``Ngrams`` has them.

    Where a Chinese word ends is found by a segmenter and not always right, and each of its characters says something.
    """
    inside = han.take(texts.values.astype(np.int64))
    begins = np.zeros(len(texts.values) + 1, bool)
    begins[texts.offsets] = True
    begins[1:] |= inside.lengths == 0
    words = np.repeat(np.arange(len(inside)), inside.lengths)
    stretches = Ragged(inside.values, inside.offsets[np.flatnonzero(begins)])
    for longer, hashes in enumerate(runs(stretches, 1, longest, HASHES)):
        places = np.flatnonzero(hashes >= 0)
        yield words[places], words[places + longer] - words[places] + 1, hashes[places]


@dataclass(frozen=True, eq=False)
class Ngrams:
    """The n-grams that are known, and how texts become bags of words and of these."""

    words: int
    """the longest run of words that is an n-gram; 1: none is"""
    characters: int
    """the longest run of characters in a word, from SHORTEST on; of Han, from 1 on, in a text; 0: none is"""
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
                np.add.at(counts, hashes, 1)
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
        self, some: Ragged, numbers: NDArray[np.int32], inside: Inside, first: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Of all that is in the bags of some texts: the place of its first word, how many words it has, its number."""
        every = np.arange(len(some.values))
        parts = [(every, np.ones_like(every), numbers[some.values].astype(np.int64))]
        for places, words, hashes in self._ngrams(some, numbers, inside):
            at = np.searchsorted(self.known, hashes).clip(max=max(len(self.known) - 1, 0))
            there = self.known[at] == hashes if len(self.known) else np.zeros(len(hashes), bool)
            parts.append((places[there], words[there], first + at[there]))
        places, spans, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        return places, spans, values

    def _ngrams(
        self, some: Ragged, numbers: NDArray[np.int32], inside: Inside
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        """The n-grams of some texts, by length: the places of their first words, how many words, their hashes."""
        for longer, hashes in enumerate(runs(Ragged(numbers[some.values], some.offsets), 2, self.words, HASHES), 2):
            places = np.flatnonzero(hashes >= 0)
            yield places, np.full(len(places), longer), hashes[places]
        of_words = inside.ngrams.take(some.values.astype(np.int64))
        places = np.repeat(np.arange(len(some.values)), of_words.lengths)
        yield places, np.ones_like(places), of_words.values.astype(np.int64)
        yield from han_runs(some, inside.han, self.characters)

    def _inside(self, texts: Texts) -> Inside:
        return Inside.of(texts.tokens, self.characters)
