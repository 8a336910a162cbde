"""Which n-grams of a text are counted: as long as it helps, and no more than there is room for."""

import numpy as np

from vec2seq.data.ragged import Ragged
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.run.context import Run

LONGEST = 8
LONGEST_UNJUDGED = 4
"""Where nothing was kept out to tell what helps."""


def ngrams(
    learnt: Ragged, out: Ragged, tokens: int, order: int, most: int, before: KneserNey | None, run: Run
) -> KneserNey:
    """N-grams of up to ``order`` numbers below ``tokens``; 0: ever longer ones, while there are at most so many.

    They become longer as long as what was kept out is foreseen better. Of a training that goes on, what was counted
    ``before`` stays unless the new text foresees it better.
    """

    def loss(counts: KneserNey) -> float:
        return float(-np.log(counts.probabilities(out.values, out.offsets)).mean()) if len(out.values) else 0.0

    if before is not None and not len(out.values):
        return before
    best, lowest = None, np.inf
    for longer in [order] if order else range(1, (LONGEST if len(out.values) else LONGEST_UNJUDGED) + 1):
        run.check()
        counts = KneserNey.of(learnt.values, learnt.offsets, tokens, longer)
        found = loss(counts)
        if best is not None and (found > lowest or counts.size > most):
            break
        best, lowest = counts, found
    assert best is not None
    return before if before is not None and loss(before) <= lowest else best
