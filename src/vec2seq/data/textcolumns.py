"""Which columns of a table hold texts and their labels: as the user says, as their names say, or judged by their cells.

Knows nothing about files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vec2seq.errors import UserError

TEXT_NAMES = (
    *("text", "sentence", "review", "content", "document", "comment", "review_text", "review_body", "body", "message"),
    *("tweet", "utterance", "question", "texts", "sentences", "reviews", "documents", "comments", "messages"),
    *("文本", "内容", "评论", "评价", "句子", "正文", "文章"),
)
LABEL_NAMES = (
    *("label", "class", "category", "sentiment", "target", "stars", "rating", "topic", "intent", "polarity", "emotion"),
    *("labels", "classes", "categories", "topics", "intents", "tag", "tags", "score"),
    *("标签", "类别", "分类", "情感", "情绪", "评分", "星级"),
)
"""Names that say what a column holds, small letters or not; of several, the one that stands here first counts."""

_LIKE_A_NAME = re.compile(r"\w{1,30}(?:[ .-]\w{1,30})?")
_WORD = re.compile(r"\w{1,30}")
_ENOUGH_ROWS = 10
"""Fewer do not tell by their cells that one is a header, or that the columns are the other way round."""


@dataclass(frozen=True)
class Asked:
    """What the user says of the columns: a name, or a number from 1; None: nothing."""

    text: str | None = None
    label: str | None = None
    labelled: bool = True
    """whether there must be labels"""

    @property
    def said(self) -> bool:
        """Whether the user says anything."""
        return self.text is not None or self.label is not None


class Chosen(NamedTuple):
    """Columns, numbered from 0; ``label`` None: labels are not wanted."""

    text: int
    label: int | None
    header: bool
    """whether the first row names the columns"""

    def told(self, first: Sequence[str]) -> str:
        """For the user: "label: column 1, text: column 2", or their names if ``first`` is a header."""
        places = {"label": self.label, "text": self.text}
        names = {
            what: repr(first[place][:100]) if self.header else f"column {place + 1}"
            for what, place in places.items()
            if place is not None
        }
        return ", ".join(f"{what}: {name}" for what, name in names.items())


def by_names(where: str, names: Sequence[str], asked: Asked) -> Chosen:
    """The columns of a table whose names are known; UserError, which lists them, if they are not told apart."""
    text = known_column(names, TEXT_NAMES) if asked.text is None else column_of(where, names, asked.text, "text_column")
    label = None
    if asked.labelled:
        label = (
            known_column(names, LABEL_NAMES)
            if asked.label is None
            else column_of(where, names, asked.label, "label_column")
        )
        if asked.said and len(names) == 2:  # one is said: the other is the other one
            text, label = _other(text, label), _other(label, text)
    elif text is None and len(names) == 1:
        text = 0
    if text is None or (label is None and asked.labelled):
        raise _undecided(where, names, text is None, label is None and asked.labelled)
    if text == label:
        raise UserError(
            f"{where}: column {names[text][:100]!r} cannot be text and label", "use {text_column} and {label_column}"
        )
    return Chosen(text, label, True)


def by_first_row(where: str, row: Sequence[str], asked: Asked) -> Chosen | None:
    """The columns, if the first row or the user says them; None: neither does, and the row is no header."""
    said = [option for option in (asked.text, asked.label if asked.labelled else None) if option is not None]
    if names_both(row) or not all(is_number(option, len(row)) for option in said):
        return by_names(where, row, asked)
    text, label = known_column(row, TEXT_NAMES), known_column(row, LABEL_NAMES)
    if said:
        chosen = by_names(where, row, asked)
        return chosen._replace(header=chosen.text == text or (chosen.label is not None and chosen.label == label))
    names_one = text is not None or (asked.labelled and label is not None)
    return by_names(where, row, asked) if names_one and all(map(_LIKE_A_NAME.fullmatch, row)) else None


def names_both(row: Sequence[str]) -> bool:
    """Whether these are names of columns, one of texts and one of labels."""
    return known_column(row, TEXT_NAMES) is not None and known_column(row, LABEL_NAMES) is not None


def by_cells(where: str, rows: Sequence[Sequence[str]], asked: Asked) -> Chosen:
    """The columns of a table that does not name them, judged by its first rows.

    Of two columns, the one with fewer different cells is the label, if there are as many, the shorter one.
    """
    width = len(rows[0])
    if width == 1 and not asked.labelled:
        return Chosen(0, None, False)
    if width != 2:
        raise _undecided(where, rows[0], True, asked.labelled)
    sizes = [(len(set(column)), sum(map(len, column))) for column in zip(*rows, strict=True)]
    label = int(sizes[1] < sizes[0])
    return Chosen(1 - label, label if asked.labelled else None, has_header(rows, label))


def has_header(rows: Sequence[Sequence[str]], label: int) -> bool:
    """Whether the first row names the columns though its names are not known.

    It does if, of ten rows or more, the labels come again, but not the first one, and its cells are single words.
    """
    labels = [row[label] for row in rows]
    come_again = len(rows) >= _ENOUGH_ROWS and 2 * len(set(labels)) <= len(rows)
    return come_again and labels.count(labels[0]) == 1 and all(map(_WORD.fullmatch, rows[0]))


def is_turned(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows that should be label and text are text and label: no first cell comes again, most second ones do."""
    first, second = (len(set(column)) for column in zip(*rows, strict=True))
    return len(rows) >= _ENOUGH_ROWS and first == len(rows) and 2 * second <= len(rows)


def is_number(option: str, width: int) -> bool:
    """Whether a user names one of so many columns by its number, from 1."""
    return option.isascii() and option.isdecimal() and 1 <= int(option) <= width


def column_of(where: str, names: Sequence[str], option: str, setting: str) -> int:
    """The column that the user means, by name or number; UserError, naming the ``setting``, if there is none."""
    if is_number(option, len(names)):
        return int(option) - 1
    if option in names:
        return names.index(option)
    raise UserError(
        f"{where}: no column {option!r} (there is: {_listed(names)})",
        f"name one of these with {{{setting}}}, or say its number, from 1",
    )


def known_column(names: Sequence[str], known: Sequence[str]) -> int | None:
    """The column whose name says that it is one of a kind."""
    folded = ["_".join(name.casefold().split()) for name in names]
    return next((folded.index(name) for name in known if name in folded), None)


def _other(place: int | None, other: int | None) -> int | None:
    """Of two columns: this one, if it is known, else the one that is not the other."""
    return 1 - other if place is None and other is not None else place


def _undecided(where: str, names: Sequence[str], text: bool, label: bool) -> UserError:
    """The error for columns of which nothing says what they hold."""
    wanted = {"text": text, "label": label}
    which = " and which the ".join(what for what, lacks in wanted.items() if lacks)
    settings = " and ".join(f"{{{what}_column}}" for what, lacks in wanted.items() if lacks)
    return UserError(
        f"{where}: which column holds the {which}? (there is: {_listed(names)})",
        f"say it with {settings}: a name, or a number from 1",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)[:200]
