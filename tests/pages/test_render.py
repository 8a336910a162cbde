"""A page: nothing in its data can break out of it, and nothing outside it is asked for."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vec2seq.pages import render as rendering
from vec2seq.pages.render import bundle, render, to_json


class Reader(HTMLParser):
    """Elements of a page as a browser sees them."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.attributes[-1] if self.attributes else ("", {})
        name = attributes.get("id") or attributes.get("type") or tag
        self.texts[name] = self.texts.get(name, "") + data


def page_of(data: dict[str, Any], title: str = "Words") -> str:
    return render("map", data, title, "en")


@given(st.lists(st.text(), max_size=5), st.text(st.characters(exclude_categories=["Cc", "Cs"])))
@example(["</script><script>alert(1)</script>"], "</title><script>alert(1)</script>")
@example(["<!--", "<script>", "-->", "]]>", "\u2028"], "<!-- & \" '")
def test_words_and_titles_cannot_break_out(tokens: list[str], title: str) -> None:
    reader = Reader(page_of({"tokens": tokens}, title))
    assert reader.tags == Reader(page_of({"tokens": []})).tags
    assert json.loads(reader.texts["data"]) == {"tokens": tokens}
    assert reader.texts.get("title", "").strip() == title.strip()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", ">i4", "float32", "float64"])
def test_arrays_keep_their_values(dtype: str) -> None:
    array = np.arange(12).reshape(3, 4)[:, ::2].astype(dtype)
    packed = json.loads(to_json({"array": array}))["array"]
    values = np.frombuffer(base64.b64decode(packed["base64"]), np.dtype(packed["array"]).newbyteorder("<"))
    np.testing.assert_array_equal(values, array.ravel())


def test_a_bundle_holds_each_module_once_after_what_it_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {
        "a.js": 'import {b} from "./b.js";\nimport {c, d} from "./c.js";\n\nexport function a() { return b; }\n',
        "b.js": 'import {c} from "./c.js";\n\nexport const b = c;\n',
        "c.js": "// exports are two\nexport const c = 1;\nexport class d {}\n",
    }
    monkeypatch.setattr(rendering, "_source", modules.__getitem__)
    assert bundle("a.js", "c.js") == (
        "// exports are two\nconst c = 1;\nclass d {}\n\nconst b = c;\n\nfunction a() { return b; }"
    )


@pytest.mark.parametrize(
    ("view", "some"),
    [
        ("map", {"Camera", "within"}),
        ("backprop", {"drawNet", "told", "FlowView"}),
        ("flow", {"FlowView", "logPlot"}),
        ("netpage", {"NetPage", "logPlot"}),
        ("textview", {"TextPage", "brief"}),
        ("alternatives", {"PieceText", "brief"}),
        ("alignment", {"AlignmentPage", "brief"}),
    ],
)
def test_modules_of_a_page_define_no_name_twice(view: str, some: set[str]) -> None:
    names = re.findall(r"^(?:const|let|class|function) (\w+)", bundle(f"{view}.js", "page.js"), re.MULTILINE)
    assert {"show", "start", "make"} | some <= set(names)
    assert len(set(names)) == len(names)


def test_a_style_holds_those_that_it_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = {
        "page.css": "p {}\n",
        "a.css": '@import "./b.css";\ni {}\n',
        "b.css": '@import "./c.css";\nb {}\n',
        "c.css": "u {}\n",
    }
    monkeypatch.setattr(rendering, "_source", lambda name: sheets.get(name, ""))
    assert "<style>\np {}\nu {}\nb {}\ni {}\n</style>" in render("a", {}, "A", "en")


@pytest.mark.parametrize(
    "view", ["map", "sheet", "backprop", "flow", "netpage", "textview", "alternatives", "alignment"]
)
def test_no_import_is_left(view: str) -> None:
    assert not re.findall(r"@import|^(?:im|ex)port ", render(view, {}, "", "en"), re.MULTILINE)


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot hold a set"):
        to_json({"a": {1}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"a": float("nan")})


def test_the_policy_lets_only_the_page_s_own_script_and_style_run() -> None:
    page = page_of({})
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    for kind, source in (
        ("script-src", re.search(r'<script type="module">(.*)</script>', page, re.S)),
        ("style-src", re.search(r"<style>(.*)</style>", page, re.S)),
    ):
        assert source is not None
        digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{digest}'"


def test_a_page_names_no_other_place() -> None:
    page = page_of({})
    assert set(re.findall(r"\w+://[^\s\"'`)]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.findall(r"@import|\bfetch\(|\b(im|ex)port\b|XMLHttpRequest|\bsrc=", page)


def test_the_language_is_that_of_the_page() -> None:
    assert '<html lang="en">' in render("map", {}, "Words", "en")
    assert '<html lang="zh-Hans">' in render("map", {}, "词语", "zh")
