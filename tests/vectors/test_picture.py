"""The map as a picture: labels that do not overlap, characters with their shapes, text that stays text in an SVG."""

import dataclasses
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from made_fonts import made_collection, made_font, only_fonts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread

from vec2seq.errors import UserError
from vec2seq.vectors.map2d import Map, project
from vec2seq.vectors.picture import draw, picture
from vec2seq.vectors.store import Vectors

SVG = "{http://www.w3.org/2000/svg}"


def map_of(tokens: list[str]) -> Map:
    random = np.random.default_rng(0)
    return project(Vectors(tokens, random.normal(size=(len(tokens), 8)).astype(np.float32)), len(tokens), method="pca")


def svg_texts(path: Path) -> list[str]:
    return [element.text or "" for element in ET.parse(path).iter(f"{SVG}text")]


def test_a_png_is_written_without_a_warning(tmp_path: Path) -> None:
    word_map = map_of([f"word{i}" for i in range(300)])
    assert picture(word_map, tmp_path / "map.png", "Words") is None
    pixels = imread(tmp_path / "map.png")
    assert pixels.shape == (1620, 2160, 4)
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 50


def test_an_svg_holds_its_labels_as_text(tmp_path: Path) -> None:
    assert picture(map_of([f"word{i}" for i in range(300)]), tmp_path / "map.svg", "A <title> & more") is None
    texts = svg_texts(tmp_path / "map.svg")
    assert "A <title> & more" in texts
    assert texts.count("word0") == 1
    assert 40 < len(texts) < 300


def test_a_label_in_an_svg_stands_once_and_a_dot_takes_few_bytes(tmp_path: Path) -> None:
    picture(map_of([f"word{i}" for i in range(4000)]), tmp_path / "map.svg", "Words")
    texts = svg_texts(tmp_path / "map.svg")
    assert len(set(texts)) == len(texts)
    assert (tmp_path / "map.svg").stat().st_size < 250 * 4000


def test_rare_words_are_dots_without_labels() -> None:
    tokens = [f"word{i}" for i in range(4000)]
    figure = draw(map_of(tokens), "", "", ["DejaVu Sans"], set())
    ranks = [int(text.get_text().removeprefix("word")) for text in figure.axes[0].texts if text.get_text()]
    assert len(ranks) > 80
    assert max(ranks) < 3000
    assert sum(len(dots.get_offsets()) for dots in figure.axes[0].collections) == 4000


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    word_map = map_of([f"word{i}" for i in range(50)])
    for suffix in ("png", "svg"):
        files = [tmp_path / f"{name}.{suffix}" for name in "ab"]
        for file in files:
            picture(word_map, file, "Words")
        assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("token", ["$x^2$", "a_b$c", "<b>&amp;", "]]>", "\x00\x1f", "two\nlines", "\u202ertl", "%s{0}"])
def test_any_token_can_be_a_label(tmp_path: Path, token: str) -> None:
    word_map = map_of([token, "b", "c", "d"])
    for suffix in ("png", "svg"):
        picture(word_map, tmp_path / f"map.{suffix}", token)
    shown = "".join(character if character.isprintable() else "\ufffd" for character in token)
    assert svg_texts(tmp_path / "map.svg").count(shown) >= 2


def test_labels_in_the_figure_do_not_overlap() -> None:
    word_map = map_of([f"word{i}" for i in range(800)])
    figure = draw(word_map, "Words", "caption", ["DejaVu Sans"], set())
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert len(boxes) > 80
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert 0 <= box.x0 < box.x1 <= 2160
        assert 0 <= box.y0 < box.y1 <= 1620


def test_without_a_chinese_font_one_line_says_so_and_an_svg_keeps_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_fonts(monkeypatch)
    word_map = map_of(["北京", "apple", "上海", "pear"])
    note = picture(word_map, tmp_path / "map.svg", "地图 map", "zh")
    assert note is not None
    assert "京" in note
    assert "apt install fonts-noto-cjk" in note
    assert "\n" not in note
    assert {"地图 map", "北京", "上海", "apple", "pear"} <= set(svg_texts(tmp_path / "map.svg"))


def test_without_a_chinese_font_a_png_goes_without_those_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_fonts(monkeypatch)
    word_map = map_of(["北京", "apple", "上海", "pear"])
    note = picture(word_map, tmp_path / "map.png", "Words")
    assert note is not None
    assert "labels with them are left out" in note
    figure = draw(word_map, "Words", "caption", ["DejaVu Sans"], set("北京上海"))
    assert {text.get_text() for text in figure.axes[0].texts} == {"Words", "caption", "apple", "pear"}


def test_chinese_labels_are_drawn_with_the_shapes_of_their_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One label in place of another changes the picture: both are not the same empty box."""
    only_fonts(monkeypatch, made_font(tmp_path, "山水"))
    word_map = map_of(["山", "b", "c"])
    assert picture(word_map, tmp_path / "a.png", "") is None
    assert picture(dataclasses.replace(word_map, tokens=["水", "b", "c"]), tmp_path / "b.png", "") is None
    assert np.abs(imread(tmp_path / "a.png") - imread(tmp_path / "b.png")).max() > 0.3


def test_of_a_collection_of_fonts_the_one_for_simplified_chinese_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Debian's fonts-noto-cjk the Japanese one comes first."""
    japanese, chinese = made_font(tmp_path, "水山", "Noto Sans CJK JP"), made_font(tmp_path, "山水", "Noto Sans CJK SC")
    word_map, pictures = map_of(["山", "b", "c"]), []
    for font in (made_collection(tmp_path, [japanese, chinese]), chinese, japanese):
        with monkeypatch.context() as patched:
            only_fonts(patched, font)
            assert picture(word_map, tmp_path / "map.png", "") is None
        pictures.append(imread(tmp_path / "map.png"))
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != pictures[2]).any()


@pytest.mark.parametrize("name", ["map.pdf", "map", "map.html"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"\.png or \.svg"):
        picture(map_of(["a", "b", "c"]), tmp_path / name, "Words")


def test_the_global_settings_of_matplotlib_stay(tmp_path: Path) -> None:
    import matplotlib

    before, filters = dict(matplotlib.rcParams), list(warnings.filters)
    picture(map_of(["a", "b", "c"]), tmp_path / "map.svg", "Words")
    assert dict(matplotlib.rcParams) == before
    assert warnings.filters == filters
