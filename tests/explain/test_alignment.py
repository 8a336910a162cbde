"""Alignments: what fits together, what is strongest, and the same in a terminal and for a page."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from explain.alignments import linked
from vec2seq.errors import UserError
from vec2seq.explain.alignment import Alignment, strongest
from vec2seq.explain.alignment_page import page_data, write_alignment_page
from vec2seq.explain.alignment_text import BLOCKS, alignment_to_text
from vec2seq.explain.textcells import COLUMNS
from vec2seq.run.progress import columns

SOURCE, TARGET, LINKS = ["the", "cat", "sat", "."], ["猫", "坐下了", "。", ""], [1, 2, 3, 3]


def test_parts_must_fit_together() -> None:
    weights = np.full((2, 4, 4), 0.25)
    for shape in ((4, 4), (2, 3, 4), (2, 4, 3), (0, 4, 4)):
        with pytest.raises(ValueError, match="of 4 pieces that look at 4"):
            Alignment(SOURCE, TARGET, np.zeros(shape))
    for wrong in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="weights below 0, or no numbers"):
            Alignment(SOURCE, TARGET, np.where(np.arange(4) == 2, wrong, weights))
    with pytest.raises(ValueError, match="of 0 pieces"):
        Alignment(SOURCE, [], np.zeros((1, 0, 4)))
    with pytest.raises(UserError, match="151 pieces and 2 of their translation, more than 150; take a shorter text"):
        Alignment(["a"] * 151, ["b"] * 2, np.zeros((1, 2, 151)))


def test_the_mean_and_what_is_strongest() -> None:
    found = linked(SOURCE, TARGET, LINKS)
    np.testing.assert_allclose(found.mean(), sum(found.weights) / 3)  # type: ignore[arg-type]
    assert [best[0] for best in strongest(found.mean())] == LINKS
    assert [best[0] for best in strongest(found.weights[2])] == [2, 3, 0, 0]
    assert strongest(np.array([[0.01, 0.02, 0.03], [0.2, 0.5, 0.3]])) == [[2], [1, 2, 0]]


def test_it_can_be_json() -> None:
    found = linked(SOURCE, TARGET, LINKS, model="en-zh")
    told = json.loads(json.dumps(found.to_json()))
    assert (told["source"], told["target"], told["model"]) == (SOURCE, TARGET, "en-zh")
    np.testing.assert_array_equal(told["weights"], found.weights)


def grid(told: str, part: int = 1) -> list[list[str]]:
    """The blocks of each row."""
    rows = re.findall(f"(?:{'|'.join(BLOCKS)})+$", told.split("\n\n")[part], re.MULTILINE)
    return [re.findall("..", row) for row in rows]


def test_the_grid_has_blocks_where_the_weights_are() -> None:
    found = linked(SOURCE, TARGET, LINKS, model="en-zh")
    for head, weights in ((None, found.mean()), (0, found.weights[0]), (2, found.weights[2])):
        cells = grid(alignment_to_text(found, head))
        for row, values in zip(cells, weights, strict=True):
            for cell, weight in zip(row, values, strict=True):
                assert abs(BLOCKS.index(cell) / 5 - min(weight, 0.8)) <= 0.1 + 1e-9
    told = alignment_to_text(found)
    assert told.startswith("en-zh: what each piece of the translation looks at (mean of 3 heads)\n")
    assert "(head 3 of 3)" in alignment_to_text(found, 2)
    lines = told.split("\n\n")[1].splitlines()
    assert [line[10:] for line in lines[:3]] == ["t c s", "h a a", "e t t ."]
    assert f"  坐下了  sat {found.mean()[1, 2]:.2f}" in told
    assert re.search(r"\n  \(end\) +\. 0\.\d\d", told)
    with pytest.raises(ValueError, match="no head 3 of 3"):
        alignment_to_text(found, 3)


def test_chinese_names_stand_above_their_columns() -> None:
    lines = alignment_to_text(linked(TARGET[:3], SOURCE, [0, 0, 1, 2])).split("\n\n")[1].splitlines()
    assert [line.strip() for line in lines[:3]] == ["坐", "下", "猫了。"]
    ends = [columns(line) for line in lines[3:]]
    assert ends == [columns(lines[2])] * 4


def test_wide_grids_are_shown_in_parts() -> None:
    source = [f"w{number}" for number in range(100)]
    told = alignment_to_text(linked(source, TARGET, [3, 60, 99, 0]))
    parts = [grid(told, part) for part in (1, 2, 3)]
    assert [sum(len(part[row]) for part in parts) for row in range(4)] == [100] * 4
    assert max(map(columns, told.splitlines())) <= COLUMNS + 2


def test_controls_are_escaped() -> None:
    told = alignment_to_text(linked(["\x1b[2J", "a b"], ["x\n"], [0], model="m\n"))
    assert "\x1b" not in told
    assert "x↵" in told
    assert told.startswith("m\\n: ")


def test_the_page_gets_weights_in_their_order(tmp_path: Path) -> None:
    found = linked(SOURCE, TARGET, LINKS, model="en-zh")
    data = page_data(found)
    assert data["weights"].dtype == np.float32
    np.testing.assert_allclose(data["weights"].reshape(data["heads"], 4, 4), found.weights, rtol=1e-6)
    write_alignment_page(found, tmp_path / "a.html")
    assert "<title>What a translation looks at: model en-zh</title>" in (tmp_path / "a.html").read_text("utf-8")
    write_alignment_page(linked(SOURCE, TARGET, LINKS), tmp_path / "b.html", "zh")
    assert "<title>译文在看原文的哪里</title>" in (tmp_path / "b.html").read_text("utf-8")
