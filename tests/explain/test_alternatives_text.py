"""A text as a model foresees it, in a terminal: marks stand below their pieces, the table tells the numbers."""

import re

import pytest

from explain.foreseen import made
from vec2seq.explain.alternatives import Alternatives, level_of
from vec2seq.explain.alternatives_text import MARKS, alternatives_to_text
from vec2seq.explain.textcells import COLUMNS
from vec2seq.run.progress import columns

ANSI = re.compile(r"\x1b\[[\d;]*m")


def body(found: Alternatives, color: bool) -> list[str]:
    """The lines of the text."""
    return alternatives_to_text(found, color).split("\n\n")[1].splitlines()[1:]


def test_marks_stand_below_their_pieces() -> None:
    found = made("the fox")
    text, marks = body(found, color=False)
    assert text == "  the fox"
    want = "".join(MARKS[level_of(place.piece.probability)] for place in found.places)
    assert marks == f"  {want}".rstrip()
    assert marks[5] == "#"


def test_marks_of_wide_characters_are_wide() -> None:
    found = made(["月", "亮", "的", "光", "线"])
    text, marks = body(found, color=False)
    assert text == "  月亮的光线"
    assert marks.ljust(14)[8:10] == "##"


@pytest.mark.parametrize("pieces", [list("a fox ran over the lazy dog " * 20), list("月亮升起来了。" * 60)])
def test_lines_fit_and_hold_the_whole_text(pieces: list[str]) -> None:
    colored = body(made(pieces), color=True)
    plain = [ANSI.sub("", line)[2:] for line in colored]
    assert "".join(plain) == "".join(pieces)
    assert max(map(columns, plain)) <= COLUMNS
    assert min(map(columns, plain[:-1])) > COLUMNS - 8
    without = [line[2:] for line in body(made(pieces), color=False)]
    assert "".join(line for line in without if not set(line) <= set(MARKS)) == "".join(
        line.rstrip() if pieces[0] == "a" else line for line in plain
    )


def test_colors_are_of_the_levels() -> None:
    found = made("the fox")
    (line,) = body(found, color=True)
    for level, color in ((1, 223), (2, 216), (3, 172)):
        runs = re.findall(rf"\x1b\[30;48;5;{color}m([^\x1b]*)\x1b", line)
        there = [place.shown for place in found.places if level_of(place.piece.probability) == level]
        assert "".join(runs) == "".join(there)
    assert found.places[3].shown == " "
    assert "48;5;172m" in line
    assert "\x1b" not in alternatives_to_text(found, color=False)


def test_lines_spaces_ends_and_controls_are_seen() -> None:
    found = made(["a", "\n", " b", "\x1b", ""])
    assert [line for line in body(found, color=False) if not set(line) <= set(MARKS)] == ["  a↵", "   b\\x1b(end)"]
    told = alternatives_to_text(found, color=False)
    assert re.search(r"\n +4 +a↵␣b +\\x1b +1e-07 +2e-07 +1e-08 ", told)


def test_sums_and_the_table_of_surprises() -> None:
    found = made("the quick brown fox")
    nats = found.nats_per_char()
    told = alternatives_to_text(found, color=False, most=4)
    assert told.startswith(f"poems foresees 19 pieces with {nats['both']:.3f} nats per character: 60% net")
    assert f"the net alone: {nats['net']:.3f}; counting alone: {nats['counts']:.3f}; " in told
    rows = told.split("\n\n")[2].splitlines()
    assert len(rows) == 2 + 4
    for at, row in zip(found.surprising(4), rows[2:], strict=True):
        place = found.places[at]
        assert row.split()[0] == str(at + 1)
        assert f" {place.piece.probability:.3g} " in row
        assert f" {place.rank}  {place.entropy_bits:.2f}  " in row
        assert f"{place.alternatives[0].probability:.2g}" in row
