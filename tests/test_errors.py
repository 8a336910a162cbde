"""What messages are made of."""

from vec2seq.errors import counted


def test_one_thing_is_no_plural() -> None:
    assert [counted(number, "word") for number in (0, 1, 2, 1000)] == ["0 words", "1 word", "2 words", "1,000 words"]
