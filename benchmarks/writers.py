"""Training and writing speed beside nanoGPT and Hugging Face: a small GPT of the same size in all three.

Training: nanoGPT as its README trains on a processor (4 layers, 128 wide, 64 characters, batches of 12), and
``Generator`` with self-attention of the same size, batch and context; seconds, characters a second, and nats per
character of the validation part, of the nets alone, in windows of 64. Writing: characters a second of one text and of
16 at a time, ours with its counts; and how long a process takes from its start to the first character, in turns.
Everything else has to be at rest.

nanoGPT is looked for in .bench/nanoGPT: git clone https://github.com/karpathy/nanoGPT .bench/nanoGPT

    python benchmarks/writers.py
"""

import json
import re
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from common import peak_bytes
from runs import once
from text import DATA, ROOT, WORK
from word2vec import run

TEXT = DATA / "lm_en_tinyshakespeare"
PEERS = str(ROOT / ".venv-bench" / "bin" / "python")
NANOGPT, MODELS = WORK / "nanoGPT", WORK / "writers"
THREADS = 2
BATCH = 12
SIZE = {"layers": 4, "heads": 4, "width": 128, "context": 64}
ROWS, LENGTH, REPEATS = (1, 16), 500, 5
STARTS = 7
EPOCHS = 1


def train_nanogpt() -> dict[str, Any]:
    """As its README says; the time of its steps, which it prints, and of the whole."""
    data = NANOGPT / "data" / "shakespeare_char"
    (data / "input.txt").write_text("".join((TEXT / name).read_text() for name in ("train.txt", "val.txt")))
    subprocess.run([PEERS, str(data / "prepare.py")], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(NANOGPT / "out-shakespeare-char", ignore_errors=True)
    recipe = re.search(
        r"python (train\.py \S+shakespeare_char\S+ --device=cpu .*)", (NANOGPT / "README.md").read_text()
    )
    assert recipe, "nanoGPT's README has another recipe"
    began = time.perf_counter()
    process = subprocess.run([PEERS, *recipe[1].split()], cwd=NANOGPT, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - began
    steps = [float(took) / 1000 for took in re.findall(r"iter \d+: loss \S+, time (\S+)ms", process.stdout)]
    characters = BATCH * SIZE["context"]
    return {
        **{"characters": characters * len(steps), "whole_seconds": whole},
        **{"characters_per_second": characters / median(steps)},
        **{"loss": asked_peer("loss", text=str(TEXT / "val.txt"))["loss"]},
    }


# vec2seq is loaded in processes of its own: what this one takes would count in the peaks of its children


def trained() -> dict[str, Any]:
    """Train the model that writes afterwards; the time from step to step, and of all that ``fit`` does."""
    from vec2seq import Generator
    from vec2seq.engine.learner import Learner

    times, step = [], Learner.step

    def timed(*args: Any) -> None:
        step(*args)
        times.append(time.perf_counter())

    Learner.step = timed  # type: ignore[method-assign]
    began = time.perf_counter()
    model = Generator(
        **{**SIZE, "decoder": "attention", "dropout": 0.0, "batch_tokens": BATCH * SIZE["context"]},  # type: ignore[arg-type]
        **{"epochs": EPOCHS, "order": 1, "threads": THREADS, "seed": 1},
    ).fit([TEXT / "train.txt"])
    whole = time.perf_counter() - began
    model.save(MODELS / "vec2seq")
    model.export_onnx(MODELS / "exported")
    characters, model.share_ = EPOCHS * model.data_["pieces"], 1.0
    return {
        **{"characters": characters, "whole_seconds": whole},
        **{"characters_per_second": BATCH * SIZE["context"] / median(np.diff(times).tolist())},
        **{"loss": model.scores([TEXT / "val.txt"])[0].score, "peak_bytes": peak_bytes()},
    }


def asked_peer(what: str, **more: object) -> dict[str, Any]:
    """What ``peers_gpt.py`` finds."""
    asked = {"nanogpt": str(NANOGPT), "model": str(MODELS / "hugging-face"), "threads": THREADS, **SIZE, **more}
    return run([PEERS, str(ROOT / "benchmarks" / "peers_gpt.py"), what, json.dumps(asked)])


def written(folder: str, rows: int) -> dict[str, Any]:
    """Characters a second of so many texts at a time, by a model of vec2seq."""
    from vec2seq import Generator, load
    from vec2seq.tasks.writing import Writing

    model = load(MODELS / folder)
    assert isinstance(model, Generator)
    model.context, model.threads, seconds = 512, THREADS, []
    for _ in range(REPEATS + 1):  # the first time warms
        began = time.perf_counter()
        (answer,) = model.answers(["\n"], Writing(samples=rows, length=LENGTH))
        seconds.append(time.perf_counter() - began)
        assert all(len(one["text"]) == LENGTH + 1 for one in answer["candidates"])
    return {"characters_per_second": rows * LENGTH / median(seconds[1:]), "peak_bytes": peak_bytes()}


def starts() -> dict[str, Any]:
    """From the start of a process to the first character, in turns."""
    command = [str(Path(sys.executable).with_name("vec2seq")), "predict"]
    started = {
        "vec2seq": lambda: run([*command, str(MODELS / "vec2seq"), "A", "--length", "1"]),
        "vec2seq, exported": lambda: run([*command, str(MODELS / "exported"), "A", "--length", "1"]),
        "Hugging Face": lambda: asked_peer("hugging-face", rows=1, length=1, repeats=0),
    }
    turns = [{tool: start() for tool, start in started.items()} for _ in range(STARTS)]
    return {
        tool: {
            "seconds": median(turn[tool]["whole_seconds"] for turn in turns),
            "peak_bytes": max(turn[tool]["peak_bytes"] for turn in turns),
        }
        for tool in started
    }


def measure() -> None:
    """All of it, part by part."""
    record = partial(once, "writers", threads=THREADS)
    record(("training", "nanoGPT"), train_nanogpt)
    record(("training", "vec2seq"), partial(one, "--train"))
    asked_peer("make")
    for rows in ROWS:
        asked = {"rows": rows, "length": LENGTH, "repeats": REPEATS}
        for tool, write in {
            "vec2seq": partial(one, "--write", "vec2seq", str(rows)),
            "vec2seq, exported": partial(one, "--write", "exported", str(rows)),
            "Hugging Face": partial(asked_peer, "hugging-face", **asked),
            "nanoGPT": partial(asked_peer, "nanogpt", **asked),
        }.items():
            record(("writing", str(rows), tool), write)
    record(("start",), starts)


def one(*what: str) -> dict[str, Any]:
    """A part of it that is vec2seq's, in a process of its own."""
    return run([sys.executable, __file__, *what])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        print(json.dumps(trained()))
    elif sys.argv[1:2] == ["--write"]:
        print(json.dumps(written(sys.argv[2], int(sys.argv[3]))))
    elif not (NANOGPT.is_dir() and TEXT.is_dir()):
        sys.exit(f"{NANOGPT} or {TEXT}: not there (see the head of this file)")
    else:
        measure()
