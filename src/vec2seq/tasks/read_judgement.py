"""How good what a LineReader reads is: scores, what it takes for what, and how sure it may be."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels.ctc import Language
from vec2seq.measure import Score
from vec2seq.measure.certainty import Certainty
from vec2seq.measure.texts import edit_pairs, edits, text_scores
from vec2seq.tasks.read_search import ALPHAS, BETAS, Certainties, Read, Search

SHARES = (0.25, 0.5, 0.75, 0.9, 1.0)
"""Of lines, those that it is most sure of, whose errors are told."""
MOST_CONFUSED = 20
NOTHING = ""
"""In the place of a character that is missing, or one too many."""

Find = Callable[[Search], Iterator[Read]]
"""What is read on some lines by a search."""


def metrics_of(texts: Sequence[str]) -> list[str]:
    """What is told, the headline first: of words where there are spaces."""
    return ["cer", "wer", "line_accuracy"] if any(" " in text for text in texts) else ["cer", "line_accuracy"]


def line_scores(found: Sequence[str], texts: Sequence[str], file: str) -> list[Score]:
    """Scores of what was read, beside what stands there."""
    return [text_scores(metric, found, [(text,) for text in texts], file) for metric in metrics_of(texts)]


def confusions(found: Sequence[str], texts: Sequence[str]) -> list[dict[str, Any]]:
    """What was taken for what, the most frequent first: "right", "read" (either may be nothing), "times"."""
    counts: Counter[tuple[str, str]] = Counter()
    for one, text in zip(found, texts, strict=True):
        if one == text:
            continue
        for place, other in edit_pairs(text, one):
            right = NOTHING if place is None else text[place]
            read = NOTHING if other is None else one[other]
            counts[right, read] += right != read
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_CONFUSED]
    return [{"right": right, "read": read, "times": times} for (right, read), times in most if times]


def chosen_search(
    find: Find, texts: Sequence[str], text_of: Callable[[Read], str], language: Language, beams: int
) -> Search:
    """The search with the weights of a language for which lines have the fewest errors.

    First the weight, with a character worth as much as the language costs for it on the average; then that.
    """

    def errors(search: Search) -> int:
        return sum(edits(text_of(read), text) for read, text in zip(find(search), texts, strict=True))

    def best(searches: list[Search]) -> Search:
        return min(searches, key=errors)  # of equal ones the first

    alpha = best([Search(beams, language, alpha, alpha * 1.5) for alpha in ALPHAS]).alpha
    if not alpha:
        return Search(1)
    return best([Search(beams, language, alpha, alpha * beta) for beta in BETAS])


def certainties(read: Sequence[Read], found: Sequence[str], texts: Sequence[str]) -> Certainties:
    """How sure is sure, by lines whose text is known."""
    right = np.array([one == text for one, text in zip(found, texts, strict=True)])
    chances = np.array([one.chance for one in read])
    each = np.concatenate([one.chances for one in read]) if read else np.zeros(0)
    each_right = np.concatenate([_right(one, text) for one, text in zip(found, texts, strict=True)])
    return Certainties(Certainty.of(chances, right), Certainty.of(each, each_right))


def _right(found: str, text: str) -> NDArray[np.bool_]:
    """Of each character that was read, whether it stands there."""
    right = np.zeros(len(found), bool)
    for place, other in edit_pairs(text, found):
        if place is not None and other is not None:
            right[other] = text[place] == found[other]
    return right


def risk_by_coverage(chances: NDArray[np.float64], found: Sequence[str], texts: Sequence[str]) -> list[dict[str, Any]]:
    """Of shares of the lines, those that are surest: their errors, and how sure the last one is.

    A reader that knows what it does not know has fewer errors in what it is surest of (El-Yaniv and Wiener 2010).
    """
    order = np.argsort(-chances, kind="stable")
    wrong = np.array([edits(one, text) for one, text in zip(found, texts, strict=True)])[order]
    sizes = np.array([len(text) for text in texts])[order]
    rows = []
    for share in SHARES:
        many = max(round(share * len(order)), 1)
        cer = float(wrong[:many].sum() / max(sizes[:many].sum(), 1))
        rows.append({"share": share, "cer": cer, "least_sure": float(chances[order[many - 1]])})
    return rows
