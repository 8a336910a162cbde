"""A bootstrap of 20 trainings against as many single trainings: seconds, peak memory, and how much of it is stable."""

import argparse
import json
import shutil
from statistics import median
from typing import Any

from common import load as load_results
from common import machine, save, versions
from glove import beginning
from text import WORK, english_text
from vec2seq import load
from word2vec import OURS, run

TASKS, RUNS, WORDS, SINGLE = ("word2vec", "glove"), 20, 5_000_000, 3


def trained(task: str, bootstrap: int) -> dict[str, Any]:
    """One training by the command line with its defaults, after ``bootstrap`` more on resampled text if not 0."""
    text, out = beginning(english_text(), WORDS), WORK / "trusted"
    shutil.rmtree(out, ignore_errors=True)
    command = [str(OURS), "-m", "vec2seq", "train", task, str(text), "--out", str(out), "--lower", "--json"]
    return run([*command, "--bootstrap", str(bootstrap)])


def main() -> None:
    """Train both ways, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", help="what is measured anew; default: all")
    chosen = parser.parse_args().tasks or TASKS
    found = (
        [entry for entry in load_results("trust")["tasks"] if entry["task"] not in chosen] if chosen != TASKS else []
    )
    for task in chosen:
        single = [trained(task, 0) for _ in range(SINGLE)]
        took = trained(task, RUNS)
        trust = load(WORK / "trusted").trust_
        found.append(
            {
                "task": task,
                "single_seconds": median(each["whole_seconds"] for each in single),
                "single_peak_bytes": max(each["peak_bytes"] for each in single),
                "seconds": took["whole_seconds"],
                "peak_bytes": took["peak_bytes"],
                "words": trust.facts()["words"],
                "stable_share": trust.stable_share,
                "by_frequency": trust.by_frequency(),
            }
        )
        print(json.dumps(found[-1]), flush=True)
    save("trust", {"machine": machine(), "versions": versions(), "runs": RUNS, "text_words": WORDS, "tasks": found})


if __name__ == "__main__":
    main()
