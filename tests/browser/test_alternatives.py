"""The page of a text as a model foresees it: pieces marked by probability, alternatives as bars; by keys, too."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conftest import Open
from explain.foreseen import made
from vec2seq.explain.alternatives import FACTORS, Alternatives, Place, level_of
from vec2seq.explain.alternatives_page import write_alternatives_page

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
EXAMPLE = made([*"the brown", " fox", "\n", "月", "亮", ", and more of it", ""], seed=3)
MINUS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Page:
    return opened(open_page, tmp_path, EXAMPLE)


def opened(open_page: Open, path: Path, found: Alternatives, language: Any = "en", **options: Any) -> Page:
    write_alternatives_page(found, path / "text.html", language)
    return open_page(path / "text.html", **options)


def number(text: str) -> float:
    """A number as the page writes it."""
    factor, _, power = text.strip().replace("\u00a0", " ").partition(" × 10")
    return float(factor) * 10 ** int(power.translate(MINUS) or 0)


def classes(page: Page) -> list[str]:
    names = page.locator(".pieces .piece").evaluate_all("all => all.map(one => one.className)")
    return [name.split()[1] for name in names]


def lead(place: Place) -> str:
    """Whether the net or counting gives a piece far more."""
    piece = place.piece
    more, less, name = max((piece.net, piece.counts, "net"), (piece.counts, piece.net, "counts"))
    level = sum(more >= factor * less for factor in FACTORS)
    return f"{name}{level}" if level else "p0"


def test_pieces_are_marked_by_probability_and_by_net_against_counts(page: Page) -> None:
    assert classes(page) == [f"p{level_of(place.piece.probability)}" for place in EXAMPLE.places]
    page.get_by_role("button", name="Net against counts").click()
    want = [lead(place) for place in EXAMPLE.places]
    assert classes(page) == want
    assert len(set(want)) >= 4
    expect(page.get_by_role("button", name="Net against counts")).to_have_attribute("aria-pressed", "true")
    assert page.locator(".marks li").count() == 5
    assert page.locator(".pieces").inner_text() == "the brown fox↵\n月亮, and more of it(end)"


def test_marks_differ_without_color(page: Page) -> None:
    for tab, kinds in ((0, 4), (1, 5)):
        page.locator(".tabs button").nth(tab).click()
        lines = page.locator(".marks .piece").evaluate_all(
            "all => all.map(one => getComputedStyle(one)).map(({borderBottom: line}) => line.replace(/rgb.*/, '')"
            " + line.includes('rgba(0, 0, 0, 0)'))"
        )
        assert len(set(lines)) == kinds


def told(page: Page, at: int) -> None:
    """The bars are those of a piece."""
    place = EXAMPLE.places[at]
    expect(page.locator(".guesses h3")).to_contain_text(f"piece {at + 1} of {len(EXAMPLE.places)}")
    words = page.locator(".guesses > .quiet").inner_text()
    assert words.startswith(f"Rank {place.rank}; before it the model was unsure by {place.entropy_bits:.2f} bits.")
    rows = page.locator(".bars tbody tr:not(.blank)")
    wanted = [*place.alternatives, *([] if place.piece in place.alternatives else [place.piece])]
    assert rows.count() == len(wanted)
    most = max(max(guess[1:]) for guess in wanted)
    for row, guess in zip(rows.all(), wanted, strict=True):
        numbers = [number(text) for text in row.locator(".number").all_inner_texts()]
        assert numbers == pytest.approx(guess[1:], rel=6e-3)
        bars = row.locator(".track").evaluate_all(
            "all => all.map(one => one.firstChild.getBoundingClientRect().width / one.getBoundingClientRect().width)"
        )
        assert bars == pytest.approx([value / most for value in guess[1:]], abs=0.02)
        assert ("stands" in (row.get_attribute("class") or "")) == (guess.text == place.piece.text)


def test_alternatives_are_seen_by_pointer_and_by_keys(page: Page) -> None:
    pieces = page.locator(".pieces .piece")
    told(page, 3)
    pieces.nth(6).hover()
    told(page, 6)
    height = page.locator(".guesses").bounding_box()
    pieces.nth(5).click()
    for key, at in (
        ("ArrowRight", 6),
        ("ArrowDown", 7),
        ("ArrowLeft", 6),
        ("End", 14),
        ("ArrowRight", 14),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        expect(pieces.nth(at)).to_be_focused()
        expect(pieces.nth(at)).to_have_attribute("aria-selected", "true")
        told(page, at)
        assert page.locator(".guesses").bounding_box() == height
    assert page.locator(".pieces .piece[tabindex='0']").count() == 1


def test_what_surprised_most_leads_to_its_place(page: Page) -> None:
    rows = page.locator("table.surprising tbody tr")
    assert rows.count() == len(EXAMPLE.places)
    for row, at in zip(rows.all(), EXAMPLE.surprising(20), strict=True):
        cells, place = row.locator("td, th").all_inner_texts(), EXAMPLE.places[at]
        assert cells[0] == str(at + 1)
        assert [number(cell) for cell in cells[3:6]] == pytest.approx(place.piece[1:], rel=6e-3)
        assert cells[6:8] == [str(place.rank), f"{place.entropy_bits:.2f}"]
        assert row.locator(".likely").count() == 5
    assert rows.nth(0).locator("th").inner_text() == "␣"
    at = EXAMPLE.surprising(5)[4]
    rows.nth(4).locator("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pieces .piece").nth(at)).to_be_focused()
    told(page, at)


def test_the_sums(page: Page) -> None:
    cells = page.locator("table.sums td").all_inner_texts()
    assert [float(cell) for cell in cells[::2]] == pytest.approx([*EXAMPLE.nats_per_char().values()], abs=6e-4)
    words = page.locator("section").first.inner_text()
    assert "The net has 60 % in the mix" in words
    assert f"{EXAMPLE.net_ahead()} of {len(EXAMPLE.places)} pieces were more probable to the net" in words


CONTRASTS = """all => all.map(one => {
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d", {willReadFrequently: true});
  const light = color => {
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(byte => byte / 255)
      .map(c => c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  light(getComputedStyle(one.closest(".card")).backgroundColor);
  const [low, high] = [light(getComputedStyle(one).backgroundColor), light(getComputedStyle(one).color)]
    .sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
})"""


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_words_can_be_read_on_all_marks(colors: str, tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, EXAMPLE, color_scheme=colors)
    for tab in (0, 1):
        page.locator(".tabs button").nth(tab).click()
        contrasts = page.locator(".marks .piece").evaluate_all(CONTRASTS)
        assert min(contrasts) > 4.5
        assert max(contrasts) > min(contrasts) + 2, "marks are seen"


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_speaks_both_languages_and_fits_a_phone(colors: str, tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, EXAMPLE, **PHONE, color_scheme=colors)
    page.locator(".tabs button").nth(1).tap()
    page.locator(".pieces .piece").nth(12).tap()
    english, marks = page.locator("main").inner_text(), classes(page)
    page.locator("#language").tap()
    chinese = page.locator("main").inner_text()
    assert "模型 poems 从头到尾读了一段有 15 个片段的文本" in chinese
    assert classes(page) == marks, "what was shown stays shown"
    assert page.locator(".pieces .piece.chosen").inner_text() == "亮"
    assert len(re.findall(r"\d\.\d{2}", english)) == len(re.findall(r"\d\.\d{2}", chinese))
    assert not re.search(r"undefined|NaN|null|\[object", english + chinese)
    assert set(re.findall(r"[A-Za-z]{4,}", chinese)) <= {"poems", "brow", "brown", "more"}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_4000_pieces_stay_usable(tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, made(list("a tale of two cities, " * 180)))
    pieces = page.locator(".pieces .piece")
    assert pieces.count() == 3960
    pieces.first.click()
    page.keyboard.press("End")
    expect(pieces.nth(3959)).to_be_focused()
    expect(pieces.nth(3959)).to_be_in_viewport()
    for at in (3958, 3957):
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(100)  # what scrolls below the pointer is not chosen
        expect(pieces.nth(at)).to_be_focused()
        expect(page.locator(".guesses h3")).to_contain_text(f"piece {at + 1:,} of 3,960")
    box = page.locator(".pieces").bounding_box()
    assert box is not None
    assert box["height"] <= 480
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_text_may_hold(tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, made(["<b>x</b>", "\t", "  ", "😀"]))
    assert page.locator(".pieces .piece").all_inner_texts()[0] == "<b>x</b>"
    page.locator(".pieces .piece").nth(1).click()
    assert page.locator(".guesses h3").inner_text().startswith("⇥")
    page = opened(open_page, tmp_path, made(["x"]), "zh")
    assert page.locator("table.surprising tbody tr").count() == 1
