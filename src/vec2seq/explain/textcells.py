"""What explanations of texts share on a terminal: colored pieces, and tables of cells, East Asian ones among them."""

from vec2seq.run.progress import columns, visible

COLUMNS = 96
"""Characters of a line of text."""
BLUES, ORANGES = (189, 153, 75), (223, 216, 172)
"""Backgrounds, from faint to strong, of the 256 colors of terminals: for and against."""
SPACES = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥"})


def colored(text: str, level: int) -> str:
    """Black on blue for 1, 2, 3, on orange for -1, -2, -3."""
    background = (BLUES if level > 0 else ORANGES)[abs(level) - 1]
    return f"\x1b[30;48;5;{background}m{text}\x1b[0m"


def piece_shown(text: str, end: str = "(end)") -> str:
    """A piece of a text by itself: its spaces are seen, and of a piece without characters ``end``."""
    return visible(text.translate(SPACES)) if text else end


def table(rows: list[list[str]], left: tuple[int, ...]) -> list[str]:
    """Rows of cells in lines: these columns left-aligned, the others right-aligned."""
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [padded(cell, widths[at], at not in left) for at, cell in enumerate(row)]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


def padded(text: str, wide: int, right: bool = False) -> str:
    """Of so many columns of a terminal."""
    space = " " * (wide - columns(text))
    return space + text if right else text + space
