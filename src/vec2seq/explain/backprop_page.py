"""The page of a trace of back-propagation: the net drawn, and stepped through forward, loss, backward and update."""

from pathlib import Path

from vec2seq.explain.flow import Flow
from vec2seq.explain.mlptrace import Trace
from vec2seq.pages.render import Language, render
from vec2seq.vectors.map2d import write_file

TITLES: dict[Language, str] = {"en": "Back-propagation", "zh": "反向传播"}


def write_page(trace: Trace, path: str | Path, language: Language = "en", flow: Flow | None = None) -> None:
    """Write a trace as one HTML file that works without a network; UserError if it cannot be written.

    Of a small net it shows every number and every edge, of a larger one how the numbers of each layer lie; and the
    gradients over the training, if they are given.
    """
    data = trace.to_json() | {"flow": flow and flow.to_json()}
    write_file(path, render("backprop", data, TITLES[language], language).encode())
