"""Alignment: how each piece of a translation looks at the pieces of its source, by cross-attention (Bahdanau 2015).

It shows where the model looked, which is often, but need not be, what a word was translated from. Nothing here knows
the model that it comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError

LONGEST = 150
"""Pieces on each side of a picture that can be looked at."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """Weights of T pieces of a target on S pieces of a source, by H heads.

    ValueError for weights of another shape, or that are below 0 or no numbers; UserError for more than LONGEST pieces.
    """

    source: Sequence[str]
    target: Sequence[str]
    weights: NDArray[Any]
    """[H,T,S]; each row adds up to 1, or to less where something was looked at that is not shown"""
    model: str | None = None
    """its name"""

    def __post_init__(self) -> None:
        heads = self.weights.shape[0] if self.weights.ndim else 0
        if self.weights.shape != (heads, len(self.target), len(self.source)) or not self.weights.size:
            shape = list(self.weights.shape)
            raise ValueError(f"weights {shape} of {len(self.target)} pieces that look at {len(self.source)}")
        if not (np.isfinite(self.weights) & (self.weights >= 0)).all():
            raise ValueError("weights below 0, or no numbers")
        if max(self.weights.shape[1:]) > LONGEST:
            raise UserError(
                f"{len(self.source):,} pieces and {len(self.target):,} of their translation, more than {LONGEST}",
                "take a shorter text",
            )

    def mean(self) -> NDArray[np.float64]:
        """Of all heads [T,S]."""
        found: NDArray[np.float64] = self.weights.mean(0, dtype=np.float64)
        return found

    def to_json(self) -> dict[str, Any]:
        """For JSON: {"model", "source", "target", "weights": [heads][T][S]}."""
        return {
            "model": self.model,
            "source": list(self.source),
            "target": list(self.target),
            "weights": self.weights.tolist(),
        }


def strongest(weights: NDArray[Any], most: int = 3, least: float = 0.05) -> list[list[int]]:
    """weights [T,S] -> of each row its largest columns, the largest first: those of ``least`` or more, at least one."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :most]
    rows = zip(weights, order.tolist(), strict=True)
    return [[at for n, at in enumerate(best) if n == 0 or row[at] >= least] for row, best in rows]
