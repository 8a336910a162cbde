"""See back-propagation: how a row of a table goes through a net, and what the net would learn from it."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vec2seq.cli.flow import flow_of_model
from vec2seq.cli.options import check_out, check_page, print_json, tell_of_file
from vec2seq.data.table import Table
from vec2seq.errors import UserError
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_page import write_page
from vec2seq.explain.backprop_text import to_text
from vec2seq.explain.mlptrace import Trace
from vec2seq.explain.tablerow import row_of
from vec2seq.explain.worksheet import write_worksheet
from vec2seq.mlp.table import TableMLP


def add_arguments(group: argparse._ActionsContainer) -> None:
    """The exercise."""
    group.add_argument(
        "--worksheet", metavar="FILE", help="of a row: write the exercise for a small net (.md or .html)"
    )
    group.add_argument("--answers", action="store_true", help="with the answers filled in")


def explain_row(model: TableMLP, args: argparse.Namespace) -> None:
    """The row that FILE or FILE:LINE names, followed forward and back."""
    if args.a is None:
        raise UserError("the following arguments are required: the row, FILE or FILE:LINE (see vec2seq explain --help)")
    if args.b is not None:
        raise UserError(f"{args.b}: one argument too many; a row is one word, FILE or FILE:LINE")
    path, row, first_of = _found(model, args.a)
    followed = trace_of(model, row, Path(args.model).resolve().name, first_of)
    which = row.place(0) if first_of is None else f"{row.place(0)}, the first row (FILE:LINE names another),"
    if args.worksheet is not None:
        check_out(args.worksheet, [args.model, path])
    if args.out is not None:
        check_page(args.out, [args.model, path])
        write_page(followed, args.out, args.language, flow_of_model(model, args.model))
        tell_of_file(args, f"{args.out}: {which} forward and back; open it in a browser")
    if args.worksheet is not None:
        write_worksheet(followed, args.worksheet, args.answers, args.language)
        tell_of_file(
            args, f"{args.worksheet}: the exercise of {which.rstrip(',')}{' with its answers' if args.answers else ''}"
        )
    if args.json:
        print_json({"input": row.place(0), **followed.to_json()})
    elif args.out is None and args.worksheet is None:
        print(to_text(followed))


def trace_of(model: TableMLP, row: Table, name: str, first_of: int | None = None) -> Trace:
    """One step of back-propagation for a row with its target, under the names of the table's columns.

    ``name``: the model's; ``first_of``: see ``TableRow``.
    """
    net, inputs, target = model.as_seen(row)
    names = model.labels_ if len(model.labels_) > 2 else model.labels_[1:] or [model.target_]
    found = trace(net, inputs, target)
    asked = row_of(model, row, name, found.layers[-1].sums[0].tolist(), first_of)
    return replace(found, inputs=model.input_names, outputs=list(names), row=asked)


def _found(model: Any, name: str) -> tuple[str, Table, int | None]:
    """The file, and the row of it: of FILE the first, and of how many; of FILE:LINE the one that stands there."""
    path, _, line = name.rpartition(":")
    if not path or Path(name).exists() or not line.isdigit():
        path = name
    table = model.table([Path(path)])
    rows = [row for row in range(len(table)) if path == name or table.place(row).endswith(f":{line}")]
    if not rows:
        raise UserError(
            f"{name}: there is no row; the first is {table.place(0)}, the last {table.place(len(table) - 1)}"
        )
    return path, table.take(np.array(rows[:1])), len(table) if path == name else None
