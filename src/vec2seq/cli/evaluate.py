"""Judge a model, with 95 % intervals: word vectors by what people know of words: vec2seq evaluate VECTORS [FILE...]

Other models by data with what they should find: vec2seq evaluate MODEL DATA... For classify it is also told what was
taken for what, and the errors of which the model was most sure, as for translate and read; for generate, how well texts
are foreseen.

In a table, or on an offline page (--out sheet.html), on which other vectors can stand beside them (--against). A FILE
holds analogies (": section" lines, then four words a line), similarities (word TAB word TAB score), categories (word
TAB category), outliers (the words of a topic, an empty line, words that do not belong) or tests of association (JSON);
without one, vec2seq's own lists for the vectors' language are used.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vec2seq.cli import tell, translation, writing
from vec2seq.cli.options import above_zero, add_json, check_out, net_model, print_json
from vec2seq.cli.texts import is_text_model, judge_texts
from vec2seq.cli.words import add_vectors
from vec2seq.data.tokenize import language_of
from vec2seq.errors import UserError, counted
from vec2seq.evaluation.evaluate import as_table, judge
from vec2seq.evaluation.items import own_items, read_items
from vec2seq.evaluation.sheet import write_sheet
from vec2seq.measure import Score
from vec2seq.run.context import Run
from vec2seq.vectors.opening import open_vectors
from vec2seq.vectors.store import Vectors


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors, files of items, and where the page goes."""
    add_vectors(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="items, of other models data as for training; default: vec2seq's own items (vec2seq sample)",
    )
    parser.add_argument(
        "--against",
        metavar="VECTORS",
        action="append",
        default=[],
        help="other vectors that are judged by the same items; again for more",
    )
    parser.add_argument("--out", metavar="FILE", help="write a page (.html) instead of a table")
    parser.add_argument("--title", metavar="TEXT", help="heading of the page; default: the names of the vectors")
    parser.add_argument(
        "--language",
        choices=["en", "zh"],
        metavar="en|zh",
        help="of the page and of our own items; default: the words'",
    )
    parser.add_argument(
        "--errors",
        type=above_zero(int),
        default=5,
        metavar="N",
        help="of classify, translate, read: how many errors (default 5)",
    )
    translation.add_others(parser)
    parser.add_argument("--each", action="store_true", help="of generate: how well each text is foreseen, in a line")
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Score every file, and each section of it."""
    if args.out is not None and Path(args.out).suffix.lower() != ".html":
        raise UserError(f"--out {args.out}: the page is written as .html")
    model = translation.joined(net_model(Path(args.vectors)), args)
    writes = model is not None and model.task == "generate"
    if args.each and not writes:
        raise UserError("--each is for models of generate")
    if model is not None:
        judge_rows = judge_texts if is_text_model(model) or model.task in ("translate", "read") else _judge_tables
        (writing.judge_foresight if writes else judge_rows)(model, args)
        return
    models = _opened([args.vectors, *args.against])
    language = args.language or language_of(next(iter(models.values())).tokens[:1000])
    items = [(file, read_items(file)) for file in args.files] or own_items(language)
    if args.out is not None:
        check_out(args.out, [args.vectors, *args.against, *args.files])
        write_sheet(models, items, args.out, args.title or " · ".join(models), language)
        if args.json:
            print_json({"out": args.out, "vectors": list(models), "items": [name for name, _ in items]})
        else:
            print(f"{args.out}: {counted(len(models), 'set')} of vectors, {counted(len(items), 'list')} of items")
        return
    for name, vectors in models.items():
        scores = [measure.score() for file, item in items for measure in judge(vectors, item, file)]
        _show(scores, name if len(models) > 1 else None, args.json)


def _judge_tables(model: Any, args: argparse.Namespace) -> None:
    """Scores of all rows of the files, which have the target."""
    if not args.files:
        raise UserError(f"{args.vectors}: which table? name a file with the target, {model.target_!r}, in it")
    if args.against or args.out or args.language or args.title:
        raise UserError(f"{args.vectors}: --against, --out, --title and --language are for word vectors")
    table = model.table([Path(file) for file in args.files])
    if model.fingerprint_of(table, Run()) == model.data_["fingerprint"]:
        tell("these rows are those of the training: the scores do not tell how good it is for others")
    scores = model.scores(table, " ".join(args.files))
    for score in scores:
        if args.json:
            names = ("metric", "score", "low", "high", "n", "file")
            print_json({name: value for name, value in asdict(score).items() if name in names})
        else:
            low, high = ("-" if end is None else f"{end:.3f}" for end in (score.low, score.high))
            found = "not defined" if score.score is None else f"{score.score:.3f}"
            print(f"{score.metric}  {found}  [{low}, {high}]  {counted(score.n, 'row')}")


def _opened(paths: list[str]) -> dict[str, Vectors]:
    """The vectors by name: the last part of their path, or the path where two have the same."""
    places = [os.path.realpath(path) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise UserError(f"{path}: given twice; name other vectors after --against")
    names = [Path(place).name for place in places]
    return {
        path if names.count(name) > 1 else name: open_vectors(path) for path, name in zip(paths, names, strict=True)
    }


def _show(scores: list[Score], name: str | None, as_json: bool) -> None:
    for score in scores:
        if score.n == 0 and score.section is None and score.metric not in ("3cosmul", "pairdirection"):
            test = score.metric == "weat" and score.coverage
            why = "fewer than two words of a list" if test else "no item has only words that"
            tell(f"{score.file}: {why} are in these vectors (another language?)")
    if not as_json:
        print(*([f"{name}:"] if name else []), as_table(scores), sep="\n")
        return
    for score in scores:
        facts = {key: value for key, value in asdict(score).items() if value is not None or key not in ("section", "p")}
        print_json(({"vectors": name} if name else {}) | facts)
