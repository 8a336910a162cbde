"""The loop for nets against a bare loop on the smallest net: milliseconds a step, and what a step costs more.

A perceptron (10 numbers, 64 hidden, 1 output) on 4,000 rows in batches of 64, where a step is so short that all around
it shows. The bare loop is what one writes by hand: tensors in memory, rows by index, the same fused optimizer, and
nothing else. Beside it the loop of the tutorials with DataLoader. Tools alternate; a ratio is of one round.

    python benchmarks/engine.py [--rounds 7] [--epochs 100]
"""

import argparse
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from common import machine, markdown_table, save, versions
from vec2seq.engine.loop import train
from vec2seq.engine.rows import Rows
from vec2seq.engine.settings import TrainSettings

ROWS, INPUTS, HIDDEN, BATCH = 4000, 10, 64, 64
LR = 1e-3


def data() -> tuple[Tensor, Tensor]:
    """X [rows, inputs], y [rows, 1]: a smooth function and noise."""
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, INPUTS)).astype(np.float32)
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * random.normal(size=ROWS)
    return torch.from_numpy(X), torch.from_numpy(y.astype(np.float32))[:, None]


def new_net() -> nn.Module:
    """The same weights each time."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(INPUTS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))


def ours(net: nn.Module, X: Tensor, y: Tensor, epochs: int, threads: int) -> None:
    """With all that it does on the way: seeds, schedule, health, batches by tokens."""

    def loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, int]:
        return nn.functional.mse_loss(net(batch[0]), batch[1], reduction="sum"), len(batch[0])

    settings = TrainSettings(
        **{"epochs": epochs, "batch_tokens": BATCH * INPUTS, "lr": LR, "schedule": "constant", "warmup": 0.0},
        **{"weight_decay": 0.0, "clip": 0.0, "device": "cpu", "threads": threads},
    )
    train(net, Rows(X, y), [], tuple, loss, settings)


def bare(net: nn.Module, X: Tensor, y: Tensor, epochs: int, threads: int) -> None:
    """Nothing that is not needed."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=LR, weight_decay=0.0, fused=True)
    for _ in range(epochs):
        for rows in torch.randperm(ROWS).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(net(X[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()


def tutorial(net: nn.Module, X: Tensor, y: Tensor, epochs: int, threads: int) -> None:
    """DataLoader, and the optimizer as it comes."""
    rows = torch.utils.data.TensorDataset(X, y)
    loader = torch.utils.data.DataLoader(rows, batch_size=BATCH, shuffle=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=LR, weight_decay=0.0)
    for _ in range(epochs):
        for inputs, target in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(net(inputs), target).backward()  # type: ignore[no-untyped-call]
            optimizer.step()


TOOLS: dict[str, Callable[[nn.Module, Tensor, Tensor, int, int], None]] = {
    "bare loop": bare,
    "vec2seq": ours,
    "loop of the tutorials": tutorial,
}


def measured(name: str, X: Tensor, y: Tensor, epochs: int, threads: int) -> dict[str, float]:
    """Milliseconds a step, wall and processor, and the loss on the rows at the end."""
    net, steps = new_net(), epochs * -(-ROWS // BATCH)
    began = time.perf_counter(), time.process_time()
    TOOLS[name](net, X, y, epochs, threads)
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    with torch.inference_mode():
        final = nn.functional.mse_loss(net(X), y).item()
    return {"ms": 1000 * wall / steps, "cpu_ms": 1000 * cpu / steps, "loss": final}


def main() -> None:
    """Measure in turns, save, show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=100)
    args = parser.parse_args()
    X, y = data()
    runs: dict[str, Any] = {}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for name in TOOLS:
            measured(name, X, y, 1, threads)  # warm
        rounds = [{name: measured(name, X, y, args.epochs, threads) for name in TOOLS} for _ in range(args.rounds)]
        for name in TOOLS:
            mine = {key: median(one[name][key] for one in rounds) for key in ("ms", "cpu_ms", "loss")}
            ratios = sorted(one[name]["cpu_ms"] / one["bare loop"]["cpu_ms"] for one in rounds)
            wall = median(one[name]["ms"] / one["bare loop"]["ms"] for one in rounds)
            spread = {"low": ratios[0], "high": ratios[-1]}
            runs[f"{name}, threads {threads}"] = {**mine, "of_bare": wall, "cpu_of_bare": median(ratios), **spread}
    sizes = {"rows": ROWS, "inputs": INPUTS, "hidden": HIDDEN, "batch": BATCH, "rounds": args.rounds}
    packages = {**versions(), "torch": version("torch")}
    save("engine", {"machine": machine(), "versions": packages, **sizes, "epochs": args.epochs, "runs": runs})
    head = ("", "ms a step", "CPU ms", "of the bare loop", "CPU", "loss")
    digits = {"ms": 3, "cpu_ms": 3, "of_bare": 2, "cpu_of_bare": 2, "loss": 4}
    print(
        markdown_table(
            head, [[name, *(f"{run[key]:.{n}f}" for key, n in digits.items())] for name, run in runs.items()]
        )
    )


if __name__ == "__main__":
    main()
