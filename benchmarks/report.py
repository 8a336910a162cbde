"""Write what was measured, from benchmarks/results, into docs/benchmarks.md and the README, in English and Chinese, and
into docs/decisions.

``--check`` writes nothing and fails where a page is not what it would write.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any, Literal

import decisions
import glove_tables
import labels_tables
from common import load, markdown_table

ROOT = Path(__file__).resolve().parents[1]
Language = Literal["en", "zh"]
BLOCK = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- /figures -->)", re.S)
README = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
DECISIONS = ROOT / "docs" / "decisions"
PAGES = {"en": ROOT / "docs" / "benchmarks.md", "zh": ROOT / "docs" / "zh" / "benchmarks.md"}

CHINESE = {
    "Measured": "实测结果",
    "tool": "工具",
    "threads": "线程",
    "width": "维数",
    "M words/s": "百万词/秒",
    "M words per CPU second": "百万词/CPU 秒",
    "x gensim": "与 gensim 之比",
    "x word2vec.c": "与 word2vec.c 之比",
    "text file to saved vectors": "从文本文件到保存好的词向量",
    "peak memory": "内存峰值",
    "reading": "读取",
    "starting and saving": "启动与保存",
    "1,000 lines": "只用 1,000 行",
    "runs": "次数",
    "training": "训练",
    "what": "项目",
    "seconds": "秒",
    "planned": "预计",
    "took": "实际",
    "text": "文本",
    "settings": "设置",
    "memory planned": "预计内存",
    "memory used": "实际内存",
    "disk planned": "预计磁盘",
    "disk used": "实际磁盘",
    "task": "任务",
    "alone": "单次训练",
    "with bootstrap": "加 bootstrap",
    "times": "倍数",
    "memory alone": "单次内存",
    "memory with bootstrap": "加 bootstrap 的内存",
    "ms a query": "毫秒/次查询",
    "questions": "题数",
    "ms a question": "毫秒/题",
    "set": "测试集",
    "95 % interval": "95 % 区间",
    "difference": "差",
    "inside": "在区间内",
    "rows x inputs": "行数 x 输入",
    "ms a pass": "毫秒/轮",
    "CPU ms": "CPU 毫秒",
    "x scikit-learn": "与 scikit-learn 之比",
    "score": "得分",
    "seconds to equal score": "达到同样得分的秒数",
    "table": "表格",
    "measure": "指标",
    "product": "乘积",
    "loop, threads": "循环，线程",
    "ms a step": "毫秒/步",
    "of the bare loop": "与最简循环之比",
    "net, batch, threads": "网络，批，线程",
    "planted": "埋下的毛病",
    "trainings": "训练次数",
    "right": "说对",
    "share": "比例",
}


def table(language: Language, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    names = [CHINESE.get(cell, cell) if language == "zh" else cell for cell in head]
    return markdown_table(names, rows)


class Runs:
    """The runs of word2vec.json."""

    def __init__(self) -> None:
        self.data = load("word2vec")
        self.words = self.data["words"]

    def of(self, tool: str, threads: int, width: int = 100, epochs: int = 1, **more: object) -> list[dict[str, Any]]:
        """The runs of a case."""
        wanted = {"tool": tool, "threads": threads, "width": width, "epochs": epochs, "more": more}
        return [run for run in self.data["runs"] if all(run[name] == value for name, value in wanted.items())]

    def median(self, runs: list[dict[str, Any]], name: str) -> float:
        """The median of a figure."""
        return median(run[name] for run in runs)

    def speed(self, runs: list[dict[str, Any]], seconds: str = "training_seconds") -> float:
        """Words a second."""
        return float(self.words * runs[0]["epochs"] / self.median(runs, seconds))

    def score(self, runs: list[dict[str, Any]], name: str) -> tuple[float, float, float]:
        """Mean, lowest and highest score in per cent."""
        scores = [100 * run["scores"][name] for run in runs]
        return mean(scores), min(scores), max(scores)


SPEEDS = (
    ("vec2seq", 1, 100),
    ("gensim", 1, 100),
    ("word2vec.c", 1, 100),
    ("vec2seq", 2, 100),
    ("gensim", 2, 100),
    ("word2vec.c", 2, 100),
    ("vec2seq", 1, 300),
    ("gensim", 1, 300),
    ("vec2seq", 2, 300),
    ("gensim", 2, 300),
    ("word2vec.c", 2, 300),
)


def speed_table(language: Language, runs: Runs) -> str:
    """Training speed, time of the whole way, and memory."""
    head = ["tool", "threads", "width", "M words/s", "M words per CPU second", "x gensim"]
    head += ["text file to saved vectors", "peak memory", "runs"]
    rows = []
    for tool, threads, width in SPEEDS:
        found, peer = runs.of(tool, threads, width), runs.of("gensim", threads, width)
        if not found or not peer:
            continue
        rows.append(
            [
                tool,
                str(threads),
                str(width),
                f"{runs.speed(found) / 1e6:.3g}",
                f"{runs.speed(found, 'training_cpu_seconds') / 1e6:.3g}",
                f"{runs.speed(found) / runs.speed(peer):.2g}",
                f"{runs.median(found, 'whole_seconds'):.1f} s",
                f"{runs.median(found, 'peak_bytes') / 1e6:.0f} MB",
                str(len(found)),
            ]
        )
    return table(language, head, rows)


def whole_table(language: Language, runs: Runs) -> str:
    """Where the time and the memory of the whole way go: one epoch with 2 threads, width 100, and 1,000 lines of it."""
    bare = runs.data.get("bare")
    if bare is None:
        return ""
    rows = []
    for tool in ("vec2seq", "gensim"):
        found = runs.of(tool, 2)
        whole, reading, training = (runs.median(found, f"{part}_seconds") for part in ("whole", "reading", "training"))
        rest = whole - reading - training
        seconds = [f"{part:.2f} s" for part in (reading, training, rest, bare[tool]["whole_seconds"])]
        memory = [f"{size / 1e6:.0f} MB" for size in (runs.median(found, "peak_bytes"), bare[tool]["peak_bytes"])]
        rows.append([tool, *seconds, *memory])
    head = ["tool", "reading", "training", "starting and saving", "1,000 lines", "peak memory", "1,000 lines"]
    return table(language, head, rows)


QUALITIES: tuple[tuple[str, str, int, dict[str, object]], ...] = (
    ("vec2seq", "vec2seq", 2, {}),
    ("gensim", "gensim", 2, {}),
    ("vec2seq, 1 thread", "vec2seq", 1, {}),
    ("vec2seq, deterministic", "vec2seq", 2, {"deterministic": True}),
    ("vec2seq, CBOW", "vec2seq", 2, {"algorithm": "cbow"}),
    ("vec2seq, hierarchical softmax", "vec2seq", 2, {"loss": "hierarchical"}),
)


def quality_table(language: Language, runs: Runs) -> str:
    """Scores after five epochs, mean (lowest to highest) of the seeds, and how long five epochs took."""
    judged = [(name, runs.of(tool, threads, epochs=5, **more)) for name, tool, threads, more in QUALITIES]
    judged = [(name, found) for name, found in judged if found and found[0].get("scores")]
    if not judged:
        return ""
    sets = list(judged[0][1][0]["scores"])
    rows = []
    for name, found in judged:
        cells = ["{:.1f} ({:.1f} - {:.1f})".format(*runs.score(found, questions)) for questions in sets]
        rows.append([name, *cells, f"{runs.median(found, 'training_seconds'):.1f} s", str(len(found))])
    return table(language, ["tool", *sets, "training", "runs"], rows)


def interval_table(language: Language, runs: Runs) -> str:
    """Whether gensim's mean score lies in the 95 % interval of vec2seq's, both means of the seeds."""
    ours, peers = runs.of("vec2seq", 2, epochs=5), runs.of("gensim", 2, epochs=5)
    if not peers or not all(run.get("intervals") for run in ours):
        return ""
    rows = []
    for name in ours[0]["intervals"]:
        low, high = (100 * mean(run["intervals"][name][end] for run in ours) for end in (0, 1))
        score, peer = runs.score(ours, name)[0], runs.score(peers, name)[0]
        inside = INSIDE[language][low <= peer <= high]
        rows.append([name, f"{score:.1f}", f"{low:.1f} - {high:.1f}", f"{peer:.1f}", f"{score - peer:+.1f}", inside])
    head = ["set", "vec2seq", "95 % interval", "gensim", "difference", "inside"]
    return f"\n{INTERVALS[language]}\n{table(language, head, rows)}"


def timing_table(
    language: Language, name: str, unit: str, figure: Callable[[dict[str, Any], dict[str, Any]], str]
) -> str:
    """The rows of another result file."""
    data = load(name)
    return table(language, ["tool", unit], [[tool, figure(data, run)] for tool, run in data["runs"].items()])


def plan_table(language: Language) -> str:
    """What was planned, and what it took."""
    head = ["text", "settings", "planned", "took", "memory planned", "memory used", "disk planned", "disk used"]
    rows = [
        [
            run["text"],
            f"`{run['settings']}`",
            f"{run['planned_seconds']:.1f} s",
            f"{run['seconds']:.1f} s",
            f"{run['planned_bytes'] / 1e6:.0f} MB",
            f"{run['peak_bytes'] / 1e6:.0f} MB",
            f"{run['planned_disk_bytes'] / 1e6:.0f} MB",
            f"{run['disk_bytes'] / 1e6:.0f} MB",
        ]
        for run in load("plan")["runs"]
    ]
    return table(language, head, rows)


def trust_tables(language: Language) -> dict[str, str]:
    """What a bootstrap takes, against single trainings; how much of the neighbours is stable, by frequency."""
    data = load("trust")
    runs = data["runs"]
    costs = [
        [
            found["task"],
            f"{found['single_seconds']:.1f} s",
            f"{found['seconds']:.0f} s",
            f"{found['seconds'] / found['single_seconds']:.1f}",
            f"{found['single_peak_bytes'] / 1e6:.0f} MB",
            f"{found['peak_bytes'] / 1e6:.0f} MB",
        ]
        for found in data["tasks"]
    ]
    bands = [f"{first:,} - {last:,}" for first, last, _ in data["tasks"][0]["by_frequency"]]
    shares = [[found["task"], *(f"{share:.0%}" for *_, share in found["by_frequency"])] for found in data["tasks"]]
    head = ["task", "alone", "with bootstrap", "times", "memory alone", "memory with bootstrap"]
    return {
        "trust": table(language, head, costs),
        "trust_shares": table(language, ["task", *bands], shares),
        "trust_runs": str(runs),
        "trust_words": f"{data['text_words'] / 1e6:.0f}",
    }


def mlp_tables(language: Language) -> dict[str, str]:
    """The perceptron: time of a pass and to scikit-learn's score; scores on real tables."""
    data = load("mlp")
    speeds = [
        [
            run["case"],
            run["tool"],
            f"{1000 * run['pass_seconds']:.{1 if run['pass_seconds'] < 0.1 else 0}f}",
            f"{1000 * run['pass_cpu_seconds']:.{1 if run['pass_cpu_seconds'] < 0.1 else 0}f}",
            f"{run['times_scikit_learn']:.1f}",
            f"{run['score']:.3f}",
            f"{run['seconds_to_equal_score']:.2f}" if run["seconds_to_equal_score"] else "-",
        ]
        for run in data["speed"]
    ]
    scores = [
        [
            run["table"],
            run["measure"],
            *(f"{run['scores'][tool]:.3f}" for tool in ("vec2seq", "scikit-learn")),
            f"{run['low']:+.3f} ... {run['high']:+.3f}",
            f"{run['scores']['train mlp']:.3f}",
        ]
        for run in data["tables"]
    ]
    head = ["rows x inputs", "tool", "ms a pass", "CPU ms", "x scikit-learn", "score", "seconds to equal score"]
    products = [
        [run["product"], *(f"{run['gflop_per_second'][tool]:.0f}" for tool in ("vec2seq", "OpenBLAS"))]
        for run in data["products"]
    ]
    versions = ", ".join(f"{name} {data['versions'][name]}" for name in ("scikit-learn", "torch"))
    return {
        "mlp_speed": table(language, head, speeds),
        "mlp_tables": table(
            language, ["table", "measure", "vec2seq", "scikit-learn", "difference", "`train mlp`"], scores
        ),
        "mlp_products": table(language, ["product", "vec2seq", "OpenBLAS"], products),
        "mlp_versions": versions,
    }


def nets_tables(language: Language) -> dict[str, str]:
    """Nets: what the loop costs, prediction by each back end, and how many planted faults are named."""
    steps, ends, planted = load("engine"), load("runtime"), load("faults")
    loops = [
        [CHINESE.get(name, name) if language == "zh" else name, f"{run['ms']:.3f}", f"{run['of_bare']:.2f}"]
        for name, run in ((name.replace(", threads ", ", "), run) for name, run in steps["runs"].items())
    ]
    back_ends: dict[str, list[str]] = {}
    for name, run in ends["runs"].items():
        net, end, batch, threads = name.split(", ")
        row = ", ".join((net, batch.removeprefix("batch "), threads.removeprefix("threads ")))
        back_ends.setdefault(row, []).append(
            f"{run['ms']:.2f} ({run['times']:.1f}x)" if end != "PyTorch float32" else f"{run['ms']:.2f}"
        )
    faults = [
        [fault, f"{found['runs']}", f"{found['right']}", f"{100 * found['right'] / found['runs']:.0f} %"]
        for fault, found in planted["planted"].items()
    ]
    return {
        "nets_loops": table(language, ["loop, threads", "ms a step", "of the bare loop"], loops),
        "nets_back_ends": table(
            language,
            ["net, batch, threads", *dict.fromkeys(name.split(", ")[1] for name in ends["runs"])],
            [[row, *cells] for row, cells in back_ends.items()],
        ),
        "nets_faults": table(language, ["planted", "trainings", "right", "share"], faults),
    }


def page(language: Language) -> str:
    """docs/benchmarks.md."""
    runs = Runs()
    machine, versions = runs.data["machine"], runs.data["versions"]
    about = f"{machine['processor']}, {machine['cores']} cores; " + ", ".join(f"{k} {v}" for k, v in versions.items())
    text = TEXTS[language]
    speeds = timing_table(
        language, "encode", "M words/s", lambda data, run: f"{data['words'] / run['median_seconds'] / 1e6:.1f}"
    )
    queries = timing_table(
        language, "neighbors", "ms a query", lambda _, run: f"{1000 * run['median_seconds'] / run['queries']:.1f}"
    )
    judged = load("evaluate")
    judging = table(
        language,
        ["tool", "questions", "ms a question"],
        [[name, f"{run['n']:,}", f"{1000 * run['seconds'] / run['n']:.2f}"] for name, run in judged["runs"].items()],
    )
    files = timing_table(language, "formats", "seconds", lambda _, run: f"{run['median_seconds']:.2f}")
    return text.format(
        about=about,
        text=runs.data["text"],
        words=f"{runs.words / 1e6:.1f}",
        speed=speed_table(language, runs),
        whole=whole_table(language, runs),
        quality=quality_table(language, runs) + interval_table(language, runs),
        encode=speeds,
        neighbors=queries,
        evaluate=judging,
        judged_words=f"{judged['words']:,}",
        judged_peak=f"{judged['runs']['vec2seq, three rules']['peak_bytes'] / judged['matrix_bytes']:.2f}",
        formats=files,
        rows=f"{load('formats')['rows']:,}",
        plan=plan_table(language),
        **trust_tables(language),
        **mlp_tables(language),
        **nets_tables(language),
        **glove_tables.sections(language == "zh"),
    ) + labels_tables.sections(language == "zh")


def figures(language: Language) -> str:
    """The block of the README."""
    runs = Runs()
    ours, peer, original = (runs.of(tool, 2) for tool in ("vec2seq", "gensim", "word2vec.c"))
    five, peers_five = runs.of("vec2seq", 2, epochs=5), runs.of("gensim", 2, epochs=5)
    words = SUMMARY[language].format(
        words=f"{runs.words / 1e6:.1f}",
        cores=runs.data["machine"]["cores"],
        gensim=f"{runs.speed(ours) / runs.speed(peer):.0f}",
        original=f"{runs.speed(ours) / runs.speed(original):.0f}",
        wide=f"{runs.speed(runs.of('vec2seq', 2, 300)) / runs.speed(runs.of('gensim', 2, 300)):.0f}",
        whole=f"{runs.median(ours, 'whole_seconds'):.1f}",
        whole_gensim=f"{runs.median(peer, 'whole_seconds'):.1f}",
        five=f"{runs.median(five, 'training_seconds'):.0f}",
        five_gensim=f"{runs.median(peers_five, 'training_seconds'):.0f}",
    )
    sets = list(five[0]["scores"])
    rows = [
        [name, *(f"{runs.score(found, questions)[0]:.1f}" for questions in sets)]
        for name, found in (("vec2seq", five), ("gensim", peers_five))
    ]
    return f"{words}\n{table(language, ['tool', *sets], rows)}\n"


SUMMARY = {
    "en": """On {words} million words of English novels, {cores} cores, skip-gram with the same settings, in the same run
([all figures](docs/benchmarks.md)):

* training is **{gensim} times** as fast as gensim (in its fastest mode) and {original} times as fast as the original C
  code at width 100; {wide} times as fast as gensim at width 300;
* from the text file to saved vectors, one epoch: **{whole} s**, gensim {whole_gensim} s; training for five epochs:
  {five} s, gensim {five_gensim} s;
* the vectors after five epochs are as good (Spearman correlation and analogies, in per cent, mean of the seeds):
""",
    "zh": """在 {words} 百万词的英文小说上，{cores} 核，skip-gram，设置相同，同一轮测量（[全部数字](docs/zh/benchmarks.md)）：

* 维数 100 时，训练速度是 gensim（其最快模式）的 **{gensim} 倍**、原版 C 程序的 {original} 倍；维数 300 时是 gensim 的 {wide} 倍；
* 从文本文件到保存好的词向量，一轮：**{whole} 秒**，gensim {whole_gensim} 秒；训练五轮：{five} 秒，gensim {five_gensim} 秒；
* 五轮之后词向量的质量相当（Spearman 相关系数与类比准确率，百分数，各随机种子的平均）：
""",
}

INSIDE = {"en": ("no", "yes"), "zh": ("否", "是")}
INTERVALS = {
    "en": """The means of vec2seq and gensim, 2 threads both, and the 95 % bootstrap interval of vec2seq's score over the items of the
set. A difference that is inside could come from which items were asked. Both are asked the same items, so this is generous;
what another seed does is not in it, but in the spread above.
""",
    "zh": """vec2seq 与 gensim 各自的平均分（双方均为 2 线程），以及 vec2seq 得分对题目做自助抽样得到的 95 % 区间。落在区间内的差，可能只是因为碰巧出了这些题。双方答的是同一批题，所以这个
标准偏宽；换种子的影响不在其中，见上表的最低与最高。
""",
}

TEXTS = {
    "en": """# What was measured

This page is written by `benchmarks/report.py` from the files in `benchmarks/results`; `make bench` measures anew.
Peers run in the same minutes, in turns with vec2seq, with the same settings; medians. Machine: {about}. It is a shared
machine: trust ratios more than seconds.

## word2vec: speed

Text: {text}, {words} million words, lower-cased. Skip-gram, window 5, 5 negatives, sub-sampling 1e-4, words seen at least
5 times, one epoch. gensim runs in `corpus_file` mode, its fastest; word2vec.c is the original C program, compiled
with `-Ofast -march=native`. vec2seq holds 1 % of the text out to measure the loss, as it does by default.

{speed}
Where the time and the memory of the whole way go, with 2 threads and width 100; beside it, what the first 1,000 lines
of the text take alone: Python, Numba and LLVM are loaded before there is anything to do.

{whole}
## word2vec: quality

After five epochs with width 100, 2 threads: Spearman correlation with human judgements, and accuracy on analogies, in per
cent; mean (lowest - highest) of the seeds.

{quality}
## GloVe

The same text, words seen at least 5 times, window 10, width 100, x_max 10, 2 threads, 15 epochs, in turns with Stanford's
programs, which are built with their own Makefile. Their epoch is a fifteenth of all of their training, reading and writing
files included. The seconds of vec2seq are those of each step of one process.

{glove_steps}
Scores after 15 epochs, sum of word and context vectors; beside them gensim's skip-gram after five epochs, from above.

{glove_quality}
How the cost grows with the text:

{glove_growth}
![Seconds of each step against million words of text](images/glove-growth.svg)

Memory that `--memory` allows, and what a run of one epoch then used:

{glove_capped}
## Text to numbers

The same text, counted and encoded, words seen at least 5 times.

{encode}
## Neighbours

The ten nearest of 400,000 words, width 300.

{neighbors}
## Evaluation

Analogy questions to {judged_words} words, width 300, from a word2vec file; vec2seq answers each by three rules, with
intervals, and held at most {judged_peak} times the bytes of the matrix in all.

{evaluate}
## Trust

`--bootstrap {trust_runs}`, on the first {trust_words} million words of the text, lower-cased, with the default settings: the
whole command with it, and without (the median of three).

{trust}
How many of the ten nearest neighbours are [stable](stability.md), by the frequency of the words: of words no. 1 to 100, and
so on.

{trust_shares}
## Files

{rows} words, width 300.

{formats}
## Plans

What `vec2seq plan` says, and what the training then takes.

{plan}
## The multi-layer perceptron

The same net, batch size, solver (adam) and number of passes, two threads for all; {mlp_versions}; the tools in turns, five
times. The score is R2 or accuracy on rows kept out, after the last pass, the mean of three seeds; the last column is the
time to the score that scikit-learn ends with, but for 0.002. PyTorch is the loop of its tutorials, with DataLoader.

{mlp_speed}
Real tables, inputs scaled, default settings of both, cross-validation in five parts with three seeds; the 95 % interval of
the difference is a bootstrap's over these trainings. `train mlp` takes the table as it is, and scales the target too.

{mlp_tables}
### Products of matrices

By one thread, without the time of a step around them: GFLOP/s of a matrix of rows x inner dimension times one of inner
dimension x columns, the call from Python included.

{mlp_products}
## Nets

The [training loop](nets.md) on the smallest net, a perceptron with 64 units in batches of 64 rows: milliseconds a step,
beside a loop that does nothing but what it must (tensors in memory, the same fused optimizer), and that of PyTorch's
tutorials. The ratio is the median of rounds in which the loops alternate.

{nets_loops}
### Prediction

Milliseconds a batch of length 50 (embedding 64; LSTM with 128 units in both directions; convolutions; two attention blocks
of width 128; a perceptron), and how many times as fast as PyTorch in float32.

{nets_back_ends}
### Faults of nets

Trainings with a fault planted in them, data, nets, settings and seeds drawn at random; right: the fault is named. And such
that are well, which are those that learn: right is that nothing is named. No threshold was chosen by these data, nets and ways
to plant a fault (`tests/engine/faults.py`, part three).

{nets_faults}""",
    "zh": """# 实测结果

本页由 `benchmarks/report.py` 根据 `benchmarks/results` 中的文件生成；`make bench` 会重新测量。对照工具与 vec2seq 在同一段时间内交替运行，设置相同；
数字为中位数。机器：{about}。这是一台共享的机器，比值比秒数更可信。

## word2vec：速度

文本：{text}，{words} 百万词，小写。skip-gram，窗口 5，负样本 5 个，下采样 1e-4，词频不低于 5，一轮。gensim 用其最快的 `corpus_file` 模式；word2vec.c 是原版 C
程序，以 `-Ofast -march=native` 编译。vec2seq 按默认设置留出 1 % 的文本来测量损失。

{speed}
全程的时间和内存用在哪里（2 线程，维数 100）；旁边是只用文本前 1,000 行时的用量：开始工作之前要先载入 Python、Numba 和 LLVM。

{whole}
## word2vec：质量

五轮，维数 100，2 线程：与人工评分的 Spearman 相关系数，以及类比准确率，均为百分数；各随机种子的平均（最低 - 最高）。

{quality}
## GloVe

同一文本，词频不低于 5，窗口 10，维数 100，x_max 10，2 线程，15 轮，与 Stanford 的程序交替运行；后者用其自带的 Makefile 编译。它的一轮是全部训练时间的十五分之一，
包括读写文件。vec2seq 的秒数是同一进程中各步骤的用时。

{glove_steps}
15 轮之后的得分，取词向量与上下文向量之和；旁边是上文 gensim 的 skip-gram（五轮）。

{glove_quality}
用时随文本长度的增长：

{glove_growth}
![各步骤用时与文本词数（百万）](../images/glove-growth.svg)

`--memory` 允许的内存，以及一轮训练实际用了多少：

{glove_capped}
## 文本编码

同一文本，统计词频并编码，词频不低于 5。

{encode}
## 近邻查询

在 400,000 个词（维数 300）中找最近的十个。

{neighbors}
## 评测

向 {judged_words} 个词（维数 300，取自 word2vec 文件）提出类比题；vec2seq 每题用三种规则回答并给出区间，整个进程占用的内存最多是矩阵字节数的 {judged_peak} 倍。

{evaluate}
## 可信度

`--bootstrap {trust_runs}`，取文本的前 {trust_words} 百万词，小写，默认设置：用它和不用它（三次的中位数）时整条命令的用量。

{trust}
十个最近的近邻中有多少是[稳定](stability.md)的，按词频分列：第 1 至 100 位的词，依此类推。

{trust_shares}
## 文件读写

{rows} 个词，维数 300。

{formats}
## 预估

`vec2seq plan` 的预估与训练的实际用量。

{plan}
## 多层感知机

网络、批大小、求解器（adam）和轮数都相同，各工具都用两个线程；{mlp_versions}；各工具轮流运行五次。得分是最后一轮之后在留出行上的 R2 或准确率，三个随机种子的平均；最后一列是达到 scikit-learn
最终得分（相差不超过 0.002）所用的时间。PyTorch 用其教程中的循环和 DataLoader。

{mlp_speed}
真实表格，输入经过缩放，双方都用默认设置，三个随机种子的五折交叉验证；差的 95 % 区间由这些训练的 bootstrap 得出。`train mlp` 直接读取表格，目标也会缩放。

{mlp_tables}
### 矩阵乘积

单线程，不含训练步骤的其余时间：行数 x 内维的矩阵乘以内维 x 列数的矩阵，GFLOP/s，包括从 Python 调用的开销。

{mlp_products}
## 网络

[训练循环](nets.md)用在最小的网络上：64 个单元的感知机，每批 64 行；每步的毫秒数，旁边是只做必要之事的循环（张量在内存里，同样的融合优化器），以及 PyTorch 教程里的循环。
比值取各轮的中位数，各循环轮流运行。

{nets_loops}
### 预测

长度 50 的一批所用的毫秒数（嵌入 64 维；双向各 128 个单元的 LSTM；卷积；两个宽 128 的注意力块；感知机），以及是 PyTorch float32 的多少倍快。

{nets_back_ends}
### 网络的毛病

在训练中埋下一种毛病，数据、网络、设置和种子随机抽取；说中即指出了这种毛病。另有健康的训练（即学得会的训练），什么都不说才算对。没有任何阈值是根据这些数据、网络和埋法定的
（`tests/engine/faults.py` 第三部分）。

{nets_faults}""",
}


def wanted() -> dict[Path, str]:
    """All pages as they should be."""
    pages = {path: decisions.filled(path.read_text(encoding="utf-8")) for path in DECISIONS.glob("*.md")}
    for language in ("en", "zh"):
        readme = README[language]
        pages[PAGES[language]] = page(language)
        pages[readme] = BLOCK.sub(lambda _, language=language: figures(language), readme.read_text(encoding="utf-8"))
    return pages


def main() -> None:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is out of date")
    check = parser.parse_args().check
    if not check:
        glove_tables.draw()
        labels_tables.draw()
    stale = []
    for path, text in wanted().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and stale:
        raise SystemExit(f"out of date: {' '.join(stale)}; run make docs")


if __name__ == "__main__":
    main()
