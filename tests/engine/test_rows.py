"""Rows of tensors are examples like others: the same batches, the same net."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vec2seq.engine.loop import train
from vec2seq.engine.rows import Rows, first, lengths_of, take
from vec2seq.engine.settings import TrainSettings

X, Y = torch.arange(60.0).reshape(20, 3) / 60, torch.arange(20) % 2


def loss(net: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, int]:
    return nn.functional.cross_entropy(net(batch[0]), batch[1], reduction="sum"), len(batch[1])


def stacked(some: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    return torch.stack([row for row, _ in some]), torch.stack([label for _, label in some])


def test_rows_train_as_a_list_of_them_does() -> None:
    rows, nets = Rows(X, Y), []
    for examples, collate in ((rows, tuple), ([rows[number] for number in range(20)], stacked)):
        torch.manual_seed(0)
        nets.append(nn.Linear(3, 2))
        train(nets[-1], examples, [], collate, loss, TrainSettings(epochs=3, batch_tokens=21, threads=1))
    assert torch.equal(nets[0].weight, nets[1].weight)


def test_what_rows_hold() -> None:
    rows = Rows(X, Y)
    assert len(rows) == 20
    assert torch.equal(rows[4][0], X[4])
    assert [part.shape for part in take(rows, np.array([3, 1]))] == [(2, 3), (2,)]
    assert torch.equal(take(rows, np.array([3, 1]))[0], X[[3, 1]])
    assert lengths_of(rows).tolist() == [3] * 20
    assert lengths_of(Rows(Y)).tolist() == [1] * 20
    assert lengths_of([([1, 2], 0), ([1], 1)]).tolist() == [2, 1]
    assert [label for _, label in first(rows, 3)] == [0, 1, 0]
    assert len(first(rows, 99)) == 20
    with pytest.raises(ValueError, match=r"sizes differ: \[20, 19\]"):
        Rows(X, Y[:19])
