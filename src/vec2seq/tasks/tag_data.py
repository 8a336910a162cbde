"""What a Tagger sees: sentences as numbers of words, of characters and of pairs of words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import SPECIAL, Texts
from vec2seq.data.vocab import Vocab
from vec2seq.engine.runtime import Arrays

FEWEST_PAIRS = 2
"""How often a pair of words has to be seen to be known."""
LONGEST_WORD = 32
"""Characters of a word that are looked at."""
_DIGIT = re.compile(r"\d")


def plain(token: str) -> str:
    """What a word is looked up as: lower case, every digit 0; characters tell what is lost."""
    return _DIGIT.sub("0", token.lower())


@dataclass(frozen=True, eq=False)
class Tokens:
    """N sentences, and of each different token what the net sees of it."""

    ids: Ragged
    """numbers of the different tokens"""
    words: NDArray[np.int32]
    """of each different token the number of its word"""
    characters: Ragged
    """of each different token its characters; empty rows if they are not looked at"""
    pairs: NDArray[np.int64]
    """those pairs of words that are known, see ``pairs_of``"""

    @classmethod
    def of(cls, texts: Texts, vocab: Vocab, characters: Vocab | None, pairs: NDArray[np.int64]) -> "Tokens":
        """Sentences by what is known: words, characters (None: not looked at), pairs."""
        words = words_of(texts, vocab)
        rows = [() if characters is None else characters.encode(t[:LONGEST_WORD]) + SPECIAL for t in texts.tokens]
        return cls(texts.ids, words, Ragged.of(rows), pairs)

    def batch(self, rows: NDArray[np.int64]) -> Arrays:
        """Some sentences as inputs of the net: all [B,T], but for characters [U,C]."""
        taken = self.ids.take(rows)
        different, which = np.unique(taken.values, return_inverse=True)
        characters, _ = self.characters.padded(different)
        if not len(different):  # nothing can be looked up in nothing, not even for padding
            characters = np.zeros((1, 1), np.int64)
        words = Ragged(self.words[taken.values], taken.offsets)
        every = np.arange(len(rows))
        ids, mask = words.padded(every)
        return {
            "ids": ids.astype(np.int64),
            "mask": mask,
            "which": Ragged(which.reshape(-1), taken.offsets).padded(every)[0].astype(np.int64),
            "characters": characters.astype(np.int64),
            "pairs": Ragged(self._numbers_of_pairs(words), words.offsets).padded(every)[0],
        }

    def _numbers_of_pairs(self, words: Ragged) -> NDArray[np.int64]:
        """For each word the number of it and the next one, from 1; 0 if that pair is not known."""
        if not len(self.pairs):
            return np.zeros(len(words.values), np.int64)
        pairs = _pairs(words)
        places = np.searchsorted(self.pairs, pairs).clip(max=len(self.pairs) - 1)
        return np.where(self.pairs[places] == pairs, places + 1, 0)


def words_of(texts: Texts, vocab: Vocab) -> NDArray[np.int32]:
    """Of each different token the number of its word."""
    found: NDArray[np.int32] = vocab.encode([plain(token) for token in texts.tokens]) + np.int32(SPECIAL)
    return found


def pairs_of(texts: Texts, rows: NDArray[np.int64], vocab: Vocab) -> NDArray[np.int64]:
    """The pairs of words that stand in a row at least twice in these sentences, as ``_pairs`` has them, in order."""
    taken = texts.ids.take(rows)
    pairs, counts = np.unique(_pairs(Ragged(words_of(texts, vocab)[taken.values], taken.offsets)), return_counts=True)
    found: NDArray[np.int64] = pairs[(counts >= FEWEST_PAIRS) & (pairs >= 0)]
    return found


def _pairs(words: Ragged) -> NDArray[np.int64]:
    """Each word and the next one as one number [M]; -1 at the end of a sentence, and with words that are not known."""
    ids = words.values.astype(np.int64)
    found = np.full(len(ids), -1, np.int64)
    found[:-1] = ids[:-1] << 32 | ids[1:]
    found[words.offsets[1:][words.lengths > 0] - 1] = -1
    known = ids >= SPECIAL
    found[:-1][~(known[:-1] & known[1:])] = -1
    return found


def vocabs(texts: Texts, rows: NDArray[np.int64], min_count: int, also: Sequence[str]) -> tuple[Vocab, Vocab]:
    """Words and characters of the sentences with these numbers; of words those of ``also`` too."""
    counts = texts.counts(rows)
    words: dict[str, int] = {}
    characters: dict[str, int] = {}
    for token, count in zip(texts.tokens, counts.tolist(), strict=True):
        if count:
            word = plain(token)
            words[word] = words.get(word, 0) + count
            for character in token[:LONGEST_WORD]:
                characters[character] = characters.get(character, 0) + count
    known = _sorted({word: count for word, count in words.items() if count >= min_count})
    there = set(known.tokens)
    more = [word for word in dict.fromkeys(map(plain, also)) if word not in there]
    vocab = Vocab([*known.tokens, *more], np.concatenate([known.counts, np.zeros(len(more), np.int64)]))
    return vocab, _sorted(characters)


def _sorted(counts: dict[str, int]) -> Vocab:
    """The most frequent first; equal ones by the alphabet: the order of the texts is not told."""
    pairs = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Vocab([name for name, _ in pairs], np.array([count for _, count in pairs], np.int64))
