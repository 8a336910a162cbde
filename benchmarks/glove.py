"""GloVe against Stanford's programs: counting, shuffling, an epoch, memory, quality; how cost grows with the text.

    python benchmarks/glove.py [--stanford FOLDER]

FOLDER holds Stanford's programs vocab_count, cooccur, shuffle and glove, built with their own Makefile; without it only
vec2seq runs. All use window 10, x_max 10, words seen at least 5 times, the same text and threads, in turns. Runs are
added to benchmarks/results/glove.json one by one; what is there is not run again (--again does).
"""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from common import RESULTS, machine, versions
from text import ROOT, WORK, english_text, judged, questions
from vec2seq import open_vectors
from word2vec import OURS, run

THREADS, EPOCHS, SEEDS = 2, 15, (1, 2, 3)
SETTINGS: dict[str, Any] = {"window": 10, "x_max": 10.0, "min_count": 5, "width": 100, "threads": THREADS}
SIZES = (1_000_000, 2_000_000, 5_000_000, 11_000_000)
"""Words of the texts whose cost is compared."""


def ours(text: Path, seed: int, epochs: int = EPOCHS) -> dict[str, Any]:
    """One training by vec2seq."""
    settings = {**SETTINGS, "seed": seed, "epochs": epochs}
    out = WORK / "glove-vectors"
    command = [str(OURS), str(ROOT / "benchmarks" / "train_glove.py"), str(text), str(out), json.dumps(settings)]
    return {"tool": "vec2seq", "seed": seed, "epochs": epochs, **run(command), **judged(open_vectors(out), questions())}


def stanfords(programs: Path, text: Path, seed: int) -> dict[str, Any]:
    """One training by Stanford's programs, each a process."""
    vocab, counts, shuffled = (WORK / f"stanford-{name}" for name in ("vocab.txt", "counts.bin", "shuffled.bin"))
    out = WORK / "stanford-vectors"
    pipe = 'exec "$0" "$@"'  # programs that read standard input and write standard output
    common = ["-verbose", "0", "-memory", "4"]
    steps = {
        "reading": (programs / "vocab_count", ["-min-count", "5", "-verbose", "0"], text, vocab),
        "counting": (
            programs / "cooccur",
            [*common, "-vocab-file", str(vocab), "-window-size", "10", "-overflow-file", str(WORK / "overflow")],
            text,
            counts,
        ),
        "shuffling": (
            programs / "shuffle",
            [*common, "-seed", str(seed), "-temp-file", str(WORK / "temp_shuffle")],
            counts,
            shuffled,
        ),
    }
    found: dict[str, Any] = {"tool": "Stanford", "seed": seed}
    for name, (program, options, source, target) in steps.items():
        command = ["bash", "-c", f"{pipe} < '{source}' > '{target}'", str(program), *options]
        figures = run(command)
        found[f"{name}_seconds"] = figures["whole_seconds"]
        found[f"{name}_cpu_seconds"] = figures["cpu_seconds"]
        found[f"{name}_peak_bytes"] = figures["peak_bytes"]
    options = ["-save-file", str(out), "-threads", str(THREADS), "-input-file", str(shuffled), "-x-max", "10"]
    options += ["-iter", str(EPOCHS), "-vector-size", "100", "-binary", "0", "-vocab-file", str(vocab)]
    options += ["-verbose", "0", "-seed", str(seed)]
    figures = run([str(programs / "glove"), *options])
    found["epochs"] = EPOCHS
    found["training_seconds"], found["training_cpu_seconds"] = figures["whole_seconds"], figures["cpu_seconds"]
    found["peak_bytes"] = max(figures["peak_bytes"], *(found[f"{name}_peak_bytes"] for name in steps))
    found["pairs"] = counts.stat().st_size // 16
    return {**found, **judged(open_vectors(out.with_suffix(".txt")), questions())}


def beginning(text: Path, words: int) -> Path:
    """The first so many words of a text, in whole lines; the text itself if it is not longer."""
    path = WORK / f"words-{words}.txt"
    if not path.exists():
        count, lines = 0, []
        with text.open(encoding="utf-8") as file:
            for line in file:
                if count >= words:
                    break
                lines.append(line)
                count += len(line.split())
        path.write_text("".join(lines), encoding="utf-8")
    return path


def capped(text: Path, megabytes: int) -> dict[str, Any]:
    """The command line with a cap on its memory: what it then takes."""
    command = [str(OURS), "-m", "vec2seq", "train", "glove", str(text), "--out", str(WORK / "capped"), "--json"]
    command += ["--memory", f"{megabytes}MB", "--epochs", "1", "--threads", str(THREADS), "--tokenizer", "whitespace"]
    figures = run(command)
    return {"memory_bytes": megabytes * 10**6, "peak_bytes": figures["peak_bytes"], "seconds": figures["whole_seconds"]}


def main() -> None:
    """Run what is missing in the result file."""
    parser = argparse.ArgumentParser(description=re.sub(r"\n\n.*", "", __doc__ or "", flags=re.DOTALL))
    parser.add_argument("--stanford", type=Path, metavar="FOLDER", help="Stanford's programs")
    parser.add_argument("--again", action="store_true", help="forget the results and run everything")
    args = parser.parse_args()
    text, path = english_text(), RESULTS / "glove.json"
    results: dict[str, Any] = {"machine": machine(), "versions": versions(), "text": text.name}
    results |= {"runs": [], "growth": [], "capped": []}
    if path.exists() and not args.again:
        results = json.loads(path.read_text())

    def keep(kind: str, figures: dict[str, Any]) -> None:
        results[kind].append(figures)
        path.write_text(json.dumps(results, indent=1) + "\n")
        shown = {name: value for name, value in figures.items() if not isinstance(value, list | dict)}
        print(kind, json.dumps(shown), flush=True)

    # first, while this process is small: what the system says of a child's peak includes its parent's at its start
    for megabytes in (300, 400, 2000):
        if megabytes * 10**6 not in {entry["memory_bytes"] for entry in results["capped"]}:
            keep("capped", capped(text, megabytes))
    done = {(entry["tool"], entry["seed"]) for entry in results["runs"]}
    for seed in SEEDS:
        if ("vec2seq", seed) not in done:
            keep("runs", ours(text, seed))
        if args.stanford and ("Stanford", seed) not in done:
            keep("runs", stanfords(args.stanford, text, seed))
    for words in SIZES:
        if words not in {entry["asked"] for entry in results["growth"]}:
            keep("growth", {"asked": words, **ours(beginning(text, words), 1, 3)})


if __name__ == "__main__":
    main()
