import os
import signal
import threading

import pytest

from vec2seq.run.signals import stop_requests


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_and_a_second_one_interrupts(number: int) -> None:
    before, stop = signal.getsignal(number), threading.Event()

    def insist() -> None:
        os.kill(os.getpid(), number)
        threading.Event().wait(1)

    with stop_requests(stop):
        os.kill(os.getpid(), number)
        assert stop.wait(1)
        with pytest.raises(KeyboardInterrupt):
            insist()
    assert signal.getsignal(number) is before


def test_other_threads_change_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work() -> None:
        with stop_requests(threading.Event()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
