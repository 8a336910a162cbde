"""A is to B as C is to which word: vec2seq analogy VECTORS man king woman"""

import argparse
from collections.abc import Sequence

from vec2seq.cli.options import add_json, print_json
from vec2seq.cli.words import add_count, add_vectors, print_neighbors
from vec2seq.vectors.opening import open_vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors and three words."""
    add_vectors(parser)
    for name in "abc":
        parser.add_argument(name, metavar=name.upper())
    add_count(parser)
    parser.add_argument(
        "--method", choices=["add", "mul"], default="add", metavar="add|mul", help="3CosAdd or 3CosMul (default add)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Find the best words."""
    found = open_vectors(args.vectors).analogy(args.a, args.b, args.c, args.count, args.method)
    if args.json:
        print_json({"a": args.a, "b": args.b, "c": args.c, "answers": [answer._asdict() for answer in found]})
    else:
        print_neighbors(found)
