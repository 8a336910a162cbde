"""Where each number stands: the places of an array sorted by what stands there (counting sort)."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel


@kernel
def sort_places(numbers: NDArray[np.int32], first: NDArray[np.int64], places: NDArray[np.int32]) -> None:
    """The places of number i become places[first[i] : first[i + 1]], in their order; negative numbers are left out.

    ``first`` has a place more than there are numbers; ``places`` is large enough.
    """
    first[:] = 0
    for number in numbers:
        if number >= 0:
            first[number + 1] += 1
    for number in range(first.size - 1):
        first[number + 1] += first[number]
    for place in range(numbers.size):
        number = numbers[place]
        if number >= 0:
            places[first[number]] = place
            first[number] += 1
    for number in range(first.size - 1, 0, -1):
        first[number] = first[number - 1]
    first[0] = 0
