"""See how much of what a model writes stands in its training text, word for word."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vec2seq.cli.options import print_json
from vec2seq.errors import UserError, counted
from vec2seq.measure.memorised import Memorised, memorised
from vec2seq.run.progress import visible
from vec2seq.tasks.generate_data import texts_of
from vec2seq.tasks.writing import Writing

WRITTEN = 20
"""Texts that the model writes for it."""


def explain_memory(model: Any, args: argparse.Namespace) -> None:
    """Shares of n characters in a row, of what it writes, and of other texts beside it; and the longest piece."""
    if args.a is None:
        raise UserError("which training text? name its file (see vec2seq explain --help)")
    if args.out is not None:
        raise UserError("--out: this view is no page")
    training, *others = [list(texts_of(Path(name), model.reading(), model.unit)) for name in (args.a, args.b) if name]
    if not training:
        raise UserError(f"{args.a}: there is no text in it")
    (answer,) = model.answers([""], Writing(samples=WRITTEN, temperature=1.0))
    written = [candidate["text"] for candidate in answer["candidates"]]
    found = {"written": memorised(written, training)}
    if others:
        found[args.b] = memorised(others[0], training)
    if args.json:
        for name, part in found.items():
            print_json({"texts": name, **asdict(part)})
        return
    characters = counted(sum(map(len, written)), "character")
    print(f"{counted(len(written), 'text')} of {characters} were written; of n characters in a row")
    print(f"so many stand in {args.a}:")
    print("\n".join(_table(found)))
    longest = found["written"].longest
    print(visible(f"the longest piece that stands there ({counted(len(longest), 'character')}): {longest}"))


def _table(found: dict[str, Memorised]) -> list[str]:
    """A column for each kind of text."""
    names = [visible(name) for name in found]
    lines = ["      " + "".join(f"  {name}" for name in names)]
    for size in found["written"].shares:
        cells = (part.shares[size] for part in found.values())
        told = ("-" if share is None else f"{100 * share:.1f} %" for share in cells)
        lines.append(f"{size:>6}" + "".join(f"  {cell:>{len(name)}}" for cell, name in zip(told, names, strict=True)))
    return lines
