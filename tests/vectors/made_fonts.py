"""A font made for a test, and a computer that has only such fonts."""

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from matplotlib import font_manager


def made_font(folder: Path, characters: str, family: str = "Made Han") -> Path:
    """A font in which every character is a bar, each higher than the one before."""
    names = {ord(character): f"c{place}" for place, character in enumerate(characters)}
    glyphs = {".notdef": _bar(0, 1000)} | {
        name: _bar(0, 150 + 300 * place) for place, name in enumerate(names.values())
    }
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(names)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 50)))
    builder.setupHorizontalHeader(ascent=1000, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "fullName": f"{family} Regular"})
    builder.setupOS2(sTypoAscender=1000, usWinAscent=1000, usWinDescent=200)
    builder.setupPost()
    path = folder / f"{family}.ttf"
    builder.save(path)
    return path


def made_collection(folder: Path, fonts: list[Path]) -> Path:
    """A .ttc file of several fonts."""
    collection, path = TTCollection(), folder / "made.ttc"
    collection.fonts = [TTFont(font) for font in fonts]
    collection.save(path)
    return path


def _bar(bottom: int, height: int) -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((50, bottom))
    for point in ((50, bottom + height), (950, bottom + height), (950, bottom)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


def only_fonts(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """A computer with matplotlib's own fonts, and with these, installed after matplotlib made its list of fonts."""
    own = [font for font in font_manager.fontManager.ttflist if "mpl-data" in font.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(path) for path in paths])
