"""What was read on a page, as ALTO: read back it is the same; words stand where their characters do."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.altofile import NAMESPACE, write_alto
from vec2seq.data.pagexml import Outline, read_page

SPACE = {"alto": NAMESPACE}


def answer(text: str, outline: Outline, confidence: float = 0.9, name: str = "folder/page.png") -> dict[str, Any]:
    """As LineReader gives it: each character is 10 pixels wide."""
    x, y = zip(*outline, strict=True)
    characters = [
        {
            "char": character,
            "confidence": confidence,
            "x0": outline[0][0] + 10 * place,
            "x1": outline[0][0] + 10 * (place + 1),
        }
        for place, character in enumerate(text)
    ]
    return {
        **{"input": "folder/page.png: line 1", "output": text, "score": 0.5, "characters": characters},
        **{"page": {"name": name, "width": 900, "height": 1200}, "box": [min(x), min(y), max(x), max(y)]},
        "outline": [list(point) for point in outline],
    }


def stripe(left: int, top: int, width: int, height: int, fall: int = 0) -> Outline:
    right = left + width
    return [(left, top), (right, top + fall), (right, top + fall + height), (left, top + height)]


def written(path: Path, answers: list[dict[str, Any]]) -> ET.Element:
    write_alto(path, json.loads(json.dumps(answers)))
    return ET.parse(path).getroot()


def test_words_and_places(tmp_path: Path) -> None:
    lines = [answer("two words", stripe(50, 100, 400, 30)), answer("<&>\"'", stripe(60, 150, 400, 30))]
    root = written(tmp_path / "a.xml", lines)
    assert root.findtext(".//alto:fileName", namespaces=SPACE) == "page.png"
    assert root.find(".//alto:Page", SPACE).attrib["WIDTH"] == "900"  # type: ignore[union-attr]
    block = root.find(".//alto:TextBlock", SPACE)
    assert block is not None
    assert [block.get(side) for side in ("HPOS", "VPOS", "WIDTH", "HEIGHT")] == ["50", "100", "410", "80"]
    first, second, third = root.findall(".//alto:String", SPACE)
    assert [word.get("CONTENT") for word in (first, second, third)] == ["two", "words", "<&>\"'"]
    places = [[int(word.get(side, -1)) for side in ("HPOS", "VPOS", "WIDTH", "HEIGHT")] for word in (first, second)]
    assert places == [[50, 100, 30, 30], [90, 100, 50, 30]]
    assert float(first.get("WC", 0)) == pytest.approx(0.9**3, abs=1e-4)
    ids = [element.get("ID") for element in root.iter() if "ID" in element.attrib]
    assert len(set(ids)) == len(ids)


def test_slanted_lines(tmp_path: Path) -> None:
    outline = stripe(100, 200, 400, 30, fall=-20)
    root = written(tmp_path / "a.xml", [answer("a" * 19 + " " + "b" * 20, outline)])
    first, second = root.findall(".//alto:String", SPACE)
    assert [first.get("VPOS"), second.get("VPOS")] == ["195", "185"]
    assert read_page(tmp_path / "a.xml").lines[0].outline == outline
    line = root.find(".//alto:TextLine", SPACE)
    assert line is not None
    assert line[0].tag.endswith("Shape")  # before the words, as the schema has it


def test_nothing_was_read(tmp_path: Path) -> None:
    written(tmp_path / "a.xml", [answer("", stripe(1, 2, 30, 40)), answer("x", stripe(1, 50, 30, 40))])
    assert [line.text for line in read_page(tmp_path / "a.xml").lines] == ["", "x"]


LINES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=30),
        st.builds(
            stripe,
            st.integers(0, 500),
            st.integers(0, 800),
            st.integers(2, 800),
            st.integers(2, 99),
            st.integers(-30, 30),
        ),
    ),
    min_size=1,
    max_size=5,
)


@given(LINES)
def test_read_back_it_is_the_same(tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, Outline]]) -> None:
    path = tmp_path_factory.getbasetemp() / "page.xml"
    write_alto(path, [answer(text, outline) for text, outline in lines])
    page = read_page(path)
    assert page.picture == "page.png"
    assert [(line.text, line.outline) for line in page.lines] == lines


def test_what_xml_cannot_hold(tmp_path: Path) -> None:
    written(tmp_path / "a.xml", [answer("a\0b\ufffe", stripe(1, 2, 30, 40), name="p\x01.png")])
    page = read_page(tmp_path / "a.xml")
    assert page.picture == "p\ufffd.png"
    assert page.lines[0].text == "a\ufffdb\ufffd"
