"""Characters in numbers, and back."""

from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.alphabet import Alphabet

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=9)


@given(TEXTS, TEXTS)
def test_there_and_back(texts: list[str], others: list[str]) -> None:
    alphabet = Alphabet.of(texts)
    assert len(alphabet) == len(alphabet.encoded) == 1 + len(set("".join(texts)))
    for text in texts:
        assert alphabet.knows(text)
        assert alphabet.text(alphabet.numbers(text).tolist()) == text
        assert b"".join(alphabet.encoded[number] for number in alphabet.numbers(text)) == text.encode()
    for text in others:
        assert alphabet.text(alphabet.numbers(text).tolist()) == "".join(c for c in text if c in alphabet.characters)
        assert alphabet.knows(text) == all(c in alphabet.characters for c in text)


@given(TEXTS, TEXTS)
def test_what_was_known_keeps_its_number(texts: list[str], more: list[str]) -> None:
    old = Alphabet.of(texts)
    new = Alphabet.of(more, old.characters)
    assert new.characters.startswith(old.characters)
    assert len(set(new.characters)) == len(new.characters)
    assert new.knows("".join(more))
