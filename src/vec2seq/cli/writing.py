"""What the commands do with models that write: texts as they are written, and how well given texts are foreseen."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from vec2seq.cli import option, tell
from vec2seq.cli.options import add_settings, given_settings, print_json
from vec2seq.cli.texts import sources, tell_scores
from vec2seq.data.files import STDIN
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.progress import visible
from vec2seq.tasks.rules import Rules, Searching
from vec2seq.tasks.writing import Writing

BETWEEN = "---"
"""Stands between texts that can have several lines."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How a text is written."""
    add_settings(parser, Writing, "of generate", but=Rules)


def refuse_options(args: argparse.Namespace) -> None:
    """UserError if there is an option that is for models that write only."""
    for name in given_settings(args, Writing, but=Rules):
        raise UserError(f"{option(name)} is for models of generate")


def add_rules(parser: argparse.ArgumentParser) -> None:
    """What texts must be like, and how they are searched for."""
    add_settings(parser, Rules, "of generate, translate and read")
    add_settings(parser, Searching, "of translate and read", but=Rules)


def refuse_rules(task: str, args: argparse.Namespace) -> None:
    """UserError if there is such an option that is not for models of a task."""
    if task not in ("translate", "read"):
        for name in given_settings(args, Searching, but=Rules):
            raise UserError(f"{option(name)} is for models of translate and read")
    if task not in ("generate", "translate", "read"):
        for name in given_settings(args, Rules):
            raise UserError(f"{option(name)} is for models of generate, translate and read")


def write_texts(model: Any, args: argparse.Namespace) -> None:
    """Texts that go on from each beginning: a single one of each as it is written, several when they are."""
    from vec2seq.kernels import compiled_before  # loads Numba

    if model.writes_by is not None and not compiled_before(model.writes_by):
        tell("compiling for this processor, once: some seconds (vec2seq warmup does it ahead)")
    author, first = model.author(Writing(**given_settings(args, Writing))), True
    beginnings = (text for source in sources(args.inputs, model.reading()) for text in model.beginnings(source))
    for number, beginning in enumerate(beginnings):
        if args.json:
            for answer in author.answers([beginning], number):
                print_json(answer)
                sys.stdout.flush()
            continue
        for parts in author.texts([beginning], number):
            if not first and not model.lines:
                print(BETWEEN)
            first = False
            for part in parts:
                print(_shown(part), end="", flush=True)
            print()


def _shown(text: str) -> str:
    """A text of several lines with what else controls a terminal escaped."""
    return re.sub(r"[^\n\t]+", lambda found: visible(found[0]), text)


def judge_foresight(model: Any, args: argparse.Namespace) -> None:
    """How well the texts of files are foreseen; or with ``--each`` every one of them, in a line."""
    if not args.files:
        raise UserError(f"{args.vectors}: which text? name a file")
    if args.against or args.out or args.language or args.title:
        raise UserError(f"{args.vectors}: --against, --out, --title and --language are for word vectors")
    files = [Path(file) for file in args.files]
    if args.each:
        for text, nats in model.foreseen(files):
            if args.json:
                print_json({"input": text, "nats_per_char": nats})
            else:
                print(f"{nats:.3f}\t{visible(text)}")
        return
    if STDIN not in args.files and model.fingerprint_of(files, Run()) == model.data_["fingerprint"]:
        tell("these are the data of the training: the scores do not tell how good it is for others")
    tell_scores(model.scores(files, None, " ".join(args.files)), args.json)
