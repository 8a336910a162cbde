import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernels.twins import XorShift
from vec2seq.kernels.random import below, following, mixed, seed

numbers = st.integers(0, 2**64 - 1)


@given(numbers)
def test_mixed_is_splitmix64(value: int) -> None:
    assert mixed(np.uint64(value)) == XorShift.mixed(value)


@given(st.integers(1, 2**64 - 1), st.integers(1, 2**32 - 1))
def test_following_and_below_equal_their_twin(state: int, bound: int) -> None:
    twin = XorShift(state)
    following_state = following(np.uint64(state))
    assert following_state == twin.draw()
    assert below(np.uint64(following_state), np.uint64(bound)) == (following_state >> 32) * bound >> 32
    assert 0 <= below(np.uint64(following_state), np.uint64(bound)) < bound


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=3))
def test_seed_mixes_all_numbers(values: list[int]) -> None:
    random = np.zeros(1, np.uint64)
    seed(random, np.array(values))
    assert random[0] == XorShift.seeded(*values).state
    assert random[0] != 0


def test_draws_are_uniform() -> None:
    twin, draws = XorShift.seeded(1, 2, 3), 100_000
    state = np.uint64(twin.state)
    counts = np.zeros(10)
    for _ in range(draws):
        state = np.uint64(following(state))
        counts[below(state, np.uint64(10))] += 1
    chi_square = ((counts - draws / 10) ** 2 / (draws / 10)).sum()
    assert chi_square < 27.9  # 0.1 % of fair generators exceed this, with 9 degrees of freedom
