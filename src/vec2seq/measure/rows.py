"""How good answers about rows are: accuracy, macro F1, calibration error; R2 and RMSE; each with its interval."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vec2seq.measure import Measure, Score, mean

BINS = 15
Values = NDArray[np.float64]
Counts = NDArray[np.int64]


def class_scores(probabilities: Values, classes: Counts, file: str) -> list[Score]:
    """Of probabilities [N, K] against the true classes [N]: accuracy, macro_f1, ece.

    macro_f1: the mean over the classes, of the truth or found, of the harmonic mean of precision and recall. ece: the
    expected calibration error, how far the confidence is from the accuracy, weighted over 15 bins of the confidence
    (Guo et al. 2017).
    """
    found, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = (found == classes).astype(float)
    measures = [
        Measure("accuracy", right[:, None], mean, file),
        Measure("macro_f1", np.column_stack([classes, found]).astype(float), _macro_f1, file),
        Measure("ece", np.column_stack([_bins(confidence), right, confidence]), _ece, file),
    ]
    accuracy, f1, ece = (measure.score() for measure in measures)
    if right.all():  # resamples of what is all right tell nothing; then both scores are the same share
        f1 = replace(f1, low=accuracy.low, high=accuracy.high)
    return [accuracy, f1, ece]


def number_scores(found: Values, truth: Values, file: str) -> list[Score]:
    """Of numbers [N] against the true ones [N]: r2, rmse."""
    values = np.column_stack([truth, found])
    return [Measure("r2", values, _r2, file).score(), Measure("rmse", values, _rmse, file).score()]


def _bins(confidence: Values) -> Values:
    """The bin of each confidence, from 0."""
    return np.minimum(np.floor(confidence * BINS), BINS - 1)


def _macro_f1(values: Values, counts: Counts) -> Values:
    truth, found = values[:, 0].astype(int), values[:, 1].astype(int)
    scores = []
    for label in np.union1d(truth, found):
        both = counts @ ((truth == label) & (found == label))
        either = counts @ ((truth == label).astype(int) + (found == label))
        with np.errstate(invalid="ignore"):
            scores.append(np.where(either > 0, 2 * both / either, np.nan))
    means: Values = np.nanmean(scores, axis=0)  # a resample may lack a class
    return means


def _ece(values: Values, counts: Counts) -> Values:
    gaps = np.zeros(len(counts))
    for number in np.unique(values[:, 0]):
        inside = values[:, 0] == number
        gaps += np.abs(counts[:, inside] @ (values[inside, 1] - values[inside, 2]))
    errors: Values = gaps / counts.sum(axis=1)
    return errors


def _r2(values: Values, counts: Counts) -> Values:
    truth, rows = values[:, 0], counts.sum(axis=1)
    errors = counts @ (truth - values[:, 1]) ** 2
    center = truth.mean()
    spread = counts @ (truth - center) ** 2 - (counts @ (truth - center)) ** 2 / rows
    with np.errstate(divide="ignore", invalid="ignore"):
        scores: Values = np.where(spread > 1e-12 * np.maximum(errors, 1e-300), 1 - errors / spread, np.nan)
    return scores


def _rmse(values: Values, counts: Counts) -> Values:
    roots: Values = np.sqrt(counts @ (values[:, 0] - values[:, 1]) ** 2 / counts.sum(axis=1))
    return roots
