"""Labels of tokens as spans, and what may follow what: BIO, BIOES, BMES.

A label is a place in a span and the span's type: ``B-PER``, or ``B`` alone where there is one type only.

* ``bio`` (IOB2): B begins a span, I is inside it, O outside. IOB1 is read, too: there I begins a span, and B does so
  only where the span follows another of its type (Ramshaw and Marcus 1995).
* ``bioes`` (IOBES): E ends a span of several tokens, S is a span of one.
* ``bmes``: the same with M for I, as Chinese word segmentation writes it; O is seldom needed there.
* ``none``: plain tags, such as parts of speech: no spans.

Sequences that a model made may be broken: an I follows nothing. They are read as conlleval reads them (Tjong Kim Sang
and Buchholz 2000): what continues no span begins one. Nothing here knows files, or how sure a label is.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError

Scheme = Literal["bio", "bioes", "bmes", "none"]

_LABEL = re.compile("O|([BIMES])(-.+)?", re.DOTALL)
_MEND = "write labels as BIO, BIOES or BMES, such as B-PER, I-PER and O"
_WRITTEN = {"bio": tuple("BIIB"), "bioes": tuple("BIES"), "bmes": tuple("BMES")}
"""How the schemes write the first, a middle, the last and the only token of a span."""


class Span(NamedTuple):
    """Tokens that belong together: from ``start`` up to, not including, ``end``."""

    start: int
    end: int
    label: str
    """the type; "" where there is none"""


class Rules(NamedTuple):
    """What is allowed for K labels; see ``rules``."""

    starts: NDArray[np.bool_]
    """[K]: what may stand at the first token"""
    moves: NDArray[np.bool_]
    """[K,K]: moves[i, j] is whether label j may follow label i"""
    ends: NDArray[np.bool_]
    """[K]: what may stand at the last token"""


def scheme_of(labels: Iterable[str]) -> Scheme:
    """How a set of labels, or all labels of a text, mark spans.

    Where only B, E and S are seen, it is bmes if there is no O. UserError if some labels mark spans and one does not.
    """
    seen = set(labels)
    letters = {label[0] for label in seen if _is_place(label)}
    odd = sorted(label for label in seen if not _is_place(label))
    if not seen or (odd and not any(label.startswith(("B-", "I-")) for label in seen)):
        return "none"
    if "I" in letters and "M" in letters:
        odd += sorted(label for label in seen if label[0] == "M")
    if odd:
        raise UserError(f"label {odd[0]!r} does not go with the others, which mark spans", _MEND)
    if letters <= set("BIO"):
        return "bio"
    return "bmes" if "M" in letters or not letters & set("IO") else "bioes"


def spans_of(labels: Iterable[str]) -> list[Span]:
    """The spans of one sentence, in order; what is broken is read as conlleval does. UserError at a plain tag."""
    spans: list[Span] = []
    start, place, kind, open_ = 0, -1, "", False
    for place, label in enumerate(labels):
        letter, its = _split(label)
        continues = open_ and letter in "IME" and its == kind
        if open_ and not continues:
            spans.append(Span(start, place, kind))
        if not continues:
            start, kind = place, its
        open_ = letter in "BIM"
        if letter in "ES":
            spans.append(Span(start, place + 1, kind))
    if open_:
        spans.append(Span(start, place + 1, kind))
    return spans


def labels_of(spans: Iterable[Span], count: int, scheme: Scheme) -> list[str]:
    """The labels of ``count`` tokens; O where no span is. ValueError for spans that overlap, are empty or too far."""
    if scheme == "none":
        raise ValueError("plain tags mark no spans")
    first, middle, last, only = _WRITTEN[scheme]
    labels = ["O"] * count
    free = 0
    for span in sorted(spans):
        if not free <= span.start < span.end <= count:
            raise ValueError(f"{span} is empty, overlaps another, or is not within {count} tokens")
        free, inside = span.end, span.end - span.start - 2
        letters = only if inside < 0 else first + middle * inside + last
        labels[span.start : span.end] = [f"{letter}-{span.label}" if span.label else letter for letter in letters]
    return labels


def converted(labels: Sequence[str], to: Scheme) -> list[str]:
    """The same spans in another scheme. To the labels' own scheme: what is broken is mended, IOB1 becomes BIO."""
    return labels_of(spans_of(labels), len(labels), to)


def rules(labels: Sequence[str]) -> Rules:
    """What may begin, follow and end, so that a sequence of these labels is never broken.

    A sequence keeps the rules if and only if ``converted`` to its own scheme it is the same. With plain tags all is
    allowed. Of a type without B, in bio, I may begin a span; IOB1 with its few B wants ``converted`` before. Where no
    label can stand alone (bioes and bmes, neither O nor S), a single token could not be labelled: all is allowed.
    """
    count, scheme = len(labels), scheme_of(labels)
    free = Rules(np.ones(count, bool), np.ones((count, count), bool), np.ones(count, bool))
    parts = [] if scheme == "none" else [_split(label) for label in labels]
    if scheme == "none" or (scheme != "bio" and not any(letter in "OS" for letter, _ in parts)):
        return free
    begun = {kind for letter, kind in parts if letter == "B"}
    starts = np.array([letter in "BSO" or (scheme == "bio" and kind not in begun) for letter, kind in parts], bool)
    ends = np.array([letter in "ESO" or scheme == "bio" for letter, _ in parts], bool)
    goes_on = [
        [left[0] in "BIM" and right[0] in "IME" and left[1] == right[1] for right in parts]  # the same span
        for left in parts
    ]
    return Rules(starts, np.array(goes_on, bool) | (ends[:, None] & starts), ends)


def _is_place(label: str) -> bool:
    return _LABEL.fullmatch(label) is not None


def _split(label: str) -> tuple[str, str]:
    """Place and type of a label."""
    if not _is_place(label):
        raise UserError(f"label {label!r} is no place in a span", _MEND)
    return label[0], label[2:]
