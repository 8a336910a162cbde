"""See back-propagation: how a row of a table goes through a net, and what the net would learn from it."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vec2seq.cli.options import check_out, print_json
from vec2seq.data.table import Table
from vec2seq.errors import UserError
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_page import write_page
from vec2seq.explain.backprop_text import to_text
from vec2seq.explain.mlptrace import Trace
from vec2seq.explain.worksheet import write_worksheet
from vec2seq.mlp.table import TableMLP


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the trace goes."""
    group = parser.add_argument_group("of a row")
    group.add_argument("--out", metavar="FILE", help="write a page (.html), on which the net is stepped through")
    group.add_argument("--worksheet", metavar="FILE", help="write the exercise for a small net (.md or .html)")
    group.add_argument("--answers", action="store_true", help="with the answers filled in")
    group.add_argument("--language", choices=["en", "zh"], default="en", metavar="en|zh", help="of page and worksheet")


def explain_row(model: TableMLP, args: argparse.Namespace) -> None:
    """The row that FILE or FILE:LINE names, followed forward and back."""
    path, row = _found(model, args.a)
    followed = trace_of(model, row)
    for out in filter(None, (args.out, args.worksheet)):
        check_out(out, [args.vectors, path])
    if args.out is not None:
        if Path(args.out).suffix.lower() != ".html":
            raise UserError(f"--out {args.out}: the page is written as .html")
        write_page(followed, args.out, args.language)
        print(f"{args.out}: {row.place(0)} forward and back; open it in a browser")
    if args.worksheet is not None:
        write_worksheet(followed, args.worksheet, args.answers, args.language)
        print(f"{args.worksheet}: the exercise{' with its answers' if args.answers else ''}")
    if args.json:
        print_json({"input": row.place(0), **followed.to_json()})
    elif args.out is None and args.worksheet is None:
        print(to_text(followed))


def trace_of(model: TableMLP, row: Table) -> Trace:
    """One step of back-propagation for a row with its target, under the names of the table's columns."""
    net, inputs, target = model.as_seen(row)
    names = model.labels_ if len(model.labels_) > 2 else model.labels_[1:] or [model.target_]
    return replace(trace(net, inputs, target), inputs=model.input_names, outputs=list(names))


def _found(model: Any, name: str) -> tuple[str, Table]:
    """The file, and the row of it: of FILE the first, of FILE:LINE the one that stands there."""
    path, _, line = name.rpartition(":")
    if Path(name).exists() or not line.isdigit():
        path = name
    table = model.table([Path(path)])
    rows = [row for row in range(len(table)) if path == name or table.place(row).endswith(f":{line}")]
    if not rows:
        raise UserError(
            f"{name}: there is no row; the first is {table.place(0)}, the last {table.place(len(table) - 1)}"
        )
    return path, table.take(np.array(rows[:1]))
