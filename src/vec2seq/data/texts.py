"""Many texts as numbers of their words, for nets: ids on disk, in one pass; then the vocabulary of some of them.

Number 0 is padding, 1 a word that is not known, word i of the vocabulary is i + 2. Rare words stay in their places as
unknown ones, so that order and length of a text are kept; ``corpus`` leaves them out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.data.vocab import Vocab

PADDING, UNKNOWN, SPECIAL = 0, 1, 2
"""The first two numbers, and how many there are."""

BLOCK_TEXTS = 4096
_BLOCK_IDS = 1 << 22
Item = TypeVar("Item")


def in_blocks(items: Iterable[Item], size: int = BLOCK_TEXTS) -> Iterator[list[Item]]:
    """Lists of so many."""
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts in numbers, and what each number stands for."""

    tokens: list[str]
    """the different words, in the order in which they came"""
    ids: Ragged
    """numbers of words, from 0"""

    @classmethod
    def read(cls, tokenized: Iterable[Sequence[str]], path: Path | None = None) -> Self:
        """Texts that come one after the other. Their numbers are kept in a new file at ``path``, or in memory."""
        known: dict[str, int] = {}
        lengths: list[int] = []

        def blocks() -> Iterator[NDArray[np.int32]]:
            for block in in_blocks(tokenized):
                lengths.extend(map(len, block))
                yield np.array([known.setdefault(token, len(known)) for text in block for token in text], np.int32)

        ids = kept(blocks(), path)
        return cls(list(known), Ragged(ids, offsets_of(lengths)))

    def counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each word is in the texts with these numbers."""
        return self.ids.counts(rows, len(self.tokens))

    def vocab(
        self, rows: NDArray[np.int64], min_count: int, max_size: int | None = None, also: Sequence[str] = ()
    ) -> Vocab:
        """The words of the texts with these numbers, the most frequent first: others are not to be known.

        Words seen equally often are in the order of the alphabet: that of the texts is not told.
        Left out are those seen less than ``min_count`` times, and all after ``max_size``. Words of ``also`` are known
        in any case; those that no text has stand at the end.
        """
        counts = self.counts(rows)
        order = sorted(range(len(counts)), key=lambda number: (-counts[number], self.tokens[number]))
        known = [number for number in order if counts[number] >= max(min_count, 1)][:max_size]
        there = {self.tokens[number] for number in known}
        more = [token for token in dict.fromkeys(also) if token not in there]
        return Vocab(
            [*(self.tokens[number] for number in known), *more],
            np.concatenate([counts[known], np.zeros(len(more), np.int64)]),
        )

    def cut(self, longest: int) -> Self:
        """Of each text the first words, so many at the most."""
        return type(self)(self.tokens, self.ids.cut(longest))

    def numbers(self, vocab: Vocab) -> NDArray[np.int32]:
        """Of each different word, its number for a net."""
        found: NDArray[np.int32] = vocab.encode(self.tokens) + np.int32(SPECIAL)
        return found

    def numbered(self, vocab: Vocab, path: Path | None = None) -> Ragged:
        """The texts in numbers of the vocabulary, kept in a new file at ``path``, or in memory."""
        places, ids = self.numbers(vocab), self.ids.values
        blocks = (places[ids[first : first + _BLOCK_IDS]] for first in range(0, len(ids), _BLOCK_IDS))
        return Ragged(kept(blocks, path), self.ids.offsets)


def kept(blocks: Iterable[NDArray[Any]], path: Path | None, kind: type[np.generic] = np.int32) -> NDArray[Any]:
    """Blocks [M] one after the other: in a new file, memory-mapped, or in memory."""
    if path is None:
        return np.concatenate([np.zeros(0, kind), *blocks])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # not overwritten: whoever has it mapped keeps it
    with path.open("wb") as file:
        for block in blocks:
            block.tofile(file)
    return np.asarray(np.memmap(path, kind, "r")) if path.stat().st_size else np.zeros(0, kind)
