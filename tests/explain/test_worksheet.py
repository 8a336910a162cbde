"""Worksheets: the blanks of one are the answers of the other, and nothing of the answers stands in the blanks."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from explain.traced import TARGETS, trained
from vec2seq import UserError
from vec2seq.explain.backprop import trace
from vec2seq.explain.mlptrace import Trace
from vec2seq.explain.worksheet import write_worksheet


def written(found: Trace, path: Path, answers: bool, language: str = "en") -> str:
    write_worksheet(found, path, answers, language)  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("target", TARGETS)
def test_blanks_filled_in_are_the_answers(tmp_path: Path, target: str, language: str) -> None:
    model, X, y = trained(target)
    found = trace(model, X[:2], y[:2])
    blank, full = (written(found, tmp_path / "a.md", answers, language).splitlines()[1:] for answers in (False, True))
    asked = 0
    for empty, line in zip(blank, full, strict=True):
        pattern = re.escape(empty).replace("________", "(−?[0-9].*)").replace("______", "(−?[0-9][^|]*)")
        match = re.fullmatch(pattern, line)
        assert match is not None, (empty, line)
        asked += len(match.groups())
    arrays = ("sums", "values", "slopes", "arriving", "leaving", "gradient", "update")
    assert asked == 2 + sum(getattr(layer, name).size for layer in found.layers for name in arrays)


def numbers_below(text: str, name: str) -> list[float]:
    """The numbers of the Markdown table of this name."""
    lines = text.split(f"**{name}**")[1].split("\n\n")[1].splitlines()[2:]
    return [float(cell.replace("−", "-")) for line in lines for cell in line.replace("\\|", "").split("|")[2:-1]]


def test_the_numbers_are_those_of_the_trace(tmp_path: Path) -> None:
    model, X, y = trained("three")
    found = trace(model, X[:2], y[:2])
    text = written(found, tmp_path / "a.md", answers=True)
    for name, array in {
        "The inputs": found.layers[0].incoming, "The target": found.target, "Sums of layer 2": found.layers[1].sums,
        "Weights into layer 1 (tanh)": found.layers[0].weights, "Values of layer 3": found.layers[2].values,
        "Gradient that arrives at layer 1": found.layers[0].arriving, "W3 changes by": found.layers[2].update,
        "Gradient of the weights into layer 2": found.layers[1].gradient,
    }.items():  # fmt: skip
        np.testing.assert_allclose(numbers_below(text, name), array.ravel(), rtol=1e-3, err_msg=name)
    assert f"= {found.loss:.4g}" in text
    assert f"= {found.loss_after:.4g}" in text


class Cells(HTMLParser):
    """The tags of a page, and the texts of its cells."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self.found and self.lasttag in ("td", "th"):
            self.found[-1] += data.strip()


def test_html_has_the_same_and_names_are_no_html(tmp_path: Path) -> None:
    model, X, y = trained("three")
    found = trace(model, X[:2], y[:2])
    blank, full = (Cells(written(found, tmp_path / "a.html", answers)) for answers in (False, True))
    assert len(blank.found) == len(full.found)
    assert "<b>tea" in full.found
    assert "b" not in full.tags
    different = [after for before, after in zip(blank.found, full.found, strict=True) if before != after]
    arrays = ("sums", "values", "slopes", "arriving", "leaving", "gradient", "update")
    assert len(different) == sum(getattr(layer, name).size for layer in found.layers for name in arrays)
    assert not re.findall(r"\bsrc=|https?:|<script", (tmp_path / "a.html").read_text(encoding="utf-8"))


def test_what_makes_no_worksheet_is_said(tmp_path: Path) -> None:
    model, X, y = trained("three")
    with pytest.raises(UserError, match=r"a\.pdf: a worksheet is \.md or \.html"):
        write_worksheet(trace(model, X[:1], y[:1]), tmp_path / "a.pdf", answers=True)
    with pytest.raises(UserError, match="4 units in a layer and 9 rows: too much"):
        write_worksheet(trace(model, X[:9], y[:9]), tmp_path / "a.md", answers=True)
    model, X, y = trained("three", hidden_layer_sizes=(13,))
    with pytest.raises(UserError, match="13 units in a layer and 1 row: too much"):
        write_worksheet(trace(model, X[:1], y[:1]), tmp_path / "a.md", answers=True)
    assert not list(tmp_path.iterdir())
