"""Nets at prediction: milliseconds a batch by PyTorch in float32, in bfloat16, and by ONNX Runtime.

Nets of the usual kinds and sizes with weights of no training, on token ids: one row and 32 rows of length 50. Back ends
alternate within a round, each for so many milliseconds; a ratio is of one round. How far the outputs are from those of
float32 stands beside the times. The files are exported and checked before anything is measured.

    python benchmarks/runtime.py [--rounds 7] [--milliseconds 300] [--nets lstm,cnn,attention,mlp]
"""

import argparse
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from common import machine, markdown_table, save, versions
from vec2seq.engine.eager import Eager
from vec2seq.engine.export import export
from vec2seq.engine.runtime import Arrays, BackEnd, Onnx

VOCAB, LABELS, EMBED, HIDDEN, WIDTH, HEADS, LAYERS, KERNEL = 10_000, 10, 64, 128, 128, 4, 2, 3
LENGTH, BATCHES, THREADS = 50, (1, 32), (1, 2)
EXAMPLES = ((3, 20), (1, 50), (5, 7))
"""Batch and length of what the files are checked with."""


class LSTM(nn.Module):
    """Both directions, reversed within the length."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(VOCAB, EMBED), nn.Linear(2 * HIDDEN, LABELS)
        self.forth, self.back = (nn.LSTM(EMBED, HIDDEN, batch_first=True) for _ in range(2))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> logits [B,T,10]."""
        x, places, lengths = self.embed(ids), torch.arange(ids.shape[1])[None], mask.sum(1, keepdim=True)
        taken = torch.where(places < lengths, lengths - 1 - places, places)[:, :, None]
        back = self.back(x.gather(1, taken.expand_as(x)))[0]
        out: Tensor = self.out(torch.cat([self.forth(x)[0], back.gather(1, taken.expand_as(back))], 2))
        return out


class CNN(nn.Module):
    """Two convolutions over the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(VOCAB, WIDTH), nn.Linear(WIDTH, LABELS)
        self.layers = nn.ModuleList([nn.Conv1d(WIDTH, WIDTH, KERNEL, padding="same") for _ in range(LAYERS)])

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> logits [B,T,10]."""
        x = self.embed(ids).transpose(1, 2)
        for layer in self.layers:
            x = layer(x * mask[:, None]).relu()
        out: Tensor = self.out(x.transpose(1, 2))
        return out


class Attention(nn.Module):
    """Encoder layers, layer norm before each part."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(VOCAB, WIDTH), nn.Linear(WIDTH, LABELS)
        self.layers = nn.ModuleList([AttentionLayer() for _ in range(LAYERS)])

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> logits [B,T,10]."""
        x = self.embed(ids)
        for layer in self.layers:
            x = layer(x, mask)
        out: Tensor = self.out(x)
        return out


class AttentionLayer(nn.Module):
    """Attention, then two linear layers, each added to what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.parts, self.back = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.forth = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x [B,T,D], mask [B,T] -> [B,T,D]."""
        query, key, value = self.parts(self.norm(x)).unflatten(2, (3, HEADS, WIDTH // HEADS)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None])
        x = x + self.back(found.transpose(1, 2).flatten(2))
        out: Tensor = x + self.forth(x)
        return out


class MLP(nn.Module):
    """Two layers on the mean of the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(VOCAB, WIDTH)
        self.layers = nn.Sequential(nn.Linear(WIDTH, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, LABELS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """ids, mask [B,T] -> logits [B,10]."""
        out: Tensor = self.layers((self.embed(ids) * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True))
        return out


NETS: dict[str, type[nn.Module]] = {"lstm": LSTM, "cnn": CNN, "attention": Attention, "mlp": MLP}


def inputs(batch: int, length: int) -> dict[str, NDArray[Any]]:
    """Ids and mask [B,T], some rows shorter than the first."""
    random = np.random.default_rng(0)
    lengths = random.integers(1 + length // 2, 1 + length, size=batch)
    lengths[0] = length
    mask = np.arange(length) < lengths[:, None]
    return {"ids": random.integers(VOCAB, size=(batch, length)) * mask, "mask": mask}


def back_ends(net: nn.Module, path: Path, threads: int) -> dict[str, BackEnd]:
    """All three; the first is what the others are compared with."""
    return {
        "PyTorch float32": Eager(net, ["out"]),
        "PyTorch bfloat16": Eager(net, ["out"], bf16=True),
        "ONNX Runtime": Onnx(path, threads),
    }


def measured(run: BackEnd, batch: Arrays, seconds: float) -> dict[str, float]:
    """Milliseconds a call, wall and processor, over so many seconds."""
    began, calls = (time.perf_counter(), time.process_time()), 0
    while not calls or time.perf_counter() - began[0] < seconds:
        run(batch)
        calls += 1
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    return {"ms": 1000 * wall / calls, "cpu_ms": 1000 * cpu / calls}


def compared(runs: dict[str, BackEnd], batch: Arrays, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Medians of the back ends, taken in turns; ratios to the first, over 1 is faster than it."""
    first = next(iter(runs))
    wanted = runs[first](batch)["out"]
    apart = {name: float(np.abs(run(batch)["out"] - wanted).max()) for name, run in runs.items()}
    for run in runs.values():
        measured(run, batch, seconds / 2)  # warm
    turns = [{name: measured(run, batch, seconds) for name, run in runs.items()} for _ in range(rounds)]
    found = {}
    for name in runs:
        ratios = sorted(turn[first]["ms"] / turn[name]["ms"] for turn in turns)
        times = {key: median(turn[name][key] for turn in turns) for key in ("ms", "cpu_ms")}
        found[name] = {**times, "times": median(ratios), "low": ratios[0], "high": ratios[-1], "apart": apart[name]}
    return found


def main() -> None:
    """Export, measure in turns, save, show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--milliseconds", type=int, default=300)
    parser.add_argument("--nets", default=",".join(NETS))
    args = parser.parse_args()
    runs: dict[str, dict[str, float]] = {}
    both = {0: "B", 1: "T"}
    with tempfile.TemporaryDirectory() as folder:
        for kind in args.nets.split(","):
            torch.manual_seed(0)
            net, path = NETS[kind]().train(False), Path(folder) / f"{kind}.onnx"
            export(net, [inputs(*size) for size in EXAMPLES], ["out"], {"ids": both, "mask": both}, path)
            for threads in THREADS:
                torch.set_num_threads(threads)
                for batch in BATCHES:
                    ends = back_ends(net, path, threads)
                    found = compared(ends, inputs(batch, LENGTH), args.rounds, args.milliseconds / 1000)
                    where = f"batch {batch}, threads {threads}"
                    runs |= {f"{kind}, {name}, {where}": figures for name, figures in found.items()}
    sizes = {"vocab": VOCAB, "embed": EMBED, "hidden": HIDDEN, "width": WIDTH, "heads": HEADS, "layers": LAYERS}
    packages = {**versions(), **{name: version(name) for name in ("torch", "onnx", "onnxscript", "onnxruntime")}}
    asked = {"length": LENGTH, "kernel": KERNEL, "rounds": args.rounds, "milliseconds": args.milliseconds}
    save("runtime", {"machine": machine(), "versions": packages, **sizes, **asked, "runs": runs})
    head = ("", "ms a batch", "CPU ms", "times float32", "low", "high", "apart")
    digits = {"ms": ".3f", "cpu_ms": ".3f", "times": ".2f", "low": ".2f", "high": ".2f", "apart": ".1g"}
    print(
        markdown_table(head, [[name, *(f"{run[key]:{n}}" for key, n in digits.items())] for name, run in runs.items()])
    )


if __name__ == "__main__":
    main()
