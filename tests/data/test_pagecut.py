"""Pages are cut into their lines, in the order in which they are read; each box holds its line and no other."""

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vec2seq.data.inkparts import Parts
from vec2seq.data.pagecut import page_lines
from vec2seq.data.pagexml import Outline
from vec2seq.data.transcribed import cut
from vec2seq.errors import UserError

Grey = NDArray[np.uint8]
SIZE = (900, 1200)
WORDS = "jumps over the lazy dogs and quickly types of gypsy boxes hang high above jade"


class Drawn(NamedTuple):
    """A page, and where the ink of each of its lines is."""

    picture: Grey
    ink: list[NDArray[np.bool_]]


def sentence(number: int, words: int) -> str:
    every = WORDS.split()
    return " ".join(every[(number * 5 + place) % len(every)] for place in range(words))


class Page:
    """A page that is drawn line by line."""

    def __init__(self, size: tuple[int, int] = SIZE, paper: int = 235):
        self.image = Image.new("L", size, paper)
        self.lines: list[Image.Image] = []
        self.paper = paper

    def line(self, x: int, y: int, text: str, size: int = 20, middle: bool = False) -> None:
        font = ImageFont.load_default(size)
        alone = Image.new("L", self.image.size, 0)
        for image, ink in ((self.image, 20), (alone, 255)):
            ImageDraw.Draw(image).text((x, y), text, ink, font, anchor="ma" if middle else "la")
        self.lines.append(alone)

    def column(self, x: int, y: int, lines: int, words: int, step: int = 32, first: int = 0) -> None:
        for number in range(lines):
            self.line(x, y + number * step, sentence(first + number, words if number % 5 < 4 else 2))

    def specks(self, count: int) -> None:
        random = np.random.default_rng(1)
        draw = ImageDraw.Draw(self.image)
        for x, y in random.uniform((0, 0), self.image.size, (count, 2)):
            wide = random.uniform(0.3, 1.5)
            draw.ellipse((x - wide, y - wide, x + wide, y + wide), 60)

    def drawn(self, turned: float = 0, shade: float = 0, noise: float = 0) -> Drawn:
        how = Image.Resampling.BICUBIC
        picture = np.asarray(self.image.rotate(turned, how, fillcolor=self.paper), np.float64)
        picture = picture * np.linspace(1, 1 - shade, picture.shape[1])
        picture += np.random.default_rng(1).normal(0, noise, picture.shape) if noise else 0
        ink = [np.asarray(line.rotate(turned, how)) > 100 for line in self.lines]
        return Drawn(picture.clip(0, 255).astype(np.uint8), ink)


def within(outline: Outline, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    image = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(image).polygon(outline, fill=1, outline=1)
    return np.asarray(image)


def check(page: Drawn, kept: float = 0.995, others: float = 0.02) -> list[Outline]:
    """Each box holds the ink of its line, and hardly any of all others."""
    found = page_lines(page.picture)
    assert len(found) == len(page.ink)
    for number, (outline, ink) in enumerate(zip(found, page.ink, strict=True)):
        inside = within(outline, page.picture.shape)
        assert ink[inside].sum() >= kept * ink.sum(), number
        rest = sum(other[inside].sum() for place, other in enumerate(page.ink) if place != number)
        assert rest <= others * ink.sum() + 3, number
    return found


def test_a_column() -> None:
    page = Page()
    page.line(450, 60, "A Heading", 40, middle=True)
    page.column(80, 160, 24, 11)
    page.line(450, 1100, "- 17 -", middle=True)
    for outline in check(page.drawn(shade=0.4, noise=6)):
        (left, top), (right, top2), (right2, bottom), (left2, bottom2) = outline
        assert (left, top, right, bottom) == (left2, top2, right2, bottom2)


def test_columns_are_read_from_left_to_right() -> None:
    page = Page()
    page.line(450, 60, "Over both of them", 30, middle=True)
    page.column(60, 140, 20, 4)
    page.column(480, 151, 20, 4, first=7)  # not at the same height
    page.line(80, 860, sentence(3, 11))
    page.line(450, 1080, "17", middle=True)
    check(page.drawn(noise=4))


def test_three_columns_with_rules_between() -> None:
    page = Page((1300, 1000))
    for number in range(3):
        page.column(60 + number * 420, 60, 25, 4, first=number)
        if number:
            ImageDraw.Draw(page.image).line((20 + number * 420, 50, 20 + number * 420, 900), 30, 3)
    ImageDraw.Draw(page.image).rectangle((5, 5, 1294, 994), outline=30, width=4)
    check(page.drawn())


@pytest.mark.parametrize("turned", [-2.0, -0.7, 0.4, 1.3, 2.0])
def test_pages_that_lie_askew(turned: float) -> None:
    page = Page()
    page.column(60, 100, 16, 4)
    page.column(480, 109, 16, 4, first=3)
    page.specks(150)
    drawn = page.drawn(turned, noise=6)
    for outline in check(drawn, kept=0.98, others=0.05):
        (left, top), (right, other), _, _ = outline
        if right - left > 250:
            assert math.degrees(math.atan2(other - top, right - left)) == pytest.approx(-turned, abs=0.3)


def test_lines_of_pages_askew_are_cut_straight() -> None:
    page = Page((1200, 400))
    for number in range(7):
        page.line(60, 60 + 40 * number, "HIHIHIHIHIHIHIHIHI " * 4)
    drawn = page.drawn(2.0)
    (*_, outline) = page_lines(drawn.picture)
    line = cut(drawn.picture, outline, "here")
    assert line.shape[0] < 40
    rows = (line < 130).sum(1)
    assert (rows > 0.4 * rows.max()).sum() >= 12  # upright strokes of 14 pixels stand side by side
    assert (rows > 0).sum() <= 21


def test_specks_and_edges_are_no_lines() -> None:
    page = Page()
    page.column(80, 160, 12, 11)
    page.specks(200)
    draw = ImageDraw.Draw(page.image)
    draw.rectangle((0, 0, 30, 1199), 10)  # of a scan
    draw.line((80, 700, 800, 704), 30, 3)
    draw.ellipse((300, 800, 600, 1100), 40)
    check(page.drawn())


def test_short_lines_and_dots_over_letters() -> None:
    page = Page()
    for number, text in enumerate(["iiiii", "jetzt", "1", "one.", "aces vex"]):
        page.line(80, 100 + 60 * number, text)
    check(page.drawn())
    page = Page()
    for number in range(6):  # the dots are parted from the letters by white rows
        page.line(80, 100 + 50 * number, "nun sie" if number % 2 else "eins")
        ImageDraw.Draw(page.image).ellipse((300, 100 + 50 * number, 304, 104 + 50 * number), 20)
    assert len(page_lines(page.drawn().picture)) == 6


def test_lines_that_touch() -> None:
    page = Page()
    for number in range(30):
        page.line(80, 100 + 21 * number, sentence(number, 10 if number % 4 else 3))
    check(page.drawn(), kept=0.9, others=0.25)


def test_light_letters_on_dark() -> None:
    page = Page()
    page.column(80, 160, 10, 11)
    drawn = page.drawn(noise=5)
    assert page_lines(255 - drawn.picture) == page_lines(drawn.picture)


def test_large_pages_are_looked_at_smaller() -> None:
    page = Page()
    page.column(80, 160, 10, 11)
    drawn = page.drawn()
    large = np.repeat(np.repeat(drawn.picture, 4, 0), 4, 1)
    found = [[(x * 4, y * 4) for x, y in outline] for outline in check(drawn)]
    np.testing.assert_allclose(page_lines(large), found, atol=24)


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (40, 40), (1200, 900)])
def test_blank_pages_have_no_line(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    assert page_lines(np.full(shape, 240, np.uint8)) == []
    assert page_lines(np.zeros(shape, np.uint8)) == []
    assert page_lines(random.normal(220, 12, shape).clip(0, 255).astype(np.uint8)) == []
    page = Page()
    page.specks(100)
    assert page_lines(page.drawn(noise=6).picture) == []


@given(arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_any_picture_has_lines_that_lie_on_it(picture: Grey) -> None:
    for outline in page_lines(picture):
        line = cut(picture, outline, "here")
        assert line.shape[0] >= 2
        assert line.shape[1] >= 2


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_parts_are_those_of_a_search(ink: NDArray[np.bool_]) -> None:
    labels = np.zeros(ink.shape, int)
    boxes = []
    for start in zip(*np.nonzero(ink), strict=True):
        if labels[start]:
            continue
        inside, waiting = [], [start]
        labels[start] = len(boxes) + 1
        while waiting:
            y, x = waiting.pop()
            inside.append((y, x))
            for place in ((y + down, x + right) for down in (-1, 0, 1) for right in (-1, 0, 1)):
                on = 0 <= place[0] < ink.shape[0] and 0 <= place[1] < ink.shape[1]
                if on and ink[place] and not labels[place]:
                    labels[place] = len(boxes) + 1
                    waiting.append(place)
        (top, left), (bottom, right) = np.min(inside, 0), np.max(inside, 0)
        boxes.append((left, top, right + 1, bottom + 1))
    parts = Parts.of(ink)
    assert list(zip(parts.left, parts.top, parts.right, parts.bottom, strict=True)) == boxes
    wanted = np.arange(len(boxes)) % 2 == 0
    np.testing.assert_array_equal(parts.drawn(wanted), (labels % 2 == 1) & ink)


def test_slanted_outlines_outside_of_the_page() -> None:
    picture = np.arange(100, dtype=np.uint8).repeat(50).reshape(100, 50)
    inside: Outline = [(-10, -10), (60, 25), (60, 45), (-10, 10)]
    assert cut(picture, inside, "here").shape == (20, 50)
    np.testing.assert_array_equal(
        cut(picture, [(10, 40), (30, 50), (30, 60), (10, 50)], "here")[:, 0], np.arange(40, 50)
    )
    for away in ([(60, 0), (90, 9), (90, 19), (60, 10)], [(0, 200), (40, 210), (40, 220), (0, 210)]):
        with pytest.raises(UserError, match="here: the line lies outside of its picture of 50 by 100"):
            cut(picture, away, "here")
