"""Tables that word2vec looks things up in: which words are kept, which are drawn as noise, the Huffman tree."""

import heapq

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.windows import Noise, Tree

_LARGEST = 2**32 - 1


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """Per word, the largest random uint32 with which it is kept: probability sqrt(t / f) + t / f, at most 1.

    f is the word's share of all words, t is ``sample``; 0 keeps all. This is the formula of word2vec.c; the paper
    (Mikolov et al. 2013, equation 5) has sqrt(t / f) alone.
    """
    if sample == 0:
        return np.full(len(counts), _LARGEST, np.uint32)
    ratio: NDArray[np.float64] = sample * counts.sum() / np.maximum(counts, 1)
    return np.minimum((np.sqrt(ratio) + ratio) * 2**32, _LARGEST).astype(np.uint32)


def noise_shares(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """The probability of each word as noise: proportional to counts ** exponent."""
    weights = np.maximum(counts, 1).astype(np.float64) ** exponent
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def noise_table(shares: NDArray[np.float64]) -> Noise:
    """Alias table for drawing words with these probabilities (Vose 1991)."""
    weights = shares * len(shares)
    probability, alias = np.ones(len(weights)), np.arange(len(weights), dtype=np.uint32)
    small, large = np.flatnonzero(weights < 1).tolist(), np.flatnonzero(weights >= 1).tolist()
    left = weights.tolist()
    while small and large:
        low, high = small.pop(), large[-1]
        probability[low], alias[low] = left[low], high
        left[high] -= 1 - left[low]
        if left[high] < 1:
            small.append(large.pop())
    return Noise(np.minimum(probability * 2**32, _LARGEST).astype(np.uint64) << np.uint64(32) | alias)


def huffman_tree(counts: NDArray[np.int64]) -> Tree:
    """Huffman paths of words by descending count; inner node 0 is the root, nodes near it have small numbers."""
    words = len(counts)
    parent, turn = np.zeros(2 * words - 1, np.int64), np.zeros(2 * words - 1, np.uint8)
    heap = [(int(count), node) for node, count in enumerate(counts)]
    heapq.heapify(heap)
    for node in range(words, 2 * words - 1):
        (low, left), (high, right) = heapq.heappop(heap), heapq.heappop(heap)
        parent[[left, right]] = node
        turn[right] = 1
        heapq.heappush(heap, (low + high, node))
    root = 2 * words - 2
    nodes, turns, first = [], [], [0]
    for word in range(words):
        node = word
        path: list[tuple[int, int]] = []
        while node != root:
            path.append((root - int(parent[node]), int(turn[node])))
            node = int(parent[node])
        nodes += [inner for inner, _ in reversed(path)]
        turns += [side for _, side in reversed(path)]
        first.append(len(nodes))
    return Tree(np.array(nodes, np.uint32), np.array(turns, np.uint8), np.array(first, np.int64))


def node_shares(tree: Tree, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per inner node, the share of the words whose path goes through it."""
    lengths = np.diff(tree.first)
    through = np.bincount(tree.nodes, np.repeat(shares, lengths), minlength=max(len(shares) - 1, 1))
    return np.asarray(through, np.float64)
