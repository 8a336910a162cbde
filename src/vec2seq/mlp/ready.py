"""Ready: what a table is before a net learns from it - targets, rows kept out, columns as inputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.columns import Columns
from vec2seq.data.table import Table
from vec2seq.data.target import Target


@dataclass(frozen=True, eq=False)
class Ready:
    """A table of M rows with a target; N of them are learnt from, by D inputs."""

    table: Table
    """the M rows"""
    target: Target
    labels: list[str]
    """the classes; empty for regression"""
    wanted: NDArray[np.float64]
    """[M]: numbers, or numbers of classes"""
    kept: NDArray[np.int64]
    """[N]: the rows that are learnt from"""
    out: NDArray[np.int64]
    """[M - N]: the others, to judge by"""
    columns: Columns
    scale: list[float]
    """mean and standard deviation of the numbers that are learnt; 0 and 1 for classes"""
    inputs: NDArray[np.float32]
    """[N, D]"""
    learnt: NDArray[Any]
    """[N]: numbers of classes, or numbers with mean 0 and variance 1"""

    def held_out(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """The rows kept out: inputs [M - N, D], and what is wanted of them [M - N]."""
        return self.columns.matrix(self.table.take(self.out)), self.wanted[self.out]
