"""The page of a reading: characters where they were read, and what counts for the one that is chosen."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from conftest import Open
from explain.readings import CONFUSIONS, HIGH, STEP, planted
from vec2seq.explain.reading import LineReading
from vec2seq.explain.reading_page import write_reading_page

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
EXAMPLE = planted("no m\u0301 on")


def opened(open_page: Open, path: Path, found: LineReading, language: Any = "en", **options: Any) -> Page:
    write_reading_page(found, path / "reading.html", language)
    return open_page(path / "reading.html", **options)


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Page:
    return opened(open_page, tmp_path, EXAMPLE)


def pixels(page: Page, canvas: str) -> NDArray[np.int64]:
    """How much is seen of each pixel of a canvas [H*W]; read from a copy, since the page's own is made for drawing."""
    values = page.locator(canvas).evaluate("""one => {
        const copy = new OffscreenCanvas(one.width, one.height).getContext("2d", {willReadFrequently: true});
        copy.drawImage(one, 0, 0);
        return [...copy.getImageData(0, 0, one.width, one.height).data].filter((_, at) => at % 4 === 3);
    }""")
    return np.array(values)


def test_the_picture_and_its_characters(page: Page) -> None:
    np.testing.assert_array_equal(pixels(page, "canvas.ink"), EXAMPLE.ink.ravel())
    options = page.get_by_role("option")
    assert options.all_inner_texts() == ["n", "o", "␣", "m", "◌\u0301", "␣", "o", "n"]
    assert page.locator("p.text").inner_text() == EXAMPLE.text
    ink = page.locator("canvas.ink").bounding_box()
    assert ink is not None
    scale = ink["width"] / EXAMPLE.ink.shape[1]
    assert ink["height"] == pytest.approx(scale * HIGH, rel=0.01)
    for at, one in enumerate(EXAMPLE.characters):
        box, whole = options.nth(at).locator(".box").bounding_box(), options.nth(at).bounding_box()
        assert box is not None
        assert whole is not None
        assert box["x"] - ink["x"] == pytest.approx(scale * one.first, abs=1.5)
        assert box["width"] == pytest.approx(scale * STEP, abs=2)
        assert whole["x"] <= box["x"]
        assert options.nth(at).get_attribute("class") in (f"doubt{at % 3}", f"doubt{at % 3} chosen")
    bars = page.locator(".strip > span")
    assert bars.count() == len(EXAMPLE.chances)
    shares = bars.evaluate_all("all => all.map(one => Number(one.style.getPropertyValue('--share')))")
    np.testing.assert_allclose(shares, EXAMPLE.chances, atol=1e-4)
    assert [text for text in bars.all_inner_texts() if text] == options.all_inner_texts()
    last = bars.last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] == pytest.approx(ink["x"] + ink["width"], abs=1)


def test_a_character_by_pointer_and_by_keys(page: Page) -> None:
    options = page.get_by_role("option")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")  # the first of those that are least sure
    options.nth(3).hover()
    expect(options.nth(3)).to_have_attribute("aria-selected", "true")
    options.nth(1).click()
    steps = (("ArrowRight", 2), ("End", 7), ("ArrowRight", 7), ("ArrowLeft", 6), ("Home", 0), ("ArrowLeft", 0))
    for key, at in (*steps, ("ArrowRight", 1), ("ArrowDown", 2), ("ArrowDown", 3), ("ArrowDown", 4)):
        page.keyboard.press(key)
        expect(options.nth(at)).to_be_focused()
        assert page.locator("[role='option'][tabindex='0']").count() == 1
        one = EXAMPLE.characters[at]
        told = page.locator("section", has=page.locator("table.guesses")).inner_text()
        assert f"character {at + 1} of 8" in told
        assert f"Confidence {one.confidence}; read in the columns of pixels {one.first} to {one.end}." in told
        numbers = [float(cell) for cell in page.locator("table.guesses td:last-child").all_inner_texts()]
        others = [chance for _, chance in one.alternatives]
        np.testing.assert_allclose(numbers, [one.probability, *others, 1 - one.probability - sum(others)], atol=1e-3)
        heat = np.zeros(EXAMPLE.ink.shape)
        assert one.saliency is not None
        left, values = one.saliency
        heat[:, left : left + values.shape[1]] = np.rint(255 * values)
        np.testing.assert_array_equal(pixels(page, "canvas.heat"), heat.ravel())
        marked = [row for row in CONFUSIONS if one.char in (row["right"], row["read"])]
        assert page.locator("table.confusions tr.stands").count() == len(marked)


def test_what_counts_overrule(tmp_path: Path, open_page: Open) -> None:
    found = planted("abc")
    object.__setattr__(found.characters[1], "alternatives", [("x", 0.65)])
    object.__setattr__(found.characters[1], "probability", 0.3)
    page = opened(open_page, tmp_path, found)
    assert "usually follows" not in page.locator("main").inner_text()
    page.get_by_role("option").nth(1).click()
    assert "usually follows" in page.locator("main").inner_text()


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_speaks_both_languages_and_fits_a_phone(colors: str, tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, EXAMPLE, **PHONE, color_scheme=colors)
    page.get_by_role("option").nth(4).tap()
    english = page.locator("main").inner_text()
    page.locator("#language").tap()
    chinese = page.locator("main").inner_text()
    assert "第 5 个字符，共 8 个" in chinese
    assert "of 8" in english
    assert len(re.findall(r"\d+", english)) == len(re.findall(r"\d+", chinese))
    assert not re.search(r"undefined|NaN|null|\[object", english + chinese)
    assert not re.search(r"[A-Za-z]{4,}", chinese)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    turned = page.locator("canvas.ink").evaluate("one => getComputedStyle(one).filter")
    assert turned == {"light": "none", "dark": "invert(1)"}[colors]


def test_a_long_line_shows_what_is_chosen(tmp_path: Path, open_page: Open) -> None:
    found = planted("ab" * 150)
    for one in found.characters[:200]:
        object.__setattr__(one, "confidence", 1.0)
    page = opened(open_page, tmp_path, found, **PHONE)
    expect(page.locator("[aria-selected='true']")).to_be_in_viewport()
    assert "character 201 of 300" in page.locator("main").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("option").nth(200).tap()
    page.keyboard.press("End")
    expect(page.get_by_role("option").last).to_be_in_viewport()


def test_nothing_read_and_no_pixels(tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, planted("", confusions=[]))
    assert "reads nothing on this picture" in page.locator("main").inner_text()
    assert page.locator("section").count() == 1
    page = opened(open_page, tmp_path, planted("<b>x</b>", pixels=False))
    assert "".join(page.get_by_role("option").all_inner_texts()) == "<b>x</b>"
    assert "An exported model tells no gradients" in page.locator("main").inner_text()
    assert not pixels(page, "canvas.heat").any()
