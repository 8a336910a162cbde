"""The page of a trace of a PyTorch net: its modules in the order they ran, with values, gradients and checks."""

from pathlib import Path

from vec2seq.explain.nettrace import NetTrace
from vec2seq.explain.pagefile import titled, write_page_file
from vec2seq.pages.render import Language, render

TITLES: dict[Language, str] = {"en": "Back-propagation through a net", "zh": "网络中的反向传播"}


def write_net_page(trace: NetTrace, path: str | Path, language: Language = "en", model: str | None = None) -> None:
    """Write a trace as one HTML file that works without a network, in its title the model's name or the net's class.

    UserError if it cannot be written, or its name does not end in .html.

    For each module shape, histogram and norm of what it gave and of the gradient that arrives; for each parameter those
    of its gradient, with the finite differences; the norms over depth as a plot.
    """
    name = model or next((one.kind for one in trace.modules if not one.name), None)
    title = titled(TITLES[language], name, language)
    write_page_file(path, render("netpage", trace.to_json(), title, language))
