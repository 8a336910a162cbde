"""See it all work on sample text, Chinese and English: vec2seq demo [--out FOLDER]

Every step is a command that is shown before it runs.
"""

import argparse
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vec2seq.cli import run_command
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.lock import locked


class Tour(NamedTuple):
    """What is asked of vectors that are trained on a sample."""

    sample: str
    questions: str
    settings: str
    words: str
    analogies: tuple[str, ...]
    odd: str
    near: str


TOURS = (
    Tour(
        sample="people-daily",
        questions="analogies-zh",
        settings="",
        words="足球 医院 俄罗斯 春节",
        analogies=("中国 北京 日本",),
        odd="北京 上海 广州 足球",
        near="足球 篮球",
    ),
    Tour(
        sample="king-james",
        questions="analogies-en",
        settings="--lower",
        words="river bread sheep war",
        analogies=("man woman king", "he his she"),
        odd="bread wine oil king",
        near="bread wine",
    ),
)


def arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Where the files go."""
    parser.add_argument(
        "--out", default="demo", metavar="FOLDER", help="folder for texts, vectors and maps (default demo)"
    )


def run(args: argparse.Namespace) -> None:
    """Run every command."""
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    for tour in TOURS:
        checkpoint = Checkpoint.beside(folder / tour.sample)
        with locked(checkpoint.folder):
            checkpoint.remove()  # of a demo that was interrupted
        for command in commands(tour, folder):
            print(f"\n$ {shlex.join(['vec2seq', *command])}", flush=True)
            run_command(command)
            sys.stdout.flush()
    pages = [str(folder / f"{tour.sample}{page}.html") for tour in TOURS for page in ("", "-sheet")]
    print(f"\nOpen in a browser: {' '.join(pages)}")
    text = folder / f"{TOURS[0].sample}.txt"
    print("How far can each neighbor be trusted? Twenty more trainings on resampled text tell, in about two minutes:")
    again = ["train", "word2vec", str(text), "--out", str(folder / "trusted"), "--bootstrap", "20"]
    print(f"$ {shlex.join(['vec2seq', *again])}")
    if shutil.which("vec2seq") is None:
        print(f"To use the command vec2seq itself: source {Path(sys.executable).parent / 'activate'}")


def commands(tour: Tour, folder: Path) -> Iterator[list[str]]:
    """The commands of a tour, without the program's name."""
    text, model = str(folder / f"{tour.sample}.txt"), str(folder / tour.sample)
    questions = str(folder / f"{tour.questions}.txt")
    yield ["sample", tour.sample, "--out", text]
    yield ["train", "word2vec", text, "--out", model, *tour.settings.split()]
    yield ["neighbors", model, *tour.words.split(), "--count", "5"]
    for analogy in tour.analogies:
        yield ["analogy", model, *analogy.split(), "--count", "3"]
    yield ["odd-one-out", model, *tour.odd.split()]
    yield ["sample", tour.questions, "--out", questions]
    yield ["evaluate", model, questions]
    yield ["evaluate", model, "--out", f"{model}-sheet.html"]
    yield ["explain", model, *tour.near.split(), "--corpus", text, "--count", "3"]
    yield ["map", model, "--out", f"{model}.html", "--words", "1000"]
