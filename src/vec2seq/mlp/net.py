"""The weights of a net as the kernels want them, and as people do: one array behind another, or matrices and biases."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.activations import ACTIVATIONS
from vec2seq.kernels.activations import LOGISTIC as LOGISTIC_UNITS
from vec2seq.kernels.matrix import empty_rows
from vec2seq.kernels.mlp import Net, Room
from vec2seq.kernels.simd.rows import ROW_FLOATS, padded


def layout(widths: Sequence[int], activation: str, loss: int, rows: int) -> Net:
    """Where the parts of a net lie, and in a room for so many rows the values of its layers."""
    spans = [padded(width) for width in widths]
    pitches = [padded(width + 1) for width in widths]
    sizes = [(before + 1) * span for before, span in zip(widths[:-1], spans[1:], strict=True)]
    return Net(
        widths=np.array(widths, np.int64),
        pitches=np.array(pitches, np.int64),
        value_at=np.cumsum([0, *(pitch * rows for pitch in pitches[:-1])]).astype(np.int64),
        weight_at=np.cumsum([0, 0, *sizes[:-1]]).astype(np.int64),
        spans=np.array(spans, np.int64),
        activation=ACTIVATIONS[activation],
        loss=loss,
    )


def weight_floats(net: Net) -> int:
    """How many floats all weights take, padding included."""
    return int(net.weight_at[-1] + (net.widths[-2] + 1) * net.spans[-1])


def zeros(floats: int) -> NDArray[np.float32]:
    """A flat array for the kernels, aligned, of 0; ``floats`` is a multiple of ROW_FLOATS."""
    made = empty_rows(floats // ROW_FLOATS, ROW_FLOATS)
    made[:] = 0
    return made


def new_room(net: Net, rows: int, threads: int = 1) -> Room:
    """Where so many threads can compute a batch of so many rows."""
    floats = int(rows * net.pitches.sum())
    transposed = padded(int((net.widths[1:] * net.pitches[:-1]).max()))
    return Room(
        values=zeros(floats),
        slopes=zeros(floats),
        errors=zeros(floats),
        transposed=zeros(threads * transposed).reshape(threads, transposed),
        gradient=zeros(weight_floats(net)),
    )


def matrices(net: Net, weights: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Views of the weights into each layer [numbers before + 1, numbers], the bias in the last row."""
    found = []
    for layer in range(1, len(net.widths)):
        rows, at, span = int(net.widths[layer - 1]) + 1, int(net.weight_at[layer]), int(net.spans[layer])
        found.append(weights[at : at + rows * span].reshape(rows, span)[:, : net.widths[layer]])
    return found


def draw(net: Net, weights: NDArray[np.float32], random: np.random.RandomState) -> None:
    """Weights and biases uniform in +- sqrt(6 / (numbers before + numbers)), logistic units 2 (Glorot and Bengio 2010).

    In the order in which scikit-learn draws them: with the same ``random_state`` they are the same.
    """
    factor = 2.0 if net.activation == LOGISTIC_UNITS else 6.0
    for matrix in matrices(net, weights):
        before, width = matrix.shape[0] - 1, matrix.shape[1]
        bound = np.sqrt(factor / (before + width))
        matrix[:-1] = random.uniform(-bound, bound, (before, width))
        matrix[-1] = random.uniform(-bound, bound, width)
