"""What a model gives for new input: vec2seq predict MODEL INPUT... | -

For word vectors the inputs are words, and the result is the vector of each. For mlp they are tables, and the result is
what is found for each row: the class with its probability, or the number. For classify and tag they are texts, or files
of texts, a line each: the result is the label with its probability, or the text with what was found in it. For
generate they are beginnings, which may be empty ("") or stand in a file, a line each: texts that go on from them. For
translate they are sources, or files of them: the target of each. For read they are pictures, or folders of them: a line
each of the picture, what stands on it, and how probably all of that is right; with --page they are whole pages of
print, and each of their lines is told.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vec2seq.cli import reading, translation, writing
from vec2seq.cli.options import add_json, in_their_places, print_json
from vec2seq.cli.texts import is_text_model, predict_texts
from vec2seq.data.files import STDIN, open_bytes
from vec2seq.errors import UserError
from vec2seq.run.progress import visible
from vec2seq.tasks import load


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """A model and inputs."""
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="words, texts, or files of texts or rows; - reads them from standard input, one a line",
    )
    add_json(parser)
    writing.add_rules(parser)
    writing.add_arguments(parser)
    translation.add_arguments(parser)
    reading.add_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """One result a line."""
    model = translation.joined(load(args.model), args)
    if model.task != "generate":
        writing.refuse_options(args)
    if model.task != "translate":
        translation.refuse_options(args)
    if model.task != "read":
        reading.refuse_options(args)
    writing.refuse_rules(model.task, args)
    if model.task == "generate":
        writing.write_texts(model, args)
    elif model.task == "translate":
        translation.translate_sources(model, args)
    elif model.task == "read":
        reading.read_pictures(model, args)
    elif is_text_model(model):
        predict_texts(model, args)
    elif hasattr(model, "table"):
        _of_rows(model, args)
    elif model.task in ("mlp-classifier", "mlp-regressor"):
        raise UserError(
            f"{args.model}: a model of arrays, which only Python has: vec2seq.load({str(args.model)!r}).predict(X)",
            "for tables, train one with vec2seq train mlp",
        )
    else:
        _of_words(model, args)


def _of_rows(model: Any, args: argparse.Namespace) -> None:
    """The rows of tables, each named by its place."""
    table = model.table([Path(path) for path in args.inputs])
    for row, answer in enumerate(model.answers(table)):
        if args.json:
            print_json({"input": table.place(row), **answer})
        else:
            print("\t".join(visible(_short(value)) for name, value in answer.items() if name != "probabilities"))


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _of_words(model: Any, args: argparse.Namespace) -> None:
    """Words, each with its vector."""
    inputs = read_lines() if args.inputs == [STDIN] else args.inputs
    refused = model.refused(inputs)
    outputs = model.predict([text for text in inputs if text not in refused])
    for text, output in in_their_places(inputs, refused, outputs):
        if args.json:
            print_json({"input": text, "output": output.tolist()})
        else:
            print(visible(text), *(f"{value:.6g}" for value in output.tolist()))


def read_lines() -> list[str]:
    """The lines of standard input."""
    try:
        with open_bytes(Path(STDIN)) as file:
            return file.read().decode().splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"standard input: not UTF-8 at byte {error.start + 1}") from None
