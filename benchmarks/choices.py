"""The trials behind docs/decisions: what was chosen and what else was considered, on real text, with several seeds.

Without options, what scores and losses judge: that needs no quiet machine, and one thread but where threads are tried.
With --timings, what the clock judges. Runs are added to benchmarks/results/choices.json one by one, under a key for
each of the two; what is there is not run again (--again does).
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from common import RESULTS, machine, save, versions
from decisions import GLOVE
from text import DATA, WORK, english_text, first_words, judged, questions, sample_file
from vec2seq import GloVe, Run, Word2Vec
from vec2seq.vectors import plan
from vec2seq.vectors.warmup import warm_up
from word2vec import OURS

RARE = 100
"""Words seen less often are rare, where pairs of words are judged that have a rare one."""
MANY = 10**9


class Trial(NamedTuple):
    """One way of training, run with the seeds 1, 2 ..."""

    text: str
    more: dict[str, Any]
    """settings that are not at their defaults, and what ``changed`` knows"""
    times: int = 5


def trials() -> Iterator[Trial]:
    """All that is judged by scores and losses."""
    for text in ("novels", "novels, 2 million words", "People's Daily"):
        for more in ({}, {"sample": 1e-3}, {"sample": 1e-4}):
            yield Trial(text, more)
        for lr in (0.05, 0.1, 0.2):
            yield Trial(text, {"algorithm": "cbow", "lr": lr})
    for epochs in (5, 15, 30):
        yield Trial("People's Daily", {"epochs": epochs})
    yield Trial("novels", {"order": "text"})
    yield Trial("novels", {"threads": 2, "seed": 1})  # five times the same seed
    for words in (65_536, 262_144):
        yield Trial("novels", {"STALE_WORDS": words})
    for words in (16_384, 65_536, 262_144):
        yield Trial("novels", {"threads": 2, "STALE_WORDS": words})
    for few_words in (0, MANY):
        for words, lr in ((60, 0.025), (60, 0.05), (60, 0.1), (300, 0.1), (1200, 0.1)):
            yield Trial(f"made, {words} words", {"lr": lr, "epochs": 12, "sample": 0, "FEW_WORDS": few_words})
        for size in (500, 1000, 2000):
            yield Trial("novels, 2 million words", {"max_size": size, "FEW_WORDS": few_words}, 3)
        for lr in (0.025, 0.1):
            more = {"max_size": 500, "sample": 0, "lr": lr, "FEW_WORDS": few_words}
            yield Trial("novels, 2 million words", more, 3)
        yield Trial("characters", {"tokenizer": "chars", "sample": 0, "epochs": 5, "FEW_WORDS": few_words}, 3)
    for text, times in (("People's Daily", 3), ("novels, 2 million words", 3), ("novels", 2)):
        for more in GLOVE:
            yield Trial(text, {"task": "glove", **more}, times)


# texts and questions


def text_of(name: str, seed: int) -> Path | list[str]:
    """What is trained on."""
    if name.startswith("made"):
        return made_texts(int(name.split()[1]), seed)
    return {
        "novels": english_text,
        "novels, 2 million words": first_words,
        "People's Daily": lambda: sample_file("people-daily"),
        "characters": lambda: DATA / "lm_en_tinyshakespeare" / "input.txt",
    }[name]()


def made_texts(words: int, seed: int, sentences: int = 5000) -> list[str]:
    """Sentences of 4 to 15 words of the same group, of 6 groups: word w is in group w % 6."""
    random = np.random.default_rng(seed)
    groups = random.integers(6, size=sentences)
    members = (group + 6 * random.integers(words // 6, size=random.integers(4, 16)) for group in groups)
    return [" ".join(f"w{word}" for word in sentence) for sentence in members]


def questions_of(text: str, model: Word2Vec | GloVe) -> dict[str, Path]:
    """Name -> file of what vectors of a text are judged by."""
    if text == "People's Daily":
        similarities = {"wordsim-240": DATA / "wordsim_zh" / "wordsim-240.tsv"}
        return {**similarities, "analogies-zh": sample_file("analogies-zh")}
    if text == "novels" or (text.startswith("novels") and model.max_size is None):
        return {**questions(), "MEN, rare words": rare_pairs(model, questions()["MEN"])}
    return {}


def rare_pairs(model: Word2Vec | GloVe, path: Path) -> Path:
    """The pairs of a file of similarities that have a rare word."""
    counts = dict(zip(model.vocab_.tokens, model.vocab_.counts, strict=True))
    lines = path.read_text(encoding="utf-8").splitlines()
    rare = [line for line in lines if any(counts.get(word, MANY) < RARE for word in line.lower().split("\t")[:2])]
    out = WORK / "rare.tsv"
    out.write_text("\n".join(rare) + "\n", encoding="utf-8")
    return out


def right_neighbors(model: Word2Vec | GloVe) -> float:
    """For words of made texts: the share of their nine nearest that are of their group."""
    words = model.vocab_.tokens
    near = model.neighbors(words, 9)
    return mean(
        (int(word[1:]) - int(found.word[1:])) % 6 == 0 for word, row in zip(words, near, strict=True) for found in row
    )


# one run


@contextmanager
def changed(more: dict[str, Any]) -> Iterator[None]:
    """While it lasts, constants of vectors/plan.py (names in capitals) have other values, and with ``order`` the
    stretches come in the order of the text in every epoch.
    """

    def in_order(self: plan.Plan, epoch: int) -> NDArray[np.int64]:
        return np.arange(len(self.stretches) - 1)

    with ExitStack() as stack:
        for name in filter(str.isupper, more):
            stack.enter_context(patch.object(plan, name, more[name]))
        if "order" in more:
            stack.enter_context(patch.object(plan.Plan, "order", in_order))
        yield


def model_of(more: dict[str, Any], seed: int) -> Word2Vec | GloVe:
    """The estimator of a trial."""
    settings = {name: value for name, value in more.items() if not name.isupper() and name not in ("order", "task")}
    return (GloVe if "task" in more else Word2Vec)(**{"threads": 1, "seed": seed, **settings})


def scored(trial: Trial, seed: int) -> dict[str, Any]:
    """One run: losses and scores."""
    with changed(trial.more):
        model = model_of(trial.more, seed).fit(text_of(trial.text, seed))
    found = {"text": trial.text, "more": trial.more, "seed": seed, "vocabulary": len(model.vocab_)}
    found |= {**model.data_, **model.history_[-1]}
    if trial.text.startswith("made"):
        return {**found, "scores": {"neighbors": right_neighbors(model)}}
    return {**found, **judged(model.vectors_, questions_of(trial.text, model))}


# timings


def training(text: str, **more: Any) -> Callable[[], float]:
    """Gives the seconds of one epoch; the text is encoded before."""

    def seconds() -> float:
        model = model_of({"epochs": 1, **more}, seed=1)
        with tempfile.TemporaryDirectory(prefix="vec2seq-") as folder, changed(more):
            corpus = model.corpus(text_of(text, 1), Path(folder), Run(), model.new_tokenizer(), None)
            began = time.perf_counter()
            model.fit(corpus)
            return time.perf_counter() - began

    return seconds


def program(*words: str) -> Callable[[], float]:
    """Gives the seconds of a run of Python."""

    def seconds() -> float:
        began = time.perf_counter()
        subprocess.run([OURS, *words], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    return seconds


TIMED: tuple[tuple[int, dict[str, Callable[[], float]]], ...] = (
    (
        20,
        {
            "python -c pass": program("-c", "pass"),
            "vec2seq --help": program("-m", "vec2seq", "--help"),
            "python -c 'import numba'": program("-c", "import numba"),
        },
    ),
    (
        5,
        {
            "one thread": training("novels"),
            "two threads": training("novels", threads=2),
            "two threads, no private rows": training("novels", threads=2, HOT_ROWS=0),
            "two threads in lock step": training("novels", threads=2, deterministic=True),
        },
    ),
    (
        5,
        {
            "500 words, together": training("novels", max_size=500, FEW_WORDS=0),
            "500 words, one by one": training("novels", max_size=500, FEW_WORDS=MANY),
            "characters, together": training("characters", tokenizer="chars", sample=0, FEW_WORDS=0),
            "characters, one by one": training("characters", tokenizer="chars", sample=0, FEW_WORDS=MANY),
        },
    ),
)
"""What is timed, so many times each; those of a group run in turns, so that all meet the same minutes."""


# all runs


def quality(done: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The runs of the trials that are missing."""
    there = [(run["text"], run["more"], run["seed"]) for run in done]
    for trial in trials():
        for seed in range(1, trial.times + 1):
            if (trial.text, trial.more, seed) not in there:
                yield scored(trial, seed)


def timings(done: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The timed runs that are missing."""
    if not OURS.exists():
        raise SystemExit(f"{OURS}: not there; make .venv-base/ready makes it")
    there = [(run["what"], run["time"]) for run in done]
    warm_up()
    for times, group in TIMED:
        for time_ in range(1, times + 1):
            for what, seconds in group.items():
                if (what, time_) not in there:
                    yield {"what": what, "time": time_, "seconds": seconds()}


def main() -> None:
    """Run what is missing in the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timings", action="store_true", help="what the clock judges; on a quiet machine")
    parser.add_argument("--again", action="store_true", help="forget these results and run everything")
    args = parser.parse_args()
    if not DATA.exists():
        print(f"{DATA}: not there; nothing is tried")
        return
    path, key, defaults = RESULTS / "choices.json", "timings" if args.timings else "quality", Word2Vec().get_params()
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if key not in results or args.again:
        results[key] = {"machine": machine(), "versions": versions(), "defaults": defaults, "runs": []}
    if results[key]["defaults"] != defaults:
        raise SystemExit(f"{path}: its runs had other defaults; --again runs them anew")
    runs = results[key]["runs"]
    for run in (timings if args.timings else quality)(runs):
        runs.append(run)
        save("choices", results)
        print({name: value for name, value in run.items() if name not in ("intervals", "fingerprint")}, flush=True)


if __name__ == "__main__":
    main()
