"""Compressed files, decompressed by their ending. What is damaged, cut off or empty is an error, no shorter text."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from vec2seq.errors import missing_extra

COMPRESSED = {".gz", ".bz2", ".xz", ".zst"}
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
"""What is raised, besides other OSErrors, for a file that is damaged."""
BUFFER_BYTES = 1 << 16


def decompressed(raw: "io.BufferedReader[Any]", suffix: str) -> BinaryIO:
    """What is in a file with such an ending; the file itself if it is not one of COMPRESSED.

    DAMAGE or OSError is raised here, or when it is read.
    """
    if suffix not in COMPRESSED:
        return raw
    if not raw.peek(1):
        raise EOFError("it is empty")
    if suffix == ".gz":
        return cast(BinaryIO, gzip.open(raw))
    if suffix == ".bz2":
        return cast(BinaryIO, io.BufferedReader(_Streams(raw, bz2.BZ2Decompressor), BUFFER_BYTES))
    if suffix == ".xz":
        return cast(BinaryIO, io.BufferedReader(_Streams(raw, lzma.LZMADecompressor), BUFFER_BYTES))
    try:
        import pyarrow  # optional: only .zst files need it
    except ImportError:
        raise missing_extra("files") from None
    return cast(BinaryIO, pyarrow.input_stream(raw, compression="zstd"))


class _Streams(io.RawIOBase):
    """Streams one behind another, as bzip2 and xz files hold them. Meant for a BufferedReader.

    The standard library's readers take what is damaged behind the first stream for the end of the file.
    """

    def __init__(self, raw: BinaryIO, new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]):
        self._raw, self._new = raw, new
        self._stream, self._rest = new(), b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Decompress into the buffer, at most as much as it holds; how many bytes."""
        data = b""
        while not data:
            if self._stream.eof and not self._next_stream():
                return 0
            if self._stream.needs_input and not self._rest:
                self._rest = self._raw.read(BUFFER_BYTES)
                if not self._rest:
                    raise EOFError("its end is missing")
            data, self._rest = self._stream.decompress(self._rest, len(buffer)), b""
        buffer[: len(data)] = data
        return len(data)

    def _next_stream(self) -> bool:
        """Begin the stream that follows, behind zeros perhaps; False if there is none."""
        self._rest = self._stream.unused_data.lstrip(b"\0")
        while not self._rest:
            more = self._raw.read(BUFFER_BYTES)
            if not more:
                return False
            self._rest = more.lstrip(b"\0")
        self._stream = self._new()
        return True
