"""``train translate`` with default settings on real pairs, beside what one has who knows nothing.

Scores of the test part, with their intervals over sources; seconds, CPU seconds of the training from its file on, peak
memory of its process. By one thread: two sets may be learnt at a time.

    python benchmarks/translate.py [SET...]
    python benchmarks/translate.py --one SET SEED
"""

import json
import sys
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from common import peak_bytes
from runs import once, one_run
from text import DATA
from vec2seq import Run, Translator

THREADS = 1


class Pairs(NamedTuple):
    """A set of pairs, what is set for it, and which seeds are run."""

    folder: str
    train: str = "train.tsv"
    test: str = "test.tsv"
    settings: Mapping[str, Any] = {}
    seeds: tuple[int, ...] = (1, 2, 3)


SETS = {
    "dates": Pairs("s2s_dates_made"),
    **{
        f"forms-{language}": Pairs(f"s2s_sigmorphon2017/{language}", settings={"source": "1,2"})
        for language in ("english", "german", "spanish", "turkish")
    },
    "forms-german-sampled": Pairs("s2s_sigmorphon2017/german", settings={"source": "1,2", "scheduled_sampling": 0.3}),
    "pinyin": Pairs("s2s_zh_pinyin", "train.tsv.gz"),
    "cmudict": Pairs("s2s_en_cmudict", "train.tsv.gz", settings={"references": "|"}, seeds=(1,)),
    "multi30k": Pairs("s2s_en_de_multi30k", "train.tsv.gz", "test2016.tsv", seeds=(1,)),
    "tatoeba": Pairs("s2s_en_zh_tatoeba", "train.tsv.gz", settings={"target": "2", "metric": "chrf"}, seeds=(1,)),
}


def of_translator(name: str, seed: int) -> dict[str, Any]:
    """One training with default settings, and its scores on the test part."""
    pairs = SETS[name]
    folder = DATA / pairs.folder
    began = time.perf_counter(), time.process_time()
    model = Translator(**pairs.settings, seed=seed, threads=THREADS).fit([folder / pairs.train], run=Run())  # type: ignore[arg-type]
    seconds, cpu, peak = time.perf_counter() - began[0], time.process_time() - began[1], peak_bytes()
    asked = time.perf_counter()
    first, *others = model.scores([folder / pairs.test])
    (baseline, score), *_ = model.judgement_["baselines"].items()
    return {
        **{"seconds": seconds, "training_cpu_seconds": cpu, "peak_bytes": peak, "epochs": len(model.history_)},
        **{"metric": first.metric, "score": first.score, "low": first.low, "high": first.high, "n": first.n},
        **{other.metric: other.score for other in others},
        **{"test_seconds": time.perf_counter() - asked, "held_out": model.judgement_["scores"][0]["score"]},
        **{"baseline": baseline, "baseline_held_out": score["score"], **model.judgement_["exposure"]},
        **{"width": model.width_, "layers": model.layers_, "copies": model.copies_},
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(of_translator(sys.argv[2], int(sys.argv[3]))))
        sys.exit()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no data to measure with")
    for name in sys.argv[1:] or SETS:
        for seed in map(str, SETS[name].seeds):
            once("translate", ("sets", name, "runs", seed), partial(one_run, __file__, name, seed), THREADS)
