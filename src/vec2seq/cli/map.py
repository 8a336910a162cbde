"""Draw word vectors: an offline page (.html) or a picture (.png, .svg): vec2seq map VECTORS --out map.html"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from vec2seq.cli import tell
from vec2seq.cli.options import check_out
from vec2seq.cli.words import add_vectors
from vec2seq.data.tokenize import Language, language_of
from vec2seq.errors import UserError
from vec2seq.vectors.map2d import project, write_page
from vec2seq.vectors.opening import open_vectors

KINDS = (".html", ".png", ".svg")


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors, a file, and how to draw."""
    add_vectors(parser)
    parser.add_argument("--out", default="map.html", metavar="FILE", help=".html, .png or .svg (default map.html)")
    parser.add_argument("--words", type=int, default=2000, metavar="N", help="the N most frequent (default 2000)")
    parser.add_argument(
        "--method", choices=["tsne", "pca"], default="tsne", metavar="tsne|pca", help="the projection (default tsne)"
    )
    parser.add_argument("--title", metavar="TEXT", help="heading of the map; default: the name of the vectors")
    parser.add_argument(
        "--language", choices=["en", "zh"], metavar="en|zh", help="of the explanations; default: that of the words"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same map (default 1)")


def run(args: argparse.Namespace) -> None:
    """Project and write."""
    out = Path(args.out)
    if out.suffix.lower() not in KINDS:
        raise UserError(f"--out {out}: a map is written as {' '.join(KINDS)}")
    check_out(args.out, [args.vectors])
    vectors = open_vectors(args.vectors)
    language: Language = args.language or language_of(vectors.tokens[:1000])
    title = args.title if args.title is not None else Path(args.vectors).resolve().name
    title = title.encode(errors="replace").decode()  # a name need not be UTF-8
    word_map = project(vectors, args.words, args.method, args.seed)
    if out.suffix.lower() == ".html":
        write_page(word_map, out, title, language)
    else:
        from vec2seq.vectors.picture import picture  # loads matplotlib

        if note := picture(word_map, out, title, language):
            tell(note)
    print(f"{out}: {len(word_map.tokens):,} words")
