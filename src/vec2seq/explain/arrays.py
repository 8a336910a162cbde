"""What an explanation shows of an array: all its numbers if they are few, and how they lie in any case."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 13 * 12
"""Numbers of an array up to which all are shown: 12 units with 12 values and a bias each."""
BINS = 20


def described(array: NDArray[np.float64]) -> dict[str, Any]:
    """Shape, values (None where they are many), and the spread of an array, for JSON; None where not finite, no -0."""
    return {
        "shape": list(array.shape),
        "values": plain((array + 0.0).tolist()) if array.size <= LARGEST else None,
    } | spread(array)


def spread(array: NDArray[np.float64]) -> dict[str, Any]:
    """min, mean, max, norm (Euclidean), zeros (how many are 0), and a histogram: counts between edges."""
    finite = array[np.isfinite(array)]
    if not finite.size:
        return {"min": None, "mean": None, "max": None, "norm": None, "zeros": 0, "histogram": None}
    low, high = float(finite.min()), float(finite.max())
    with np.errstate(over="ignore"):
        norm, wide = float(np.sqrt((finite**2).sum())), high - low > 1e-12 * max(abs(low), abs(high))
    counts, edges = np.histogram(finite, BINS, (low, high) if wide else (low - 1, high + 1))
    return {
        "min": low,
        "mean": float(finite.mean()),
        "max": high,
        "norm": norm if math.isfinite(norm) else None,
        "zeros": int((finite == 0).sum()),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
    }


def plain(value: Any) -> Any:
    """Nested lists with None in the place of what JSON has no number for."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value if math.isfinite(value) else None
