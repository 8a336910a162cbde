"""What the commands do with models that translate: targets of sources, and where a target comes from in its source."""

import argparse
import sys
from pathlib import Path
from typing import Any

from vec2seq.cli import option
from vec2seq.cli.options import add_settings, given_settings, print_json, tell_or_draw
from vec2seq.cli.texts import sources
from vec2seq.cli.textview import line_of
from vec2seq.errors import UserError
from vec2seq.explain.alignment_page import write_alignment_page
from vec2seq.explain.alignment_text import alignment_to_text
from vec2seq.run.progress import visible
from vec2seq.tasks import load
from vec2seq.tasks.rules import Searching
from vec2seq.tasks.translating import Translating


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How a target is searched for."""
    add_settings(parser, Translating, "of translate", but=Searching)
    add_others(parser)


def add_others(parser: argparse.ArgumentParser) -> None:
    """Models that find targets together."""
    text = "of translate: another model of the same pairs, whose mean with this one counts; again for more"
    parser.add_argument("--with", dest="others", metavar="MODEL", action="append", default=[], help=text)


def joined(model: Any, args: argparse.Namespace) -> Any:
    """The model, with others if some are named; UserError for models of other tasks."""
    if not args.others:
        return model
    others = [load(other) for other in args.others]
    if {getattr(each, "task", "") for each in (model, *others)} != {"translate"}:
        raise UserError("--with is for models of translate")
    return model.together(others)


def refuse_options(args: argparse.Namespace) -> None:
    """UserError if there is an option that is for models that translate only."""
    for name in given_settings(args, Translating, but=Searching):
        raise UserError(f"{option(name)} is for models of translate")


def translate_sources(model: Any, args: argparse.Namespace) -> None:
    """The target of each source in a line; of several candidates each, with its score."""
    how = Translating(**given_settings(args, Translating))
    for source in sources(args.inputs, model.reading()):
        for answer in model.answers(source, how):
            if args.json:
                print_json(answer)
            elif how.candidates == 1:
                print(visible(answer["output"]))
            else:
                for candidate in answer["candidates"]:
                    print(f"{candidate['score']:.3f}\t{visible(candidate['text'])}")
        sys.stdout.flush()


def explain_target(model: Any, args: argparse.Namespace) -> None:
    """How each piece of a target looks at those of its source: told, as JSON, or as a page."""
    from vec2seq.explain.translation import alignment_of  # loads PyTorch

    source = line_of(args.a, lambda path: (("\t".join(pair.source), pair.place) for pair in model.sources([path])))
    name = Path(args.model).resolve().name
    found = alignment_of(model, source, name, args.b)
    tell_or_draw(
        args,
        found.to_json,
        lambda: alignment_to_text(found),
        lambda out: write_alignment_page(found, out, args.language),
        f"where {name} looked",
    )
