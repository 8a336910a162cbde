"""How good a Translator's answers are: scores, those of who knows next to nothing, and the errors it was sure of."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from vec2seq.data.pairs import Pair
from vec2seq.data.pieces import Name
from vec2seq.measure import Score
from vec2seq.measure.texts import ERRORS, edits, text_scores
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
        if answer["output"] not in pair.targets
    ]
    scores = [text_scores(metric, texts, [pair.targets for pair in pairs], file) for metric in metrics]
    return Judged(scores, errors=sorted(errors, key=lambda error: -error["score"]))


def baseline(learnt: Counter[str], pairs: Sequence[Pair], metric: str) -> tuple[str, Score]:
    """What one has who always says the most frequent target, or the source: the better one, and its name."""
    most = max(learnt.items(), key=lambda item: (item[1], item[0]))[0]
    answers = {
        "copying the source": [pair.source[0] for pair in pairs],
        "the most frequent target": [most] * len(pairs),
    }
    scores = {name: text_scores(metric, texts, [pair.targets for pair in pairs], "") for name, texts in answers.items()}
    sign = 1 if metric in ERRORS else -1
    return min(scores.items(), key=lambda item: sign * (item[1].score or 0.0))


def piece_error(found: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> float:
    """Edits by piece / pieces that are wanted, ends counted."""
    wrong = sum(edits(own, right) for own, right in zip(found, wanted, strict=True))
    return float(wrong / max(sum(len(right) + 1 for right in wanted), 1))


def shown(source: Sequence[str]) -> str:
    """A source as it is told: its columns between TABs."""
    return "\t".join(source)


def first_rows(pairs: Sequence[Pair], most: int, seed: int) -> list[Pair]:
    """So many pairs at the most, drawn."""
    if len(pairs) <= most:
        return list(pairs)
    drawn = np.random.default_rng(seed).choice(len(pairs), most, replace=False)
    return [pairs[row] for row in np.sort(drawn).tolist()]
