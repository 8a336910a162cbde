"""The browser of this computer, and pages opened in it: whatever goes wrong in them fails the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from offline import open_offline
from playwright.sync_api import Browser, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no browser: apt install chromium")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """open_page(path, script="", **options of a browser's context), as ``open_offline``; no problem may arise."""
    problems: list[str] = []
    pages: list[Page] = []

    def open_page(path: Path, script: str = "", **options: Any) -> Page:
        pages.append(open_offline(browser, path, problems, script, **options))
        return pages[-1]

    yield open_page
    for page in pages:
        page.context.close()
    assert problems == []
