"""The watch over pages sees what it is there for."""

from pathlib import Path

import pytest
from offline import open_offline
from playwright.sync_api import Browser


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<img src='http://localhost:9/a.png'>", "asked for http://localhost:9/a.png"),
        ("<script src='other.js'></script>", "asked for file:///"),
        ("<script>fetch('http://localhost:9/').catch(() => {})</script>", "asked for http://localhost:9/"),
        ("<script>console.log('hello')</script>", "wrote hello"),
        ("<script>throw Error('oh')</script>", "threw oh"),
    ],
)
def test_problems_of_a_page_are_seen(browser: Browser, tmp_path: Path, body: str, problem: str) -> None:
    (tmp_path / "page.html").write_text(f"<!doctype html><title>page</title>{body}", encoding="utf-8")
    problems: list[str] = []
    page = open_offline(browser, tmp_path / "page.html", problems)
    page.context.close()
    assert problem in " ".join(problems)


def test_a_page_without_problems_has_none(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>page</title>words", encoding="utf-8")
    problems: list[str] = []
    open_offline(browser, tmp_path / "page.html", problems).context.close()
    assert problems == []
