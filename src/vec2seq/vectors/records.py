"""What stands behind the header of other tools' vector files: a line of text or a binary record for each word.

Files are read block by block, and room is made only for what was read: no number in a file is believed before the file
has kept its word. ``kernels/floats.py`` turns text into numbers and back, several blocks at once. Knows nothing about
formats and headers.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.ordered import in_order
from vec2seq.errors import UserError, counted
from vec2seq.vectors.store import Vectors

BLOCK_BYTES = 2 << 20  # also the longest line
LONGEST_WORD = 65_535  # bytes
_SLACK = bytes(8)  # behind a block of lines: the kernel reads eight bytes at once

_THREADS = min(os.cpu_count() or 1, 8)  # more would wait for the one that reads or writes the file

_NUMBER = re.compile(rb"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """Some words and their vectors, in the order of the file."""

    words: list[str]
    rows: NDArray[np.float32]
    """[words, width]"""


# reading text


def numbers_at_end(line: bytes) -> int:
    """How many fields behind the first one are numbers, counted from the end."""
    count = 0
    for field in reversed(line.rstrip(b" \r").split(b" ")[1:]):
        if field and not _NUMBER.fullmatch(field):
            break
        count += bool(field)
    return count


def text_parts(blocks: Iterable[bytes], line: int, width: int, path: Path) -> Iterator[Part]:
    """The words and vectors of all lines in ``blocks``, of which the first has the number ``line``."""
    return in_order(lambda lines: _text_part(*lines, width, path), _line_blocks(blocks, line, path), _THREADS)


def _line_blocks(blocks: Iterable[bytes], line: int, path: Path) -> Iterator[tuple[int, bytes]]:
    """The same bytes cut at line ends, each block with the number of its first line and _SLACK behind it."""
    rest = b""
    for data in blocks:
        end = data.rfind(b"\n") + 1
        if end:
            yield line, (lines := b"".join((rest, memoryview(data)[:end], _SLACK)))
            line += lines.count(b"\n")
            rest = b""
        rest += data[end:]
        if len(rest) > BLOCK_BYTES:
            raise UserError(f"{path}:{line}: no line end within {BLOCK_BYTES:,} bytes, so this is no file of vectors")
    if rest:  # the last number may be cut off: 0.12 of 0.123
        raise UserError(f"{path}:{line}: cut off, there is no line end; copy the file again, or end the line")


def _text_part(line: int, data: bytes, width: int, path: Path) -> Part:
    """The words and vectors of some lines, of which the first has the number ``line``."""
    from vec2seq.kernels.floats import DONE, parse_rows  # here, because it loads Numba

    # a whole line has at least a letter, a space and a digit for each number, and an end
    lines = min(data.count(b"\n"), len(data) // (2 * width + 2))
    rows, words = np.empty((lines, width), np.float32), np.empty((lines, 2), np.int64)
    result, row, at, unsure = parse_rows(np.frombuffer(data, np.uint8)[: -len(_SLACK)], rows, words)
    if result != DONE:
        raise _wrong_line(result, data[at:], width, f"{path}:{line + row}")
    for place in np.flatnonzero(np.isnan(rows).any(axis=1)) if unsure else ():
        numbers = data[words[place, 1] : data.index(b"\n", words[place, 1])]
        _ask_python(numbers, rows[place], f"{path}:{line + place}")
    decoded: list[str] = []
    for start, end in words.tolist():
        try:
            decoded.append(data[start:end].decode())
        except UnicodeDecodeError as error:
            raise UserError(
                f"{path}:{line + len(decoded)}: not UTF-8 at byte {error.start + 1}; "
                f"convert the file (iconv -f ENCODING -t UTF-8) or mend the line"
            ) from None
    return Part(decoded, rows)


def _wrong_line(result: int, data: bytes, width: int, where: str) -> UserError:
    """The error for a line that the kernel did not read; ``data`` begins with its wrong field."""
    from vec2seq.kernels.floats import LONG, NO_WORD, SHORT  # here, because it loads Numba

    if result == NO_WORD:
        what = "begins with a space instead of a word"
    elif result in {SHORT, LONG}:
        what = f"{'fewer' if result == SHORT else 'more'} than {width} numbers, the width that line 1 gives"
    else:
        field = re.split(rb"[ \r\n]", data, maxsplit=1)[0]
        text = field[:40].decode(errors="replace")
        what = f"{text} is not finite in float32" if _NUMBER.fullmatch(field) else f"{text!r} is not a number"
    return UserError(f"{where}: {what}; mend or delete the line")


def _ask_python(numbers: bytes, row: NDArray[np.float32], where: str) -> None:
    """Read a row of which the kernel left a number to Python."""
    with np.errstate(over="ignore"):
        row[:] = [float(number) for number in numbers.split()]
    if not np.isfinite(row).all():
        raise UserError(f"{where}: a number is not finite in float32; mend or delete the line")


# reading binary


def binary_parts(blocks: Iterator[bytes], before: int, count: int, width: int, path: Path) -> Iterator[Part]:
    """``count`` words and vectors, behind which only line ends may follow; ``before`` the blocks were so many bytes."""
    data, done = b"", 0
    while done < count:
        where = f"{path}: byte {before + 1:,}"
        if len(data) > LONGEST_WORD + 4 * width:
            raise UserError(f"{where}: no word here; the file is damaged, copy it again")
        block = next(blocks, b"")
        if not block:
            raise UserError(f"{where}: cut off, {done:,} of {count:,} vectors are whole; copy the file again")
        data += block
        part, end = _binary_part(data, before, count - done, width, path)
        if part.words:
            yield part
        done += len(part.words)
        data, before = data[end:], before + end
    if data.strip(b"\n") or any(block.strip(b"\n") for block in blocks):
        raise UserError(
            f"{path}:1: says {counted(count, 'vector')}, but there are more; copy the file again, or mend the number"
        )


def _binary_part(data: bytes, before: int, most: int, width: int, path: Path) -> tuple[Part, int]:
    """The vectors that are whole in the data, and where they end; ``before`` the data were so many bytes."""
    words: list[str] = []
    values: list[bytes] = []
    places = [0]
    while len(words) < most:
        space = data.find(b" ", places[-1])
        end = space + 1 + 4 * width
        if space < 0 or end > len(data):
            break
        word = data[places[-1] : space].lstrip(b"\n")
        try:
            words.append(word.decode())
        except UnicodeDecodeError:
            raise UserError(
                f"{path}: byte {before + places[-1] + 1:,}: a word that is not UTF-8; if the file is not damaged, "
                f"load and save it with gensim and unicode_errors='replace'"
            ) from None
        if not word:
            raise UserError(
                f"{path}: byte {before + places[-1] + 1:,}: an empty word; the file is damaged, copy it again"
            )
        values.append(data[space + 1 : end])
        places.append(end)
    rows = np.frombuffer(b"".join(values), "<f4").reshape(-1, width)
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        row = int(finite.argmin())
        raise UserError(
            f"{path}: byte {before + places[row] + 1:,}: the vector of {words[row]!r} holds a value that is not "
            f"finite; copy the file again, or leave the word out where it was made"
        )
    return Part(words, rows), places[-1]


# writing


def text_pieces(vectors: Vectors, words: list[bytes]) -> Iterator[memoryview]:
    """The lines of all words, piece by piece; ``words`` are the tokens in UTF-8. UserError for a value not finite."""
    from vec2seq.kernels.floats import LONGEST_NUMBER, print_rows  # here, because it loads Numba

    at_once = max(BLOCK_BYTES // (LONGEST_NUMBER * vectors.width), 1)

    def printed(start: int) -> memoryview:
        rows, part = _finite_rows(vectors, start, start + at_once), words[start : start + at_once]
        letters, ends = b"".join(part), np.cumsum([0, *map(len, part)])
        out = np.empty(len(letters) + LONGEST_NUMBER * rows.size + len(rows), np.uint8)
        return out[: print_rows(rows, np.frombuffer(letters, np.uint8), ends, out)].data

    return in_order(printed, range(0, len(words), at_once), _THREADS)


def binary_pieces(vectors: Vectors, words: list[bytes]) -> Iterator[bytes]:
    """The records of all words, piece by piece; see ``text_pieces``."""
    at_once = max(BLOCK_BYTES // (4 * vectors.width), 1)
    for start in range(0, len(words), at_once):
        rows, part = _finite_rows(vectors, start, start + at_once), words[start : start + at_once]
        yield b"".join(b"%b %b\n" % (word, row.tobytes()) for word, row in zip(part, rows, strict=True))


def _finite_rows(vectors: Vectors, start: int, stop: int) -> NDArray[np.float32]:
    """A copy of some rows, little-endian; UserError if a value is not finite."""
    rows = np.array(vectors.matrix[start:stop], "<f4")
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise UserError(
            f"the vector of {vectors.tokens[start + int(finite.argmin())]!r} holds a value that is not finite; "
            f"leave the word out"
        )
    return rows
