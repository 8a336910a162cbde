"""What a model gives for new input; for word vectors, the vector of each word: vec2seq predict MODEL WORD... | -"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from vec2seq.cli.options import add_json, in_their_places, print_json
from vec2seq.data.files import STDIN, open_bytes
from vec2seq.errors import UserError
from vec2seq.run.progress import visible
from vec2seq.tasks import load


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """A model and inputs."""
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument(
        "inputs", metavar="INPUT", nargs="+", help="words; - reads them from standard input, one a line"
    )
    add_json(parser)


def read_lines() -> list[str]:
    """The lines of standard input."""
    try:
        with open_bytes(Path(STDIN)) as file:
            return file.read().decode().splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"standard input: not UTF-8 at byte {error.start + 1}") from None


def run(args: argparse.Namespace) -> None:
    """One result a line."""
    model = load(args.model)
    inputs = read_lines() if args.inputs == [STDIN] else args.inputs
    refused = model.refused(inputs)
    outputs = model.predict([text for text in inputs if text not in refused])
    for text, output in in_their_places(inputs, refused, outputs):
        if args.json:
            print_json({"input": text, "output": output.tolist()})
        else:
            print(visible(text), *(f"{value:.6g}" for value in output.tolist()))
