"""List the sample data, or write one to a file: vec2seq sample [NAME] [--out FILE]; or make pictures of lines, to learn
reading from, of your own text and fonts: vec2seq sample lines --text corpus.txt --fonts FOLDER --out FOLDER
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vec2seq.cli import sample_lines
from vec2seq.cli.options import add_json, print_json
from vec2seq.data.samples import SAMPLES, read_sample
from vec2seq.disk import replacing


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """A sample, and where it goes."""
    names = " ".join([*SAMPLES, sample_lines.LINES])
    parser.add_argument("name", metavar="NAME", nargs="?", help=f"one of {names}; without it, list them")
    parser.add_argument("--out", metavar="FILE", help="the new file; default: standard output; of lines a new folder")
    add_json(parser)
    sample_lines.add_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """List, or write."""
    if args.name == sample_lines.LINES:
        sample_lines.make(args)
        return
    sample_lines.refuse_options(args)
    if args.name is None:
        _list(args.json)
        return
    lines = read_sample(args.name)
    if args.out is None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return
    write_sample(args.name, Path(args.out))
    if args.json:
        print_json({"sample": args.name, "file": args.out})
    else:
        print(f"{args.out}: {SAMPLES[args.name].what}")


def write_sample(name: str, path: Path) -> None:
    """Write a sample to a file, all of it or nothing."""
    lines = read_sample(name)
    with replacing(path) as file:
        file.writelines(f"{line}\n".encode() for line in lines)


def _list(as_json: bool) -> None:
    width = max(map(len, SAMPLES))
    for sample in SAMPLES.values():
        if as_json:
            facts = {"language": sample.language, "kind": sample.kind, "what": sample.what}
            print_json({"name": sample.name, **facts, "package": sample.package, "license": sample.license})
        else:
            source = f" ({sample.package}, {sample.license})" if sample.package else ""
            print(f"{sample.name:{width}}  {sample.what}{source}")
    if not as_json:
        print(f"{sample_lines.LINES:{width}}  {sample_lines.WHAT}")
