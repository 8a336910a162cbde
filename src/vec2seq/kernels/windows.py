"""From text to training examples: which words are kept, how wide each window is, what is to be told apart.

All random choices of word2vec are made here, one stretch of text at a time, and written to arrays; the
training kernels only compute. So they can be tested with any choices, and rows can be renamed in between
(see ``rows.py``).

Sources: Mikolov et al. 2013 (sub-sampling, negative sampling, dynamic window); Morin and Bengio 2005 (hierarchical
softmax); Vose 1991 (alias table).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.random import below, following
from vec2seq.kernels.simd.tiles import OUTPUTS

_U = np.uint64
_LOW = _U(0xFFFFFFFF)
"""Keeps the low 32 bits of a number."""


class Text(NamedTuple):
    """Encoded text. Sentence i is ids[bounds[i] : bounds[i + 1]]; ids are by descending frequency."""

    ids: NDArray[np.int32]
    bounds: NDArray[np.int64]
    keep: NDArray[np.uint32]
    """per word: kept if a random uint32 is not larger (sub-sampling)"""
    held_out_every: int
    """every so-manieth sentence is held out of training; 0: none"""


class Noise(NamedTuple):
    """Vose's alias table: slot i stands for word i with a probability of p / 2^32, else for the word a.

    Both lie in one number, p * 2^32 + a: a draw is one access to memory.
    """

    slots: NDArray[np.uint64]


class Tree(NamedTuple):
    """Huffman paths: the inner nodes on the way from the root to word w are nodes[first[w] : first[w + 1]]."""

    nodes: NDArray[np.uint32]
    turns: NDArray[np.uint8]
    """1 where the way goes right"""
    first: NDArray[np.int64]


class Windows(NamedTuple):
    """The kept words of a stretch of text: sentence i is words[ends[i] : ends[i + 1]]."""

    words: NDArray[np.uint32]
    spans: NDArray[np.uint32]
    """how many words to each side are context"""
    ends: NDArray[np.int64]


class Targets(NamedTuple):
    """What each kept word's context is trained to tell apart, OUTPUTS rows a block; the rest of a block is padding."""

    rows: NDArray[np.uint32]
    first: NDArray[np.int64]
    """blocks first[c] .. first[c + 1] belong to kept word c"""
    signs: NDArray[np.uint16]
    """per block, the row of the sign table: 64 * (rows in use) + bits of the rows whose score should be high"""


@kernel
def draw_windows(
    text: Text, first: int, last: int, held_out: bool, window: int, random: NDArray[np.uint64], out: Windows
) -> int:
    """Sub-sample sentences first .. last - 1 and draw a span in 1 .. window for every word that is kept.

    Returns the number of sentences written: those with at least two words left.
    """
    state = random[0]
    kept, sentences = 0, 0
    out.ends[0] = 0
    for sentence in range(first, last):
        every = text.held_out_every
        if held_out != (every > 0 and sentence % every == every - 1):
            continue
        begin, end = text.bounds[sentence], text.bounds[sentence + 1]
        start = kept
        for position in range(begin, end):
            word = text.ids[position]
            state = following(state)
            out.words[kept] = word
            kept += int((state >> _U(32)) <= _U(text.keep[word]))
        if kept - start < 2:
            kept = start
            continue
        for c in range(start, kept):
            state = following(state)
            out.spans[c] = np.uint32(below(state, _U(window)) + _U(1))
        sentences += 1
        out.ends[sentences] = kept
    random[0] = state
    return sentences


@kernel
def draw_negatives(
    words: NDArray[np.uint32], noise: Noise, negatives: int, random: NDArray[np.uint64], out: Targets
) -> None:
    """For each word: the word itself and ``negatives`` words drawn from the noise, never the word itself."""
    state = random[0]
    slots = _U(noise.slots.size)
    blocks = (1 + negatives + OUTPUTS - 1) // OUTPUTS
    padding = np.uint32(noise.slots.size)
    last_in_use = 1 + negatives - (blocks - 1) * OUTPUTS
    at = 0
    for c in range(words.size):
        word = words[c]
        out.first[c] = c * blocks
        out.rows[at] = word
        at += 1
        for _ in range(negatives):
            row = word
            for _attempt in range(16):
                state = following(state)
                slot = below(state, slots)
                entry = noise.slots[slot]
                coin = state & _LOW
                row = np.uint32(slot if coin < (entry >> _U(32)) else entry & _LOW)
                if row != word:
                    break
            if row == word:
                row = np.uint32((word + np.uint32(1)) % noise.slots.size)
            out.rows[at] = row
            at += 1
        while at % OUTPUTS:
            out.rows[at] = padding
            at += 1
        for block in range(blocks):
            in_use = last_in_use if block == blocks - 1 else OUTPUTS
            out.signs[c * blocks + block] = 64 * in_use + (1 if block == 0 else 0)
    out.first[words.size] = words.size * blocks
    random[0] = state


@kernel
def find_paths(words: NDArray[np.uint32], tree: Tree, padding: np.uint32, out: Targets) -> None:
    """For each word: the inner nodes on its path; the score should be high where the path turns left."""
    block = 0
    for c in range(words.size):
        out.first[c] = block
        begin, end = tree.first[words[c]], tree.first[words[c] + np.uint32(1)]
        for start in range(begin, end, OUTPUTS):
            in_use = min(OUTPUTS, end - start)
            bits = 0
            for o in range(OUTPUTS):
                if o < in_use:
                    out.rows[block * OUTPUTS + o] = tree.nodes[start + o]
                    bits |= (1 - tree.turns[start + o]) << o
                else:
                    out.rows[block * OUTPUTS + o] = padding
            out.signs[block] = 64 * in_use + bits
            block += 1
    out.first[words.size] = block
