"""The two matrices that word2vec learns, with room for each thread's own copies of the hottest rows."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import Vocab
from vec2seq.kernels.matrix import draw_rows, empty_rows, moved_together, rows_of
from vec2seq.kernels.simd.rows import padded
from vec2seq.vectors.plan import Plan


class WindowMatrices:
    """The input rows (the word vectors) and the output rows, flat, with room for each thread's hot rows.

    Behind the output rows lies one of zeros, the padding of blocks of targets.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        private = plan.threads * plan.hot
        self.inputs = empty_rows(plan.words + private, plan.width)
        self.outputs = empty_rows(plan.output_rows + 1 + private, plan.width)
        self.outputs[:] = 0

    def start(self) -> None:
        """Input rows uniform in (-1/2, 1/2) / width (word2vec.c), output rows 0."""
        self.inputs[:] = 0
        draw_rows(self.input_rows, np.random.default_rng(self.plan.seed))

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The whole state: both matrices, padding included, private rows not."""
        pitch = padded(self.plan.width)
        return {
            "input": self.inputs[: self.plan.words * pitch],
            "output": self.outputs[: self.plan.output_rows * pitch],
        }

    def take_over(self, known: Vocab, inputs: NDArray[np.float32], outputs: NDArray[np.float32], vocab: Vocab) -> None:
        """Set the rows of known words; ``vocab`` is the vocabulary of these matrices.

        Output rows are those of words (negative sampling), or of inner nodes, which mean the same only in the same
        tree.
        """
        rows = vocab.encode(known.tokens)
        self.input_rows[rows] = inputs
        if self.plan.output_rows == self.plan.words:
            self.output_rows[rows] = outputs
        elif len(vocab) == len(known) and np.array_equal(vocab.counts, known.counts):
            self.output_rows[:] = outputs

    def finished(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Both matrices without padding, [rows, width], contiguous. These matrices are of no other use after."""
        return moved_together(self.inputs, self.input_rows), moved_together(self.outputs, self.output_rows)

    @property
    def input_rows(self) -> NDArray[np.float32]:
        """[words, width], a view."""
        return rows_of(self.inputs, self.plan.words, self.plan.width)

    @property
    def output_rows(self) -> NDArray[np.float32]:
        """[words or inner nodes, width], a view."""
        return rows_of(self.outputs, self.plan.output_rows, self.plan.width)
