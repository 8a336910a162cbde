"""Threads that work through numbered pieces, while the main thread stays free for signals, checkpoints and progress.

``free_running``: each thread takes the next piece when it is done with one. ``in_lock_step``: in a round each thread
does one piece, all wait for each other, each applies its share of what the round changed, all wait again. Both can be
paused between pieces and say how far they came, so that they can go on later.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Work = Callable[[int, int], None]
"""work(thread, piece)"""


@dataclass
class Pieces:
    """Pieces ``done`` .. ``last`` - 1 are still to do; ``pause`` asks the threads to stop soon."""

    done: int
    last: int
    pause: threading.Event = field(default_factory=threading.Event)


def free_running(threads: int, pieces: Pieces, work: Work) -> "Crew":
    """Start threads that take the next piece as they come."""
    lock = threading.Lock()

    def take() -> int | None:
        with lock:
            if pieces.pause.is_set() or pieces.done >= pieces.last:
                return None
            pieces.done += 1
            return pieces.done - 1

    def run(thread: int) -> None:
        while (piece := take()) is not None:
            work(thread, piece)

    return Crew(threads, pieces, run)


def in_lock_step(threads: int, pieces: Pieces, work: Work, apply: Callable[[int, int], None]) -> "Crew":
    """Start threads that do rounds of one piece each; ``apply(thread, count)`` follows a round of ``count`` pieces."""
    go_on = pieces.done < pieces.last and not pieces.pause.is_set()

    def close_round() -> None:
        nonlocal go_on
        pieces.done = min(pieces.done + threads, pieces.last)
        go_on = pieces.done < pieces.last and not pieces.pause.is_set()

    worked, applied = threading.Barrier(threads), threading.Barrier(threads, close_round)

    def run(thread: int) -> None:
        try:
            while go_on:
                count = min(threads, pieces.last - pieces.done)
                if thread < count:
                    work(thread, pieces.done + thread)
                worked.wait()
                apply(thread, count)
                applied.wait()
        except threading.BrokenBarrierError:
            pass  # another thread failed, and reports it
        except BaseException:
            worked.abort()
            applied.abort()
            raise

    return Crew(threads, pieces, run)


class Crew:
    """Running threads: ``wait`` with a timeout, in turns with other work; ``finish`` raises what they raised."""

    def __init__(self, threads: int, pieces: Pieces, run: Callable[[int], None]):
        self._pieces = pieces
        self._errors: list[BaseException] = []
        self._run = run
        self._threads = [threading.Thread(target=self._guarded, args=(i,), daemon=True) for i in range(threads)]
        for thread in self._threads:
            thread.start()

    def _guarded(self, thread: int) -> None:
        try:
            self._run(thread)
        except BaseException as error:
            self._errors.append(error)
            self._pieces.pause.set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for the first thread that still runs; whether all are done."""
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds)
                break
        return not any(thread.is_alive() for thread in self._threads)

    def finish(self) -> None:
        """Wait for all threads, raise the first error."""
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]
