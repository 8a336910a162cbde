"""Judging word vectors by what people know: analogy questions and word similarities, with coverage and intervals.

Analogies (Mikolov et al. 2013): a is to b as c is to d; an answer is right if 3CosAdd gives d. Similarities: Spearman's
correlation of the cosines with people's scores.

Words are looked up as they stand, then as the vectors' tokenizer normalizes them, then ignoring case (the most
frequent word that is equal but for case). An item with a word that is not found is left out, neither right nor wrong;
the coverage is the share of the items that are left. Where none is left the score is None, and that is no error: other
files may do.

The interval is the 95 % percentile bootstrap over the items. Analogy questions share words, so that it is too narrow
for them; and it says nothing about another training of the same vectors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.run.progress import columns, visible
from vec2seq.vectors.questions import Similarities, read_questions
from vec2seq.vectors.store import Vectors

_QUESTIONS_A_BLOCK = 4096
_QUESTIONS_AT_ONCE, _ROWS_AT_ONCE = 128, 2048  # tiles that stay in the cache
_RANKS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Score:
    """One row of an evaluation."""

    metric: str
    """analogy_accuracy, or spearman"""
    score: float | None
    """a fraction; None if it is not defined: no item is covered, or all have the same value"""
    low: float | None
    high: float | None
    n: int
    """items that were used"""
    coverage: float
    """share of the items whose words are all known"""
    file: str
    section: str | None = None


def evaluate(vectors: Vectors, path: str | Path, *, seed: int = 1, resamples: int = 1000) -> list[Score]:
    """Scores of vectors on a file of analogies or similarities: the whole first, then each section of the analogies."""
    items = read_questions(path)
    generator = np.random.default_rng(seed)
    if isinstance(items, Similarities):
        return [_correlation(vectors, items, str(path), generator, resamples)]
    rows = find_rows(vectors, items.questions)
    known = (rows != UNKNOWN).all(axis=1)
    right = np.zeros(len(rows), bool)
    right[known] = best_analogies(vectors, rows[known, :3]) == rows[known, 3]
    places = np.array(items.places)
    parts = [(None, slice(None)), *((name, places == place) for place, name in enumerate(items.sections))]
    return [_accuracy(right[part], known[part], str(path), name, generator, resamples) for name, part in parts]


# words


def find_rows(vectors: Vectors, items: Sequence[tuple[str, ...]]) -> NDArray[np.int64]:
    """[items, words of an item]: the row of every word, UNKNOWN for those that are not found."""
    rows = {word: vectors.ids.get(word, UNKNOWN) for item in items for word in item}
    missing = [word for word, row in rows.items() if row == UNKNOWN]
    if missing:
        folded: dict[str, int] = {}
        for row, token in enumerate(vectors.tokens):
            folded.setdefault(token.casefold(), row)
        for word in missing:
            normal = word if vectors.tokenizer is None else vectors.tokenizer.normalize(word)
            rows[word] = vectors.ids.get(normal, folded.get(normal.casefold(), UNKNOWN))
    return np.array([[rows[word] for word in item] for item in items], np.int64)


# analogies


def best_analogies(vectors: Vectors, questions: NDArray[np.int64]) -> NDArray[np.int64]:
    """[Q]: the answers of 3CosAdd to questions a b c; all are rows, the questions [Q, 3].

    The word nearest to b - a + c, none of the three, is the d with the largest cos(d, b) - cos(d, a) + cos(d, c).
    Written so, one matrix product serves all questions with the same words: 20,000 questions have about 1,000 words.
    """
    blocks = [questions[start : start + _QUESTIONS_A_BLOCK] for start in range(0, len(questions), _QUESTIONS_A_BLOCK)]
    return np.concatenate([np.empty(0, np.int64), *(_best_of_block(vectors, block) for block in blocks)])


def _best_of_block(vectors: Vectors, questions: NDArray[np.int64]) -> NDArray[np.int64]:
    words, places = np.unique(questions, return_inverse=True)
    places = places.reshape(questions.shape)
    queries = vectors.matrix[words] / vectors.norms[words, None]
    best = np.full(len(questions), -np.inf, np.float32)
    best_rows = np.full(len(questions), UNKNOWN, np.int64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        tile = slice(start, start + _ROWS_AT_ONCE)
        cosines = queries @ (vectors.matrix[tile] / vectors.norms[tile, None]).T
        for first in range(0, len(questions), _QUESTIONS_AT_ONCE):
            part = slice(first, first + _QUESTIONS_AT_ONCE)
            sums = cosines[places[part, 1]]
            sums -= cosines[places[part, 0]]
            sums += cosines[places[part, 2]]
            asked, which = np.nonzero((questions[part] >= start) & (questions[part] < start + _ROWS_AT_ONCE))
            sums[asked, questions[part][asked, which] - start] = -np.inf
            rows = sums.argmax(axis=1)
            values = sums[np.arange(len(rows)), rows]
            best_rows[part] = np.where(values > best[part], rows + start, best_rows[part])
            best[part] = np.maximum(values, best[part])
    return best_rows


def _accuracy(
    right: NDArray[np.bool_],
    known: NDArray[np.bool_],
    file: str,
    section: str | None,
    generator: np.random.Generator,
    resamples: int,
) -> Score:
    n, coverage = int(known.sum()), float(known.mean())
    if n == 0:
        return Score("analogy_accuracy", None, None, None, n, coverage, file, section)
    score = int(right.sum()) / n
    low, high = _interval(generator.binomial(n, score, resamples) / n)  # right ones among n drawn with replacement
    return Score("analogy_accuracy", score, low, high, n, coverage, file, section)


# similarities


def _correlation(
    vectors: Vectors, items: Similarities, file: str, generator: np.random.Generator, resamples: int
) -> Score:
    rows = find_rows(vectors, items.pairs)
    known = (rows != UNKNOWN).all(axis=1)
    n, coverage = int(known.sum()), float(known.mean())
    a, b = rows[known].T
    cosines = np.einsum("ij,ij->i", vectors.matrix[a], vectors.matrix[b]) / (vectors.norms[a] * vectors.norms[b])
    people = np.array(items.scores)[known]
    score = float(spearman(cosines, people, np.ones((1, n), np.int64))[0]) if n else np.nan
    if np.isnan(score):
        return Score("spearman", None, None, None, n, coverage, file)
    at_once = max(_RANKS_AT_ONCE // n, 1)
    drawn = [
        spearman(cosines, people, generator.multinomial(n, np.full(n, 1 / n), min(at_once, resamples - start)))
        for start in range(0, resamples, at_once)
    ]
    low, high = _interval(np.concatenate([np.empty(0), *drawn]))
    return Score("spearman", score, low, high, n, coverage, file)


def spearman(x: NDArray[Any], y: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[B]: Spearman's correlation of x and y, both [n], in samples that have item i counts[b, i] times.

    Pearson's correlation of the ranks; equal values have the mean of their ranks. NaN where all values are equal.
    """
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    dx, dy = _mean_ranks(x, counts) - middle, _mean_ranks(y, counts) - middle
    spread = np.sqrt((counts * dx**2).sum(axis=1) * (counts * dy**2).sum(axis=1))
    correlation: NDArray[np.float64] = (counts * dx * dy).sum(axis=1) / np.where(spread > 0, spread, np.nan)
    return correlation


def _mean_ranks(values: NDArray[Any], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[B, n]: the rank of every value, from 1, in each of the samples."""
    _, groups, sizes = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(groups, kind="stable")
    members = np.add.reduceat(counts[:, order], np.cumsum(sizes) - sizes, axis=1)
    ranks: NDArray[np.float64] = np.cumsum(members, axis=1) - (members - 1) / 2
    return ranks[:, groups]


def _interval(scores: NDArray[np.float64]) -> tuple[float, float] | tuple[None, None]:
    """The middle 95 % of the resamples' scores; undefined ones do not count."""
    defined = scores[~np.isnan(scores)]
    if not len(defined):
        return None, None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


# showing


def as_table(scores: Iterable[Score]) -> str:
    """The scores as a table for a terminal, sections below their file."""
    rows = [("", "score", "95 % interval", "n", "coverage"), *map(_cells, scores)]
    first, *others = (max(map(columns, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        "  ".join([name + " " * (first - columns(name)), *map(str.rjust, cells, others)]) for name, *cells in rows
    )


def _cells(row: Score) -> tuple[str, str, str, str, str]:
    name = f"{Path(row.file).name}  {row.metric.replace('_', ' ')}" if row.section is None else f"  {row.section}"
    score = "-" if row.score is None else f"{row.score:.3f}"
    interval = "-" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"
    return visible(name), score, interval, f"{row.n:,}", f"{100 * row.coverage:.1f} %"
