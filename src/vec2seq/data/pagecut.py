"""Where the lines of a clean printed page are: by the ink in each row, column after column (projection profiles).

What is taken for paper and ink follows the light of the page; a page that lies askew by up to 3 degrees is turned;
columns are where a gap goes down through many lines.

It knows print on flat paper, in lines from left to right. It does not know pictures, tables and formulas: their pieces
become lines, or are lost. Handwriting, curved pages, notes in the margin close to the text, writing from top to bottom
and initials of several lines it gets wrong. For such pages, mark the lines with a program made for that (eScriptorium,
Transkribus, kraken) and give its PAGE-XML or ALTO.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.inkparts import Mask, Parts
from vec2seq.data.pagexml import Outline
from vec2seq.data.pictures import Grey

MOST_ANALYSED = 3000
"""Pixels of the longer side at which a page is looked at."""
MOST_ASKEW = 3.0
"""Degrees."""
FAINT = 0.12
"""How much darker than its paper ink is at least."""
_SMALLEST = 4
"""Pixels that letters are high, at least, where the page is looked at."""
_PLACES, _STRIPES = 200_000, (2, 3, 4)
"""Of ink, by which it is judged how a page lies; into how many stripes from top to bottom it is cut for that."""
_DUST = 1 / 150
"""Of the height of a page: where nothing is larger, and all stands nearly alone, there are specks and no lines."""


class Box(NamedTuple):
    """A part of a page; ``right`` and ``bottom`` are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        """Pixels."""
        return self.bottom - self.top


def page_lines(picture: Grey) -> list[Outline]:
    """The lines of a page [H, W], in the order in which they are read: none, if nothing is printed on it.

    An outline has four points: left above, right above, right below, left below. Its sides are upright; where the page
    lies askew, what is above and below is slanted.
    """
    import PIL.Image

    if min(picture.shape) < 2 * _SMALLEST:
        return []
    few = -(-max(picture.shape) // MOST_ANALYSED)
    ink, letter = clean_ink(np.asarray(PIL.Image.fromarray(picture).reduce(few)) if few > 1 else picture)
    if not letter:
        return []
    turned = askew(ink)
    straight = ink if not turned else _turned_back(ink, turned)
    page = Page(straight, Parts.of(straight), letter)
    boxes = [
        line for column in page.columns(Box(0, 0, straight.shape[1], straight.shape[0])) for line in page.lines(column)
    ]
    if all(map(page.is_dust, boxes)):
        return []
    return [_outline(box, turned, few, ink.shape, straight.shape, picture.shape) for box in boxes]


# ink


def ink_of_page(picture: Grey) -> Mask:
    """What is ink [H, W]: clearly darker than the paper around it."""
    import PIL.Image
    import PIL.ImageFilter

    image = PIL.Image.fromarray(picture)
    usual = np.asarray(image.filter(PIL.ImageFilter.BoxBlur(40)), np.float32)
    if ((picture - usual) ** 3).sum() > 0:  # what stands out is light: letters on dark paper
        image = PIL.Image.fromarray(255 - picture)
    around = image.reduce(8).filter(PIL.ImageFilter.MaxFilter(9)).filter(PIL.ImageFilter.GaussianBlur(4))
    light = np.asarray(around.resize(image.size, PIL.Image.Resampling.BILINEAR), np.float32)
    smooth = np.asarray(image.filter(PIL.ImageFilter.GaussianBlur(0.6)), np.float32)
    dark = 1 - smooth / np.maximum(light, 32)
    inked = dark[dark > FAINT]
    found: Mask = dark > max(FAINT, 0.45 * np.percentile(inked, 75)) if inked.size else dark > 1
    return found


def clean_ink(picture: Grey) -> tuple[Mask, float]:
    """The ink of what can be letters [H, W], and how high most of these are: 0, if there are none.

    Left out are rules, frames, pictures, the edges of scans, and specks that no letter is near.
    """
    parts = Parts.of(ink_of_page(picture))
    heights, widths = parts.heights, parts.widths
    likely = (heights >= _SMALLEST) & (heights < picture.shape[0] / 3 + _SMALLEST) & (widths < picture.shape[1] / 2)
    if not likely.any():
        return np.zeros(picture.shape, np.bool_), 0.0
    letter = _median(heights[likely], heights[likely])
    long, flat, high = widths > 15 * letter, heights < 0.5 * letter, heights > 3 * letter
    drawn = (long & (flat | high)) | (heights > 6 * letter)
    small = np.maximum(heights, widths) < 0.6 * letter
    wanted = ~drawn & ~small
    wanted |= small & _near(parts, parts.drawn(wanted), small, round(1.6 * letter))
    if not (wanted & ~small).any():
        return np.zeros(picture.shape, np.bool_), 0.0
    return parts.drawn(wanted), letter


def _median(values: NDArray[np.int64], weights: NDArray[np.int64]) -> float:
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, sums[-1] / 2)])


def _near(parts: Parts, ink: Mask, asked: Mask, reach: int) -> Mask:
    """Which of the parts that are asked for [N] have other ink within reach."""
    sums = np.pad(np.cumsum(np.cumsum(ink, 0, np.int64), 1), ((1, 0), (1, 0)))
    found = np.zeros(len(asked), np.bool_)
    left, top = (np.maximum(edge[asked] - reach, 0) for edge in (parts.left, parts.top))
    right, bottom = (
        np.minimum(edge[asked] + reach, most)
        for edge, most in ((parts.right, ink.shape[1]), (parts.bottom, ink.shape[0]))
    )
    found[asked] = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left] > 0
    return found


# how the page lies


def askew(ink: Mask) -> float:
    """By how much lines fall to the right, in radians: so that ink in a row differs most from that in the next one.

    That is asked stripe by stripe, as the lines of two columns need not be at the same height.
    """
    y, x = np.nonzero(ink)
    some = slice(None, None, -(-len(y) // _PLACES))
    y, x = y[some].astype(np.float32), x[some].astype(np.float32)
    stripes = [(x * many / ink.shape[1]).astype(np.int64) * 2 * sum(ink.shape) for many in _STRIPES]

    def sharpness(degrees: float) -> float:
        rows = np.rint(y - x * np.float32(math.tan(math.radians(degrees)))).astype(np.int64)
        rows -= rows.min()
        return float(sum((np.diff(np.bincount(rows + stripe).astype(np.float64)) ** 2).sum() for stripe in stripes))

    rough = max(np.arange(-MOST_ASKEW, MOST_ASKEW + 0.1, 0.2).tolist(), key=sharpness)
    best = max((rough + np.arange(-0.2, 0.21, 0.04)).tolist(), key=sharpness)
    return math.radians(best) if sharpness(best) > 1.03 * sharpness(0) else 0.0


def _turned_back(ink: Mask, turned: float) -> Mask:
    import PIL.Image

    image = PIL.Image.fromarray(ink.astype(np.uint8) * 255)
    return np.asarray(image.rotate(math.degrees(turned), PIL.Image.Resampling.NEAREST, expand=True)) > 0


def _outline(
    box: Box, turned: float, few: int, ink: tuple[int, ...], straight: tuple[int, ...], page: tuple[int, ...]
) -> Outline:
    """A box of the ink that was turned straight, on the page."""
    if not turned:
        left, top = box.left * few, box.top * few
        right, bottom = min(box.right * few, page[1]), min(box.bottom * few, page[0])
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    sin, cos = math.sin(turned), math.cos(turned)
    y = (box.top + box.bottom) / 2 - straight[0] / 2
    ends = []
    for x in (box.left - straight[1] / 2, box.right - straight[1] / 2):
        ends.append(((x * cos - y * sin + ink[1] / 2) * few, (x * sin + y * cos + ink[0] / 2) * few))
    high = round(box.height * few / cos)
    (left, right), (first, last) = (
        [min(max(round(x), 0), page[1]) for x, _ in ends],
        [round(y - high / 2) for _, y in ends],
    )
    return [(left, first), (right, last), (right, last + high), (left, first + high)]


# columns and lines


class _Group(NamedTuple):
    """Rows in which the same gaps go down."""

    top: int
    bottom: int
    letter: float
    inked: NDArray[np.bool_]
    """[W] where there is ink in any of the rows"""

    def with_(self, below: "_Group") -> "_Group":
        return _Group(self.top, below.bottom, max(self.letter, below.letter), self.inked | below.inked)

    def goes_on(self, below: "_Group") -> bool:
        """Whether what comes below is in the same columns; a heading above or a number far below them is in none."""
        if not self.gaps:
            return not below.gaps
        far = below.top - self.bottom > 4 * self.letter
        return bool(self.with_(below).gaps) and (bool(below.gaps) or not far)

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Between what is inked, where it is wide enough to part columns: words of large letters stand far apart."""
        runs = _runs(self.inked)
        gaps = [(end, first) for (_, end), (first, _) in itertools.pairwise(runs)]
        return [(first, end) for first, end in gaps if end - first >= 1.5 * self.letter]


class Page(NamedTuple):
    """A page that lies straight."""

    ink: Mask
    parts: Parts
    letter: float
    """how high most of what hangs together is: of Latin letters, those without ascenders"""

    def columns(self, box: Box, depth: int = 3) -> list[Box]:
        """What is read one after the other: columns from left to right, what goes across above and below them."""
        found: list[Box] = []
        plain: list[Box] = []
        for group in self._groups(box):
            gaps = self._gutters(group) if depth else []
            if not gaps:
                plain.append(group)
                continue
            found += _united(plain)
            plain = []
            edges = [group.left, *((first + end) // 2 for first, end in gaps), group.right]
            for left, right in itertools.pairwise(edges):
                found += self.columns(Box(left, group.top, right, group.bottom), depth - 1)
        return found + _united(plain)

    def _groups(self, box: Box) -> list[Box]:
        """Stripes from edge to edge that white rows part, as far as the same gaps go down through them."""
        ink = self.ink[box.top : box.bottom, box.left : box.right]
        groups: list[_Group] = []
        for first, end in _runs(np.any(ink, axis=1)):
            letter = max(self._letter_of(Box(box.left, box.top + first, box.right, box.top + end)), self.letter)
            here = _Group(first, end, letter, np.any(ink[first:end], axis=0))
            if groups and groups[-1].goes_on(here):
                groups[-1] = groups[-1].with_(here)
            else:
                groups.append(here)
        return [Box(box.left, box.top + group.top, box.right, box.top + group.bottom) for group in groups]

    def _gutters(self, group: Box) -> list[tuple[int, int]]:
        """The gaps of a group that part columns: on both sides are several lines, and these are not too short."""
        ink = self.ink[group.top : group.bottom, group.left : group.right]
        inked = np.any(ink, axis=0)
        widest = np.flatnonzero(inked)[-1] - np.flatnonzero(inked)[0] + 1
        found: list[tuple[int, int]] = []
        before = 0
        for first, end in _Group(0, 0, self.letter, inked).gaps:
            sides = ink[:, before:first], ink[:, end:]
            if all(self._is_column(side, widest) for side in sides):
                found.append((group.left + first, group.left + end))
                before = end
        return found

    def _is_column(self, ink: Mask, widest: int) -> bool:
        x = np.flatnonzero(ink.any(0))
        wide = len(x) > 0 and x[-1] - x[0] >= max(0.12 * widest, 4 * self.letter)
        return bool(wide) and int(ink.any(1).sum()) >= 4 * self.letter and len(ink) >= 7 * self.letter

    def lines(self, column: Box) -> list[Box]:
        """The lines of a column, from top to bottom."""
        ink = self.ink[column.top : column.bottom, column.left : column.right]
        rows = ink.sum(1)
        blocks = [(column.top + first, column.top + end) for first, end in _runs(rows > 0)]
        heights = [end - first for first, end in blocks if 1 <= (end - first) / self.letter <= 3.5]
        usual = float(np.median(heights)) if heights else 1.8 * self.letter
        profile = np.zeros(self.ink.shape[0])
        profile[column.top : column.bottom] = rows
        stripes = [part for block in blocks for part in self._split(block, column, profile, usual)]
        boxes = [self._around(first, end, column) for first, end in _merged(stripes, usual)]
        kept = [box for box in boxes if box is not None]
        return [self._wider(box, kept, column) for box in kept]

    def _split(
        self, block: tuple[int, int], column: Box, profile: NDArray[np.float64], usual: float
    ) -> list[tuple[int, int]]:
        """A stripe that is too high for one line, cut where the least ink is."""
        first, end = block
        one = usual * max(1, self._letter_of(Box(column.left, first, column.right, end)) / self.letter)
        if end - first <= 1.6 * one:
            return [block]
        wide = max(round(0.25 * self.letter), 1)
        smooth = np.convolve(profile[first:end], np.ones(wide) / wide, "same")
        margin = round(0.5 * one)
        cut = margin + int(np.argmin(smooth[margin : len(smooth) - margin]))
        deep = smooth[cut] <= 0.6 * min(smooth[:cut].max(), smooth[cut:].max())
        if not deep and end - first <= 1.9 * one:
            return [block]
        return [
            part
            for half in ((first, first + cut), (first + cut, end))
            for part in self._split(half, column, profile, usual)
        ]

    def _parts_in(self, box: Box) -> NDArray[np.int64]:
        """The heights and widths [N,2] of the letters of a part of the page; not those of dots."""
        parts = self.parts
        y, x = (parts.top + parts.bottom) / 2, (parts.left + parts.right) / 2
        inside = (y >= box.top) & (y < box.bottom) & (x >= box.left) & (x < box.right)
        sizes = np.stack([parts.heights[inside], parts.widths[inside]], 1)
        found: NDArray[np.int64] = sizes[sizes.max(1, initial=0) >= 0.6 * self.letter]
        return found

    def _letter_of(self, box: Box) -> float:
        """How high letters of a part of the page are."""
        heights = self._parts_in(box)[:, 0]
        return _median(heights, heights) if len(heights) else self.letter

    def _around(self, first: int, end: int, column: Box) -> Box | None:
        """The box of what stands in some rows of a column; None, if that is no more than dots."""
        x = np.flatnonzero(self.ink[first:end, column.left : column.right].any(0)) + column.left
        box = Box(int(x[0]), first, int(x[-1]) + 1, end) if len(x) else Box(0, 0, 0, 0)
        return box if len(self._parts_in(box)) else None

    def is_dust(self, box: Box) -> bool:
        """Whether a line could be some specks: it has few letters, far from each other, and these are small."""
        letters = self._parts_in(box)
        few = len(letters) < 3 or box.right - box.left > 8 * self.letter * len(letters)
        return few and int(letters.max(initial=0)) < _DUST * len(self.ink)

    def _wider(self, box: Box, others: list[Box], column: Box) -> Box:
        """With some paper around it, up to the middle between it and the next ones."""
        above = max((other.bottom for other in others if other.top < box.top), default=-self.ink.shape[0])
        below = min((other.top for other in others if other.bottom > box.bottom), default=2 * self.ink.shape[0])
        most, side = max(round(0.3 * self.letter), 1), max(round(0.4 * self.letter), 1)
        return Box(
            max(box.left - side, column.left),
            max(box.top - min(most, max((box.top - above) // 2, 1)), 0),
            min(box.right + side, column.right),
            min(box.bottom + min(most, max((below - box.bottom) // 2, 1)), self.ink.shape[0]),
        )


def _runs(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The first place of each run of True, and the one after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _united(boxes: list[Box]) -> list[Box]:
    """Boxes that follow each other as one."""
    if not boxes:
        return []
    return [Box(boxes[0].left, boxes[0].top, boxes[0].right, boxes[-1].bottom)]


def _merged(stripes: list[tuple[int, int]], usual: float) -> list[tuple[int, int]]:
    """Dots and strokes that a white row parts from their letters come to these: the nearest first."""
    found = list(stripes)
    while True:
        gaps = [
            (found[place + 1][0] - found[place][1], place)
            for place in range(len(found) - 1)
            if min(found[place][1] - found[place][0], found[place + 1][1] - found[place + 1][0]) < 0.5 * usual
            and found[place + 1][1] - found[place][0] <= 1.35 * usual
            and found[place + 1][0] - found[place][1] <= 0.5 * usual
        ]
        if not gaps:
            return found
        _, place = min(gaps)
        found[place : place + 2] = [(found[place][0], found[place + 1][1])]
