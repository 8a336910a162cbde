"""The page of a map in a browser: what one sees, finds, clicks and presses."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from playwright.sync_api import Page

from vec2seq.pages import render as rendering
from vec2seq.vectors.map2d import project, write_page
from vec2seq.vectors.store import Vectors
from vec2seq.vectors.trust import Trust

HAN = "山水天地人心日月风云花草树木江河"
SYLLABLES = ["ba", "ko", "mi", "lu", "ne", "ra", "so", "ti", "vu", "we", "yo", "za", "de", "fi", "go", "hu"]
PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
HOSTILE = [
    "</script><script>window.hacked = 1</script>", "<img src=x onerror='window.hacked = 1'>", "<!--", "]]>",
    "\"'`&amp;", "line\u2028paragraph\u2029end", "\u202eright to left", "שלום", "😀👩\u200d🚀", "${window.hacked = 1}",
    "__proto__", "constructor", "a" * 300, "\x00\x1f", "javascript:window.hacked=1",
]  # fmt: skip

RECORDER = """{
  // What the last frame drew on the canvas of the page: texts with the boxes of their ink, and ends of lines.
  window.drawn = {texts: [], lines: []};
  const canvas = CanvasRenderingContext2D.prototype, {clearRect, fillText, moveTo, lineTo} = canvas;
  let start;
  canvas.clearRect = function (...box) {
    window.drawn = {texts: [], lines: []};
    clearRect.apply(this, box);
  };
  canvas.fillText = function (text, x, y) {
    const ink = this.measureText(text);
    window.drawn.texts.push([
      text, x - ink.actualBoundingBoxLeft, y - ink.actualBoundingBoxAscent, x + ink.actualBoundingBoxRight,
      y + ink.actualBoundingBoxDescent, this.fillStyle,
    ]);
    fillText.call(this, text, x, y);
  };
  canvas.moveTo = function (x, y) { start = [x, y]; moveTo.call(this, x, y); };
  canvas.lineTo = function (x, y) { window.drawn.lines.push([start, [x, y]]); lineTo.call(this, x, y); };
}"""

ALL_HAN_ALIKE = """{
  const canvas = CanvasRenderingContext2D.prototype, {fillText} = canvas;
  canvas.fillText = function (text, x, y) { fillText.call(this, text.replace(/\\p{Script=Han}/gu, "\\u25a1"), x, y); };
}"""


class Box(NamedTuple):
    """Where the ink of a text is, in pixels of the canvas."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    color: str = ""


def clustered(tokens: list[str], width: int, clusters: int = 12) -> Vectors:
    random = np.random.default_rng(4)
    matrix = random.normal(size=(clusters, width))[np.arange(len(tokens)) % clusters]
    return Vectors(tokens, (matrix + 0.6 * random.normal(size=(len(tokens), width))).astype(np.float32))


def pairs(parts: str | list[str]) -> list[str]:
    return ["".join(pair) for pair in itertools.product(parts, repeat=2)]


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    """512 words, Chinese and English ones in turns."""
    words = zip(pairs(HAN), pairs(SYLLABLES), strict=True)
    return clustered([word for pair in words for word in pair], 20)


@pytest.fixture(scope="module")
def path(vectors: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(vectors, tmp_path_factory.mktemp("map") / "map.html")


def page_of(vectors: Vectors, path: Path, title: str = "Words") -> Path:
    write_page(project(vectors, len(vectors), method="pca"), path, title)
    return path


@pytest.fixture
def open_map(open_page: Callable[..., Page]) -> Callable[..., Page]:
    def open_map(path: Path, **options: object) -> Page:
        return settled(open_page(path, script=RECORDER, **{"reduced_motion": "reduce"} | options))

    return open_map


@pytest.fixture
def page(open_map: Callable[..., Page], path: Path) -> Page:
    return open_map(path)


def settled(page: Page) -> Page:
    """The page when nothing moves any more."""
    page.wait_for_selector("canvas[data-still]")
    return page


def search(page: Page, query: str) -> None:
    page.fill("input", query)
    page.press("input", "Enter")
    settled(page)


def selected(page: Page) -> str | None:
    """The word whose neighbors are shown."""
    return page.locator(".word strong").text_content() if page.locator(".word strong").count() else None


def near(page: Page) -> list[str]:
    return page.locator(".near button span:first-child").all_text_contents()


def neighbors(vectors: Vectors, word: str) -> list[str]:
    return [neighbor.word for neighbor in vectors.neighbors(word, 10)]


def boxes(page: Page) -> list[Box]:
    return [Box(*text) for text in settled(page).evaluate("drawn.texts")]


def overlapping(boxes: list[Box]) -> list[tuple[str, str]]:
    return [
        (a.text, b.text)
        for a, b in itertools.combinations(boxes, 2)
        if a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
    ]


def lines(page: Page) -> np.ndarray:
    """[neighbors, 2, 2]: from the selected word to its neighbors, best first."""
    return np.array(settled(page).evaluate("drawn.lines"))


def length(page: Page) -> float:
    """Of the first line in pixels: it grows as the map does."""
    start, end = lines(page)[0]
    return float(np.hypot(*(end - start)))


def click_canvas(page: Page, point: np.ndarray) -> None:
    page.locator("canvas").click(position={"x": float(point[0]), "y": float(point[1])})
    settled(page)


# seeing


def test_a_page_of_20000_words_is_small_opens_and_finds(open_map: Callable[..., Page], tmp_path: Path) -> None:
    vectors = clustered([f"词语{i:x}" if i % 2 else f"word{i}" for i in range(20_000)], 100)
    path = page_of(vectors, tmp_path / "map.html")
    assert path.stat().st_size <= 5_000_000
    page = open_map(path)
    assert len(boxes(page)) > 50
    assert not overlapping(boxes(page))
    search(page, "word19998")
    assert selected(page) == "word19998"
    assert near(page) == neighbors(vectors, "word19998")
    assert not overlapping(boxes(page))


def test_labels_do_not_collide_however_near_one_looks(page: Page) -> None:
    counts = []
    for press in ("", "+", "+", "+", "+", "-"):
        if press:
            page.keyboard.press(press)
        counts.append(len(boxes(page)))
        assert not overlapping(boxes(page))
    assert min(counts) > 20
    search(page, "山水")
    assert not overlapping(boxes(page))
    assert "山水" in {box.text for box in boxes(page)}


def test_the_check_for_collisions_sees_them(
    open_map: Callable[..., Page], vectors: Vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overlapping([Box("a", 0, 0, 10, 10), Box("b", 9, 9, 20, 20), Box("c", 20, 0, 30, 9)]) == [("a", "b")]
    source = rendering._source
    careless = source("map_labels.js").replace("|| !room.isFree(box)", "")
    assert careless != source("map_labels.js")
    monkeypatch.setattr(rendering, "_source", lambda name: careless if name == "map_labels.js" else source(name))
    assert overlapping(boxes(open_map(page_of(vectors, tmp_path / "map.html"))))


def test_chinese_characters_have_their_shapes_or_the_page_says_that_there_is_no_font(page: Page) -> None:
    drawn = page.evaluate("""() => ["山", "水", "\\ue000"].map(character => {
      const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
      context.font = `40px ${getComputedStyle(document.querySelector("main")).fontFamily}`;
      context.fillText(character, 4, 50);
      return canvas.toDataURL();
    })""")
    have_shapes = len(set(drawn)) == 3
    assert page.get_by_role("note").count() == (0 if have_shapes else 1)


def test_the_page_says_that_there_is_no_chinese_font(open_page: Callable[..., Page], path: Path) -> None:
    page = settled(open_page(path, script=ALL_HAN_ALIKE))
    assert "apt install fonts-noto-cjk" in page.get_by_role("note").inner_text()


@pytest.mark.parametrize("token", HOSTILE)
def test_any_token_is_text(open_map: Callable[..., Page], tmp_path: Path, token: str) -> None:
    tokens = [token, *pairs(SYLLABLES[:5])]
    page = open_map(page_of(clustered(tokens, 8, clusters=3), tmp_path / "map.html", title=token))
    search(page, tokens[1])
    page.fill("input", token[:20])
    page.locator("#suggestions li").first.click()
    settled(page)
    assert selected(page) == token
    assert page.input_value("input")
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("({}).polluted") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# finding


@pytest.mark.parametrize("query", ["bako", "BAKO", " bako ", "ｂａｋｏ", "bak", "山水"])
def test_a_word_is_found_and_enter_shows_its_neighbors(page: Page, vectors: Vectors, query: str) -> None:
    word = "山水" if query == "山水" else "bako"
    search(page, query)
    assert selected(page) == word
    assert near(page) == neighbors(vectors, word)
    assert word in {box.text for box in boxes(page)}
    similarities = [float(text) for text in page.locator(".near .number").all_text_contents()]
    np.testing.assert_allclose(similarities, [n.similarity for n in vectors.neighbors(word, 10)], atol=0.0051)


@pytest.mark.parametrize("query", ["水", "mi"])
def test_words_that_begin_so_come_before_words_that_contain_it(page: Page, vectors: Vectors, query: str) -> None:
    page.fill("input", query)
    containing = [token for token in vectors.tokens if query in token]
    expected = sorted(containing, key=lambda token: not token.startswith(query))[:8]
    assert page.locator("#suggestions li span:first-child").all_text_contents() == expected
    for _ in range(2):
        page.press("input", "ArrowDown")
    page.press("input", "ArrowUp")
    page.press("input", "Enter")
    assert selected(page) == expected[1]


def test_a_word_that_is_not_there_is_not_found(page: Page) -> None:
    search(page, "xyz")
    assert selected(page) is None
    assert page.locator("#suggestions").inner_text() == "No word contains “xyz”"
    page.keyboard.press("Escape")
    assert page.input_value("input") == ""
    assert page.locator("#suggestions").is_hidden()


# choosing


def test_a_click_on_a_neighbor_goes_there(page: Page, vectors: Vectors) -> None:
    search(page, "bako")
    third = near(page)[2]
    page.locator(".near button").nth(2).click()
    assert selected(page) == third
    assert near(page) == neighbors(vectors, third)
    canvas = page.locator("canvas").bounding_box()
    assert canvas is not None
    np.testing.assert_allclose(lines(page)[0][0], [canvas["width"] / 2, canvas["height"] / 2], atol=1)


def test_a_click_on_a_point_or_a_label_selects_it_and_one_beside_them_nothing(page: Page, vectors: Vectors) -> None:
    search(page, "bako")
    words, ends = near(page), lines(page)[:, 1]
    page.keyboard.press("Escape")
    settled(page)
    assert selected(page) is None
    click_canvas(page, ends[1])
    assert selected(page) == words[1]
    assert near(page) == neighbors(vectors, words[1])
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    label = boxes(page)[3]
    click_canvas(page, np.array([(label.left + label.right) / 2, (label.top + label.bottom) / 2]))
    assert selected(page) == label.text
    page.keyboard.press("0")
    settled(page)
    click_canvas(page, np.array([3, 3]))
    assert selected(page) is None


def test_a_group_can_be_shown_alone(page: Page) -> None:
    everything = {box.text for box in boxes(page)}
    group = page.locator(".groups button").first
    group.click()
    alone = {box.text for box in boxes(page)}
    assert group.get_attribute("aria-pressed") == "true"
    assert set((group.locator("span").nth(1).text_content() or "").split(", ")) & alone
    group.click()
    assert {box.text for box in boxes(page)} & everything - alone


# moving


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_buttons_zoom(open_map: Callable[..., Page], path: Path, motion: str) -> None:
    page = open_map(path, reduced_motion=motion)
    search(page, "bako")
    page.get_by_role("button", name="Show all words").click()
    small = length(page)
    page.get_by_role("button", name="Zoom in").click()
    assert length(page) == pytest.approx(2 * small, rel=0.02)
    page.get_by_role("button", name="Zoom out").click()
    assert length(page) == pytest.approx(small, rel=0.02)


def test_the_wheel_zooms_where_the_pointer_is(page: Page) -> None:
    search(page, "bako")
    page.keyboard.press("0")
    small, (start, _) = length(page), lines(page)[0]
    canvas = page.locator("canvas").bounding_box()
    assert canvas is not None
    page.mouse.move(canvas["x"] + start[0], canvas["y"] + start[1])
    page.mouse.wheel(0, -200)
    page.wait_for_function(
        "small => { const [[[a, b], [c, d]]] = drawn.lines; return Math.hypot(a - c, b - d) > 1.5 * small; }", arg=small
    )
    np.testing.assert_allclose(lines(page)[0][0], start, atol=2)


def test_keys_zoom_move_and_select(page: Page) -> None:
    search(page, "bako")
    page.keyboard.press("0")
    small = length(page)
    page.keyboard.press("+")
    assert length(page) == pytest.approx(1.5 * small, rel=0.02)
    page.keyboard.press("-")
    assert length(page) == pytest.approx(small, rel=0.02)
    page.keyboard.press("+")
    (x, y), _ = lines(page)[0]
    page.focus("canvas")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    (moved_x, moved_y), _ = lines(page)[0]
    assert moved_x < x - 20
    assert moved_y < y - 20
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    assert selected(settled(page)) is not None
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement === document.querySelector('input')")


def test_the_map_can_be_dragged(page: Page) -> None:
    search(page, "bako")
    before = lines(page)[0][0]
    canvas = page.locator("canvas").bounding_box()
    assert canvas is not None
    page.mouse.move(canvas["x"] + 500, canvas["y"] + 300)
    page.mouse.down()
    page.mouse.move(canvas["x"] + 530, canvas["y"] + 280, steps=6)
    page.mouse.up()
    np.testing.assert_allclose(lines(page)[0][0] - before, [30, -20], atol=1)
    assert selected(page) == "bako"


# languages and screens


def test_a_page_in_chinese_can_be_turned_into_english(
    open_map: Callable[..., Page], vectors: Vectors, tmp_path: Path
) -> None:
    write_page(project(vectors, 100, method="pca"), tmp_path / "map.html", "词语", "zh")
    page = open_map(tmp_path / "map.html")
    assert page.title() == "词语"
    assert page.get_attribute("html", "lang") == "zh-Hans"
    assert page.get_attribute("input", "placeholder") == "查找词语"
    assert page.get_by_role("button", name="放大").count() == 1
    search(page, "山水")
    assert "本图中最相近的词" in page.locator(".panel").inner_text()
    page.click("#language")
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("input", "placeholder") == "Find a word"
    assert "Nearest on this map" in page.locator(".panel").inner_text()
    assert selected(page) == "山水"


def test_a_small_screen_shows_all_of_it(open_map: Callable[..., Page], path: Path, vectors: Vectors) -> None:
    page = open_map(path, **PHONE)
    for word in ("", "bako"):
        if word:
            search(page, word)
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
            390,
            800,
        ]
        canvas = page.locator("canvas").bounding_box()
        assert canvas is not None
        assert canvas["width"] == 390
        assert canvas["height"] > 300
        assert not overlapping(boxes(page))
        assert len(boxes(page)) > 10
    page.locator(".near button").nth(1).tap()
    settled(page)
    assert selected(page) == neighbors(vectors, "bako")[1]
    page.keyboard.press("Escape")
    label = max(boxes(page), key=lambda box: box.right - box.left)
    page.locator("canvas").tap(position={"x": (label.left + label.right) / 2, "y": (label.top + label.bottom) / 2})
    assert selected(page) == label.text


def test_labels_are_dark_on_a_light_screen_and_light_on_a_dark_one(open_map: Callable[..., Page], path: Path) -> None:
    page = open_map(path, color_scheme="light")
    assert {box.color for box in boxes(page)} == {"#1c2127"}
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => drawn.texts[0].at(-1) !== '#1c2127'")
    assert {box.color for box in boxes(page)} == {"#e9e7e2"}


def test_ranks_of_a_bootstrap_stand_beside_the_neighbors(
    vectors: Vectors, tmp_path: Path, open_map: Callable[..., Page]
) -> None:
    rows = np.array([vectors.ids[neighbor.word] for neighbor in vectors.neighbors(vectors.tokens[0], 50)], np.int32)
    high = np.full((1, 50), 3, np.uint16)
    high[0, 1] = 900
    trust = Trust(rows[None], np.ones((1, 50), np.uint16), high, runs=20)
    page = open_map(page_of(replace(vectors, trust=trust), tmp_path / "map.html"))
    search(page, vectors.tokens[0])
    first, second = page.locator(".near button").all()[:2]
    assert "rank 1 to 3" in first.inner_text()
    assert "unstable" not in first.inner_text()
    assert "rank 1 to 900, unstable" in second.inner_text()
    page.locator("#language").click()
    assert "名次 1 至 900，不稳定" in page.locator(".near button").nth(1).inner_text()
    search(page, vectors.tokens[1])
    assert "rank" not in page.locator(".near").inner_text()
