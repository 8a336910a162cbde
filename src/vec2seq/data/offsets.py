"""Tokens and where they stand in a text: for tagging raw text, so that what is found can be pointed at.

"words" are runs of letters, digits and marks with apostrophes between two letters, as ``tokenize`` has them, Han
segmented by rjieba; but every other character that is no white space is a token, too. "chars" are all characters but
white space, "whitespace" what stands between it. Combining marks stay with what they are written on.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from vec2seq.data.tokenize import LETTER, Tokenizer, has_han, words_classes

Kind = Literal["words", "chars", "whitespace"]

_MARK_PLANES = (*range(0x20000), *range(0xE0100, 0xE01F0))
"""Where combining marks and variation selectors are."""


class Token(NamedTuple):
    """A piece of a text: ``whole[start:end] == text``, counted in characters from 0."""

    text: str
    start: int
    end: int


def split(text: str, kind: Kind) -> list[Token]:
    """The tokens of a text, in order; they do not overlap, and only white space stands between them."""
    spans: Iterable[tuple[int, int]] = (match.span() for match in _pattern(kind).finditer(text))
    if kind == "words" and has_han(text):
        spans = (part for span in spans for part in _segmented(text, *span))
    return [Token(text[start:end], start, end) for start, end in spans]


def kind_of(sentences: Iterable[Sequence[str]]) -> Kind:
    """How raw text has to be split to become tokens like these: "chars" for Han one by one, else "words"."""
    han = others = 0
    for tokens in sentences:
        for token in tokens:
            if not has_han(token):
                others += 1
            elif _pattern("chars").fullmatch(token):
                han += 1
            else:
                return "words"
    return "chars" if han > others else "words"


@cache
def _pattern(kind: Kind) -> re.Pattern[str]:
    """What one token looks like."""
    if kind == "whitespace":
        return re.compile(r"\S+")
    marks = _ranges([code for code in _MARK_PLANES if unicodedata.category(chr(code))[0] == "M"])
    character = rf"\S[{marks}]*"
    if kind == "chars":
        return re.compile(character)
    letter = f"[{_ranges(np.flatnonzero(words_classes() == LETTER).tolist())}]"
    return re.compile(rf"{letter}+(?:['’]{letter}+)*|{character}")


def _ranges(codes: list[int]) -> str:
    """Characters, by their numbers in order, as ranges of a regular expression."""
    edges = np.flatnonzero(np.diff(codes, prepend=-2, append=-2) != 1)
    parts = [(codes[first], codes[following - 1]) for first, following in pairwise(edges)]
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in parts)


@cache
def _tokenizer() -> Tokenizer:
    return Tokenizer("words")


def _segmented(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run of letters without white space, cut where the segmenter puts spaces."""
    run = text[start:end]
    if not has_han(run):
        yield start, end
        return
    for piece in _tokenizer().spaced(run).split():
        stop = start + len(piece)
        yield from (match.span() for match in _pattern("words").finditer(text, start, stop))
        start = stop
