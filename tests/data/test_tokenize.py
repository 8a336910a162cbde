import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.data import tokenize
from vec2seq.data.blocks import Block
from vec2seq.data.corpus import Corpus
from vec2seq.data.tokenize import (
    TOKENIZERS,
    Tokenizer,
    choose,
    is_markup,
    join_pairs,
    read_dictionary,
    split_all,
    trained_bpe,
)
from vec2seq.errors import UserError
from vec2seq.kernels import text as kernel

interesting = st.sampled_from("aB9_ .,'’-\t\n\r\u3000\u00a0\u2028éИ中文国々ก็ हिं́😀İß１Ａ")
texts = st.text(st.one_of(interesting, st.characters(exclude_categories=["Cs"])), max_size=60)


def test_classes_are_the_kernels() -> None:
    names = ("SPACE", "BREAK", "LETTER", "SINGLE", "JOINER")
    assert [getattr(tokenize, name) for name in names] == [getattr(kernel, name) for name in names]


def plainly_split(text: str, classes: NDArray[np.uint8]) -> list[str]:
    """The words of a text, one character after another."""
    words: list[str] = []
    word = ""
    kinds = [classes[ord(character)] for character in text]
    for place, (character, kind) in enumerate(zip(text, kinds, strict=True)):
        joins = kind == tokenize.JOINER and word and place + 1 < len(kinds) and kinds[place + 1] == tokenize.LETTER
        if kind == tokenize.LETTER or joins:
            word += character
            continue
        if word:
            words.append(word)
            word = ""
        if kind == tokenize.SINGLE:
            words.append(character)
    return [*words, word] if word else words


@given(st.lists(texts), st.sampled_from(["whitespace", "words", "chars"]))
def test_all_texts_are_split_as_one_after_another(parts: list[str], name: str) -> None:
    classes = TOKENIZERS[name]()
    assert split_all(parts, classes) == [plainly_split(part, classes) for part in parts]
    assert Tokenizer(name).many(["é" + part for part in parts]) == [
        Tokenizer(name).tokens("é" + part) for part in parts
    ]


def test_a_joiner_may_be_of_any_number_of_words() -> None:
    classes = np.full(0x110000, tokenize.SINGLE, np.uint8)
    classes[[ord(character) for character in "ab'\n "]] = [
        *[tokenize.LETTER] * 2,
        tokenize.JOINER,
        *[tokenize.SPACE] * 2,
    ]
    texts = ["a'b'a", "'a", "a'", "a''b", "'", "a'x'b", ""]
    expected = [["a'b'a"], ["a"], ["a"], ["a", "b"], [], ["a", "x", "b"], []]
    assert split_all(texts, classes) == [plainly_split(text, classes) for text in texts] == expected


@given(st.lists(texts), st.sampled_from(["whitespace", "words", "chars"]), *[st.booleans()] * 3)
def test_many_texts_give_what_each_gives(parts: list[str], name: str, lower: bool, nfkc: bool, digits: bool) -> None:
    phrases = ((("a", "a"), ("a", "B")), (("a_a", "é"), ("中国", "a")))
    tokenizer = Tokenizer(name, lower=lower, nfkc=nfkc, fold_digits=digits, phrases=phrases)
    expected = []
    for part in parts:
        words = plainly_split(tokenizer.spaced(part), tokenizer.classes)
        for pairs in phrases:
            words = join_pairs(words, frozenset(pairs))
        expected.append(words)
    assert tokenizer.many(parts) == expected == [tokenizer.tokens(part) for part in parts]


def test_many_texts_of_bpe_and_more_than_are_split_at_once() -> None:
    tokenizer = trained_bpe(Tokenizer("bpe"), ["low lower lowest", "new newer"] * 5, 30)
    parts = ["low\nnew lower", "", "\n\n", "newest x", "\tlow"]
    assert tokenizer.many(parts) == [tokenizer.tokens(part) for part in parts]
    assert tokenizer.many([]) == []
    texts = [f"a{number} b" for number in range(10_000)]
    assert Tokenizer("words").many(texts) == [text.split() for text in texts]


@given(texts)
def test_whitespace_is_str_split(text: str) -> None:
    assert Tokenizer("whitespace").tokens(text) == text.split()


@given(texts)
def test_chars_are_all_characters_but_space(text: str) -> None:
    assert Tokenizer("chars").tokens(text) == [character for character in text if not character.isspace()]


@given(st.text(st.sampled_from("aé9_И\u0301.,;'’- \n"), max_size=40))
def test_words_are_runs_of_letters_digits_and_marks(text: str) -> None:
    expected = re.findall(r"[\w\u0301]+(?:['’][\w\u0301]+)*", text)
    assert Tokenizer("words").tokens(text) == expected


def test_words_of_scripts_that_write_vowels_as_marks_stay_whole() -> None:
    assert Tokenizer("words").tokens("हिन्दी में, लिखा।") == ["हिन्दी", "में", "लिखा"]


def test_han_runs_are_segmented_and_the_rest_is_not() -> None:
    tokenizer = Tokenizer("words")
    assert tokenizer.tokens("我们在北京大学学习Python。don't") == ["我们", "在", "北京大学", "学习", "Python", "don't"]
    assert tokenizer.tokens("3月café中国") == ["3", "月", "café", "中国"]
    assert tokenizer.tokens("我买了T恤") == ["我", "买", "了", "T恤"]


def test_user_dictionary_adds_words(tmp_path: Path) -> None:
    text = "小明在玩蛇皮怪游戏"
    path = tmp_path / "words.txt"
    path.write_bytes(codecs.BOM_UTF8 + "蛇皮怪 5 n\n\n".encode())
    assert read_dictionary(path) == ("蛇皮怪",)
    assert "蛇皮怪" not in Tokenizer("words").tokens(text)
    assert "蛇皮怪" in Tokenizer("words", dictionary=read_dictionary(path)).tokens(text)


def test_a_user_dictionary_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("蛇皮怪".encode("gb18030"))
    with pytest.raises(UserError, match=r"words\.txt:1: not UTF-8 at byte 1"):
        read_dictionary(path)


def test_normalization() -> None:
    tokenizer = Tokenizer("words", lower=True, nfkc=True, fold_digits=True)
    assert tokenizer.tokens("Ｔhe YEAR 1998年") == ["the", "year", "0000", "年"]
    assert tokenizer.normalize("ＡBC12") == "abc00"


def encoded(text: str, tokenizer: Tokenizer, folder: Path) -> Counter[str]:
    corpus = Corpus.encode([text], folder, tokenizer, min_count=1)
    assert Counter(corpus.vocab.decode(corpus.ids)) == dict(zip(corpus.vocab.tokens, corpus.vocab.counts, strict=True))
    return Counter(corpus.vocab.decode(corpus.ids))


@given(
    texts,
    st.sampled_from(["whitespace", "words", "chars"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_encoding_splits_as_tokens_does(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str, lower: bool, nfkc: bool, digits: bool
) -> None:
    tokenizer = Tokenizer(name, lower=lower, nfkc=nfkc, fold_digits=digits)
    expected = Counter(tokenizer.tokens(text))
    folder = tmp_path_factory.mktemp("corpus")
    if expected:
        assert encoded(text, tokenizer, folder) == expected
    else:
        with pytest.raises(UserError, match="no words"):
            encoded(text, tokenizer, folder)


def test_bpe_is_trained_on_the_text_and_used_again(tmp_path: Path) -> None:
    texts = ["low lower lowest", "new newer newest", "wide wider widest"] * 20
    corpus = Corpus.encode(texts, tmp_path, Tokenizer("bpe"), min_count=1, bpe_size=40)
    again = Tokenizer.from_json(corpus.tokenizer.to_json(), "model.json")
    assert "".join(again.tokens("lower newest")).replace("▁", " ").strip() == "lower newest"
    assert set(again.tokens("lowest wider")) <= set(corpus.vocab.tokens)
    assert len(corpus.vocab) <= 40


def test_bpe_normalizes_before_it_learns() -> None:
    tokenizer = trained_bpe(Tokenizer("bpe", lower=True), ["ABC abc"] * 5, 30)
    assert tokenizer.tokens("ABC") == tokenizer.tokens("abc")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我们在北京大学学习，今天天气很好。\n" * 5, "words"),
        ("我们 在 北京大学 学习 ， 今天 天气 很 好 。\n" * 5, "whitespace"),
        ("It was the best of times, it was the worst of times. So it was.\n" * 5, "words"),
        ("it was the best of times , it was the worst of times .\n" * 5, "whitespace"),
        ("the best of times it was the worst of times\n" * 5, "whitespace"),
        ("user_1 item_77 item_3:buy 10.0.0.1 GET /index.html\n" * 5, "whitespace"),
        ("", "whitespace"),
    ],
)
def test_auto(text: str, expected: str) -> None:
    assert choose(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<html><body>" + "<p>The <b>king</b> of <a href='x'>the land</a>.</p>\n" * 9, True),
        ("<page><title>King</title>\n<ns>0</ns><text>the king of the land</text></page>\n" * 9, True),
        ("<s> the <unk> of the land </s>\n" * 9, False),
        ("if a < b and b > c, write to <king@land.org> :-> </3 \n" * 9, False),
        ("Write <b>bold</b>, <i>slanted</i> or <u>underlined</u>.\n" + "It is a text with few tags.\n" * 99, False),
        ("", False),
    ],
)
def test_markup_is_known_by_its_closing_tags(text: str, expected: bool) -> None:
    assert is_markup(text) == expected


@given(st.sampled_from(["words", "whitespace", "chars"]), st.text(st.characters()))
def test_half_a_surrogate_pair_is_a_character_like_others(name: str, text: str) -> None:
    for word in Tokenizer(name).tokens(f"{text}\udcff"):
        assert word in f"{text}\udcff"


def test_auto_is_settled_when_the_text_is_seen(tmp_path: Path) -> None:
    corpus = Corpus.encode(["我们在北京大学学习，今天天气很好。"], tmp_path, min_count=1)
    assert corpus.tokenizer.name == "words"
    assert "北京大学" in corpus.vocab


def test_json_round_trip() -> None:
    tokenizer = Tokenizer("words", True, False, True, "paragraph", ("蛇皮怪",), None, ((("a", "b"),),))
    assert Tokenizer.from_json(tokenizer.to_json(), "model.json") == tokenizer


@pytest.mark.parametrize("value", [None, [], {}, {"name": "words"}, {"phrases": [1], "dictionary": []}])
def test_damaged_settings_are_named(value: object) -> None:
    with pytest.raises(UserError, match=r"model\.json: the tokenizer's settings are damaged"):
        Tokenizer.from_json(value, "model.json")


def test_an_unknown_tokenizer_is_named() -> None:
    value = replace(Tokenizer(), name="quantum").to_json()
    with pytest.raises(UserError, match="unknown tokenizer 'quantum'"):
        Tokenizer.from_json(value, "model.json")


def test_pairs_are_joined_from_left_to_right() -> None:
    assert join_pairs(["a", "a", "a", "b"], frozenset({("a", "a"), ("a", "b")})) == ["a_a", "a_b"]


def test_text_that_is_not_utf8_is_placed() -> None:
    block = Block("良い\n".encode() + b"ab\xffc", "file.txt", 7, True)
    with pytest.raises(UserError, match=r"file.txt:8: not UTF-8 at byte 3"):
        Tokenizer("words").prepare(block)


def test_token_lists_cannot_be_split() -> None:
    for work in (Tokenizer("given").tokens, Tokenizer("given").many):
        with pytest.raises(UserError, match="token lists"):
            work("a b")


def test_marks_exist_in_the_alphabet_of_the_tests() -> None:
    assert unicodedata.category("\u0301") == "Mn"


def test_the_segmenter_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of a model has a tokenizer of its own, and it takes far longer to make than to use."""
    import rjieba

    made, jieba = [], rjieba.Jieba
    monkeypatch.setattr(rjieba, "Jieba", lambda: made.append(1) or jieba())
    tokenize._segmenter.cache_clear()
    for _ in range(3):
        assert Tokenizer("words").tokens("我们来到北京") == ["我们", "来到", "北京"]
    assert len(made) == 1
    assert Tokenizer("words", dictionary=("来到北京",)).tokens("我们来到北京") == ["我们", "来到北京"]
    assert len(made) == 2
