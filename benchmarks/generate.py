"""``train generate`` with default settings on real text, beside counting alone and the net alone.

Nats per character of the test part, with their interval; seconds, CPU seconds of the training from its file on, peak
memory of its process. Some by one thread: two of these may be learnt at a time.

    python benchmarks/generate.py [SET...]
    python benchmarks/generate.py --one SET SEED
"""

import json
import sys
import time
from functools import partial
from typing import Any, NamedTuple

from common import peak_bytes
from runs import once, one_run
from text import DATA
from vec2seq import Generator, Run


class Text(NamedTuple):
    """A text, and which seeds are run."""

    train: str
    test: str
    unit: str
    seeds: tuple[int, ...]
    threads: int = 1


SETS = {
    "lm_en_tinyshakespeare": Text("train.txt", "val.txt", "stream", (1, 2, 3)),
    "lm_zh_tang": Text("train.txt.gz", "test.txt", "line", (1,), threads=2),
}


def of_generator(name: str, seed: int) -> dict[str, Any]:
    """One training with default settings, and its scores on the test part."""
    text, folder = SETS[name], DATA / name
    began = time.perf_counter(), time.process_time()
    model = Generator(unit=text.unit, seed=seed, threads=text.threads).fit([folder / text.train], run=Run())  # type: ignore[arg-type]
    seconds, cpu, peak = time.perf_counter() - began[0], time.process_time() - began[1], peak_bytes()
    nats, bits, _ = model.scores([folder / text.test])
    share, alone = model.share_, {}
    for part, model.share_ in (("net_alone", 1.0), ("counting_alone", 0.0)):
        alone[part] = model.scores([folder / text.test])[0].score
    return {
        **{
            "threads": text.threads,
            "seconds": seconds,
            "training_cpu_seconds": cpu,
            "peak_bytes": peak,
            "epochs": len(model.history_),
        },
        **{"metric": nats.metric, "score": nats.score, "low": nats.low, "high": nats.high, bits.metric: bits.score},
        **{**alone, "share": share, "held_out": model.judgement_["scores"][0]["score"]},
        **{"width": model.width_, "layers": model.layers_, "ngrams": model.counts.size},
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(of_generator(sys.argv[2], int(sys.argv[3]))))
        sys.exit()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no data to measure with")
    for name in sys.argv[1:] or SETS:
        for seed in map(str, SETS[name].seeds):
            once("generate", ("sets", name, "runs", seed), partial(one_run, __file__, name, seed), None)
