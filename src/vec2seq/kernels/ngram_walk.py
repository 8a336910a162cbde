"""One token after another by counted n-grams: how probable it is there, and which n-grams then stand at the end.

What ``kneser_ney`` computes for many rows at once, here for one row and one token, as a search asks.
"""

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.kneser_ney import NONE, KneserNey

Ends = NDArray[np.int64]
"""[order - 1]: the numbers of the n-grams at the end of a row, of one token, of two, ...; NONE where there is none"""


class Walk:
    """Counted n-grams as a ``ctc.Language``: states are ``Ends``."""

    def __init__(self, counts: KneserNey):
        arrays: Any = counts.arrays
        self._step: Any = partial(step, *(arrays[name] for name in ("first", "keys", "shares", "backs", "sizes")))
        self._order = len(counts.tables)

    def start(self) -> Any:
        """Before the first token."""
        return np.full(self._order, NONE)

    def after(self, state: Any, token: int) -> tuple[float, Any]:
        """ln p of a token there, and the state behind it."""
        ends = np.empty(self._order, np.int64)
        chance: float = self._step(state, token, ends)
        return (math.log(chance) if chance > 0 else -math.inf), ends


@kernel
def step(
    first: NDArray[np.float64],
    keys: NDArray[np.int64],
    shares: NDArray[np.float32],
    backs: NDArray[np.float32],
    sizes: NDArray[np.int64],
    ends: Ends,
    token: int,
    after: Ends,
) -> float:
    """The probability of a token behind ``ends``, by the arrays of a ``KneserNey``; ``after`` becomes the ends then."""
    tokens, chance = len(first), float(first[token])
    from_key, from_back = 0, 0
    for n in range(len(after)):
        after[n] = token if n == 0 else NONE
    for n in range(len(sizes)):
        context = ends[n]
        if context == NONE:
            break
        chance *= float(backs[from_back + context])
        wanted = context * tokens + token
        low, high = from_key, from_key + sizes[n, 0]
        while low < high:
            middle = (low + high) // 2
            if keys[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        if low < from_key + sizes[n, 0] and keys[low] == wanted:
            chance += float(shares[low])
            if n + 1 < len(after):
                after[n + 1] = low - from_key
        from_key += sizes[n, 0]
        from_back += sizes[n, 1]
    return chance
