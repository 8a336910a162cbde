"""Vocab: words, their numbers and their counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError

UNKNOWN = -1
"""What ``encode`` gives for a word that is not in the vocabulary."""


@dataclass(frozen=True, eq=False)
class Vocab:
    """Words by descending count: word i is ``tokens[i]``, seen ``counts[i]`` times."""

    tokens: list[str]
    counts: NDArray[np.int64]

    @classmethod
    def build(cls, texts: Iterable[Sequence[str]], min_count: int = 1, max_size: int | None = None) -> Self:
        """Count the words of tokenized texts; words seen less than ``min_count`` times are left out."""
        counts = Counter(token for text in texts for token in text)
        kept = [(token, count) for token, count in counts.most_common(max_size) if count >= min_count]
        return cls([token for token, _ in kept], np.array([count for _, count in kept], np.int64))

    @cached_property
    def ids(self) -> dict[str, int]:
        """Word -> number."""
        return {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.ids

    def encode(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """Numbers of the words, UNKNOWN for those that are not here; int32 [T]."""
        return np.array([self.ids.get(token, UNKNOWN) for token in tokens], np.int32)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Words of the numbers."""
        return [self.tokens[i] for i in ids]

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {"tokens": self.tokens, "counts": self.counts.tolist()}

    @classmethod
    def from_json(cls, value: Any, where: str) -> Self:
        """The vocabulary of a vocab.json; ``where`` names the file in errors."""
        tokens, counts = (value.get(name) if isinstance(value, dict) else None for name in ("tokens", "counts"))
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise UserError(f"{where}: 'tokens' is not a list of words; the file is damaged or not a vocabulary")
        if not isinstance(counts, list) or len(counts) != len(tokens):
            raise UserError(f"{where}: 'counts' does not have one number per word; the file is damaged")
        if not all(isinstance(count, int) and 0 <= count < 2**63 for count in counts):
            raise UserError(f"{where}: 'counts' holds something that is not a count; the file is damaged")
        if len(set(tokens)) != len(tokens):
            raise UserError(f"{where}: a word stands twice; the file is damaged")
        return cls(tokens, np.array(counts, np.int64))
