"""See why two words are near: by the counts that were kept with the vectors, or by those of a text that is named."""

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vec2seq import modelfile
from vec2seq.cli.options import above_zero, print_json
from vec2seq.cli.words import add_count
from vec2seq.data.blocks import open_source
from vec2seq.data.checked import go_on
from vec2seq.data.cooccurrence import MANIFEST, Around, Cooccurrences
from vec2seq.data.corpus import Corpus, settle
from vec2seq.data.files import ReadSettings
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError
from vec2seq.explain.nearness import Example, Nearness, explain_nearness, find_examples
from vec2seq.run.progress import columns, visible
from vec2seq.vectors.glove import COUNTING_BYTES, counts_beside
from vec2seq.vectors.opening import open_vectors
from vec2seq.vectors.store import Vectors

LARGEST_WINDOW = 1000
WINDOW, COUNT = 10, 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to count, and how much to show."""
    group = parser.add_argument_group("of word vectors")
    group.add_argument("--corpus", metavar="FILE", nargs="+", help="text to count in, and to take examples from")
    group.add_argument(
        "--window", type=_window, metavar="N", help=f"most words to each side that are counted (default {WINDOW})"
    )
    group.add_argument("--encoding", metavar="NAME", help="of the text, for example gb18030")
    add_count(group)
    parser.set_defaults(count=None)


def _window(text: str) -> int:
    number = int(above_zero(int)(text))
    if number > LARGEST_WINDOW:
        raise argparse.ArgumentTypeError(f"{text}: must be at most {LARGEST_WINDOW}")
    return number


def refuse_options(args: argparse.Namespace) -> None:
    """UserError for an option that a model of mlp has no use for."""
    for name in ("corpus", "window", "encoding", "count"):
        if getattr(args, name) is not None:
            raise UserError(f"--{name} is for word vectors, which {args.model} is not")


def explain_words(args: argparse.Namespace) -> None:
    """Why two words are near: told, or as JSON."""
    if args.b is None:
        raise UserError("the following arguments are required: two words, A and B (see vec2seq explain --help)")
    if args.out or args.worksheet:
        raise UserError("--out and --worksheet are for models of mlp")
    vectors, corpus = open_vectors(args.model), [Path(path) for path in args.corpus or ()]
    how = ReadSettings(encoding=args.encoding or "utf-8")
    kept = _kept_counts(Path(args.model))
    if kept is not None:
        nearness, window = _explained(vectors, kept, args)
    elif corpus:
        with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder:
            counts = _counted(vectors, corpus, how, Path(folder), args.window or WINDOW)
            nearness, window = _explained(vectors, counts, args)
    else:
        raise UserError(
            f"{args.model}: no counts were kept with these vectors; name the text they were made from with "
            "--corpus FILE, or train with --keep-counts (glove)"
        )
    examples = find_examples(_sentences(vectors, corpus, how), nearness, window) if corpus else []
    if args.json:
        shared = [word._asdict() for word in nearness.shared]
        print_json({**vars(nearness), "shared": shared, "examples": [example._asdict() for example in examples]})
    else:
        print(_told(nearness, examples))


def _kept_counts(path: Path) -> Cooccurrences | None:
    """The table that was kept with the vectors; UserError if it is of another text than they are."""
    folder = counts_beside(path)
    if not (folder / MANIFEST).exists():
        return None
    table = Cooccurrences.open(folder)
    if path.is_dir() and table.fingerprint != modelfile.read(path).data.get("fingerprint"):
        raise UserError(f"{folder}: counts of another text than these vectors were made from; move that folder away")
    return table


def _explained(vectors: Vectors, table: Cooccurrences, args: argparse.Namespace) -> tuple[Nearness, int]:
    return explain_nearness(vectors, table, args.a, args.b, args.count or COUNT), table.around.window


def _counted(vectors: Vectors, corpus: list[Path], how: ReadSettings, folder: Path, window: int) -> Cooccurrences:
    """The co-occurrences of the vectors' words in a text that is split as their own was."""
    known = Vocab(vectors.tokens, np.zeros(len(vectors), np.int64))
    tokenizer, nothing_else = _tokenizer(vectors), 2**62
    encoded = Corpus.encode(
        corpus, folder / "corpus", tokenizer, how=how, known=known, min_count=nothing_else, threads=2
    )
    return Cooccurrences.count(encoded, folder / "counts", Around(window), memory_bytes=COUNTING_BYTES, threads=2)


def _tokenizer(vectors: Vectors) -> Tokenizer:
    """How the vectors' text was split; where nobody knows, as ``auto`` does, in lower case if all words are."""
    if vectors.tokenizer is not None and vectors.tokenizer.name != "given":
        return vectors.tokenizer
    return Tokenizer("auto", lower=all(word == word.lower() for word in vectors.tokens))


def _sentences(vectors: Vectors, corpus: list[Path], how: ReadSettings) -> Iterator[list[str]]:
    """The sentences of a text."""
    source, tokenizer = settle(open_source(corpus, how), _tokenizer(vectors), 0, go_on)
    ends = re.compile(r"\n\s*\n" if tokenizer.sentence == "paragraph" else r"\n")
    for block in source.blocks:
        for sentence in ends.split(block.data.decode(errors="replace")):
            yield tokenizer.tokens(sentence)


def _told(nearness: Nearness, examples: list[Example]) -> str:
    """The explanation for people."""
    a, b = visible(nearness.a), visible(nearness.b)
    lines = [
        f"{a} and {b}: similarity {nearness.similarity:.3f}; near each other {nearness.together:,.1f} times; "
        f"similarity of what stands around them {nearness.cosine:.3f}, which comes from"
    ]
    words = [visible(shared.word) for shared in nearness.shared]
    width = max(map(columns, words), default=0)
    for word, shared in zip(words, nearness.shared, strict=True):
        padding = " " * (width - columns(word))
        lines.append(
            f"  {word}{padding}  {shared.share:6.1%}  near {a} {shared.with_a:,.1f}, near {b} {shared.with_b:,.1f}"
        )
    if not nearness.shared:
        lines.append("  nothing: no word stands around both more often than chance would have it")
    for example in examples:
        lines.append(visible(f"{example.word}, {example.around}: {example.sentence}"))
    return "\n".join(lines)
