"""What the page of an explanation gets: its maps as flat arrays, the rest as JSON has it."""

from pathlib import Path

import numpy as np
import pytest

from explain.textviews import made, tagged
from vec2seq.errors import UserError
from vec2seq.explain.textview_page import page_data, write_textview_page


def test_maps_keep_their_values_and_their_order() -> None:
    found = made()
    data = page_data(found)
    attention = data["attention"]
    assert attention["weights"].dtype == np.uint16
    shape = (attention["layers"], attention["heads"], 19, 19)
    np.testing.assert_allclose(attention["weights"].reshape(shape) / attention["one"], found.attention, atol=1e-5)
    assert found.gates is not None
    gates = data["gates"][1]
    assert (gates["layer"], gates["direction"], gates["units"]) == (0, "backward", 12)
    np.testing.assert_allclose(gates["cell"].ravel()[3 * 12 + 5], found.gates[1].cell[3, 5], rtol=1e-6)
    plain = found.to_json()
    assert {name: data[name] for name in plain.keys() - {"attention", "gates"}} == {
        name: plain[name] for name in plain.keys() - {"attention", "gates"}
    }
    assert page_data(tagged())["attention"] is None


def test_a_page_is_an_html_file_with_the_model_in_its_title(tmp_path: Path) -> None:
    write_textview_page(made(), tmp_path / "a.html")
    assert "<title>Why this answer: model reviews</title>" in (tmp_path / "a.html").read_text(encoding="utf-8")
    write_textview_page(made(), tmp_path / "b.html", "zh")
    assert "<title>为什么这样回答：模型 reviews</title>" in (tmp_path / "b.html").read_text(encoding="utf-8")
    with pytest.raises(UserError, match=r"name the file so"):
        write_textview_page(made(), tmp_path / "a.txt")
