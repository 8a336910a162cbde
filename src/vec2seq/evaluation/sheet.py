"""The evaluation sheet: what several vectors are worth, side by side, on one page that works without a network."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vec2seq.data.tokenize import Language
from vec2seq.evaluation.evaluate import judge
from vec2seq.evaluation.example import choose_example, work_out
from vec2seq.evaluation.items import Items
from vec2seq.evaluation.words import find_rows
from vec2seq.measure import Measure, difference
from vec2seq.pages.render import render
from vec2seq.vectors.map2d import write_file
from vec2seq.vectors.store import Vectors
from vec2seq.vectors.trust import SHOWN


def write_sheet(
    models: Mapping[str, Vectors],
    items: Sequence[tuple[str, Items]],
    path: str | Path,
    title: str,
    language: Language = "en",
) -> None:
    """Judge the vectors, by name, by the items of several files, by name, and write it all as one HTML file.

    Every measure has its interval; those of the second vectors and later ones also the difference to the first, of the
    items that both cover, with the interval of the difference. Of vectors that were trained with a bootstrap it shows
    how far their neighbours can be trusted, and those of the words of an analogy.
    """
    question = choose_example(list(models.values()), [item for _, item in items])
    data = {
        "models": [{"name": name, "words": len(each), "width": each.width} for name, each in models.items()],
        "files": [_judged(list(models.values()), item, name) for name, item in items],
        "example": question and _example(list(models.values()), question),
        "trust": [_trust(each, question or ()) for each in models.values()],
    }
    write_file(path, render("sheet", data, title, language).encode())


def _judged(models: Sequence[Vectors], items: Items, name: str) -> dict[str, Any]:
    """One file's measures, each for all models."""
    judged = [list(judge(vectors, items, name)) for vectors in models]
    rows = [
        {"metric": first.metric, "section": first.section, "cells": [_cell(measure, first) for measure in measures]}
        for measures in zip(*judged, strict=True)
        for first in measures[:1]
    ]
    return {"name": Path(name).name, "rows": rows}


def _cell(measure: Measure, first: Measure) -> dict[str, Any]:
    score = asdict(measure.score())
    compared = None if measure is first else difference(first, measure)
    return {key: score[key] for key in ("score", "low", "high", "n", "coverage", "p")} | {
        "difference": compared and asdict(compared)
    }


def _example(models: Sequence[Vectors], question: Sequence[str]) -> dict[str, Any]:
    worked = [asdict(work_out(vectors, question)) for vectors in models]
    return {"words": question, "models": [each | {"plane": each["plane"].tolist()} for each in worked]}


def _trust(vectors: Vectors, words: Sequence[str]) -> dict[str, Any] | None:
    """How far the neighbours of all words, and those of some, can be trusted; None if nothing is known of it."""
    if vectors.trust is None:
        return None
    words = [vectors.tokens[row] for row in find_rows(vectors, words)]
    near = [[neighbor._asdict() for neighbor in each] for each in vectors.neighbors(words, SHOWN)]
    facts = vectors.trust.facts()
    return facts | {"by_frequency": vectors.trust.by_frequency(), "near": list(zip(words, near, strict=True))}
