"""Alignments with planted links."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vec2seq.explain.alignment import Alignment


def linked(
    source: Sequence[str], target: Sequence[str], links: Sequence[int], heads: int = 3, **more: Any
) -> Alignment:
    """Target piece n looks most at source piece ``links[n]``; the last head at the one after it."""
    random = np.random.default_rng(1)
    weights = 0.1 * random.random((heads, len(target), len(source)))
    for at, link in enumerate(links):
        weights[:, at, link] += 2
    weights[-1] = np.roll(weights[-1], 1, axis=1)
    return Alignment(source, target, weights / weights.sum(-1, keepdims=True), **more)
