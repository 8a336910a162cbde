"""Real processes that are asked to stop before there is a state to save: the first signal ends them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from made import begins, small_texts

if sys.platform == "win32":
    pytest.skip("signals and pipes of POSIX", allow_module_level=True)

import pty

SAID = "vec2seq: interrupted while reading the text; nothing is kept"
SMALL = ("--min-count", 1, "--width", 8, "--threads", 2)


@contextmanager
def started(*arguments: object, **options: object) -> Iterator[subprocess.Popen[str]]:
    """A process of the command line; it does not outlive the block."""
    command = [sys.executable, "-m", "vec2seq", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[str], number: int, begun: Callable[[], object]) -> list[str]:
    """Wait until something has begun, send one signal, and wait for the end; what was said."""
    assert begins(process, begun)
    process.send_signal(number)
    assert process.wait(timeout=60) == 130
    assert process.stderr is not None
    said = process.stderr.read()
    assert "Traceback" not in said
    return said.splitlines()


@contextmanager
def silent(kind: str, folder: Path) -> Iterator[tuple[object, int]]:
    """Something to read from that gives nothing: the argument DATA, and the standard input."""
    if kind == "named pipe":
        os.mkfifo(folder / "fifo")
        yield folder / "fifo", subprocess.DEVNULL
        return
    other, end = pty.openpty() if kind == "terminal" else os.pipe()[::-1]
    if kind == "pipe that gave something":
        os.write(other, b"some words\n")
    ended = threading.Event()
    writer = threading.Thread(target=trickle, args=(other, ended))
    if kind == "pipe that trickles":
        writer.start()
    try:
        yield "-", end
    finally:
        ended.set()
        if writer.ident:
            writer.join()
        os.close(other)
        os.close(end)


def trickle(pipe: int, ended: threading.Event) -> None:
    """Write a word again and again: a reader that waits for a whole block never waits long for a byte."""
    while not ended.wait(0.02):
        os.write(pipe, b"word\n")


KINDS = ("pipe", "pipe that gave something", "pipe that trickles", "terminal")
KINDS += ("named pipe",) if sys.platform == "linux" else ()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("tokenizer", ["auto", "whitespace"])  # read by the main thread, and by others
@pytest.mark.parametrize("kind", KINDS)
def test_waiting_for_text_that_does_not_come(tmp_path: Path, kind: str, tokenizer: str, number: int) -> None:
    out = tmp_path / "out"
    settings = ("--tokenizer", tokenizer, *SMALL)
    begun = "m.checkpoint/corpus" + ("/numbers-*" if tokenizer == "whitespace" else "")
    with (
        silent(kind, tmp_path) as (data, standard),
        started("train", "word2vec", data, "--out", out / "m", *settings, stdin=standard) as process,
    ):
        assert stopped(process, number, lambda: list(out.glob(begun)))[-1] == SAID
    assert not out.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="others see the end of a pipe into which nobody writes")
def test_waiting_for_a_dictionary_that_does_not_come(text_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    command = ("train", "word2vec", text_file, "--out", tmp_path / "m", "--user-dict", tmp_path / "fifo", *SMALL)
    with started(*command) as process:
        assert stopped(process, signal.SIGTERM, (tmp_path / "m.checkpoint").exists) == [SAID]
    assert [path.name for path in tmp_path.iterdir()] == ["fifo"]


def test_planning_for_text_that_does_not_come(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with (
        silent("pipe", tmp_path) as (data, standard),
        started("plan", "word2vec", data, "--tokenizer", "whitespace", stdin=standard, env=environment) as process,
    ):
        assert stopped(process, signal.SIGINT, lambda: list(tmp_path.glob("vec2seq-*/numbers-*"))) == [SAID]
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_written_slowly_into_a_named_pipe(tmp_path: Path) -> None:
    """Whoever opens it first waits for the other, as ever."""
    os.mkfifo(tmp_path / "fifo")
    settings = ("--tokenizer", "whitespace", "--epochs", 1, *SMALL)
    with started("train", "word2vec", tmp_path / "fifo", "--out", tmp_path / "m", *settings) as process:
        assert begins(process, lambda: list(tmp_path.glob("m.checkpoint/corpus/numbers-*")))
        with (tmp_path / "fifo").open("w") as file:
            for text in small_texts(40):
                file.write(text + "\n")
                file.flush()
                time.sleep(0.01)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_joining_phrases(text_file: Path, tmp_path: Path, number: int) -> None:
    """So many passes that they would take minutes."""
    command = ("train", "word2vec", text_file, "--out", tmp_path / "m", "--phrases", 100_000, *SMALL)
    with started(*command) as process:
        second = tmp_path / "m.checkpoint" / "corpus" / "numbers-joined-1.bin"
        assert stopped(process, number, second.exists)[-1] == SAID
    assert list(tmp_path.iterdir()) == []
