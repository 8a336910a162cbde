"""One training of a classifier by fastText, as a process of its own; prints what it took as JSON.

    python benchmarks/train_fasttext.py '{"train": "a", "test": "b", "epochs": 5, "threads": 10, "seed": 1}'

Files of lines ``__label__X word word ...``. With fewer than 10 threads it leaves rows of its matrix at zero.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import fasttext

from common import peak_bytes

asked = json.loads(sys.argv[1])
began = time.perf_counter(), time.process_time()
model = fasttext.train_supervised(
    asked["train"], epoch=asked["epochs"], wordNgrams=2, thread=asked["threads"], seed=asked["seed"], verbose=0
)
seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
peak = peak_bytes()
lines = [line.partition(" ") for line in Path(asked["test"]).read_text(encoding="utf-8").splitlines()]
texts, some = [words for _, _, words in lines], [words for _, _, words in lines[:200]]
began_all = time.perf_counter()
found, _ = model.predict(texts)
began_single = time.perf_counter()
for text in some:
    model.predict(text)
ended = time.perf_counter()
right = sum(labels[0] == label for labels, (label, _, _) in zip(found, lines, strict=True))
print(
    json.dumps(
        {
            "seconds": seconds,
            "training_cpu_seconds": cpu,
            "peak_bytes": peak,
            "epochs": asked["epochs"],
            "texts_a_second": len(texts) / (began_single - began_all),
            "texts_a_second_one_by_one": len(some) / (ended - began_single),
            "accuracy": right / len(texts),
            "fastText": version("fasttext-numpy2-wheel"),
        }
    )
)
