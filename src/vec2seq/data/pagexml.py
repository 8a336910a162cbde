"""Pages whose lines are marked: PAGE-XML (Pletschacher and Antonacopoulos 2010) and ALTO (Library of Congress).

Read are the name of the picture, and of each line its outline and its text. Read by the standard library, which opens
nothing that an entity names; files that declare entities are refused, so that none can grow.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vec2seq.errors import UserError

Outline = list[tuple[int, int]]
"""points (x, y) in pixels"""
LARGEST = 64 << 20
"""bytes"""
_FEWEST_POINTS = 3


class MarkedLine(NamedTuple):
    """A line of a page."""

    name: str
    """its id, or its number"""
    text: str | None
    """None: nobody says what stands there"""
    outline: Outline


class Page(NamedTuple):
    """What a file says of a picture."""

    picture: str
    """its name, maybe with folders of another computer"""
    lines: list[MarkedLine]


def read_page(path: Path) -> Page:
    """A file of PAGE-XML or ALTO; UserError if it is none."""
    if path.stat().st_size > LARGEST:
        raise UserError(f"{path}: more than {LARGEST >> 20} MB; is this a page?")
    data = path.read_bytes()
    if b"<!ENTITY" in data:
        raise UserError(f"{path}: declares entities, which no page needs", "save it without a document type")
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise UserError(f"{path}: not XML ({error})") from None
    kind = _name(root)
    if kind not in ("PcGts", "alto"):
        raise UserError(f"{path}: neither PAGE-XML nor ALTO, but <{kind[:100]}>")
    try:
        return _page(root) if kind == "PcGts" else _alto(root)
    except (ValueError, KeyError) as error:
        raise UserError(f"{path}: a line is not as it should be ({error})") from None


def _page(root: ET.Element) -> Page:
    page = next(_all(root, "Page"), None)
    if page is None:
        raise ValueError("there is no Page")
    lines = []
    for number, line in enumerate(_all(page, "TextLine"), 1):
        outline = _points(next(_children(line, "Coords")).get("points", "")) if _has(line, "Coords") else []
        texts = sorted(_children(line, "TextEquiv"), key=lambda text: int(text.get("index", 0)))
        unicode_ = [found.text or "" for text in texts[:1] for found in _children(text, "Unicode")]
        if len(outline) >= _FEWEST_POINTS:
            lines.append(MarkedLine(line.get("id", str(number)), unicode_[0] if unicode_ else None, outline))
    return Page(page.get("imageFilename", ""), lines)


def _alto(root: ET.Element) -> Page:
    unit = next((found.text for found in _all(root, "MeasurementUnit")), "pixel")
    if unit != "pixel":
        raise ValueError(f"its unit is {unit}, not pixel")
    lines = []
    for number, line in enumerate(_all(root, "TextLine"), 1):
        words: list[str] = []
        for part in line:
            if _name(part) == "String":
                words.append(part.get("CONTENT", ""))
            elif _name(part) == "SP":
                words.append(" ")
            elif _name(part) == "HYP":
                words.append(part.get("CONTENT", "-"))
        polygons = [found.get("POINTS", "") for shape in _children(line, "Shape") for found in _all(shape, "Polygon")]
        outline = _points(polygons[0]) if polygons else []
        if len(outline) < _FEWEST_POINTS:
            left, top = (round(float(line.attrib[name])) for name in ("HPOS", "VPOS"))
            right, bottom = left + round(float(line.attrib["WIDTH"])), top + round(float(line.attrib["HEIGHT"]))
            outline = [(left, top), (right, top), (right, bottom), (left, bottom)]
        spaced = words if " " in words else " ".join(words)
        lines.append(MarkedLine(line.get("ID", str(number)), "".join(spaced) if words else None, outline))
    return Page(next((found.text or "" for found in _all(root, "fileName")), ""), lines)


def _points(text: str) -> Outline:
    """ "1,2 3,4" of PAGE, "1,2 3,4" or "1 2 3 4" of ALTO."""
    numbers = [round(float(number)) for number in re.split(r"[\s,]+", text.strip()) if number]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _all(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (found for found in element.iter() if _name(found) == name)


def _children(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (found for found in element if _name(found) == name)


def _has(element: ET.Element, name: str) -> bool:
    return any(True for _ in _children(element, name))
