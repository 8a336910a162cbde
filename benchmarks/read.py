"""``train read`` with default settings on real and made lines: errors, minutes, lines a second, and beside peers.

A training by all processors; errors of the test part with their intervals over lines, with what follows what and by the
best path. Reading is timed from picture files to texts. Peers read the same lines: peers_read.py.

    python benchmarks/read.py [SET...]
    python benchmarks/read.py --one SET SEED
"""

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

import peers_read
from common import peak_bytes
from runs import once, one_run
from text import DATA
from vec2seq import LineReader, Run, load
from vec2seq.tasks.rules import Searching

DIGITS = "img_mnist10k"


class Lines(NamedTuple):
    """A set of lines, what is set for it, and which seeds are run."""

    folder: str
    most: int | None = None
    """so many lines are learnt from, drawn by the seed; None: all"""
    settings: Mapping[str, Any] = {}
    seeds: tuple[int, ...] = (1,)


SETS = {
    "fraktur": Lines("ocr_fraktur19"),
    "fraktur-1000": Lines("ocr_fraktur19", 1000),
    "fraktur-200": Lines("ocr_fraktur19", 200),
    "chinese-made": Lines("ocr_zh_made"),
    "english-made": Lines("ocr_en_made"),
    "digits": Lines(DIGITS),
}


def digits_in(folder: Path) -> None:
    """Strings of five digits as people wrote them, as tables with their pictures: 1,600 of 8,000 digits, 400 others."""
    raw = [
        np.frombuffer(gzip.decompress((DATA / DIGITS / f"t10k-{name}.idx.gz").read_bytes()), np.uint8)
        for name in ("images-idx3-ubyte", "labels-idx1-ubyte")
    ]
    pictures, labels = raw[0][16:].reshape(-1, 28, 28), raw[1][8:]
    (folder / "img").mkdir()
    for part, first, end in (("train", 0, 8000), ("test", 8000, 10_000)):
        rows = []
        for at in range(first, end, 5):
            Image.fromarray(255 - np.hstack(pictures[at : at + 5])).save(folder / "img" / f"{at}.png")
            rows.append(f"{at}.png\t{''.join(map(str, labels[at : at + 5]))}")
        (folder / f"{part}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def some(table: Path, most: int | None, seed: int, folder: Path) -> Path:
    """The table, or one of some of its lines."""
    if most is None:
        return table
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = np.sort(np.random.default_rng(seed).permutation(len(lines))[:most]).tolist()
    path = folder / "some.tsv"
    path.write_text("\n".join(f"{table.parent / 'img'}/{lines[row]}" for row in rows) + "\n", encoding="utf-8")
    return path


def of_reader(name: str, seed: int) -> dict[str, Any]:
    """One training, its errors on the test part, and how fast it reads."""
    lines = SETS[name]
    with tempfile.TemporaryDirectory() as place:
        folder = DATA / lines.folder
        if lines.folder == DIGITS:
            folder = Path(place)
            digits_in(folder)
        data = some(folder / "train.tsv", lines.most, seed, Path(place))
        began = time.perf_counter(), time.process_time()
        model = LineReader(**lines.settings, seed=seed).fit([data], run=Run())
        seconds, cpu, peak = time.perf_counter() - began[0], time.process_time() - began[1], peak_bytes()
        (first, *others), held_out = model.scores([folder / "test.tsv"]), model.judgement_["scores"][0]
        found: dict[str, Any] = {
            **{"seconds": seconds, "training_cpu_seconds": cpu, "peak_bytes": peak, "epochs": len(model.history_)},
            **{"metric": first.metric, "score": first.score, "low": first.low, "high": first.high, "n": first.n},
            **{other.metric: other.score for other in others},
            **{"held_out": held_out["score"], "alpha": model.alpha_, "beta": model.beta_},
        }
        alpha, model.alpha_ = model.alpha_, 0.0
        found["best_path"] = model.scores([folder / "test.tsv"])[0].score
        model.alpha_ = alpha
        model.save(Path(place) / "model")
        found["model_bytes"] = sum(path.stat().st_size for path in (Path(place) / "model").iterdir())
        model.export_onnx(Path(place) / "exported")
        pictures = [folder / "img" / row.split("\t")[0] for row in (folder / "test.tsv").read_text().splitlines()]
        for called, reader in (("", load(Path(place) / "model")), ("_exported", load(Path(place) / "exported"))):
            for way, how in (("", Searching()), ("_best_path", Searching(beams=1))):
                found[f"lines_a_second{called}{way}"] = speed(reader, pictures, how)
    return found


def speed(model: Any, pictures: list[Path], how: Searching) -> float:
    """Lines a second, from files to texts; the second of two times."""
    for _ in range(2):
        began = time.perf_counter()
        model.predict(pictures, how)
        seconds = time.perf_counter() - began
    return len(pictures) / seconds


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(of_reader(sys.argv[2], int(sys.argv[3]))))
        sys.exit()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no data to measure with")
    for name in sys.argv[1:] or SETS:
        for seed in map(str, SETS[name].seeds):
            once("read", ("sets", name, "runs", seed), partial(one_run, __file__, name, seed), None)
    for peer, sets in peers_read.PEERS.items():
        for name in sets:
            if not sys.argv[1:] or name in sys.argv[1:]:
                once("read", ("peers", peer, name), partial(peers_read.measured, peer, DATA / SETS[name].folder), None)
