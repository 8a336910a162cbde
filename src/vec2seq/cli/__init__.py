"""The command line. Commands load what they need when they run, so that ``vec2seq --help`` loads nothing.

Results go to standard output, everything else to standard error. Exit codes: 0 done; 2 something that the user can
mend, said in one line; 130 interrupted.
"""

import argparse
import difflib
import errno
import importlib
import io
import itertools
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, Protocol, TextIO

from vec2seq import __version__
from vec2seq.errors import UserError
from vec2seq.run.progress import visible

COMMANDS = {
    "train": "train a model on your data",
    "plan": "say how much time, memory and disk a training will take",
    "neighbors": "the nearest words of words",
    "similarity": "how similar two words are",
    "analogy": "A is to B as C is to which word",
    "odd-one-out": "which of some words does not fit",
    "evaluate": "judge a model, with intervals",
    "map": "draw word vectors: an offline page or a picture",
    "explain": "why a model says what it says",
    "predict": "what a model gives for new input",
    "export": "write a model in another format",
    "info": "what is in a model folder, and whether it is whole",
    "sample": "list the sample data, or write one to a file",
    "warmup": "compile the kernels for this processor ahead of time",
    "demo": "see it all work on sample text",
}
"""Command -> its help; ``vec2seq.cli.COMMAND`` holds it, a low line for each hyphen."""


class Command(Protocol):
    """What a module of a command offers."""

    def arguments(self, parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
        """Add the command's arguments; ``argv`` is what will be parsed."""

    def run(self, args: argparse.Namespace) -> None:
        """Do it."""


class SaidError(Exception):
    """Something went wrong that the user can mend, and it has been said already."""


OTHER_TOOLS = {
    **dict.fromkeys(("size", "vector_size", "dim", "layer1_size", "n_components"), "--width"),
    **dict.fromkeys(("iter", "epoch", "n_iter"), "--epochs"),
    **dict.fromkeys(("workers", "thread", "n_jobs"), "--threads"),
    **dict.fromkeys(("sg", "cbow", "model"), "--algorithm"),
    **dict.fromkeys(("alpha", "eta", "start_alpha", "learning_rate"), "--lr"),
    **dict.fromkeys(("ws", "window_size", "context"), "--window"),
    **dict.fromkeys(("neg", "ns", "negatives"), "--negative"),
    **dict.fromkeys(("vocab_min_count", "minCount", "mincount"), "--min-count"),
    **dict.fromkeys(("max_vocab", "max_final_vocab", "vocab_size"), "--max-size"),
    **dict.fromkeys(("topn", "top_n", "n"), "--count"),
    **dict.fromkeys(("hidden", "layers", "hidden_sizes"), "--hidden-layer-sizes"),
    **dict.fromkeys(("output", "save_file"), "--out"),
    "hs": "--loss",
    "t": "--sample",
}
"""What options of word2vec.c, gensim, fastText, GloVe and scikit-learn are called here."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are UserErrors, and whose options must be written out."""

    def __init__(self, prog: str, description: str | None = None, usage: str | None = None):
        super().__init__(prog=prog, description=description, usage=usage, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print with its usage."""
        message = message.replace("ignored explicit argument", "takes no value, but was given")
        if message.startswith("the following arguments are required: DATA"):
            message += "; - reads standard input"
        raise UserError(f"{message} (see {self.prog} --help)")

    def parse_all(self, argv: Sequence[str]) -> argparse.Namespace:
        """Parse. A misspelt option gets the name of the one that was meant, before what is then missing is told."""
        for word in itertools.takewhile("--".__ne__, argv):
            if word.startswith("--") and (meant := self._meant(word)):
                self.error(f"{word}: not known here; did you mean {meant}?")
        args, unknown = self.parse_known_intermixed_args(argv)
        if unknown and not unknown[0].startswith("-"):
            self.error(f"{unknown[0]}: one argument too many")
        if unknown:
            meant = self._meant(unknown[0])
            self.error(f"{unknown[0]}: not known here{f'; did you mean {meant}?' if meant else ''}")
        return args

    def _meant(self, word: str) -> str | None:
        """The option that was probably meant by a word that is none."""
        name, known = word.split("=")[0], [name for action in self._actions for name in action.option_strings]
        if name in known:
            return None
        theirs = OTHER_TOOLS.get(name.strip("-").replace("-", "_"))
        close = difflib.get_close_matches(name, known, 1, cutoff=0.75)
        return theirs if theirs in known else next(iter(close), None)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    _prepare_streams()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            run_command(argv)
        sys.stdout.flush()
    except UserError as error:
        return say(error)
    except SaidError:
        return 2
    except BrokenPipeError:
        _let_go(sys.stdout)
    except OSError as error:
        return say(_about(error))
    except MemoryError:
        return say(
            "not enough memory: use smaller settings, of word vectors --width, --min-count or --max-size, of mlp "
            "--hidden-layer-sizes"
        )
    except KeyboardInterrupt as interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one does not change how the program ends
        say(str(interrupt) or "interrupted")
        return 130
    return 0


def option(setting: str) -> str:
    """What a setting is called on the command line: min_count -> --min-count."""
    return f"--{setting.replace('_', '-')}"


def say(message: str | UserError) -> int:
    """One line on standard error; returns the exit code for what the user can mend."""
    message = message.told(option) if isinstance(message, UserError) else message
    tell(f"vec2seq: {' '.join(message.split())}")
    return 2


def tell(line: str) -> None:
    """One line on standard error. That nobody can read it changes nothing."""
    try:
        print(visible(line), file=sys.stderr)
    except OSError:
        _let_go(sys.stderr)


def _prepare_streams() -> None:
    """Streams that are closed lead nowhere; characters that a stream cannot encode are written as \\u4e2d."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - stays open
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go(stream: TextIO) -> None:
    """Whoever read it has gone: let it lead nowhere, so that Python does not complain when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as a line for the user, without its place in the code."""
    tell(f"vec2seq: {message}")


def _about(error: OSError) -> str:
    """One line about what the system refused."""
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    advice = {
        errno.ENOSPC: "; make room on that disk, or choose another place",
        errno.EDQUOT: "; make room on that disk, or choose another place",
        errno.EFBIG: "; choose another place, or raise the limit on the size of files (ulimit -f)",
        errno.EACCES: "; you may not do that there, choose another place",
        errno.EROFS: "; that disk can only be read, choose another place",
    }
    return what + advice.get(error.errno or 0, "")


def run_command(argv: Sequence[str]) -> None:
    """Run one command line; errors are raised, not printed."""
    if not argv or argv[0] in {"-h", "--help"}:
        print(overview())
        return
    if argv[0] == "--version":
        print(f"vec2seq {__version__}")
        return
    name, *rest = argv
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        raise UserError(f"no command {name!r}{f'; did you mean {close[0]}?' if close else ''} (see vec2seq --help)")
    command: Command = importlib.import_module(f"vec2seq.cli.{name.replace('-', '_')}")
    parse_and_run(command, name, rest)


def parse_and_run(command: Command, name: str, argv: Sequence[str]) -> None:
    """Parse the arguments of a command and run it."""
    parser = Parser(f"vec2seq {name}", description=(command.__doc__ or "").split("\n\n")[0])
    command.arguments(parser, argv)
    command.run(parser.parse_all(argv))


def overview() -> str:
    """What ``vec2seq --help`` prints."""
    width = max(len(name) for name in COMMANDS)  # once the command map is loaded, its module has that name here
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    return "\n".join(
        [
            "usage: vec2seq COMMAND ...",
            "",
            "Train, judge, understand and serve small sequence models on your own data.",
            "",
            *lines,
            "",
            "vec2seq COMMAND --help says more; vec2seq --version says which this is.",
        ]
    )
