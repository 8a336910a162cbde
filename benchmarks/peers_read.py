"""Other readers of lines on the lines of a set's test part: tesseract (of Debian) and RapidOCR (of .venv-bench).

Both are trained already, on far more and other lines. From picture files to texts, the start of the program included.
tesseract: apt install tesseract-ocr tesseract-ocr-script-frak tesseract-ocr-chi-tra.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import versions

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {"ocr_fraktur19": "script/Fraktur", "ocr_zh_made": "chi_tra", "ocr_en_made": "eng"}
PEERS = {
    "tesseract": ["fraktur", "chinese-made", "english-made"],
    "rapidocr": ["chinese-made", "english-made"],
}
"""peer -> sets of read.py"""


def measured(peer: str, folder: Path) -> dict[str, Any]:
    """Errors of a peer on the test part, and how fast it reads."""
    from vec2seq.measure.texts import text_scores  # not in the environment of the peers

    rows = [line.split("\t", 1) for line in (folder / "test.tsv").read_text(encoding="utf-8").splitlines()]
    pictures = [folder / "img" / name for name, _ in rows]
    began = time.perf_counter()
    found, told = (_tesseract if peer == "tesseract" else _rapidocr)(pictures, folder.name)
    seconds = time.perf_counter() - began
    score = text_scores("cer", [" ".join(text.split()) for text in found], [(text,) for _, text in rows], "")
    return {
        **{"score": score.score, "low": score.low, "high": score.high, "n": score.n},
        **{"seconds": seconds, "lines_a_second": len(rows) / seconds, "version": told},
    }


def _tesseract(pictures: list[Path], name: str) -> tuple[list[str], str]:
    """The texts of pictures, two processes at a time, each by one thread: it is faster so."""
    if not shutil.which("tesseract"):
        sys.exit("tesseract is not installed: see peers_read.py")
    version = subprocess.run(["tesseract", "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[
        0
    ]
    with tempfile.TemporaryDirectory() as place:
        halves = [pictures[::2], pictures[1::2]]
        running = []
        for number, half in enumerate(halves):
            listed = Path(place) / f"{number}.txt"
            listed.write_text("\n".join(map(str, half)) + "\n")
            command = ["tesseract", str(listed), str(Path(place) / f"out{number}"), "--psm", "7", "-l", LANGUAGES[name]]
            running.append(
                subprocess.Popen(command, env={**os.environ, "OMP_THREAD_LIMIT": "1"}, stderr=subprocess.DEVNULL)
            )
        for process in running:
            if process.wait():
                sys.exit(f"tesseract failed: is the language {LANGUAGES[name]} installed?")
        texts: list[str] = [""] * len(pictures)
        for number, half in enumerate(halves):
            pages = (Path(place) / f"out{number}.txt").read_text(encoding="utf-8").split("\f")
            for at in range(len(half)):
                texts[2 * at + number] = pages[at]
    return texts, version


def _rapidocr(pictures: list[Path], name: str) -> tuple[list[str], str]:
    """The texts of pictures, by a process of the peers' environment."""
    command = [str(ROOT / ".venv-bench" / "bin" / "python"), __file__]
    told = subprocess.run(command, input="\n".join(map(str, pictures)), capture_output=True, text=True, check=True)
    found = json.loads(told.stdout.splitlines()[-1])
    return found["texts"], found["version"]


if __name__ == "__main__":
    from importlib.metadata import version

    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()
    texts = []
    for picture in sys.stdin.read().splitlines():
        lines, _ = engine(picture, use_det=False, use_cls=False)
        texts.append("".join(line[0] for line in lines or []))
    told = f"rapidocr-onnxruntime {version('rapidocr-onnxruntime')}, Python {versions()['Python']}"
    print(json.dumps({"texts": texts, "version": told}))
