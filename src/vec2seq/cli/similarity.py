"""How similar two words are, from -1 to 1 (cosine): vec2seq similarity VECTORS A B"""

import argparse
from collections.abc import Sequence

from vec2seq.cli.options import add_json, print_json
from vec2seq.cli.words import add_vectors
from vec2seq.vectors.opening import open_vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors and two words."""
    add_vectors(parser)
    parser.add_argument("a", metavar="A")
    parser.add_argument("b", metavar="B")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Compare."""
    similarity = open_vectors(args.vectors).similarity(args.a, args.b)
    if args.json:
        print_json({"words": [args.a, args.b], "similarity": similarity})
    else:
        print(f"{similarity:.3f}")
