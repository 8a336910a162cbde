"""Which words stand near which, and how often: a table of co-occurrences, made one row at a time.

    X[i, j] = sum over the places of word i of the weights of the words j around it

where a word at distance d, within the sentence, has weight 1/d or 1 (Pennington et al. 2014, section 4.2). The places
of a text are sorted by word; for each word its places are walked through, and the weights are added to one dense row
of sums that stays in the cache, with a list of the sums that were touched. Nothing is hashed, sorted or merged.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel

BREAK = -1
"""Stands between sentences, before the first and behind the last."""


@kernel
def separate(ids: NDArray[np.int32], offsets: NDArray[np.int64], first: int, last: int, out: NDArray[np.int32]) -> None:
    """Copy sentences first .. last - 1, each with BREAK behind it, and BREAK in front of the first."""
    out[0] = BREAK
    at = 1
    for sentence in range(first, last):
        for place in range(offsets[sentence], offsets[sentence + 1]):
            out[at] = ids[place]
            at += 1
        out[at] = BREAK
        at += 1


@kernel
def count_rows(
    text: NDArray[np.int32],
    places: NDArray[np.int32],
    first: NDArray[np.int64],
    words: tuple[int, int],
    to_left: NDArray[np.float64],
    to_right: NDArray[np.float64],
    sums: NDArray[np.float64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    lengths: NDArray[np.int32],
) -> int:
    """Write the rows of words[0] .. words[1] - 1 one behind the other; returns how many entries there are.

    A word at distance d to the left weighs to_left[d - 1], to the right to_right[d - 1]. ``sums`` [vocabulary] is 0
    before and after; ``lengths`` gets the number of entries of each row; ``columns`` and ``values`` are large enough
    (a row has at most as many entries as there are words, or places times window).
    """
    begin = 0
    for row in range(words[0], words[1]):
        end = begin
        for place in places[first[row] : first[row + 1]]:
            for d in range(to_left.size):
                word = text[place - 1 - d]
                if word < 0:
                    break
                if sums[word] == 0.0:
                    columns[end] = word
                    end += 1
                sums[word] += to_left[d]
            for d in range(to_right.size):
                word = text[place + 1 + d]
                if word < 0:
                    break
                if sums[word] == 0.0:
                    columns[end] = word
                    end += 1
                sums[word] += to_right[d]
        for k in range(begin, end):
            values[k] = sums[columns[k]]
            sums[columns[k]] = 0.0
        lengths[row - words[0]] = end - begin
        begin = end
    return begin


@kernel
def add_rows(
    parts: int,
    rows: int,
    lengths: NDArray[np.int32],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    sums: NDArray[np.float64],
    out_columns: NDArray[np.int32],
    out_values: NDArray[np.float32],
    out_lengths: NDArray[np.int32],
) -> int:
    """Add up the same ``rows`` rows of several tables; returns how many entries they have.

    Part p has rows of lengths[p * rows + r] entries, one behind the other, the parts one behind the other too.
    ``sums`` as in ``count_rows``.
    """
    starts = np.zeros(parts + 1, np.int64)
    for part in range(parts):
        starts[part + 1] = starts[part]
        for row in range(rows):
            starts[part + 1] += lengths[part * rows + row]
    begin = 0
    for row in range(rows):
        end = begin
        for part in range(parts):
            for k in range(starts[part], starts[part] + lengths[part * rows + row]):
                if sums[columns[k]] == 0.0:
                    out_columns[end] = columns[k]
                    end += 1
                sums[columns[k]] += values[k]
            starts[part] += lengths[part * rows + row]
        for k in range(begin, end):
            out_values[k] = sums[out_columns[k]]
            sums[out_columns[k]] = 0.0
        out_lengths[row] = end - begin
        begin = end
    return begin
