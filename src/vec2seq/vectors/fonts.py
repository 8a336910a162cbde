"""Finding installed fonts that have the characters of a picture, the Chinese ones above all."""

_LATIN_FONT = "DejaVu Sans"
"""Comes with matplotlib."""
_CJK_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "Noto Sans CJK JP", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Heiti SC", "STHeiti", "SimHei",
    "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
"""Asked first, in this order, for what the Latin font lacks."""


def find_fonts(characters: set[str]) -> tuple[list[str], set[str]]:
    """Families of installed fonts that together show the characters, and the characters that none of them has."""
    families, missing = _covering(characters)
    if missing and _add_new_fonts():
        families, missing = _covering(characters)
    return families, missing


def _covering(characters: set[str]) -> tuple[list[str], set[str]]:
    """``find_fonts`` among the fonts that matplotlib knows."""
    from matplotlib.font_manager import fontManager  # an extra, and slow to import

    upright = {font.name for font in fontManager.ttflist if font.style == "normal" and font.weight in (400, "normal")}
    upright -= {family for family in upright if "last resort" in family.lower()}  # has empty boxes for all characters
    families, missing = [_LATIN_FONT], characters - _characters_of(_LATIN_FONT)
    for family in [family for family in _CJK_FONTS if family in upright] + sorted(upright.difference(_CJK_FONTS)):
        if found := missing and missing & _characters_of(family):
            families.append(family)
            missing = missing - found
    return families, missing


def _characters_of(family: str) -> set[str]:
    """The characters that a family's regular font has."""
    from matplotlib.font_manager import FontProperties, findfont, get_font  # an extra, and slow to import

    return set(map(chr, get_font(findfont(FontProperties(family=[family]))).get_charmap()))


def _add_new_fonts() -> bool:
    """Tell matplotlib of fonts that were installed after it made its list; True if there are any."""
    from matplotlib.font_manager import findSystemFonts, fontManager  # an extra, and slow to import

    known = len(fontManager.ttflist)
    for path in sorted({*findSystemFonts()} - {font.fname for font in fontManager.ttflist}):
        try:
            fontManager.addfont(path)
        except (OSError, RuntimeError, NotImplementedError):
            continue  # FreeType or matplotlib cannot use it, bitmaps for example
    return len(fontManager.ttflist) > known
