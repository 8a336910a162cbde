"""Batches: every example once, no batch too large, another order in each epoch, little padding."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.engine.batches import batches, in_order

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=200).map(lambda lengths: np.array(lengths, np.int64))


@given(LENGTHS, st.integers(1, 300), st.integers(0, 50), st.integers(0, 5))
def test_every_example_is_in_one_batch_that_is_not_too_large(
    lengths: np.ndarray, tokens: int, seed: int, epoch: int
) -> None:
    for made in (batches(lengths, tokens, seed, epoch), in_order(lengths, tokens)):
        assert sorted(np.concatenate(made)) == list(range(len(lengths)))
        assert all(len(batch) == 1 or len(batch) * lengths[batch].max() <= tokens for batch in made)


def test_an_epoch_follows_from_its_number_and_the_seed() -> None:
    lengths = np.random.default_rng(0).integers(1, 50, 500)
    first, again, other, seeded = (
        [batch.tolist() for batch in batches(lengths, 400, seed, epoch)]
        for seed, epoch in ((1, 3), (1, 3), (1, 4), (2, 3))
    )
    assert first == again
    assert first != other
    assert first != seeded
    assert {frozenset(batch) for batch in first} != {frozenset(batch) for batch in other}, "static buckets"


def test_lengths_within_a_batch_are_similar() -> None:
    lengths = np.random.default_rng(0).integers(5, 100, 3000)
    made = batches(lengths, 2000, 1, 0)
    padding = sum(len(batch) * lengths[batch].max() for batch in made) / lengths.sum() - 1
    unsorted = sum(len(part) * part.max() for part in np.array_split(lengths, len(made))) / lengths.sum() - 1
    assert padding < 0.15 < 0.7 < unsorted
