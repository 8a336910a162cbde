"""A file as it lies on the disk, before it is decompressed: what is read of it is counted, and a wait can be ended.

A pipe or a terminal may give nothing for long. Then a check is called again and again: what it raises ends the wait.
Windows cannot look whether there is something to read; there the wait lasts until something comes.
"""

import io
import os
import select
import stat
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from vec2seq.data.checked import Check

WAIT_MILLISECONDS = 100

ReadBytes = Counter[Path]
"""Bytes of each file that were read so far."""


class RawFile(io.FileIO):
    """A file for reading; ``read_bytes`` is told how much. Meant for a BufferedReader.

    ``descriptor``: of a file that is open already and stays open.
    """

    def __init__(self, path: Path, read_bytes: ReadBytes, check: Check, descriptor: int | None = None):
        if descriptor is None:
            super().__init__(path, opener=_at_once)
        else:
            super().__init__(descriptor, closefd=False)
        self._path, self._read_bytes, self._check = path, read_bytes, check
        self._poll: select.poll | None = None
        if sys.platform != "win32" and not stat.S_ISREG(os.fstat(self.fileno()).st_mode):
            self._poll = select.poll()
            self._poll.register(self, select.POLLIN)

    def readinto(self, buffer: Any) -> int | None:
        """Read into the buffer, at most as much as it holds; how many bytes."""
        while self._poll is not None:
            self._check()
            if self._poll.poll(WAIT_MILLISECONDS):
                break
        count = super().readinto(buffer)
        self._read_bytes[self._path] += count or 0
        return count


def _at_once(path: str, flags: int) -> int:
    """Open a file; do not wait until somebody writes into a named pipe (Linux: others then see its end)."""
    if sys.platform != "linux" or not Path(path).is_fifo():
        return os.open(path, flags)
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor
