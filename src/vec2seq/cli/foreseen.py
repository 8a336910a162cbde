"""See how a model that writes foresees a text, piece by piece."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from vec2seq.cli.options import check_page, print_json, tell_of_file
from vec2seq.cli.textview import text_of
from vec2seq.explain.alternatives import alternatives_of
from vec2seq.explain.alternatives_page import write_alternatives_page
from vec2seq.explain.alternatives_text import alternatives_to_text


def explain_text(model: Any, args: argparse.Namespace) -> None:
    """The text that was given, or is in a line of a file: told, as JSON, or as a page."""
    name = Path(args.model).resolve().name
    found = alternatives_of(model, text_of(args, model), name, args.top or 5)
    if args.out is not None:
        check_page(args.out, [args.model])
        write_alternatives_page(found, args.out, args.language)
        tell_of_file(args, f"{args.out}: how {name} foresees the text; open it in a browser")
    if args.json:
        print_json(found.to_json())
    elif args.out is None:
        print(alternatives_to_text(found, sys.stdout.isatty() and "NO_COLOR" not in os.environ))
