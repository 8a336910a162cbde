"""Word vectors that a net begins with: our own, or those of another tool."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import Vocab
from vec2seq.disk import array_digest
from vec2seq.vectors.opening import open_vectors

MOST = 100_000
"""So many of the vectors' words are known to the net, also if no text has them: the first, often the most frequent."""


@dataclass(frozen=True, eq=False)
class Given:
    """Words as a net looks them up, and their vectors."""

    rows: dict[str, int]
    """of words that have the same look the first"""
    matrix: NDArray[np.float32]
    """[N, width]"""

    @property
    def tokens(self) -> list[str]:
        """Those that are to be known in any case."""
        return list(islice(self.rows, MOST))

    def among(self, words: Iterable[str]) -> int:
        """How many of these have a vector."""
        return sum(word in self.rows for word in words)

    @property
    def width(self) -> int:
        """Size of each vector."""
        return int(self.matrix.shape[1])

    @property
    def digest(self) -> str:
        """Tells these vectors from others."""
        return array_digest(self.matrix)

    def fill(self, weights: Any, vocab: Vocab, first: int, size: float) -> None:
        """Put the vectors into the rows of weights [V, width], a tensor, made so long that their numbers have ``size``.

        ``size``: standard deviation of all numbers. The first word of the vocabulary has row ``first``.
        """
        import torch  # slow to load

        found = [(place, self.rows[token]) for place, token in enumerate(vocab.tokens) if token in self.rows]
        pairs = np.array(found, np.int64).reshape(-1, 2)
        size = size / max(float(self.matrix[:MOST].std()), 1e-12)
        with torch.no_grad():
            weights[torch.from_numpy(pairs[:, 0] + first)] = torch.from_numpy(self.matrix[pairs[:, 1]] * size)


def given_vectors(path: str, look: Callable[[str], str]) -> Given:
    """The vectors of a model folder or a file; UserError if it has none. ``look``: what a word is looked up as."""
    vectors = open_vectors(path)
    rows: dict[str, int] = {}
    for row, token in enumerate(vectors.tokens):
        rows.setdefault(look(token), row)
    return Given(rows, np.asarray(vectors.matrix, np.float32))
