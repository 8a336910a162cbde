"""The page of an alignment: cells as strong as the weights of the head that is shown, by pointer and by keys."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conftest import Open
from explain.alignments import linked
from vec2seq.explain.alignment import Alignment
from vec2seq.explain.alignment_page import write_alignment_page

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SOURCE = ["the", "committee", "discussed", "internationalization", "."]
TARGET = ["委员会", "讨论", "了", "国际化", "。", ""]
EXAMPLE = linked(SOURCE, TARGET, [1, 2, 2, 3, 4, 4], model="en-zh")


def opened(open_page: Open, path: Path, found: Alignment, language: Any = "en", **options: Any) -> Page:
    write_alignment_page(found, path / "alignment.html", language)
    return open_page(path / "alignment.html", **options)


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Page:
    return opened(open_page, tmp_path, EXAMPLE)


def test_cells_are_as_strong_as_the_weights(page: Page) -> None:
    for at, weights in enumerate([EXAMPLE.mean(), *EXAMPLE.weights]):
        page.locator(".tabs button").nth(at).click()
        cells = page.locator("table.grid tbody td")
        shares = cells.evaluate_all("all => all.map(one => Number(one.style.getPropertyValue('--share')))")
        np.testing.assert_allclose(shares, weights.ravel() / weights.max(), rtol=1e-5)
        percents = [f"{100 * weight:.0f}" if weight >= 0.05 else "" for weight in weights.ravel()]
        assert cells.all_inner_texts() == percents
        assert f"strongest color: {weights.max():.3g}" in page.locator(".bar").inner_text()
        pressed = page.locator(".tabs button[aria-pressed='true']").all_inner_texts()
        assert pressed == [["mean of all heads", "head 1", "head 2", "head 3"][at]]
    light = cells.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")
    assert light[int(weights.argmax())] != light[int(weights.argmin())]


def test_rows_and_columns_have_their_names(page: Page) -> None:
    assert page.locator("table.grid thead th").all_inner_texts() == SOURCE
    assert page.locator("table.grid tbody th").all_inner_texts() == [*TARGET[:-1], "(end)"]


def test_a_cell_tells_its_weight_by_pointer_and_by_keys(page: Page) -> None:
    mean, reading = EXAMPLE.mean(), page.locator("output.reading")
    cells = page.locator("table.grid tbody td")
    cells.nth(1 * 5 + 2).hover()
    assert reading.inner_text() == f'"讨论" looks at "discussed": {mean[1, 2]:.3g}'
    cells.nth(1 * 5 + 2).click()
    for key, row, column in (
        ("ArrowDown", 2, 2), ("ArrowRight", 2, 3), ("ArrowUp", 1, 3), ("ArrowLeft", 1, 2), ("End", 1, 4),
        ("ArrowRight", 1, 4), ("Home", 1, 0),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(cells.nth(row * 5 + column)).to_be_focused()
        assert f'"{TARGET[row]}" looks at "{SOURCE[column]}"' in reading.inner_text()
        value = float(reading.inner_text().split(": ")[1])
        assert value == pytest.approx(mean[row, column], rel=6e-3)
        assert page.locator("th.chosen").all_inner_texts() == [SOURCE[column], TARGET[row]]
    assert page.locator("td[tabindex='0']").count() == 1
    page.get_by_role("button", name="head 3").click()
    assert f'"讨论" looks at "the": {EXAMPLE.weights[2, 1, 0]:.2g}'[:-1] in reading.inner_text(), "it stays chosen"


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_speaks_both_languages_and_fits_a_phone(colors: str, tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, EXAMPLE, **PHONE, color_scheme=colors)
    page.locator(".tabs button").nth(2).tap()
    english = page.locator("main").inner_text()
    page.locator("#language").tap()
    chinese = page.locator("main").inner_text()
    assert "一段有 6 个片段的译文" in chinese
    assert page.locator(".tabs button[aria-pressed='true']").inner_text() == "第 2 头"
    assert len(re.findall(r"\d+", english)) == len(re.findall(r"\d+", chinese))
    assert not re.search(r"undefined|NaN|null|\[object", english + chinese)
    assert set(re.findall(r"[A-Za-z]{4,}", chinese)) <= set(SOURCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    upright = page.locator("table.grid thead th span").first.evaluate("one => getComputedStyle(one).writingMode")
    assert upright == "vertical-rl"


def test_a_long_text_and_one_head(tmp_path: Path, open_page: Open) -> None:
    words = [f"w{number}" for number in range(120)]
    page = opened(open_page, tmp_path, linked(words, words, range(120), heads=1))
    assert page.locator("table.grid tbody td").count() == 120 * 120
    assert page.locator(".tabs button").count() == 0
    assert "percent" not in page.locator(".bar").inner_text()
    page.locator("table.grid tbody td").first.click()
    page.keyboard.press("End")
    page.wait_for_timeout(100)  # what scrolls below the pointer is not chosen
    assert page.locator("output.reading").inner_text().startswith('"w0" looks at "w119"')
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_pieces_may_hold(tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, linked(["<b>x</b>", "😀"], ["a" * 400], [0]))
    assert page.locator("table.grid thead th").all_inner_texts() == ["<b>x</b>", "😀"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
