"""The figures in docs/decisions, from benchmarks/results/choices.json: a table for each pair of markers."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from statistics import mean, median
from typing import Any

from common import load, markdown_table

GLOVE: tuple[dict[str, Any], ...] = (
    {},
    *({"x_max": x_max} for x_max in (5, 30, 100)),
    *({"window": window} for window in (5, 15)),
    *({"epochs": epochs} for epochs in (5, 10, 25, 50)),
    *({"vectors": vectors} for vectors in ("word", "context")),
    {"threads": 2},
)
"""What ``choices.py`` tries GloVe with."""

BLOCK = re.compile(r"(<!-- figures ([\w-]+) -->\n).*?(<!-- /figures -->)", re.S)
TEXTS = {"novels": "novels", "novels, 2 million words": "their beginning", "People's Daily": "People's Daily"}
MANY = 10**9
"""What ``choices.py`` sets FEW_WORDS to where context words are to make their steps one by one."""

Run = dict[str, Any]


@cache
def results() -> dict[str, Any]:
    """The result file."""
    return load("choices")


def runs(text: str, **more: object) -> list[Run]:
    """The runs of a trial; all that ``more`` leaves out was as it is by default, with one thread."""
    found = [run for run in results()["quality"]["runs"] if (run["text"], run["more"]) == (text, more)]
    if not found:
        raise SystemExit(f"choices.json has no runs of {text} {more}: python benchmarks/choices.py")
    return found


def spread(values: Iterable[float], digits: int, middle: Callable[[list[float]], float] = mean) -> str:
    """The mean, lowest and highest of some values."""
    values = list(values)
    return f"{middle(values):.{digits}f} ({min(values):.{digits}f} - {max(values):.{digits}f})"


def scores(found: list[Run], name: str) -> str:
    """Scores in per cent."""
    return spread((100 * run["scores"][name] for run in found), 1)


def interval(found: list[Run], name: str) -> str:
    """The 95 % interval of a score over the items of its set, in per cent, mean of the seeds."""
    low, high = (100 * mean(run["intervals"][name][end] for run in found) for end in (0, 1))
    return f"{low:.1f} to {high:.1f}"


def comparison(ways: dict[str, dict[str, object]]) -> str:
    """Ways of training on three texts, judged by all sets; the interval is that of the default."""
    rows = []
    for text, label in TEXTS.items():
        found, default = {name: runs(text, **more) for name, more in ways.items()}, runs(text)
        about = f"{label}, {default[0]['words'] / 1e6:.1f} million words, {default[0]['epoch']} epochs"
        for name in default[0]["scores"]:
            rows.append([about, name, *(scores(way, name) for way in found.values()), interval(default, name)])
            about = ""
    return markdown_table(["text", "set", *ways, "95 % interval"], rows)


def samples() -> str:
    """``sample``."""
    return comparison({"1e-3": {"sample": 1e-3}, "3e-4 (default)": {}, "1e-4": {"sample": 1e-4}})


def algorithms() -> str:
    """Skip-gram, and CBOW with three learning rates."""
    bags = {f"CBOW, rate {lr}": {"algorithm": "cbow", "lr": lr} for lr in (0.05, 0.1, 0.2)}
    return comparison({"skip-gram (default)": {}, **bags})


def epochs() -> str:
    """Passes over a short text."""
    default = runs("People's Daily")
    found = {str(number): runs("People's Daily", epochs=number) for number in (5, 15, 30)}
    found = {"5": found.pop("5"), f"{default[0]['epoch']} (default)": default, **found}
    return listed("epochs", found, list(default[0]["scores"]))


def stretches() -> str:
    """The order and the length of stretches, and what threads do to the scores."""
    cores = results()["quality"]["machine"]["cores"]
    two = f"2 threads on {cores} core{'s' * (cores > 1)}"
    found = {
        "1 thread": runs("novels"),
        "1 thread, in the order of the text": runs("novels", order="text"),
        "1 thread, 65,536": runs("novels", STALE_WORDS=65_536),
        "1 thread, 262,144": runs("novels", STALE_WORDS=262_144),
        two: runs("novels", threads=2, STALE_WORDS=16_384),
        f"{two}, 65,536": runs("novels", threads=2, STALE_WORDS=65_536),
        f"{two}, 262,144": runs("novels", threads=2, STALE_WORDS=262_144),
        f"{two}, the same seed each time": runs("novels", threads=2, seed=1),
    }
    return listed("way", found, ["WordSim-353", "SimLex-999", "MEN", "questions-words"])


def listed(what: str, found: dict[str, list[Run]], sets: list[str]) -> str:
    """Ways of training, one a row, with their scores and losses."""
    rows = [[way, *(scores(some, name) for name in sets), held_out(some)] for way, some in found.items()]
    return markdown_table([what, *sets, "held-out loss"], rows)


def held_out(found: list[Run]) -> str:
    """The loss of held-out text."""
    return spread((run["held_out_loss"] for run in found), 3)


def both(text: str, figure: Callable[[list[Run]], str], **more: object) -> list[str]:
    """A figure for steps together, and for steps one by one."""
    return [figure(runs(text, **more, FEW_WORDS=few)) for few in (0, MANY)]


def made() -> str:
    """Steps together and one by one, on made texts."""
    rows = []
    for words, lr in ((60, 0.025), (60, 0.05), (60, 0.1), (300, 0.1), (1200, 0.1)):
        text, more = f"made, {words} words", {"lr": lr, "epochs": 12, "sample": 0}
        near = both(text, lambda found: scores(found, "neighbors"), **more)
        rows.append([f"{words:,}", str(lr), *near, *both(text, held_out, **more)])
    head = ["words", "rate", "right neighbors, together", "one by one", "held-out loss, together", "one by one"]
    return markdown_table(head, rows)


def real() -> str:
    """Steps together and one by one, on real text."""
    start = "novels, 2 million words"
    cases: list[tuple[str, str, dict[str, object]]] = [
        *((start, "", {"max_size": size}) for size in (500, 1000, 2000)),
        *((start, f", no sub-sampling, rate {lr}", {"max_size": 500, "sample": 0, "lr": lr}) for lr in (0.025, 0.1)),
        ("characters", ", no sub-sampling", {"tokenizer": "chars", "sample": 0, "epochs": 5}),
    ]
    rows = []
    for text, about, more in cases:
        size = runs(text, **more, FEW_WORDS=0)[0]["vocabulary"]
        rows.append([f"{text}{about}", f"{size:,}", *both(text, held_out, **more)])
    return markdown_table(["text", "different words", "together", "one by one"], rows)


def seconds(*whats: str) -> Callable[[], str]:
    """Gives a table of what was timed."""

    def timed() -> str:
        found = results().get("timings", {"runs": []})["runs"]
        taken = {what: [run["seconds"] for run in found if run["what"] == what] for what in whats}
        if not all(taken.values()):
            return "*Not measured yet: `python benchmarks/choices.py --timings`.*\n"
        rows = [[what, spread(some, 2, median), str(len(some))] for what, some in taken.items()]
        return markdown_table(["what", "seconds", "runs"], rows)

    return timed


def glove() -> str:
    """GloVe's settings on three texts: means over the seeds, in per cent."""
    columns = [
        ("novels", ("WordSim-353", "SimLex-999", "MEN", "questions-words")),
        ("novels, 2 million words", ("MEN", "questions-words")),
        ("People's Daily", ("wordsim-240", "analogies-zh")),
    ]
    rows = []
    for more in GLOVE:
        cells = [
            f"{100 * mean(run['scores'][name] for run in runs(text, task='glove', **more)):.1f}"
            for text, names in columns
            for name in names
        ]
        rows.append([" ".join(f"`{name}` {value}" for name, value in more.items()) or "the defaults", *cells])
    return markdown_table(["setting", *(f"{name}, {TEXTS[text]}" for text, names in columns for name in names)], rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "start": seconds("python -c pass", "vec2seq --help", "python -c 'import numba'"),
    "stretches": stretches,
    "threads": seconds("one thread", "two threads", "two threads, no private rows", "two threads in lock step"),
    "made": made,
    "real": real,
    "together": seconds(
        *(f"{text}, {way}" for text in ("500 words", "characters") for way in ("together", "one by one"))
    ),
    "epochs": epochs,
    "sample": samples,
    "algorithm": algorithms,
    "glove": glove,
}


def filled(page: str) -> str:
    """A page of docs/decisions with the figures that the result file has."""
    return BLOCK.sub(lambda match: match[1] + BLOCKS[match[2]]() + match[3], page)
