"""What a LineReader saw on the picture of a line: its reading, of each character with what its pixels say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.inklines import STEP, ink_of
from vec2seq.data.pictures import grey_of
from vec2seq.data.ragged import Ragged, offsets_of
from vec2seq.explain.reading import Character, LineReading, Saliency, cropped
from vec2seq.kernels.ctc import Span, alignment
from vec2seq.tasks.read import LineReader
from vec2seq.tasks.read_data import batch_of

MOST_ALTERNATIVES = 4
LEAST = 0.01
"""A character that is less probable is no alternative."""
TOGETHER = 8
"""Characters whose gradients are computed at a time."""


def reading_of(model: LineReader, picture: Any, name: str, where: str = "", pixels: bool = True) -> LineReading:
    """What is read on a picture: a path, an array [H,W] of bytes, or an image of Pillow's.

    ``name``: the model's; ``where``: the picture's. ``pixels``: with saliency, which a model that was exported does not
    tell. UserError for what is no picture, or no picture of a line.
    """
    model.check_fitted()
    where = where or (str(picture) if isinstance(picture, str | Path) else "picture")
    grey = grey_of(picture, where)
    ink = ink_of(grey, model.height, where).columns
    lines = Ragged(ink, offsets_of([len(ink)]))
    answer = next(iter(model.answers([grey])))
    labels = model.alphabet.numbers(answer["output"]).tolist()
    ((_, scores),) = model.log_probabilities(lines)
    spans = alignment(scores, labels)
    columns = [span.first + int(scores[span.first : span.end, span.label].argmax()) for span in spans]
    maps: Iterator[Saliency | None] = iter([None] * len(spans))
    if pixels and hasattr(model, "net_"):
        maps = saliencies(model, lines, columns, labels)
    return LineReading(
        ink=np.ascontiguousarray(ink.T),
        characters=[
            Character(
                char=model.alphabet.text([span.label]),
                confidence=one["confidence"],
                probability=_chance(scores[column, span.label]),
                first=span.first * STEP,
                end=min(span.end * STEP, len(ink)),
                alternatives=_alternatives(model, scores[column], span),
                saliency=saliency,
            )
            for span, column, one, saliency in zip(spans, columns, answer["characters"], maps, strict=True)
        ],
        best=[model.alphabet.text([label]) if label else "" for label in scores.argmax(1).tolist()],
        chances=np.exp(scores.max(1)).clip(0, 1),
        step=STEP,
        score=answer["score"],
        confusions=model.judgement_.get("confusions", []),
        picture=where,
        model=name,
    )


def saliencies(model: LineReader, line: Ragged, columns: list[int], labels: list[int]) -> Iterator[Saliency]:
    """Of characters that are read at columns of scores, how much the ink of each pixel of the line counts for them."""
    import torch  # slow to load, and not there where models are exported ones

    from vec2seq.engine.eager import evaluating, tensor, using_threads

    batch, mask = (tensor(array) for array in batch_of(line, np.zeros(1, np.int64)))
    for start in range(0, len(columns), TOGETHER):
        at, label = (torch.tensor(part[start : start + TOGETHER]) for part in (columns, labels))
        x = (batch.float() / 255).expand(len(at), -1, -1).clone().requires_grad_()
        with evaluating(model.net_), using_threads(model.own_threads):
            chances = model.net_(x, mask.expand(len(at), -1)).float().log_softmax(2)
            (gradients,) = torch.autograd.grad(chances[torch.arange(len(at)), at, label].sum(), x)
        for gradient in gradients[:, : len(line.values)].abs().numpy():
            yield cropped(gradient.T)


def _alternatives(model: LineReader, scores: NDArray[np.floating[Any]], span: Span) -> list[tuple[str, float]]:
    """The most probable other characters at a column, scores [C]."""
    order = [label for label in np.argsort(-scores, kind="stable").tolist() if label not in (0, span.label)]
    found = [(model.alphabet.text([label]), _chance(scores[label])) for label in order[:MOST_ALTERNATIVES]]
    return [(char, chance) for char, chance in found if chance >= LEAST]


def _chance(score: float) -> float:
    return min(float(np.exp(score)), 1.0)
