"""The page of an explanation of a text model: answer, marked text, methods beside chance, attention, gates, keywords.

Attention stands in the page with 16 bits a weight: 500 tokens with 2 layers of 4 heads are 5 MB of it.
"""

from pathlib import Path
from typing import Any

import numpy as np

from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.explain.textview import GATES, Gates, TextExplanation
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "Why this answer", "zh": "为什么这样回答"}
FINEST = 65535
"""What stands for an attention of 1."""


def write_textview_page(found: TextExplanation, path: str | Path, language: Language = "en") -> None:
    """Write an explanation as one HTML file that works without a network.

    UserError if it cannot be written, or its name does not end in .html.
    """
    title = titled(TITLES[language], found.model, language)
    write_page_file(path, render("textview", page_data(found), title, language))


def page_data(found: TextExplanation) -> dict[str, Any]:
    """As ``to_json`` of the explanation, with its maps as flat arrays and their sizes beside them."""
    attention = None
    if found.attention is not None:
        layers, heads = found.attention.shape[:2]
        weights = np.round(np.clip(found.attention, 0, 1) * FINEST).astype(np.uint16)
        attention = {"layers": layers, "heads": heads, "one": FINEST, "weights": weights}
    gates = None if found.gates is None else [_packed(gates) for gates in found.gates]
    return found.without_maps() | {"attention": attention, "gates": gates}


def _packed(gates: Gates) -> dict[str, Any]:
    values = {name: getattr(gates, name).astype(np.float32) for name in GATES}
    return {"layer": gates.layer, "direction": gates.direction, "units": gates.cell.shape[1], **values}
