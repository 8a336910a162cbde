"""Made texts, what is read of a text, and the type of the command line in a process."""

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from vec2seq.data.blocks import open_source
from vec2seq.data.corpus import Corpus
from vec2seq.data.files import ReadSettings
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

T = TypeVar("T")


def begins(process: subprocess.Popen[str], begun: Callable[[], object], seconds: float = 120) -> bool:
    """Wait until something has begun in a process; False if the process ended before."""
    end = time.monotonic() + seconds
    while not begun():
        if process.poll() is not None:
            return False
        assert time.monotonic() < end, f"nothing has begun within {seconds} s"
        time.sleep(0.0005)
    return True


Command = Callable[..., subprocess.CompletedProcess[str]]


def small_texts(sentences: int = 400, words: int = 60, seed: int = 0) -> list[str]:
    """Texts in which words of the same group stand together: w0 w1 .. of group 0, and so on."""
    random = np.random.default_rng(seed)
    texts = []
    for _ in range(sentences):
        group = random.integers(6)
        members = group + 6 * random.integers(words // 6, size=random.integers(4, 16))
        texts.append(" ".join(f"w{member}" for member in members))
    return texts


def read(x: object, how: ReadSettings | None = None, block_bytes: int = 1 << 20) -> str:
    """The text that ``open_source`` makes of ``x``, its blocks put together."""
    return b"".join(block.data for block in open_source(x, how, block_bytes).blocks).decode()


def sentences(corpus: Corpus) -> list[list[str]]:
    """The words of every sentence."""
    return [corpus.vocab.decode(corpus.ids[a:b]) for a, b in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)]


class Pausing(Run):
    """A run that says a checkpoint is due whenever it is asked."""

    def checkpoint_due(self) -> bool:
        return True


def often_stopped(train: Callable[[Run], T], folder: Path, seconds: float) -> tuple[T, int]:
    """A training that is stopped after so many seconds, and goes on, until it is done; and how often it was stopped."""
    checkpoint, stops, resume = Checkpoint(folder), 0, False
    while True:
        run = Pausing(checkpoint, resume)
        timer = threading.Timer(seconds, run.stop.set)
        timer.start()
        try:
            return train(run), stops
        except Interrupted:
            stops += 1
            resume = checkpoint.exists()
        finally:
            timer.cancel()
