"""Judge word vectors by analogies and similarities, with 95 % intervals: vec2seq evaluate VECTORS FILE..."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from vec2seq.cli import tell
from vec2seq.cli.options import add_json, print_json
from vec2seq.cli.words import add_vectors
from vec2seq.vectors.evaluate import as_table, evaluate
from vec2seq.vectors.opening import open_vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors and files of questions."""
    add_vectors(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="analogies (': section' lines, then four words a line) or similarities (word TAB word TAB score)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Score every file, and each section of the analogies."""
    vectors = open_vectors(args.vectors)
    scores = [score for file in args.files for score in evaluate(vectors, file)]
    for score in scores:
        if score.n == 0 and score.section is None:
            tell(f"{score.file}: no item has only words that are in these vectors (another language?)")
    if not args.json:
        print(as_table(scores))
        return
    for score in scores:
        print_json({name: value for name, value in asdict(score).items() if name != "section" or value is not None})
