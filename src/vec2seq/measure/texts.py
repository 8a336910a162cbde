"""How good written texts are, each beside one or more that are right.

    exact_match          share of texts that are one of the right ones; of lines that were read: line_accuracy
    cer                  edits by character / characters of the right texts
    wer                  edits by word between spaces / such words; of pronunciations: phoneme_error_rate
    bleu, chrf           of sacrebleu (Papineni et al. 2002, Popovic 2015; Post 2018), 0 to 100

Texts are compared after Unicode NFC, and nothing else is changed. Of several right texts, edits are counted to the one
that has the smallest share of them. Edits are insertions, deletions and replacements (Levenshtein 1966).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import missing_extra
from vec2seq.measure import Measure, Score, mean

References = Sequence[Sequence[str]]
"""of each text all that are right, one at least"""

ERRORS = frozenset({"cer", "wer", "phoneme_error_rate"})
"""Metrics of which less is better."""
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def text_scores(metric: str, texts: Sequence[str], references: References, file: str) -> Score:
    """One metric, of one text at least; bleu and chrf need sacrebleu: see ``check_installed``."""
    return METRICS[metric](list(map(normal, texts)), [list(map(normal, own)) for own in references], file)


def normal(text: str) -> str:
    """A text as it is compared: in Unicode's NFC."""
    return unicodedata.normalize("NFC", text)


def check_installed(metrics: Sequence[str]) -> None:
    """UserError if one of the metrics needs sacrebleu (extra ``scores``), and it is not there."""
    if {"bleu", "chrf"} & set(metrics) and find_spec("sacrebleu") is None:
        raise missing_extra("scores")


def edits(first: Sequence[Any], second: Sequence[Any]) -> int:
    """How many insertions, deletions and replacements make one of the other."""
    if len(first) < len(second):
        first, second = second, first
    known: dict[Any, int] = {}
    codes = np.array([known.setdefault(one, len(known)) for one in second], np.int64)
    row, places = np.arange(len(second) + 1), np.arange(len(second) + 1)
    for one in first:
        changed = np.minimum(row[1:] + 1, row[:-1] + (codes != known.get(one, -1)))
        row = np.minimum.accumulate(np.concatenate([[row[0] + 1], changed]) - places) + places
    return int(row[-1])


def edit_pairs(first: Sequence[Any], second: Sequence[Any]) -> list[tuple[int | None, int | None]]:
    """Which places of one belong to which of the other, by the fewest edits; None: to nothing."""
    costs = np.zeros((len(first) + 1, len(second) + 1), np.int64)
    costs[0], costs[:, 0] = np.arange(len(second) + 1), np.arange(len(first) + 1)
    places = np.arange(len(second) + 1)
    for row, one in enumerate(first, 1):
        differs = np.array([one != other for other in second], np.int64)
        changed = np.minimum(costs[row - 1, 1:] + 1, costs[row - 1, :-1] + differs)
        costs[row] = np.minimum.accumulate(np.concatenate([[row], changed]) - places) + places
    found: list[tuple[int | None, int | None]] = []
    row, column = len(first), len(second)
    while row or column:
        if row and column and costs[row, column] == costs[row - 1, column - 1] + (first[row - 1] != second[column - 1]):
            row, column = row - 1, column - 1
            found.append((row, column))
        elif row and costs[row, column] == costs[row - 1, column] + 1:
            row -= 1
            found.append((row, None))
        else:
            column -= 1
            found.append((None, column))
    return found[::-1]


Judge = Callable[[Sequence[str], References, str], Score]


def _exact_match(metric: str) -> Judge:
    def score(texts: Sequence[str], references: References, file: str) -> Score:
        right = [float(text in own) for text, own in zip(texts, references, strict=True)]
        return Measure(metric, np.array(right).reshape(-1, 1), mean, file).score()

    return score


def _error_rate(metric: str, parts: Callable[[str], Sequence[Any]]) -> Judge:
    def score(texts: Sequence[str], references: References, file: str) -> Score:
        values = [
            min(
                ((edits(parts(text), parts(right)), len(parts(right))) for right in own),
                key=lambda pair: pair[0] / max(pair[1], 1),
            )
            for text, own in zip(texts, references, strict=True)
        ]
        return Measure(metric, np.array(values, np.float64).reshape(-1, 2), _ratio, file).score()

    return score


def _bleu(texts: Sequence[str], references: References, file: str) -> Score:
    from sacrebleu.metrics.bleu import BLEU  # optional

    han = sum(bool(_HAN.search(own[0])) for own in references) > len(references) / 2
    return _of_sacrebleu("bleu", BLEU(tokenize="zh" if han else "13a"), texts, references, file)


def _chrf(texts: Sequence[str], references: References, file: str) -> Score:
    from sacrebleu.metrics.chrf import CHRF  # optional

    return _of_sacrebleu("chrf", CHRF(), texts, references, file)


def _of_sacrebleu(name: str, metric: Any, texts: Sequence[str], references: References, file: str) -> Score:
    """The score that sacrebleu makes of what it counts in each text, and in samples of them."""
    found = metric._extract_corpus_statistics(texts, list(zip_longest(*references)))

    def one(sums: NDArray[np.float64]) -> float:
        return float(metric._compute_score_from_stats(sums.round().astype(int).tolist()).score)

    def statistic(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.array([one(sums) for sums in counts @ values])

    values = np.array(found, np.float64).reshape(len(texts), -1)
    return Measure(name, values, statistic, file).score()


def _ratio(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The sum of the first values, by that of the second."""
    found: NDArray[np.float64] = (counts @ values[:, 0]) / np.maximum(counts @ values[:, 1], 1)
    return found


METRICS: dict[str, Judge] = {
    "exact_match": _exact_match("exact_match"),
    "line_accuracy": _exact_match("line_accuracy"),
    "cer": _error_rate("cer", list),
    "wer": _error_rate("wer", str.split),
    "phoneme_error_rate": _error_rate("phoneme_error_rate", str.split),
    "bleu": _bleu,
    "chrf": _chrf,
}
