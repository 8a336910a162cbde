"""See why a classifier or a tagger gives its answer to a text."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from vec2seq.cli.options import above_zero, tell_or_draw
from vec2seq.cli.texts import is_file
from vec2seq.data.files import STDIN
from vec2seq.data.labelled import read_texts
from vec2seq.errors import UserError
from vec2seq.explain.insides_text import attention_to_text, gates_to_text
from vec2seq.explain.textview_page import write_textview_page
from vec2seq.explain.textview_text import keywords_to_text, textview_to_text

OPTIONS = ("label", "token", "top")
VIEWS = {
    "attribution": "which tokens of a text the answer comes from, by several methods, each checked beside chance",
    "attention": "what each token looks at, layer by layer and head by head",
    "gates": "what an LSTM lets in, keeps and shows at each token",
    "keywords": "which words carry a text, by attention, occlusion, TF-IDF and chance",
}


def add_arguments(group: argparse._ActionsContainer) -> None:
    """Which answer, and how much of it."""
    group.add_argument(
        "--label", metavar="NAME", help="of classify and tag: the answer to explain; default: the one given"
    )
    group.add_argument("--token", type=above_zero(int), metavar="N", help="of tag: which token, from 1")
    group.add_argument(
        "--top", type=above_zero(int), metavar="K", help="how many keywords (default 10), alternatives (5)"
    )


def refuse_options(args: argparse.Namespace, names: Sequence[str]) -> None:
    """UserError if there is one of these options, which are for other views."""
    for name in names:
        if getattr(args, name) is not None:
            raise UserError(f"--{name} is for models of classify and tag{', and alternatives' * (name == 'top')}")


def views_of_text(model: Any) -> list[str]:
    """The views that a model of texts has."""
    inside = {"attention": ["attention"], "lstm": ["gates"]}
    return ["attribution", *inside.get(model.encoder, []), "keywords"]


def explain_text(model: Any, view: str, args: argparse.Namespace) -> None:
    """The text that was given, or is in a line of a file: told, as JSON, or as a page with all views."""
    from vec2seq.explain.textmodel import explanation_of  # loads PyTorch

    text = text_of(args, model)
    token = None if args.token is None else args.token - 1
    name = Path(args.model).resolve().name
    found = explanation_of(model, text, name, args.label, token, args.top or 10)
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    others = {"methods", "attention", "gates", "keywords"} - {{"attribution": "methods"}.get(view, view)}
    tell_or_draw(
        args,
        lambda: {key: value for key, value in found.to_json().items() if key not in others},
        {
            "attribution": lambda: textview_to_text(found, color),
            "attention": lambda: attention_to_text(found),
            "gates": lambda: gates_to_text(found),
            "keywords": lambda: keywords_to_text(found),
        }[view],
        lambda out: write_textview_page(found, out, args.language),
        f"why {name} says {found.label}",
    )


def text_of(args: argparse.Namespace, model: Any) -> str:
    """The text that is to be explained, read as the model reads."""
    if args.b is not None:
        raise UserError(f"{args.b}: one argument too many; put a text of several words in quotes")
    return line_of(args.a, lambda path: read_texts([path], model.reading(), getattr(model, "text_column", None)))


def line_of(given: str | None, read: Callable[[Path], Iterable[tuple[str, str]]]) -> str:
    """The text itself, a line of standard input, or of FILE:LINE if there is such a file, which ``read`` reads."""
    if given is None:
        raise UserError("the following arguments are required: the text, FILE:LINE or - (see vec2seq explain --help)")
    if given == STDIN:
        return sys.stdin.readline().rstrip("\r\n")
    path, _, line = given.rpartition(":")
    if not (line.isascii() and line.isdecimal() and is_file(path)):
        return given
    text = next((text for text, place in read(Path(path)) if place.endswith(f":{line}")), None)
    if text is None:
        raise UserError(f"{path}: no text begins in line {line}")
    return text
