"""Putting a page together: one HTML file with its style, its view and its data inside.

A view is an ES module ``NAME.js`` with a style sheet ``NAME.css``. It exports ``show(root, data, language)``, which
fills the element ``root`` and returns an object with ``setLanguage(language)``; it knows nothing of how its data came.
The modules and style sheets that these import stand beside them, and all become one script and one style: a page opened
as a file may load no other.
The data are JSON in the page; NumPy arrays are base64 in it and arrive in the view as typed arrays, flat.
"""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import Any, Literal

import numpy as np

Language = Literal["en", "zh"]

_PAGE = """\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><button id="language" type="button"></button></header>
<main id="view"><noscript>This page needs JavaScript. 此页面需要 JavaScript。</noscript></main>
<script id="data" type="application/json">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([^"]+)";\n', re.MULTILINE)
_STYLE_IMPORT = re.compile(r'^@import "\./([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|class|function)", re.MULTILINE)


def render(view: str, data: dict[str, Any], title: str, language: Language) -> str:
    """The page that shows ``data`` by the view of this name.

    Its security policy lets nothing run or load but what stands in it.
    """
    style = "\n" + _source("page.css") + _styles(f"{view}.css")
    script = f"\n{bundle(f'{view}.js', 'page.js')}\nstart(show);\n"
    own = f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    policy = f"default-src 'none'; {own}; img-src data:; base-uri 'none'; form-action 'none'"
    return _PAGE.format(
        lang={"en": "en", "zh": "zh-Hans"}[language],
        policy=policy,
        title=html.escape(title),
        style=style,
        script=script,
        data=to_json(data),
    )


def bundle(*names: str) -> str:
    """ES modules and those that they import as one script: each once, after what it imports.

    They share one scope, so no two of them may define the same name.
    """
    sources: dict[str, str] = {}

    def add(name: str) -> None:
        source = _source(name)
        for imported in _IMPORT.findall(source):
            if imported not in sources:
                add(imported)
        sources[name] = _EXPORT.sub("", _IMPORT.sub("", source)).strip()

    for name in names:
        add(name)
    return "\n\n".join(sources.values())


def _styles(name: str) -> str:
    """A style sheet with those that it imports in their places."""
    return _STYLE_IMPORT.sub(lambda match: _styles(match[1]), _source(name))


def to_json(data: dict[str, Any]) -> str:
    """JSON that may stand inside a script element: without ``<`` nothing in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_packed)
    return text.replace("<", "\\u003c")


def _packed(value: Any) -> dict[str, str]:
    """A NumPy array for JSON: its type and its bytes, little-endian."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"a page cannot hold a {type(value).__name__}")
    little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    return {"array": value.dtype.name, "base64": base64.b64encode(little.tobytes()).decode()}


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """A source in a Content-Security-Policy: the text with this SHA-256 and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
