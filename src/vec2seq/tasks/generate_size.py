"""How large a net suits how much text, and how long it learns.

Found by trials on a text of one megabyte; for others these are estimates.
"""

from typing import NamedTuple

import numpy as np


class Size(NamedTuple):
    """What suits a text."""

    width: int
    epochs: int
    batch_tokens: int


WIDTHS = ((200_000, 128), (5_000_000, 256))
"""Up to so many pieces, so wide."""
WIDEST = 384
ALONE = 128
"""Up to this width one thread: a step is too small to be shared."""
LAYERS = {"lstm": 2, "attention": 4}
RATES = {"lstm": 4e-3, "attention": 1e-3}
READ = 16_000_000
"""Pieces that are read in a whole training."""
EPOCHS = (1, 30)
"""Fewest and most: much text is read once, little text must not be learnt by heart."""
BATCHES = (1024, 4096)
"""Pieces of the smallest batch, and of the largest."""


def size_for(pieces: int) -> Size:
    """What suits a text of so many pieces."""
    return Size(
        width=next((width for most, width in WIDTHS if pieces <= most), WIDEST),
        epochs=int(np.clip(round(READ / max(pieces, 1)), *EPOCHS)),
        batch_tokens=int(np.clip(4 * pieces**0.5, *BATCHES)),
    )
