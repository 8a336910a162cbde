"""Self-attention by length: time and peak memory of ``nn.MultiHeadAttention``, dense and in windows, beside others.

One row of a length, width 256, 4 heads, forward and backward. Beside ours, in float32 and in bf16: the weights written
out, softmax of QK' times V; PyTorch's ``nn.MultiheadAttention`` without weights; and its fused kernel alone between
the same linear layers. Tools alternate; the peak of memory is that of a process of its own, less what it has before.

    python benchmarks/attention.py [--rounds 7]
"""

import argparse
import math
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from common import machine, markdown_table, peak_bytes, save, versions
from vec2seq.nn.attention import MultiHeadAttention

LENGTHS = (64, 128, 512, 1024, 2048, 4096, 8192)
WIDTH, HEADS, WINDOW, THREADS = 256, 4, 128, 2


class Linears(nn.Module):
    """Queries, keys and values of four heads, and the way back; what stands between them, others say."""

    def __init__(self) -> None:
        super().__init__()
        self.parts, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """x [1,T,D] -> [1,T,D]."""
        query, key, value = self.parts(x).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        found: Tensor = self.out(self.between(query, key, value).transpose(1, 2).flatten(2))
        return found

    def between(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """All [1,H,T,d]."""
        raise NotImplementedError


class WrittenOut(Linears):
    """As the formula has it."""

    def between(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """With all weights there at once."""
        return (query @ key.transpose(2, 3) / math.sqrt(query.shape[3])).softmax(3) @ value


class Fused(Linears):
    """PyTorch's kernel, in the type of its input."""

    def __init__(self, bf16: bool = False) -> None:
        super().__init__()
        self.bf16 = bf16

    def forward(self, x: Tensor) -> Tensor:
        """x [1,T,D] -> [1,T,D]."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            return super().forward(x).float()

    def between(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Without the weights."""
        return functional.scaled_dot_product_attention(query, key, value)


class Theirs(nn.Module):
    """PyTorch's layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """x [1,T,D] -> [1,T,D]."""
        found: Tensor = self.layer(x, x, x, need_weights=False)[0]
        return found


class Ours(nn.Module):
    """vec2seq's, with the mask that it needs."""

    def __init__(self, window: int | None = None, bf16: bool = False) -> None:
        super().__init__()
        self.layer, self.bf16 = MultiHeadAttention(WIDTH, HEADS, window=window), bf16

    def forward(self, x: Tensor) -> Tensor:
        """x [1,T,D] -> [1,T,D]."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            found: Tensor = self.layer(x, torch.ones(x.shape[:2], dtype=torch.bool))
        return found.float()


TOOLS: dict[str, Callable[[], nn.Module]] = {
    "vec2seq": Ours,
    "vec2seq, bf16": lambda: Ours(bf16=True),
    f"vec2seq, window {WINDOW}": lambda: Ours(WINDOW),
    "fused kernel alone": Fused,
    "fused kernel alone, bf16": lambda: Fused(bf16=True),
    "nn.MultiheadAttention": Theirs,
    "written out": WrittenOut,
}


def step(net: nn.Module, x: Tensor) -> None:
    """Forward and backward."""
    net(x).sum().backward()
    net.zero_grad(set_to_none=True)


def seconds(length: int, rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds of each tool, and of its ratio to ours in the same round."""
    torch.manual_seed(0)
    x, nets = torch.randn(1, length, WIDTH), {name: make() for name, make in TOOLS.items()}
    for net in nets.values():
        step(net, x)
    times: dict[str, list[float]] = {name: [] for name in nets}
    for _ in range(rounds):
        for name, net in nets.items():
            began = time.perf_counter()
            step(net, x)
            times[name].append(time.perf_counter() - began)
    ours = times["vec2seq"]
    return {
        name: {"seconds": median(own), "of_ours": median(a / b for a, b in zip(own, ours, strict=True))}
        for name, own in times.items()
    }


def memory(name: str, length: int) -> int:
    """Bytes at the peak of a process that makes one step, less those before it."""
    command = [sys.executable, __file__, "--peak", name, str(length)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(name: str, length: int) -> None:
    """What ``memory`` reads."""
    net, x = TOOLS[name](), torch.randn(1, length, WIDTH)
    step(net, x[:, :16])
    before = peak_bytes()
    step(net, x)
    print(peak_bytes() - before)


def main() -> None:
    """All lengths."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak", nargs=2, metavar=("TOOL", "LENGTH"))
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    if args.peak:
        print_peak(args.peak[0], int(args.peak[1]))
        return
    found: dict[str, Any] = {}
    for length in LENGTHS:
        found[str(length)] = seconds(length, args.rounds)
        for name, row in found[str(length)].items():
            row["peak_bytes"] = memory(name, length)
        rows = [
            [name, f"{1000 * row['seconds']:.1f} ms", f"{row['of_ours']:.2f}", f"{row['peak_bytes'] / 1e6:.0f} MB"]
            for name, row in found[str(length)].items()
        ]
        print(f"length {length}", markdown_table(["tool", "median", "of ours", "peak"], rows), sep="\n", flush=True)
    facts = {"width": WIDTH, "heads": HEADS, "window": WINDOW, "threads": THREADS, "rounds": args.rounds}
    save("attention", {**facts, "machine": machine(), "versions": versions(), "lengths": found})


if __name__ == "__main__":
    main()
