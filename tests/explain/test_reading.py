"""Readings: what fits together, and the same as JSON, in a terminal and for a page."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explain.readings import CONFUSIONS, HIGH, STEP, WIDE, planted
from vec2seq.explain.reading import FAINTEST, Saliency, cropped
from vec2seq.explain.reading_page import page_data, write_reading_page
from vec2seq.explain.reading_text import reading_to_text, sign_shown
from vec2seq.explain.textcells import COLUMNS
from vec2seq.run.progress import columns


def changed(at: int, **more: Any) -> Any:
    """A reading with a character that is otherwise."""
    found = planted("abc")
    characters = [replace(one, **more) if n == at else one for n, one in enumerate(found.characters)]
    return replace(found, characters=characters)


def test_parts_must_fit_together() -> None:
    found = planted("abc")
    for ink in (np.zeros((HIGH, 50)), np.zeros(50, np.uint8), np.zeros((0, 50), np.uint8)):
        with pytest.raises(ValueError, match="but a picture is uint8"):
            replace(found, ink=ink)
    for wrong in ({"best": ["a"]}, {"chances": found.chances[1:]}, {"chances": found.chances[:, None]}, {"step": 0}):
        with pytest.raises(ValueError, match="one of scores"):
            replace(found, **wrong)
    for number in (-0.1, 1.1, np.nan):
        for attempt in (
            lambda number: replace(found, score=number),
            lambda number: replace(found, chances=np.full(len(found.chances), number)),
            lambda number: changed(1, confidence=number),
            lambda number: changed(1, probability=number),
            lambda number: changed(1, alternatives=[("x", number)]),
        ):
            with pytest.raises(ValueError, match="probabilities below 0, above 1, or no numbers"):
                attempt(number)
    for first, end in ((-1, 4), (20, 20), (5, 14), (45, 51)):
        with pytest.raises(ValueError, match=f"'b' from column {first} to {end}, after 12, of 50"):
            changed(1, first=first, end=end)
    flat = np.zeros((HIGH, 4), np.float32)
    for saliency in (Saliency(47, flat), Saliency(-1, flat), Saliency(0, flat[1:]), Saliency(0, flat[:, :0])):
        with pytest.raises(ValueError, match="but the picture is"):
            changed(2, saliency=saliency)
    with pytest.raises(ValueError, match="saliency of 'c' below 0, above 1, or no numbers"):
        changed(2, saliency=Saliency(0, flat + 2))


def test_saliency_is_cropped() -> None:
    values = np.zeros((3, 20))
    values[:, 7:11] = [[1, 2, 4, 0.1], [0, 8, 2, 0.1], [0.5, 0, 0, 0.05]]
    left, kept = cropped(values)
    assert (left, kept.max()) == (7, 1)
    assert kept.shape == (3, 3), f"0.1 of 8 is less than {FAINTEST}"
    np.testing.assert_allclose(kept, values[:, 7:10] / 8)
    assert cropped(np.zeros((3, 20))).values.shape == (3, 1)


def test_it_can_be_json() -> None:
    found = planted("a b")
    told = json.loads(json.dumps(found.to_json()))
    assert (told["text"], told["model"], told["picture"], told["score"]) == ("a b", "reader", "lines/a.png", 0.25)
    assert told["confusions"] == CONFUSIONS
    np.testing.assert_array_equal(told["ink"], found.ink)
    assert [one["char"] for one in told["columns"] if one["char"]] == ["a", " ", "b"]
    assert len(told["columns"]) == len(found.chances)
    for at, one in enumerate(told["characters"]):
        assert (one["first"], one["end"]) == (WIDE * at + 2 * STEP, WIDE * at + 3 * STEP)
        assert len(one["alternatives"]) == at
        assert np.shape(one["saliency"]["values"])[0] == HIGH
        assert one["saliency"]["left"] >= WIDE * at
    assert told["characters"][2]["alternatives"] == [
        {"char": "n", "probability": 0.2},
        {"char": "\u0301", "probability": 0.1},
    ]
    assert "saliency" not in planted("a", pixels=False).to_json()["characters"][0]


def test_a_table_in_the_terminal() -> None:
    told = reading_to_text(planted("字 m"))
    assert told.startswith('reader: "字 m" is read on lines/a.png (all of it right with a probability of 0.25)\n')
    rows = [line.split() for line in told.splitlines()[2:7]]
    assert rows[2] == ["字", "0.99", "8-12", "0.60"]
    assert rows[3] == ["␣", "0.80", "24-28", "0.60", "n", "0.2"]
    assert rows[4] == ["m", "0.30", "40-44", "0.60", "n", "0.2", "◌\u0301", "0.1"]
    ends = [columns(line[: line.index("0.60")]) for line in told.splitlines()[4:7]]
    assert len(set(ends)) == 1, "numbers stand below each other"
    assert told.endswith("most confused on lines kept out: m as n (12 times), ␣ as nothing (3 times)")
    assert max(map(columns, reading_to_text(planted("ab" * 40)).splitlines()[3:])) <= COLUMNS


def test_nothing_read_and_controls() -> None:
    found = planted("", confusions=[], picture="x\x1b[2J.png", model="m\n")
    assert reading_to_text(found) == "m\\n: nothing is read on x\\x1b[2J.png (right with a probability of 0.25)"
    told = reading_to_text(planted("\x1b\u202e", confusions=[], model=None, picture=""))
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert told.startswith('"\\x1b\\u202e" is read (all')
    assert sign_shown("\u0301") == "◌\u0301"


def test_the_page_gets_bytes(tmp_path: Path) -> None:
    found = planted("abc")
    data = page_data(found)
    np.testing.assert_array_equal(data["ink"].reshape(data["height"], data["width"]), found.ink)
    for told, one in zip(data["characters"], found.characters, strict=True):
        assert one.saliency is not None
        values = told["saliency"]["values"]
        assert values.dtype == np.uint8
        assert values.max() == 255
        np.testing.assert_allclose(values / 255, one.saliency.values, atol=0.002)
    write_reading_page(found, tmp_path / "a.html")
    assert "<title>What is read, and where: a.png, model reader</title>" in (tmp_path / "a.html").read_text("utf-8")
    write_reading_page(planted("", model=None), tmp_path / "b.html", "zh")
    assert "<title>读出了什么，在哪里读出的</title>" in (tmp_path / "b.html").read_text("utf-8")
