"""The page of an explanation: weights are what the colors say, the check stands beside chance, insides can be read."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conftest import Open
from explain.probes import made_text
from explain.textviews import gates_of, made, placed, tagged
from vec2seq.explain.textmodel import explanation_of
from vec2seq.explain.textview import Answer, Method, Token
from vec2seq.explain.textview_page import write_textview_page
from vec2seq.tasks.classify import Classifier

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
EXAMPLE = made()


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Page:
    write_textview_page(EXAMPLE, tmp_path / "text.html")
    return open_page(tmp_path / "text.html")


def opened(open_page: Open, path: Path, found: Any, language: Any = "en", **options: Any) -> Page:
    write_textview_page(found, path / "text.html", language)
    return open_page(path / "text.html", **options)


def number(text: str) -> float:
    """The last number in a text, as the page writes it."""
    return float(re.findall(r"[−+]?\d*\.?\d+", text)[-1].replace("−", "-"))


def alphas(page: Page) -> list[float]:
    """How strong the backgrounds of the large text's tokens are."""
    colors = page.locator(".marked:not(.small) .token").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    return [float(found[1]) if (found := re.search(r"/ ([\d.e-]+)\)$", color)) else 0.0 for color in colors]


def test_tokens_have_the_colors_of_their_weights(page: Page) -> None:
    for at, method in enumerate(EXAMPLE.methods):
        page.locator(".tabs button").nth(at).click()
        most = np.abs(method.weights).max()
        np.testing.assert_allclose(alphas(page), 0.6 * np.abs(method.weights) / most, atol=0.01)
        classes = page.locator(".marked:not(.small) .token").evaluate_all(
            "all => all.map(one => one.classList.contains('against'))"
        )
        assert classes == (method.weights < 0).tolist()
        assert page.locator(".method.now-shown .heading").inner_text().lower().replace("×", "x") == method.name
    hues = page.locator(".method").nth(1).locator(".token").evaluate_all(
        "all => [...new Set(all.map(one => getComputedStyle(one).backgroundColor.replace(/ ?\\/.*/, '')))]"
    )  # fmt: skip
    assert len(hues) == 2, "one for, one against"


def test_a_token_shows_its_numbers_when_pointed_at_and_by_keys(page: Page) -> None:
    tokens, reading = page.locator(".marked:not(.small) .token"), page.locator("div.reading").first
    tokens.nth(6).hover()
    assert reading.inner_text().startswith("acting")
    for key, at in (("ArrowRight", 7), ("ArrowLeft", 6), ("Home", 0), ("End", 18)):
        if key == "ArrowRight":
            tokens.nth(6).click()
        page.keyboard.press(key)
        expect(tokens.nth(at)).to_be_focused()
        told = reading.locator("span:has(b)").all_inner_texts()
        for text, method in zip(told, EXAMPLE.methods, strict=True):
            assert number(text.split(" (")[0]) == pytest.approx(method.weights[at], rel=5e-3)
            assert f"(no. {1 + (method.weights > method.weights[at]).sum()})" in text
    assert page.locator(".marked:not(.small) .token[tabindex='0']").count() == 1
    page.locator(".method").nth(2).locator(".token").nth(4).hover()
    expect(tokens.nth(4)).to_have_class(re.compile("chosen"))
    assert page.locator(".method .token.chosen").count() == 4
    strip = page.locator("canvas.strip").first
    box = strip.bounding_box()
    assert box is not None
    strip.hover(position={"x": box["width"] * 10.5 / 19, "y": 20})
    expect(tokens.nth(10)).to_have_class(re.compile("chosen"))


def test_each_method_stands_beside_the_range_of_random_orders(page: Page) -> None:
    assert page.locator(".warned").inner_text().startswith("Attention shows where the model looked, not why")
    bands = set()
    for at, method in enumerate(EXAMPLE.methods):
        card, found = page.locator(".method").nth(at), method.faithfulness
        assert found is not None
        band, mark = (card.locator(f"svg.gauge {part}").bounding_box() for part in ("rect.chance", "circle"))
        assert band is not None
        assert mark is not None
        above = mark["x"] + mark["width"] / 2 > band["x"] + band["width"]
        assert above == found.is_better
        told = card.locator("p.verdict").inner_text()
        assert told.startswith("Better than random" if found.is_better else "Not better than random")
        assert number(told) == pytest.approx(found.better, rel=5e-3)
        bands.add((round(band["x"] - (card.bounding_box() or band)["x"]), round(band["width"])))
    assert len(bands) == 1, "the same orders for all"
    assert "adds" in page.locator(".method").first.inner_text()
    assert "within 4.09\u00a0×\u00a010⁻⁵" in page.locator(".method").nth(1).inner_text()
    assert page.locator(".method:has(.better) .heading").all_inner_texts() == [
        "Gradient × input", "Integrated gradients", "Occlusion",
    ]  # fmt: skip


def test_curves_are_those_of_the_chosen_method(page: Page) -> None:
    heights = []
    for at in (0, 3):
        page.locator(".method .heading").nth(at).click()
        curves = EXAMPLE.methods[at].faithfulness
        assert curves is not None
        path = page.locator("svg.curve path.k0").first.get_attribute("d") or ""
        ys = [-float(point.split(",")[1]) for point in path[1:].split("L")]
        assert np.corrcoef(ys, curves.curves.deletion)[0, 1] == pytest.approx(1)
        heights.append(ys)
        assert f"{curves.curves.deletion_area:.3g}".replace("-", "−") in page.locator("figure").first.inner_text()
    assert heights[0] != heights[1]


def test_an_attention_map_opens_large_and_closes(page: Page) -> None:
    assert EXAMPLE.attention is not None
    assert page.locator(".small-map").count() == 8
    button = page.get_by_role("button", name="layer 2, head 1")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    canvas, reading = page.locator("canvas.enlarged"), page.locator(".large-map output")
    canvas.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    found = re.fullmatch(r'"(.+)" looks at "(.+)": ([\d.]+)', reading.inner_text())
    assert found is not None
    row = int(page.locator(".marked:not(.small) .token.chosen").get_attribute("data-at") or -1)
    weights = EXAMPLE.attention[1, 0, row]
    column = int(np.abs(weights - float(found[3])).argmin())
    assert float(found[3]) == pytest.approx(weights[column], rel=5e-3, abs=2e-5)
    assert (found[1], found[2]) == (EXAMPLE.shown(row), EXAMPLE.shown(column))
    page.keyboard.press("Escape")
    assert canvas.count() == 0
    expect(button).to_be_focused()


INK = """canvas => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), {width, height} = canvas;
  return Array.from({length: 19}, (_, row) => Array.from({length: 19}, (_, column) =>
    data[4 * (Math.floor((row + 0.5) * height / 19) * width + Math.floor((column + 0.5) * width / 19)) + 3]));
}"""


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_small_maps_are_drawn_as_the_weights_are(colors: str, tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, EXAMPLE, color_scheme=colors)
    assert EXAMPLE.attention is not None
    for _ in range(2):
        for at in (0, 3, 5):
            drawn = np.array(page.locator(".small-map canvas").nth(at).evaluate(INK))
            weights = EXAMPLE.attention.reshape(8, 19, 19)[at]
            np.testing.assert_allclose(drawn / 255, weights / weights.max(), atol=0.02)
        page.locator("#language").click()


def test_maps_follow_the_colors_of_the_system(page: Page) -> None:
    first = """canvas => {
      const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
      context.drawImage(canvas, -400, -4);
      return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    }"""
    colors = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(50)
        colors.append(page.locator("canvas.gates").first.evaluate(first))
    assert colors[0] != colors[1]


def test_gates_tell_their_values_by_pointer_and_keys(page: Page) -> None:
    gates = EXAMPLE.gates
    assert gates is not None
    assert page.locator(".gate h3").all_inner_texts() == ["Layer 1, forward →", "Layer 1, ← backward"]
    canvas, reading = page.locator("canvas.gates").nth(1), page.locator(".gate output").nth(1)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    at = int(page.locator(".marked:not(.small) .token.chosen").get_attribute("data-at") or -1)
    assert f"mean of 12 units: input {gates[1].input[at].mean():.2g}" in reading.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    told = reading.inner_text()
    assert told.startswith(f'"{EXAMPLE.shown(at)}", unit 2: input ')
    values = [number(part) for part in told.split(": ")[1].split(",")]
    wanted = [getattr(gates[1], name)[at, 1] for name in ("input", "forget", "output", "cell")]
    np.testing.assert_allclose(values, wanted, rtol=0.06)
    first = page.locator(".gate output").first.inner_text()
    assert first.startswith(f'"{EXAMPLE.shown(at)}", mean'), "the other strip shows the same token"
    canvas.hover(position={"x": 76, "y": 3})
    assert reading.inner_text().startswith('"the", unit 1:')


def test_keywords_stand_beside_random_ones(page: Page) -> None:
    found = EXAMPLE.keywords
    assert found is not None
    columns = page.locator("table.keywords thead th").all_inner_texts()
    assert columns == ["", "by attention", "by occlusion", "by TF-IDF", "at random"]
    rows = [row.locator("td").all_inner_texts() for row in page.locator("table.keywords tbody tr").all()]
    for at, one in enumerate(found.lists):
        assert [row[at].split(" ")[0] for row in rows] == [word.text for word in one.words]
        foot = page.locator("table.keywords tfoot td").nth(at).inner_text()
        assert number(foot.split("\n")[0]) == pytest.approx(one.drop, rel=5e-3)
        assert foot.endswith("no more than by chance") == (not one.is_better)


def test_of_a_tagger_the_labels_stand_below_the_tokens(tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, tagged())
    assert 'gave "Lovelace", token 2 of 9, the label I-PER' in page.locator(".lead").inner_text()
    assert page.locator(".labels li.explained").inner_text().split("\n") == ["Lovelace", "I-PER", "0.85"]
    assert page.locator(".marked:not(.small) .token.explained.chosen").inner_text() == "Lovelace"
    page.locator(".labels li").nth(7).hover()
    assert page.locator("div.reading").first.inner_text().startswith("London")
    assert page.locator(".small-map, table.keywords").count() == 0


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_words_can_be_read_on_the_strongest_colors(colors: str, tmp_path: Path, open_page: Open) -> None:
    text, tokens = placed(["yes", "no", "a", "b"])
    found = made(["yes", "no", "a", "b"], methods=[Method("occlusion", np.array([1, -1.0, 0, 0]))])
    page = opened(open_page, tmp_path, replace(found, text=text, tokens=tokens), color_scheme=colors)
    contrasts = page.locator(".marked:not(.small) .token").evaluate_all("""all => all.map(one => {
      const canvas = document.createElement("canvas"), context = canvas.getContext("2d", {willReadFrequently: true});
      const light = color => {
        context.fillStyle = color;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(byte => byte / 255).map(c => c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      light(getComputedStyle(one.closest(".card")).backgroundColor);
      const [low, high] = [light(getComputedStyle(one).backgroundColor), light(getComputedStyle(one).color)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    })""")  # noqa: E501
    assert min(contrasts) > 4.5
    assert contrasts[0] < contrasts[2] - 1, "a color is seen"


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_speaks_both_languages_and_fits_a_phone(colors: str, tmp_path: Path, open_page: Open) -> None:
    page = opened(open_page, tmp_path, EXAMPLE, **PHONE, color_scheme=colors)
    page.locator(".small-map").nth(3).tap()
    english = page.locator("main").inner_text()
    page.locator("#language").tap()
    chinese = page.locator("main").inner_text()
    assert "读了一段有 19 个词元的文本" in chinese
    assert page.locator("canvas.enlarged").is_visible(), "what was open stays open"
    assert len(re.findall(r"\d\.\d{2}", english)) == len(re.findall(r"\d\.\d{2}", chinese))
    assert not re.search(r"undefined|NaN|null|\[object", english + chinese)
    latin = set(re.findall(r"[A-Za-z]{4,}", chinese)) - set(made_text(19)) - {"reviews", "LSTM"}
    assert latin <= {answer.label for answer in EXAMPLE.answers}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_500_tokens_stay_usable(tmp_path: Path, open_page: Open) -> None:
    found = made(made_text(500), gates=gates_of(500, 32, 2))
    page = opened(open_page, tmp_path, found)
    tokens = page.locator(".marked:not(.small) .token")
    assert tokens.count() == 500
    assert page.locator(".marked.small .token").count() == 0
    tokens.first.click()
    page.keyboard.press("End")
    expect(tokens.nth(499)).to_be_focused()
    box = page.locator(".marked:not(.small)").bounding_box()
    assert box is not None
    assert box["height"] < 500
    page.locator(".small-map").nth(3).click()
    large = page.locator("canvas.enlarged").bounding_box()
    assert large is not None
    assert 1000 <= large["width"] < 1400
    assert page.locator(".large-map output").inner_text().startswith(f'"{found.shown(499)}" looks at')
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("canvas.gates").count() == 4


def test_what_a_text_may_lack_and_hold(tmp_path: Path, open_page: Open) -> None:
    words = ["<b>x</b>", "😀", "?"]
    text, tokens = placed(words)
    bare: dict[str, Any] = {"attention": None, "gates": None, "keywords": None}
    many = [Answer(f"class {n}", 0.05, n == 17) for n in range(20)]
    found = made(words, text=f"{text} and more", tokens=tokens, answers=many, label="class 17", **bare)
    page = opened(open_page, tmp_path, found)
    assert page.locator(".marked:not(.small)").inner_text() == "<b>x</b> 😀 ? and more"
    assert page.locator(".marked:not(.small) .token").all_inner_texts() == words
    told = page.locator(".method .verdict-none").all_inner_texts()
    assert told == ["Not checked: a text of fewer than 4 tokens has too few orders."] * 4
    assert page.locator(".answers li").count() == 11
    assert "and 9 more" in page.locator(".card").first.inner_text()
    assert page.locator("svg.curve, svg.gauge, .small-map, canvas.gates").count() == 0
    whole = replace(found, tokens=[Token("[CLS]", 0, 0), *tokens], methods=[Method("occlusion", np.zeros(4))])
    page = opened(open_page, tmp_path, whole)
    assert page.locator(".marked:not(.small)").inner_text() == "[CLS] <b>x</b> 😀 ? and more"
    assert page.locator(".method .verdict-none").all_inner_texts() == ["Not checked."]
    page = opened(open_page, tmp_path, replace(whole, methods=[]), "zh")
    assert page.locator(".card").count() == 1


@pytest.mark.filterwarnings("ignore:the input tells the answer:UserWarning", "ignore:it learns:UserWarning")
def test_a_trained_model_has_a_page(tmp_path: Path, open_page: Open) -> None:
    texts = [f"{word} film seen on day {day}" for word in ("fine", "good", "dull", "bad") for day in range(40)]
    model = Classifier(encoder="attention", width=16, heads=2, dropout=0.1, epochs=10, lr=0.01, threads=1)
    model.fit(texts, ["pos"] * 80 + ["neg"] * 80)
    found = explanation_of(model, "a dull film again", name="films")
    page = opened(open_page, tmp_path, found)
    assert page.locator("h1").inner_text() == "Why this answer: model films"
    strengths = alphas(page)
    assert strengths.index(max(strengths)) == 1, "dull"
    assert page.locator(".method").count() == 4
    assert page.get_by_text("Attention, layer by layer").is_visible()
