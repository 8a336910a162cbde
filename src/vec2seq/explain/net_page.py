"""The page of a trace of a PyTorch net: its modules in the order they ran, with values, gradients and checks."""

from pathlib import Path

from vec2seq.explain.nettrace import NetTrace
from vec2seq.pages.render import Language, render
from vec2seq.vectors.map2d import write_file

TITLES: dict[Language, str] = {"en": "Back-propagation through a net", "zh": "网络中的反向传播"}


def write_net_page(trace: NetTrace, path: str | Path, language: Language = "en") -> None:
    """Write a trace as one HTML file that works without a network; UserError if it cannot be written.

    For each module shape, histogram and norm of what it gave and of the gradient that arrives; for each parameter those
    of its gradient, with the finite differences; the norms over depth as a plot.
    """
    write_file(path, render("netpage", trace.to_json(), TITLES[language], language).encode())
