"""How good a Classifier's answers are: scores, what label was taken for what, and the errors it was most sure of."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.labelled import Labelled
from vec2seq.measure.classes import confusion, each_label, label_scores, one_of
from vec2seq.tasks.text_estimator import Judged


def judgement_of(
    probabilities: NDArray[np.float64],
    truth: NDArray[Any],
    examples: Sequence[Labelled],
    labels: Sequence[str],
    file: str,
) -> Judged:
    """Of probabilities [N,K] for texts whose labels are classes [N], or 0 and 1 [N,K] if they can be several."""
    count, several = len(labels), truth.ndim == 2
    classes = probabilities.argmax(1)
    found = probabilities > 0.5 if several else one_of(classes, count)
    truths = truth > 0 if several else one_of(truth, count)
    sure = np.where(found, probabilities, 1 - probabilities).min(1) if several else probabilities.max(1)
    wrong = np.flatnonzero((found != truths).any(1))

    def told(own: NDArray[np.bool_]) -> Any:
        names = [label for label, has in zip(labels, own.tolist(), strict=True) if has]
        return names if several else names[0]

    errors = [
        {
            "place": examples[row].place,
            "input": examples[row].text,
            "label": told(truths[row]),
            "output": told(found[row]),
            "score": float(sure[row]),
        }
        for row in wrong[np.argsort(-sure[wrong], kind="stable")].tolist()
    ]
    scores = [*label_scores(probabilities, truth, file), *each_label(truths, found, labels, file)]
    return Judged(scores, None if several else confusion(truth, classes, count), errors)
