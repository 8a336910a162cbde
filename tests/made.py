"""Made texts, what is read of a text, and the type of the command line in a process."""

import subprocess
import time
from collections.abc import Callable

import numpy as np

from vec2seq.data.blocks import open_source
from vec2seq.data.corpus import Corpus
from vec2seq.data.files import ReadSettings


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
