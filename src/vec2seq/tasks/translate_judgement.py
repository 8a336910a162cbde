"""How good a Translator's answers are: scores, those of who knows next to nothing, and the errors it was sure of."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from vec2seq.data.pairs import Pair
from vec2seq.data.pieces import Name
from vec2seq.data.sides import Side
from vec2seq.measure.texts import ERRORS, edits, normal, text_scores
from vec2seq.tasks.data_estimator import facts_of
from vec2seq.tasks.text_estimator import Judged

Metric = Literal["auto", "exact_match", "cer", "phoneme_error_rate", "bleu", "chrf"]

OF_TOKENIZERS: dict[Name, tuple[str, ...]] = {
    "chars": ("exact_match", "cer"),
    "spaced": ("exact_match", "phoneme_error_rate"),
    "words": ("bleu", "chrf"),
    "bpe": ("bleu", "chrf"),
}
"""What is told of targets in such pieces, the headline first."""


def metrics_of(asked: Metric, tokenizer: Name) -> list[str]:
    """The metrics, the headline first."""
    told = OF_TOKENIZERS[tokenizer]
    return list(told) if asked == "auto" else list(dict.fromkeys([asked, *told]))


def judgement_of(answers: Sequence[dict[str, Any]], pairs: Sequence[Pair], metrics: Sequence[str], file: str) -> Judged:
    """Of answers for these pairs, in order."""
    texts = [answer["output"] for answer in answers]
    errors = [
        {
            **{"place": pair.place, "input": answer["input"], "label": pair.targets[0]},
            **{"output": answer["output"], "score": answer["score"]},
        }
        for answer, pair in zip(answers, pairs, strict=True)
        if normal(answer["output"]) not in map(normal, pair.targets)
    ]
    scores = [text_scores(metric, texts, [pair.targets for pair in pairs], file) for metric in metrics]
    return Judged(scores, errors=sorted(errors, key=lambda error: -error["score"]))


def judged_beside(
    answers: Sequence[dict[str, Any]],
    pairs: Sequence[Pair],
    metrics: Sequence[str],
    most: str,
    side: Side,
    forced: float,
) -> dict[str, Any]:
    """The scores of answers for these pairs, and the first one of who always says the ``most`` frequent target.

    Or who always says the source: whichever is better. And beside ``forced``, the share of pieces of this side that are
    wrong after right ones, what it is after those that were written (exposure bias; Ranzato et al. 2016).
    """
    targets, sign = [pair.targets for pair in pairs], -1 if metrics[0] in ERRORS else 1
    trivial = {
        "copying the source": [pair.source[0] for pair in pairs],
        "the most frequent target": [most] * len(pairs),
    }
    found = {name: text_scores(metrics[0], texts, targets, "") for name, texts in trivial.items()}
    best = max(found, key=lambda name: sign * (found[name].score or 0.0))
    return {
        "scores": [facts_of(score) for score in judgement_of(answers, pairs, metrics, "").scores],
        "baselines": {best: facts_of(found[best])},
        "exposure": {"teacher_forced_error": forced, "free_running_error": piece_error(answers, pairs, side)},
    }


def piece_error(answers: Sequence[dict[str, Any]], pairs: Sequence[Pair], side: Side) -> float:
    """Edits by piece / pieces that are wanted, ends counted."""
    found = side.numbers([(answer["output"],) for answer in answers])
    wanted = side.numbers([pair.targets[:1] for pair in pairs])
    wrong = sum(edits(own.tolist(), right.tolist()) for own, right in zip(found, wanted, strict=True))
    return float(wrong / max(sum(len(right) + 1 for right in wanted), 1))


def some(pairs: Sequence[Pair], most: int, seed: int) -> list[Pair]:
    """So many pairs at the most, drawn."""
    if len(pairs) <= most:
        return list(pairs)
    drawn = np.random.default_rng(seed).choice(len(pairs), most, replace=False)
    return [pairs[row] for row in np.sort(drawn).tolist()]
