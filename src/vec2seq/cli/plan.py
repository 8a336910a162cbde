"""Say how much time, memory and disk a training will take: vec2seq plan TASK DATA... [settings]"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vec2seq.cli.options import add_json, add_settings, given_settings, print_json
from vec2seq.cli.train import add_data, add_minutes, check_minutes
from vec2seq.tasks import task_class


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """The task, its data and its settings."""
    task = add_data(parser, argv)
    if task is not None and task.task == "mlp":
        add_minutes(parser)
    add_json(parser)
    if task is not None:
        add_settings(parser, task)


def run(args: argparse.Namespace) -> None:
    """Read the data (of a long text the beginning), train for a moment, and say what it will take."""
    task = task_class(args.task)
    estimator: Any = task(**given_settings(args, task))
    data = [Path(path) for path in args.data]
    if args.task == "mlp":
        check_minutes(args)
        needs = estimator.plan(data, checkpoint=True, minutes=args.minutes)
    else:
        needs = estimator.plan(data, checkpoint=True)
    if args.json:
        print_json(asdict(needs))
    else:
        print(needs)
