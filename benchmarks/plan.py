"""How near ``vec2seq plan`` comes to what a training then takes: seconds, peak memory, disk."""

import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any, Self

import numpy as np

from common import machine, save, versions
from text import DATA, WORK, english_text
from word2vec import OURS, run

CASES = (
    "word2vec --width 100",
    "word2vec --width 300",
    "word2vec --width 100 --epochs 10 --threads 1",
    "glove --width 100",
    "glove --width 300 --keep-counts",
    "glove --width 100 --memory 300MB",
)


TABLES = ((2_000, 10, 0), (50_000, 30, 10), (200_000, 20, 0))
"""Rows, columns, and how many of these are categories."""
TABLE_CASES = (
    "mlp",
    "mlp --max-iter 20 --tol 0 --n-iter-no-change 1000",
    "mlp --max-iter 20 --tol 0 --n-iter-no-change 1000 --hidden-layer-sizes 500,500 --early-stopping",
    "mlp --minutes 0.2 --tol 0 --n-iter-no-change 100000",
)
"""The first may stop before its epochs are over, the others do not."""


def table(rows: int, width: int, categories: int) -> Path:
    """A made table: the target, a number, follows from three of its columns of numbers and from all categories."""
    path = WORK / f"table-{rows}x{width}.csv"
    if path.exists():
        return path
    WORK.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, width - categories))
    kinds = random.integers(8, size=(rows, categories))
    target = np.sin(numbers[:, 0]) + numbers[:, 1] * numbers[:, 2] + 0.2 * kinds.sum(axis=1)
    target += 0.1 * random.normal(size=rows)
    with path.open("w", encoding="utf-8") as file:
        names = [*(f"number {place}" for place in range(width - categories)), *(f"kind {k}" for k in range(categories))]
        file.write(",".join([*names, "target"]) + "\n")
        for row, own, found in zip(numbers, kinds, target, strict=True):
            file.write(",".join([*(f"{cell:.5f}" for cell in row), *(f"k{k}" for k in own), f"{found:.5f}"]) + "\n")
    return path


def texts() -> list[Path]:
    """The texts that are there."""
    chinese = DATA / "text_zh_pd98" / "pd98_raw.txt.gz"
    return [english_text(), *([chinese] if chinese.exists() else [])]


class DiskUsed:
    """How much less was free on a folder's disk, at the most, while the block ran: files without a name count too."""

    def __init__(self, folder: Path):
        self._folder, self._ended, self.most = folder, threading.Event(), 0
        self._before = shutil.disk_usage(folder).free
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.most = max(self.most, self._before - shutil.disk_usage(self._folder).free)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()


def planned_and_taken(data: Path, settings: str) -> dict[str, Any]:
    """What was planned for a training, and what it then took."""
    task, *options = settings.split()
    command = [str(OURS), "-m", "vec2seq"]
    planned = run([*command, "plan", task, str(data), *options, "--json"])
    time.sleep(1)
    out = WORK / "planned"
    for folder in (out, out.with_name("planned.counts")):
        shutil.rmtree(folder, ignore_errors=True)
    with DiskUsed(WORK) as disk:
        took = run([*command, "train", task, str(data), "--out", str(out), *options, "--json"])
    found = {
        "text": data.name,
        "settings": settings,
        "planned_seconds": planned["seconds"],
        "seconds": took["whole_seconds"],
        "planned_bytes": planned["memory_bytes"],
        "peak_bytes": took["peak_bytes"],
        "planned_disk_bytes": planned["disk_bytes"],
        "disk_bytes": disk.most,
    }
    if task == "mlp":
        found |= {name: planned[name] for name in ("low_seconds", "high_seconds", "epochs", "least_epochs")}
        found["epochs_taken"] = len(took["history"])
    return found


def main() -> None:
    """Plan, train, compare."""
    cases = [(text, settings) for text in texts() for settings in CASES]
    cases += [(table(*shape), settings) for shape in TABLES for settings in TABLE_CASES]
    rows: list[dict[str, Any]] = []
    for data, settings in cases:
        rows.append(planned_and_taken(data, settings))
        print(json.dumps(rows[-1]), flush=True)
    save("plan", {"machine": machine(), "versions": versions(), "runs": rows})


if __name__ == "__main__":
    main()
