import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.offsets import Kind, kind_of, split
from vec2seq.data.tokenize import Tokenizer

_interesting = st.sampled_from("aB9_ .,'’-\t\n\u3000\u00a0\u2028éИ中文国々ก็ हिं\u0301\ufe0f😀❤\u200dİＡ1")
texts = st.text(st.one_of(_interesting, st.characters()), max_size=40)
kinds = st.sampled_from(["words", "chars", "whitespace"])


@given(texts, kinds)
def test_tokens_stand_where_they_say_and_leave_white_space_only(text: str, kind: Kind) -> None:
    end, between = 0, ""
    for token in split(text, kind):
        assert end <= token.start < token.end
        assert text[token.start : token.end] == token.text
        between += text[end : token.start]
        end = token.end
    assert not (between + text[end:]).strip()


@given(texts)
def test_whitespace_is_str_split(text: str) -> None:
    assert [token.text for token in split(text, "whitespace")] == text.split()


@given(st.text(st.sampled_from("aé9_И.,;'’- \n中文国々学hello"), max_size=40))
def test_words_are_the_tokenizers_and_what_it_leaves_out_is_single(text: str) -> None:
    tokens = [token.text for token in split(text, "words")]
    assert [token for token in tokens if re.search(r"\w", token)] == Tokenizer("words").tokens(text)
    assert all(len(token) == 1 for token in tokens if not re.search(r"\w", token))


@given(texts)
def test_characters_are_one_base_with_its_marks(text: str) -> None:
    tokens = [token.text for token in split(text, "chars")]
    assert "".join(tokens) == "".join(text.split())
    assert all(len(token) == 1 or not re.fullmatch(r"\w+", token[1:]) for token in tokens)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("Don't (really) go.", "words", ["Don't", "(", "really", ")", "go", "."]),
        ("well-known 'quote'", "words", ["well", "-", "known", "'", "quote", "'"]),
        ("हिन्दी में।", "words", ["हिन्दी", "में", "।"]),
        ("I ❤\ufe0f you", "words", ["I", "❤\ufe0f", "you"]),
        ("e\u0301a", "chars", ["e\u0301", "a"]),
        ("我们在北京大学。", "words", ["我们", "在", "北京大学", "。"]),
        ("中国's T恤", "words", ["中国", "'", "s", "T恤"]),
        ("中 国a", "chars", ["中", "国", "a"]),
        ("", "words", []),
    ],
)
def test_examples(text: str, kind: Kind, expected: list[str]) -> None:
    assert [token.text for token in split(text, kind)] == expected


@pytest.mark.parametrize(
    ("sentences", "kind"),
    [
        ([["中", "国", "人", "，", "1"], ["我", "a"], ["们"]], "chars"),
        ([["中", "国", "人"], ["我们"]], "words"),
        ([["a", "b"], ["c"]], "words"),
        ([["中", "a", "b"]], "words"),
        ([["中", "国", "iPhone"]], "chars"),
        ([], "words"),
    ],
)
def test_the_kind_that_fits_tokens(sentences: list[list[str]], kind: Kind) -> None:
    assert kind_of(sentences) == kind
