import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.kernels.tables import huffman_tree, keep_thresholds, node_shares, noise_shares, noise_table

counts = st.lists(st.integers(1, 10**6), min_size=2, max_size=60).map(
    lambda c: np.array(sorted(c, reverse=True), np.int64)
)


@given(counts, st.floats(1e-6, 1e-1))
def test_keep_thresholds_follow_word2vec(counts: np.ndarray, sample: float) -> None:
    share = counts / counts.sum()
    expected = np.minimum(1, np.sqrt(sample / share) + sample / share)
    np.testing.assert_allclose(keep_thresholds(counts, sample) / (2**32 - 1), expected, rtol=1e-6)


def test_no_sampling_keeps_everything() -> None:
    assert (keep_thresholds(np.array([10, 1]), 0) == 2**32 - 1).all()


@given(counts, st.sampled_from([0.0, 0.75, 1.0, -0.5]))
def test_alias_table_gives_the_shares(counts: np.ndarray, exponent: float) -> None:
    shares = noise_shares(counts, exponent)
    np.testing.assert_allclose(shares, counts.astype(float) ** exponent / (counts.astype(float) ** exponent).sum())
    table = noise_table(shares)
    own = (table.slots >> np.uint64(32)) / 2**32
    given_away = np.zeros(len(counts))
    np.add.at(given_away, table.slots & np.uint64(2**32 - 1), 1 - own)
    np.testing.assert_allclose((own + given_away) / len(counts), shares, atol=1e-6)


@given(counts)
def test_huffman_paths_are_a_prefix_code_of_least_cost(counts: np.ndarray) -> None:
    tree = huffman_tree(counts)
    paths = [slice(a, b) for a, b in itertools.pairwise(tree.first)]
    codes = ["".join(map(str, tree.turns[path])) for path in paths]
    assert not any(b.startswith(a) for a, b in itertools.permutations(codes, 2))
    heap, cost = counts.tolist(), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    assert sum(len(code) * count for code, count in zip(codes, counts.tolist(), strict=True)) == cost


@given(counts)
def test_nodes_of_a_path_are_those_of_its_prefixes(counts: np.ndarray) -> None:
    tree = huffman_tree(counts)
    node_of: dict[str, int] = {}
    for begin, end in itertools.pairwise(tree.first):
        code = "".join(map(str, tree.turns[begin:end]))
        for length, node in enumerate(tree.nodes[begin:end].tolist()):
            assert node_of.setdefault(code[:length], node) == node
    assert node_of[""] == 0
    assert sorted(node_of.values()) == list(range(len(counts) - 1))


def test_node_shares_add_up_from_the_leaves() -> None:
    counts = np.array([5, 3, 2])
    shares = node_shares(huffman_tree(counts), counts / 10)
    assert shares == pytest.approx([1.0, 0.5])
