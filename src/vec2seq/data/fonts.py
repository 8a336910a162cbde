"""Fonts of the user's files, by Pillow (extra ``ocr``): which characters each has, and texts drawn in it.

Pillow does not tell which characters a font has, but draws the same sign for all that it has not: a character that
looks like one that no font can have is missing. That is asked without shaping, mark by mark; lines are drawn with it,
where Pillow has Raqm, so that ligatures form and marks stand over their letters.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import visible_files
from vec2seq.errors import UserError, counted, missing_extra

FONTS = (".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2")
"""Endings of files of fonts."""
_MOST_FACES = 64
"""Of a collection (.ttc)."""
_LOOKED_AT = 32
"""Pixels at which characters are compared."""
_NARROWEST = 0.08 * _LOOKED_AT
"""Of a space."""
_NOWHERE = ("\U0010ffff", "\ufffe", "\u0378")
"""Two that are no characters, and one that has not been given a meaning."""
_DIFFERENT = ("ABEHMS", "一丁七万人", "аджмф", "αδθλφ")
"""Characters that look the same only where all do: in fonts that stand in for others."""

Ink = NDArray[np.uint8]
"""[H, W]: 0 is nothing, 255 ink"""


class Font:
    """A face of a font at one size. Threads may share it."""

    def __init__(self, path: Path, face: int, size: int):
        """OSError if Pillow cannot draw with it."""
        from PIL import ImageFont

        self.name = f"{path}: face {face + 1}" if face else str(path)
        self._drawing = ImageFont.truetype(str(path), size, face)
        self._plain = ImageFont.truetype(str(path), _LOOKED_AT, face, layout_engine=ImageFont.Layout.BASIC)
        self._lock = threading.Lock()  # FreeType draws one text after the other
        self._has: dict[str, bool] = {}
        self._unknown = {self._look(character) for character in _NOWHERE}
        self.ascent, self.descent = self._drawing.getmetrics()

    def _look(self, character: str) -> tuple[Any, ...]:
        """What tells the picture of a character from others."""
        mask, place = self._plain.getmask2(character, "L")
        return (mask.size, place, bytes(mask)) if any(mask.size) else ()

    def missing(self, characters: str | frozenset[str]) -> set[str]:
        """Those that it has not."""
        with self._lock:
            for character in characters:
                if character not in self._has:
                    look = self._look(character)
                    ink = _is_ink(look)
                    self._has[character] = not ink if character == " " else ink and look not in self._unknown
            return {character for character in characters if not self._has[character]}

    def is_of_text(self) -> bool:
        """Whether words stand apart in it: fonts of symbols have none, or a sign in its place."""
        return not self.missing(" ") and self._plain.getlength(" ") > _NARROWEST

    def tells_apart(self) -> bool:
        """Whether different characters look different."""
        for group in _DIFFERENT:
            there = set(group) - self.missing(group)
            if len(there) > 1 and len({self._look(character) for character in there}) == 1:
                return False
        return True

    def draw(self, text: str) -> tuple[Ink, int]:
        """A line, cut at its ink, and in which of its rows, or how far from them, it stands on its base line."""
        from PIL import Image, ImageDraw

        with self._lock:
            left, top, right, bottom = (round(edge) for edge in self._drawing.getbbox(text, anchor="ls"))
            image = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
            ImageDraw.Draw(image).text((-left, -top), text, 255, self._drawing, anchor="ls")
        return np.asarray(image), -top


def _is_ink(look: tuple[Any, ...]) -> bool:
    return bool(look) and any(look[2])


def find_fonts(source: Path, size: int) -> tuple[list[Font], list[UserError]]:
    """The fonts of a file, or of a folder and all below it, in a fixed order; and why some cannot be used.

    UserError if there is none that can.
    """
    try:
        import PIL.ImageFont  # noqa: F401 (extra: asked for here, so that each file is not told to be damaged)
    except ImportError:
        raise missing_extra("ocr") from None
    if not source.exists():
        raise UserError(f"{source}: no such file or folder", "name a font, or a folder of fonts")
    files = [file for file in visible_files(source) if file.suffix.lower() in FONTS] if source.is_dir() else [source]
    if not files:
        raise UserError(f"{source}: no font in this folder (looked for {' '.join(FONTS)})")
    fonts: list[Font] = []
    refused: list[UserError] = []
    for file in files:
        try:
            fonts += _faces(file, size)
        except UserError as error:
            refused.append(error)
    if not fonts:
        more = f" (and {counted(len(refused) - 1, 'other')} that cannot be used)" if len(refused) > 1 else ""
        raise UserError(f"{refused[0].what}{more}", refused[0].mend)
    return fonts, refused


def _faces(file: Path, size: int) -> Iterator[Font]:
    """All faces of a file; UserError if it has none that can be used."""
    faces = _MOST_FACES if file.suffix.lower() in (".ttc", ".otc") else 1
    for face in range(faces):
        try:
            font = Font(file, face, size)
        except OSError as error:
            if face:  # after the last one
                return
            raise UserError(
                f"{file}: Pillow cannot draw with this font ({error})",
                "take another one, or one of the same letters as .ttf or .otf",
            ) from None
        if not font.is_of_text():
            raise UserError(f"{file}: a font without a space: of symbols, not of text", "take another one")
        if not font.tells_apart():
            raise UserError(f"{file}: all its letters look the same: it stands in for other fonts", "take another one")
        yield font
