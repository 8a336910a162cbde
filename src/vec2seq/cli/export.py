"""Write a model in another format: vec2seq export VECTORS --format word2vec --out vectors.txt

A net becomes a model folder that needs no PyTorch: vec2seq export MODEL --format onnx --out FOLDER
"""

import argparse
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vec2seq.cli.options import net_model
from vec2seq.cli.words import add_vectors
from vec2seq.engine.net_estimator import NetEstimator
from vec2seq.errors import UserError, counted
from vec2seq.vectors.formats import Format, write_vectors
from vec2seq.vectors.opening import open_vectors

ONNX = "onnx"


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Vectors, a format and a file."""
    add_vectors(parser)
    formats = [*typing.get_args(Format), ONNX]
    parser.add_argument(
        "--format", choices=formats, required=True, metavar="|".join(formats), help="the format of the new file"
    )
    parser.add_argument(
        "--out", required=True, metavar="FILE", help="the new file, of onnx the new folder; replaces an older one"
    )


def run(args: argparse.Namespace) -> None:
    """Read and write."""
    model = net_model(Path(args.vectors))
    if isinstance(model, NetEstimator) != (args.format == ONNX):
        raise UserError(f"--format {args.format}: {args.vectors} can be written as {_formats_of(model, args.vectors)}")
    if args.format == ONNX:
        model.export_onnx(args.out)
        print(f"{args.out}: {model.describe()}, for ONNX Runtime")
        return
    vectors = open_vectors(args.vectors)
    write_vectors(vectors, args.out, args.format)
    print(f"{args.out}: {counted(len(vectors), 'word')}, width {vectors.width}, {args.format}")


def _formats_of(model: Any, where: str) -> str:
    """What there is for a model."""
    if model is None:
        open_vectors(where)  # says it if there are none
        return ", ".join(typing.get_args(Format))
    return ONNX if isinstance(model, NetEstimator) else "nothing yet"
