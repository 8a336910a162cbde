"""Work that can be asked to stop: ``check`` is called between its pieces, and what it raises ends the work."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

A = TypeVar("A")

Check = Callable[[], None]


def go_on() -> None:
    """The check that lets all work go on."""


def checked(items: Iterable[A], check: Check) -> Iterator[A]:
    """The items, with a check before each."""
    for item in items:
        check()
        yield item
