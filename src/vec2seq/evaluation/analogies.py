"""Analogy questions, a is to b as c is to d: right if a rule gives d, of all words but a, b and c.

* 3CosAdd (Mikolov et al. 2013): the d with the largest cos(d, b - a + c), that is of cos(d, b) - cos(d, a) + cos(d, c);
* 3CosMul (Levy and Goldberg 2014): the largest cos(d, b) cos(d, c) / (cos(d, a) + 0.001), cosines moved to 0 .. 1: no
  single large cosine decides;
* PairDirection (Mikolov et al. 2013): the largest cos(d - c, b - a), whatever the distance of d from c.

With vectors of length 1 each is made of the cosines of d with a, b and c, for
cos(d - c, b - a) ~ (cos(d, b) - cos(d, a) - cos(c, b) + cos(c, a)) / sqrt(2 - 2 cos(d, c)).
So one matrix product serves all rules, and all questions with the same words: 20,000 questions have about 1,000 words.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Analogies
from vec2seq.evaluation.words import find_rows
from vec2seq.kernels.analogies import best_answers
from vec2seq.measure import Measure, mean
from vec2seq.vectors.store import Vectors

RULES = ("3cosadd", "3cosmul", "pairdirection")

_THREADS = min(os.cpu_count() or 1, 8)
_QUESTIONS_A_BLOCK = 4096
_FEWEST_ROWS, _MOST_ROWS = 256, 2048
_TILE = 1 << 21
"""Words of the vocabulary, and cosines of them with those of the questions, at a time: they stay in the cache."""


def judge_analogies(vectors: Vectors, items: Analogies, file: str) -> Iterator[Measure]:
    """For each rule, the share of right answers: the whole file first, then its sections."""
    rows = find_rows(vectors, [word for question in items.questions for word in question]).reshape(-1, 4)
    known = (rows != UNKNOWN).all(axis=1)
    right = np.full((len(RULES), len(rows), 1), np.nan)
    right[:, known, 0] = best_analogies(vectors, rows[known, :3]) == rows[known, 3]
    places = np.array(items.places)
    for rule, values in zip(RULES, right, strict=True):
        yield Measure(rule, values, mean, file)
        for place, name in enumerate(items.sections):
            yield Measure(rule, values[places == place], mean, file, name)


def best_analogies(vectors: Vectors, questions: NDArray[np.int64]) -> NDArray[np.int64]:
    """[3, Q]: the answers of 3CosAdd, 3CosMul and PairDirection to questions a b c; all are rows, the questions [Q, 3].

    UNKNOWN where there is no fourth word.
    """
    blocks = [questions[start : start + _QUESTIONS_A_BLOCK] for start in range(0, len(questions), _QUESTIONS_A_BLOCK)]
    none = np.empty((len(RULES), 0), np.int64)
    return np.concatenate([none, *(_best_of_block(vectors, block) for block in blocks)], axis=1)


def _best_of_block(vectors: Vectors, questions: NDArray[np.int64]) -> NDArray[np.int64]:
    words, places = np.unique(questions, return_inverse=True)
    places = places.reshape(questions.shape)
    queries = vectors.units(words)
    a, b, c = (queries[places[:, k]] for k in range(3))
    between = np.einsum("ij,ij->i", c, b - a)
    best = np.full((len(questions), len(RULES)), -np.inf, np.float32)
    best_rows = np.full(best.shape, UNKNOWN, np.int64)
    edges = np.linspace(0, len(questions), _THREADS + 1).astype(int)
    rows_at_once = min(max(_TILE // len(words), _FEWEST_ROWS), _MOST_ROWS)
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(vectors), rows_at_once):
            tile = np.arange(start, min(start + rows_at_once, len(vectors)))
            cosines = queries @ vectors.units(tile).T

            def answer(first: int, last: int, cosines: NDArray[np.float32] = cosines, start: int = start) -> None:
                part = slice(first, last)
                best_answers(cosines, places[part], questions[part], between[part], start, best[part], best_rows[part])

            list(pool.map(answer, edges[:-1], edges[1:]))
    return best_rows.T
