"""Splitting text into words.

A tokenizer does its work in two parts. ``prepare`` rewrites a block of text in Python where that is needed (lower case,
NFKC, Han segmentation, BPE), mostly by leaving spaces; ``classes`` says for every character whether it is part of a
word, and the kernel in ``kernels/text.py`` splits at a speed of tens of millions of words a second. ``tokens`` and
``many`` do the same for texts in memory without the kernel.

Sources: rjieba (the jieba dictionary and HMM in Rust) for Han; Hugging Face tokenizers for BPE (Sennrich et al. 2016).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.blocks import SENTENCE_END, WORD_END, Block, not_utf8
from vec2seq.data.checked import Check, go_on
from vec2seq.data.files import read_list
from vec2seq.errors import UserError, missing_extra

SPACE, BREAK, LETTER, SINGLE, JOINER = range(5)
"""The kernel's character classes (``kernels/text.py``; a test holds the two together)."""

Language = Literal["en", "zh"]
"""What vec2seq explains things in."""

Name = Literal["auto", "whitespace", "words", "chars", "bpe"]

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_WORD = re.compile(r"\w+")
_HAN_OR_OTHER = re.compile(f"[{_HAN}]+|[^{_HAN}]+")
_PROSE_WORD = re.compile(r"\w[,.;:!?][\"')\]”’»]*(?=\s)")
_CLOSING_TAG = re.compile(r"</([A-Za-z][\w:.-]*)\s*>")
_TEXTS_AT_ONCE = 4096
_DIGITS = bytes.maketrans(b"123456789", b"000000000")


def _classes(letters: Callable[[str], bool] | None) -> NDArray[np.uint8]:
    """White space splits, a line feed ends the line; ``letters`` says what is part of words, None: all the rest."""
    classes = np.full(0x110000, LETTER if letters is None else SPACE, np.uint8)
    if letters is not None:
        # scripts and symbols live in the first two planes; planes 2 and 3 are Han
        classes[0x20000:0x40000] = LETTER
        for code in range(0x20000):
            if letters(chr(code)):
                classes[code] = LETTER
    for code in (*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)):
        classes[code] = SPACE
    for code in (0x2028, 0x2029, 0x202F, 0x205F, 0x3000):
        classes[code] = SPACE
    classes[0x0A] = BREAK
    return classes


def _is_word_part(character: str) -> bool:
    """Letters, digits, the low line, and the marks that many scripts write vowels and tones with."""
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


@cache
def whitespace_classes() -> NDArray[np.uint8]:
    """Words are what stands between white space."""
    return _classes(None)


@cache
def words_classes() -> NDArray[np.uint8]:
    """Words are runs of letters, digits and marks; apostrophes belong to them between two letters."""
    classes = _classes(_is_word_part)
    classes[[ord("'"), 0x2019]] = JOINER
    return classes


@cache
def chars_classes() -> NDArray[np.uint8]:
    """Every character is a word."""
    classes = whitespace_classes().copy()
    classes[classes == LETTER] = SINGLE
    return classes


@cache
def given_classes() -> NDArray[np.uint8]:
    """Token lists: only WORD_END and SENTENCE_END split."""
    classes = np.full(0x110000, LETTER, np.uint8)
    classes[ord(WORD_END)] = SPACE
    classes[ord(SENTENCE_END)] = BREAK
    return classes


TOKENIZERS: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "whitespace": whitespace_classes,
    "words": words_classes,
    "chars": chars_classes,
    "bpe": whitespace_classes,
    "given": given_classes,
}
"""Name -> character classes. "given" is for token lists: the user's own words."""


@dataclass(frozen=True)
class Tokenizer:
    """How text becomes words; stored with every model, so that later text is split the same way."""

    name: str = "whitespace"
    lower: bool = False
    """lower case"""
    nfkc: bool = False
    """Unicode NFKC: full-width and other compatibility forms become plain ones"""
    fold_digits: bool = False
    """every digit becomes 0"""
    sentence: Literal["line", "paragraph"] = "line"
    """what ends a sentence: the line, or an empty line"""
    dictionary: tuple[str, ...] = ()
    """words added to the segmenter's own (``words`` only)"""
    bpe: str | None = field(default=None, repr=False)
    """the trained BPE tokenizer (tokenizer.json of Hugging Face)"""
    phrases: tuple[tuple[tuple[str, str], ...], ...] = field(default=(), repr=False)
    """per pass, the pairs of words that are joined by a low line"""

    @property
    def classes(self) -> NDArray[np.uint8]:
        """uint8 [0x110000]: the class of every character."""
        return TOKENIZERS[self.name]()

    @property
    def _segment(self) -> Callable[[str], list[str]]:
        """Segments a run of Han characters (with the Latin letters and digits in it)."""
        return _segmenter(self.dictionary)

    @cached_property
    def _bpe(self) -> Any:
        return read_bpe(self.bpe)

    def normalize(self, text: str) -> str:
        """Lower case, NFKC and digits, as asked for."""
        if self.nfkc:
            text = unicodedata.normalize("NFKC", text)
        if self.lower:
            text = text.lower()
        if self.fold_digits:
            text = re.sub(r"\d", "0", text)
        return text

    def spaced(self, text: str) -> str:
        """The text, normalized, with spaces where characters alone do not show where words end."""
        return self._spaced_all([text])[0]

    def _spaced_all(self, texts: Sequence[str]) -> list[str]:
        """``spaced`` of every text."""
        if self.lower or self.nfkc or self.fold_digits:
            texts = [self.normalize(text) for text in texts]
        if self.name == "words":
            return [_WORD.sub(self._spaced_run, text) if has_han(text) else text for text in texts]
        if self.name == "bpe":
            lines = [text.split("\n") for text in texts]
            encoded = iter(self._bpe.encode_batch([line for text in lines for line in text], add_special_tokens=False))
            return ["\n".join(" ".join(next(encoded).tokens) for _ in text) for text in lines]
        return list(texts)

    def _spaced_run(self, run: re.Match[str]) -> str:
        """A run of letters and digits, segmented if there is Han in it; other scripts in it stay whole."""
        if not _HAN_CHARACTER.search(run[0]):
            return run[0]
        # the dictionary has words of Han and ASCII (T恤), so these go to the segmenter together
        parts = [""]
        for piece in _HAN_OR_OTHER.findall(run[0]):
            if piece.isascii() or _HAN_CHARACTER.match(piece):
                parts[-1] += piece
            else:
                parts += [piece, ""]
        segmented = [part if index % 2 else " ".join(self._segment(part)) for index, part in enumerate(parts)]
        return f" {' '.join(segmented)} "

    def prepare(self, block: Block) -> bytes:
        """The block's text, ready to be split by ``classes``; raises UserError if it is not UTF-8."""
        data = block.data
        if data.isascii() and self.name != "bpe":
            data = data.lower() if self.lower else data
            return data.translate(_DIGITS) if self.fold_digits else data
        if not (self.lower or self.nfkc or self.fold_digits or self.name in {"words", "bpe"}):
            return data
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise not_utf8(block, error.start) from None
        return self.spaced(text).encode()

    def tokens(self, text: str) -> list[str]:
        """The words of one text, phrases joined."""
        return self.many([text])[0]

    def many(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text, as ``tokens`` gives them, at a speed of millions of words a second."""
        if self.name == "given":
            raise UserError("this model was trained on token lists: it cannot split text; give it token lists")
        found: list[list[str]] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            spaced = self._spaced_all(texts[start : start + _TEXTS_AT_ONCE])
            if self.name == "words":
                found += split_all(spaced, self.classes)
            elif self.name == "chars":
                found += [list("".join(text.split())) for text in spaced]
            else:
                found += [text.split() for text in spaced]
        for pairs in map(frozenset, self.phrases):
            found = [join_pairs(words, pairs) for words in found]
        return found

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {
            "name": self.name,
            "lower": self.lower,
            "nfkc": self.nfkc,
            "fold_digits": self.fold_digits,
            "sentence": self.sentence,
            "dictionary": list(self.dictionary),
            "bpe": self.bpe,
            "phrases": [[list(pair) for pair in pairs] for pairs in self.phrases],
        }

    @classmethod
    def from_json(cls, value: Any, where: str) -> Self:
        """The tokenizer of a model.json; ``where`` names the file in errors."""
        kinds = {"name": str, "lower": bool, "nfkc": bool, "fold_digits": bool, "sentence": str, "bpe": str | None}
        try:
            if not all(isinstance(value[name], kind) for name, kind in kinds.items()):
                raise TypeError
            phrases = tuple(tuple((str(a), str(b)) for a, b in pairs) for pairs in value["phrases"])
            dictionary = tuple(str(word) for word in value["dictionary"])
            tokenizer = cls(**{**value, "dictionary": dictionary, "phrases": phrases})
        except (TypeError, ValueError, KeyError):
            raise UserError(f"{where}: the tokenizer's settings are damaged") from None
        if tokenizer.name not in TOKENIZERS:
            raise UserError(f"{where}: unknown tokenizer {tokenizer.name!r}; a newer vec2seq may know it")
        return tokenizer


def read_bpe(told: str | None) -> Any:
    """A trained BPE tokenizer from its tokenizer.json; UserError if what reads it is not installed."""
    try:
        import tokenizers  # optional: only BPE needs it
    except ImportError:
        raise missing_extra("bpe") from None
    assert told is not None, "trained before it is used"
    return tokenizers.Tokenizer.from_str(told)


@cache
def _segmenter(dictionary: tuple[str, ...]) -> Callable[[str], list[str]]:
    """Made once for all tokenizers with these words: it takes longer than a text."""
    import rjieba  # slow to import: only text with Han characters needs it

    jieba = rjieba.Jieba()
    for word in dictionary:
        jieba.add_word(word, jieba.suggest_freq(word) or 1, "")
    cut: Callable[[str], list[str]] = jieba.cut
    return cut


def split_all(texts: Sequence[str], classes: NDArray[np.uint8]) -> list[list[str]]:
    """The words of each text by character classes (what the kernel does), all texts at once; a line feed must split."""
    whole = "\n".join(texts)
    kinds = classes[np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)]
    inside = np.zeros(len(kinds) + 2, bool)  # whether a character is in a word, one more at each end
    inside[1:-1] = kinds == LETTER
    joiners = np.flatnonzero(kinds == JOINER) + 1
    inside[joiners[inside[joiners - 1] & inside[joiners + 1]]] = True
    single = kinds == SINGLE
    starts = np.flatnonzero(inside[1:-1] & ~inside[:-2] | single)
    ends = np.flatnonzero(inside[1:-1] & ~inside[2:] | single) + 1
    words = [whole[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    borders = np.searchsorted(starts, np.cumsum([len(text) + 1 for text in texts]))
    return [words[first:following] for first, following in pairwise([0, *borders.tolist()])]


def join_pairs(words: list[str], pairs: frozenset[tuple[str, str]]) -> list[str]:
    """Join neighbouring words that are a pair by a low line, from left to right."""
    joined: list[str] = []
    place = 0
    while place < len(words):
        if place + 1 < len(words) and (words[place], words[place + 1]) in pairs:
            joined.append(f"{words[place]}_{words[place + 1]}")
            place += 2
        else:
            joined.append(words[place])
            place += 1
    return joined


def has_han(text: str) -> bool:
    """Whether there is a Han character (Chinese, or a Japanese kanji) in it."""
    return _HAN_CHARACTER.search(text) is not None


def language_of(words: Sequence[str]) -> Language:
    """What to explain things in to somebody who has these words: Chinese, if most of them have Han characters."""
    return "zh" if 2 * sum(map(has_han, words)) > len(words) else "en"


def choose(sample: str) -> Literal["whitespace", "words"]:
    """What ``auto`` means for a text that begins like this.

    ``words`` for Han text that is not segmented (more than four Han characters between spaces) and for prose whose
    punctuation sticks to its words (at least 3 % of them); ``whitespace`` for what is split into tokens already.
    """
    pieces = sample.split()
    with_han = [piece for piece in pieces if _HAN_CHARACTER.search(piece)]
    if with_han:
        han = sum(len(_HAN_CHARACTER.findall(piece)) for piece in with_han)
        if 10 * len(with_han) > len(pieces) and han > 4 * len(with_han):
            return "words"
    return "words" if len(_PROSE_WORD.findall(sample)) >= 0.03 * max(len(pieces), 1) else "whitespace"


def is_markup(sample: str) -> bool:
    """Whether a text that begins like this is HTML or XML: its tags would be learnt as words.

    There are closing tags of three names or more, and one for every hundred pieces between white space. ``<unk>`` and
    the like, which many texts have, close nothing, ``</s>`` and ``</p>`` are two names.
    """
    closing = _CLOSING_TAG.findall(sample)
    return len(set(closing)) > 2 and 100 * len(closing) > len(sample.split())


def read_dictionary(path: Path, check: Check = go_on) -> tuple[str, ...]:
    """The words of a user dictionary: one a line, what follows a space (jieba's frequency and tag) left out."""
    return tuple(line.split()[0] for line in read_list(path, check).splitlines() if line.strip())


def trained_bpe(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> Tokenizer:
    """The tokenizer with a BPE vocabulary of ``size`` pieces learnt from the texts."""
    try:
        import tokenizers  # optional: only BPE needs it
    except ImportError:
        raise missing_extra("bpe") from None
    model = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="[UNK]"))
    model.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=size, special_tokens=["[UNK]"], show_progress=False)
    model.train_from_iterator((tokenizer.normalize(text) for text in texts), trainer)
    return replace(tokenizer, bpe=model.to_str())
