"""Work that can be asked to stop: ``check`` is called between its pieces, and what it raises ends the work."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from typing import TypeVar

A = TypeVar("A")

Check = Callable[[], None]

WAIT_SECONDS = 0.1
"""How long a thread waits for others before it looks up: a signal that comes just before waiting would not be seen."""


def go_on() -> None:
    """The check that lets all work go on."""


def checked(items: Iterable[A], check: Check) -> Iterator[A]:
    """The items, with a check before each."""
    for item in items:
        check()
        yield item


def apart(work: Callable[[], A], check: Check) -> A:
    """What ``work`` gives that has no pieces: another thread does it, and this one checks again and again.

    If the check raises, nobody waits for the work any more; it ends with the process, if not before.
    """
    future: Future[A] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    while not wait([future], WAIT_SECONDS).done:
        check()
    return future.result()
