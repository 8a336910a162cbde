import errno
import io

import pytest

from vec2seq.run import progress
from vec2seq.run.progress import Printed, Silent, amount, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_plain_lines_come_seldom(clock: list[float]) -> None:
    stream = io.StringIO()
    printed = Printed(stream)
    for second in range(31):
        clock[0] = 100 + second
        printed.step("training", second * 1e6, 60e6, "words", loss=1.5)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0] == "training  17 %  1.0 M words/s  loss 1.5000  50 s left"


def test_a_terminal_gets_one_line_that_fits(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    printed = Printed(stream)
    printed.step("读取", 0, None, "MB")
    clock[0] += 1
    printed.step("读取", 50, None, "MB", held_out_loss=2.0)
    printed.note("done")
    shown = stream.getvalue()
    assert shown == "读取  50 MB/s  held out loss \r\x1b[Kdone\n"


def test_silence() -> None:
    Silent().note("x")
    Silent().step("x", 1, 2, "words")


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (0.25, "0.2"), (12, "12"), (1234, "1.2 k"), (5_600_000, "5.6 M"), (7.25e9, "7.2 G")]
)
def test_amount(number: float, text: str) -> None:
    assert amount(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.25, "0.2 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (75, "1 min 15 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_without_room_does_not_end_the_work() -> None:
    Printed(FullDisk()).note("a line")
