"""What the commands do with models that read lines in pictures."""

import argparse
import sys
from pathlib import Path
from typing import Any

from vec2seq.cli import SaidError, say
from vec2seq.cli.options import given_settings, print_json, tell_or_draw
from vec2seq.data.altofile import write_alto
from vec2seq.data.files import STDIN
from vec2seq.data.transcribed import pictures_of
from vec2seq.errors import UserError
from vec2seq.explain.reading_page import write_reading_page
from vec2seq.explain.reading_text import reading_to_text
from vec2seq.run.progress import visible
from vec2seq.tasks.rules import Searching


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What pictures show, and what is written of them."""
    group = parser.add_argument_group("of read")
    text = "pictures are whole, clean pages of print: their lines are found, and each is read"
    group.add_argument("--page", action="store_true", help=text)
    text = "of --page: also write what was read, and where it stands, as a file of ALTO for each page"
    group.add_argument("--alto", metavar="FOLDER", help=text)


def refuse_options(args: argparse.Namespace) -> None:
    """UserError if there is an option that is for models that read only."""
    for name in ("page", "alto"):
        if getattr(args, name):
            raise UserError(f"--{name} is for models of read")


def read_pictures(model: Any, args: argparse.Namespace) -> None:
    """A line for each picture, or line of a page: its name, what stands there, how sure that is; or its candidates."""
    if STDIN in args.inputs:
        raise UserError("- : pictures do not come by standard input; name their files or folders")
    if args.alto and not args.page:
        raise UserError("--alto says where lines stand on a page: add --page")
    how, refused = Searching(**given_settings(args, Searching)), False
    paths = [Path(name) for name in args.inputs]
    alto = AltoFiles(Path(args.alto), pictures_of(paths)) if args.alto else None
    for answer in model.answers_or_errors(paths, how, args.page):
        if isinstance(answer, UserError):
            sys.stdout.flush()
            say(answer)
            refused = True
            continue
        if args.json:
            print_json(answer)
        else:
            tell_lines(answer, how.candidates)
        if alto is not None:
            alto.add(answer)
    sys.stdout.flush()
    if alto is not None:
        alto.write()
    if refused:
        raise SaidError


class AltoFiles:
    """A folder that gets a file for each page."""

    def __init__(self, folder: Path, pictures: list[Path]):
        """UserError if a file is there already, or two pages have the same name."""
        self._places: dict[str, Path] = {}
        for picture in pictures:
            place = folder / f"{picture.stem}.xml"
            if place.exists():
                raise UserError(f"{place}: exists already", "choose another folder for {alto}")
            if place in self._places.values():
                raise UserError(f"{picture}: two pages of this name, and both would be {place}", "read them one by one")
            self._places[str(picture)] = place
        folder.mkdir(parents=True, exist_ok=True)
        self._lines: list[dict[str, Any]] = []

    def add(self, answer: dict[str, Any]) -> None:
        """A line; with the first one of another page, what came before is written."""
        if self._lines and self._lines[0]["page"] != answer["page"]:
            self.write()
        self._lines.append(answer)

    def write(self) -> None:
        """The page that is not yet written."""
        if self._lines:
            write_alto(self._places[self._lines[0]["page"]["name"]], self._lines)
        self._lines = []


def tell_lines(answer: dict[str, Any], many: int) -> None:
    """What stands on a picture, in TABs."""
    if many == 1:
        print(visible(answer["input"]), visible(answer["output"]), f"{answer['score']:.4f}", sep="\t")
    for candidate in answer["candidates"] if many > 1 else []:
        print(visible(answer["input"]), visible(candidate["text"]), f"{candidate['score']:.3f}", sep="\t")


def explain_line(model: Any, args: argparse.Namespace) -> None:
    """Where on a picture each character was read, and what else it could be: told, as JSON, or as a page."""
    from vec2seq.explain.recognition import reading_of  # slow to load

    if args.a is None:
        raise UserError("the following arguments are required: the picture of a line (see vec2seq explain --help)")
    if args.b is not None:
        raise UserError(f"{args.b}: one argument too many: one picture is explained at a time")
    if args.a == STDIN:
        raise UserError("- : pictures do not come by standard input; name a file")
    if not Path(args.a).is_file():
        raise UserError(f"{args.a}: no such file", "name the picture of one line")
    name, drawn = Path(args.model).resolve().name, bool(args.json or args.out)
    found = reading_of(model, args.a, name, pixels=drawn)  # nothing else shows them
    tell_or_draw(
        args,
        found.to_json,
        lambda: reading_to_text(found),
        lambda out: write_reading_page(found, out, args.language),
        f"where {name} read what",
    )
