"""Examples that lie in tensors or arrays, so that a batch is taken at once: rows of tables, pictures, token ids."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vec2seq.data.ragged import Ragged


class Batched(Sequence[tuple[Any, ...]]):
    """Examples that know their lengths [N], and give a batch of them at once."""

    @property
    @abstractmethod
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each example [N]."""

    @abstractmethod
    def take(self, numbers: NDArray[np.int64]) -> tuple[Any, ...]:
        """What ``collate`` gets in the place of a list of examples."""

    @abstractmethod
    def some(self, numbers: NDArray[np.int64]) -> "Batched":
        """The examples with these numbers."""


class Rows(Batched):
    """Row n of several tensors [N, ...] is example n; the length of an example is the second size of the first tensor.

    ``take`` gives rows [B, ...] of each. ValueError if sizes N differ.
    """

    def __init__(self, *parts: Tensor):
        _check_sizes(parts)
        self.parts = parts

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, number: Any) -> Any:
        """One example, or some, as tensors."""
        return tuple(part[number] for part in self.parts)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The same for all."""
        first = self.parts[0]
        return np.full(len(first), first.shape[1] if first.ndim > 1 else 1, np.int64)

    def take(self, numbers: NDArray[np.int64]) -> tuple[Tensor, ...]:
        """Rows of each tensor."""
        which = torch.from_numpy(numbers)
        return tuple([part.index_select(0, which) for part in self.parts])  # by index it takes twice as long

    def some(self, numbers: NDArray[np.int64]) -> "Rows":
        """These rows, copied."""
        return Rows(*self.take(numbers))


class Sequences(Batched):
    """Row n of several parts is example n: of a Ragged values [T], of an array [N, ...] a row.

    ``take`` gives of each part a tensor [B, ...]: of a Ragged padded by ``filling``, [B, T]; and, after all parts, the
    mask [B, T] of the first. ``numbers``: which rows of the parts are the examples; None: all. ValueError if sizes
    differ.
    """

    def __init__(self, *parts: Ragged | NDArray[Any], numbers: NDArray[np.int64] | None = None, filling: int = 0):
        _check_sizes(parts)
        self.parts, self.filling = parts, filling
        self.numbers = np.arange(len(parts[0])) if numbers is None else numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        """One example, as arrays."""
        return tuple(part[self.numbers[number]] for part in self.parts)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Of the first part."""
        first = self.parts[0]
        assert isinstance(first, Ragged)
        found: NDArray[np.int64] = first.lengths[self.numbers]
        return found

    def take(self, numbers: NDArray[np.int64]) -> tuple[Tensor, ...]:
        """A batch."""
        taken, mask = [], None
        for part in self.parts:
            if isinstance(part, Ragged):
                values, its = part.padded(self.numbers[numbers], self.filling)
                mask = its if mask is None else mask
            else:
                values = part[self.numbers[numbers]]
            taken.append(torch.from_numpy(values.astype(np.int64) if values.dtype == np.int32 else values))
        assert mask is not None
        return (*taken, torch.from_numpy(mask))

    def some(self, numbers: NDArray[np.int64]) -> "Sequences":
        """These rows of the same parts."""
        return Sequences(*self.parts, numbers=self.numbers[numbers], filling=self.filling)


def _check_sizes(parts: Sequence[Any]) -> None:
    if len({len(part) for part in parts}) != 1:
        raise ValueError(f"sizes differ: {[len(part) for part in parts]}")


def take(examples: Sequence[Any], numbers: NDArray[np.int64]) -> Any:
    """The examples with these numbers: a list, or what Batched ones give."""
    if isinstance(examples, Batched):
        return examples.take(numbers)
    return [examples[number] for number in numbers.tolist()]


def first(examples: Sequence[Any], many: int) -> list[Any]:
    """The first examples, one by one; of Rows with arrays in the place of tensors."""
    if isinstance(examples, Rows):
        return list(zip(*(part[:many].numpy() for part in examples.parts), strict=True))
    return [examples[number] for number in range(min(many, len(examples)))]


def lengths_of(examples: Sequence[Any]) -> NDArray[np.int64]:
    """Tokens of each example [N]."""
    if isinstance(examples, Batched):
        return examples.lengths
    return np.array([len(example[0]) for example in examples], np.int64)
