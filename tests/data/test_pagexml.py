"""PAGE-XML and ALTO: outlines and texts of lines, whatever version; what is no page is refused."""

from pathlib import Path

import pytest

from vec2seq.data.pagexml import Page, read_page
from vec2seq.errors import UserError

PAGE = """<?xml version="1.0"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"><Page imageFilename="scans/a.png">
<TextRegion id="r"><Coords points="0,0 9,9 1,1"/>
<TextLine id="l1"><Coords points="1,2 30,2 30,12 1,12"/>
<Word id="w"><Coords points="1,2 3,4 5,6"/><TextEquiv><Unicode>word</Unicode></TextEquiv></Word>
<TextEquiv index="1"><Unicode>second</Unicode></TextEquiv>
<TextEquiv index="0"><Unicode>first &#252;</Unicode></TextEquiv>
</TextLine>
<TextLine id="l2"><Coords points="1,20 30,20 30,32"/></TextLine>
<TextLine id="no outline"><TextEquiv><Unicode>lost</Unicode></TextEquiv></TextLine>
</TextRegion></Page></PcGts>"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description><MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>b.tif</fileName></sourceImageInformation></Description>
<Layout><Page><PrintSpace><TextBlock>
<TextLine ID="x" HPOS="5" VPOS="6" WIDTH="20" HEIGHT="10"><String CONTENT="two"/><SP/><String CONTENT="words"/>
<HYP CONTENT="-"/></TextLine>
<TextLine HPOS="5.4" VPOS="26" WIDTH="20" HEIGHT="10"><Shape><Polygon POINTS="1 2 3 4 5 6"/></Shape>
<String CONTENT="no"/><String CONTENT="spaces"/></TextLine>
<TextLine HPOS="5" VPOS="6" WIDTH="20" HEIGHT="10"/>
</TextBlock></PrintSpace></Page></Layout></alto>"""


def read(tmp_path: Path, text: str) -> Page:
    path = tmp_path / "page.xml"
    path.write_text(text, encoding="utf-8")
    return read_page(path)


def test_page(tmp_path: Path) -> None:
    page = read(tmp_path, PAGE)
    assert page.picture == "scans/a.png"
    assert [(line.name, line.text) for line in page.lines] == [("l1", "first ü"), ("l2", None)]
    assert page.lines[0].outline == [(1, 2), (30, 2), (30, 12), (1, 12)]


def test_alto(tmp_path: Path) -> None:
    page = read(tmp_path, ALTO)
    assert page.picture == "b.tif"
    assert [(line.name, line.text) for line in page.lines] == [("x", "two words-"), ("2", "no spaces"), ("3", None)]
    assert page.lines[0].outline == [(5, 6), (25, 6), (25, 16), (5, 16)]
    assert page.lines[1].outline == [(1, 2), (3, 4), (5, 6)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no xml", "not XML"),
        ("<html/>", "neither PAGE-XML nor ALTO, but <html>"),
        ("<PcGts/>", "there is no Page"),
        (PAGE.replace("1,2 30,2", "1,2 30"), "a line is not as it should be"),
        (PAGE.replace("1,2 30,2", "x,2 30,2"), "a line is not as it should be"),
        (ALTO.replace(">pixel<", ">mm10<"), "its unit is mm10, not pixel"),
        (ALTO.replace('HPOS="5" VPOS="6"', 'HPOS="5"'), "a line is not as it should be"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><PcGts/>', "declares entities"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><PcGts>&b;</PcGts>', "declares entities"),
    ],
)
def test_what_is_no_page_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UserError, match=f"page.xml: .*{told}"):
        read(tmp_path, text)
