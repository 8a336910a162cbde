"""Examples of one length that lie in tensors, so that a batch is taken at once: rows of tables, pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Rows(Sequence[tuple[Tensor, ...]]):
    """Row n of several tensors [N, ...] is example n; the length of an example is the second size of the first tensor.

    ``collate`` gets rows [B, ...] of each, where other examples come as a list. ValueError if sizes N differ.
    """

    def __init__(self, *parts: Tensor):
        if len({len(part) for part in parts}) != 1:
            raise ValueError(f"sizes differ: {[len(part) for part in parts]}")
        self.parts = parts

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, number: Any) -> Any:
        """One example, or some, as tensors."""
        return tuple(part[number] for part in self.parts)


def take(examples: Sequence[Any], numbers: NDArray[np.int64]) -> Any:
    """The examples with these numbers: a list, or of Rows their tensors."""
    if isinstance(examples, Rows):
        which = torch.from_numpy(numbers)
        return tuple([part.index_select(0, which) for part in examples.parts])  # by index it takes twice as long
    return [examples[number] for number in numbers.tolist()]


def first(examples: Sequence[Any], many: int) -> list[Any]:
    """The first examples, one by one; of Rows with arrays in the place of tensors."""
    if isinstance(examples, Rows):
        return list(zip(*(part[:many].numpy() for part in examples.parts), strict=True))
    return [examples[number] for number in range(min(many, len(examples)))]


def lengths_of(examples: Sequence[Any]) -> NDArray[np.int64]:
    """Tokens of each example [N]."""
    if isinstance(examples, Rows):
        first = examples.parts[0]
        return np.full(len(first), first.shape[1] if first.ndim > 1 else 1, np.int64)
    return np.array([len(example[0]) for example in examples], np.int64)
