"""A model that is a table: what comes next follows from all that was written, and is easily counted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Table:
    """Scores of V tokens drawn by a seed and all tokens before; counts how many rows it was asked for."""

    def __init__(self, rows: int, tokens: int, seed: int = 0):
        self.rows: list[tuple[int, ...]] = [() for _ in range(rows)]
        self.tokens, self.seed, self.asked = tokens, seed, 0

    def read(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        assert len(ids) == len(self.rows)
        self.asked += len(ids)
        self.rows = [(*row, *more) for row, more in zip(self.rows, ids.tolist(), strict=True)]
        return np.stack([self.scores(row) for row in self.rows])

    def scores(self, row: Sequence[int]) -> NDArray[np.float64]:
        return np.random.default_rng([self.seed, len(row), *row]).normal(0, 1.5, self.tokens)

    def take(self, rows: NDArray[np.int64]) -> None:
        self.rows = [self.rows[row] for row in rows.tolist()]


class Aligned(Table):
    """One that attends to a source of so many places, of which the last is padding."""

    def __init__(self, rows: int, tokens: int, seed: int, places: int):
        super().__init__(rows, tokens, seed)
        self.places = places

    def attention(self) -> NDArray[np.float64]:
        """How rows weighed the source in what they read last [N,S]."""
        return np.stack([self.weights(row) for row in self.rows])

    def weights(self, row: Sequence[int]) -> NDArray[np.float64]:
        """After these tokens [S]."""
        found = np.random.default_rng([self.seed, 1, len(row), *row]).dirichlet(np.ones(self.places - 1))
        return np.append(found, 1.0)


class Rising:
    """Each token is larger than the one before; the end, 0, may come after two."""

    def __init__(self, tokens: int):
        self.tokens = tokens

    def start(self) -> tuple[int, ...]:
        return ()

    def allowed(self, state: tuple[int, ...]) -> NDArray[np.bool_]:
        found = np.arange(self.tokens) > max(state, default=0)
        found[0] = len(state) >= 2 or not found.any()
        return found

    def after(self, state: tuple[int, ...], token: int) -> tuple[int, ...]:
        return (*state, token)
