"""One analogy worked out: where the four words lie, what is near the point that the arithmetic leads to, and what of it
is due to leaving out the words of the question (Nissim, van Noord and van der Goot 2020).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.vocab import UNKNOWN
from vec2seq.evaluation.items import Analogies, Items
from vec2seq.evaluation.words import find_rows
from vec2seq.vectors.map2d import principal_components
from vec2seq.vectors.store import Vectors

_KNOWN_EXAMPLES = (
    ("man", "king", "woman", "queen"),
    ("男人", "国王", "女人", "女王"),
    ("中国", "北京", "日本", "东京"),
    ("he", "his", "she", "her"),
)
_LISTED = 8


@dataclass(frozen=True)
class Worked:
    """A question, a is to b as c is to d, in one set of vectors."""

    near: list[tuple[str, float, bool]]
    """the words nearest to b - a + c: word, cosine, whether it is one of a b c"""
    rank: int
    """of d among all words but a b c, from 1"""
    rank_of_all: int
    """of d among all words"""
    plane: NDArray[np.float32]
    """[5, 2]: a b c d and b - a + c in their two directions of most variance"""
    share: float
    """of the variance of the five points that the plane shows"""


def choose_example(models: Sequence[Vectors], items: Iterable[Items]) -> tuple[str, ...] | None:
    """The first well-known analogy, or else the first of the items, whose words all models know."""
    of_items = (question for item in items if isinstance(item, Analogies) for question in item.questions)
    for question in (*_KNOWN_EXAMPLES, *of_items):
        if all((find_rows(model, question) != UNKNOWN).all() for model in models):
            return question
    return None


def work_out(vectors: Vectors, question: Sequence[str]) -> Worked:
    """The analogy a b c d, all of them known, in these vectors."""
    rows = find_rows(vectors, question)
    unit = vectors.units(rows)
    goal = unit[1] - unit[0] + unit[2]
    length = np.linalg.norm(goal) or np.float32(1.0)
    cosines = vectors.matrix @ (goal / length) / vectors.norms
    better = np.flatnonzero(cosines > cosines[rows[3]])
    nearest, values = vectors.nearest((goal / length)[None], min(_LISTED, len(vectors)))
    points = np.vstack([unit, goal])
    plane = principal_components(points)
    spread = float(((points - points.mean(axis=0)) ** 2).sum())
    return Worked(
        near=[
            (vectors.tokens[row], float(value), row in rows[:3]) for row, value in zip(*nearest, *values, strict=True)
        ],
        rank=1 + len(np.setdiff1d(better, rows[:3])),
        rank_of_all=1 + len(better),
        plane=plane,
        share=float((plane**2).sum()) / spread if spread else 1.0,
    )
