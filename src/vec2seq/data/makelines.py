"""Made lines: a text of the user's, drawn in fonts of the user's, as pictures to learn reading from.

The lines are numbered, and each draws its chances by its number: how many threads draw them does not matter.
"""

import io
import itertools
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vec2seq.data.fonts import Font, Ink
from vec2seq.data.linetexts import LineTexts
from vec2seq.data.ordered import in_order
from vec2seq.disk import followed, replacing_folder, taking_back_parents, write_synced
from vec2seq.errors import UserError

TABLE = "lines.tsv"
"""Of a folder: the names of its pictures, each with a TAB and its text."""
EM = 1.25
"""Pixels that letters are drawn at, for each of the picture's height: they are made smaller afterwards."""
TRIES = 1000
"""Pieces of text in a row of which no line can be made: then there is an end."""
TOLD = 10

Step = Callable[[int], None]
"""Is told how many lines are done."""


@dataclass
class Made:
    """What became of a text."""

    lines: int = 0
    fonts: int = 0
    undrawn: int = 0
    """pieces of text for which no font has all characters"""
    missing: Counter[str] = field(default_factory=Counter)
    """in how many of these each one was missing, in the font that has most of them"""
    turned: int = 0
    """pieces in which there is writing from right to left"""

    def most_missing(self) -> list[tuple[str, int]]:
        """The characters that are missing, the most frequent first."""
        return sorted(self.missing.items(), key=lambda found: (-found[1], found[0]))

    def told_missing(self) -> str:
        """The first of these, for people."""
        most = self.most_missing()[:TOLD]
        more = ", ..." if len(self.missing) > len(most) else ""
        return ", ".join(f"{_shown(character)} ({number:,})" for character, number in most) + more


def _shown(character: str) -> str:
    marks = unicodedata.category(character).startswith("M")
    return f"U+{ord(character):04X}" if marks else f"{character} U+{ord(character):04X}"


class _Line(NamedTuple):
    text: str
    png: bytes


def make_lines(
    texts: LineTexts, fonts: list[Font], out: Path, count: int, height: int, seed: int, threads: int, step: Step
) -> Made:
    """A new folder of pictures and a table of their texts, all of it or nothing; fewer than ``count`` if no more can be
    drawn. UserError if none can, and if the folder has something in it.
    """
    out = followed(out).absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out}: exists, and is not empty", "choose another name")
    with taking_back_parents(out), replacing_folder(out) as new:
        return _filled(new, partial(_line, texts, fonts, height, seed), count, threads, step)


def _filled(
    folder: Path, line_of: Callable[[int], _Line | set[str] | None], count: int, threads: int, step: Step
) -> Made:
    """Write lines into a folder."""
    made, rows, failed = Made(), [], 0
    digits = max(6, len(str(count)))
    for line in in_order(line_of, itertools.count(), threads):
        failed = 0 if isinstance(line, _Line) else failed + 1
        if isinstance(line, _Line):
            made.lines += 1
            name = f"{made.lines:0{digits}}.png"
            (folder / name).write_bytes(line.png)
            rows.append(f"{name}\t{line.text}\n")
            step(made.lines)
        elif line is not None:
            made.undrawn += bool(line)
            made.turned += not line
            made.missing.update(line)
        if made.lines == count or failed == TRIES:
            break
    if not rows:
        raise _nothing(made)
    write_synced(folder / TABLE, "".join(rows).encode())
    return made


def _nothing(made: Made) -> UserError:
    if made.undrawn:
        return UserError(
            f"no font has all characters of any line; missing most: {made.told_missing()}",
            "name fonts that have them",
        )
    if made.turned:
        return UserError("the text is written from right to left, which cannot be read yet")
    return UserError("the text has no line of 3 characters (Chinese: 4) or more: there is nothing to draw")


def _line(texts: LineTexts, fonts: list[Font], height: int, seed: int, number: int) -> _Line | set[str] | None:
    """A line; or the characters that are missing, none if it is written from right to left; None: there is no text."""
    import PIL.Image  # extra: ocr

    from vec2seq.data.wear import worn  # needs it, too

    random = np.random.default_rng((seed, number))
    text = texts.piece(random)
    if text is None:
        return None
    if any(unicodedata.bidirectional(character) in ("R", "AL") for character in text):
        return set()
    missing = [font.missing(frozenset(text)) for font in fonts]
    able = [font for font, without in zip(fonts, missing, strict=True) if not without]
    if not able:
        return min(missing, key=len)
    picture = worn(with_margins(text, able[random.integers(len(able))], random), height, random)
    kept = io.BytesIO()
    PIL.Image.fromarray(picture).save(kept, "PNG")
    return _Line(text, kept.getvalue())


def with_margins(text: str, font: Font, random: np.random.Generator) -> Ink:
    """A line in clean ink with paper around it: as high as the font's lines are, or as its own letters are."""
    ink, base = font.draw(text)
    em = font.ascent + font.descent
    near = random.random(2) < 0.5  # above, below: cut at the letters, or where the font says that lines end
    above = 0 if near[0] else font.ascent - base
    below = 0 if near[1] else font.descent - (len(ink) - base)
    some = random.uniform(0.02, 0.15, 2) * em
    sides = random.uniform(0.05, 0.7, 2) * em
    rows = [
        round(max(edge, 0) * random.uniform(0.4, 1) + more) for edge, more in zip((above, below), some, strict=True)
    ]
    return np.pad(ink, (tuple(rows), (round(sides[0]), round(sides[1]))))
