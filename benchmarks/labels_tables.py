"""What docs/benchmarks.md says of nets for text: a section for each result file that is there."""

from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

from common import RESULTS, load, markdown_table
from measures import epochs_to, equal_score
from pictures import picture
from vec2seq import Classifier

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "images" / "attention-memory.svg"
CHINESE = {
    "set": "数据",
    "floor": "基线",
    "score": "得分",
    "95 % interval": "95 % 区间",
    "seconds": "秒",
    "runs": "次数",
    "tool": "工具",
    "tokens/s": "词/秒",
    "tokens per CPU second": "词/CPU 秒",
    "epoch: x plain": "一轮：与 plain 之比",
    "best score": "最高得分",
    "seconds to equal score": "达到同样得分的秒数",
    "answers/s": "回答/秒",
    "one by one": "逐个",
    "words/s": "词/秒",
    "accuracy": "准确率",
    "peak memory": "内存峰值",
    "length": "长度",
    "nats per character": "奈特/字符",
    "net alone": "仅网络",
    "counting alone": "仅计数",
    "metric": "指标",
    "minutes (CPU)": "分钟（处理器）",
    "wrong after right pieces": "正确片段之后出错",
    "wrong after its own": "自己的片段之后出错",
    "training": "训练",
    "writing": "写作",
    "start": "启动",
    "characters/s": "字符/秒",
    "1 text, characters/s": "1 段，字符/秒",
    "16 texts, characters/s": "16 段，字符/秒",
    "best path": "最佳路径",
    "whole lines": "整行都对",
    "lines/s": "行/秒",
    "by the best path": "用最佳路径",
    "exported": "导出后",
    "model": "模型",
    "version": "版本",
    "planted fault": "埋下的毛病",
    "named": "指出",
    "false alarms": "误报",
}
TITLES = {
    "classify": (
        "## Labels of texts\n\nAccuracy in per cent on the test files, default settings, mean of the seeds. What is kept out to "
        "judge and to calibrate is the dev file where there is one, else (TREC) a tenth of what is learnt from. The floor is "
        "TF-IDF with logistic regression.\n\n",
        "## 文本分类\n\n测试集上的准确率（百分数），默认设置，各随机种子的平均。用来评判和校准的留出数据：有 dev 文件就用它，没有（TREC）"
        "则留出训练数据的十分之一。基线是 TF-IDF 加逻辑回归。\n\n",
    ),
    "tag": (
        "## Labels of tokens\n\nF1 of spans, of parts of speech the accuracy, in per cent on the test files, default "
        "settings; the interval is that of the first seed. The floor is the most frequent label of each word.\n\n",
        "## 序列标注\n\n测试集上片段的 F1（词性为准确率），百分数，默认设置；区间属于第一个种子。基线是每个词最常见的标签。\n\n",
    ),
    "generate": (
        "## Foreseen text\n\nNats per character of the test part (lower is better), default settings, mean of the seeds; the "
        "interval is that of the first seed. Beside it the net alone and counted n-grams alone, of the same models. Minutes are "
        "by the clock, beside other work, and in brackets those of processors.\n\n",
        "## 预料文本\n\n测试部分每字符的奈特数（越低越好），默认设置，各种子的平均；区间属于第一个种子。旁边是同样模型里单独的网络和单独的 n 元组计数。分钟按时钟计（机器同时做别的事），括号里是处理器分钟。\n\n",
    ),
    "translate": (
        "## Targets of sources\n\nScores of the test part, default settings, mean of the seeds; the interval is that of the first "
        "seed. Shares are in per cent; BLEU and chrF are sacrebleu's; minutes as above. "
        "The last two columns are of what was kept out: how many pieces were wrong after what is right, and after what the "
        "model itself had written. `-sampled` learns with scheduled sampling of 0.3.\n\n",
        "## 从原文到译文\n\n测试部分的得分，默认设置，各种子的平均；区间属于第一个种子。比例为百分数；BLEU 和 chrF 由 sacrebleu 计算；分钟同上。"
        "最后两列属于留出的数据：在正确的片段之后，和在模型自己写的片段之后，有多少片段出错。`-sampled` 训练时计划采样为 0.3。\n\n",
    ),
    "read": (
        "## Lines read\n\nShare of characters that are wrong (CER) in the test part, in per cent, default settings; the interval is "
        "that of the first seed. Beside it the same by the best path, which knows no language, lines without an error, and lines "
        "read in a second from their files by two processors. `fraktur` are scans of the 19th century, divided by book; "
        "`-made` lines were made of fonts, and `digits` are five digits of people's hands side by side. Peers were trained "
        "before on far more and other lines. Planted faults of lines: `tests/tasks/linefaults.py`, the half that no threshold "
        "was chosen by.\n\n",
        "## 识读文字行\n\n测试部分错误字符的比例（CER），百分数，默认设置；区间属于第一个种子。旁边是不懂语言的最佳路径的同样的数、没有错误的行，以及两个处理器每秒从文件读出的行。"
        "`fraktur` 是 19 世纪的扫描件，按书划分；`-made` 的行由字体生成；`digits` 是并排的五个手写数字。别的工具事先用多得多的别的行训练过。"
        "行里埋下的毛病：`tests/tasks/linefaults.py`，没有用来选阈值的那一半。\n\n",
    ),
    "writers": (
        "## Training and writing beside nanoGPT and Hugging Face\n\nSelf-attention of one size in all three: 4 layers, 128 wide, 4 "
        "heads, characters of tinyshakespeare. Training is nanoGPT's recipe for processors (its README), and `train generate` "
        "with the same context and batch; nats per character are of the nets alone. Writing: one text of 500 characters at a "
        "time, and 16. Start: from the command to the first character.\n\n",
        "## 与 nanoGPT 和 Hugging Face 比较训练和写作\n\n三者用同样大小的自注意力：4 层，宽 128，4 个头，tinyshakespeare 的字符。训练："
        "nanoGPT 按它 README 里用处理器训练的做法，`train generate` 用同样的上下文和批次；每字符的奈特数只算网络。写作：一次一段 500 字符的文本，"
        "以及一次 16 段。启动：从命令到第一个字符。\n\n",
    ),
    "speed": (
        "## Time to an equal score\n\nThe same net, an epoch a turn; the equal score is the lowest of the best ones of all "
        "tools, mean of the seeds, but for 0.002.\n\n",
        "## 达到同样得分所用的时间\n\n同样的网络，各工具轮流训练一轮；“同样得分”是各工具最高得分（各种子平均）中最低的一个，再减 0.002。\n\n",
    ),
    "attention": (
        "## Attention\n\nForward and backward of one row, milliseconds (and megabytes at the peak).\n\n",
        "## 注意力\n\n一行的前向与反向，毫秒（括号内为内存峰值，MB）。\n\n",
    ),
}


def table(chinese: bool, head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return markdown_table([CHINESE.get(cell, cell) if chinese else cell for cell in head], rows)


def classify(chinese: bool, found: dict[str, Any]) -> str:
    """Sets by encoders."""
    there = {key.split()[0] for one in found["sets"].values() for key in one["runs"]}
    encoders = [encoder for encoder in Classifier.rates if encoder in there]
    rows = []
    for name, one in found["sets"].items():
        cells = [
            [100 * run["accuracy"] for key, run in one["runs"].items() if key.split()[0] == encoder]
            for encoder in encoders
        ]
        floor = one["floor"] and f"{100 * one['floor']['accuracy']:.1f}"
        rows.append([f"`{name}`", floor or "-", *(f"{mean(cell):.1f}" if cell else "-" for cell in cells)])
    return table(chinese, ["set", "floor", *encoders], rows)


def tag(chinese: bool, found: dict[str, Any]) -> str:
    """A row for each set that has been trained on."""
    rows = []
    for name, one in found["sets"].items():
        runs = list(one["runs"].values())
        if runs:
            score, low, high = 100 * mean(run["score"] for run in runs), 100 * runs[0]["low"], 100 * runs[0]["high"]
            seconds = median(run["seconds"] for run in runs)
            figures = [f"{100 * one['floor']:.1f}", f"{score:.1f}", f"{low:.1f} - {high:.1f}", f"{seconds:.0f}"]
            rows.append([f"`{name}`", *figures, str(len(runs))])
    return table(chinese, ["set", "floor", "score", "95 % interval", "seconds", "runs"], rows)


def generate(chinese: bool, found: dict[str, Any]) -> str:
    """A row for each text that a model has foreseen."""
    rows = []
    for name, one in found["sets"].items():
        if runs := list(one["runs"].values()):
            scores = [mean(run[part] for run in runs) for part in ("score", "net_alone", "counting_alone")]
            both, net, counts = (f"{score:.3f}" for score in scores)
            interval = f"{runs[0]['low']:.3f} - {runs[0]['high']:.3f}"
            rows.append([f"`{name}`", both, interval, net, counts, minutes(runs), str(len(runs))])
    head = ["set", "nats per character", "95 % interval", "net alone", "counting alone", "minutes (CPU)", "runs"]
    return table(chinese, head, rows)


def minutes(runs: list[dict[str, Any]]) -> str:
    """Of a training by the clock, and of processors."""
    clock, busy = (median(run[part] for run in runs) / 60 for part in ("seconds", "training_cpu_seconds"))
    return f"{clock:.1f} ({busy:.1f})"


def translate(chinese: bool, found: dict[str, Any]) -> str:
    """A row for each set of pairs."""
    rows = []
    for name, one in found["sets"].items():
        if runs := list(one["runs"].values()):
            unit = 1 if runs[0]["metric"] in ("bleu", "chrf") else 100
            score, low, high = (
                unit * part for part in (mean(run["score"] for run in runs), runs[0]["low"], runs[0]["high"])
            )
            figures = [f"{score:.1f}", f"{low:.1f} - {high:.1f}", minutes(runs), str(len(runs))]
            wrong = [mean(run[f"{after}_error"] for run in runs) for after in ("teacher_forced", "free_running")]
            rows.append([f"`{name}`", f"`{runs[0]['metric']}`", *figures, *(f"{100 * share:.1f}" for share in wrong)])
    head = ["set", "metric", "score", "95 % interval", "minutes (CPU)", "runs"]
    return table(chinese, [*head, "wrong after right pieces", "wrong after its own"], rows)


def read(chinese: bool, found: dict[str, Any]) -> str:
    """A row for each set of lines; peers on the same ones; planted faults."""
    rows = []
    for name, one in found["sets"].items():
        if runs := list(one["runs"].values()):
            share, path, whole = (
                100 * mean(run[part] for run in runs) for part in ("score", "best_path", "line_accuracy")
            )
            interval = f"{100 * runs[0]['low']:.2f} - {100 * runs[0]['high']:.2f}"
            speeds = [
                median(run[f"lines_a_second{way}"] for run in runs) for way in ("", "_best_path", "_exported_best_path")
            ]
            size = f"{runs[0]['model_bytes'] / 1e6:.1f} MB"
            figures = [f"{share:.2f}", interval, f"{path:.2f}", f"{whole:.1f}", minutes(runs)]
            rows.append([f"`{name}`", *figures, *(f"{each:.0f}" for each in speeds), size, str(len(runs))])
    head = ["set", "CER", "95 % interval", "best path", "whole lines", "minutes (CPU)"]
    parts = [table(chinese, [*head, "lines/s", "by the best path", "exported", "model", "runs"], rows)]
    rows = [
        [peer, f"`{name}`", f"{100 * one['score']:.1f}", f"{one['lines_a_second']:.0f}", one["version"]]
        for peer, sets in found.get("peers", {}).items()
        for name, one in sets.items()
    ]
    if rows:
        parts.append(table(chinese, ["tool", "set", "CER", "lines/s", "version"], rows))
    if (RESULTS / "linefaults.json").exists():
        planted = load("linefaults")
        rows = [[f"`{fault}`", f"{named} / {planted['each']}"] for fault, named in planted["named"].items()]
        alarms = f"{round(planted['false_alarms'] * planted['healthy'])} / {planted['healthy']}"
        parts.append(table(chinese, ["planted fault", "named"], [*rows, ["false alarms", alarms]]))
    return "\n".join(parts)


def writers(chinese: bool, found: dict[str, Any]) -> str:
    """Tools by what they do."""
    training, writing, start = found["training"], found["writing"], found["start"]
    rows = [
        [tool, f"{one['characters_per_second']:,.0f}", f"{one['whole_seconds']:.0f}", f"{one['loss']:.3f}"]
        for tool, one in training.items()
    ]
    tools = list(next(iter(writing.values())))
    speeds = [[tool, *(f"{each[tool]['characters_per_second']:,.0f}" for each in writing.values())] for tool in tools]
    starts = [[tool, f"{one['seconds']:.2f}", f"{one['peak_bytes'] / 1e6:.0f} MB"] for tool, one in start.items()]
    texts = [f"{many} text{'s' * (many != '1')}, characters/s" for many in writing]
    return "\n".join(
        (
            table(chinese, ["training", "characters/s", "seconds", "nats per character"], rows),
            table(chinese, ["writing", *texts], speeds),
            table(chinese, ["start", "seconds", "peak memory"], starts),
        )
    )


def speed(chinese: bool, found: dict[str, Any]) -> str:
    """Nets in turns, then means of words."""
    head = ["set", "tool", "tokens/s", "tokens per CPU second", "epoch: x plain", "best score"]
    rows = [row for part in ("lstm", "crf") for name in _sets(found, part) for row in nets(found[part], name)]
    parts = [table(chinese, [*head, "seconds to equal score", "answers/s", "one by one"], rows)] if rows else []
    rows = []
    for name in _sets(found, "mean"):
        for tool in dict.fromkeys(run["tool"] for run in found["mean"]):
            runs = [run for run in found["mean"] if (run["set"], run["tool"]) == (name, tool)]
            words = median(run["tokens"] * run["epochs"] / run["seconds"] for run in runs)
            figures = [f"{words:,.0f}", f"{median(run['seconds'] for run in runs):.1f}"]
            memory = f"{median(run['peak_bytes'] for run in runs) / 1e6:.0f} MB"
            rows.append([f"`{name}`", tool, *figures, f"{100 * mean(run['accuracy'] for run in runs):.1f}", memory])
    if rows:
        parts.append(table(chinese, ["set", "tool", "words/s", "seconds", "accuracy", "peak memory"], rows))
    return "\n".join(parts)


def _sets(found: dict[str, Any], part: str) -> list[str]:
    return list(dict.fromkeys(run["set"] for run in found.get(part, [])))


def nets(runs: list[dict[str, Any]], name: str) -> list[list[str]]:
    """The tools on a set; an epoch is compared with the plain one of the same turn."""
    tools = {
        tool: [run for run in runs if (run["set"], run["tool"]) == (name, tool)]
        for tool in dict.fromkeys(run["tool"] for run in runs)
    }
    curves = {
        tool: [mean(scores) for scores in zip(*([e["score"] for e in run["epoch"]] for run in own), strict=True)]
        for tool, own in tools.items()
    }
    wanted, rows = equal_score(curves), []
    for tool, own in tools.items():
        each, plain = ([e for run in many for e in run["epoch"]] for many in (own, tools["PyTorch, plain"]))
        wall, cpu = (median(epoch[unit] for epoch in each) for unit in ("seconds", "cpu_seconds"))
        times = median(b["seconds"] / a["seconds"] for a, b in zip(each, plain, strict=True))
        reached = epochs_to(curves[tool], wanted)
        answers = [
            median(t["asked"] / t["seconds"] for run in own for t in run[what]) for what in ("all", "one by one")
        ]
        rows.append(
            [f"`{name}`", tool, f"{own[0]['tokens'] / wall:,.0f}", f"{own[0]['tokens'] / cpu:,.0f}", f"{times:.1f}"]
            + [f"{100 * max(curves[tool]):.1f}", f"{reached * wall:.1f}" if reached else "-"]
            + [f"{answer:,.0f}" for answer in answers]
        )
    return rows


def attention(chinese: bool, found: dict[str, Any]) -> str:
    """Lengths by tools."""
    tools = list(next(iter(found["lengths"].values())))
    rows = [
        [length, *(f"{1000 * each[tool]['seconds']:.1f} ({each[tool]['peak_bytes'] / 1e6:.0f})" for tool in tools)]
        for length, each in found["lengths"].items()
    ]
    told = "各种方法的内存与行的长度（词）" if chinese else "Megabytes of each against the tokens of a row"
    shown = f"![{told}]({'../' * chinese}images/{PICTURE.name})"
    return f"{table(chinese, ['length', *tools], rows)}\n{shown}\n"


def draw() -> None:
    """Write the picture of attention's memory: megabytes at the peak against the length of a row."""
    if not (RESULTS / "attention.json").exists():
        return
    lengths = load("attention")["lengths"]
    with picture(PICTURE, "tokens of a row", "megabytes") as axes:
        for tool in next(iter(lengths.values())):
            memory = [each[tool]["peak_bytes"] / 1e6 for each in lengths.values()]
            axes.plot(list(map(int, lengths)), memory, marker="o", label=tool)
        axes.set_ylim(1)
        axes.set_yscale("log")


MAKERS: dict[str, Callable[[bool, dict[str, Any]], str]] = {
    "classify": classify,
    "tag": tag,
    "generate": generate,
    "translate": translate,
    "read": read,
    "writers": writers,
    "speed": speed,
    "attention": attention,
}


def sections(chinese: bool) -> str:
    """All that there are results of."""
    there = [name for name in MAKERS if (RESULTS / f"{name}.json").exists()]
    return "".join(f"\n{TITLES[name][chinese]}{MAKERS[name](chinese, load(name))}" for name in there)
