"""word2vec against gensim (corpus_file, its fastest mode) and the original C code: speed, memory and quality.

All train skip-gram with 5 negatives, window 5, sub-sampling at 1e-4, from the same file, in turns, each in a process of
its own. Runs are added to benchmarks/results/word2vec.json one by one; what is there is not run again (--again does).
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from common import machine, versions
from text import ROOT, WORK, english_text, judged, questions
from vec2seq import open_vectors

RESULTS = ROOT / "benchmarks" / "results" / "word2vec.json"
PEERS = ROOT / ".venv-bench" / "bin"
OURS = ROOT / ".venv-base" / "bin" / "python"
"""vec2seq as its base install is: without the extras, and so without SciPy, which Numba loads if it is there."""
SETTINGS = {"window": 5, "negative": 5, "sample": 1e-4, "min_count": 5}


class Case(NamedTuple):
    """One way of training, run some times with different seeds."""

    tool: str
    threads: int
    width: int = 100
    epochs: int = 1
    times: int = 5
    judged: bool = False
    more: tuple[tuple[str, object], ...] = ()

    @property
    def name(self) -> str:
        """For people."""
        extra = "".join(f" {name}={value}" for name, value in self.more)
        return f"{self.tool}, {self.threads} threads, width {self.width}, {self.epochs} epochs{extra}"


CASES = (
    (Case("vec2seq", 1), Case("gensim", 1), Case("word2vec.c", 1, times=2)),
    (Case("vec2seq", 2), Case("gensim", 2), Case("word2vec.c", 2, times=3)),
    (Case("vec2seq", 1, 300, times=3), Case("gensim", 1, 300, times=3)),
    (Case("vec2seq", 2, 300, times=3), Case("gensim", 2, 300, times=3), Case("word2vec.c", 2, 300, times=1)),
    (Case("vec2seq", 2, epochs=5, judged=True), Case("gensim", 2, epochs=5, judged=True)),
    (Case("vec2seq", 1, epochs=5, judged=True),),
    (Case("vec2seq", 2, epochs=5, judged=True, more=(("deterministic", True),)),),
    (Case("vec2seq", 2, epochs=5, judged=True, times=2, more=(("algorithm", "cbow"),)),),
    (Case("vec2seq", 2, epochs=5, judged=True, times=2, more=(("loss", "hierarchical"),)),),
)
"""Cases of a row run in turns, so that all meet the same minutes."""


def vec2seq(case: Case, seed: int, text: Path, out: Path) -> list[str]:
    """The command of a training by vec2seq."""
    settings = {**SETTINGS, **dict(case.more), "width": case.width, "epochs": case.epochs}
    settings |= {"threads": case.threads, "seed": seed}
    return [str(OURS), str(ROOT / "benchmarks" / "train_vec2seq.py"), str(text), str(out), json.dumps(settings)]


def gensim(case: Case, seed: int, text: Path, out: Path) -> list[str]:
    """The command of a training by gensim."""
    settings = {**SETTINGS, "width": case.width, "epochs": case.epochs, "threads": case.threads, "seed": seed}
    return [
        str(PEERS / "python"),
        str(ROOT / "benchmarks" / "train_gensim.py"),
        str(text),
        str(out),
        json.dumps(settings),
    ]


def original(case: Case, seed: int, text: Path, out: Path) -> list[str]:
    """The command of a training by the C program (it has no seed)."""
    options = {"size": case.width, "iter": case.epochs, "threads": case.threads, "window": 5, "negative": 5, "hs": 0}
    options |= {"cbow": 0, "sample": 1e-4, "min-count": 5, "binary": 1, "alpha": 0.025, "train": text, "output": out}
    return [str(PEERS / "word2vec"), *(word for name, value in options.items() for word in (f"-{name}", str(value)))]


TOOLS: dict[str, Callable[[Case, int, Path, Path], list[str]]] = {
    "vec2seq": vec2seq,
    "gensim": gensim,
    "word2vec.c": original,
}


def run(command: list[str]) -> dict[str, Any]:
    """Run a process; its JSON (if it prints some), the seconds of the whole, CPU seconds and peak memory."""
    began = time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout
    assert process.stderr
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(command)}\nfailed:\n{errors.decode()}")
    printed = output.decode().strip().splitlines()
    found: dict[str, Any] = json.loads(printed[-1]) if printed and printed[-1].startswith("{") else {}
    scale = 1 if sys.platform == "darwin" else 1024
    return {
        "peak_bytes": usage.ru_maxrss * scale,  # at least this process's own; a child may know better
        **found,
        "whole_seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
    }


def measured(case: Case, seed: int, text: Path) -> dict[str, Any]:
    """One run of a case: what it took and, if it is to be judged, its scores."""
    out = WORK / f"{case.tool}-vectors"
    figures = run(TOOLS[case.tool](case, seed, text, out))
    if case.tool == "word2vec.c":
        reading = run(
            [str(PEERS / "word2vec"), "-train", str(text), "-min-count", "5", "-save-vocab", str(out) + ".vocab"]
        )
        figures["reading_seconds"] = reading["whole_seconds"]
        figures["training_seconds"] = figures["whole_seconds"] - reading["whole_seconds"]
        figures["training_cpu_seconds"] = figures["cpu_seconds"] - reading["cpu_seconds"]
    if case.judged:
        figures |= judged(open_vectors(out), questions())
    return {**case._asdict(), "more": dict(case.more), "seed": seed, **figures}


def bare(text: Path) -> dict[str, dict[str, float]]:
    """What each tool takes for the first 1,000 lines of the text: what it costs before there is much to do."""
    beginning = WORK / "beginning.txt"
    with text.open(encoding="utf-8") as file:
        beginning.write_text("".join(itertools.islice(file, 1000)), encoding="utf-8")
    found = {}
    for tool in ("vec2seq", "gensim"):
        runs = [run(TOOLS[tool](Case(tool, 2), 1, beginning, WORK / f"{tool}-vectors")) for _ in range(3)]
        found[tool] = {name: median(figures[name] for figures in runs) for name in ("whole_seconds", "peak_bytes")}
    return found


def to_run(cases: tuple[Case, ...]) -> Iterator[tuple[Case, int]]:
    """The runs of a row of cases, in turns."""
    for time_ in range(max(case.times for case in cases)):
        yield from ((case, time_ + 1) for case in cases if time_ < case.times)


def main() -> None:
    """Run what is missing in the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="forget the results and run everything")
    args = parser.parse_args()
    text = english_text()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    results: dict[str, Any] = {"machine": machine(), "versions": versions(), "text": text.name, "runs": []}
    if RESULTS.exists() and not args.again:
        results = json.loads(RESULTS.read_text())
    done = {
        (entry["tool"], entry["threads"], entry["width"], entry["epochs"], str(entry["more"]), entry["seed"])
        for entry in results["runs"]
    }
    if "bare" not in results:
        results["bare"] = bare(text)
    for cases in CASES:
        for case, seed in to_run(cases):
            if (case.tool, case.threads, case.width, case.epochs, str(dict(case.more)), seed) in done:
                continue
            figures = measured(case, seed, text)
            results["runs"].append(figures)
            results["words"] = figures.get("words", results.get("words"))
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")
            speed = results["words"] * case.epochs / figures["training_seconds"]
            print(
                f"{case.name}, seed {seed}: {speed / 1e6:.3f} M words/s, {figures['whole_seconds']:.1f} s in all",
                flush=True,
            )


if __name__ == "__main__":
    main()
