"""Train a model: vec2seq train TASK DATA... --out MODEL"""

import argparse
import difflib
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from vec2seq import modelfile
from vec2seq.cli import option
from vec2seq.cli.options import above_zero, add_json, add_settings, given_settings, not_empty, print_json
from vec2seq.data.files import STDIN
from vec2seq.disk import followed, remove_leftovers, taking_back_parents
from vec2seq.errors import UserError
from vec2seq.estimator import Estimator
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.progress import Printed, duration, visible
from vec2seq.run.signals import Interrupted
from vec2seq.tasks import TASKS, load, task_class
from vec2seq.tasks.data_estimator import DataEstimator

LONGEST_MINUTES = 525_600


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """All arguments; the settings are those of the task that ``argv`` names."""
    task = add_data(parser, argv)
    parser.add_argument("--out", metavar="MODEL", required=True, help="folder for the model; replaces an older one")
    parser.add_argument("--from", dest="start", metavar="MODEL", help="go on with a model, on more data")
    if task is not None and issubclass(task, DataEstimator):
        parser.add_argument(
            "--valid",
            metavar="DATA",
            action="append",
            help="keep this out to judge by, not a share of DATA; again for more",
        )
    parser.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    parser.add_argument(
        "--checkpoint-seconds",
        type=above_zero(float),
        default=300.0,
        metavar="N",
        help="how often the state is saved (default 300)",
    )
    add_minutes(parser)
    parser.add_argument("--no-golden", action="store_true", help="store no examples of input and output in the model")
    add_json(parser)
    if task is not None:
        add_settings(parser, task)


def add_data(parser: argparse.ArgumentParser, argv: Sequence[str]) -> type[Estimator] | None:
    """The task and its data; returns the estimator of the task that ``argv`` names."""
    task_name = _task_reader(parser.prog, argv)
    parser.add_argument("task", metavar="TASK", type=task_name, help=f"what to train: {' '.join(TASKS)}")
    what = "files, folders or globs of text, or tables; - is standard input"
    parser.add_argument("data", metavar="DATA", nargs="+", type=not_empty, help=what)
    task = next((word for word in argv if word in TASKS), None)
    if task is None:
        parser.epilog = f"{parser.prog} TASK --help lists the settings of a task."
        return None
    return task_class(task)


def _task_reader(prog: str, argv: Sequence[str]) -> Callable[[str], str]:
    """A function that reads the task; if there is a text in its place, it shows the command with a task."""

    def read(text: str) -> str:
        if text in TASKS:
            return text
        close = difflib.get_close_matches(text, TASKS, 1)
        if close:
            raise argparse.ArgumentTypeError(f"no task {text!r}; did you mean {close[0]}?")
        known = " ".join(TASKS)
        if text != STDIN and not Path(text).exists():
            raise argparse.ArgumentTypeError(f"no task {text!r}; there is: {known}")
        command = shlex.join([*prog.split(), next(iter(TASKS)), *argv])
        raise argparse.ArgumentTypeError(f"missing ({text!r} is none, there is: {known}); write: {command}")

    return read


def add_minutes(parser: argparse.ArgumentParser) -> None:
    """How long to train."""
    parser.add_argument(
        "--minutes", type=_minutes, metavar="N", help="about how long to train: decides the number of epochs"
    )


def check_minutes(args: argparse.Namespace) -> None:
    """UserError if the number of epochs is given, too."""
    for setting in ("epochs", "max_iter"):
        if args.minutes is not None and setting in args:
            name = option(setting)
            raise UserError(f"--minutes decides the number of epochs: give --minutes or {name}, not both")


def _minutes(text: str) -> float:
    number = float(above_zero(float)(text))
    if number > LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text}: must be at most {LONGEST_MINUTES:,}, a year")
    return number


def run(args: argparse.Namespace) -> None:
    """Train, save, and say what comes next."""
    began = time.monotonic()
    out, checkpoint = followed(args.out), Checkpoint.beside(args.out)
    check_minutes(args)
    progress = Printed(sys.stderr)
    run = Run(checkpoint, args.resume, args.checkpoint_seconds, args.minutes, progress, naming=option)
    if args.resume and not checkpoint.folder.exists() and (out / modelfile.MANIFEST).exists():
        remove_leftovers(checkpoint.folder)
        _check_same(args, out, run)
        progress.note(f"{out}: this run is finished; nothing to do")
        if args.json:
            done = load(out)
            print_json({"model": str(out), "seconds": 0.0, "history": done.history_, **done.facts()})
        return
    with taking_back_parents(out):
        modelfile.check_place(out)
        with run.workspace():  # to the end: no other process gets in between, and a signal loses no finished model
            estimator = trained(args, run, out, checkpoint)
            estimator.save(out, golden=not args.no_golden)
            checkpoint.remove()
    seconds = time.monotonic() - began
    if args.json:
        found = {"history": estimator.history_, **estimator.facts()}
        print_json({"model": str(out), "seconds": round(seconds, 2), **found})
    else:
        print(f"{out}: {estimator.describe()}, in {duration(seconds)}")
        if command := estimator.suggest(str(out)):
            print(visible(f"next: {command}"))


def trained(args: argparse.Namespace, run: Run, out: Path, checkpoint: Checkpoint) -> Any:
    """The estimator, trained: a new one, or on more data the one that ``--from`` names."""
    if checkpoint.exists() and not args.resume:
        raise UserError(f"{checkpoint.folder}: an unfinished run; add --resume to go on with it, or delete that folder")
    if args.resume and not checkpoint.exists():
        run.progress.note(f"{checkpoint.folder}: no checkpoint; starting anew")
    estimator: Any = load(args.start) if args.start else task_class(args.task)()
    if estimator.task != args.task:
        raise UserError(f"{args.start}: a model for {estimator.task}, not for {args.task}")
    estimator.set_params(**given_settings(args, type(estimator)))
    estimator.check_place(out)
    try:
        fit = estimator.partial_fit if args.start else estimator.fit
        valid = getattr(args, "valid", None)
        return fit(_data(args), run=run, **({} if valid is None else {"valid": [Path(path) for path in valid]}))
    except Interrupted as interrupt:
        raise Interrupted(f"{interrupt}; go on with --resume" if checkpoint.exists() else str(interrupt)) from None


def _data(args: argparse.Namespace) -> list[Path]:
    return [Path(path) for path in args.data]


def _check_same(args: argparse.Namespace, out: Path, run: Run) -> None:
    """UserError if a finished model was trained with other settings, text or start than are given now."""
    model: Any = load(out)
    for name, value in given_settings(args, type(model)).items():
        if getattr(model, name) != value:
            _refuse_finished(out, f"{name} {getattr(model, name)}, not {value}")
    if model.fingerprint_of(_data(args), run) != model.data_.get("fingerprint"):
        _refuse_finished(out, "other data")
    valid = getattr(args, "valid", None)
    judged_by = None if valid is None else model.fingerprint_of([Path(path) for path in valid], run)
    if judged_by != model.data_.get("fingerprint_valid"):
        _refuse_finished(out, "other --valid")
    begun: Any = load(args.start) if args.start else None
    before = model.data_.get("from")
    if begun is not None and out.samefile(args.start):
        same = before is not None  # it replaced what it went on with
    else:
        same = before == (begun and begun.digest)
    if not same:
        _refuse_finished(out, "another --from")
    try:
        model.check_kept(out)
    except UserError as error:
        raise UserError(f"{error}; without --resume the model is trained anew, with its counts") from None


def _refuse_finished(out: Path, what: str) -> NoReturn:
    raise UserError(f"{out}: finished, with {what}; without --resume it is trained anew")
