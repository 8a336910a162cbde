"""The text that benchmarks read: English novels if they are there, else what the sample packages carry."""

import gzip
import re
from pathlib import Path

from vec2seq.data.samples import read_sample

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
    if novels.exists():
        with gzip.open(novels, "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
    else:
        print(f"{novels}: not there; the King James Bible is used instead, and only speeds can be compared")
        lines = list(read_sample("king-james"))
    WORK.mkdir(exist_ok=True)
    path.write_text("".join(re.sub(r"[^a-z0-9' ]+", " ", line.lower()) + "\n" for line in lines), encoding="utf-8")
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
