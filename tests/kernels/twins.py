"""Plain Python twins of the kernels: the same arithmetic, written to be obviously right. Slow."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.simd.tiles import LARGEST_SCORE, OUTPUTS
from vec2seq.kernels.windows import Targets, Windows

Matrix = NDArray[np.float64]


def contexts(windows: Windows, sentences: int) -> Iterator[tuple[int, list[int]]]:
    """Every kept word's place with the places of its context words."""
    for begin, end in zip(windows.ends[:sentences].tolist(), windows.ends[1 : sentences + 1].tolist(), strict=True):
        for c in range(begin, end):
            span = int(windows.spans[c])
            yield c, [j for j in range(max(begin, c - span), min(end, c + span + 1)) if j != c]


def blocks(targets: Targets, c: int) -> Iterator[list[tuple[int, int]]]:
    """The blocks of targets of kept word c: pairs of output row and sign."""
    for block in range(int(targets.first[c]), int(targets.first[c + 1])):
        in_use, bits = divmod(int(targets.signs[block]), 64)
        rows = targets.rows[block * OUTPUTS : block * OUTPUTS + in_use].tolist()
        yield [(row, 1 if bits >> o & 1 else -1) for o, row in enumerate(rows)]


def step(inputs: list[NDArray[np.float64]], outputs: list[tuple[NDArray[np.float64], int]], rate: float) -> float:
    """Gradient descent on one block, in place; all gradients from the old values. Returns the loss before."""
    loss, input_steps, output_steps = 0.0, [0.0 * x for x in inputs], [0.0 * y for y, _ in outputs]
    for i, x in enumerate(inputs):
        for o, (y, sign) in enumerate(outputs):
            score = float(x @ y)
            loss += math.log1p(math.exp(-abs(score))) + max(-sign * score, 0.0)
            if abs(score) < LARGEST_SCORE:
                g = rate * sign / (1 + math.exp(sign * score))
                input_steps[i] = input_steps[i] + g * y
                output_steps[o] = output_steps[o] + g * x
    for x, change in zip(inputs, input_steps, strict=True):
        x += change
    for (y, _), change in zip(outputs, output_steps, strict=True):
        y += change
    return loss


def skip_gram(
    windows: Windows, sentences: int, targets: Targets, inputs: Matrix, outputs: Matrix, rate: float, together: int
) -> tuple[float, int]:
    """Twin of ``steps.skip_gram`` for context words that differ from each other; matrices [rows, width] change."""
    loss, pairs = 0.0, 0
    for c, places in contexts(windows, sentences):
        rows = [inputs[windows.words[j]] for j in places]
        for block in blocks(targets, c):
            for i in range(0, len(rows), together):
                loss += step(rows[i : i + together], [(outputs[row], sign) for row, sign in block], rate)
        pairs += len(places)
    return loss, pairs


def bag_of_words(
    windows: Windows, sentences: int, targets: Targets, inputs: Matrix, outputs: Matrix, rate: float
) -> tuple[float, int]:
    """Twin of ``steps.bag_of_words``."""
    loss, examples = 0.0, 0
    for c, places in contexts(windows, sentences):
        words = [int(windows.words[j]) for j in places]
        before = np.mean([inputs[word] for word in words], axis=0)
        mean = before.copy()
        for block in blocks(targets, c):
            loss += step([mean], [(outputs[row], sign) for row, sign in block], rate)
        for word in words:
            inputs[word] += (mean - before) / len(words)
        examples += 1
    return loss, examples


class XorShift:
    """Twin of ``random``: xorshift64 seeded by splitmix64, with Python's integers."""

    MASK = 2**64 - 1

    def __init__(self, state: int):
        self.state = state

    @classmethod
    def mixed(cls, value: int) -> int:
        value = (value + 0x9E3779B97F4A7C15) & cls.MASK
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & cls.MASK
        value = (value ^ value >> 27) * 0x94D049BB133111EB & cls.MASK
        value ^= value >> 31
        return value or 1

    @classmethod
    def seeded(cls, *numbers: int) -> "XorShift":
        state = 0
        for number in numbers:
            state = cls.mixed(state ^ number)
        return cls(state)

    def draw(self) -> int:
        """The next state."""
        s = self.state
        s ^= s << 13 & self.MASK
        s ^= s >> 7
        s ^= s << 17 & self.MASK
        self.state = s
        return s

    def below(self, bound: int) -> int:
        """A whole number from 0 to bound - 1."""
        return (self.draw() >> 32) * bound >> 32


def cooccurrences(sentences: list[list[int]], left: list[float], right: list[float]) -> dict[tuple[int, int], float]:
    """Twin of ``cooccurrence``: (word, word around it) -> sum of weights."""
    sums: dict[tuple[int, int], float] = {}
    for words in sentences:
        for place, word in enumerate(words):
            for weights, direction in ((left, -1), (right, 1)):
                for d, weight in enumerate(weights, 1):
                    other = place + direction * d
                    if 0 <= other < len(words):
                        sums[word, words[other]] = sums.get((word, words[other]), 0.0) + weight
    return sums


def glove(
    entries: list[tuple[int, int, float]],
    words: Matrix,
    contexts: Matrix,
    biases: tuple[Matrix, Matrix],
    squares: tuple[Matrix, Matrix, Matrix, Matrix],
    x_max: float,
    alpha: float,
    rate: float,
    largest: float,
) -> float:
    """Twin of ``glove.descend``: entries (row, column, X); ``squares`` belong to words, contexts and both biases."""
    loss = 0.0
    for i, j, x in entries:
        difference = float(words[i] @ contexts[j] + biases[0][i] + biases[1][j]) - math.log(x)
        weight = min((x / x_max) ** alpha, 1.0)
        loss += weight * difference**2 / 2
        common = weight * difference
        gradients = (common * contexts[j], common * words[i], np.array(common), np.array(common))
        for values, at, sums, gradient, step in zip(
            (words, contexts, *biases), (i, j, i, j), squares, gradients, (rate, rate, 1, 1), strict=True
        ):
            change = step * np.clip(gradient, -largest, largest)
            values[at] = values[at] - change / np.sqrt(sums[at])
            sums[at] = sums[at] + change**2
    return loss


def analogy_scores(units: Matrix, a: int, b: int, c: int) -> Matrix:
    """[3, n]: how well each of the rows, of length 1, answers a question by 3CosAdd, 3CosMul and PairDirection."""
    scores = np.empty((3, len(units)))
    for row, d in enumerate(units):
        scores[0, row] = d @ (units[b] - units[a] + units[c])
        near_a, near_b, near_c = ((d @ units[word] + 1) / 2 for word in (a, b, c))
        scores[1, row] = near_b * near_c / (near_a + 0.001)
        length = np.linalg.norm(d - units[c]) * np.linalg.norm(units[b] - units[a])
        scores[2, row] = (d - units[c]) @ (units[b] - units[a]) / max(length, 1e-12)
    return scores


def rank_neighbors(similarities: Matrix, first: int, neighbors: Matrix, largest: int) -> list[list[int]]:
    """Twin of ``ranks.rank_neighbors``."""
    ranks: list[list[int]] = []
    for r, row in enumerate(similarities.tolist()):
        others = [similarity for word, similarity in enumerate(row) if word != first + r]
        ranks.append([min(1 + sum(other > row[word] for other in others), largest) for word in neighbors[r].tolist()])
    return ranks
