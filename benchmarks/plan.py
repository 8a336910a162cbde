"""How near ``vec2seq plan`` comes to what a training then takes: seconds, peak memory, disk."""

import json
import shutil
import threading
import time
from pathlib import Path
from typing import Any, Self

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


def main() -> None:
    """Plan, train, compare."""
    rows: list[dict[str, Any]] = []
    for text in texts():
        for settings in CASES:
            task, *options = settings.split()
            command = [str(OURS), "-m", "vec2seq"]
            planned = run([*command, "plan", task, str(text), *options, "--json"])
            time.sleep(1)
            out = WORK / "planned"
            for folder in (out, out.with_name("planned.counts")):
                shutil.rmtree(folder, ignore_errors=True)
            with DiskUsed(WORK) as disk:
                took = run([*command, "train", task, str(text), "--out", str(out), *options, "--json"])
            rows.append(
                {
                    "text": text.name,
                    "settings": settings,
                    "planned_seconds": planned["seconds"],
                    "seconds": took["whole_seconds"],
                    "planned_bytes": planned["memory_bytes"],
                    "peak_bytes": took["peak_bytes"],
                    "planned_disk_bytes": planned["disk_bytes"],
                    "disk_bytes": disk.most,
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    save("plan", {"machine": machine(), "versions": versions(), "runs": rows})


if __name__ == "__main__":
    main()
