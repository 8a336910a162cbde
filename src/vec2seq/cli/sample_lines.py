"""What vec2seq sample does for "lines": pictures of lines of the user's text in the user's fonts."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from vec2seq.cli import option, tell
from vec2seq.cli.options import add_settings, given_settings, print_json
from vec2seq.data.fonts import find_fonts
from vec2seq.data.linetexts import LineTexts
from vec2seq.data.makelines import EM, TABLE, make_lines
from vec2seq.errors import UserError, counted
from vec2seq.run.progress import Printed, visible
from vec2seq.run.resources import processors
from vec2seq.settings import Doc, Settings

LINES = "lines"
"""The name of what is made and not carried by a package."""
WHAT = "made of your own text and fonts: pictures of lines, to learn reading from (--text, --fonts, --out)"
_TOLD = 5
"""Fonts that cannot be used are named one by one, so many of them."""


@dataclass(kw_only=True, eq=False)
class Making(Settings):
    """How lines are made."""

    text: Annotated[str | None, Doc("file of text, in UTF-8, that the lines are pieces of")] = None
    fonts: Annotated[str | None, Doc("a font, or a folder of fonts (.ttf .otf .ttc .otc .woff .woff2)")] = None
    count: Annotated[int, Doc("how many lines", low=1, high=10_000_000)] = 10_000
    height: Annotated[int, Doc("pixels from top to bottom of each picture", low=16, high=256)] = 48
    seed: Annotated[int, Doc("other lines with another number", low=0)] = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What lines are made of."""
    add_settings(parser, Making, f"of {LINES}")


def refuse_options(args: argparse.Namespace) -> None:
    """UserError if there is an option that is for lines only."""
    for name in given_settings(args, Making):
        raise UserError(f"{option(name)} is for the sample {LINES} (see vec2seq sample --help)")


def make(args: argparse.Namespace) -> None:
    """Write a folder of pictures and their texts."""
    how = Making(**given_settings(args, Making))
    missing = [option(name) for name in ("text", "fonts") if not getattr(how, name)] + ["--out"] * (not args.out)
    if how.text is None or how.fonts is None or missing:
        raise UserError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            "vec2seq sample lines --text corpus.txt --fonts fonts/ --out lines",
        )
    fonts, refused = find_fonts(Path(how.fonts), round(EM * how.height))
    for error in refused[:_TOLD]:
        tell(f"left out: {error.what}")
    if len(refused) > _TOLD:
        tell(f"left out: {counted(len(refused) - _TOLD, 'other font')} that cannot be used")
    texts = LineTexts.read(Path(how.text))
    if texts.segmented:
        tell(f"{how.text}: spaces stand between Chinese words: they are left out, as in print")
    progress = Printed(sys.stderr)
    made = make_lines(
        *(texts, fonts, Path(args.out), how.count, how.height, how.seed, processors()),
        lambda done: progress.step("drawing", done, how.count, "lines"),
    )
    if made.undrawn:
        tell(
            f"{counted(made.undrawn, 'piece')} of text left out: no font has all characters; "
            f"missing most: {made.told_missing()}"
        )
    if made.turned:
        tell(f"{counted(made.turned, 'piece')} of text left out: written from right to left, which cannot be read yet")
    if made.lines < how.count:
        tell(f"no more than {counted(made.lines, 'line')} can be drawn")
    table = Path(args.out, TABLE)
    if args.json:
        facts = {"sample": LINES, "file": str(table), "lines": made.lines, "fonts": len(fonts)}
        print_json({**facts, "undrawn": made.undrawn, "missing": dict(made.most_missing())})
    else:
        print(visible(f"{args.out}: {counted(made.lines, 'line')} in {counted(len(fonts), 'font')}"))
        print(visible(f"next: vec2seq train read {table} --out model"))
