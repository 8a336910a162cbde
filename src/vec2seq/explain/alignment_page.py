"""The page of an alignment: a grid of what looks at what, of each head and of all together."""

from pathlib import Path
from typing import Any

import numpy as np

from vec2seq.explain.alignment import Alignment
from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "What a translation looks at", "zh": "译文在看原文的哪里"}


def write_alignment_page(found: Alignment, path: str | Path, language: Language = "en") -> None:
    """Write it as one HTML file that works without a network.

    UserError if it cannot be written, or its name does not end in .html.
    """
    title = titled(TITLES[language], found.model, language)
    write_page_file(path, render("alignment", page_data(found), title, language))


def page_data(found: Alignment) -> dict[str, Any]:
    """As ``to_json``, with the weights as a flat array."""
    return found.to_json() | {"heads": len(found.weights), "weights": found.weights.astype(np.float32)}
