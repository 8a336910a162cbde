"""Fonts that have the characters of a picture."""

from pathlib import Path

import pytest
from made_fonts import made_font, only_fonts

from vec2seq.vectors.fonts import find_fonts


def test_latin_needs_no_other_font() -> None:
    assert find_fonts(set("Words, naïve Ελλάδα")) == (["DejaVu Sans"], set())


def test_a_font_installed_after_matplotlib_made_its_list_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_fonts(monkeypatch)
    assert find_fonts(set("词map")) == (["DejaVu Sans"], {"词"})
    only_fonts(monkeypatch, made_font(tmp_path, "词语"))
    assert find_fonts(set("词map")) == (["DejaVu Sans", "Made Han"], set())


def test_characters_that_no_font_has_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_fonts(monkeypatch, made_font(tmp_path, "词语"))
    assert find_fonts({"a", "词", "谢", "\U000e0fff"}) == (["DejaVu Sans", "Made Han"], {"谢", "\U000e0fff"})


def test_a_file_that_is_no_font_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    only_fonts(monkeypatch, tmp_path / "broken.ttf", made_font(tmp_path, "词"))
    assert find_fonts({"词"}) == (["DejaVu Sans", "Made Han"], set())
