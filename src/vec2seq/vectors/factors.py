"""The two matrices that GloVe learns: of words and of contexts, with biases and AdaGrad's sums of squares."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.glove import BIASES
from vec2seq.kernels.matrix import draw_rows, empty_rows, moved_together
from vec2seq.kernels.simd.rows import padded


class Rows:
    """Vectors with their biases and sums of squares: flat, a row is ``span`` floats and as many sums."""

    def __init__(self, words: int, width: int, constant: int):
        """``constant`` is the place behind the vector that stays 1."""
        self.width, self.span, self.constant = width, padded(width + BIASES), constant
        self.flat = empty_rows(2 * words, width + BIASES)
        self.table = self.flat.reshape(words, 2 * self.span)

    def start(self, random: np.random.Generator) -> None:
        """Vectors uniform in (-1/2, 1/2) / width, biases 0, sums of squares 1."""
        self.table[:, : self.span] = 0
        self.table[:, self.width + self.constant] = 1
        self.table[:, self.span :] = 1
        draw_rows(self.vectors, random)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """[words, width], a view."""
        return self.table[:, : self.width]

    @property
    def biases(self) -> NDArray[np.float32]:
        """[words], a view."""
        return self.table[:, self.width + 1 - self.constant]


class Factors:
    """Both matrices."""

    def __init__(self, words: int, width: int, number: int):
        """``number`` is the seed."""
        self.words, self.contexts, self._number = Rows(words, width, 1), Rows(words, width, 0), number

    @staticmethod
    def bytes(words: int, width: int) -> int:
        """Memory that they take."""
        return 2 * words * 2 * padded(width + BIASES) * 4

    def start(self) -> None:
        """Random vectors."""
        random = np.random.default_rng(self._number)
        self.words.start(random)
        self.contexts.start(random)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The whole state."""
        return {"words": self.words.flat, "contexts": self.contexts.flat}

    def take_over(
        self,
        rows: NDArray[np.int32],
        words: NDArray[np.float32],
        contexts: NDArray[np.float32],
        biases: NDArray[np.float32],
    ) -> None:
        """Set the vectors and biases [2, words] of some rows; sums of squares begin anew."""
        for mine, vectors, bias in ((self.words, words, biases[0]), (self.contexts, contexts, biases[1])):
            mine.vectors[rows] = vectors
            mine.biases[rows] = bias

    def finished(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Word vectors and context vectors [words, width], biases [2, words]. After it, the matrices are used up."""
        biases = np.stack([self.words.biases, self.contexts.biases])
        words, contexts = (moved_together(rows.flat, rows.vectors) for rows in (self.words, self.contexts))
        return words, contexts, biases
