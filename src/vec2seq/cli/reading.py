"""What the commands do with models that read lines in pictures."""

import argparse
import sys
from pathlib import Path
from typing import Any

from vec2seq.cli import SaidError, say
from vec2seq.cli.options import given_settings, print_json
from vec2seq.data.files import STDIN
from vec2seq.errors import UserError
from vec2seq.run.progress import visible
from vec2seq.tasks.rules import Searching


def read_pictures(model: Any, args: argparse.Namespace) -> None:
    """A line for each picture: its name, what stands on it, and how sure that is; of several candidates each."""
    if STDIN in args.inputs:
        raise UserError("- : pictures do not come by standard input; name their files or folders")
    how, refused = Searching(**given_settings(args, Searching)), False
    for answer in model.answers_or_errors([Path(name) for name in args.inputs], how):
        if isinstance(answer, UserError):
            sys.stdout.flush()
            say(answer)
            refused = True
        elif args.json:
            print_json(answer)
        else:
            tell_lines(answer, how.candidates)
    sys.stdout.flush()
    if refused:
        raise SaidError


def tell_lines(answer: dict[str, Any], many: int) -> None:
    """What stands on a picture, in TABs."""
    if many == 1:
        print(visible(answer["input"]), visible(answer["output"]), f"{answer['score']:.4f}", sep="\t")
    for candidate in answer["candidates"] if many > 1 else []:
        print(visible(answer["input"]), visible(candidate["text"]), f"{candidate['score']:.3f}", sep="\t")
