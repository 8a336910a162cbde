"""See how a model that writes foresees a text, piece by piece."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from vec2seq.cli.options import tell_or_draw
from vec2seq.cli.textview import text_of
from vec2seq.explain.alternatives import alternatives_of
from vec2seq.explain.alternatives_page import write_alternatives_page
from vec2seq.explain.alternatives_text import alternatives_to_text


def explain_text(model: Any, args: argparse.Namespace) -> None:
    """The text that was given, or is in a line of a file: told, as JSON, or as a page."""
    name = Path(args.model).resolve().name
    found = alternatives_of(model, text_of(args, model), name, args.top or 5)
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    tell_or_draw(
        args,
        found.to_json,
        lambda: alternatives_to_text(found, color),
        lambda out: write_alternatives_page(found, out, args.language),
        f"how {name} foresees the text",
    )
