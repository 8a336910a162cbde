"""Rows of tensors are examples like others: the same batches, the same net; sequences are padded."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from vec2seq.data.ragged import Ragged
from vec2seq.engine.loop import train
from vec2seq.engine.rows import Rows, Sequences, first, lengths_of, take
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


# sequences

WORDS = [[1, 2, 3], [], [4], [5, 6], [7, 8, 9, 1]]


def sequences(numbers: list[int] | None = None, filling: int = 0) -> Sequences:
    labels = np.arange(10, 15, dtype=np.int64)
    tags = Ragged.of([[word + 100 for word in row] for row in WORDS], np.int64)
    rows = None if numbers is None else np.array(numbers)
    return Sequences(Ragged.of(WORDS), labels, tags, numbers=rows, filling=filling)


def test_what_sequences_hold() -> None:
    every = sequences()
    assert len(every) == 5
    assert every.lengths.tolist() == lengths_of(every).tolist() == [3, 0, 1, 2, 4]
    words, label, tags = every[3]
    assert (words.tolist(), int(label), tags.tolist()) == ([5, 6], 13, [105, 106])
    assert [len(example[0]) for example in first(every, 99)] == [3, 0, 1, 2, 4]
    assert len(first(every, 2)) == 2
    with pytest.raises(ValueError, match=r"sizes differ: \[5, 4\]"):
        Sequences(Ragged.of(WORDS), np.zeros(4))


def test_some_rows_are_the_examples() -> None:
    some = sequences([4, 0, 3])
    assert len(some) == 3
    assert some.lengths.tolist() == [4, 3, 2]
    assert some[1][0].tolist() == [1, 2, 3]
    assert len(Sequences(Ragged.of([]), np.zeros(0))) == 0


@given(st.lists(st.integers(0, 2), min_size=1, max_size=4), st.integers(-2, 2))
def test_a_batch_of_sequences_is_padded(numbers: list[int], filling: int) -> None:
    rows = [[4, 0, 3][number] for number in numbers]
    words, labels, tags, mask = take(sequences([4, 0, 3], filling), np.array(numbers))
    width = max(len(WORDS[row]) for row in rows)
    assert words.dtype == tags.dtype == labels.dtype == torch.int64
    assert mask.dtype == torch.bool
    assert labels.tolist() == [10 + row for row in rows]
    for place, row in enumerate(rows):
        assert words[place].tolist() == WORDS[row] + [filling] * (width - len(WORDS[row]))
        assert tags[place].tolist() == [word + 100 for word in WORDS[row]] + [filling] * (width - len(WORDS[row]))
        assert mask[place].tolist() == [at < len(WORDS[row]) for at in range(width)]


def test_an_empty_sequence_has_a_place() -> None:
    words, _, _, mask = sequences().take(np.array([1]))
    assert words.tolist() == [[0]]
    assert mask.tolist() == [[False]]
