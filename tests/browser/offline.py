"""A page opened from a file, without a network, and watched."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Route


def open_offline(browser: Browser, path: Path, problems: list[str], script: str = "", **options: Any) -> Page:
    """The page in a context of its own with these options; the script runs before the page's own.

    What it asks for besides itself, what it writes to the console and what it throws is added to ``problems``.
    """
    url = path.as_uri()
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
    context.add_init_script(script)

    def only_the_page(route: Route) -> None:
        if route.request.url == url:
            route.continue_()
        else:
            route.abort()

    def note_request(request: Request) -> None:
        if request.url != url:
            problems.append(f"asked for {request.url}")

    def note_error(error: Error) -> None:
        problems.append(f"threw {error}")

    def note_message(message: ConsoleMessage) -> None:
        problems.append(f"wrote {message.text}")

    context.route("**/*", only_the_page)
    page = context.new_page()
    page.on("request", note_request)
    page.on("pageerror", note_error)
    page.on("console", note_message)
    page.goto(url)
    return page
