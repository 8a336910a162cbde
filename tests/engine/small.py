"""A small net for sequences, made for the tests: which of the first and the last token is larger?"""

import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from vec2seq.engine.loop import History, train
from vec2seq.engine.processes import is_first
from vec2seq.engine.settings import TrainSettings
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.progress import Printed

Example = tuple[list[int], int]


def examples(rows: int, seed: int = 0) -> list[Example]:
    """Sequences of 2 to 20 tokens."""
    random = np.random.default_rng(seed)
    tokens = [random.integers(1, 10, random.integers(2, 21)).tolist() for _ in range(rows)]
    return [(row, int(row[0] > row[-1])) for row in tokens]


def collate(some: list[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """ids [B,T], padded with 0; lengths [B]; labels [B]."""
    longest = max(len(row) for row, _ in some)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row, _ in some])
    return ids, torch.tensor([len(row) for row, _ in some]), torch.tensor([label for _, label in some])


class Net(nn.Module):
    """Embedding, LSTM, dropout, the output at the last token."""

    def __init__(self, dropout: float = 0.1):
        super().__init__()
        self.embed = nn.Embedding(10, 16)
        self.lstm = nn.LSTM(16, 24, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(24, 2)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """ids [B,T], lengths [B] -> logits [B,2]."""
        states = self.lstm(self.embed(ids))[0]
        return self.out(self.dropout(states[torch.arange(len(ids)), lengths - 1]))


def loss(net: nn.Module, batch: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, int]:
    """Cross-entropy, summed."""
    ids, lengths, labels = batch
    return nn.functional.cross_entropy(net(ids, lengths).float(), labels, reduction="sum"), len(labels)


def trained(settings: TrainSettings, run: Run | None = None, rows: int = 300) -> tuple[Net, History]:
    """A net from the same weights each time, trained."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Net()
    data = {"rows": rows}
    return net, train(net, examples(rows), examples(100, seed=1), collate, loss, settings, run, data)


def main() -> None:
    """A training in processes of its own: python small.py FOLDER [SECONDS], or torchrun; writes FOLDER/net."""
    folder, every = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.05
    torch.set_num_threads(1)
    (folder / f"process-{os.environ.get('RANK', '0')}").write_text(str(os.getpid()))
    run = Run(
        Checkpoint(folder / "net.checkpoint"),
        resume=True,
        checkpoint_seconds=every,
        progress=Printed(sys.stderr),
        writes=is_first(),
    )
    with run.workspace():
        net, history = trained(
            TrainSettings(epochs=8, batch_tokens=256, threads=1, patience=3, lr=0.02), run, rows=1500
        )
        if run.writes:
            weights = b"".join(tensor.numpy().tobytes() for tensor in net.state_dict().values())
            (folder / "net.new").write_bytes(weights + repr(history.entries).encode())
            (folder / "net.new").rename(folder / "net")


if __name__ == "__main__":
    main()
