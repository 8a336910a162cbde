"""What suits how many pieces, where a Translator's settings leave it open: the size of the net, and how it is trained.

Pieces are those of sources and targets together, ends counted.
"""

import numpy as np

SMALL = 400_000
"""Pieces: of fewer a small net learns."""
LEARNT = 1.4e7
"""Pieces that are learnt from, one as often as there are epochs."""
EPOCHS = (5, 30)
"""the fewest and the most"""
BATCH_TOKENS = (256, 4096)
RATES = {False: 3e-3, True: 2e-3}
"""Learning rates for a width of 128, without and with attention of a row to itself."""


def size_of(pieces: int) -> tuple[int, int]:
    """Width and layers."""
    return (128, 1) if pieces < SMALL else (256, 2)


def epochs_of(pieces: int) -> int:
    """How often all of them are learnt from."""
    return int(np.clip(LEARNT / max(pieces, 1), *EPOCHS))


def batch_of(pieces: int) -> int:
    """Pieces of a batch, padding counted."""
    return int(np.clip(2 * pieces**0.5, *BATCH_TOKENS))


def rate_of(width: int, attention: bool) -> float:
    """The highest learning rate; ``attention``: whether the rows of encoder or decoder attend to themselves."""
    return float(RATES[attention] * (128 / width) ** 0.5)
