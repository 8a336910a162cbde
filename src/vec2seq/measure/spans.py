"""How good labels of tokens are: F1 of spans, or of plain tags, and accuracy, each with its interval.

A span is right if its first token, its last and its type are: the F1 is conlleval's FB1 (Tjong Kim Sang and Buchholz
2000), here a fraction, and None instead of 0 where there is no span at all. A plain tag counts as a span of one token.

The intervals are the bootstrap over sentences, since what stands in one sentence is right or wrong together. Where all
is right, or nothing, all resamples are equal; then it is Wilson's, of so many spans or tokens. What no interval knows:
sentences of one text are not independent, and another training gives other labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.spans import Span, scheme_of, spans_of
from vec2seq.measure import Measure, Score, wilson

Sentences = Sequence[Sequence[str]]
"""the labels of every token of every sentence"""
Values = NDArray[np.float64]


@dataclass(frozen=True)
class SpanCounts:
    """How many spans of a type there are, how many were found, and how many of these are right."""

    truth: int
    found: int
    right: int

    @property
    def precision(self) -> float | None:
        """The share of the found that is right; None if nothing was found."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """The share of the true that was found; None if there are none."""
        return self.right / self.truth if self.truth else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None if there are no spans, true or found."""
        return 2 * self.right / (self.truth + self.found) if self.truth + self.found else None


def span_counts(truth: Sentences, found: Sentences) -> dict[str | None, SpanCounts]:
    """Counts by type, or by tag where labels are plain tags; under None, those of all together.

    ValueError if a sentence has not as many labels as were found for it.
    """
    types, table = _table(truth, found, _plain(truth, found))
    kinds: list[str | None] = [None, *types]
    sums = [table.sum(axis=(0, 1)), *table.sum(axis=0)]
    return {kind: SpanCounts(*(int(count) for count in each)) for kind, each in zip(kinds, sums, strict=True)}


def span_scores(truth: Sentences, found: Sentences, file: str) -> list[Score]:
    """Of true labels and found ones: span_f1, token_accuracy, then span_f1 with a section for every type.

    Of plain tags: token_accuracy, macro_f1 (the mean over the tags), then f1 with a section for every tag. ``n`` counts
    the true spans, for token_accuracy and macro_f1 the tokens; all are covered. ValueError as in ``span_counts``.
    """
    plain = _plain(truth, found)
    types, table = _table(truth, found, plain)
    lengths = [len(labels) for labels in truth]
    right = [sum(a == b for a, b in zip(*pair, strict=True)) for pair in zip(truth, found, strict=True)]
    accuracy = _score("token_accuracy", np.column_stack([lengths, lengths, right]).astype(float), file)
    if not plain:
        overall = [_score("span_f1", table.sum(axis=1), file), accuracy]
    else:
        overall = [accuracy, *([_macro_score(table, accuracy)] if types else [])]
    name = "f1" if plain else "span_f1"
    return overall + [_score(name, table[:, place], file, kind) for place, kind in enumerate(types) if kind]


def _plain(truth: Sentences, found: Sentences) -> bool:
    return scheme_of(label for sentences in (truth, found) for labels in sentences for label in labels) == "none"


def _table(truth: Sentences, found: Sentences, plain: bool) -> tuple[list[str], Values]:
    """The types, sorted, and the true, the found and the right spans of each: [sentences, types, 3]."""
    if [len(labels) for labels in truth] != [len(labels) for labels in found]:
        raise ValueError("not as many labels were found as there are tokens")
    read = _tags if plain else spans_of
    pairs = [(set(read(true)), set(read(guess))) for true, guess in zip(truth, found, strict=True)]
    types = sorted({span.label for pair in pairs for spans in pair for span in spans})
    places = {kind: place for place, kind in enumerate(types)}
    table = np.zeros((len(pairs), len(types), 3))
    for sentence, (true, guess) in enumerate(pairs):
        for column, spans in enumerate((true, guess, true & guess)):
            for span in spans:
                table[sentence, places[span.label], column] += 1
    return types, table


def _tags(labels: Sequence[str]) -> list[Span]:
    return [Span(place, place + 1, label) for place, label in enumerate(labels)]


def _score(metric: str, values: Values, file: str, section: str | None = None) -> Score:
    """F1 of values [sentences, 3]: true, found, right; Wilson's interval where all resamples are equal."""
    true, found, _ = values.sum(axis=0)
    score = replace(Measure(metric, values, _f1, file, section, covered=1.0).score(), n=int(true))
    if score.score in (0, 1):
        low, high = wilson(score.score, max(round((true + found) / 2), 1))
        score = replace(score, low=low, high=high)
    return score


def _macro_score(table: Values, accuracy: Score) -> Score:
    """The mean F1 of table [sentences, types, 3]."""
    score = Measure("macro_f1", table.reshape(len(table), -1), _macro_f1, accuracy.file, covered=1.0).score()
    if score.score == 1:  # all is right: both scores are the same share
        score = replace(score, low=accuracy.low, high=accuracy.high)
    return replace(score, n=accuracy.n)


def _f1(values: Values, counts: NDArray[np.int64]) -> Values:
    true, found, right = (counts @ values).T
    with np.errstate(invalid="ignore"):
        scores: Values = 2 * right / (true + found)
    return scores


def _macro_f1(values: Values, counts: NDArray[np.int64]) -> Values:
    sums = (counts @ values).reshape(len(counts), -1, 3)
    either = sums[:, :, 0] + sums[:, :, 1]
    with np.errstate(invalid="ignore"):
        scores: Values = (2 * sums[:, :, 2] / np.maximum(either, 1)).sum(axis=1) / (either > 0).sum(axis=1)
    return scores  # a resample may lack a tag
