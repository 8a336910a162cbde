"""How near ``vec2seq plan`` comes to what a training then takes: seconds, peak memory, disk."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

from common import machine, save, versions
from text import DATA, WORK, english_text
from word2vec import OURS, run

CASES = ((("--width", "100"),), (("--width", "300"),), (("--width", "100"), ("--epochs", "10"), ("--threads", "1")))


def texts() -> list[Path]:
    """The texts that are there."""
    chinese = DATA / "text_zh_pd98" / "pd98_raw.txt.gz"
    return [english_text(), *([chinese] if chinese.exists() else [])]


def folder_bytes(folder: Path) -> int:
    """Size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0


def main() -> None:
    """Plan, train, compare."""
    rows: list[dict[str, Any]] = []
    for text in texts():
        for settings in CASES:
            options = [word for pair in settings for word in pair]
            command = [str(OURS), "-m", "vec2seq"]
            planned = run([*command, "plan", "word2vec", str(text), *options, "--json"])
            time.sleep(1)
            out = WORK / "planned"
            shutil.rmtree(out, ignore_errors=True)
            took = run([*command, "train", "word2vec", str(text), "--out", str(out), *options, "--json"])
            rows.append(
                {
                    "text": text.name,
                    "settings": " ".join(options),
                    "planned_seconds": planned["seconds"],
                    "seconds": took["whole_seconds"],
                    "planned_bytes": planned["memory_bytes"],
                    "peak_bytes": took["peak_bytes"],
                    "planned_disk_bytes": planned["disk_bytes"],
                    "model_bytes": folder_bytes(out),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    save("plan", {"machine": machine(), "versions": versions(), "runs": rows})


if __name__ == "__main__":
    main()
