"""A reading as text for a terminal: of each character how sure it is, where it was read, and what else it could be."""

import unicodedata

from vec2seq.errors import counted
from vec2seq.explain.reading import LineReading
from vec2seq.explain.textcells import COLUMNS, piece_shown, table
from vec2seq.run.progress import clipped, visible

CONFUSED = 5
"""Of what is most often taken for what."""


def reading_to_text(found: LineReading) -> str:
    """The text with its score, a row for each character, and what the model confuses most."""
    who = "" if found.model is None else f"{visible(found.model)}: "
    where = f" on {visible(found.picture)}" if found.picture else ""
    if not found.characters:
        return f"{who}nothing is read{where} (right with a probability of {found.score:.2f})"
    title = f'{who}"{visible(found.text)}" is read{where} (all of it right with a probability of {found.score:.2f})'
    head = f"{counted(len(found.characters), 'character')}, columns of {found.ink.shape[1]:,} pixels"
    rows = [["character", "confidence", "columns", "there", "it could also be"]]
    rows += [
        [
            *(sign_shown(one.char), f"{one.confidence:.2f}", f"{one.first}-{one.end}", f"{one.probability:.2f}"),
            "  ".join(f"{sign_shown(char)} {chance:.2g}" for char, chance in one.alternatives),
        ]
        for one in found.characters
    ]
    legend = "there: what the net gave it at its best column; the others beside it: what it gave them there"
    parts = [title, "\n".join([head, *(clipped(row, COLUMNS) for row in table(rows, (0, 4)))]), legend]
    if found.confusions:
        parts.append(f"most confused on lines kept out: {_confused(found)}")
    return "\n\n".join(parts)


def sign_shown(char: str) -> str:
    """A character by itself: a mark that is combined with others stands on a circle."""
    return f"\u25cc{char}" if char and unicodedata.combining(char[0]) else piece_shown(char)


def _confused(found: LineReading) -> str:
    return ", ".join(
        f"{_named(one['right'])} as {_named(one['read'])} ({counted(one['times'], 'time')})"
        for one in found.confusions[:CONFUSED]
    )


def _named(char: str) -> str:
    return sign_shown(char) if char else "nothing"
