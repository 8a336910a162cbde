"""How good labels are, as one number, for all tools alike; and when a tool was as good as the others."""

from collections.abc import Sequence

from vec2seq.measure.spans import span_counts

EQUAL = 0.002
"""Scores that differ by no more count as equal."""


def accuracy(found: Sequence[str], truth: Sequence[str]) -> float:
    """The share of texts whose label is right."""
    return sum(a == b for a, b in zip(found, truth, strict=True)) / len(truth)


def f1(found: Sequence[Sequence[str]], truth: Sequence[Sequence[str]]) -> float:
    """F1 of the spans of sentences; of plain tags it is the share of the tokens whose tag is right."""
    return span_counts(truth, found)[None].f1 or 0.0


def equal_score(curves: dict[str, list[float]]) -> float:
    """What all tools reach: the lowest of their best scores after an epoch, but for EQUAL."""
    return min(max(scores) for scores in curves.values()) - EQUAL


def epochs_to(scores: Sequence[float], wanted: float) -> int | None:
    """How many epochs it took to reach a score; None if it was not reached."""
    return next((number for number, score in enumerate(scores, 1) if score >= wanted), None)
