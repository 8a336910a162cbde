"""Skip-gram and continuous bag of words: one stretch of windows, one step of gradient descent per block of targets.

For a word c, its context rows x_i (input matrix) are scored against the rows y_o of its targets (output matrix):
the word itself and the negatives drawn for it, or the inner nodes of its Huffman path. With s = +1 where the
score should be high and -1 where it should be low, the loss is

    sum_i sum_o log(1 + exp(-s_o x_i . y_o))                 (Mikolov et al. 2013, equation 4)

Differences from the paper, as in word2vec.c: context words are the inputs, the word in the middle is what is predicted.
No step is made where |score| >= 6, as in gensim (word2vec.c does so with hierarchical softmax only). The negatives of a
word are shared by all its context words (as in Ji et al. 2016), so that a window is a small matrix product; within a
block of OUTPUTS targets the gradient is exact, blocks follow each other.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.rows import prefetch
from vec2seq.kernels.simd.tiles import OUTPUTS, TILE_INPUTS, dots1, dots2, dots3, dots4, logistic, update
from vec2seq.kernels.windows import Targets, Windows

_U = np.uint64


@kernel
def _tile_step(
    inputs: NDArray[np.float32],
    input_at: NDArray[np.uint64],
    rows: int,
    outputs: NDArray[np.float32],
    output_at: NDArray[np.uint64],
    span: np.uint64,
    signs: NDArray[np.float32],
    first_sign: np.uint64,
    rate: np.float32,
    scores: NDArray[np.float32],
    following_at: NDArray[np.uint64],
) -> float:
    """One step for ``rows`` input rows and OUTPUTS output rows; returns the loss before it.

    Meanwhile the output rows of the following step are fetched, two at a time: all at once would stop the processor,
    which has only so many places for what it waits for.
    """
    prefetch(outputs, following_at[0], span)
    prefetch(outputs, following_at[1], span)
    i = 0
    if TILE_INPUTS == 4:
        while i + 4 <= rows:
            dots4(inputs, input_at, _U(i), outputs, output_at, span, scores)
            i += 4
        if rows - i == 3:
            dots3(inputs, input_at, _U(i), outputs, output_at, span, scores)
            i += 3
    while i + 2 <= rows:
        dots2(inputs, input_at, _U(i), outputs, output_at, span, scores)
        i += 2
    if i < rows:
        dots1(inputs, input_at, _U(i), outputs, output_at, span, scores)
    prefetch(outputs, following_at[2], span)
    prefetch(outputs, following_at[3], span)
    loss: float = logistic(scores, _U(rows * OUTPUTS), rate, signs, first_sign)
    prefetch(outputs, following_at[4], span)
    prefetch(outputs, following_at[5], span)
    update(inputs, input_at, _U(rows), outputs, output_at, span, scores)
    return loss


@kernel
def skip_gram(
    windows: Windows,
    sentences: int,
    targets: Targets,
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    pitch: int,
    span: int,
    signs: NDArray[np.float32],
    widest: int,
    rate: np.float32,
    together: int,
) -> tuple[float, int]:
    """Train each context word to predict the word in the middle; returns the summed loss and the number of pairs.

    ``inputs`` and ``outputs`` are flat, row r at r * pitch; ``span`` floats of a row are worked on. ``signs`` is the
    sign table, its rows as long as the scores of the ``widest`` window (see ``sign_table``). So many context words as
    ``together`` says make a step with old values on both sides; then come the next of the same window.
    """
    pitch_, span_ = _U(pitch), _U(span)
    sign_row = _U(signs.size // 448)
    scores = np.zeros(2 * widest * OUTPUTS + 32, np.float32)
    context = np.empty(2 * widest, np.uint64)
    output_at, following_at = np.empty(OUTPUTS, np.uint64), np.empty(OUTPUTS, np.uint64)
    blocks = targets.first[windows.ends[sentences]]
    loss, pairs = 0.0, 0
    for sentence in range(sentences):
        begin, end = windows.ends[sentence], windows.ends[sentence + 1]
        for ahead in range(begin, min(begin + widest, end)):
            prefetch(inputs, _U(windows.words[ahead]) * pitch_, span_)
        for c in range(begin, end):
            low, high = max(begin, c - windows.spans[c]), min(end - 1, c + windows.spans[c])
            rows = high - low
            for j in range(low, c):
                context[j - low] = _U(windows.words[j]) * pitch_
            for j in range(c, high):
                context[j - low] = _U(windows.words[j + 1]) * pitch_
            if c + widest < end:
                prefetch(inputs, _U(windows.words[c + widest]) * pitch_, span_)
            for block in range(targets.first[c], targets.first[c + 1]):
                following = min(block + 1, blocks - 1) * OUTPUTS
                for o in range(OUTPUTS):
                    output_at[o] = _U(targets.rows[block * OUTPUTS + o]) * pitch_
                    following_at[o] = _U(targets.rows[following + o]) * pitch_
                sign_at = _U(targets.signs[block]) * sign_row
                for i in range(0, rows, together):
                    part, count = context[i:], min(together, rows - i)
                    loss += _tile_step(
                        inputs, part, count, outputs, output_at, span_, signs, sign_at, rate, scores, following_at
                    )
            pairs += rows
    return loss, pairs


@kernel
def bag_of_words(
    windows: Windows,
    sentences: int,
    targets: Targets,
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    pitch: int,
    span: int,
    signs: NDArray[np.float32],
    widest: int,
    rate: np.float32,
) -> tuple[float, int]:
    """Train the mean of the context rows to predict the word in the middle; returns summed loss and number of words.

    The gradient of the mean reaches each context row divided by their number, as calculus says; word2vec.c and gensim
    leave the division out, which is why their CBOW falls behind skip-gram (Irsoy et al. 2021).
    """
    pitch_, span_ = _U(pitch), _U(span)
    sign_row = _U(signs.size // 448)
    scores = np.zeros(OUTPUTS + 32, np.float32)
    room = np.zeros(span + 16, np.float32)
    aligned = (64 - room.ctypes.data % 64) // 4 % 16
    mean = room[aligned : aligned + span]
    before = np.zeros(span, np.float32)
    mean_at = np.zeros(1, np.uint64)
    output_at, following_at = np.empty(OUTPUTS, np.uint64), np.empty(OUTPUTS, np.uint64)
    blocks = targets.first[windows.ends[sentences]]
    loss, examples = 0.0, 0
    for sentence in range(sentences):
        begin, end = windows.ends[sentence], windows.ends[sentence + 1]
        for c in range(begin, end):
            low, high = max(begin, c - windows.spans[c]), min(end - 1, c + windows.spans[c])
            share = np.float32(1.0) / np.float32(high - low)
            mean[:] = 0
            for j in range(low, high + 1):
                if j != c:
                    row = _U(windows.words[j]) * pitch_
                    for k in range(span_):
                        mean[k] += inputs[row + k]
            for k in range(span_):
                mean[k] *= share
                before[k] = mean[k]
            if c + widest < end:
                prefetch(inputs, _U(windows.words[c + widest]) * pitch_, span_)
            for block in range(targets.first[c], targets.first[c + 1]):
                following = min(block + 1, blocks - 1) * OUTPUTS
                for o in range(OUTPUTS):
                    output_at[o] = _U(targets.rows[block * OUTPUTS + o]) * pitch_
                    following_at[o] = _U(targets.rows[following + o]) * pitch_
                sign_at = _U(targets.signs[block]) * sign_row
                loss += _tile_step(
                    mean, mean_at, 1, outputs, output_at, span_, signs, sign_at, rate, scores, following_at
                )
            for k in range(span_):
                before[k] = (mean[k] - before[k]) * share
            for j in range(low, high + 1):
                if j != c:
                    row = _U(windows.words[j]) * pitch_
                    for k in range(span_):
                        inputs[row + k] += before[k]
            examples += 1
    return loss, examples


def sign_table(widest: int) -> NDArray[np.float32]:
    """The signs of a block's scores, for every kind of block: 448 rows, flat.

    Row 64 * n + bits serves blocks whose first n targets are in use; target o has sign +1 where bit o is set, -1 where
    not, 0 where it is padding. A row repeats these six signs for each of the 2 * widest inputs a window can have,
    padded to whole vectors.
    """
    targets = np.arange(OUTPUTS)
    in_use, bits = np.divmod(np.arange(7 * 64), 64)
    signs = np.where(bits[:, None] >> targets & 1, 1.0, -1.0) * (targets < in_use[:, None])
    length = -(-2 * widest * OUTPUTS // 16) * 16
    return np.tile(signs, (1, -(-length // OUTPUTS)))[:, :length].astype(np.float32).ravel()
