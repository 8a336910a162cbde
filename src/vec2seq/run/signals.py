"""Ctrl-C and SIGTERM ask a training to stop at the next safe place; a second one stops it at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(KeyboardInterrupt):  # noqa: N818 - it is a kind of interrupt, not an error
    """A training stopped because it was asked to; if it has a checkpoint folder, its state is there."""


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """An event that is set by SIGINT or SIGTERM while the block runs.

    Signals reach the main thread only: in any other thread, the event is never set.
    """
    requested = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield requested
        return

    def request(number: int, frame: FrameType | None) -> None:
        if requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    before = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
