"""The nearest words of words, best first: vec2seq neighbors VECTORS WORD..."""

import argparse
from collections.abc import Sequence

from vec2seq.cli.options import add_json, in_their_places, print_json
from vec2seq.cli.words import add_count, add_vectors, print_neighbors
from vec2seq.vectors.opening import open_vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors and words."""
    add_vectors(parser)
    parser.add_argument("words", metavar="WORD", nargs="+")
    add_count(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Look the words up, all at once."""
    vectors = open_vectors(args.vectors)
    unknown = vectors.unknown(args.words)
    found = vectors.neighbors([word for word in args.words if word not in unknown], args.count)
    for word, neighbors in in_their_places(args.words, unknown, found):
        if args.json:
            print_json({"word": word, "neighbors": [neighbor._asdict() for neighbor in neighbors]})
        else:
            print_neighbors(neighbors, word if len(args.words) > 1 else None)
