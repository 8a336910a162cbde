"""What the page of a text as a model foresees it gets."""

from pathlib import Path

import pytest

from explain.foreseen import made
from vec2seq.errors import UserError
from vec2seq.explain.alternatives import FACTORS, LEVELS
from vec2seq.explain.alternatives_page import page_data, write_alternatives_page


def test_the_page_has_what_json_has_and_the_limits_of_marks() -> None:
    found = made("the quick brown fox jumps over it")
    data, plain = page_data(found), found.to_json()
    assert (data["levels"], data["factors"]) == (LEVELS, FACTORS)
    assert data["surprising"][:10] == plain["surprising"]
    assert len(data["surprising"]) == 20
    assert {name: data[name] for name in plain.keys() - {"surprising"}} == {
        name: plain[name] for name in plain.keys() - {"surprising"}
    }


def test_a_page_is_an_html_file_with_the_model_in_its_title(tmp_path: Path) -> None:
    write_alternatives_page(made("a fox"), tmp_path / "a.html")
    assert "<title>How a text is foreseen: model poems</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")
    write_alternatives_page(made("a fox"), tmp_path / "b.html", "zh")
    assert "<title>模型如何预测一段文本：模型 poems</title>" in (tmp_path / "b.html").read_text(encoding="utf-8")
    with pytest.raises(UserError, match="name the file so"):
        write_alternatives_page(made("a fox"), tmp_path / "a.txt")
