"""How large the nets of a LineReader are, and how long they learn."""

from typing import NamedTuple

import numpy as np


class Size(NamedTuple):
    """Of a CRNN."""

    channels: tuple[int, int, int, int]
    width: int
    layers: int


SIZES = {
    "tiny": Size((8, 16, 32, 48), 96, 1),
    "small": Size((16, 32, 64, 96), 192, 1),
    "base": Size((32, 64, 96, 128), 256, 2),
}

_COLUMNS = 2_000_000
_EPOCHS = 60
FEWEST_EPOCHS, MOST_EPOCHS = 10, 300


def epochs_of(columns: int) -> int:
    """Passes over so many columns of ink: the fewer there are, the more often; in all, as many as their root."""
    return int(np.clip(_EPOCHS * (_COLUMNS / max(columns, 1)) ** 0.5, FEWEST_EPOCHS, MOST_EPOCHS))
