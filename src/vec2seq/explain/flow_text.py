"""The flow of gradients over a training as text for a terminal: a line for each layer, and whether they vanish."""

import textwrap

import numpy as np

from vec2seq.errors import counted
from vec2seq.explain.flow import RULE, Flow
from vec2seq.run.progress import columns, visible

COLUMNS = 96
"""Characters of a line of text."""


def flow_to_text(flow: Flow) -> str:
    """Norms at the first, the middle and the last point, the ratio to the layer above, and the verdict."""
    points = sorted({0, len(flow.at) // 2, len(flow.at) - 1})
    heads = [f"{flow.unit} {flow.at[point]}" for point in points] + ["/ layer above"]
    heads += ["norm of W"] if flow.weights is not None else []
    rows = []
    for layer, name in enumerate(flow.names):
        cells = [_short(flow.gradients[point, layer]) for point in points]
        cells.append(_short(flow.ratios[-1, layer]) if layer < len(flow.names) - 1 else "-")
        rows.append((visible(name), cells + ([_short(flow.weights[-1, layer])] if flow.weights is not None else [])))
    if flow.losses is not None:
        rows.append(("loss", [_short(flow.losses[point]) for point in points]))
    wide = max(columns(name) for name, _ in rows)
    widths = [max(12, len(head)) for head in heads]
    last = f"{flow.unit} {flow.at[-1]}"
    lines = [
        f"norms of the gradients of {counted(len(flow.names), 'layer')}, noted at {counted(len(flow.at), flow.unit)}; "
        f"ratios{'' if flow.weights is None else ' and norms of weights'} are those of {last}",
        _row("", heads, wide, widths),
        *(_row(name, cells, wide, widths) for name, cells in rows),
        "",
        told(flow),
        textwrap.fill(f"The rule: {RULE}.", COLUMNS),
    ]
    return "\n".join(lines)


def told(flow: Flow) -> str:
    """The verdict as one sentence."""
    found, last = flow.verdict, visible(flow.names[-1])
    over = (
        "" if found.ratio is None else f"the norm of {visible(flow.names[0])} is {found.ratio:.3g} times that of {last}"
    )
    return {
        "none": "All gradients are 0: nothing is learnt.",
        "vanish": f"Gradients vanish: {over}.",
        "explode": f"Gradients explode: {over}.",
        "leap": ""
        if found.layer is None
        else f"Gradients explode: {visible(flow.names[found.layer])} at {flow.unit} {found.at}.",
        "even": f"Gradients neither vanish nor explode{over and f': {over}'}.",
    }[found.kind]


def _row(name: str, cells: list[str], wide: int, widths: list[int]) -> str:
    padded = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=False))
    return f"  {name}{' ' * (wide - columns(name))}  {'  '.join(padded)}".rstrip()


def _short(number: float) -> str:
    return f"{number:.4g}" if np.isfinite(number) else "-" if np.isnan(number) else "infinite"
