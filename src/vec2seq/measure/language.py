"""How well a text is foreseen: by character, by byte, by token; comparable for any tokenizer but the last.

    nats_per_char   sum of -ln p over all tokens / number of characters
    bits_per_byte   the same in bits / number of bytes in UTF-8
    perplexity      exp(the same / number of tokens)

The mark that ends a text is foreseen, too, and counts as one character and one byte, as a line feed does. Items of the
intervals are stretches of text, since tokens next to each other are not foreseen independently.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vec2seq.measure import Measure, Score, Statistic

STRETCH = 200
"""Tokens of an item."""


def language_scores(
    log_probabilities: NDArray[np.float64],
    rows: NDArray[np.int64],
    characters: NDArray[np.int64],
    data_bytes: NDArray[np.int64],
    file: str,
) -> list[Score]:
    """Of tokens [M] in order: their log-probabilities, in which row each is, how many characters and bytes it has."""
    borders = np.flatnonzero(np.diff(rows, prepend=-1))
    places = np.arange(len(rows)) - np.repeat(borders, np.diff(borders, append=len(rows)))
    firsts = np.flatnonzero(places % STRETCH == 0)
    sums = [
        np.add.reduceat(part.astype(np.float64), firsts) if len(firsts) else np.zeros(0)
        for part in (-log_probabilities, characters, data_bytes, np.ones(len(rows)))
    ]
    values = np.column_stack(sums)
    return [
        Measure("nats_per_char", values, _ratio(1), file).score(),
        Measure("bits_per_byte", values, _ratio(2, 1 / math.log(2)), file).score(),
        Measure("perplexity", values, _perplexity, file).score(),
    ]


def _ratio(by: int, unit: float = 1.0) -> Statistic:
    """The sum of the first values, by that of others."""

    def statistic(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = unit * (counts @ values[:, 0]) / np.maximum(counts @ values[:, by], 1)
        return found

    return statistic


def _perplexity(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.exp(_ratio(3)(values, counts))
    return found
