"""How sure is sure: the probability that an answer is right, made of one that is too high or too low (Platt 1999).

    p = sigmoid(slope ln(q / (1 - q)) + shift)

for answers whose own probability is q; the two numbers are those for which answers of known rightness have the lowest
cross-entropy. The order of answers stays, since the slope is above 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLOSEST = 1e-6
"""A probability is at least this, and at most 1 minus this."""
PRIOR = 1.0
"""Standard deviation of ln(slope), and of the shift: few answers say little."""
_STEPS = 100


@dataclass(frozen=True)
class Certainty:
    """As it stands: probabilities are what they are."""

    slope: float = 1.0
    shift: float = 0.0

    @classmethod
    def of(cls, chances: Floats, right: NDArray[np.bool_]) -> "Certainty":
        """For answers with probabilities [N], of which it is known whether they are right [N]."""
        x, y = logits(chances), right.astype(np.float64)
        log_slope, shift = 0.0, 0.0

        def loss(log_slope: float, shift: float) -> float:
            z = np.exp(log_slope) * x + shift
            return float((np.logaddexp(0, z) - y * z).sum()) + (log_slope**2 + shift**2) / (2 * PRIOR**2)

        for _ in range(_STEPS):  # Newton's, with half steps while they lead uphill
            slope = np.exp(log_slope)
            p = 1 / (1 + np.exp(-(slope * x + shift)))
            errors, spread = p - y, p * (1 - p)
            down = slope * x
            gradient = np.array([(errors * down).sum() + log_slope / PRIOR**2, errors.sum() + shift / PRIOR**2])
            across = (spread * down).sum()
            curve = np.array(
                [
                    [(spread * down**2).sum() + max((errors * down).sum(), 0.0) + PRIOR**-2, across],
                    [across, spread.sum() + PRIOR**-2],
                ]
            )
            step, now, size = np.linalg.solve(curve, gradient), loss(log_slope, shift), 1.0
            while size > 1e-6 and loss(log_slope - size * step[0], shift - size * step[1]) > now:
                size /= 2
            log_slope, shift = float(log_slope - size * step[0]), float(shift - size * step[1])
            if np.abs(size * step).max() < 1e-9:
                break
        return cls(float(np.exp(log_slope)), shift)

    def __call__(self, chances: Floats) -> Floats:
        """Probabilities [N] -> [N]."""
        found: Floats = 1 / (1 + np.exp(-(self.slope * logits(chances) + self.shift)))
        return found


def logits(chances: Floats) -> Floats:
    """ln(q / (1 - q))."""
    kept = np.clip(chances, CLOSEST, 1 - CLOSEST)
    found: Floats = np.log(kept) - np.log1p(-kept)
    return found
