"""One training of ``Classifier(encoder="mean")`` from the file that fastText gets, as a process of its own.

Prints what it took, from the file to a model, as JSON.
"""

import json
import sys
import time
from pathlib import Path

from common import peak_bytes
from measures import accuracy
from vec2seq import Classifier

asked = json.loads(sys.argv[1])
began = time.perf_counter(), time.process_time()
model = Classifier(encoder="mean", tokenizer="whitespace", **asked["settings"]).fit([Path(asked["train"])])
seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
peak = peak_bytes()
lines = [line.partition(" ") for line in Path(asked["test"]).read_text(encoding="utf-8").splitlines()]
texts, some = [words for _, _, words in lines], [words for _, _, words in lines[:200]]
began_all = time.perf_counter()
found = model.predict(texts)
began_single = time.perf_counter()
for text in some:
    model.predict([text])
ended = time.perf_counter()
print(
    json.dumps(
        {
            "seconds": seconds,
            "training_cpu_seconds": cpu,
            "peak_bytes": peak,
            "epochs": len(model.history_),
            "texts_a_second": len(texts) / (began_single - began_all),
            "texts_a_second_one_by_one": len(some) / (ended - began_single),
            "accuracy": accuracy(found, [label.removeprefix("__label__") for label, _, _ in lines]),
        }
    )
)
