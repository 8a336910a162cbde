"""Pictures with their texts: folders, tables and pages give the same; what is missing is told."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vec2seq.data.files import ReadSettings
from vec2seq.data.pairs import Columns
from vec2seq.data.transcribed import Sheet, cut, normal_form, pictures_of, sheets_of_files, sheets_of_lists
from vec2seq.errors import UserError

HOW = ReadSettings()
TEXTS = {"a": "first", "b": "二行", "c": "third, with , and \t"}


def read(*paths: Path, columns: Columns | None = None) -> list[Sheet]:
    return list(sheets_of_files(paths, HOW, columns or Columns(), lambda told: None))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TEXTS.items():
        Image.new("L", (9, 9)).save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.gt.txt").write_text(text + "\n", encoding="utf-8")
    return tmp_path


def told(sheets: list[Sheet]) -> list[tuple[str, str]]:
    return [(Path(sheet.picture).name, (line.text or "").strip()) for sheet in sheets for line in sheet.lines]


def test_folders(folder: Path) -> None:
    Image.new("L", (9, 9)).save(folder / "without.png")
    assert told(read(folder)) == [(f"{name}.png", text.strip()) for name, text in TEXTS.items()]
    assert told(read(folder / "b.png")) == [("b.png", "二行")]
    with pytest.raises(UserError, match=r"without.png: no text beside it; write it into without.gt.txt"):
        read(folder / "without.png")


def test_other_names(folder: Path) -> None:
    (folder / "a.png").rename(folder / "a.bin.png")
    assert told(read(folder))[0] == ("a.bin.png", "first")


@pytest.mark.parametrize("kind", ["tsv", "csv", "jsonl", "named.csv"])
@pytest.mark.parametrize("inside", ["", "img"])
def test_tables(folder: Path, kind: str, inside: str) -> None:
    table = folder / f"lines.{kind}"
    if inside:
        (folder / inside).mkdir()
        for name in TEXTS:
            (folder / f"{name}.png").rename(folder / inside / f"{name}.png")
    rows = [(f"{name}.png", text) for name, text in list(TEXTS.items())[:2]]
    lines = {
        "tsv": ["\t".join(row) for row in rows],
        "csv": [",".join(row) for row in rows],
        "named.csv": ["Text,note,image", *(f"{text},x,{name}" for name, text in rows)],
        "jsonl": [json.dumps({"file": name, "text": text}) for name, text in rows],
    }[kind]
    table.write_text("\n".join(lines), encoding="utf-8")
    assert told(read(table)) == rows


def test_columns_as_the_user_says(folder: Path) -> None:
    (folder / "t.tsv").write_text("1\tfirst\ta.png\n", encoding="utf-8")
    assert told(read(folder / "t.tsv", columns=Columns("3", "2"))) == [("a.png", "first")]


def test_pages(folder: Path) -> None:
    for where, name in (("/other/computer/a.png", "p"), ("gone.png", "b")):
        line = '<TextLine id="l"><Coords points="1,1 5,1 5,6"/></TextLine>'
        text = f'<PcGts><Page imageFilename="{where}">{line}</Page></PcGts>'
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    pages = read(folder / "p.xml", folder / "b.xml")
    assert [Path(page.picture).name for page in pages] == ["a.png", "b.png"]
    assert pages[0].lines[0].outline == [(1, 1), (5, 1), (5, 6)]
    assert pages[0].lines[0].place.endswith("p.xml: line l")
    (folder / "b.png").unlink()
    with pytest.raises(UserError, match=r"b.xml: its picture 'gone.png' does not lie beside it"):
        read(folder / "b.xml")


def test_what_is_missing(folder: Path) -> None:
    (folder / "t.tsv").write_text("a.png\tx\nnone.png\ty\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"t.tsv:2: no picture 'none.png' beside the table or in its folder img"):
        read(folder / "t.tsv")
    with pytest.raises(UserError, match="no such file"):
        read(folder / "nothing")
    (folder / "e").mkdir()
    with pytest.raises(UserError, match="no picture with a text in this folder"):
        read(folder / "e")
    (folder / "x.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UserError, match="neither a picture, nor a table"):
        read(folder / "x.txt")


def test_pictures_alone(folder: Path) -> None:
    assert [path.name for path in pictures_of([folder, folder / "a.png"])] == ["a.png", "b.png", "c.png"]
    (folder / "e").mkdir()
    with pytest.raises(UserError, match="no picture in this folder"):
        pictures_of([folder / "e"])


def test_lists() -> None:
    pictures = [np.zeros((3, 3), np.uint8)] * 2
    assert [line.text for sheet in sheets_of_lists(pictures, ["a", "b"]) for line in sheet.lines] == ["a", "b"]
    for texts in (None, ["a"], "ab", ["a", 1]):
        with pytest.raises(UserError, match="text"):
            sheets_of_lists(pictures, texts)  # type: ignore[arg-type]


def test_what_is_outside_of_a_line_is_paper() -> None:
    page = np.full((40, 60), 240, np.uint8)
    page[10:20, 5:50] = 10
    page[12:14, 45:48] = 99
    found = cut(page, [(5, 10), (30, 10), (30, 19), (5, 19)], "here")
    assert found.shape == (10, 26)
    assert (found == 10).all()
    slanted = cut(page, [(0, 0), (59, 20), (59, 39), (0, 39)], "here")
    assert slanted.shape == (40, 60)
    assert slanted[0, 59] == np.median(page)
    with pytest.raises(UserError, match="here: the line lies outside of its picture of 60 by 40"):
        cut(page, [(100, 10), (130, 10), (130, 19)], "here")


def test_forms() -> None:
    assert normal_form(" u\u0308  x\n", "NFC") == "\u00fc x"
    assert normal_form("\u00fc", "NFD") == "u\u0308"
    assert normal_form("\ufb01", "NFKC") == "fi"
    assert normal_form("u\u0308", "none") == "u\u0308"
