"""A signal whose C handler runs in a worker: the main thread, waiting for that worker, must look up by itself."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vec2seq.data.blocks import Block, open_source
from vec2seq.data.counting import number_text
from vec2seq.data.tokenize import Tokenizer


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_is_seen_while_others_wait_for_text(tmp_path: Path) -> None:
    seen, signals = threading.Event(), 0
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.set())

    def blocks() -> Iterator[Block]:
        nonlocal signals
        for block in open_source(["some words"] * 3).blocks:
            for _ in range(3):
                seen.clear()
                signal.pthread_kill(threading.get_ident(), signal.SIGINT)
                assert seen.wait(20), "nobody saw the signal"
                signals += 1
            yield block

    try:
        numbered = number_text(blocks(), tmp_path, Tokenizer(), threads=2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert signals >= 3
    assert sorted(numbered.counts[numbered.counts > 0].tolist()) == [3, 3]
