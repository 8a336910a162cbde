"""Say how much time, memory and disk a training will take: vec2seq plan TASK DATA... [settings]"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vec2seq.cli.options import add_json, add_settings, given_settings, print_json
from vec2seq.cli.train import add_data
from vec2seq.errors import UserError
from vec2seq.tasks import task_class


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """The task, its data and its settings."""
    task = add_data(parser, argv)
    add_json(parser)
    if task is not None:
        add_settings(parser, task)


def run(args: argparse.Namespace) -> None:
    """Read the text (of a long one the beginning), train for a moment, and say what it will take."""
    task = task_class(args.task)
    if not hasattr(task, "plan"):
        raise UserError(f"plan is not there for {args.task}: train with --minutes N, which ends in time")
    estimator: Any = task(**given_settings(args, task))
    needs = estimator.plan([Path(path) for path in args.data], checkpoint=True)
    if args.json:
        print_json(asdict(needs))
    else:
        print(needs)
