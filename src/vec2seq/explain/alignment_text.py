"""An alignment as text for a terminal: a grid of blocks, and beside each row what it looks at most, in numbers."""

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import counted
from vec2seq.explain.alignment import Alignment, strongest
from vec2seq.explain.textcells import COLUMNS, padded, piece_shown
from vec2seq.run.progress import clipped, columns, visible

BLOCKS = ("··", "░░", "▒▒", "▓▓", "██")
"""Of weights below 0.1, 0.3, 0.5, 0.7, and above; a cell is as wide as a Chinese character."""
LONGEST_NAME = 16
"""Columns of a piece."""


def alignment_to_text(found: Alignment, head: int | None = None) -> str:
    """The grid of one head (from 0), or of the mean of all; a wide one in parts. ValueError for a head there is not."""
    heads = len(found.weights)
    if head is not None and not 0 <= head < heads:
        raise ValueError(f"no head {head} of {heads}")
    weights = found.mean() if head is None else found.weights[head]
    whose = f"head {head + 1} of {heads}" if head is not None else f"mean of {counted(heads, 'head')}"
    name = "" if found.model is None else f"{visible(found.model)}: "
    source, target = ([_name(piece) for piece in pieces] for pieces in (found.source, found.target))
    wide = max(map(columns, target))
    room = max((COLUMNS - wide - 2) // 2, 1)
    parts = [_grid(weights, source, target, start, start + room) for start in range(0, len(source), room)]
    title = f"{name}what each piece of the translation looks at ({whose})"
    legend = "  ".join(
        f"{block} {told}" for block, told in zip(BLOCKS, ("0", "0.2", "0.4", "0.6", "0.8-1"), strict=True)
    )
    looks = [
        f"  {padded(name, wide)}  {'  '.join(f'{source[at]} {row[at]:.2f}' for at in best)}"
        for name, row, best in zip(target, weights, strongest(weights), strict=True)
    ]
    return "\n\n".join([title, *parts, legend, "\n".join(["most of all", *looks])])


def _grid(weights: NDArray[np.floating], source: list[str], target: list[str], start: int, end: int) -> str:
    """Some columns, their names from top to bottom above them."""
    wide, names = max(map(columns, target)), source[start:end]
    high = max(map(len, names))
    lines = []
    for at in range(high):
        cells = (name.rjust(high)[at] for name in names)
        lines.append(f"{' ' * (wide + 4)}{''.join(padded(cell, 2) for cell in cells)}")
    for name, row in zip(target, weights[:, start:end], strict=True):
        lines.append(f"  {padded(name, wide)}  {''.join(BLOCKS[_level(weight)] for weight in row)}")
    return "\n".join(line.rstrip() for line in lines)


def _level(weight: float) -> int:
    return int(np.clip(np.floor(5 * weight + 0.5), 0, 4))


def _name(piece: str) -> str:
    return clipped(piece_shown(piece), LONGEST_NAME)
