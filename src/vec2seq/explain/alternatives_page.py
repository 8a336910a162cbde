"""The page of a text as a model foresees it: pieces marked by probability, alternatives as bars, surprises."""

from pathlib import Path
from typing import Any

from vec2seq.explain.alternatives import FACTORS, LEVELS, Alternatives
from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "How a text is foreseen", "zh": "模型如何预测一段文本"}
LISTED = 20
"""The most surprising pieces that are listed."""


def write_alternatives_page(found: Alternatives, path: str | Path, language: Language = "en") -> None:
    """Write it as one HTML file that works without a network.

    UserError if it cannot be written, or its name does not end in .html.
    """
    title = titled(TITLES[language], found.model, language)
    write_page_file(path, render("alternatives", page_data(found), title, language))


def page_data(found: Alternatives) -> dict[str, Any]:
    """As ``to_json``, with the limits by which pieces are marked."""
    return found.to_json() | {"levels": LEVELS, "factors": FACTORS, "surprising": found.surprising(LISTED)}
