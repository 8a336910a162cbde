"""What docs/benchmarks.md says of GloVe, from benchmarks/results/glove.json; the picture of how cost grows."""

from pathlib import Path
from statistics import mean, median
from typing import Any

from common import load, markdown_table
from pictures import picture

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "glove-growth.svg"
CHINESE = {
    "tool": "工具",
    "reading": "读取",
    "counting": "统计",
    "shuffling": "打乱",
    "an epoch": "一轮",
    "peak memory": "内存峰值",
    "runs": "次数",
    "x Stanford": "与 Stanford 之比",
    "memory allowed": "允许的内存",
    "memory used": "实际内存",
    "million words": "百万词",
    "million pairs": "百万词对",
    "all": "全程",
}

Run = dict[str, Any]


def table(chinese: bool, head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return markdown_table([CHINESE.get(cell, cell) if chinese else cell for cell in head], rows)


def steps_of(run: Run) -> dict[str, float]:
    """Seconds of each step of a run."""
    if run["tool"] == "vec2seq":
        epoch = median(run["epoch_seconds"])
        return {
            "reading": run["reading_seconds"],
            "counting": run["counting_seconds"],
            "shuffling": run["shuffling_and_first_epoch_seconds"] - epoch,
            "an epoch": epoch,
        }
    names = {"reading": "reading_seconds", "counting": "counting_seconds", "shuffling": "shuffling_seconds"}
    return {**{step: run[name] for step, name in names.items()}, "an epoch": run["training_seconds"] / run["epochs"]}


def steps(chinese: bool, results: dict[str, Any]) -> str:
    """How long each step takes."""
    tools = {tool: [run for run in results["runs"] if run["tool"] == tool] for tool in ("vec2seq", "Stanford")}
    seconds = {
        tool: {name: median(steps_of(run)[name] for run in runs) for name in steps_of(runs[0])}
        for tool, runs in tools.items()
        if runs
    }
    rows = [
        [
            tool,
            *(f"{value:.2f} s" for value in found.values()),
            f"{median(r['peak_bytes'] for r in tools[tool]) / 1e6:.0f} MB",
        ]
        for tool, found in seconds.items()
    ]
    if len(seconds) == 2:
        ratios = [f"{seconds['Stanford'][name] / value:.1f}" for name, value in seconds["vec2seq"].items()]
        rows.append(["x Stanford" if not chinese else CHINESE["x Stanford"], *ratios, ""])
    return table(chinese, ["tool", *seconds["vec2seq"], "peak memory"], rows)


def quality(chinese: bool, results: dict[str, Any]) -> str:
    """Scores after all epochs, beside gensim's skip-gram after five."""
    peer = [run for run in load("word2vec")["runs"] if (run["tool"], run["epochs"]) == ("gensim", 5)]
    tools = {
        "vec2seq GloVe": [run for run in results["runs"] if run["tool"] == "vec2seq"],
        "Stanford GloVe": [run for run in results["runs"] if run["tool"] == "Stanford"],
        "gensim skip-gram": peer,
    }
    sets = list(tools["vec2seq GloVe"][0]["scores"])
    rows = []
    for tool, runs in tools.items():
        if runs:
            scores = [[100 * run["scores"][name] for run in runs] for name in sets]
            rows.append([tool, *(f"{mean(s):.1f} ({min(s):.1f} - {max(s):.1f})" for s in scores), str(len(runs))])
    return table(chinese, ["tool", *sets, "runs"], rows)


def capped(chinese: bool, results: dict[str, Any]) -> str:
    """The memory that is allowed, and what is used."""
    rows = [
        [f"{run['memory_bytes'] / 1e6:,.0f} MB", f"{run['peak_bytes'] / 1e6:.0f} MB", f"{run['seconds']:.1f} s"]
        for run in results["capped"]
    ]
    return table(chinese, ["memory allowed", "memory used", "all"], rows)


def growth(chinese: bool, results: dict[str, Any]) -> str:
    """How cost grows with the text."""
    rows = []
    for run in results["growth"]:
        found = steps_of(run)
        rows.append(
            [f"{run['words'] / 1e6:.1f}", f"{run['pairs'] / 1e6:.1f}"]
            + [f"{found[step]:.2f} s" for step in ("reading", "counting", "shuffling", "an epoch")]
        )
    return table(chinese, ["million words", "million pairs", "reading", "counting", "shuffling", "an epoch"], rows)


def sections(chinese: bool) -> dict[str, str]:
    """All tables by name."""
    results = load("glove")
    makers = {"steps": steps, "quality": quality, "capped": capped, "growth": growth}
    return {f"glove_{name}": maker(chinese, results) for name, maker in makers.items()}


def draw() -> None:
    """Write the picture of how cost grows: seconds of each step against words."""
    runs = load("glove")["growth"]
    words = [run["words"] / 1e6 for run in runs]
    with picture(PICTURE, "million words of text", "seconds, 2 threads") as axes:
        for step in ("reading", "counting", "shuffling", "an epoch"):
            axes.plot(words, [steps_of(run)[step] for run in runs], marker="o", label=step)
        axes.set_ylim(0)
