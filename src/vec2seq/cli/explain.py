"""Why a model says what it says: vec2seq explain VECTORS A B; of other models vec2seq explain MODEL ROW or TEXT

Of word vectors, why two words are near (nearness): the words that stand around both, how often, and how much each
speaks for it. The counts are those that were kept (train glove --keep-counts), or are counted in the text that --corpus
names, from which example sentences are shown too. Of mlp, back-propagation (backprop): all numbers of a row's way
through the net and back; ROW is a table with the target, of which the first row is taken, or FILE:LINE. And the norms
of each layer's gradient over the training (flow): whether gradients vanish or explode. Of classify and tag, what tokens
of a TEXT the answer comes from (attribution), attention, gates, keywords. Of generate, how probable each piece of a
TEXT was, and what else was likely (alternatives); and how much of what it writes stands in its training text: vec2seq
explain MODEL TRAINING [OTHER] --view memorised. Of translate, where in its SOURCE the model looked for each piece of
the target (alignment). Of read, where on the picture of a line each character was read (reading): vec2seq explain
MODEL line.png. --list says what a model has.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vec2seq import modelfile
from vec2seq.cli import backprop, byheart, flow, foreseen, nearness, reading, textview, translation
from vec2seq.cli.options import add_json, print_json
from vec2seq.cli.texts import is_text_model
from vec2seq.errors import UserError
from vec2seq.mlp.base import MLP
from vec2seq.mlp.table import TableMLP
from vec2seq.tasks import from_file, task_class
from vec2seq.tasks.data_estimator import DataEstimator
from vec2seq.vectors.opening import open_vectors

VIEWS = {
    "nearness": "why two words are near: what stands around both, and how much it speaks for that",
    "backprop": "a row's way through the net and the gradient's way back, number by number",
    **textview.VIEWS,
    "alternatives": "how probable each piece of a text was, and what else was likely there",
    "alignment": "how each piece of a target looks at the pieces of its source",
    "reading": "where in the picture each character was read, what else it could be, and what its pixels say",
    "memorised": "how much of what a model writes stands in its training text, word for word",
    "flow": "the norm of each layer's gradient over the training: whether gradients vanish or explode",
}


WRITTEN: dict[str, Callable[[Any, argparse.Namespace], None]] = {
    "alternatives": foreseen.explain_text,
    "memorised": byheart.explain_memory,
    "alignment": translation.explain_target,
    "reading": reading.explain_line,
}
"""Views of models that write, and of those that read."""


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """A model, and what of it is to be explained."""
    parser.add_argument("model", metavar="MODEL", help="model folder, or a word2vec, GloVe or fastText (.vec) file")
    given = "a word; of mlp the row; of read a picture; a text, FILE:LINE, or - for a line of standard input"
    parser.add_argument("a", metavar="A", nargs="?", help=given)
    parser.add_argument(
        "b", metavar="B", nargs="?", help="the other word; of memorised more texts, of alignment a target"
    )
    parser.add_argument("--view", metavar="NAME", help=f"{', '.join(VIEWS)}; default: the first that the model has")
    parser.add_argument("--list", action="store_true", help="print the views that the model has, and explain nothing")
    nearness.add_arguments(parser)
    textview.add_arguments(parser.add_argument_group("of texts"))
    group = parser.add_argument_group("of other models than word vectors")
    group.add_argument("--out", metavar="FILE", help="write a page (.html) that opens without a network")
    group.add_argument("--language", choices=["en", "zh"], default="en", metavar="en|zh", help="of page and worksheet")
    backprop.add_arguments(group)
    add_json(parser)


def run(args: argparse.Namespace) -> None:
    """Explain."""
    model = _net(Path(args.model))
    views = views_of(model, args.model)
    if args.list:
        if model is None:
            open_vectors(args.model)
        for name in views:
            print_json({"view": name, "shows": VIEWS[name]}) if args.json else print(f"{name:<13}{VIEWS[name]}")
        return
    view = args.view or next(iter(views), "flow")
    if view not in views and not (view == "flow" and model is not None and not is_text_model(model)):
        raise UserError(f"--view {view}: {args.model} has {', '.join(views) or 'none'}")
    if args.answers and args.worksheet is None:
        raise UserError("--answers is for the exercise that --worksheet FILE writes")
    if args.language != "en" and args.out is None and args.worksheet is None:
        raise UserError(f"--language {args.language}: is of pages (--out) and worksheets; what is printed is English")
    if view not in textview.VIEWS:
        textview.refuse_options(args, ("label", "token") if view == "alternatives" else textview.OPTIONS)
    if view == "nearness":
        nearness.explain_words(args)
        return
    nearness.refuse_options(args)
    if args.worksheet is not None and (view in WRITTEN or view in textview.VIEWS):
        raise UserError("--worksheet is for models of mlp")
    if view in WRITTEN:
        WRITTEN[view](model, args)
        return
    if view in textview.VIEWS:
        textview.explain_text(model, view, args)
        return
    if view == "backprop":
        backprop.explain_row(model, args)
    else:
        flow.explain_training(model, args)


def views_of(model: Any, where: str) -> list[str]:
    """The views of a net, or of word vectors (None); the first is what ``explain`` shows."""
    if model is None:
        return ["nearness"]
    if is_text_model(model):
        return textview.views_of_text(model)
    if model.task == "generate":
        return ["alternatives", "memorised"]
    if model.task == "translate":
        return ["alignment"]
    if model.task == "read":
        return ["reading"]
    found = ["backprop"] if isinstance(model, TableMLP) else []
    return found if flow.flow_of_model(model, where) is None else [*found, "flow"]


def _net(path: Path) -> Any:
    """The net in a folder, if there is one."""
    if not (path / modelfile.MANIFEST).is_file():
        return None
    file = modelfile.read(path)
    return from_file(file, path) if issubclass(task_class(file.task), MLP | TableMLP | DataEstimator) else None
