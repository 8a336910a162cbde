"""The text that benchmarks read, English novels if they are there, else what the sample packages carry; and the
questions that vectors are judged by.
"""

import gzip
import re
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from vec2seq import Vectors
from vec2seq.data.samples import read_sample
from vec2seq.evaluation.evaluate import evaluate

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
"""Real data for measuring, beside the project; benchmarks say when it is not there."""
WORK = ROOT / ".bench"
"""Files that benchmarks make and can use again."""


def english_text() -> Path:
    """A text of lower-case words between spaces, one paragraph a line."""
    novels = DATA / "text_en_novels" / "novels.txt.gz"
    path = WORK / ("novels.txt" if novels.exists() else "king-james.txt")
    if path.exists():
        return path
    if not novels.exists():
        print(f"{novels}: not there; the King James Bible is used instead, and only speeds can be compared")
    WORK.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file, ExitStack() as opened:
        if novels.exists():
            lines: Iterable[str] = opened.enter_context(gzip.open(novels, "rt", encoding="utf-8"))
        else:
            lines = read_sample("king-james")
        for line in lines:  # one by one: what this process takes counts in the peaks of its children
            file.write(re.sub(r"[^a-z0-9' ]+", " ", line.rstrip("\n").lower()) + "\n")
    return path


@cache
def first_words(words: int = 2_000_000) -> Path:
    """The beginning of ``english_text``."""
    path, left = WORK / "first-words.txt", words
    with english_text().open(encoding="utf-8") as text, path.open("w", encoding="utf-8") as file:
        while left > 0:
            line = next(text)
            left -= len(line.split())
            file.write(line)
    return path


@cache
def sample_file(name: str) -> Path:
    """A sample of vec2seq as a file."""
    WORK.mkdir(exist_ok=True)
    path = WORK / f"{name}.txt"
    path.write_text("".join(line + "\n" for line in read_sample(name)), encoding="utf-8")
    return path


def questions() -> dict[str, Path]:
    """Name -> file of human judgements or analogies; empty without the data."""
    files = {
        "WordSim-353": DATA / "wordsim_en" / "EN-WS-353-ALL.tsv",
        "SimLex-999": DATA / "wordsim_en" / "EN-SIMLEX-999.tsv",
        "MEN": DATA / "wordsim_en" / "EN-MEN-TR-3k.tsv",
        "questions-words": DATA / "analogy_en" / "questions-words.txt",
    }
    return {name: path for name, path in files.items() if path.exists()}


def judged(vectors: Vectors, files: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """The score of vectors on each file, and its 95 % bootstrap interval over the items."""
    rows = {name: evaluate(vectors, path)[0] for name, path in files.items()}
    return {
        "scores": {name: row.score for name, row in rows.items()},
        "intervals": {name: [row.low, row.high] for name, row in rows.items()},
    }
