"""What the commands that ask word vectors share."""

import argparse
from collections.abc import Sequence

from vec2seq.cli.options import above_zero
from vec2seq.run.progress import columns, visible
from vec2seq.vectors.store import Neighbor, RankedNeighbor


def add_vectors(parser: argparse.ArgumentParser) -> None:
    """The vectors: a model folder or another tool's file."""
    parser.add_argument("vectors", metavar="VECTORS", help="model folder, or a word2vec, GloVe or fastText (.vec) file")


def add_count(parser: argparse._ActionsContainer) -> None:
    """How many words to show."""
    parser.add_argument(
        "-k", "--count", type=above_zero(int), default=10, metavar="N", help="how many words (default 10)"
    )


def print_neighbors(neighbors: Sequence[Neighbor], heading: str | None = None) -> None:
    """One word a line with its similarity, in columns, and its ranks if they are known."""
    if heading is not None:
        print(f"{visible(heading)}:")
    words = [visible(neighbor.word) for neighbor in neighbors]
    width = max(map(columns, words), default=0)
    for word, neighbor in zip(words, neighbors, strict=True):
        print(f"  {word}{' ' * (width - columns(word))}  {neighbor.similarity:.3f}{_ranks(neighbor)}")


def _ranks(neighbor: Neighbor) -> str:
    if not isinstance(neighbor, RankedNeighbor):
        return ""
    unstable = "" if neighbor.stable else ", unstable"
    return f"  rank {neighbor.rank_low:,} to {neighbor.rank_high:,}{unstable}"
