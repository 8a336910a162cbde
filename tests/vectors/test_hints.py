"""What is said of a word that has no vector."""

import numpy as np
import pytest

from vec2seq.data.tokenize import Tokenizer
from vec2seq.errors import UserError, counted
from vec2seq.vectors.store import Vectors

ENGLISH = ["king", "queen", "kings", "King", "New York", "the", "１９９８年", "king’s"]
CHINESE = ["我", "爱", "北京", "天安门"]


def said(words: list[str], asked: str, tokenizer: Tokenizer | None = None) -> str:
    """The end of the message."""
    with pytest.raises(UserError) as raised:
        Vectors(words, np.eye(len(words), dtype=np.float32), tokenizer).index(asked)
    return str(raised.value).removeprefix(f"{asked!r} is not among the {counted(len(words), 'word')}")


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("KING", "; similar: king King"),
        ("ｋｉｎｇ", "; similar: king King"),
        ("1998年", "; similar: １９９８年"),
        ("qeen", "; similar: queen"),
        ("New Yrok", "; similar: New York"),
        ("king's", "; similar: king’s kings king"),
        ("king queen", "; give each word by itself: king queen"),
        ("king\u3000queen", "; give each word by itself: king queen"),
        ("king zebra", "; give each word by itself: king"),
        ("the king of queen", "; give each word by itself: the king queen"),
        ("zebra", ""),
        ("", ""),
    ],
)
def test_what_may_have_been_meant(asked: str, hint: str) -> None:
    assert said(ENGLISH, asked) == hint
    assert said(ENGLISH, asked, Tokenizer("given")) == hint
    assert said(ENGLISH, asked, Tokenizer("bpe")) == hint


def test_text_is_split_as_the_text_of_the_training_was() -> None:
    words = Tokenizer("words")
    assert said(CHINESE, "我爱北京天安门", words) == "; give each word by itself: 我 爱 北京 天安门"
    assert said(CHINESE, "我爱上海", words) == ""
    assert said(ENGLISH, "queen,", words) == "; similar: queen"
    assert said(["k", "i", "n", "g"], "king", Tokenizer("chars")) == "; give each word by itself: k i n g"
    joined = Tokenizer("words", phrases=((("new", "york"),),))
    assert said(["new_york"], "new york", joined) == "; similar: new_york"


def test_many_unknown_words_get_few_hints() -> None:
    vectors = Vectors(ENGLISH, np.eye(len(ENGLISH), dtype=np.float32), Tokenizer("words", lower=True))
    asked = [f"king{number}" for number in range(20)]
    errors = vectors.unknown(["king", "QUEEN", *asked, *asked])
    assert list(errors) == asked
    assert [" similar: " in str(error) for error in errors.values()] == [True] * 10 + [False] * 10
    assert "QUEEN" in vectors
    assert "king1" not in vectors
    assert 1 not in vectors
