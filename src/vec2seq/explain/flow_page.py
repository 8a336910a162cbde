"""The page of gradients over a training: norms of each layer over epochs, and over the layers at any epoch."""

from pathlib import Path

from vec2seq.explain.flow import Flow
from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "Gradients over the training", "zh": "训练中的梯度"}


def write_flow_page(flow: Flow, path: str | Path, language: Language = "en", model: str | None = None) -> None:
    """Write a flow as one HTML file that works without a network, the model's name in its title.

    UserError if it cannot be written, or its name does not end in .html.
    """
    write_page_file(path, render("flow", flow.to_json(), titled(TITLES[language], model, language), language))
