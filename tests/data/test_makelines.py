"""Made lines: the same for any number of threads, only what a font can draw, a whole folder or none; their texts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFont

from vec2seq.data.files import ReadSettings
from vec2seq.data.fonts import Font, find_fonts
from vec2seq.data.linetexts import LONGEST, LONGEST_HAN, SHORTEST, SHORTEST_HAN, LineTexts
from vec2seq.data.makelines import EM, Made, make_lines, with_margins
from vec2seq.data.pairs import Columns
from vec2seq.data.transcribed import sheets_of_files
from vec2seq.data.wear import worn
from vec2seq.errors import UserError

TEXT = "It was the best of times, it was the worst of times.\nA short one\n" * 9
HEIGHT = 32


def write_font(folder: Path, name: str = "own.ttf") -> Path:
    """Pillow's own font, of Latin letters, as a file."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(ImageFont.load_default(20).font_bytes)
    return path


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> list[Font]:
    return find_fonts(write_font(tmp_path_factory.mktemp("fonts")), round(EM * HEIGHT))[0]


def made(text: str, fonts: list[Font], out: Path, count: int = 12, **more: Any) -> Made:
    how = {"height": HEIGHT, "seed": 1, "threads": 2, "step": lambda done: None, **more}
    return make_lines(LineTexts(text, "text"), fonts, out, count, **how)


def rows(folder: Path) -> list[list[str]]:
    return [line.split("\t") for line in (folder / "lines.tsv").read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_lines_and_their_texts(fonts: list[Font], tmp_path: Path) -> None:
    steps: list[int] = []
    assert made(TEXT, fonts, tmp_path / "deep" / "out", step=steps.append).lines == 12
    out = tmp_path / "deep" / "out"
    assert steps == list(range(1, 13))
    assert [name for name, _ in rows(out)] == [f"{number:06}.png" for number in range(1, 13)]
    assert all(text in TEXT and SHORTEST <= len(text) <= LONGEST for _, text in rows(out))
    assert len({text for _, text in rows(out)}) > 3
    for name, _ in rows(out):
        with Image.open(out / name) as image:
            assert (image.mode, image.height) == ("L", HEIGHT)
            picture = np.asarray(image).astype(int)
        assert np.median(picture) - picture.min() > 40
    sheets = list(sheets_of_files([out / "lines.tsv"], ReadSettings(), Columns(), lambda told: None))
    assert [sheet.lines[0].text for sheet in sheets] == [text for _, text in rows(out)]


def test_threads_do_not_matter_and_the_seed_does(fonts: list[Font], tmp_path: Path) -> None:
    for name, threads, seed in (("one", 1, 1), ("four", 4, 1), ("other", 4, 2)):
        made(TEXT, fonts, tmp_path / name, threads=threads, seed=seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "four")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_what_no_font_can_draw(fonts: list[Font], tmp_path: Path) -> None:
    found = made("abc def ghi\nabc ж ж ghi\nxyz ќ\u0301 xyz\n" * 9, fonts, tmp_path / "out", count=30)
    assert found.lines == 30
    assert {text for _, text in rows(tmp_path / "out")} <= {
        "abc def ghi",
        "def ghi",
        "abc def",
        "abc",
        "ghi",
        "def",
        "xyz",
    }
    assert found.undrawn > 0
    assert found.missing["ж"] > 0
    assert "ж U+0436 (" in found.told_missing()
    with pytest.raises(UserError, match=r"no font has all characters of any line; missing most: 上 U\+4E0A \("):
        made("天天向上\n" * 9, fonts, tmp_path / "none")
    with pytest.raises(UserError, match="right to left"):
        made("\u05d0\u05d1\u05d2\u05d3\n" * 9, fonts, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_marks_and_spaces_are_looked_for(fonts: list[Font]) -> None:
    (font,) = fonts
    assert font.missing("Ab c.") == set()
    assert font.missing("a\u0364 b") == {"\u0364"}
    assert font.missing("\ue000\U0010ffffA") == {"\ue000", "\U0010ffff"}
    assert font.tells_apart()
    assert font.is_of_text()


def test_fonts_of_symbols_and_of_placeholders_are_left_out() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    found, refused = find_fonts(Path(matplotlib.get_data_path()) / "fonts" / "ttf", 40)
    names = " ".join(font.name for font in found)
    assert "DejaVuSerif.ttf" in names
    assert not any(name in names for name in ("LastResort", "cmsy10", "cmex10"))
    assert any("cmsy10.ttf: a font without a space" in error.what for error in refused)


def test_fonts_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file or folder"):
        find_fonts(tmp_path / "fonts", 40)
    with pytest.raises(UserError, match=r"no font in this folder \(looked for .ttf"):
        find_fonts(tmp_path, 40)
    (tmp_path / "b.woff2").write_bytes(b"wOF2" + b"\0" * 40)
    with pytest.raises(UserError, match=r"b\.woff2: Pillow cannot draw with this font"):
        find_fonts(tmp_path, 40)
    write_font(tmp_path, "a.otf")
    write_font(tmp_path / "below", "c.TTF")
    found, refused = find_fonts(tmp_path, 40)
    assert [Path(font.name).name for font in found] == ["a.otf", "c.TTF"]
    assert [error.what.split(":")[0] for error in refused] == [str(tmp_path / "b.woff2")]


def test_a_folder_with_something_in_it_stays(fonts: list[Font], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    made(TEXT, fonts, tmp_path / "out", count=1)
    before = contents(tmp_path / "out")
    with pytest.raises(UserError, match="out: exists, and is not empty; choose another name"):
        made(TEXT, fonts, tmp_path / "out", count=1)
    with pytest.raises(UserError, match=r"lines\.tsv: exists"):
        made(TEXT, fonts, tmp_path / "out" / "lines.tsv", count=1)
    assert contents(tmp_path / "out") == before

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(TEXT, fonts, tmp_path / "deep" / "half", step=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def pieces(text: str, count: int = 300) -> set[str]:
    texts = LineTexts(text, "text")
    found = (texts.piece(np.random.default_rng(number)) for number in range(count))
    return {piece for piece in found if piece is not None}


def test_pieces_of_words() -> None:
    words = " ".join(f"word{number}" for number in range(500))
    found = pieces(words)
    assert all(piece in words and SHORTEST <= len(piece) <= LONGEST for piece in found)
    assert all(word in words.split() for piece in found for word in piece.split())
    assert max(map(len, found)) > LONGEST - 8
    assert min(map(len, found)) < 15
    assert len(found) > 200
    assert all(len(piece) <= LONGEST for piece in pieces("x" * 500))


def test_pieces_of_chinese() -> None:
    text = "天地玄黃宇宙洪荒日月盈昃辰宿列張寒來暑往秋收冬藏閏餘成歲律呂調陽" * 5
    found = pieces(text)
    assert all(piece in text and SHORTEST_HAN <= len(piece) <= LONGEST_HAN for piece in found)
    assert {piece[0] for piece in found} == set(text)
    assert {len(piece) for piece in found} == set(range(SHORTEST_HAN, LONGEST_HAN + 1))
    short = pieces("天地玄黃，宇宙洪荒。\n日月盈昃，辰宿列張。\n")
    assert "宇宙洪荒。" in short
    assert "天地玄黃，宇宙洪荒。" in short


def test_spaces_that_part_chinese_words_are_left_out() -> None:
    segmented = LineTexts("我们 在 北京 看 “ 长城 ” ， 用 Python 3 写 。\n" * 40, "text")
    assert segmented.segmented
    assert segmented.text.split("\n")[0] == "我们在北京看“长城”，用 Python 3 写。"
    assert not LineTexts("床前明月光 疑是地上霜\n" * 40, "text").segmented
    assert not LineTexts("우리 는 漢字 와 한글 을 쓴다\n" * 40, "text").text.startswith("우리는")


def test_what_cannot_be_seen_is_left_out() -> None:
    assert LineTexts("a\u00adb\u200b c\x07\td\n\ufeffe\u0308 fg\nx\n", "text").text == "ab c d\në fg"
    with pytest.raises(UserError, match="text: no line of 3 characters or more"):
        LineTexts("a\n\nb\n", "text")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfabc\nab\xff\n")
    with pytest.raises(UserError, match=r"a\.txt:2: not UTF-8 at byte 3"):
        LineTexts.read(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfabc\n")
    assert LineTexts.read(tmp_path / "a.txt").text == "abc"


def test_long_texts_are_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vec2seq.data.linetexts.READ", 10)
    (tmp_path / "a.txt").write_bytes("abcd\n天天天天天天\n".encode())
    assert LineTexts.read(tmp_path / "a.txt").text == "abcd"
    (tmp_path / "a.txt").write_bytes("天天天天天天\n".encode())
    assert LineTexts.read(tmp_path / "a.txt").text == "天天天"


def test_wear_loses_no_letter(fonts: list[Font]) -> None:
    text = "HIHIHIHIHIHI"
    for seed in range(60):
        random = np.random.default_rng(seed)
        ink = with_margins(text, fonts[0], random)
        assert ink.max() == 255
        picture = worn(ink, HEIGHT, random)
        assert picture.shape[0] == HEIGHT
        dark = np.median(picture) - picture.astype(float)
        strokes = (dark > 0.5 * np.percentile(dark, 99)).any(0)
        starts = np.flatnonzero(np.diff(strokes.astype(int)) == 1)
        assert len(starts) >= 6, seed  # H and I stay apart from the next ones, but for some that touch
