"""Word vectors that a net begins with: our own, or those of another tool."""

from dataclasses import dataclass
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
    """Words and their vectors, of variance 1 in all."""

    tokens: list[str]
    matrix: NDArray[np.float32]
    """[N, width]"""

    @property
    def width(self) -> int:
        """Size of each vector."""
        return int(self.matrix.shape[1])

    @property
    def digest(self) -> str:
        """Tells these vectors from others."""
        return array_digest(self.matrix)

    def fill(self, weights: Any, vocab: Vocab, first: int, size: float) -> int:
        """Put the vectors, times ``size``, into the rows of weights [V, width], a tensor; returns how many.

        The first word of the vocabulary has row ``first``.

        A word that has none gets that of its lower case, if there is one.
        """
        import torch  # slow to load

        rows = {token: row for row, token in enumerate(self.tokens)}
        found = [(place, rows.get(token, rows.get(token.lower()))) for place, token in enumerate(vocab.tokens)]
        pairs = np.array([(place, row) for place, row in found if row is not None], np.int64).reshape(-1, 2)
        with torch.no_grad():
            weights[torch.from_numpy(pairs[:, 0] + first)] = torch.from_numpy(self.matrix[pairs[:, 1]] * size)
        return len(pairs)


def given_vectors(path: str) -> Given:
    """The vectors of a model folder or a file; UserError if it has none."""
    vectors = open_vectors(path)
    matrix = np.array(vectors.matrix[:MOST], np.float32)
    return Given(list(vectors.tokens[:MOST]), matrix / max(float(matrix.std()), 1e-12))
