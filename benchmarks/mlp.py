"""The multi-layer perceptron against scikit-learn's and a plain PyTorch loop: time, and the score it is time for.

Speed: the same net, batch size, solver and number of passes on a small table, on digits and on 60,000 x 784 pictures
made of prototypes and noise; runs of the tools alternate. Each tool's time per pass, and by its held-out score after
each pass (mean of three seeds) the time to the score that scikit-learn ends with, but for 0.002. Quality: real tables
with default settings, scaled, by cross-validation in five parts with three seeds; beside both, ``train mlp`` on the
table as it is.

    python benchmarks/mlp.py [products] [speed] [tables]
"""

import csv
import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from common import RESULTS, machine, save, versions
from text import DATA
from vec2seq import MLPClassifier, MLPRegressor, TableMLP
from vec2seq.data.tablefiles import read_table
from vec2seq.kernels.matrix import empty_rows, rows_of
from vec2seq.kernels.simd.products import product
from vec2seq.kernels.simd.rows import padded

PAIRS = 5
SEEDS = (0, 1, 2)
THREADS = 2


@dataclass(frozen=True)
class Case:
    """A data set and a net."""

    name: str
    inputs: NDArray[np.float32]
    target: NDArray[Any]
    hidden: int
    batch: int
    passes: int
    regression: bool = False

    @property
    def parts(self) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[np.float32], NDArray[Any]]:
        """Rows to learn from, and rows to judge by: every seventh."""
        out = np.arange(len(self.inputs)) % 7 == 0
        return self.inputs[~out], self.target[~out], self.inputs[out], self.target[out]

    def settings(self, seed: int = 0) -> dict[str, Any]:
        """What scikit-learn and we are told."""
        return {
            **{"hidden_layer_sizes": (self.hidden,), "batch_size": self.batch, "max_iter": self.passes},
            **{"n_iter_no_change": 10_000, "tol": 0.0, "random_state": seed},
        }


def cases() -> list[Case]:
    """A small table of numbers, digits, many pictures."""
    random = np.random.default_rng(0)
    table = random.normal(size=(4667, 10)).astype(np.float32)
    noise = 0.1 * random.normal(size=len(table))
    numbers = np.sin(table[:, 0]) + table[:, 1] * table[:, 2] + 0.5 * table[:, 3] ** 2 + noise
    digits, labels = load_digits(return_X_y=True)
    prototypes = random.random((200, 784)) * (random.random((200, 784)) > 0.8)
    kinds = random.integers(200, size=60_000)
    pictures = (prototypes[kinds] + 0.7 * random.normal(size=(60_000, 784))).astype(np.float32)
    order = random.permutation(len(digits))
    return [
        Case("4,000 x 10, 64 hidden", table, numbers.astype(np.float32), 64, 64, 60, regression=True),
        Case("digits, 100 hidden", (digits[order] / 16).astype(np.float32), labels[order], 100, 64, 60),
        Case("51,000 x 784, 256 hidden", pictures, kinds % 10, 256, 128, 6),
    ]


Fit = Callable[[Case, int | None], tuple[float, list[float]]]
"""Train; returns seconds and, if it is given a seed, the held-out score after each pass."""
EQUAL = 0.002
"""Scores that differ by no more count as equal."""


def by_estimator(classifier: Any, regressor: Any, case: Case, seed: int | None) -> tuple[float, list[float]]:
    """scikit-learn or ours; with a seed judged pass by pass, else timed in one call."""
    X, y, held_out, truth = case.parts
    model = (regressor if case.regression else classifier)(**case.settings(seed or 0))
    if seed is None:
        began = time.perf_counter()
        model.fit(X, y)
        return time.perf_counter() - began, []
    scores = []
    for _ in range(case.passes):
        if case.regression:
            model.partial_fit(X, y)
        else:
            model.partial_fit(X, y, classes=np.unique(y))
        scores.append(float(model.score(held_out, truth)))
    return 0.0, scores


def by_torch(case: Case, seed: int | None) -> tuple[float, list[float]]:
    """The loop of the tutorials: DataLoader, nn.Sequential, Adam."""
    torch.manual_seed(seed or 0)
    X, y, held_out, truth = case.parts
    outputs = 1 if case.regression else int(y.max()) + 1
    net = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], case.hidden), torch.nn.ReLU(), torch.nn.Linear(case.hidden, outputs)
    )
    target = torch.tensor(y[:, None] if case.regression else y)
    data = torch.utils.data.TensorDataset(torch.tensor(X), target)
    loader = torch.utils.data.DataLoader(data, batch_size=case.batch, shuffle=True)
    loss = torch.nn.MSELoss() if case.regression else torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    scores, seconds = [], 0.0
    for _ in range(case.passes):
        began = time.perf_counter()
        for rows, wanted in loader:
            optimizer.zero_grad()
            loss(net(rows), wanted).backward()
            optimizer.step()
        seconds += time.perf_counter() - began
        if seed is not None:
            with torch.no_grad():
                found = net(torch.tensor(held_out)).numpy()
            if case.regression:
                scores.append(float(1 - ((found[:, 0] - truth) ** 2).mean() / truth.var()))
            else:
                scores.append(float((found.argmax(axis=1) == truth).mean()))
    return seconds, scores


TOOLS: dict[str, Fit] = {
    "vec2seq": lambda case, seed: by_estimator(MLPClassifier, MLPRegressor, case, seed),
    "scikit-learn": lambda case, seed: by_estimator(
        neural_network.MLPClassifier, neural_network.MLPRegressor, case, seed
    ),
    "PyTorch, DataLoader": by_torch,
}


def measure_speed() -> list[dict[str, Any]]:
    """All cases, the tools in turns."""
    torch.set_num_threads(THREADS)
    rows = []
    for case in cases():
        walls: dict[str, list[float]] = {tool: [] for tool in TOOLS}
        cpus: dict[str, list[float]] = {tool: [] for tool in TOOLS}
        scores = {  # compiles and warms up, too
            tool: np.mean([run(case, seed)[1] for seed in SEEDS], axis=0).tolist() for tool, run in TOOLS.items()
        }
        for _ in range(PAIRS):
            for tool, run in TOOLS.items():
                began = time.process_time()
                walls[tool].append(run(case, None)[0] / case.passes)
                cpus[tool].append((time.process_time() - began) / case.passes)
        wanted = scores["scikit-learn"][-1] - EQUAL
        for tool in TOOLS:
            reached = next((number for number, score in enumerate(scores[tool], 1) if score >= wanted), None)
            rows.append(
                {
                    "case": case.name,
                    "tool": tool,
                    "pass_seconds": median(walls[tool]),
                    "pass_cpu_seconds": median(cpus[tool]),
                    "times_scikit_learn": median(
                        theirs / own for theirs, own in zip(walls["scikit-learn"], walls[tool], strict=True)
                    ),
                    "score": scores[tool][-1],
                    "passes_to_equal_score": reached,
                    "seconds_to_equal_score": reached and reached * median(walls[tool]),
                }
            )
            print(json.dumps(rows[-1]), flush=True)
    return rows


TABLES = {
    "abalone": True,
    "banknote_authentication": False,
    "iris": False,
    "winequality-red": True,
}
"""Real tables; whether their target, the last column, is a number."""


def read(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Inputs, words as one-hot, and target."""
    with (DATA / "num_tables" / f"{name}.csv").open() as file:
        rows = [row for row in csv.reader(file) if row]
    columns = []
    for column in list(zip(*rows, strict=True))[:-1]:
        try:
            columns.append(np.array(column, float)[:, None])
        except ValueError:
            columns.append(OneHotEncoder(sparse_output=False).fit_transform(np.array(column)[:, None]))
    target = [row[-1] for row in rows]
    return np.hstack(columns), np.array(target, float) if TABLES[name] else np.array(target)


def measure_tables() -> list[dict[str, Any]]:
    """Default settings, five parts, three seeds."""
    rows = []
    for name, regression in TABLES.items():
        X, y = read(name)
        scores: dict[str, list[float]] = {"vec2seq": [], "scikit-learn": [], "train mlp": []}
        table = read_table(DATA / "num_tables" / f"{name}.csv")
        for seed in SEEDS:
            parts = (KFold if regression else StratifiedKFold)(5, shuffle=True, random_state=seed)
            for tool, (classifier, regressor) in {
                "vec2seq": (MLPClassifier, MLPRegressor),
                "scikit-learn": (neural_network.MLPClassifier, neural_network.MLPRegressor),
            }.items():
                model = make_pipeline(StandardScaler(), (regressor if regression else classifier)(random_state=seed))
                scores[tool] += cross_val_score(model, X, y, cv=parts).tolist()
            for learnt, kept in parts.split(X, y):
                whole = TableMLP(kind="regression" if regression else None, holdout=0.0, random_state=seed)
                scores["train mlp"].append(whole.fit(table.take(learnt)).score(table.take(kept)))
        differences = np.subtract(scores["vec2seq"], scores["scikit-learn"])
        resampled = np.random.default_rng(0).choice(differences, (10_000, len(differences))).mean(axis=1)
        low, high = np.percentile(resampled, [2.5, 97.5])
        rows.append(
            {
                "table": name,
                "measure": "R2" if regression else "accuracy",
                "scores": {tool: mean(each) for tool, each in scores.items()},
                "difference": float(differences.mean()),
                "low": float(low),
                "high": float(high),
                "trainings": len(differences),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
    return rows


PRODUCTS = ((64, 10, 64), (64, 64, 10), (200, 64, 100), (128, 784, 256), (128, 1024, 1024))
"""Rows, inner dimension, columns of what a forward pass multiplies."""


def measure_products() -> list[dict[str, Any]]:
    """Products of matrices by one thread: our tiles and NumPy's OpenBLAS, in turns."""
    rows = []
    for m, k, n in PRODUCTS:
        random = np.random.default_rng(0)
        a, b = (random.normal(size=shape).astype(np.float32) for shape in ((m, k), (k, n)))
        ours = [empty_rows(*shape) for shape in ((m, k), (k, n), (m, n))]
        for flat, matrix in zip(ours, (a, b), strict=False):
            flat[:] = 0
            rows_of(flat, *matrix.shape)[:] = matrix
        theirs = np.empty((m, n), np.float32)

        def by_tiles(ours: Any = ours, m: int = m, k: int = k, n: int = n) -> None:
            product(ours[0], 0, padded(k), 1, ours[1], 0, padded(n), ours[2], 0, padded(n), m, k, n)

        def by_blas(a: Any = a, b: Any = b, out: Any = theirs) -> None:
            np.matmul(a, b, out=out)

        seconds: dict[str, list[float]] = {"vec2seq": [], "OpenBLAS": []}
        calls = max(3, int(2e8 / (2 * m * k * n)))
        with threadpool_limits(1):
            for _ in range(2 * PAIRS):
                for name, multiply in (("vec2seq", by_tiles), ("OpenBLAS", by_blas)):
                    multiply()
                    began = time.perf_counter()
                    for _ in range(calls):
                        multiply()
                    seconds[name].append((time.perf_counter() - began) / calls)
        assert np.allclose(rows_of(ours[2], m, n), theirs, atol=1e-3)
        speeds = {name: 2 * m * k * n / median(each) / 1e9 for name, each in seconds.items()}
        rows.append({"product": f"{m} x {k} x {n}", "gflop_per_second": speeds})
        print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Measure what was asked for, and keep the rest of the result file."""
    warnings.filterwarnings("ignore")
    asked = sys.argv[1:] or ["products", "speed", "tables"]
    path = RESULTS / "mlp.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    more = {package: version(package) for package in ("scikit-learn", "torch")}
    result |= {"machine": machine(), "versions": {**versions(), **more}}
    if "products" in asked:
        result["products"] = measure_products()
    if "speed" in asked:
        result["speed"] = measure_speed()
    if "tables" in asked and (DATA / "num_tables").exists():
        result["tables"] = measure_tables()
    save("mlp", result)


if __name__ == "__main__":
    main()
