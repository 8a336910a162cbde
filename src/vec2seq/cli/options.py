"""Settings of estimators as command-line options, and what several commands share."""

import argparse
import json
import math
import os
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from vec2seq import modelfile
from vec2seq.cli import SaidError, option, say
from vec2seq.errors import UserError
from vec2seq.settings import Setting, Settings
from vec2seq.tasks import from_file

Answer = TypeVar("Answer")
ALIASES = {"random_state": ("--seed",)}
"""Other names of settings: what scikit-learn calls otherwise than the rest of us."""


def add_settings(
    parser: argparse.ArgumentParser,
    settings: type[Settings],
    title: str = "settings",
    but: type[Settings] = Settings,
) -> None:
    """One option per setting, ``but`` for some; only those that are given appear in the parsed arguments."""
    group = parser.add_argument_group(title)
    for setting in own_settings(settings, but):
        kind, name = setting.plain, option(setting.name)
        shown = ",".join(map(str, setting.default)) if _is_list(kind) else setting.default
        default = "" if setting.default is None or setting.default is False else f" (default {shown})"
        text = f"{setting.doc.text}{default}".replace("%", "%%")
        if kind is bool:
            switch = argparse.BooleanOptionalAction
            group.add_argument(name, action=switch, default=argparse.SUPPRESS, help=text)
        elif typing.get_origin(kind) is Literal:
            names = [str(value) for value in typing.get_args(kind)]
            metavar = "|".join(names)
            group.add_argument(name, choices=names, default=argparse.SUPPRESS, metavar=metavar, help=text)
        else:
            metavar = "|".join([{int: "N", float: "X"}.get(kind, "N,N" if _is_list(kind) else "TEXT"), *setting.words])
            names = [name, *ALIASES.get(setting.name, ())]
            group.add_argument(*names, type=_reader(setting), default=argparse.SUPPRESS, metavar=metavar, help=text)


def _is_list(kind: Any) -> bool:
    """Whether a setting takes several numbers, commas between them."""
    return typing.get_origin(kind) is tuple


def _reader(setting: Setting) -> Any:
    """A function that reads the setting's value from a word of the command line."""
    kind = setting.plain

    def read(text: str) -> Any:
        try:
            if text in setting.words:
                return text
            if _is_list(kind):
                return setting.check(tuple(int(part) for part in text.split(",") if part.strip()))
            return setting.check(kind(text))
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error).removeprefix(f"{setting.name} ")) from None
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a {'whole ' * (kind is int)}number") from None

    return read


def check_out(out: str, read: Iterable[str]) -> None:
    """UserError if what is written would replace what it is made from."""
    if os.path.realpath(out) in map(os.path.realpath, read):
        raise UserError(f"--out {out}: is read, too; choose another name")


def check_page(out: str, read: Iterable[str]) -> None:
    """UserError unless this is the name of a page, and nothing that it is made from."""
    check_out(out, read)
    if Path(out).suffix.lower() != ".html":
        raise UserError(f"--out {out}: the page is written as .html")


def tell_or_draw(
    args: argparse.Namespace,
    to_json: Callable[[], dict[str, Any]],
    to_text: Callable[[], str],
    write_page: Callable[[str], None],
    told: str,
) -> None:
    """An explanation as it is asked for: a page (--out), of which is ``told`` what it shows, JSON (--json), or text."""
    if args.out is not None:
        check_page(args.out, [args.model])
        write_page(args.out)
        tell_of_file(args, f"{args.out}: {told}; open it in a browser")
    if args.json:
        print_json(to_json())
    elif args.out is None:
        print(to_text())


def above_zero(kind: type[int] | type[float]) -> Callable[[str], float]:
    """A function that reads a number above 0 from a word of the command line."""

    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text}: must be a {'whole ' * (kind is int)}number above 0")
        return value

    return read


def not_empty(text: str) -> str:
    """Read a name from a word of the command line."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name; is a variable of the shell not set?")
    return text


def own_settings(settings: type[Settings], but: type[Settings]) -> list[Setting]:
    """The settings of one class that another does not have."""
    others = {setting.name for setting in but.settings()}
    return [setting for setting in settings.settings() if setting.name not in others]


def given_settings(
    args: argparse.Namespace, settings: type[Settings], but: type[Settings] = Settings
) -> dict[str, Any]:
    """The settings among the parsed arguments, ``but`` for some."""
    names = {setting.name for setting in own_settings(settings, but)}
    return {name: value for name, value in vars(args).items() if name in names}


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option that all commands with results have."""
    parser.add_argument("--json", action="store_true", help="print JSON lines and nothing else")


def in_their_places(
    inputs: Iterable[str], refused: Mapping[str, UserError], answers: Iterable[Answer]
) -> Iterator[tuple[str, Answer]]:
    """Every input with its answer. Why one is refused is said in its place; at the end, SaidError is then raised."""
    rest = iter(answers)
    for text in inputs:
        if text in refused:
            sys.stdout.flush()
            say(refused[text])
        else:
            yield text, next(rest)
    if refused:
        sys.stdout.flush()
        raise SaidError


def net_model(path: Path) -> Any:
    """The model in a folder, if it is one of a task with a net: that takes tables, texts or pictures, or writes."""
    if not (path / modelfile.MANIFEST).is_file():
        return None
    file = modelfile.read(path)
    return from_file(file, path) if file.task in ("mlp", "classify", "tag", "generate", "translate", "read") else None


def print_json(value: Any) -> None:
    """One JSON line, in the characters that standard output can encode."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        line = json.dumps(value)
    print(line)


def tell_of_file(args: argparse.Namespace, told: str) -> None:
    """Say that a file was written, unless JSON lines alone are wanted."""
    if not args.json:
        print(told)
