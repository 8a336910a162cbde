"""Sentences whose tokens have labels, from files, one after another: named entities, parts of speech, word borders.

Files are, compressed or not, or standard input:

* columns: a token a line, its label in the last column; TABs between the columns, or else spaces; an empty line between
  sentences (CoNLL-2000, -2002, -2003). Lines "-DOCSTART-" and comments, "# ..." of another number of columns, are
  passed over;
* conllu: CoNLL-U of Universal Dependencies; ranges (1-2) and empty nodes (1.1) are passed over;
* spans: JSONL of texts and stretches of them (``spans``);
* segmented: a sentence a line, spaces between its words. The tokens are its characters, the labels say where in a
  word they stand: B(egin), M(iddle), E(nd), S(ingle), as in the bakeoffs of SIGHAN.

Knows nothing about what the labels mean; B-, I- and O are not checked.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from vec2seq.data.files import ReadSettings, find_files, kind_of, naming_damage, shown
from vec2seq.data.labelled import read_texts
from vec2seq.data.marked import tokens_of_row
from vec2seq.data.offsets import split
from vec2seq.data.raw import ReadBytes
from vec2seq.data.rows import json_rows, open_lines, refuse_spreadsheet
from vec2seq.errors import UserError, counted

Format = Literal["auto", "columns", "conllu", "spans", "segmented"]

CONLLU_COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")

_BY_ENDING: dict[str, Format] = {".conllu": "conllu", ".jsonl": "spans", ".ndjson": "spans"}
_FORMS = "write a token, a TAB and its label in each line, or use {format} segmented for lines of words between spaces"
_HEAD_LINES = 1000
_SPACES = re.compile("[ \t]+")
_DOCUMENT = "-DOCSTART-"


class Sentence(NamedTuple):
    """The T tokens of a sentence, at least one, and as many labels."""

    tokens: list[str]
    labels: list[str]
    place: str
    """where it begins, for messages: "train.conll:17\""""


def read_tagged(
    sources: Sequence[Path],
    how: ReadSettings,
    format: Format = "auto",  # noqa: A002
    column: str | None = None,
) -> Iterator[Sentence]:
    """The sentences of files, folders and globs; "-" is standard input.

    ``format`` auto: conllu or spans if the name ends in .conllu, .jsonl or .ndjson, or the first line is one of
    CoNLL-U, else columns. ``column``: of the labels, its number from 1, in conllu also its name (None: the last one,
    in conllu UPOS). In spans, ``how.column`` is the key of the text.

    Raises UserError, with file and line, for lines that have not as many columns as the first one, tokens without
    label, spans that are not within the text or overlap, and for a file without sentences.
    """
    files = find_files(sources).files
    if not files:
        raise UserError("there are no sentences: the list of files is empty")
    for path in files:
        none = True
        with naming_damage(path):
            refuse_spreadsheet(path)
            if kind_of(path) == ".parquet":
                raise UserError(f"{path}: a table, not lines of tokens and labels", _FORMS)
            with open_lines(path, how, ReadBytes()) as lines:
                for sentence in _sentences(path, lines, how, format, column):
                    how.check()
                    none = False
                    yield sentence
        if none:
            raise UserError(f"{shown(path)}: no sentences in it")


def read_sentences(sources: Sequence[Path], how: ReadSettings) -> Iterator[tuple[str, str]]:
    """Texts to be tagged, and their places: of text files the lines, of tables and JSONL the column of the texts.

    What has nothing but white space is passed over.
    """
    return ((text, place) for text, place in read_texts(sources, how, how.column) if text.strip())


def _sentences(
    path: Path,
    lines: Iterator[str],
    how: ReadSettings,
    format: Format,  # noqa: A002
    column: str | None,
) -> Iterator[Sentence]:
    """The sentences of one file."""
    where = shown(path)
    head = list(itertools.islice(lines, _HEAD_LINES))
    numbered = enumerate((line.rstrip("\r\n") for line in itertools.chain(head, lines)), 1)
    if format == "auto":
        format = _BY_ENDING.get(kind_of(path), "conllu" if _is_conllu(head) else "columns")  # noqa: A001
    if format == "spans":
        for number, row in json_rows(where, itertools.chain(head, lines)):
            tokens, labels = tokens_of_row(row, f"{where}:{number}", how.column)
            if tokens:
                yield Sentence(tokens, labels, f"{where}:{number}")
    elif format == "segmented":
        for number, line in numbered:
            if line.strip():
                yield Sentence(*borders(line.split()), f"{where}:{number}")
    elif format == "conllu":
        yield from _blocks(where, numbered, _conllu_reader(where, column))
    else:
        yield from _blocks(where, numbered, _columns_reader(where, head, column))


_ReadLine = Callable[[int, str], tuple[str, str] | None]
"""The number of a line and the line, to token and label; None: a line to pass over."""


def _blocks(where: str, lines: Iterator[tuple[int, str]], read: _ReadLine) -> Iterator[Sentence]:
    """Sentences of a token a line, which end at empty lines."""
    tokens: list[str] = []
    labels: list[str] = []
    first = 0
    for number, line in itertools.chain(lines, [(0, "")]):
        if not line.strip():
            if tokens:
                yield Sentence(tokens, labels, f"{where}:{first}")
            tokens, labels = [], []
        elif pair := read(number, line):
            first = first if tokens else number
            tokens.append(pair[0])
            labels.append(pair[1])


def _columns_reader(where: str, head: list[str], column: str | None) -> _ReadLine:
    """Reads lines of columns as the first lines of the file have them."""
    full = [(number, line.rstrip("\r\n")) for number, line in enumerate(head, 1) if line.strip()]
    full = [(number, line) for number, line in full if not line.startswith(_DOCUMENT)]
    first, example = next(((n, line) for n, line in full if not _is_comment(line)), full[0] if full else (0, ""))
    tabs = "\t" in example

    def cells_of(line: str) -> list[str]:
        return line.split("\t") if tabs else _SPACES.split(line.strip(" \t"))

    width = len(cells_of(example))
    if full and width < 2:
        raise UserError(f"{where}:{first}: one column, so no label beside the token", _FORMS)
    label = width - 1 if column is None else _number(f"{where}:{first}", column, width)

    def read(number: int, line: str) -> tuple[str, str] | None:
        cells = cells_of(line)
        if cells[0] == _DOCUMENT or (len(cells) != width and _is_comment(line)):
            return None
        place = f"{where}:{number}"
        if len(cells) != width:
            raise UserError(f"{place}: {counted(len(cells), 'column')}, but line {first} has {width}", _FORMS)
        return _pair(cells[0], cells[label], place)

    return read


def _is_comment(line: str) -> bool:
    return line.startswith("# ") or line.strip() == "#"


def _number(where: str, column: str, width: int) -> int:
    """The place of a column whose number the user says."""
    if column.isascii() and column.isdecimal() and 2 <= int(column) <= width:
        return int(column) - 1
    raise UserError(
        f"{where}: no column {column!r} of labels: there are {width} columns, and the first one holds the tokens",
        f"set {{label_column}} to a number from 2 to {width}",
    )


def _is_conllu(head: list[str]) -> bool:
    """Whether the first line that is no comment is one of CoNLL-U."""
    lines = (line for line in head if line.strip() and not line.startswith("#"))
    return (
        re.match(r"1(-\d+)?\t", first := next(lines, "")) is not None and first.count("\t") == len(CONLLU_COLUMNS) - 1
    )


def _conllu_reader(where: str, column: str | None) -> _ReadLine:
    """Reads lines of CoNLL-U."""
    name, width = (column or "UPOS").upper(), len(CONLLU_COLUMNS)
    if name not in CONLLU_COLUMNS and not (name.isascii() and name.isdecimal() and 1 <= int(name) <= width):
        raise UserError(
            f"{where}: no column {column!r} in CoNLL-U (there is: {', '.join(CONLLU_COLUMNS)})",
            "name one of these with {label_column}",
        )
    label = CONLLU_COLUMNS.index(name) if name in CONLLU_COLUMNS else int(name) - 1
    name = CONLLU_COLUMNS[label]

    def read(number: int, line: str) -> tuple[str, str] | None:
        if line.startswith("#"):
            return None
        cells, place = line.split("\t"), f"{where}:{number}"
        if len(cells) != width:
            raise UserError(
                f"{place}: {counted(len(cells), 'column')}, but CoNLL-U has {width}", "use {format} columns for others"
            )
        if not cells[0].isdecimal():  # 1-2 or 1.1
            return None
        if cells[label] == "_" and name in {"UPOS", "XPOS", "DEPREL"}:
            raise UserError(f"{place}: no {name} here", "name another column with {label_column}")
        return _pair(cells[1], cells[label], place)

    return read


def _pair(token: str, label: str, place: str) -> tuple[str, str]:
    """A token and its label; UserError if one is empty."""
    label = label.strip()
    if not token or not label:
        raise UserError(f"{place}: an empty {'label' if token else 'token'}", _FORMS)
    return token, label


def borders(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The characters of words, and where in the word each stands: B, M, E, or S for a word of one."""
    characters: list[str] = []
    labels: list[str] = []
    for word in words:
        parts = [token.text for token in split(word, "chars")]
        characters += parts
        labels += ["B", *"M" * (len(parts) - 2), "E"] if len(parts) > 1 else ["S"] * len(parts)
    return characters, labels
