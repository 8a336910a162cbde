"""The page of gradients over a training: norms of each layer over epochs, and over the layers at any epoch."""

from pathlib import Path

from vec2seq.explain.flow import Flow
from vec2seq.pages.render import Language, render
from vec2seq.vectors.map2d import write_file

TITLES: dict[Language, str] = {"en": "Gradients over the training", "zh": "训练中的梯度"}


def write_flow_page(flow: Flow, path: str | Path, language: Language = "en") -> None:
    """Write a flow as one HTML file that works without a network; UserError if it cannot be written."""
    write_file(path, render("flow", flow.to_json(), TITLES[language], language).encode())
