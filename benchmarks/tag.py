"""``train tag`` with default settings on real sentences, beside the most frequent label of each word.

F1 of spans (for parts of speech the share of right labels) on the test part, with its interval over sentences;
seconds, CPU seconds of the training from its file on, peak memory of its process.

    python benchmarks/tag.py [SET...]
    python benchmarks/tag.py --one SET SEED
"""

import json
import sys
import time
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from typing import Any

from common import peak_bytes
from runs import once, one_run
from text import DATA
from vec2seq import Run, Tagger
from vec2seq.data.files import ReadSettings
from vec2seq.data.tagged import Sentence, read_tagged
from vec2seq.measure.spans import span_scores

SETS = {
    "tag_en_conll2000_chunk": (1, 2, 3),
    "tag_zh_pd98_ner": (1,),
    "tag_en_conll2000_pos": (1,),
    "tag_zh_pd98_pos": (1,),
    "tag_en_wnut17": (1, 2, 3),
}
"""Set -> seeds."""
THREADS = 2


def file_of(name: str, part: str) -> Path:
    """A part of a set, plain or compressed."""
    plain = DATA / name / f"{part}.conll"
    return plain if plain.exists() else plain.with_name(f"{part}.conll.gz")


def sentences_of(name: str, part: str) -> list[Sentence]:
    """All sentences of a part."""
    return list(read_tagged([file_of(name, part)], ReadSettings()))


def of_tagger(name: str, seed: int) -> dict[str, Any]:
    """One training with default settings, and its scores on the test part."""
    began = time.perf_counter(), time.process_time()
    model = Tagger(seed=seed, threads=THREADS).fit([file_of(name, "train")], run=Run())
    seconds, cpu, peak = time.perf_counter() - began[0], time.process_time() - began[1], peak_bytes()
    first, second = model.scores([file_of(name, "test")])[:2]
    return {
        **{"seconds": seconds, "training_cpu_seconds": cpu, "peak_bytes": peak, "epochs": len(model.history_)},
        **{
            "metric": first.metric,
            "score": first.score,
            "low": first.low,
            "high": first.high,
            second.metric: second.score,
        },
        "held_out": model.judgement_["scores"][0]["score"],
    }


def of_floor(name: str) -> float | None:
    """The score of who gives each word the label that it has most often."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences_of(name, "train"):
        for token, label in zip(sentence.tokens, sentence.labels, strict=True):
            counts[token][label] += 1
    usual = sum(counts.values(), Counter()).most_common(1)[0][0]
    best = {token: own.most_common(1)[0][0] for token, own in counts.items()}
    test = sentences_of(name, "test")
    found = [[best.get(token, usual) for token in sentence.tokens] for sentence in test]
    return span_scores([sentence.labels for sentence in test], found, "")[0].score


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(of_tagger(sys.argv[2], int(sys.argv[3]))))
        sys.exit()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no data to measure with")
    for name in sys.argv[1:] or SETS:
        once("tag", ("sets", name, "floor"), partial(of_floor, name), THREADS)
        for seed in map(str, SETS[name]):
            once("tag", ("sets", name, "runs", seed), partial(one_run, __file__, name, seed), THREADS)
