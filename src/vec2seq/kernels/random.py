"""Random numbers: xorshift64 (Marsaglia 2003), seeded by splitmix64 (Steele et al. 2014).

A state is one uint64; between kernels it lies in an array of one, because Numba hands numbers back to Python as plain
ints and would take the next one for signed. Each stretch of text has a state of its own, computed from the seed, the
epoch and the number of the stretch: a run that is resumed needs no stored generator.
"""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel

_U = np.uint64


@kernel
def mixed(value: np.uint64) -> np.uint64:
    """splitmix64's finalizer: neighbouring values become unrelated, and never 0."""
    value += _U(0x9E3779B97F4A7C15)
    value = (value ^ (value >> _U(30))) * _U(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> _U(27))) * _U(0x94D049BB133111EB)
    value = value ^ (value >> _U(31))
    return value if value != _U(0) else _U(1)


@kernel
def following(state: np.uint64) -> np.uint64:
    """The next state; its high 32 bits are the random number to use first."""
    state ^= state << _U(13)
    state ^= state >> _U(7)
    return state ^ (state << _U(17))


@kernel
def below(state: np.uint64, bound: np.uint64) -> np.uint64:
    """A whole number in [0, bound) from the state's high 32 bits (bound < 2^32)."""
    return ((state >> _U(32)) * bound) >> _U(32)


@kernel
def seed(random: NDArray[np.uint64], numbers: NDArray[np.int64]) -> None:
    """Set the state from some numbers."""
    state = _U(0)
    for number in numbers:
        state = mixed(state ^ _U(number))
    random[0] = state
