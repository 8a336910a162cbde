"""Compile the kernels for this processor ahead of time, so that the first training does not have to: vec2seq warmup"""

import argparse
import time
import warnings
from collections.abc import Sequence

from vec2seq.cli import tell
from vec2seq.run.progress import duration


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """None."""


def run(args: argparse.Namespace) -> None:
    """Train and write a little by every kernel."""
    from vec2seq.mlp import warmup as mlp  # load Numba
    from vec2seq.tasks import warmup as tasks
    from vec2seq.vectors import warmup as vectors

    tell("compiling for this processor: up to a minute")
    began = time.monotonic()
    with warnings.catch_warnings(action="ignore"):  # the trainings are too short to mean anything
        vectors.warm_up()
        mlp.warm_up()
        tasks.warm_up()
    print(f"compiled in {duration(time.monotonic() - began)}")
