"""The page of a trace of back-propagation: the net drawn, and stepped through forward, loss, backward and update."""

from pathlib import Path

from vec2seq.explain.flow import Flow
from vec2seq.explain.mlptrace import Trace
from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "Back-propagation", "zh": "反向传播"}


def write_page(trace: Trace, path: str | Path, language: Language = "en", flow: Flow | None = None) -> None:
    """Write a trace as one HTML file that works without a network; UserError if it cannot be written,
    or its name does not end in .html.

    Of a small net it shows every number and every edge, of a larger one how the numbers of each layer lie; and the
    gradients over the training, if they are given.
    """
    data = trace.to_json() | {"flow": flow and flow.to_json()}
    row = trace.row
    title = TITLES[language] if row is None else titled(TITLES[language], row.model, language, row.short_place)
    write_page_file(path, render("backprop", data, title, language))
