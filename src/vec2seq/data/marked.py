"""Labelled stretches of a text as tokens with labels: B-x where a stretch of x begins, I-x within, O elsewhere.

Rows are those of JSONL, {"text": ..., "spans": [{"start": 0, "end": 5, "label": "x"}]}, and what doccano and spaCy
write: "entities" or "label" for "spans", "start_offset" and "end_offset", [0, 5, "x"], ["text", {"entities": [...]}].
Offsets count characters (code points) from 0; the end is not part of the stretch. Knows nothing about files.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from vec2seq.data.offsets import Token, split
from vec2seq.errors import UserError

TEXT_KEY = "text"
_SPANS_KEYS = ("spans", "entities", "label", "labels")
_SPAN_KEYS = (("start", "start_offset"), ("end", "end_offset"), ("label",))
_FORM = 'write {"text": ..., "spans": [{"start": 0, "end": 5, "label": "x"}]}'


class Span(NamedTuple):
    """A stretch of a text, [start:end], and its label."""

    start: int
    end: int
    label: str


def tokens_of_row(row: Any, place: str, key: str | None = None) -> tuple[list[str], list[str]]:
    """The tokens and labels of a row of JSONL; ``key`` holds the text (None: "text").

    A token that a stretch begins or ends within is cut there. Raises UserError, with the place, for rows of another
    form, stretches that are not within the text, overlap, or hold no token, and labels that are empty.
    """
    if isinstance(row, list) and len(row) == 2 and isinstance(row[1], dict):
        row = {TEXT_KEY: row[0], **row[1]}
    text = row.get(key or TEXT_KEY) if isinstance(row, dict) else None
    found = next((row[name] for name in _SPANS_KEYS if name in row), None) if isinstance(row, dict) else None
    if not isinstance(text, str) or not isinstance(found, list):
        known = ", ".join(map(str, row))[:200] if isinstance(row, dict) else "no keys"
        lacks = "list of spans" if isinstance(text, str) else f"text in {key or TEXT_KEY!r}"
        raise UserError(f"{place}: no {lacks} (there is: {known})", _FORM)
    spans = sorted(_span(value, text, place) for value in found)
    for span, following in pairwise(spans):
        if following.start < span.end:
            raise UserError(
                f"{place}: spans overlap: {_shown(text, span)} and {_shown(text, following)}", "keep one of them"
            )
    return _labelled(text, spans, place)


def _span(value: Any, text: str, place: str) -> Span:
    """One stretch as it is written."""
    if isinstance(value, dict):
        known = value
        value = [next((known[key] for key in keys if key in known), None) for keys in _SPAN_KEYS]
    if not isinstance(value, list) or len(value) != 3:
        raise UserError(f"{place}: not a span: {str(value)[:100]}", _FORM)
    start, end, label = value
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        what = f"{place}: a span from {str(start)[:20]} to {str(end)[:20]} in a text of {len(text):,} characters"
        raise UserError(what, "count characters from 0; the end is behind the last one")
    if not isinstance(label, str) or not label.strip():
        raise UserError(f"{place}: the span {text[start:end][:50]!r} has no label", _FORM)
    return Span(start, end, label.strip())


def _labelled(text: str, spans: list[Span], place: str) -> tuple[list[str], list[str]]:
    """The tokens of a text, cut at the borders of its spans, which are in order, and their labels."""
    tokens: list[str] = []
    labels: list[str] = []
    waiting = iter(spans)
    span, begun = next(waiting, None), False
    for token in _cut(split(text, "words"), spans):
        while span is not None and span.end <= token.start:
            _check_begun(text, span, begun, place)
            span, begun = next(waiting, None), False
        inside = span is not None and span.start <= token.start
        labels.append(f"{'I' if begun else 'B'}-{span.label}" if span is not None and inside else "O")
        begun = begun or inside
        tokens.append(token.text)
    while span is not None:
        _check_begun(text, span, begun, place)
        span, begun = next(waiting, None), False
    return tokens, labels


def _check_begun(text: str, span: Span, begun: bool, place: str) -> None:
    if not begun:
        raise UserError(f"{place}: the span {_shown(text, span)} holds only white space", "leave it out")


def _cut(tokens: list[Token], spans: list[Span]) -> Iterator[Token]:
    """The tokens, cut where a span begins or ends."""
    borders = [border for span in spans for border in (span.start, span.end)]  # in order: spans do not overlap
    place = 0
    for token in tokens:
        start = token.start
        while place < len(borders) and borders[place] < token.end:
            border = borders[place]
            place += 1
            if border > start:
                yield Token(token.text[start - token.start : border - token.start], start, border)
                start = border
        yield Token(token.text[start - token.start :], start, token.end)


def _shown(text: str, span: Span) -> str:
    return f"{text[span.start : span.end][:50]!r} ({span.start} to {span.end}, {span.label[:50]})"
