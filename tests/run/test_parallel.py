import threading
import time
from collections.abc import Callable

import pytest

from vec2seq.run.parallel import Crew, Pieces, free_running, in_lock_step

Start = Callable[[int, Pieces, Callable[[int, int], None]], Crew]


def lock_step(threads: int, pieces: Pieces, work: Callable[[int, int], None]) -> Crew:
    return in_lock_step(threads, pieces, work, lambda thread, count: None)


@pytest.mark.parametrize("start", [free_running, lock_step])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_piece_is_done_once(start: Start, threads: int) -> None:
    done, pieces = [], Pieces(3, 50)
    crew = start(threads, pieces, lambda thread, piece: done.append(piece))
    while not crew.wait(1):
        pass
    crew.finish()
    assert sorted(done) == list(range(3, 50))
    assert pieces.done == 50


@pytest.mark.parametrize("start", [free_running, lock_step])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_pause_leaves_a_prefix_done(start: Start, threads: int) -> None:
    done: list[int] = []
    pieces = Pieces(0, 10_000)

    def work(thread: int, piece: int) -> None:
        time.sleep(0.001)
        done.append(piece)

    crew = start(threads, pieces, work)
    while len(done) < 20:
        time.sleep(0.001)
    pieces.pause.set()
    crew.finish()
    assert 20 <= pieces.done < 10_000
    assert sorted(done) == list(range(pieces.done))
    crew = start(threads, Pieces(pieces.done, pieces.done + 7), work)
    crew.finish()
    assert sorted(done) == list(range(pieces.done + 7))


@pytest.mark.parametrize("start", [free_running, lock_step])
def test_an_error_in_a_thread_is_raised_and_stops_the_others(start: Start) -> None:
    def work(thread: int, piece: int) -> None:
        if piece == 10:
            raise ValueError("piece 10")

    crew = start(3, Pieces(0, 10**9), work)
    with pytest.raises(ValueError, match="piece 10"):
        crew.finish()


def test_rounds_apply_after_all_work_and_before_more() -> None:
    threads = 3
    events: list[tuple[str, int]] = []
    lock = threading.Lock()

    def note(kind: str, number: int) -> None:
        with lock:
            events.append((kind, number))

    crew = in_lock_step(
        threads, Pieces(0, 8), lambda thread, piece: note("work", piece), lambda thread, count: note("apply", count)
    )
    crew.finish()
    expected = [3, 3, 2]
    for round_number, count in enumerate(expected):
        start = sum(count + threads for count in expected[:round_number])
        round_events = events[start : start + count + threads]
        assert {kind for kind, _ in round_events[:count]} == {"work"}
        assert round_events[count:] == [("apply", count)] * threads
