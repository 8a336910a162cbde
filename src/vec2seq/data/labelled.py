"""Texts and their labels from files, one after another: for text classification.

Which files those may be, ``textrows`` says. A label may be a text, a number, a truth value, and in JSONL and Parquet a
list of these. Numbers become labels as ``cells.text_of`` writes them: 1 for 1.0, too. Knows nothing about words.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vec2seq.data.cells import cell_of, text_of
from vec2seq.data.files import ReadSettings
from vec2seq.data.textcolumns import Asked
from vec2seq.data.textrows import Tell, text_rows
from vec2seq.errors import UserError

_NO_LABEL = "give texts that have none a label of their own, as none"


class Labelled(NamedTuple):
    """A text and its labels, one or more."""

    text: str
    labels: tuple[str, ...]
    place: str
    """where it stands, for messages: "reviews.tsv:17", or "reviews.parquet: row 17\""""


def silent(line: str) -> None:
    """Tell nobody."""


def read_labelled(
    sources: Sequence[Path],
    how: ReadSettings,
    text: str | None = None,
    label: str | None = None,
    separator: str | None = None,
    tell: Tell = silent,
) -> Iterator[Labelled]:
    """The examples of files, folders and globs; "-" is standard input. A text may be empty, a label not.

    ``text`` and ``label`` name a column, or are its number from 1. ``separator`` stands between several labels in one
    cell; nothing between two of them is no label. A label that comes twice counts once.

    ``tell`` is told which columns were taken, as each file begins.

    Raises UserError, with file and line, for what is of no known format, for rows of different lengths, for
    an example without label, and for a file without examples.
    """
    for place, body, cell in text_rows(sources, how, Asked(text, label), tell):
        yield Labelled(_text(body, place), _labels(cell, separator, place), place)


def read_texts(
    sources: Sequence[Path], how: ReadSettings, text: str | None = None, tell: Tell = silent
) -> Iterator[tuple[str, str]]:
    """Texts to be labelled, and their places. Labels that stand beside them are left out.

    Of tables and JSONL, the column of the texts; of fastText's lines, what is no label; of .tsv files without a header,
    what follows the first TAB. Of .txt files and others whose ending says nothing, every line is a text, also an empty
    one, unless ``text`` names a column, or the first line names one of texts and one of labels.
    """
    for place, body, _ in text_rows(sources, how, Asked(text, labelled=False), tell):
        yield _text(body, place), place


def _text(body: Any, place: str) -> str:
    """The text of a row; a missing one is empty."""
    if body is None or isinstance(body, str):
        return body or ""
    raise UserError(f"{place}: the text is not a text but of type {type(body).__name__}", "use {text_column}")


def _labels(cell: Any, separator: str | None, place: str) -> tuple[str, ...]:
    """The labels in a cell, each once."""
    if isinstance(cell, str) and separator:
        cell = [part for part in cell.split(separator) if part.strip()]
    labels = dict.fromkeys(_label(part, place) for part in cell) if isinstance(cell, list) else [_label(cell, place)]
    if not labels:
        raise UserError(f"{place}: no label", _NO_LABEL)
    return tuple(labels)


def _label(value: Any, place: str) -> str:
    """One label, as text."""
    if isinstance(value, str):
        label = text_of(value.strip())
    else:
        try:
            cell = cell_of(value)
        except TypeError as error:
            raise UserError(f"{place}: the label is {error}, not a text or number", "use {label_column}") from None
        label = "" if cell is None else text_of(cell)
    if not label:
        raise UserError(f"{place}: the label is empty", _NO_LABEL)
    return label
