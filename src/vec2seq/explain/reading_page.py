"""The page of a reading: the picture with its characters, what each could also be, and the pixels that count for it."""

from pathlib import Path
from typing import Any

import numpy as np

from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.explain.reading import LineReading
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "What is read, and where", "zh": "读出了什么，在哪里读出的"}


def write_reading_page(found: LineReading, path: str | Path, language: Language = "en") -> None:
    """Write it as one HTML file that works without a network.

    UserError if it cannot be written, or its name does not end in .html.
    """
    title = titled(TITLES[language], found.model, language, Path(found.picture).name)
    write_page_file(path, render("reading", page_data(found), title, language))


def page_data(found: LineReading) -> dict[str, Any]:
    """As ``to_json``, with the picture and saliency as flat arrays of bytes, 255 the most."""
    told = found.to_json()
    for character, one in zip(told["characters"], found.characters, strict=True):
        if one.saliency is not None:
            character["saliency"]["values"] = np.rint(255 * one.saliency.values).astype(np.uint8)
    return told | {"height": found.ink.shape[0], "width": found.ink.shape[1], "ink": found.ink}
