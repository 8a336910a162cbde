"""What messages are made of."""

import copy
import re
from pathlib import Path

import pytest

import vec2seq
from vec2seq import Word2Vec
from vec2seq.cli import main, option
from vec2seq.errors import UserError, counted


def test_one_thing_is_no_plural() -> None:
    assert [counted(number, "word") for number in (0, 1, 2, 1000)] == ["0 words", "1 word", "2 words", "1,000 words"]


def test_settings_are_called_what_their_reader_calls_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.txt").write_text("a b a b")
    with pytest.raises(UserError) as raised:
        Word2Vec(min_count=9).fit(tmp_path / "text.txt")
    assert str(raised.value).endswith("; use a smaller min_count or more text")
    assert main(["train", "word2vec", str(tmp_path / "text.txt"), "--out", str(tmp_path / "m"), "--min-count=9"]) == 2
    assert capsys.readouterr().err.endswith("; use a smaller --min-count or more text\n")


def test_options_are_named_by_the_command_line_only() -> None:
    folder = Path(vec2seq.__file__).parent
    for path in folder.rglob("*.py"):
        if path.parent.name != "cli":
            assert not re.search(r'".*--[a-z].*"', path.read_text(encoding="utf-8")), path


def test_words_of_the_user_stay_as_they_are() -> None:
    error = UserError("'{min_count}' min_count --min-count {", "use {lr_end}")
    assert str(error) == "'{min_count}' min_count --min-count {; use lr_end"
    assert error.told(option) == "'{min_count}' min_count --min-count {; use --lr-end"


def test_an_error_can_go_to_another_process() -> None:
    error = copy.copy(UserError("no", "use {lr}"))  # made anew from its arguments, as another process does it
    assert error.told(option) == "no; use --lr"
    assert str(UserError("no")) == "no"
