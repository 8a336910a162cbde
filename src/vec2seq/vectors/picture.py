"""The map of word vectors as a picture: PNG, or SVG whose labels stay text."""

import unicodedata
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vec2seq.errors import UserError, counted, missing_extra
from vec2seq.pages.render import Language
from vec2seq.vectors.fonts import find_fonts
from vec2seq.vectors.labels import Frame, place_labels
from vec2seq.vectors.map2d import Map, write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 864, 648  # points
_PIXELS_PER_POINT = 2.5
_EDGE = 20  # points
_WITH_LABELS = 3000
"""Rarer words get no label: a picture holds some three hundred."""
_PAPER, _INK, _QUIET = "#fcfbf9", "#1c2127", "#626a73"
_COLORS = ("#3f6fb5", "#d07f14", "#2f9484", "#c4506e", "#7a5db8", "#5c9a3c", "#a0693f", "#7d858d")

_CAPTIONS = {
    "en": {
        "tsne": "The {n:,} most frequent words by t-SNE: near words are alike, far distances mean nothing",
        "pca": "The {n:,} most frequent words by the first two principal components of their vectors",
    },
    "zh": {
        "tsne": "最常用的 {n:,} 个词，位置由 t-SNE 算出：距离近表示用法相似，距离远没有意义",
        "pca": "最常用的 {n:,} 个词，位置取自词向量的前两个主成分",
    },
}


_FRAME = Frame(0, 30, _WIDTH, _HEIGHT - 40)
"""Where the map is, between title and caption."""


def picture(word_map: Map, path: str | Path, title: str, language: Language = "en") -> str | None:
    """Write the map as a picture, PNG or SVG by the suffix of ``path``; labels do not collide.

    Returns None, or one line that says which characters no installed font can show. A PNG then goes without the labels
    that hold such characters; in an SVG all labels are text, and whoever opens it with such a font sees them.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".svg"):
        raise UserError(f"{path}: a picture is written as .png or .svg; choose one of the two")
    try:
        import matplotlib  # an extra, and slow to import
    except ImportError:
        raise missing_extra("map") from None
    caption = _CAPTIONS[language][word_map.method].format(n=len(word_map.tokens))
    fonts, missing = find_fonts(set(_printable("".join([title, caption, *word_map.tokens[:_WITH_LABELS]]))))
    file = BytesIO()
    with (
        warnings.catch_warnings(),
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "vec2seq", "font.sans-serif": fonts}),
    ):
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # in an SVG; the returned line says so
        figure = draw(word_map, title, caption, fonts, set() if suffix == ".svg" else missing)
        metadata = {"Date": None} if suffix == ".svg" else None
        figure.savefig(file, format=suffix[1:], dpi=72 * _PIXELS_PER_POINT, metadata=metadata)
    write_file(path, file.getvalue())
    return _note(missing, suffix) if missing else None


def _printable(text: str) -> str:
    """The text with U+FFFD for what is no character to see: control characters would damage an SVG."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _note(missing: set[str], suffix: str) -> str:
    """What cannot be shown, and how to mend it."""
    han = any(unicodedata.name(character, "").startswith("CJK") for character in missing)
    shown = f"{' '.join(sorted(missing)[:10])}{' ...' if len(missing) > 10 else ''}"
    which = f"{shown} ({counted(len(missing), 'character')})"
    what = "labels with them are left out" if suffix == ".png" else "the SVG holds them as text all the same"
    package = "fonts-noto-cjk" if han else "fonts-noto"
    return f"no installed font shows {which}: {what}; install one (apt install {package})"


def draw(word_map: Map, title: str, caption: str, fonts: list[str], unshown: set[str]) -> "Figure":
    """The picture as a figure of matplotlib's; texts with characters in ``unshown`` are left out."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # an extra, and slow to import
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    figure = Figure(figsize=(_WIDTH / 72, _HEIGHT / 72), dpi=72 * _PIXELS_PER_POINT, facecolor=_PAPER)
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    families = [*fonts, "sans-serif"]
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, _WIDTH), ylim=(0, _HEIGHT))  # the unit of everything is the point
    axes.axis("off")

    def measure(text: str, size: float) -> list[float]:
        extent = renderer.get_text_width_height_descent(text, FontProperties(family=families, size=size), ismath=False)
        return [pixels / _PIXELS_PER_POINT for pixels in extent]

    def write(text: str, left: float, baseline: float, **style: Any) -> None:
        axes.text(left, baseline, text, family=families, va="baseline", parse_math=False, **style)

    head, foot, *texts = (
        "" if unshown.intersection(text) else text
        for text in map(_printable, (title, caption, *word_map.tokens[:_WITH_LABELS]))
    )
    xy, radii = _in_points(word_map.xy)
    colors = np.array(_COLORS)[word_map.groups]
    for radius in np.unique(radii):  # one size at a time: an SVG then holds one circle of it; rare words first
        same = radii == radius
        axes.scatter(xy[same, 0], xy[same, 1], s=(2 * radius) ** 2, c=colors[same], alpha=0.6, linewidths=0)
    write(head, _EDGE, _HEIGHT - 32, size=16, weight="bold", color=_INK)
    write(foot, _EDGE, 16, size=8, color=_QUIET)
    for label in place_labels(texts, xy[: len(texts)], radii[: len(texts)], _FRAME, measure):
        write(label.text, label.left, label.baseline, size=label.size, color=_INK)
    return figure


def _in_points(xy: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the words stand, [n, 2], and the radii of their dots, [n], in points."""
    n, width, height = len(xy), _FRAME.right - _FRAME.left, _FRAME.top - _FRAME.bottom
    span = np.maximum(np.ptp(xy, axis=0), 1e-6)
    scale = min((width - 2 * _EDGE) / span[0], (height - 2 * _EDGE) / span[1])
    middle = ((_FRAME.left + _FRAME.right) / 2, (_FRAME.bottom + _FRAME.top) / 2)
    smallest = np.clip(0.1 * np.sqrt(width * height / n), 0.5, 1.4)
    radii = smallest * (2.8 - 1.8 * np.log1p(np.arange(n)) / np.log1p(n))
    return xy * scale + np.array(middle), np.round(radii, 1)
