"""Vectors: named rows, and the questions one asks them."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self, overload

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.tokenize import Tokenizer
from vec2seq.errors import UserError, counted
from vec2seq.vectors.hints import hint
from vec2seq.vectors.trust import Trust

_HINTS = 10  # for so many unknown words at once: a hint takes time
_QUERIES_AT_ONCE, _TILE = 256, 1 << 21
"""Queries and similarities (queries times rows) that are worked on at a time: these stay in the cache."""


class Neighbor(NamedTuple):
    """A word and its cosine similarity to what was asked."""

    word: str
    similarity: float


class RankedNeighbor(Neighbor):
    """A neighbour of which it is known how its rank varied over a bootstrap's runs; as a tuple, it is a pair too."""

    rank_low: int
    """the 95 % interval of its rank among all words"""
    rank_high: int
    stable: bool
    """whether it was always within twice the length of the list that was asked for"""

    @classmethod
    def of(cls, neighbor: Neighbor, low: int, high: int, stable: bool) -> Self:
        """A neighbour with its ranks."""
        ranked = cls(*neighbor)
        ranked.rank_low, ranked.rank_high, ranked.stable = low, high, stable
        return ranked

    def _asdict(self) -> dict[str, Any]:
        ranks = {"rank_low": self.rank_low, "rank_high": self.rank_high, "stable": self.stable}
        return super()._asdict() | ranks

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"RankedNeighbor({values})"


@dataclass(frozen=True, eq=False)
class Vectors:
    """One vector a word."""

    tokens: list[str]
    matrix: NDArray[np.float32]
    """[n, width], may be memory-mapped"""
    tokenizer: Tokenizer | None = field(default=None, repr=False)
    """how the text was normalized that the words come from; a question is normalized the same way"""
    trust: Trust | None = field(default=None, repr=False)
    """how the ranks of neighbours varied, if the vectors were trained with a bootstrap"""

    @cached_property
    def ids(self) -> dict[str, int]:
        """Word -> row."""
        return {token: i for i, token in enumerate(self.tokens)}

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """[n]: length of every vector, 1 where it is 0."""
        with np.errstate(over="ignore"):
            norms = np.sqrt(np.einsum("ij,ij->i", self.matrix, self.matrix))
        extreme = np.flatnonzero(~((norms > 1e-15) & (norms < np.inf)))  # squares beyond what float32 holds
        norms[extreme] = np.linalg.norm(self.matrix[extreme].astype(np.float64), axis=1)
        return np.where(norms > 0, norms, np.float32(1.0))

    @property
    def width(self) -> int:
        """Size of every vector."""
        return int(self.matrix.shape[1])

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        return f"<Vectors: {counted(len(self), 'word')}, width {self.width}>"

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._row(word) is not None

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """The vector of a word, float32 [width]."""
        vector: NDArray[np.float32] = self.matrix[self.index(word)]
        return vector

    def index(self, word: str) -> int:
        """Row of a word; if it is not here, UserError says what may have been meant."""
        row = self._row(word)
        if row is None:
            raise self._not_here(word)
        return row

    def unknown(self, words: Iterable[str]) -> dict[str, UserError]:
        """Those of the words that are not here, each with what ``index`` would say."""
        missing = [word for word in dict.fromkeys(words) if word not in self]
        return {word: self._not_here(word, hinted=place < _HINTS) for place, word in enumerate(missing)}

    def _not_here(self, word: str, hinted: bool = True) -> UserError:
        meant = hint(word, self.ids, self.tokenizer) if hinted else ""
        return UserError(f"{word!r} is not among the {counted(len(self), 'word')}{meant}")

    def _row(self, word: str) -> int | None:
        row = self.ids.get(word)
        if row is None and self.tokenizer is not None:
            row = self.ids.get(self.tokenizer.normalize(word))
        return row

    def units(self, rows: list[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """[rows, width]: the vectors of these rows, of length 1."""
        unit: NDArray[np.float32] = self.matrix[rows] / self.norms[rows, None]
        return unit

    def _query(self, word: str | NDArray[Any]) -> NDArray[np.float32]:
        """A vector of length 1 (or 0) for a word or a vector."""
        if isinstance(word, str):
            row = self.index(word)
            vector: NDArray[np.float32] = self.matrix[row] / self.norms[row]
            return vector
        vector = np.asarray(word, np.float32)
        if vector.shape != (self.width,):
            raise UserError(f"a vector of shape {vector.shape} does not fit vectors of width {self.width}")
        return vector / (np.linalg.norm(vector) or np.float32(1.0))

    @overload
    def neighbors(self, word: str | NDArray[Any], k: int = ...) -> list[Neighbor]: ...
    @overload
    def neighbors(self, word: list[str], k: int = ...) -> list[list[Neighbor]]: ...
    def neighbors(self, word: str | NDArray[Any] | list[str], k: int = 10) -> list[Neighbor] | list[list[Neighbor]]:
        """The k words with the highest cosine similarity, best first.

        For a word (itself left out), a vector [width], or a list of words (one list of neighbours each). Many words at
        once cost far less than one by one. After a training with a bootstrap, neighbours of words are RankedNeighbors
        where their ranks are known.
        """
        k = self._checked(k)
        if isinstance(word, str) or (isinstance(word, np.ndarray) and word.ndim == 1):
            query = self._query(word)
            asked = [self.index(word)] if isinstance(word, str) else []
            found = self.nearest(query[None], k, [asked])
            return (self._ranked(asked, *found) if asked else self._named(*found))[0]
        rows = [self.index(item) for item in word]
        return self._ranked(rows, *self.nearest(self.units(rows), k, [[row] for row in rows]))

    def _checked(self, k: int) -> int:
        """How many words can be found of k that are asked for."""
        if k < 1:
            raise UserError(f"k {k}: must be at least 1")
        return min(k, len(self))

    def _named(self, rows: NDArray[np.int64], similarities: NDArray[np.float32]) -> list[list[Neighbor]]:
        return [
            [Neighbor(self.tokens[row], float(value)) for row, value in zip(*pair, strict=True) if value > -np.inf]
            for pair in zip(rows, similarities, strict=True)
        ]

    def _ranked(
        self, asked: list[int], rows: NDArray[np.int64], similarities: NDArray[np.float32]
    ) -> list[list[Neighbor]]:
        """As ``_named``, with ranks where they are known; ``asked``: the words whose neighbours they are."""
        lists = self._named(rows, similarities)
        if self.trust is None:
            return lists
        intervals = self.trust.intervals(np.array(asked, np.int64), rows, rows.shape[1])
        return [
            [
                RankedNeighbor.of(neighbor, *ranks) if ranks[0] else neighbor
                for neighbor, *ranks in zip(near, *known, strict=False)
            ]
            for near, *known in zip(lists, *(part.tolist() for part in intervals), strict=True)
        ]

    def nearest(
        self, queries: NDArray[np.float32], k: int, without: Sequence[Sequence[int]] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and similarities of the k nearest, each [queries, k], for unit vectors ``queries`` [queries, width].

        ``without`` lists, per query, rows to leave out; where fewer than k rows are left, similarities are -inf.
        Of equal similarities the smaller row comes first.
        """
        rows, similarities = np.zeros((len(queries), k), np.int64), np.full((len(queries), k), -np.inf, np.float32)
        for start in range(0, len(queries), _QUERIES_AT_ONCE):
            part = slice(start, start + _QUERIES_AT_ONCE)
            self._find_nearest(queries[part], without and without[part], rows[part], similarities[part])
        return rows, similarities

    def _find_nearest(
        self,
        queries: NDArray[np.float32],
        without: Sequence[Sequence[int]] | None,
        best_rows: NDArray[np.int64],
        best: NDArray[np.float32],
    ) -> None:
        """Fill ``best_rows`` and ``best`` [queries, k], tile by tile of the matrix: a product, and what beats the k-th.

        Only the first tile is partitioned; of the others hardly anything is larger than what was found before.
        """
        k, rows_at_once = best.shape[1], max(_TILE // len(queries), 1)
        for start in range(0, len(self), rows_at_once):
            stop = min(start + rows_at_once, len(self))
            similarities = queries @ self.matrix[start:stop].T
            similarities /= self.norms[start:stop]
            for asked, rows in enumerate(without or ()):
                for row in rows:
                    if start <= row < stop:
                        similarities[asked, row - start] = -np.inf
            floor = best[:, -1]
            if start == 0 and k < stop:
                floor = np.partition(similarities, -k, axis=1)[:, -k]
            candidates = np.flatnonzero(similarities >= floor[:, None])
            found, places = np.divmod(candidates, stop - start)
            query = np.concatenate([np.repeat(np.arange(len(queries)), k), found])
            rows_here = np.concatenate([best_rows.ravel(), places + start])
            values = np.concatenate([best.ravel(), similarities.ravel()[candidates]])
            order = np.lexsort((-values, query))
            chosen = order[np.searchsorted(query[order], np.arange(len(queries)))[:, None] + np.arange(k)]
            best_rows[:], best[:] = rows_here[chosen], values[chosen]

    def similarity(self, a: str, b: str) -> float:
        """Cosine of the angle between two words' vectors."""
        return float(self._query(a) @ self._query(b))

    def analogy(self, a: str, b: str, c: str, k: int = 10, method: Literal["add", "mul"] = "add") -> list[Neighbor]:
        """a is to b as c is to: the k best words, the three left out.

        add: 3CosAdd, the nearest to b - a + c (Mikolov et al. 2013); mul: 3CosMul, the largest cos(d, b) cos(d, c) /
        (cos(d, a) + 0.001) with cosines moved to 0 .. 1 (Levy and Goldberg 2014); the similarity is then that quotient.
        """
        k = self._checked(k)
        if method not in ("add", "mul"):
            raise UserError(f"method {method!r}: must be add or mul")
        rows = [self.index(word) for word in (a, b, c)]
        queries = self.units(rows)
        if method == "add":
            query = queries[1] - queries[0] + queries[2]
            return self._named(*self.nearest((query / np.linalg.norm(query))[None], k, [rows]))[0]
        cosines = (self.matrix @ queries.T / self.norms[:, None] + 1) / 2
        scores = cosines[:, 1] * cosines[:, 2] / (cosines[:, 0] + 0.001)
        scores[rows] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(k, len(self) - len(set(rows)))]
        return [Neighbor(self.tokens[row], float(scores[row])) for row in best]

    def odd_one_out(self, words: Sequence[str]) -> str:
        """The word with the smallest mean similarity to the others; at least three words."""
        if len(words) < 3:
            raise UserError(f"{counted(len(words), 'word')}: give at least three, one of which may be the odd one out")
        queries = np.stack([self._query(word) for word in words])
        return words[int(np.argmin((queries @ queries.T).sum(axis=1)))]

    def _repr_html_(self) -> str:
        """A table for notebooks: the first words and their nearest neighbours."""
        words = self.tokens[:10]
        rows = "".join(
            f"<tr><td>{html.escape(word)}</td><td>{', '.join(map(_in_html, near))}</td></tr>"
            for word, near in zip(words, self.neighbors(words, 5), strict=True)
        )
        about = "" if self.trust is None else f"; ranks over {counted(self.trust.runs, 'run')}, pale: unstable"
        caption = f"<caption>{counted(len(self), 'word')} × {self.width}{about}</caption>"
        return f"<table>{caption}<tr><th>word</th><th>nearest</th></tr>{rows}</table>"


def _in_html(neighbor: Neighbor) -> str:
    """A neighbour in a notebook's table."""
    word = html.escape(neighbor.word)
    if not isinstance(neighbor, RankedNeighbor):
        return word
    ranked = f"{word} <small>{neighbor.rank_low}–{neighbor.rank_high}</small>"
    return ranked if neighbor.stable else f'<span style="opacity: 0.55">{ranked}</span>'


def unit_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of a matrix, each divided by its length (rows of zeros stay)."""
    norms: NDArray[np.float32] = np.linalg.norm(matrix, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return matrix / norms
