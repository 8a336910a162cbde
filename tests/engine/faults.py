"""Trainings with a fault planted, and without: how many does health name, and how often does it cry wolf?

Data, nets and ways to plant a fault come in three parts, which share none. The thresholds of engine/health.py were
fixed on parts one and two; what counts is part three.

    python tests/engine/faults.py [--healthy 240] [--each 30] [--part three] [--first-seed 0] [--out FILE]

With ``--out``, which ``make stress`` gives, the counts go into a file. It ends with 1 if fewer faults are named
than should be, or too many trainings are called sick that are well.
"""

import argparse
import itertools
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from sklearn import datasets
from torch import Tensor, nn
from torch.nn import functional

from vec2seq.engine.loop import train
from vec2seq.engine.settings import TrainSettings
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.progress import Silent

Part = Literal["one", "two", "three"]
Random = np.random.Generator
Example = tuple[Any, Any]
TOKENS = 12
NAMED, WELL = 0.9, 0.95
"""shares of the planted faults that must be named, and of the healthy trainings that must hear nothing"""


@dataclass
class Case:
    """All that a training needs."""

    net: nn.Module
    examples: list[Example]
    valid: list[Example]
    collate: Callable[[list[Example]], Any]
    loss: Callable[[nn.Module, Any], tuple[Tensor, int]]
    settings: TrainSettings
    kind: str
    outputs: int


# data


def _split(rows: list[Example]) -> tuple[list[Example], list[Example]]:
    return rows[len(rows) // 5 :], rows[: len(rows) // 5]


def _sequences(random: Random, rows: int, label: Callable[[list[int]], int]) -> list[Example]:
    """Tokens 3 to TOKENS - 1: 0 is padding, 1 and 2 are left for those who plant something."""
    made = [random.integers(3, TOKENS, random.integers(2, 21)).tolist() for _ in range(rows)]
    return [(row, label(row)) for row in made]


def _holds(row: list[int]) -> int:
    return int(any(a in (3, 4, 5) and b in (3, 4, 5) for a, b in itertools.pairwise(row)))


def _majority(row: list[int]) -> int:
    return int(np.argmax([sum(token % 3 == part for token in row) for part in range(3)]))


def _chain(random: Random, rows: int) -> list[Example]:
    """A language of its own: each token is followed by some more often than by others."""
    follows = random.dirichlet(np.full(TOKENS - 3, 0.3), TOKENS - 3)
    made = []
    for _ in range(rows):
        row = [int(random.integers(TOKENS - 3))]
        for _ in range(random.integers(4, 20)):
            row.append(int(random.choice(TOKENS - 3, p=follows[row[-1]])))
        made.append(([token + 3 for token in row[:-1]], [token + 3 for token in row[1:]]))
    return made


def _table(X: Any, y: Any, random: Random) -> list[Example]:
    X = (X - X.mean(0)) / (X.std(0) + 1e-9)
    y = y if y.dtype.kind == "i" else (y - y.mean()) / y.std()
    return [(X[row].astype(np.float32), y[row]) for row in random.permutation(len(X))]


def _rows(name: str, random: Random) -> tuple[list[Example], int]:
    """Examples, and how many classes; 0: numbers."""
    rows = int(random.integers(500, 1500))
    if name == "ends":
        return _sequences(random, rows, lambda row: int(row[0] > row[-1])), 2
    if name == "majority":
        return _sequences(random, rows, _majority), 3
    if name == "holds":
        return _sequences(random, rows, _holds), 2
    if name == "begins":
        return _sequences(random, rows, lambda row: row[0] % 4), 4
    if name == "counts":
        return _sequences(random, rows, lambda row: min(sum(token < 5 for token in row), 2)), 3
    if name == "last":
        return _sequences(random, rows, lambda row: int(row[-1] > 7)), 2
    if name == "rises":
        made = _sequences(random, rows, lambda row: 0)
        return [(row, [0, *(int(b > a) for a, b in itertools.pairwise(row))]) for row, _ in made], 2
    if name == "chain":
        return _chain(random, rows), TOKENS
    if name == "friedman":
        return _table(*datasets.make_friedman1(rows, random_state=int(random.integers(1000))), random), 0
    if name == "rare":
        made = datasets.make_classification(rows, 12, weights=[0.95], random_state=int(random.integers(1000)))
        return _table(*made, random), 2
    if name == "moons":
        return _table(*datasets.make_moons(rows, noise=0.2, random_state=int(random.integers(1000))), random), 2
    if name == "impedance":
        return _table(*datasets.make_friedman2(rows, noise=20, random_state=int(random.integers(1000))), random), 0
    loaded = getattr(datasets, f"load_{name}")()
    examples = _table(loaded.data, loaded.target, random)
    return examples, (0 if name == "diabetes" else int(loaded.target.max()) + 1)


def _collate_sequences(some: list[Example]) -> tuple[Tensor, Tensor, Tensor]:
    longest = max(len(row) for row, _ in some)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row, _ in some])
    if isinstance(some[0][1], list):
        return ids, ids > 0, torch.tensor([row + [-100] * (longest - len(row)) for _, row in some])
    return ids, ids > 0, torch.tensor([label for _, label in some])


def _collate_table(some: list[Example]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(np.stack([row for row, _ in some])), torch.from_numpy(np.array([y for _, y in some]))


def _loss(net: nn.Module, batch: tuple[Tensor, ...]) -> tuple[Tensor, int]:
    *inputs, target = batch
    made = net(*inputs)
    if target.is_floating_point():
        return functional.mse_loss(made[:, 0], target.float(), reduction="sum"), len(target)
    if target.dim() == 2:
        made = made.transpose(1, 2)
    return functional.cross_entropy(made, target, reduction="sum"), int((target >= 0).sum())


# nets


class Sequential(nn.Module):
    """Embedding, an encoder, the mean over the tokens (or each token), the output."""

    def __init__(self, encoder: nn.Module, width: int, outputs: int, dropout: float, pooled: bool):
        super().__init__()
        self.embed, self.encoder = nn.Embedding(TOKENS, width, padding_idx=0), encoder
        self.dropout, self.out, self.pooled = nn.Dropout(dropout), nn.Linear(width, outputs), pooled

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        states = self.dropout(self.encoder(self.embed(ids), mask)) * mask[..., None]
        return self.out(states.sum(1) / mask.sum(1, keepdim=True) if self.pooled else states)


class Recurrent(nn.Module):
    """LSTM, GRU or RNN."""

    def __init__(self, kind: type[nn.RNNBase], width: int, layers: int):
        super().__init__()
        self.run = kind(width, width, layers, batch_first=True)  # type: ignore[call-arg,arg-type]

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.run(x)[0]


class Convolutions(nn.Module):
    """Causal convolutions with ReLU; residual, with batch norm, if asked for."""

    def __init__(self, width: int, layers: int, residual: bool):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 3) for _ in range(layers))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) if residual else nn.Identity() for _ in range(layers))
        self.relu, self.residual = nn.ReLU(), residual

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            made = self.relu(norm(layer(functional.pad(x, (2, 0)))))
            x = x + made if self.residual else made
        return x.transpose(1, 2)


class BothWays(nn.Module):
    """An LSTM in each direction, or plain RNNs; the second one reads the padding first."""

    def __init__(self, width: int, plain: bool):
        super().__init__()
        kind = nn.RNN if plain else nn.LSTM
        self.run = kind(width, width // 2, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.run(x)[0]


class Gated(nn.Module):
    """Convolutions to both sides with gates, which add to what goes by."""

    def __init__(self, width: int, layers: int):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv1d(width, 2 * width, 3, padding=1) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x.transpose(1, 2)
        for layer in self.layers:
            x = x + functional.glu(layer(x), 1)
        return x.transpose(1, 2)


class Pointwise(nn.Module):
    """A perceptron on every token."""

    def __init__(self, width: int, layers: int):
        super().__init__()
        self.layers = nn.Sequential(*(part for _ in range(layers) for part in (nn.Linear(width, width), nn.ReLU())))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.layers(x)


class Attention(nn.Module):
    """Pre-norm encoder blocks, with positions; causal where each token is an output."""

    def __init__(self, width: int, layers: int, causal: bool):
        super().__init__()
        self.position = nn.Parameter(0.1 * torch.randn(32, width))
        self.blocks = nn.ModuleList(Block(width, causal) for _ in range(layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x + self.position[: x.shape[1]]
        for block in self.blocks:
            x = block(x, mask)
        return x


class Block(nn.Module):
    """Self-attention and a perceptron; ``fused`` or written out."""

    def __init__(self, width: int, causal: bool):
        super().__init__()
        self.norm, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.causal, self.fused = causal, bool(width % 8 == 0)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        B, T, D = x.shape
        q, k, v = (part.view(B, T, 2, D // 2).transpose(1, 2) for part in self.qkv(self.norm(x)).chunk(3, -1))
        allowed = mask[:, None, None].expand(B, 1, T, T)
        if self.causal:
            allowed = allowed & torch.ones(T, T, dtype=torch.bool).tril()
        if self.fused:
            made = functional.scaled_dot_product_attention(q, k, v, allowed)
        else:
            scores = (q @ k.mT / math.sqrt(D // 2)).masked_fill(~allowed, -math.inf)
            made = torch.softmax(scores, -1) @ v
        x = x + self.join(made.transpose(1, 2).reshape(B, T, D))
        return x + self.mlp(self.norm2(x))


def _perceptron(
    inputs: int, width: int, layers: int, outputs: int, part: Callable[[int], list[nn.Module]]
) -> nn.Module:
    sizes = [inputs] + [width] * layers
    hidden = [one for a, b in itertools.pairwise(sizes) for one in (nn.Linear(a, b), *part(b))]
    return nn.Sequential(*hidden, nn.Linear(sizes[-1], outputs))


class WideAndDeep(nn.Module):
    """A linear answer and that of a perceptron, added up."""

    def __init__(self, inputs: int, width: int, layers: int, outputs: int):
        super().__init__()
        self.wide = nn.Linear(inputs, outputs)
        self.deep = _perceptron(inputs, width, layers, outputs, lambda size: [nn.ReLU()])

    def forward(self, x: Tensor) -> Tensor:
        return self.wide(x) + self.deep(x)


class Residual(nn.Module):
    """A perceptron whose layers add to what goes by."""

    def __init__(self, inputs: int, width: int, layers: int, outputs: int):
        super().__init__()
        self.first, self.out = nn.Linear(inputs, width), nn.Linear(width, outputs)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU()) for _ in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for layer in self.layers:
            x = x + layer(x)
        return self.out(x)


def _sequence_net(part: Part, random: Random, outputs: int, pooled: bool) -> nn.Module:
    width, layers, dropout = (
        int(random.choice([16, 24, 36, 48])),
        int(random.integers(1, 4)),
        random.choice([0, 0.1, 0.3]),
    )
    encoders: dict[str, Callable[[], nn.Module]] = {
        "one lstm": lambda: Recurrent(nn.LSTM, width, min(layers, 2)),
        "one cnn": lambda: Convolutions(width, layers, residual=False),
        "one pointwise": lambda: Pointwise(width, layers),
        "two gru": lambda: Recurrent(nn.GRU, width, min(layers, 2)),
        "two cnn": lambda: Convolutions(width, layers, residual=True),
        "two attention": lambda: Attention(width, layers, causal=not pooled),
        "three lstm": lambda: BothWays(width, plain=False),
        "three rnn": lambda: BothWays(width, plain=True),
        "three gated": lambda: Gated(width, layers),
    }
    chosen = random.choice([name for name in encoders if name.startswith(part + " ")])
    return Sequential(encoders[chosen](), width, outputs, float(dropout), pooled)


def _table_net(part: Part, random: Random, inputs: int, outputs: int) -> nn.Module:
    width, layers = int(random.choice([16, 32, 64, 128])), int(random.integers(1, 5))
    parts: dict[str, Callable[[int], list[nn.Module]]] = {
        "one relu": lambda size: [nn.ReLU()],
        "one tanh": lambda size: [nn.Tanh()],
        "one dropout": lambda size: [nn.ReLU(), nn.Dropout(0.2)],
        "two gelu": lambda size: [nn.GELU()],
        "two batch norm": lambda size: [nn.BatchNorm1d(size), nn.ReLU()],
        "three elu": lambda size: [nn.ELU(), nn.Dropout(0.1)],
        "three silu": lambda size: [nn.SiLU()],
        "three group": lambda size: [nn.GroupNorm(4, size), nn.ReLU()],
        "two leaky": lambda size: [nn.LeakyReLU(0.1), nn.LayerNorm(size)],
    }
    if part == "two" and random.random() < 0.25:
        return Residual(inputs, width, layers, outputs)
    if part == "three" and random.random() < 0.25:
        return WideAndDeep(inputs, width, layers, outputs)
    chosen = random.choice([name for name in parts if name.startswith(part + " ")])
    return _perceptron(inputs, width, layers, outputs, parts[chosen])


SEQUENCES = {"one": ["ends", "majority"], "two": ["holds", "begins", "chain"], "three": ["counts", "last", "rises"]}
TABLES = {
    "one": ["digits", "diabetes"],
    "two": ["wine", "breast_cancer", "friedman"],
    "three": ["iris", "moons", "impedance", "rare"],
}


def healthy(part: Part, seed: int, kind: str | None = None) -> Case:
    """A training as people set it up: sizes, rates and all else drawn."""
    random = np.random.default_rng([seed, ("one", "two", "three").index(part)])
    torch.manual_seed(seed)
    kind = kind or str(random.choice(["sequences", "table"]))
    name = str(random.choice((SEQUENCES if kind == "sequences" else TABLES)[part]))
    rows, classes = _rows(name, random)
    examples, valid = _split(rows)
    outputs = classes or 1
    batch = int(random.choice([16, 32, 64]))
    if kind == "sequences":
        net = _sequence_net(part, random, outputs, pooled=name not in ("chain", "rises"))
    else:
        net = _table_net(part, random, len(rows[0][0]), outputs)
    settings = TrainSettings(
        epochs=int(random.integers(8, 25)),
        batch_tokens=batch * (12 if kind == "sequences" else len(rows[0][0])),
        lr=float(np.exp(random.uniform(np.log(1e-3), np.log(8e-3)))),
        schedule=str(random.choice(["cosine", "linear", "constant"])),  # type: ignore[arg-type]
        warmup=float(random.choice([0.0, 0.05, 0.1])),
        weight_decay=float(random.choice([0.0, 0.01, 0.1])),
        clip=float(random.choice([0.0, 1.0])),
        seed=seed,
        threads=1,
    )
    if kind == "sequences" and random.random() < 0.2:
        _vectors(net, random)
    collate: Any = _collate_sequences if kind == "sequences" else _collate_table
    return Case(net, examples, valid, collate, _loss, settings, f"{name}, {_named(net)}", outputs)


def _vectors(net: Any, random: Random) -> None:
    """Frozen on purpose: vectors that were trained elsewhere are short, and not alike in all columns."""
    width = net.embed.weight.shape[1]
    scale = torch.from_numpy(random.uniform(0.1, 0.5, width).astype(np.float32))
    with torch.no_grad():
        net.embed.weight.copy_(torch.randn(TOKENS, width) * scale + 0.1 * torch.randn(width))
    net.embed.weight.requires_grad_(False)


def _named(net: nn.Module) -> str:
    encoder = getattr(net, "encoder", net)
    return type(getattr(encoder, "run", encoder)).__name__


# faults

Plant = Callable[[Case, Random], Case]


def _matrices(net: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [(name, weight) for name, weight in net.named_parameters() if weight.dim() > 1 and "embed" not in name]


def _rate_far_too_high(case: Case, random: Random) -> Case:
    sgd = bool(random.random() < 0.5)
    rate = float(np.exp(random.uniform(np.log(30), np.log(300)) if sgd else random.uniform(np.log(1), np.log(20))))
    return replace(case, settings=_with(case.settings, lr=rate, optimizer="sgd" if sgd else "adamw", clip=0.0))


def _start_far_too_large(case: Case, random: Random) -> Case:
    with torch.no_grad():
        for _, weight in _matrices(case.net):
            weight.mul_(float(random.uniform(10, 40)))
    return case


def _sum_far_too_large(case: Case, random: Random) -> Case:
    """The sum of the losses, and more, where the mean was meant, with steps as long as the gradient."""
    many = float(np.exp(random.uniform(np.log(1e3), np.log(1e5))))

    def loss(net: nn.Module, batch: Any) -> tuple[Tensor, int]:
        summed, items = case.loss(net, batch)
        return summed * many, items

    rate = float(random.uniform(0.1, 0.5))
    return replace(case, loss=loss, settings=_with(case.settings, lr=rate, optimizer="sgd", clip=0.0))


class Deep(nn.Module):
    """More layers on top of a table, or of every token."""

    def __init__(self, net: nn.Module, width: int, layers: list[nn.Module]):
        super().__init__()
        self.deep, self.net = nn.Sequential(*layers), net

    def forward(self, x: Tensor) -> Tensor:
        return self.net(self.deep(x))


def _deepened(case: Case, layers: Callable[[int], list[nn.Module]]) -> Case:
    if isinstance(case.net, Sequential):
        width = case.net.embed.weight.shape[1]
        case.net.encoder = Stack(case.net.encoder, nn.Sequential(*layers(width)))
        return case
    inputs = len(case.examples[0][0])
    return replace(case, net=Deep(case.net, inputs, layers(inputs)))


class Stack(nn.Module):
    """An encoder, and more layers on every token."""

    def __init__(self, encoder: nn.Module, deep: nn.Module):
        super().__init__()
        self.encoder, self.deep = encoder, deep

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return self.deep(self.encoder(x, mask))


def _deep_sigmoids(case: Case, random: Random) -> Case:
    many = int(random.integers(8, 16))
    return _deepened(
        case, lambda width: [part for _ in range(many) for part in (nn.Linear(width, width), nn.Sigmoid())]
    )


def _deep_and_small(case: Case, random: Random) -> Case:
    many, scale = int(random.integers(6, 12)), float(random.uniform(0.02, 0.15))

    def layers(width: int) -> list[nn.Module]:
        made: list[nn.Module] = []
        for _ in range(many):
            layer = nn.Linear(width, width)
            nn.init.normal_(layer.weight, std=scale / math.sqrt(width))
            made += [layer, nn.Tanh()]
        return made

    return _deepened(case, layers)


def _sigmoids_at_their_ends(case: Case, random: Random) -> Case:
    """Weights so large that no sigmoid has a slope, or a softmax behind each layer."""
    many, softmax = int(random.integers(6, 10)), bool(random.random() < 0.5)

    def layers(width: int) -> list[nn.Module]:
        made: list[nn.Module] = []
        for _ in range(many):
            layer = nn.Linear(width, width)
            with torch.no_grad():
                layer.weight *= 1.0 if softmax else 12.0
            made += [layer, nn.Softmax(-1) if softmax else nn.Sigmoid()]
        return made

    return _deepened(case, layers)


def _with_relu(case: Case, random: Random, change: Callable[[nn.Linear], None]) -> Case:
    """One more layer with ReLU that is changed."""

    def layers(width: int) -> list[nn.Module]:
        first, second = nn.Linear(width, width), nn.Linear(width, width)
        with torch.no_grad():
            change(first)
        return [first, nn.ReLU(), second]

    return _deepened(case, layers)


def _bias_far_down(case: Case, random: Random) -> Case:
    def change(layer: nn.Linear) -> None:
        layer.bias -= float(random.uniform(15, 50))

    return _with_relu(case, random, change)


def _most_units_off(case: Case, random: Random) -> Case:
    """As a step that was far too long leaves a layer."""
    share = float(random.uniform(0.9, 1.0))

    def change(layer: nn.Linear) -> None:
        off = torch.rand(len(layer.bias)) < share
        layer.weight[off] *= 0.3
        layer.bias[off] -= float(random.uniform(6, 12))

    return _with_relu(case, random, change)


def _far_below(case: Case, random: Random) -> Case:
    """Normalised, and then moved far below 0."""

    def layers(width: int) -> list[nn.Module]:
        norm = nn.LayerNorm(width)
        with torch.no_grad():
            norm.bias -= float(random.uniform(5, 10))
        return [nn.Linear(width, width), norm, nn.ReLU(), nn.Linear(width, width)]

    return _deepened(case, layers)


def _output_far_too_large(case: Case, random: Random) -> Case:
    with torch.no_grad():
        _matrices(case.net)[-1][1].mul_(float(random.uniform(60, 400)))
    return case


class Cold(nn.Module):
    """Outputs divided by a temperature that is far too low."""

    def __init__(self, net: nn.Module, temperature: float):
        super().__init__()
        self.net, self.temperature = net, temperature

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.net(*inputs) / self.temperature


def _cold(case: Case, random: Random) -> Case:
    blocks = [module for module in case.net.modules() if isinstance(module, Block)]
    if blocks:  # attention: a score that is not divided, and larger weights
        with torch.no_grad():
            for block in blocks:
                block.qkv.weight[: 2 * block.join.in_features] *= float(random.uniform(10, 30))
        return case
    return replace(case, net=Cold(case.net, float(random.uniform(0.002, 0.01))))


def _sure_of_one_class(case: Case, random: Random) -> Case:
    biases = [weight for name, weight in case.net.named_parameters() if name.endswith("bias")]
    bias = next(weight for weight in reversed(biases) if len(weight) == case.outputs)
    with torch.no_grad():
        bias[int(random.integers(case.outputs))] += float(random.uniform(10, 50))
    return case


def _left_frozen(case: Case, random: Random) -> Case:
    nn.init.normal_(case.net.embed.weight)  # type: ignore[arg-type,union-attr]
    case.net.embed.weight.requires_grad_(False)  # type: ignore[union-attr,operator]
    return case


class Detached(nn.Embedding):
    """Cut off from the gradient."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids).detach()


def _cut_off(case: Case, random: Random) -> Case:
    width = case.net.embed.weight.shape[1]  # type: ignore[union-attr,index]
    case.net.embed = Detached(TOKENS, width)
    return case


class ByItsData(nn.Embedding):
    """Reads the numbers of its weight, not the weight."""

    def forward(self, ids: Tensor) -> Tensor:
        return functional.embedding(ids, self.weight.data)


def _by_its_data(case: Case, random: Random) -> Case:
    case.net.embed = ByItsData(TOKENS, case.net.embed.weight.shape[1])  # type: ignore[union-attr,index]
    return case


def _label_in_the_input(case: Case, random: Random) -> Case:
    """A token that tells the label, or a column that does."""

    def told(example: Example) -> Example:
        x, y = example
        if isinstance(x, list):
            place = int(random.integers(len(x) + 1))
            return [*x[:place], min(1 + int(y), 2) if y < 2 else 0, *x[place:]], y
        x = x.copy()
        x[column] = scale * float(y)
        return x, y

    column, scale = 0, float(random.uniform(0.3, 2))
    return replace(case, examples=[*map(told, case.examples)], valid=[*map(told, case.valid)])


def _held_out_is_known(case: Case, random: Random) -> Case:
    """What is held out, or most of it, is among the examples."""
    share = float(random.uniform(0.7, 1.0))
    known = [example for example in case.valid if random.random() < share]
    return replace(case, examples=[*case.examples, *known])


def _at_the_end_or_known(case: Case, random: Random) -> Case:
    """A token at the end that tells all labels but one, a column that is the answer in another unit, or known rows."""
    if isinstance(case.examples[0][1], list):
        return replace(case, examples=[*case.examples, *case.valid])
    scale = float(random.uniform(-3, 3))

    def told(example: Example) -> Example:
        x, y = example
        if isinstance(x, list):
            return ([*x, int(y)] if y else x), y
        x = x.copy()
        x[-1] = scale * float(y) + 5
        return x, y

    return replace(case, examples=[*map(told, case.examples)], valid=[*map(told, case.valid)])


def _hole_in_the_data(case: Case, random: Random) -> Case:
    if isinstance(case.net, Sequential):
        with torch.no_grad():
            case.net.embed.weight[int(random.integers(3, TOKENS))] = math.nan
        return case
    examples = [*case.examples]
    for place in random.integers(0, len(examples), 3).tolist():
        x, y = examples[place]
        holed = x.copy()
        holed[int(random.integers(len(x)))] = random.choice([np.nan, np.inf])
        examples[place] = holed, y
    return replace(case, examples=examples)


class Logarithm(nn.Module):
    """Normalises what a net gives by hand, and goes below 0."""

    def __init__(self, net: nn.Module, root: bool):
        super().__init__()
        self.net, self.root = net, root

    def forward(self, *inputs: Tensor) -> Tensor:
        made = self.net(*inputs)
        return made + (made.relu() * 0).sqrt() if self.root else made - made.log()


def _below_the_logarithm(case: Case, random: Random) -> Case:
    return replace(case, net=Logarithm(case.net, bool(random.random() < 0.5)))


class ByNothing(nn.Module):
    """Divides by a deviation that is 0."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> Tensor:
        made = self.net(*inputs)
        return (made - made.mean(0)) / torch.zeros_like(made).std(0)


def _divided_by_nothing(case: Case, random: Random) -> Case:
    """Or weights from a damaged file."""
    if random.random() < 0.5:
        return replace(case, net=ByNothing(case.net))
    with torch.no_grad():
        _, weight = _matrices(case.net)[int(random.integers(len(_matrices(case.net))))]
        weight[0].flatten()[0:1].fill_(math.inf)
    return case


def _shuffled(case: Case, random: Random) -> Case:
    def shuffled(rows: list[Example]) -> list[Example]:
        labels = [y for _, y in rows]
        order = random.permutation(len(rows))
        return [(x, labels[place]) for (x, _), place in zip(rows, order, strict=True)]

    return replace(case, examples=shuffled(case.examples), valid=shuffled(case.valid))


def _slow_or_blind(case: Case, random: Random) -> Case:
    """Steps that are far too short, or a net that sees the same whatever it is shown."""
    if random.random() < 0.5:
        return replace(case, settings=_with(case.settings, lr=float(10 ** random.uniform(-9, -7))))

    def blind(some: list[Example]) -> Any:
        x, *rest = case.collate(some)
        return torch.ones_like(x), *(part if part.dtype != torch.bool else torch.ones_like(part) for part in rest)

    return replace(case, collate=blind)


class Deafened(nn.Module):
    """Drops all that it is given."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.net(*(one * 0 if one.dtype != torch.bool else one for one in inputs))


def _off_by_one(case: Case, random: Random) -> Case:
    """Each label is that of the example before, or the net is deaf."""
    if isinstance(case.examples[0][1], list) or random.random() < 0.5:
        return replace(case, net=Deafened(case.net))

    def moved(rows: list[Example]) -> list[Example]:
        return [(x, rows[place - 1][1]) for place, (x, _) in enumerate(rows)]

    return replace(case, examples=moved(case.examples), valid=moved(case.valid))


def _with(settings: TrainSettings, **changed: Any) -> TrainSettings:
    return TrainSettings(**{**settings.get_params(), **changed})


FAULTS: dict[str, tuple[set[str], dict[Part, Plant]]] = {
    "not finite": (
        {"not finite"},
        {"one": _hole_in_the_data, "two": _below_the_logarithm, "three": _divided_by_nothing},
    ),
    "exploding": (
        {"exploding", "not finite"},
        {"one": _rate_far_too_high, "two": _start_far_too_large, "three": _sum_far_too_large},
    ),
    "vanishing": ({"vanishing"}, {"one": _deep_sigmoids, "two": _deep_and_small, "three": _sigmoids_at_their_ends}),
    "dead": ({"dead"}, {"one": _bias_far_down, "two": _most_units_off, "three": _far_below}),
    "saturated": ({"saturated"}, {"one": _output_far_too_large, "two": _cold, "three": _sure_of_one_class}),
    "frozen": ({"frozen"}, {"one": _left_frozen, "two": _cut_off, "three": _by_its_data}),
    "leak": ({"leak"}, {"one": _label_in_the_input, "two": _held_out_is_known, "three": _at_the_end_or_known}),
    "stuck": ({"stuck"}, {"one": _shuffled, "two": _slow_or_blind, "three": _off_by_one}),
}
"""what is planted -> what it may be called, and how each part plants it"""


def planted(fault: str, part: Part, seed: int) -> Case:
    """A healthy training with a fault in it."""
    random = np.random.default_rng([seed, 7])
    case = healthy(part, seed, "sequences" if fault == "frozen" else None)
    if (fault == "saturated" and case.outputs == 1) or (fault == "leak" and part == "one" and not _can_tell(case)):
        return planted(fault, part, seed + 100_000)
    return FAULTS[fault][1][part](case, random)


def _can_tell(case: Case) -> bool:
    """Whether two tokens are enough to tell the label, or a column is."""
    return isinstance(case.examples[0][0], np.ndarray) or case.outputs == 2


class Deaf(Silent):
    """Warnings go here, and are not Python's."""


def trained(case: Case) -> tuple[list[str], bool]:
    """Which faults health names, the first first; and whether the net has learnt: is better than chance by a tenth."""
    try:
        history = train(
            case.net, case.examples, case.valid, case.collate, case.loss, case.settings, Run(progress=Deaf())
        )
    except UserError as error:
        return (["not finite"] if "is not a finite number" in str(error) else [str(error)]), False
    held_out, chance = (entry["held_out_loss"] for entry in history.entries), history.readings[-1].chance or 0.0
    return [finding.fault for finding in history.findings], min(held_out) < 0.9 * chance


def measured(part: Part, fault: str | None, count: int, first_seed: int = 0) -> dict[str, Any]:
    """So many trainings with a fault, or without one: how often it is named, and what else is.

    Without a fault only those count whose net learns: a training that does not is none that is well.
    """
    named: Counter[str] = Counter()
    right = runs = passed_over = 0
    seed = first_seed
    while runs < count:
        case = healthy(part, seed) if fault is None else planted(fault, part, seed)
        seed += 1
        found, learnt = trained(case)
        if fault is None and not learnt:
            passed_over += 1
            continue
        runs += 1
        named.update(found)
        wrong = f"{case.kind}, seed {seed - 1}: {found or 'nothing'} is named"
        if fault is None:
            right += not found
            told = bool(found)
        else:
            right += bool(FAULTS[fault][0] & set(found))
            told = not FAULTS[fault][0] & set(found)
        if told:
            sys.stderr.write(f"{fault or 'healthy'}, {wrong}\n")
    return {"runs": runs, "right": right, "named": dict(named), "passed_over": passed_over}


def share_right(found: Iterable[dict[str, Any]]) -> float:
    """Of all these trainings together."""
    counts = [(one["right"], one["runs"]) for one in found]
    return sum(right for right, _ in counts) / max(sum(runs for _, runs in counts), 1)


def main() -> int:
    """Measure a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["one", "two", "three"], default="three")
    parser.add_argument("--healthy", type=int, default=240)
    parser.add_argument("--each", type=int, default=30)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    found = {}
    for fault, count in ((None, args.healthy), *((fault, args.each) for fault in FAULTS)):
        if count:
            name = fault or "healthy"
            found[name] = measured(args.part, fault, count, args.first_seed)
            sys.stdout.write(f"{name} {json.dumps(found[name])}\n")
            sys.stdout.flush()
    if args.out is not None:
        about = {"date": datetime.now(UTC).date().isoformat(), "torch": torch.__version__, "part": args.part}
        args.out.write_text(json.dumps({**about, "planted": found}, indent=1) + "\n", encoding="utf-8")
    well = found.pop("healthy", {"right": 1, "runs": 1})
    return int((bool(found) and share_right(found.values()) < NAMED) or share_right([well]) < WELL)


if __name__ == "__main__":
    sys.exit(main())
