"""The page of an evaluation sheet in a browser."""

import re
from pathlib import Path

import numpy as np
import pytest

from conftest import Open
from evaluation.making import family, random_vectors, trusted_family
from vec2seq.evaluation.evaluate import judge
from vec2seq.evaluation.items import Items, as_items
from vec2seq.evaluation.sheet import write_sheet
from vec2seq.vectors.store import Vectors

PLAN = {"man": (1, 0, 0), "king": (1, 1, 0), "woman": (1, 0, 2), "queen": (1, 1, 2), "<b>x</b>": (3, 0, 1)}
ANALOGIES = ": first <i>\nman king woman queen\n: 第二\nking man queen woman\nking man queen <b>x</b>\n"
WEAT = """{"name": "t", "targets": {"a": ["man", "king"], "b": ["woman", "queen"]},
 "attributes": {"c": ["man", "woman"], "d": ["king", "queen"]}}"""
PAIRS = "man\tking\t1\nwoman\tqueen\t2\nman\twoman\t3\nking\tqueen\t4\nking\twoman\t1\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    one = Vectors(list(PLAN), np.array(list(PLAN.values()), np.float32))
    other = Vectors(["man", "king", "woman", "queen"], np.random.default_rng(1).random((4, 5), np.float32))
    items: list[tuple[str, Items]] = [
        (name, as_items(text, Path(name)))
        for name, text in {"questions.txt": ANALOGIES, "weat.json": WEAT, "pairs.tsv": PAIRS}.items()
    ]
    write_sheet({"one": one, "<u>other</u>": other}, items, tmp_path / "sheet.html", "two <models>", "en")
    return tmp_path / "sheet.html"


def test_shows_scores_intervals_and_differences(sheet: Path, open_page: Open) -> None:
    page = open_page(sheet)
    assert page.locator("h1").inner_text() == "two <models>"
    card = page.locator(".card", has_text="questions.txt")
    rows = card.locator(".wide").first.locator("tbody tr")
    assert rows.count() == 6
    cells = rows.nth(0).locator("td").all_inner_texts()
    assert cells[0].strip() == "one"
    assert cells[2:6] == ["0.667", "0.208 to 0.939", "3", "100 %"]
    assert rows.nth(1).locator("td").first.inner_text().strip() == "<u>other</u>"
    assert rows.nth(1).locator("td").nth(5).inner_text() == "67 %"
    left, whisker = (rows.nth(0).locator(f"svg .{name}").bounding_box() for name in ("point", "whisker"))
    assert left is not None
    assert whisker is not None
    assert whisker["x"] < left["x"] < whisker["x"] + whisker["width"]
    assert re.findall(r"p = [01]\.\d{3}", page.locator(".card", has_text="weat.json").inner_text())


def test_relations_open(sheet: Path, open_page: Open) -> None:
    details = open_page(sheet).locator("details")
    assert not details.locator("table").is_visible()
    details.locator("summary").click()
    assert details.locator("tbody th").all_inner_texts() == ["first <i>", "第二"]


def test_rules_change(tmp_path: Path, open_page: Open) -> None:
    vectors, generator = random_vectors(8), np.random.default_rng(2)
    questions = "\n".join(" ".join(f"w{i}" for i in generator.permutation(8)[:4]) for _ in range(400))
    items = as_items(f": a\n{questions}\n: b\n{questions}", Path("q"))
    write_sheet({"one": vectors}, [("q", items)], tmp_path / "sheet.html", "q")
    page = open_page(tmp_path / "sheet.html")
    page.locator("summary").click()
    scores = {measure.metric: measure.score().score for measure in judge(vectors, items, "q")}
    assert len(set(scores.values())) == 3
    for name in ("PairDirection", "3CosMul", "3CosAdd"):
        button = page.get_by_role("button", name=name)
        button.click()
        shown = page.locator("details tbody tr").last.locator("td").nth(1).inner_text()
        assert shown == f"{scores[name.lower()]:.3f}"
        assert page.locator("button[aria-pressed=true]").all_inner_texts() == [name]


def test_example_is_drawn(sheet: Path, open_page: Open) -> None:
    page = open_page(sheet)
    card = page.locator(".card", has_text="king − man + woman = ?")
    assert card.locator("svg.plane").count() == 2
    assert card.locator("svg.plane").first.locator("text").all_text_contents()[:4] == ["man", "king", "woman", "queen"]
    assert card.locator(".answer").first.inner_text() == "queen"
    for text in card.locator("svg.plane text").all():
        box, frame = text.bounding_box(), text.locator("xpath=..").bounding_box()
        assert box is not None
        assert frame is not None
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_marks_neighbors_that_are_not_stable(tmp_path: Path, open_page: Open) -> None:
    write_sheet({"one": trusted_family(), "two": family()}, [], tmp_path / "sheet.html", "sheet")
    card = open_page(tmp_path / "sheet.html").locator(".card", has_text="Can the neighbors be trusted?")
    assert "20 more trainings; of the 10 nearest neighbors 67 % are stable." in card.inner_text()
    assert card.locator(".shares li").all_inner_texts() == ["words 1 to 9 by frequency\n67 %"]
    king = card.locator(".lists > div", has=card.page.get_by_role("heading", name="king", exact=True))
    assert king.locator("li .quiet").all_inner_texts()[:4] == [
        "rank 1 to 1",
        "rank 2 to 18",
        "rank 3 to 21, unstable",
        "",
    ]
    assert king.locator("li.unstable").count() == 1
    assert "nothing is known of it" in card.locator(".beside > div").last.inner_text()


def test_speaks_both_languages_and_fits_a_phone(sheet: Path, open_page: Open) -> None:
    page = open_page(sheet, viewport={"width": 390, "height": 800})
    english = page.locator("main").inner_text()
    page.locator("#language").click()
    chinese = page.locator("main").inner_text()
    assert "95 % interval" in english
    assert "95 % 区间" in chinese
    assert english.count("queen") == chinese.count("queen")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
