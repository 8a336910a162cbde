"""Which of some words does not fit: vec2seq odd-one-out VECTORS WORD WORD WORD..."""

import argparse
from collections.abc import Sequence

from vec2seq.cli.options import add_json, print_json
from vec2seq.cli.words import add_vectors
from vec2seq.run.progress import visible
from vec2seq.vectors.opening import open_vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors and words."""
    add_vectors(parser)
    parser.add_argument("words", metavar="WORD", nargs="+")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Find it."""
    odd = open_vectors(args.vectors).odd_one_out(args.words)
    if args.json:
        print_json({"words": args.words, "odd_one_out": odd})
    else:
        print(visible(odd))
