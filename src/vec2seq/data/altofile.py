"""What was read on a page as a file of ALTO 4 (Library of Congress): its lines, their words, where these are, and how
sure they are. ``pagexml`` reads it again.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from vec2seq import __version__
from vec2seq.disk import replacing

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, even escaped."""


def write_alto(path: Path, answers: Sequence[dict[str, Any]]) -> None:
    """The lines of one page, as ``LineReader.answers`` gives them with ``pages``, in a new file."""
    page = answers[0]["page"]
    root = ET.Element("alto", {"xmlns": NAMESPACE})
    description = ET.SubElement(root, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "pixel"
    source = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(source, "fileName").text = _shown(Path(page["name"]).name)
    software = ET.SubElement(ET.SubElement(description, "Processing", {"ID": "reading"}), "processingSoftware")
    ET.SubElement(software, "softwareName").text = "vec2seq"
    ET.SubElement(software, "softwareVersion").text = __version__
    size = {"WIDTH": str(page["width"]), "HEIGHT": str(page["height"])}
    whole = ET.SubElement(ET.SubElement(root, "Layout"), "Page", {"ID": "page", "PHYSICAL_IMG_NR": "1", **size})
    room = ET.SubElement(whole, "PrintSpace", {"HPOS": "0", "VPOS": "0", **size})
    boxes = [answer["box"] for answer in answers]
    edges = [min(box[side] for box in boxes) for side in (0, 1)] + [max(box[side] for box in boxes) for side in (2, 3)]
    block = ET.SubElement(room, "TextBlock", {"ID": "text", **_place(*edges)})
    for number, answer in enumerate(answers, 1):
        _add_line(block, f"line_{number}", answer)
    ET.indent(root)
    with replacing(path) as file:
        ET.ElementTree(root).write(file, "utf-8", xml_declaration=True)


def _add_line(block: ET.Element, name: str, answer: dict[str, Any]) -> None:
    line = ET.SubElement(block, "TextLine", {"ID": name, **_place(*answer["box"])})
    (x0, top0), (x1, top1), _, (_, bottom0) = answer["outline"]
    if top0 != top1:  # slanted: its box does not tell where it is
        points = " ".join(f"{x},{y}" for x, y in answer["outline"])
        ET.SubElement(ET.SubElement(line, "Shape"), "Polygon", {"POINTS": points})
    for number, word in enumerate(_words(answer["characters"]), 1):
        left, right = word[0]["x0"], max(word[-1]["x1"], word[0]["x0"])
        rise = round((top1 - top0) * ((left + right) / 2 - x0) / max(x1 - x0, 1))
        place = _place(left, top0 + rise, right, bottom0 + rise)
        text = "".join(character["char"] for character in word)
        if text.isspace():
            ET.SubElement(line, "SP", {side: place[side] for side in ("HPOS", "VPOS", "WIDTH")})
            continue
        sure = 1.0
        for character in word:
            sure *= character["confidence"]
        ET.SubElement(line, "String", {"ID": f"{name}_{number}", "CONTENT": _shown(text), **place, "WC": f"{sure:.4f}"})
    if not answer["characters"]:
        ET.SubElement(line, "String", {"ID": f"{name}_1", "CONTENT": "", **_place(*answer["box"]), "WC": "0"})


def _words(characters: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Runs of characters without a space, and each space by itself."""
    for is_space, run in groupby(characters, lambda character: character["char"] == " "):
        found = list(run)
        yield from ([space] for space in found) if is_space else [found]


def _place(left: int, top: int, right: int, bottom: int) -> dict[str, str]:
    return {"HPOS": str(left), "VPOS": str(top), "WIDTH": str(right - left), "HEIGHT": str(bottom - top)}


def _shown(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
