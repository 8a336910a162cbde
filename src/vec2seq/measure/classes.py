"""How good labels are, one by one: precision, recall, F1 of each; confusion; and of texts with several labels, all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.measure import Measure, Score, mean
from vec2seq.measure.rows import BINS, class_scores

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
Truths = NDArray[np.bool_]


def label_scores(probabilities: Values, truth: NDArray[np.int64], file: str) -> list[Score]:
    """Of probabilities [N,K] against classes [N]: accuracy, macro_f1, ece. Against 0 and 1 [N,K], as ``several``."""
    return (
        several_scores(probabilities, truth > 0, file) if truth.ndim == 2 else class_scores(probabilities, truth, file)
    )


def several_scores(probabilities: Values, truth: Truths, file: str) -> list[Score]:
    """Of the probability of each label [N,K]: accuracy (all labels of a text right), micro_f1, macro_f1, ece.

    A label is found if its probability is above 1/2. ece is over all pairs of text and label, n counts texts.
    """
    found = probabilities > 0.5
    right = (found == truth).all(axis=1).astype(float)
    pairs = np.hstack([truth, found]).astype(float)
    labels = truth.shape[1]
    sure = np.where(found, probabilities, 1 - probabilities)

    def micro(values: Values, counts: Counts) -> Values:
        both, either = _both(values, labels), _either(values, labels)
        return _share(2 * counts @ both.sum(1), counts @ either.sum(1))

    def macro(values: Values, counts: Counts) -> Values:
        scores = _share(2 * counts @ _both(values, labels), counts @ _either(values, labels))
        some = ~np.isnan(scores)
        return _share(np.where(some, scores, 0).sum(1), some.sum(1))

    def ece(values: Values, counts: Counts) -> Values:
        agrees, confidence = values[:, :labels], values[:, labels:]
        bins, gaps = np.minimum(np.floor(confidence * BINS), BINS - 1), np.zeros(len(counts))
        for number in np.unique(bins):
            gaps += np.abs(counts @ np.where(bins == number, agrees - confidence, 0).sum(1))
        errors: Values = gaps / (labels * counts.sum(axis=1))
        return errors

    measures = [
        Measure("accuracy", right[:, None], mean, file),
        Measure("micro_f1", pairs, micro, file),
        Measure("macro_f1", pairs, macro, file),
        Measure("ece", np.hstack([found == truth, sure]), ece, file),
    ]
    return [measure.score() for measure in measures]


def each_label(truth: Truths, found: Truths, labels: Sequence[str], file: str) -> list[Score]:
    """Of each label, which is the section, f1, precision and recall: truth and found [N,K]."""
    scores = []
    for place, label in enumerate(labels):
        values = np.column_stack([truth[:, place], found[:, place]]).astype(float)
        scores += [
            Measure("f1", values, _f1, file, label).score(),
            Measure("precision", values[values[:, 1] > 0][:, :1], mean, file, label, 1.0).score(),
            Measure("recall", values[values[:, 0] > 0][:, 1:], mean, file, label, 1.0).score(),
        ]
    return scores


def confusion(truth: NDArray[np.int64], found: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    """Classes [N] and what was found of them [N] -> how often each was found for each [K true, K found]."""
    return np.bincount(truth * labels + found, minlength=labels * labels).reshape(labels, labels)


def one_of(classes: NDArray[np.int64], labels: int) -> Truths:
    """Classes [N] as truths [N,K]."""
    found: Truths = classes[:, None] == np.arange(labels)
    return found


def always(learnt: NDArray[Any], rows: int, labels: int) -> Values:
    """What one says of rows who knows the shares of the labels among classes [N] or [N,K] only: [rows, labels]."""
    shares = learnt.mean(0) if learnt.ndim == 2 else np.bincount(learnt, minlength=labels) / len(learnt)
    return np.tile(shares, (rows, 1))


def _f1(values: Values, counts: Counts) -> Values:
    return _share(2 * counts @ (values[:, 0] * values[:, 1]), counts @ values.sum(1))


def _both(values: Values, labels: int) -> Values:
    both: Values = values[:, :labels] * values[:, labels:]
    return both


def _either(values: Values, labels: int) -> Values:
    either: Values = values[:, :labels] + values[:, labels:]
    return either


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Values:
    """NaN where there is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: Values = np.where(whole > 0, part / whole, np.nan)
    return shares
