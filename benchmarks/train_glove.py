"""One training of GloVe by vec2seq, step by step, as a process of its own; prints what each step took as JSON."""

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

from common import peak_bytes
from vec2seq import Corpus, GloVe, Run
from vec2seq.data.cooccurrence import Around, Cooccurrences

text, out, settings = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])


class Clock:
    """Progress that notes when each epoch ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def note(self, text: str) -> None:
        """An epoch, or something else."""
        if text.startswith("epoch "):
            self.ends.append(time.perf_counter())

    def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
        """Nothing."""


model = GloVe(**settings)
took: dict[str, Any] = {}
began = time.perf_counter()
corpus = Corpus.encode(text, out.with_suffix(".corpus"), min_count=model.min_count, threads=model.used_threads)
took["reading_seconds"] = time.perf_counter() - began
began, began_cpu = time.perf_counter(), time.process_time()
table = Cooccurrences.count(
    corpus,
    out.with_suffix(".counts"),
    Around(model.window),
    memory_bytes=model.free_bytes(len(corpus.vocab)),
    threads=model.used_threads,
)
took["counting_seconds"] = time.perf_counter() - began
took["counting_cpu_seconds"] = time.process_time() - began_cpu
took["counting_peak_bytes"] = peak_bytes()
clock = Clock()
began = time.perf_counter()
model.fit(table, run=Run(progress=clock))
ends = clock.ends
took["shuffling_and_first_epoch_seconds"] = ends[0] - began
took["epoch_seconds"] = [after - before for before, after in itertools.pairwise(ends)]
began = time.perf_counter()
model.save(out, golden=False)
took["saving_seconds"] = time.perf_counter() - began
took["peak_bytes"] = peak_bytes()
took |= {"pairs": len(table), "words": corpus.text_words, "vocabulary": len(corpus.vocab), "history": model.history_}
print(json.dumps(took))
