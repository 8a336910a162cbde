"""Say how much time, memory and disk a training will take: vec2seq plan TASK DATA... [settings]

For classify and tag --curve trains on parts of the data and says whether more labels would help.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vec2seq.cli.options import above_zero, add_json, add_settings, given_settings, print_json
from vec2seq.cli.train import add_data, add_minutes, check_minutes
from vec2seq.run.context import Run
from vec2seq.run.progress import Printed
from vec2seq.tasks import task_class
from vec2seq.tasks.text_estimator import TextEstimator

MINUTES = ("mlp", "classify", "tag", "generate", "translate", "read")
"""Tasks whose plan can be for so many minutes."""


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """The task, its data and its settings."""
    task = add_data(parser, argv)
    if task is not None and task.task in MINUTES:
        add_minutes(parser)
    if task is not None and issubclass(task, TextEstimator):
        parser.add_argument("--curve", action="store_true", help="train on parts of the data: would more labels help?")
        parser.add_argument(
            "--more", type=above_zero(int), default=500, metavar="N", help="of --curve: how many more (default 500)"
        )
    add_json(parser)
    if task is not None:
        add_settings(parser, task)


def run(args: argparse.Namespace) -> None:
    """Read the data (of a long text the beginning), train for a moment, and say what it will take."""
    task = task_class(args.task)
    estimator: Any = task(**given_settings(args, task))
    data = [Path(path) for path in args.data]
    if getattr(args, "curve", False):
        estimator.check_settings()
        needs = estimator.learning_curve(data, more=args.more, run=Run(progress=Printed(sys.stderr)))
    elif args.task in MINUTES:
        check_minutes(args)
        needs = estimator.plan(data, checkpoint=True, minutes=args.minutes)
    else:
        needs = estimator.plan(data, checkpoint=True)
    if args.json:
        print_json(asdict(needs))
    else:
        print(needs)
