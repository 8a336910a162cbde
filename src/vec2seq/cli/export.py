"""Write word vectors in another tool's format: vec2seq export VECTORS --format word2vec --out vectors.txt"""

import argparse
import typing
from collections.abc import Sequence

from vec2seq.cli.words import add_vectors
from vec2seq.errors import counted
from vec2seq.vectors.formats import Format, write_vectors
from vec2seq.vectors.opening import open_vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors, a format and a file."""
    add_vectors(parser)
    formats = typing.get_args(Format)
    parser.add_argument(
        "--format", choices=formats, required=True, metavar="|".join(formats), help="the format of the new file"
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="the new file; replaces an older one")


def run(args: argparse.Namespace) -> None:
    """Read and write."""
    vectors = open_vectors(args.vectors)
    write_vectors(vectors, args.out, args.format)
    print(f"{args.out}: {counted(len(vectors), 'word')}, width {vectors.width}, {args.format}")
