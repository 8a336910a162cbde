"""Why two words are near: the words that stand around both, and how much each of them speaks for it.

A word's row of the table of co-occurrences, weighted by positive pointwise mutual information, is a long vector of its
own, and GloVe and word2vec are short versions of such vectors (Levy and Goldberg 2014). The cosine of two such rows is
a sum over the words c that stand around both words: each term is what c speaks for their being near. Mutual information
thinks too much of what was seen once; so it is discounted (Pantel and Lin 2002, section 3):

    max(log(X[i, c] X / (X[i, .] X[., c])), 0)  *  X[i, c] / (X[i, c] + 1)  *  m / (m + 1),    m = min(X[i, .], X[., c])
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.cooccurrence import Cooccurrences
from vec2seq.errors import UserError
from vec2seq.vectors.store import Vectors


class Shared(NamedTuple):
    """A word that stands around both."""

    word: str
    with_a: float
    """how often it stands near the first word: the sum of the weights"""
    with_b: float
    share: float
    """its part of the cosine of the two rows"""


@dataclass(frozen=True)
class Nearness:
    """Why two words are near."""

    a: str
    b: str
    similarity: float
    """cosine of their vectors"""
    cosine: float
    """cosine of their rows of the table"""
    together: float
    """how often they stand near each other"""
    shared: list[Shared]
    """the words that speak most for it, the most telling first"""


class Example(NamedTuple):
    """A sentence in which a word and one that stands around it are near each other."""

    word: str
    around: str
    sentence: str


def explain_nearness(vectors: Vectors, table: Cooccurrences, a: str, b: str, k: int = 10) -> Nearness:
    """Why the vectors of ``a`` and ``b`` are as near as they are, by the ``k`` most telling other words.

    UserError for a word that is not among the vectors, was not counted, or always stands alone.
    """
    names = [vectors.tokens[vectors.index(word)] for word in (a, b)]
    rows = [_row_of(table, name) for name in names]
    columns: NDArray[np.float64] = np.bincount(table.columns, table.values, len(table.vocab)).astype(np.float64)
    weighted = [_weighted(table, row, columns) for row in rows]
    dense = np.zeros((2, len(table.vocab)))
    for number, (found, values) in enumerate(weighted):
        dense[number, found] = values
    norms = np.linalg.norm(dense, axis=1)
    terms = dense[0] * dense[1] / max(norms.prod(), 1e-300)
    others = np.setdiff1d(np.flatnonzero(terms > 0), rows)
    best = others[np.argsort(-terms[others], kind="stable")[:k]].tolist()
    counts = [dict(zip(*(part.tolist() for part in table.row(row)), strict=True)) for row in rows]
    cosine = float(terms.sum())
    return Nearness(
        a=names[0],
        b=names[1],
        similarity=vectors.similarity(*names),
        cosine=cosine,
        together=float(counts[0].get(rows[1], 0.0)),
        shared=[
            Shared(table.vocab.tokens[word], counts[0][word], counts[1][word], float(terms[word] / cosine))
            for word in best
        ],
    )


def _row_of(table: Cooccurrences, word: str) -> int:
    row = table.vocab.ids.get(word)
    if row is None or table.vocab.counts[row] == 0:
        raise UserError(f"{word!r} was not counted in that text; choose the text that the vectors were made from")
    if table.starts[row] == table.starts[row + 1]:
        raise UserError(f"{word!r} always stands alone in that text: no word that was counted is around it")
    return row


def _weighted(
    table: Cooccurrences, row: int, columns: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The words around a word, and their information; ``columns`` are the sums of the table's columns."""
    found, values = table.row(row)
    row_sum = values.sum()
    information = np.maximum(np.log(values * (columns.sum() / row_sum) / columns[found]), 0.0)
    rarer = np.minimum(columns[found], row_sum)
    return found, information * (values / (values + 1)) * (rarer / (rarer + 1))


def find_examples(
    sentences: Iterable[Sequence[str]], nearness: Nearness, window: int, most: int = 1, words: int = 24
) -> list[Example]:
    """For each of the two words and the three most telling others around both, some sentences, cut to so many words.

    At most ``most`` for a pair. Stops reading when there is nothing more to find.
    """
    asked, telling = (nearness.a, nearness.b), [shared.word for shared in nearness.shared[:3]]
    wanted = {(word, other): most for word in asked for other in telling}
    found = []
    for sentence in sentences:
        if not wanted:
            break
        for place, word in enumerate(sentence):
            if word not in asked:
                continue
            around = {*sentence[max(place - window, 0) : place], *sentence[place + 1 : place + 1 + window]}
            pair = next(((word, other) for other in telling if other in around and (word, other) in wanted), None)
            if pair is None:
                continue
            wanted[pair] -= 1
            if wanted[pair] == 0:
                del wanted[pair]
            start = max(min(place - words // 2, len(sentence) - words), 0)
            found.append(Example(*pair, " ".join(sentence[start : start + words])))
            break
    return sorted(found, key=lambda example: (telling.index(example.around), asked.index(example.word)))
