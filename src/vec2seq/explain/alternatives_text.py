"""A text as a model foresees it, for a terminal: its improbable pieces marked, and what was likely in their places."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from vec2seq.errors import counted
from vec2seq.explain.alternatives import LEVELS, Alternatives, level_of
from vec2seq.explain.textcells import COLUMNS, colored, piece_shown, table
from vec2seq.run.progress import clipped, columns, visible

MARKS = " .+#"
"""Below pieces of each level, where there are no colors."""
BEFORE = 16
"""Columns of what stands before a piece."""
LONGEST_PIECE = 20
ALTERNATIVES = 48
"""Columns of what was likelier."""

Cell = tuple[str, int]
"""A character, and the level of its piece."""


def alternatives_to_text(found: Alternatives, color: bool, most: int = 10) -> str:
    """How good it is together, the text with its marks, and a table of the ``most`` surprising pieces.

    With ``color`` the marks are backgrounds, else they stand below the characters.
    """
    key = ", ".join(f"{mark} below {level:g}" for mark, level in zip(MARKS[1:], LEVELS, strict=True))
    key = f"the darker, the less probable: below {', '.join(f'{level:g}' for level in LEVELS)}" if color else key
    lines = "\n".join(_marked(line, color) for line in _lines(found))
    return "\n\n".join([_sums(found), f"the text ({key})\n{lines}", _surprising(found, most)])


def _sums(found: Alternatives) -> str:
    nats, pieces = found.nats_per_char(), len(found.places)
    return (
        f"{visible(found.model)} foresees {counted(pieces, 'piece')} with {nats['both']:.3f} nats per character: "
        f"{found.share:.0%} net, the rest counts\nthe net alone: {nats['net']:.3f}; counting alone: "
        f"{nats['counts']:.3f}; {found.net_ahead():,} of {pieces:,} pieces are more probable to the net"
    )


def _cells(found: Alternatives) -> Iterator[Cell]:
    """All characters; of a line feed also a sign for it, since it has a probability too."""
    for place in found.places:
        level = level_of(place.piece.probability)
        for character in place.shown or piece_shown(""):
            shown = piece_shown(character) + "\n" if character == "\n" else visible(character)
            yield from ((one, level) for one in shown)


def _lines(found: Alternatives) -> Iterator[list[Cell]]:
    """The characters in lines that fit, broken at spaces where there are some."""
    line: list[Cell] = []
    for cell in _cells(found):
        if cell[0] == "\n":
            yield line
            line = []
            continue
        if sum(columns(one) for one, _ in line) + columns(cell[0]) > COLUMNS:
            end = max((at for at, (one, _) in enumerate(line, 1) if one == " "), default=len(line))
            yield line[:end]
            line = line[end:]
        line.append(cell)
    if line:
        yield line


def _marked(line: list[Cell], color: bool) -> str:
    if color:
        runs = [(level, "".join(one for one, _ in run)) for level, run in groupby(line, itemgetter(1))]
        return "  " + "".join(colored(run, -level) if level else run for level, run in runs)
    marks = "".join(MARKS[level] * columns(one) for one, level in line).rstrip()
    return "\n".join(f"  {part}".rstrip() for part in ("".join(one for one, _ in line), marks) if part)


def _surprising(found: Alternatives, most: int) -> str:
    """The least probable pieces in a table."""
    rows = [["no.", "after", "piece", "probability", "net", "counts", "rank", "bits", "likely there"]]
    chosen = found.surprising(most)
    for at in chosen:
        place = found.places[at]
        piece, others = place.piece, [f"{_short(other.text)} {other.probability:.2g}" for other in place.alternatives]
        numbers = [f"{number:.3g}" for number in piece[1:]]
        told = [str(place.rank), f"{place.entropy_bits:.2f}", clipped("  ".join(others), ALTERNATIVES)]
        rows.append([str(at + 1), _before(found, at), _short(piece.text), *numbers, *told])
    head = f"the {counted(len(chosen), 'piece')} that surprised most; bits: how unsure the model was there"
    return "\n".join([head, *table(rows, (2, 8))])


def _short(text: str) -> str:
    return clipped(piece_shown(text), LONGEST_PIECE)


def _before(found: Alternatives, at: int) -> str:
    """The last characters before a piece."""
    text = "".join(piece_shown(place.shown) for place in found.places[max(at - BEFORE, 0) : at])[-BEFORE:]
    while columns(text) > BEFORE:
        text = text[1:]
    return text
