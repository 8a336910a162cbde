"""A picture of a line of text as a net reads it: columns of ink, all of one height, dark on light or light on dark.

Ink is 0 where the paper is and 255 where the line is darkest, so that scans of different contrast are alike, and what
is added at the end of a line is paper.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.pictures import Grey
from vec2seq.errors import UserError

LONGEST = 8192
"""Columns of a line: at a height of 48, more than 1,000 letters."""
STEP = 4
"""A batch has so many columns, or a multiple: a net says something of each four."""
FAINT = 24
"""Grey levels between paper and ink: with fewer a picture is blank."""
_INK = 99.5
"""Percentile of darkness."""


class InkLine(NamedTuple):
    """A line of text."""

    columns: NDArray[np.uint8]
    """[W, height], 0 paper, 255 ink"""
    turned: bool
    """whether its writing was lighter than what it stands on: most of it is dark, and most of its border"""
    blank: bool
    """whether nothing stands on it"""
    scale: float
    """pixels of the picture for a column"""


def ink_of(picture: Grey, height: int, where: str) -> InkLine:
    """A picture [H, W] of a line, scaled to a height. UserError, which names the place, if it is far too long."""
    import PIL.Image

    high, wide = picture.shape
    width = max(round(wide * height / high), 1)
    if width > LONGEST:
        raise UserError(
            f"{where}: {wide:,} by {high:,} pixels: too long for one line",
            "cut it into lines, or cut off what is above and below the line",
        )
    scaled = picture
    if (width, height) != (wide, high):
        scaled = np.asarray(PIL.Image.fromarray(picture).resize((width, height), PIL.Image.Resampling.BILINEAR))
    dark = 255.0 - scaled.astype(np.float32)
    lightest, usual, darkest = np.percentile(dark, (100 - _INK, 50, _INK))
    around = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]]).mean()
    turned = bool(min(usual, around) > (lightest + darkest) / 2)
    if turned:
        dark, lightest, darkest = 255.0 - dark, 255.0 - darkest, 255.0 - lightest
    paper = float(np.median(dark[dark <= (lightest + darkest) / 2]))
    blank = bool(darkest - paper < FAINT)
    ink = (dark - paper) * (255.0 / max(darkest - paper, FAINT))
    return InkLine(np.ascontiguousarray(ink.clip(0, 255).astype(np.uint8).T), turned, blank, wide / width)
