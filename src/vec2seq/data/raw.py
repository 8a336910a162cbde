"""A file as it lies on the disk, before it is decompressed: what is read of it is counted."""

import io
from collections import Counter
from pathlib import Path
from typing import Any

ReadBytes = Counter[Path]
"""Bytes of each file that were read so far."""


class RawFile(io.FileIO):
    """A file for reading; ``read_bytes`` is told how much. Meant for a BufferedReader."""

    def __init__(self, path: Path, read_bytes: ReadBytes):
        super().__init__(path)
        self._path, self._read_bytes = path, read_bytes

    def readinto(self, buffer: Any) -> int | None:
        """Read into the buffer, at most as much as it holds; how many bytes."""
        count = super().readinto(buffer)
        self._read_bytes[self._path] += count or 0
        return count
