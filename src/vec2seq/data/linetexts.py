"""Pieces of a text as they could stand in one line of print: so many characters, from the beginning of a word to the
end of one, or, where Chinese stands without spaces, from any character to any.

Knows nothing about pictures.
"""

import codecs
import re
import unicodedata
from pathlib import Path

import numpy as np

from vec2seq.data.files import open_bytes, shown
from vec2seq.data.tokenize import choose, has_han
from vec2seq.data.transcribed import normal_form
from vec2seq.errors import UserError

READ = 64 << 20
"""Bytes of a text that lines are made of: what comes after them is not looked at."""
SHORTEST, LONGEST = 3, 60
"""Characters of a line."""
SHORTEST_HAN, LONGEST_HAN = 4, 20
"""Of one of Han characters."""
_FULL = 0.6
"""Share of lines that are long, as most lines of a page are."""
_JUDGED = 1 << 20
"""Characters by which it is judged whether spaces part the words of a Chinese text."""


class LineTexts:
    """A text of which pieces are taken."""

    def __init__(self, text: str, where: str):
        """UserError if no line could be made of it; ``where`` it is from, for that."""
        paragraphs = [_printed(paragraph) for paragraph in text.splitlines()]
        self.text = "\n".join(paragraph for paragraph in paragraphs if len(paragraph) >= SHORTEST)
        self.segmented = has_han(self.text[:_JUDGED]) and choose(self.text[:_JUDGED]) == "whitespace"
        """whether spaces part Chinese words: print has none there"""
        if self.segmented:
            self.text = "\n".join(map(_closed_up, self.text.split("\n")))
        if not self.text:
            raise UserError(f"{where}: no line of {SHORTEST} characters or more: there is nothing to draw")

    @classmethod
    def read(cls, path: Path) -> "LineTexts":
        """Of a file in UTF-8, plain or compressed; UserError if it cannot be read."""
        with open_bytes(path) as file:
            data = file.read(READ + 1)
        data = data.removeprefix(codecs.BOM_UTF8)
        if len(data) > READ:
            data = data[: data.rfind(b"\n", 0, READ) + 1] or data[:READ]
        try:
            return cls(data.decode(), shown(path))
        except UnicodeDecodeError as error:
            if error.end == len(data) == READ:  # a character that was cut
                return cls(data[: error.start].decode(), shown(path))
            line = data.count(b"\n", 0, error.start) + 1
            byte = error.start - data.rfind(b"\n", 0, error.start)
            raise UserError(f"{shown(path)}:{line}: not UTF-8 at byte {byte}; save the file as UTF-8") from None

    def piece(self, random: np.random.Generator) -> str | None:
        """A line from somewhere; None if what stands there is too short."""
        at = int(random.integers(len(self.text)))
        near = self.text[at : at + LONGEST_HAN]
        han = 2 * sum(map(has_han, near)) > len(near)
        shortest, longest = (SHORTEST_HAN, LONGEST_HAN) if han else (SHORTEST, LONGEST)
        fewest = (shortest + longest) // 2 if random.random() < _FULL else shortest
        length = int(random.integers(fewest, longest + 1))
        after = self.text.find("\n", at, at + longest)
        before = max(self.text.rfind("\n", max(at - longest, 0), at) + 1, at - longest)
        room = (after if after >= 0 else at + longest) - length  # an earlier beginning, where the end is near
        first = self._beginning(min(at, max(room, before)), 0 if han else LONGEST)
        line, _, _ = self.text[first : first + longest + 1].partition("\n")
        found = (_cut(line, length) if not han else line[:length]).strip()
        return found if len(found) >= shortest else None

    def _beginning(self, at: int, back: int) -> int:
        """Where the word begins in which a place is, if that is so near; never within a letter and its marks."""
        before = max(at - back, 0)
        found = max(self.text.rfind(end, before, at) for end in " \n") + 1
        first = found if found or not before else at
        while first < len(self.text) and unicodedata.category(self.text[first]) in ("Mn", "Mc", "Me"):
            first += 1
        return first


def _cut(line: str, length: int) -> str:
    """Words up to a length, the first one in any case, if it is not too long for a line."""
    if len(line) <= length:
        return line
    end = line.rfind(" ", 0, length + 1)
    end = end if end > 0 else line.find(" ")
    return line[:end] if 0 < end <= LONGEST else line[:length]


def _printed(paragraph: str) -> str:
    """What of a paragraph can be seen: without controls, soft hyphens, spaces of no width and the like."""
    spaced = " ".join(paragraph.split())
    seen = (character for character in spaced if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn"))
    return normal_form("".join(seen), "NFC")


_WIDE = "\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
"""Signs of the width of a Han character, without those of Korean, which has spaces."""
_BESIDE = f"{_WIDE}‘’“”…—·"
_GAPS = re.compile(f"(?<=[{_WIDE}]) (?=[{_BESIDE}])|(?<=[{_BESIDE}]) (?=[{_WIDE}])")


def _closed_up(text: str) -> str:
    return _GAPS.sub("", text)
