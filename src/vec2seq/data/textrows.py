"""The rows of files of texts, one after another: what holds the text, what holds the label, and the place.

Files are, compressed or not, or standard input:

* lines of fastText, ``__label__a __label__b text``, known by how the first line begins;
* lines of a label, a TAB and a text, without a header: what follows the first TAB is text, quotes and TABs included;
* CSV and TSV with a header, known by the names in ``textcolumns``, and CSV of two columns without one. In TSV a row is
  one line; a cell that stands in quotes as CSV has them loses them, other quotes are text;
* JSONL and Parquet.

Which columns were taken is told, file by file. Knows nothing about what a label may be.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vec2seq.data.files import ReadSettings, find_files, kind_of, naming_damage, shown
from vec2seq.data.raw import ReadBytes
from vec2seq.data.rows import (
    csv_rows,
    even,
    json_rows,
    open_lines,
    open_parquet,
    peeked,
    refuse_spreadsheet,
    separator_of,
)
from vec2seq.data.table import check_names
from vec2seq.data.textcolumns import Asked, Chosen, by_cells, by_first_row, by_names, has_header, is_turned, names_both
from vec2seq.errors import UserError

Tell = Callable[[str], None]
"""Is told what was decided, as "reviews.csv: label: column 1, text: column 2"."""

Row = tuple[str, Any, Any]
"""The place, what holds the text, and what holds the label (None, if labels are not wanted)."""

_SAMPLE_ROWS = 1000
_BLOCK_ROWS = 4096
_TABLES = {".csv", ".tsv"}
_FASTTEXT = "__label__"
_FASTTEXT_LABEL = re.compile(rf"(?:^|(?<=\s)){_FASTTEXT}(\S*)\s*")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_LINES = 'write lines of "label TAB text" or "__label__x text", or a table whose first row is, say, label,text'
_ONE_LINE = "a row is one line, and its cells hold no TAB; write other texts as CSV or JSONL"


def text_rows(sources: Sequence[Path], how: ReadSettings, asked: Asked, tell: Tell) -> Iterator[Row]:
    """The rows of all files; UserError if one has none. ``tell`` is told what was decided, as each file begins."""
    files = find_files(sources).files
    if not files:
        raise UserError("there are no texts: the list of files is empty")
    for path in files:
        number = 0
        with naming_damage(path):
            refuse_spreadsheet(path)
            rows = (_parquet_rows if kind_of(path) == ".parquet" else _line_rows)(path, how, asked, tell)
            for number, row in enumerate(rows, 1):
                if number % _BLOCK_ROWS == 0:
                    how.check()
                yield row
        if not number:
            raise UserError(f"{shown(path)}: no {'examples' if asked.labelled else 'texts'} in it")


def _line_rows(path: Path, how: ReadSettings, asked: Asked, tell: Tell) -> Iterator[Row]:
    """The rows of a file of lines, whatever its format."""
    where, kind = shown(path), kind_of(path)
    with open_lines(path, how, ReadBytes()) as lines:
        first, lines = peeked(lines)
        separator = "\t" if "\t" in first and kind != ".csv" else separator_of(first, kind)
        cells = first.strip("\r\n").split(separator)
        # a model that learnt from a table also takes plain lines
        said = asked.said and (asked.labelled or "\t" in first or kind in _TABLES or asked.text in cells)
        is_table = said or kind == ".csv" or names_both(cells)
        if not first.strip():
            return
        if kind in {".jsonl", ".ndjson"} or (kind not in _TABLES and _is_object(first)):
            yield from _json_rows(where, lines, asked, tell)
        elif first.startswith(_FASTTEXT):
            yield from _fasttext_rows(where, lines, asked, tell)
        elif separator == "\t" and "\t" in first and (is_table or asked.labelled or kind == ".tsv"):
            yield from _tab_rows(where, lines, asked, tell)
        elif is_table:
            yield from _csv_rows(where, csv_rows(where, lines, separator), asked, tell)
        elif asked.labelled:
            raise UserError(f"{where}: no TAB between a label and a text in the first line", _LINES)
        else:
            tell(f"{where}: every line is a text")
            yield from ((f"{where}:{number}", line.rstrip("\r\n"), None) for number, line in enumerate(lines, 1))


def _is_object(line: str) -> bool:
    """Whether a line is a row of JSONL."""
    try:
        return line.lstrip().startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _fasttext_rows(where: str, lines: Iterator[str], asked: Asked, tell: Tell) -> Iterator[Row]:
    """Lines of fastText. As there, labels may stand anywhere in the line."""
    tell(f"{where}: labels: words that begin with {_FASTTEXT}, text: the rest of the line")
    for number, line in enumerate(lines, 1):
        if line.strip():
            labels = _FASTTEXT_LABEL.findall(line)
            if not labels and asked.labelled:
                raise UserError(f"{where}:{number}: no {_FASTTEXT}, but the first line has one", _LINES)
            yield f"{where}:{number}", _FASTTEXT_LABEL.sub("", line).strip(), labels


def _tab_rows(where: str, lines: Iterator[str], asked: Asked, tell: Tell) -> Iterator[Row]:
    """A table separated by TABs, or lines of a label and a text."""
    numbered = ((number, line.rstrip("\r\n")) for number, line in enumerate(lines, 1) if line.strip())
    number, line = next(numbered)
    first = [_unquoted(cell) for cell in line.split("\t")]
    chosen = by_first_row(f"{where}:{number}", first, asked)
    whole = itertools.chain([(number, line)], numbered)
    if chosen is None:
        yield from _label_lines(where, whole, tell)
        return
    clean = _unquoted if chosen.header else str
    rows = ((number, [clean(cell) for cell in line.split("\t")]) for number, line in whole)
    yield from _chosen_rows(where, even(where, rows, _ONE_LINE), chosen, first, tell)


def _label_lines(where: str, lines: Iterable[tuple[int, str]], tell: Tell) -> Iterator[Row]:
    """Lines of a label and a text."""
    rows = ((number, line.partition("\t")) for number, line in lines)
    sample = list(itertools.islice(rows, _SAMPLE_ROWS))
    pairs = [(label, text) for _, (label, _, text) in sample]
    if has_header(pairs, 0):
        tell(f"{where}: {Chosen(1, 0, True).told(pairs[0])}")
        del sample[0]
    elif is_turned(pairs):
        raise UserError(
            f"{where}: the label should stand before the TAB, but there no text comes again, and behind it most do",
            "use {text_column} 1 and {label_column} 2 if the text stands first",
        )
    else:
        tell(f"{where}: label: before the first TAB, text: the rest of the line")
    for number, (label, tab, text) in itertools.chain(sample, rows):
        if not tab:
            raise UserError(f"{where}:{number}: no TAB between a label and a text", _LINES)
        yield f"{where}:{number}", text, label


def _csv_rows(where: str, rows: Iterator[tuple[int, list[str]]], asked: Asked, tell: Tell) -> Iterator[Row]:
    """A table of CSV."""
    rows = even(where, rows)
    head = list(itertools.islice(rows, _SAMPLE_ROWS))
    if head:
        number, first = head[0]
        place = f"{where}:{number}"
        chosen = by_first_row(place, first, asked) or by_cells(place, [row for _, row in head], asked)
        yield from _chosen_rows(where, itertools.chain(head, rows), chosen, first, tell)


def _chosen_rows(
    where: str, rows: Iterator[tuple[int, list[str]]], chosen: Chosen, first: list[str], tell: Tell
) -> Iterator[Row]:
    """The chosen columns of the rows; ``first`` is the first of them."""
    tell(f"{where}: {chosen.told(first)}{'' if chosen.header else ' (no header)'}")
    for number, row in itertools.islice(rows, int(chosen.header), None):
        yield f"{where}:{number}", row[chosen.text], None if chosen.label is None else row[chosen.label]


def _unquoted(cell: str) -> str:
    """A cell without the quotes that CSV puts around it; other quotes stay."""
    match = _QUOTED.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


def _json_rows(where: str, lines: Iterator[str], asked: Asked, tell: Tell) -> Iterator[Row]:
    """Rows of JSONL; the first one says which keys hold text and label."""
    keys: list[str] = []
    for number, row in json_rows(where, lines):
        place = f"{where}:{number}"
        if not isinstance(row, dict):
            raise UserError(f"{place}: not a row of a table", 'write one as {"text": ..., "label": ...}')
        if not keys:
            names = list(row)
            chosen = by_names(place, names, asked)
            tell(f"{where}: {chosen.told(names)}")
            keys = [names[column] for column in (chosen.text, chosen.label) if column is not None]
        for key in keys:
            if key not in row:
                raise UserError(f"{place}: no {key!r}, which the first row has (there is: {', '.join(row)[:200]})")
        yield place, row[keys[0]], row[keys[1]] if asked.labelled else None


def _parquet_rows(path: Path, how: ReadSettings, asked: Asked, tell: Tell) -> Iterator[Row]:
    """Rows of Parquet; other columns are not read."""
    with open_parquet(path) as file:
        names = file.schema_arrow.names
        check_names(names, str(path))
        chosen = by_names(str(path), names, asked)
        tell(f"{path}: {chosen.told(names)}")
        wanted = [names[column] for column in (chosen.text, chosen.label) if column is not None]
        number = 0
        for batch in file.iter_batches(batch_size=_BLOCK_ROWS, columns=wanted):
            columns = [_cells(path, name, batch.column(name)) for name in wanted]
            for row in zip(*columns, strict=True):
                number += 1
                yield f"{path}: row {number}", row[0], row[1] if asked.labelled else None


def _cells(path: Path, name: str, column: Any) -> list[Any]:
    """The cells of a column of pyarrow."""
    try:
        cells: list[Any] = column.to_pylist()
    except (ValueError, OverflowError) as error:  # UnicodeDecodeError, for example
        what = f"{path}: column {name[:100]!r} cannot be read ({str(error)[:100]})"
        raise UserError(what, "write the table anew") from None
    return cells
