"""The insides of a text model as text for a terminal: what its attention looks at, what its LSTM's gates do."""

import numpy as np

from vec2seq.explain.textview import TextExplanation
from vec2seq.run.progress import columns, visible

LOOKED_AT = 3
"""Tokens that are named for each."""


def attention_to_text(found: TextExplanation) -> str:
    """Of each layer, head and token the tokens it looks at most. ValueError if there is no attention."""
    if found.attention is None:
        raise ValueError("no attention")
    names = [visible(found.shown(at)) for at in range(len(found.tokens))]
    wide = max(map(columns, names))
    lines = []
    for layer, heads in enumerate(found.attention, 1):
        for head, weights in enumerate(heads, 1):
            lines.append(f"layer {layer}, head {head}: what each token looks at most")
            for at, row in enumerate(weights):
                best = np.argsort(-row, kind="stable")[:LOOKED_AT].tolist()
                told = "  ".join(f"{names[other]} {row[other]:.2f}" for other in best)
                lines.append(f"  {names[at]}{' ' * (wide - columns(names[at]))}  {told}")
    return "\n".join(lines)


def gates_to_text(found: TextExplanation) -> str:
    """Of each layer, direction and token the mean of each gate, and the size of the cell. ValueError without gates."""
    if found.gates is None:
        raise ValueError("no gates")
    names = [visible(found.shown(at)) for at in range(len(found.tokens))]
    wide = max(map(columns, names))
    lines = []
    for gates in found.gates:
        lines.append(f"layer {gates.layer + 1}, {gates.direction}: mean of the gates, mean size of the cell")
        lines.append(f"  {' ' * wide}  input  forget  output   cell")
        for at, name in enumerate(names):
            means = [float(part[at].mean()) for part in (gates.input, gates.forget, gates.output)]
            cell = float(np.abs(gates.cell[at]).mean())
            numbers = f"{means[0]:5.2f}  {means[1]:6.2f}  {means[2]:6.2f}  {cell:5.2f}"
            lines.append(f"  {name}{' ' * (wide - columns(name))}  {numbers}")
    return "\n".join(lines)
