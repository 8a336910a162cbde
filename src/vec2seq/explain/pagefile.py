"""What the pages of this package share: how their titles are made, and how they are written."""

from pathlib import Path

from vec2seq.errors import UserError
from vec2seq.pages.render import Language
from vec2seq.vectors.map2d import write_file


def titled(title: str, model: str | None, language: Language, row: str = "") -> str:
    """A title with the row and the model that it is of: "Back-propagation: iris.csv:2, model iris"."""
    if model is None:
        return title
    colon, comma, kind = {"en": (": ", ", ", "model "), "zh": ("：", "，", "模型 ")}[language]
    return f"{title}{colon}{row and row + comma}{kind}{model}"


def write_page_file(path: str | Path, page: str) -> None:
    """Write a page; UserError if its name does not end in .html, or it cannot be written."""
    if Path(path).suffix.lower() != ".html":
        raise UserError(f"{path}: the page is written as .html; name the file so")
    write_file(path, page.encode())
