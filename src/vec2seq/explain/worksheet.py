"""A worksheet on back-propagation: a small net with its weights, a few rows, and blanks for all that is to be computed;
or the same with the answers. Markdown, or HTML that prints well.
"""

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vec2seq.errors import UserError, counted
from vec2seq.explain.functions import Floats
from vec2seq.explain.mlptrace import FEW, SMALL, Layer, Trace
from vec2seq.explain.worksheet_texts import TEXTS, Texts
from vec2seq.pages.render import Language
from vec2seq.run.progress import visible
from vec2seq.vectors.map2d import write_file

FORMATS = {".md": "Markdown", ".html": "HTML"}


class Heading(NamedTuple):
    """A part begins."""

    text: str
    level: int


class Line(NamedTuple):
    """A text; or a formula and a number to be filled in."""

    text: str
    formula: str = ""
    number: str | None = None


class Table(NamedTuple):
    """Numbers, or blanks for them."""

    name: str
    formula: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]


Block = Heading | Line | Table


def write_worksheet(trace: Trace, path: str | Path, answers: bool, language: Language = "en") -> None:
    """Write the worksheet of a small net, as Markdown (.md) or HTML (.html): with blanks, or with the answers.

    UserError for a net that is not small, for another ending of the name, and where the file cannot be written.
    """
    kind = FORMATS.get(Path(path).suffix.lower())
    if kind is None:
        raise UserError(f"{path}: a worksheet is {' or '.join(FORMATS)}; name the file so")
    parts = list(blocks(trace, answers, TEXTS[language]))
    written = _markdown(parts) if kind == "Markdown" else _html(parts, TEXTS[language], language)
    write_file(path, written.encode())


def blocks(trace: Trace, answers: bool, say: Texts) -> Iterator[Block]:
    """The worksheet from top to bottom."""
    if not trace.small:
        widest = max(len(trace.inputs), *(layer.shape[1] for layer in trace.layers))
        raise UserError(
            f"{widest} units in a layer and {counted(len(trace.target), 'row')}: too much for a worksheet, which takes "
            f"{SMALL} units and {FEW} rows",
            "train a net with smaller {hidden_layer_sizes}, or take fewer rows",
        )
    rows = [say.row(number + 1) for number in range(len(trace.target))]
    yield Heading(say.title_answers if answers else say.title, 1)
    yield Line(say.lead)
    if trace.row is not None:
        yield Line(say.row_of(visible(trace.row.short_place), visible(trace.row.model)))
    yield Heading(say.given, 2)
    yield _table(say.inputs, "A0", trace.layers[0].incoming, rows, trace.inputs)
    yield _table(say.target, "Y", trace.target, rows, trace.outputs)
    for layer in trace.layers:
        yield _weights(
            trace, layer, say.weights(layer.number, layer.activation), f"W{layer.number}", layer.weights, say
        )
    yield Heading(say.forward, 2)
    for layer in trace.layers:
        names = _units(trace, layer.number, say)
        for name, array in {"sums": layer.sums, "values": layer.values, "slopes": layer.slopes}.items():
            yield _table(say.names[name](layer.number), layer.formulas[name], array, rows, names, not answers)
    yield Heading(say.loss, 2)
    yield _number(trace.loss_formula, trace.loss, answers)
    yield Heading(say.backward, 2)
    for layer in reversed(trace.layers):
        names, n = _units(trace, layer.number, say), layer.number
        for name, array in {"arriving": layer.arriving, "leaving": layer.leaving}.items():
            yield _table(say.names[name](n), layer.formulas[name], array, rows, names, not answers)
        yield _weights(
            trace, layer, say.names["gradient"](n), layer.formulas["gradient"], layer.gradient, say, not answers
        )
    yield Heading(say.update(trace.solver, f"{trace.learning_rate:g}"), 2)
    for layer in trace.layers:
        name = say.names["update"](layer.number)
        yield _weights(trace, layer, name, layer.formulas["update"], layer.update, say, not answers)
    yield Line(say.after)
    yield _number(trace.loss_formula, trace.loss_after, answers)


def _units(trace: Trace, number: int, say: Texts) -> list[str]:
    """Names of the values of a layer; 0 is the input."""
    if number == 0:
        return trace.inputs
    if number == len(trace.layers):
        return trace.outputs
    return [say.unit(unit + 1) for unit in range(trace.layers[number - 1].shape[1])]


def _weights(
    trace: Trace, layer: Layer, name: str, formula: str, array: Floats, say: Texts, blank: bool = False
) -> Table:
    """A table of the shape of a layer's weights."""
    before = [*_units(trace, layer.number - 1, say), say.bias]
    return _table(name, formula, array, before, _units(trace, layer.number, say), blank)


def _table(
    name: str, formula: str, array: Floats, rows: Sequence[str], columns: Sequence[str], blank: bool = False
) -> Table:
    cells = [["" if blank else _told(value) for value in row] for row in array.tolist()]
    return Table(
        name,
        formula,
        [visible(one) for one in columns],
        [(visible(row), own) for row, own in zip(rows, cells, strict=True)],
    )


def _number(formula: str, value: float, answers: bool) -> Line:
    return Line("", formula, _told(value) if answers else "")


def _told(value: float) -> str:
    """Four digits, with a minus sign that is one."""
    return f"{value + 0.0:.4g}".replace("-", "−")


# Markdown


def _markdown(parts: Sequence[Block]) -> str:
    return "\n\n".join(map(_as_markdown, parts)) + "\n"


def _as_markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_quoted(block.text)}"
    if isinstance(block, Line):
        formula = f"`{block.formula}`" if block.formula else ""
        return _quoted(block.text) + formula + ("" if block.number is None else f" = {block.number or '________'}")
    lines = [["", *map(_quoted, block.columns)], ["---", *("---:" for _ in block.columns)]]
    lines += [[_quoted(name), *(cell or "______" for cell in cells)] for name, cells in block.rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"**{_quoted(block.name)}** `{block.formula}`\n\n{table}"


def _quoted(text: str) -> str:
    """Words of the user's are no Markdown."""
    return re.sub(r"([\\`*_\[\]<>|#&])", r"\\\1", text)


# HTML

_PAGE = """\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 15px/1.5 "Helvetica Neue", "Segoe UI", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; color: #1c2127; background: #fff; max-width: 960px; margin: 0 auto; padding: 16px 16px 48px; }}
h1 {{ font-size: 22px; }}
h2 {{ font-size: 17px; margin-top: 32px; border-bottom: 1px solid #ccc; }}
figure {{ margin: 16px 0; overflow-x: auto; break-inside: avoid; }}
figcaption {{ margin-bottom: 4px; }}
code {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 13px; color: #3a424b; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ border: 1px solid #bbb; padding: 3px 10px; font-weight: 400; }}
th {{ background: #f4f2ee; text-align: left; }}
td {{ text-align: right; min-width: 76px; height: 30px; }}
.blank {{ display: inline-block; min-width: 110px; border-bottom: 1px solid #555; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def _html(parts: Sequence[Block], say: Texts, language: Language) -> str:
    lang = {"en": "en", "zh": "zh-Hans"}[language]
    return _PAGE.format(lang=lang, title=html.escape(say.title), body="\n".join(map(_as_html, parts)))


def _as_html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{html.escape(block.text)}</h{block.level}>"
    if isinstance(block, Line):
        formula = f"<code>{html.escape(block.formula)}</code>" if block.formula else ""
        number = "" if block.number is None else f" = {block.number or '<span class=blank>&nbsp;</span>'}"
        return f"<p>{html.escape(block.text)}{formula}{number}</p>"
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in block.columns)
    rows = "\n".join(
        f'<tr><th scope="row">{html.escape(name)}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for name, cells in block.rows
    )
    caption = f"<strong>{html.escape(block.name)}</strong> <code>{html.escape(block.formula)}</code>"
    return f"<figure><figcaption>{caption}</figcaption>\n<table>\n<tr><td></td>{head}</tr>\n{rows}\n</table></figure>"
