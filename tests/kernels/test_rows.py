import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.kernels.rows import add_changes, copy_hot, gather, localize, merge_hot, to_changes, to_private

PITCH = 16


def matrix(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows * PITCH).astype(np.float32)


def test_hot_rows_are_renamed_and_others_are_not() -> None:
    rows = np.array([0, 5, 2, 3], np.uint32)
    to_private(rows, 3, 100)
    assert rows.tolist() == [100, 5, 102, 3]


def test_merging_adds_own_changes_and_takes_over_those_of_others() -> None:
    shared = matrix(10)
    seen = np.empty(2 * PITCH, np.float32)
    copy_hot(shared, PITCH, 2, 8, seen)
    start = shared[: 2 * PITCH].copy()
    shared[8 * PITCH : 10 * PITCH] += 1  # this thread's changes
    shared[: 2 * PITCH] += 10  # meanwhile, another thread's
    merge_hot(shared, PITCH, 2, 8, seen)
    for rows in (shared[: 2 * PITCH], shared[8 * PITCH : 10 * PITCH], seen):
        np.testing.assert_allclose(rows, start + 11, rtol=1e-5)


@given(st.lists(st.integers(0, 19), max_size=40), st.lists(st.integers(0, 19), max_size=40), st.integers(1, 3))
def test_lock_step_adds_every_threads_changes_once(first: list[int], second: list[int], shares: int) -> None:
    shared = matrix(20)
    start = shared.copy()
    weights = np.linspace(0.5, 1, 20, dtype=np.float32)
    expected = start.reshape(20, PITCH).astype(np.float64)
    threads = []
    for thread, rows in enumerate((first, second)):
        names, slots, used = np.array(rows, np.uint32), np.full(20, -1, np.int32), np.empty(20, np.uint32)
        local = np.empty(20 * PITCH, np.float32)
        count = localize(names, slots, used, 0)
        gather(shared, used, count, PITCH, local)
        assert used[names].tolist() == rows
        assert len(set(used[:count].tolist())) == count == len(set(rows))
        for slot in range(count):
            np.testing.assert_array_equal(
                local[slot * PITCH : (slot + 1) * PITCH], start.reshape(20, PITCH)[used[slot]]
            )
        local[: count * PITCH] += thread + 1
        for row in set(rows):
            expected[row] += (thread + 1) * weights[row]
        to_changes(shared, used, count, PITCH, slots, local)
        assert (slots == -1).all()
        threads.append((used, count, local))
    for share in range(shares):
        for used, count, local in threads:
            add_changes(shared, used, count, PITCH, local, weights, share, shares)
    np.testing.assert_allclose(shared.reshape(20, PITCH), expected, rtol=1e-4, atol=1e-5)
