"""The two sides of pairs as numbers: texts in pieces, and columns of marks, each of which is one number.

Beside a text there may be columns that say something of it, as ``V;PST;3;SG`` says which form of a verb is meant. If a
column has few kinds of such marks, each has a number of its own, after those of the pieces; what is no mark, and other
columns, are spelled in pieces. Between two columns stands the number of the border, which is in no text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.pieces import BORDER, Name, Pieces
from vec2seq.errors import UserError, counted, not_written_by_us

Choice = Literal["auto", "chars", "words", "spaced", "bpe"]
Row = Sequence[str]
"""One text, or several columns."""

MOST_KINDS = 2000
FEWEST_SEEN = 10
"""Of tokens between spaces that are pieces, or of marks: so few kinds, each so often on average."""
LONGEST_TOKEN = 8
"""characters, on average"""
SHARE_SPACED = 0.9
"""Of texts that have a space, if tokens between spaces are pieces."""
LONG_TEXT = 40
"""Characters: texts that are longer on average are for BPE."""
_BETWEEN_MARKS = re.compile(r"[;,\s]+")


def chosen(texts: Sequence[str]) -> Name:
    """The tokenizer that suits texts: ``spaced``, ``bpe`` or ``chars``.

    ``spaced`` if tokens between spaces are few and come again and again, as phonemes or syllables do, and most are no
    numbers; else ``bpe`` if the texts are long, else ``chars``.
    """
    tokens = Counter(token for text in texts for token in text.split())
    total, kinds = sum(tokens.values()), max(len(tokens), 1)
    spaced = sum(" " in text for text in texts) >= SHARE_SPACED * len(texts)
    short = sum(len(token) * count for token, count in tokens.items()) <= LONGEST_TOKEN * total
    said = 2 * sum(token.isdigit() for token in tokens) <= kinds
    if spaced and short and said and kinds <= MOST_KINDS and total >= FEWEST_SEEN * kinds:
        return "spaced"
    return "bpe" if sum(map(len, texts)) > LONG_TEXT * len(texts) else "chars"


@dataclass(frozen=True)
class Side:
    """How the sources, or the targets, of pairs become numbers; stored with the model."""

    pieces: Pieces
    marks: list[list[str]] = field(default_factory=list)
    """of each column after the first; none: the column is spelled"""

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self.pieces) + sum(map(len, self.marks))

    def check(self, row: Row, place: str) -> None:
        """UserError, naming the place, unless a row has as many columns as those that were learnt from."""
        wanted = 1 + len(self.marks)
        if len(row) != wanted:
            raise UserError(
                f"{place}: {counted(len(row), 'column')} of a source, but the model knows {wanted}",
                "use {source}, or write what belongs together between TABs",
            )

    def numbers(self, rows: Sequence[Row]) -> list[NDArray[np.int32]]:
        """Of each row, without borders around it; of one whose columns are all empty none."""
        found = self.pieces.numbers([entering(row[0], self.pieces.name) for row in rows])
        if not self.marks:
            return found
        return [
            np.concatenate([text, *(self._further(place, cell) for place, cell in enumerate(row[1:]))])
            if any(row)
            else text
            for text, row in zip(found, rows, strict=True)
        ]

    def text(self, numbers: Iterable[int]) -> str:
        """The text that pieces stand for."""
        return self.pieces.text(numbers).removeprefix(self.before)

    @property
    def before(self) -> str:
        """What stands before each text."""
        return "" if self.pieces.name == "chars" else " "

    def shown(self, numbers: Iterable[int]) -> list[str]:
        """What each number of a row stands for; a byte that is no character as \\xe6, a border as nothing."""
        names = [mark for column in self.marks for mark in column]
        return [
            names[number - len(self.pieces)] if number >= len(self.pieces) else _named(self.pieces.encoded[number])
            for number in numbers
        ]

    def _further(self, place: int, cell: str) -> NDArray[np.int32]:
        """The numbers of a column after the first, a border before them."""
        known = self._known[place]
        parts = [part for part in _BETWEEN_MARKS.split(cell) if part] if known else [entering(cell, self.pieces.name)]
        spelled = [
            np.array([known[part]], np.int32) if part in known else self.pieces.numbers([part])[0] for part in parts
        ]
        return np.concatenate([np.array([BORDER], np.int32), *spelled])

    @cached_property
    def _known(self) -> list[dict[str, int]]:
        """The numbers of the marks of each column."""
        starts = np.cumsum([len(self.pieces), *map(len, self.marks)]).tolist()
        return [
            {mark: start + number for number, mark in enumerate(marks)}
            for start, marks in zip(starts, self.marks, strict=False)
        ]

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` reads back."""
        return {"pieces": self.pieces.to_json(), "marks": self.marks}

    @classmethod
    def from_json(cls, value: Any, where: str, name: str) -> Self:
        """The side of a model.json; ``where`` names the file, ``name`` the attribute, in errors."""
        try:
            pieces, marks = value["pieces"], value["marks"]
            are_texts = all(isinstance(mark, str) for column in marks for mark in column)
            are_lists = isinstance(marks, list) and all(isinstance(column, list) for column in marks)
            if not are_lists or not are_texts or any(len(set(column)) < len(column) for column in marks):
                raise ValueError
        except (TypeError, ValueError, KeyError):
            raise not_written_by_us(where, name) from None
        return cls(Pieces.from_json(pieces, where), marks)


def _named(data: bytes) -> str:
    """A piece for people, without the space before it."""
    text = data.decode(errors="backslashreplace")
    return text.removeprefix(" ") or text


def check_alike(models: Sequence[tuple[Side, Side]]) -> None:
    """UserError unless all these models have the same sides."""
    if any(sides != models[0] for sides in models):
        raise UserError(
            "models with other pieces cannot find targets together",
            "train them on the same pairs, with the same {valid}, and other {seed}s or sizes",
        )


def entering(text: str, tokenizer: Name) -> str:
    """A text as it becomes pieces: a space before it, so that its first word has the same piece as others."""
    return text if tokenizer == "chars" or not text else f" {text}"


def marks_in(column: Sequence[str]) -> list[str]:
    """The marks of a column, sorted; none if these are texts: too many kinds, or seldom the same."""
    counts = Counter(part for cell in column for part in _BETWEEN_MARKS.split(cell) if part)
    few = len(counts) <= MOST_KINDS and sum(counts.values()) >= FEWEST_SEEN * len(counts)
    return sorted(counts) if few else []
