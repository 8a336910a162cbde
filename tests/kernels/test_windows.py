import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.twins import XorShift
from vec2seq.kernels.simd.tiles import OUTPUTS
from vec2seq.kernels.tables import huffman_tree, keep_thresholds, noise_shares, noise_table
from vec2seq.kernels.windows import Targets, Text, Windows, draw_negatives, draw_windows, find_paths

sentences = st.lists(st.lists(st.integers(0, 9), max_size=12), min_size=1, max_size=8)


def encoded(lists: list[list[int]], sample: float, every: int) -> Text:
    ids = np.array([word for words in lists for word in words], np.int32)
    bounds = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    counts = np.maximum(np.bincount(ids, minlength=10), 1)
    return Text(ids, bounds, keep_thresholds(counts, sample), every)


@given(sentences, st.sampled_from([0.0, 0.02]), st.integers(0, 3), st.booleans(), st.integers(1, 6))
def test_windows_equal_their_twin(
    lists: list[list[int]], sample: float, every: int, held_out: bool, window: int
) -> None:
    text = encoded(lists, sample, every)
    total = max(len(text.ids), 1)
    out = Windows(np.zeros(total, np.uint32), np.zeros(total, np.uint32), np.zeros(len(lists) + 1, np.int64))
    twin = XorShift.seeded(5)
    random = np.array([twin.state], np.uint64)
    count = draw_windows(text, 0, len(lists), held_out, window, random, out)

    lengths, kept, spans = [], [], []
    for number, words in enumerate(lists):
        if held_out != (every > 0 and number % every == every - 1):
            continue
        left = [word for word in words if twin.draw() >> 32 <= int(text.keep[word])]
        if len(left) >= 2:
            lengths.append(len(left))
            kept += left
            spans += [twin.below(window) + 1 for _ in left]
    assert count == len(lengths)
    assert out.ends[: count + 1].tolist() == np.cumsum([0, *lengths]).tolist()
    assert out.words[: out.ends[count]].tolist() == kept
    assert out.spans[: out.ends[count]].tolist() == spans
    assert random[0] == twin.state


def empty_targets(words: int, blocks: int) -> Targets:
    return Targets(
        np.zeros(words * blocks * OUTPUTS, np.uint32),
        np.zeros(words + 1, np.int64),
        np.zeros(words * blocks, np.uint16),
    )


@pytest.mark.parametrize("negatives", [1, 5, 6, 20])
def test_negatives_are_never_the_word_and_follow_the_noise(negatives: int) -> None:
    counts = np.array([50, 30, 10, 5, 5])
    shares = noise_shares(counts, 1.0)
    words = np.zeros(20_000, np.uint32)
    blocks = -(-(1 + negatives) // OUTPUTS)
    targets = empty_targets(len(words), blocks)
    draw_negatives(words, noise_table(shares), negatives, np.array([123], np.uint64), targets)
    rows = targets.rows.reshape(len(words), -1)
    assert (rows[:, 0] == 0).all()
    drawn = rows[:, 1 : 1 + negatives].ravel()
    assert (drawn != 0).all()
    assert (rows[:, 1 + negatives :] == 5).all()  # padding
    found = np.bincount(drawn, minlength=5) / drawn.size
    np.testing.assert_allclose(found[1:], shares[1:] / shares[1:].sum(), atol=0.02)
    assert targets.first.tolist() == (np.arange(len(words) + 1) * blocks).tolist()
    in_use, bits = np.divmod(targets.signs[:blocks], 64)
    assert in_use.sum() == 1 + negatives
    assert bits.tolist() == [1] + [0] * (blocks - 1)


def test_a_word_that_is_almost_all_of_the_noise_still_gets_negatives() -> None:
    targets = empty_targets(50, 1)
    draw_negatives(
        np.zeros(50, np.uint32), noise_table(np.array([1 - 1e-12, 1e-12])), 5, np.array([1], np.uint64), targets
    )
    assert (targets.rows.reshape(50, OUTPUTS)[:, 1:] == 1).all()


def test_paths_come_in_blocks_with_their_turns() -> None:
    counts = np.array([2**20 // 2**i for i in range(12)])
    tree = huffman_tree(counts)
    words = np.array([0, 11, 3], np.uint32)
    targets = empty_targets(3, 2)
    find_paths(words, tree, np.uint32(99), targets)
    for c, word in enumerate(words):
        path = slice(tree.first[word], tree.first[word + 1])
        blocks = range(targets.first[c], targets.first[c + 1])
        rows = [row for block in blocks for row in targets.rows[block * OUTPUTS : (block + 1) * OUTPUTS] if row != 99]
        assert rows == tree.nodes[path].tolist()
        signs = [s >> o & 1 for s in targets.signs[blocks.start : blocks.stop].tolist() for o in range(s // 64)]
        assert signs == (1 - tree.turns[path]).tolist()
