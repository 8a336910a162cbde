"""The vector files of other tools.

    word2vec          a header line, "count width"; then a line a word: the word and its numbers, a space before each
    fasttext          the same (.vec); fastText itself also ends every line with a space
    glove             the same without the header
    word2vec-binary   the header line; then for each word: the word, a space, its numbers as little-endian float32, and
                      a line end, which word2vec.c writes and gensim leaves out: both are read

Files are read block by block, compressed or not, and room is made only for what was read: a header is believed when the
file has kept its word. ``kernels/floats.py`` turns text into numbers, several blocks at once.
"""

import lzma
import os
import re
import sys
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.files import COMPRESSED, open_bytes
from vec2seq.disk import sync_file, sync_folder
from vec2seq.errors import UserError
from vec2seq.vectors.store import Vectors, unique_tokens

A = TypeVar("A")
B = TypeVar("B")

Format = Literal["word2vec", "word2vec-binary", "glove", "fasttext"]

_BLOCK_BYTES = 2 << 20  # also the longest line
_LONGEST_WORD = 65_535  # bytes
_WIDEST = 65_536
_GROWTH_BYTES = 32 << 20
_MOST_THREADS = 8  # more would wait for the one that reads or writes the file

_HEADER = re.compile(rb"[ \t]*(\d{1,18})[ \t]+(\d{1,18})[ \t\r]*\n")
_NUMBER = re.compile(rb"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\0\t-\r ]")


@dataclass(frozen=True)
class _Header:
    count: int
    width: int
    size: int
    """bytes of the line"""


@dataclass(frozen=True)
class _Part:
    """Some words and their vectors, in the order of the file."""

    words: list[str]
    rows: NDArray[np.float32]


def _check_format(format: str) -> None:  # noqa: A002 - as in read_vectors
    if format not in get_args(Format):
        raise UserError(f"format {format!r}: must be one of {' '.join(get_args(Format))}")


# reading


def read_vectors(path: str | Path, format: Format | None = None) -> Vectors:  # noqa: A002 - so the command line names it
    """Read the vectors that another tool wrote, decompressed if the name ends in .gz, .bz2, .xz or .zst.

    Without ``format`` the file itself tells: a first line of two whole numbers is a header, and the file is text if the
    line behind it is a word and its numbers. In text a word may hold spaces: it is all that stands in front of the last
    ``width`` numbers. Of a word that stands twice the first vector is kept, as in gensim, and a warning says how many
    were left out.

    UserError, with the line or the byte, for all that is not a whole file of finite float32 vectors.
    """
    path = Path(path)
    if format is not None:
        _check_format(format)
    read = _Read()
    with _opened(path) as file:
        for part in _parts(file, path, format):
            read.add(part)
    if len(read.words) < read.count:
        left_out = read.count - len(read.words)
        warnings.warn(f"{path}: {left_out:,} vectors left out, of words that stand in it before", stacklevel=2)
    return Vectors(list(read.words), read.matrix())


class _Read:
    """What was read of a file: the words, and their vectors in a matrix that grows where it lies, if the system can."""

    def __init__(self) -> None:
        self.words: dict[str, None] = {}
        self.count = 0
        self._rows = np.empty((0, 0), np.float32)

    def add(self, part: _Part) -> None:
        """Add the vectors of words that are new."""
        new = []
        for row, word in enumerate(part.words):
            if word not in self.words:
                self.words[word] = None
                new.append(row)
        rows = part.rows if len(new) == len(part.words) else part.rows[new]
        start, stop = len(self.words) - len(rows), len(self.words)
        if stop > len(self._rows):
            more = max(_GROWTH_BYTES // (4 * rows.shape[1]), len(self._rows) // 8)
            self._rows.resize((stop + more, rows.shape[1]), refcheck=False)
        self._rows[start:stop] = rows
        self.count += len(part.words)

    def matrix(self) -> NDArray[np.float32]:
        """All vectors, [words, width]."""
        self._rows.resize((len(self.words), self._rows.shape[1]), refcheck=False)
        return self._rows


def _parts(file: BinaryIO, path: Path, format: Format | None) -> Iterator[_Part]:  # noqa: A002 - as above
    """The words and vectors of a file, part by part."""
    head = file.read(_BLOCK_BYTES)
    if not head:
        raise UserError(f"{path}: empty")
    header = None if format == "glove" else _header(head, path)
    if header is None and format not in {None, "glove"}:
        raise UserError(f"{path}:1: not a header line, 'count width'; a file without one is of the format glove")
    text = format in {"word2vec", "fasttext"} or (format is None and header and _begins_as_text(head, header))
    if header is None or text:
        yield from _text_parts(file, head, header, path)
        return
    try:
        yield from _binary_parts(file, head, header, path)
    except UserError as error:
        if format is not None:
            raise
        reason = f"taken for a binary file, because line 2 is not a word and {header.width} numbers"
        raise UserError(f"{error} ({reason})") from None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, decompressed; what goes wrong with it becomes a UserError."""
    if path.is_dir():
        raise UserError(f"{path}: a folder, not a file of vectors")
    try:
        with open_bytes(path) as file:
            yield file
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except _read_errors() as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path}: cannot be read, or is damaged or cut off ({reason})") from None


def _read_errors() -> tuple[type[Exception], ...]:
    """What reading and decompressing may raise."""
    zstandard = sys.modules.get("zstandard")  # optional; loaded if the file is of its kind
    return (OSError, EOFError, zlib.error, lzma.LZMAError, *([zstandard.ZstdError] if zstandard else []))


def _header(head: bytes, path: Path) -> _Header | None:
    """The header line, if the first line is one."""
    match = _HEADER.match(head)
    if match is None:
        return None
    count, width = int(match[1]), int(match[2])
    if count == 0 or width == 0:
        raise UserError(f"{path}:1: says {count} vectors of width {width}: there is nothing in this file")
    if width > _WIDEST:
        raise UserError(
            f"{path}:1: says vectors of width {width:,}, but {_WIDEST:,} is the most: is this a file of vectors?"
        )
    return _Header(count, width, match.end())


def _numbers_at_end(line: bytes) -> int:
    """How many fields behind the first one are numbers, counted from the end."""
    count = 0
    for field in reversed(line.rstrip(b" \r").split(b" ")[1:]):
        if field and not _NUMBER.fullmatch(field):
            break
        count += bool(field)
    return count


def _begins_as_text(head: bytes, header: _Header) -> bool:
    """Whether the line behind the header is a word and its numbers."""
    line, end, _ = head[header.size :].partition(b"\n")
    return bool(end) and _numbers_at_end(line) >= header.width


def _in_order(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """``map`` by several threads, only a few items ahead of the one that is waited for."""
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    with ThreadPoolExecutor(threads) as pool:
        pending: deque[Future[B]] = deque()
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


# text


def _text_parts(file: BinaryIO, head: bytes, header: _Header | None, path: Path) -> Iterator[_Part]:
    """Read lines to the end of the file; without a header the first one tells the width."""
    width = header.width if header else _numbers_at_end(head.partition(b"\n")[0])
    if width == 0:
        raise UserError(f"{path}:1: not a word and its numbers, so this is no file of vectors")
    blocks = _line_blocks(file, head[header.size :], 2, path) if header else _line_blocks(file, head, 1, path)
    count = 0
    for part in _in_order(lambda block: _text_part(*block, width, path), blocks):
        count += len(part.words)
        yield part
    if header is not None and count != header.count:
        raise UserError(
            f"{path}:1: says {header.count:,} vectors, but there are {count:,}: "
            f"cut off, or the number is wrong; copy the file again, or mend the number"
        )


def _line_blocks(file: BinaryIO, data: bytes, line: int, path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines, some megabytes at a time, with the number of the first; ``data`` is what was read already."""
    rest = b""
    while True:
        end = data.rfind(b"\n") + 1
        if end:
            yield line, (block := rest + data[:end])
            line += block.count(b"\n")
            rest = b""
        rest += data[end:]
        if len(rest) > _BLOCK_BYTES:
            raise UserError(f"{path}:{line}: no line end within {_BLOCK_BYTES:,} bytes, so this is no file of vectors")
        data = file.read(_BLOCK_BYTES)
        if not data:
            break
    if rest:
        raise UserError(f"{path}:{line}: cut off, there is no line end; copy the file again, or end the line")


def _text_part(line: int, data: bytes, width: int, path: Path) -> _Part:
    """The words and vectors of some lines, of which the first has the number ``line``."""
    from vec2seq.kernels.floats import DONE, parse_rows  # here, because it loads Numba

    # a whole line has at least a letter, a space and a digit for each number, and an end
    lines = min(data.count(b"\n"), len(data) // (2 * width + 2))
    rows, words = np.empty((lines, width), np.float32), np.empty((lines, 2), np.int64)
    result, row, at, unsure = parse_rows(np.frombuffer(data, np.uint8), rows, words)
    if result != DONE:
        raise _wrong_line(result, data[at : at + 40], width, f"{path}:{line + row}")
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
    return _Part(decoded, rows)


def _wrong_line(result: int, data: bytes, width: int, where: str) -> UserError:
    """The error for a line that the kernel did not read; ``data`` begins with its wrong field."""
    from vec2seq.kernels.floats import LONG, NO_WORD, SHORT  # here, because it loads Numba

    if result == NO_WORD:
        what = "no word in front of the numbers"
    elif result in {SHORT, LONG}:
        what = f"{'fewer' if result == SHORT else 'more'} than {width} numbers, the width that line 1 gives"
    else:
        field = re.split(rb"[ \r\n]", data)[0]
        text = field.decode(errors="replace")
        what = f"{text} is not finite in float32" if _NUMBER.fullmatch(field) else f"{text!r} is not a number"
    return UserError(f"{where}: {what}; mend or delete the line")


def _ask_python(numbers: bytes, row: NDArray[np.float32], where: str) -> None:
    """Read a row of which the kernel left a number to Python."""
    with np.errstate(over="ignore"):
        row[:] = [float(number) for number in numbers.split()]
    if not np.isfinite(row).all():
        raise UserError(f"{where}: a number is not finite in float32; mend or delete the line")


# binary


def _binary_parts(file: BinaryIO, data: bytes, header: _Header, path: Path) -> Iterator[_Part]:
    """Read as many vectors as the header says; nothing but line ends may follow. ``data`` was read already."""
    count, place, before = 0, header.size, 0
    while True:
        part, place = _binary_part(data, place, before, header.width, header.count - count, path)
        count += len(part.words)
        yield part
        if count == header.count:
            break
        where = f"{path}: byte {before + place + 1:,}"
        if len(data) - place > _LONGEST_WORD + 4 * header.width:
            raise UserError(f"{where}: no word here; the file is damaged, copy it again")
        more = file.read(_BLOCK_BYTES)
        if not more:
            raise UserError(f"{where}: cut off, {count:,} of {header.count:,} vectors are whole; copy the file again")
        data, place, before = data[place:] + more, 0, before + place
    rest = data[place:]
    while not rest.strip(b"\n"):
        rest = file.read(_BLOCK_BYTES)
        if not rest:
            return
    raise UserError(f"{path}:1: says {count:,} vectors, but there are more; copy the file again, or mend the number")


def _binary_part(data: bytes, place: int, before: int, width: int, most: int, path: Path) -> tuple[_Part, int]:
    """The vectors that are whole in data[place:], and where they end; ``before`` the data were so many bytes."""
    words: list[str] = []
    values: list[bytes] = []
    while len(words) < most:
        space = data.find(b" ", place)
        end = space + 1 + 4 * width
        if space < 0 or end > len(data):
            break
        word = data[place:space].lstrip(b"\n")
        try:
            words.append(word.decode())
        except UnicodeDecodeError:
            raise UserError(
                f"{path}: byte {before + place + 1:,}: a word that is not UTF-8; if the file is not damaged, "
                f"load and save it with gensim and unicode_errors='replace'"
            ) from None
        if not word:
            raise UserError(f"{path}: byte {before + place + 1:,}: an empty word; the file is damaged, copy it again")
        values.append(data[space + 1 : end])
        place = end
    rows = np.frombuffer(b"".join(values), "<f4").reshape(-1, width)
    _check_finite(rows, words, f"{path}: ")
    return _Part(words, rows), place


def _check_finite(rows: NDArray[np.float32], tokens: list[str], where: str) -> None:
    """UserError that names the first word whose vector holds NaN or infinity."""
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise UserError(
            f"{where}the vector of {tokens[finite.argmin()]!r} holds a value that is not finite; leave it out"
        )


# writing


def write_vectors(vectors: Vectors, path: str | Path, format: Format) -> None:  # noqa: A002 - as in read_vectors
    """Write vectors for other tools: whole, or not at all. An older file of that name is replaced.

    Numbers in text have the fewest digits that are read back as the same float32. A word may be whatever gensim and
    programs in C read back, Unicode spaces too. UserError for a word that is empty or too long, stands twice, or holds
    ASCII white space, NUL or half a surrogate pair; and for a value that is not finite.
    """
    path = Path(path)
    _check(vectors, path, format)
    words = [_encoded(token, row) for row, token in enumerate(vectors.tokens, 1)]
    binary = format == "word2vec-binary"
    aside = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        with aside.open("wb") as file:
            if format != "glove":
                file.write(b"%d %d\n" % vectors.matrix.shape)
            file.writelines(_binary_pieces(vectors, words) if binary else _text_pieces(vectors, words))
        sync_file(aside)
        aside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            aside.unlink()
        if isinstance(error, OSError):
            raise UserError(f"{path}: cannot be written ({error.strerror})") from None
        raise
    sync_folder(path.parent)


def _check(vectors: Vectors, path: Path, format: str) -> None:  # noqa: A002 - as in read_vectors
    """UserError unless these vectors can be written under this name."""
    _check_format(format)
    if path.is_dir():
        raise UserError(f"{path}: a folder; give the name of a file")
    if path.suffix.lower() in COMPRESSED:
        raise UserError(
            f"{path}: vectors are written without compression; leave {path.suffix} away, and compress the file"
        )
    if 0 in vectors.matrix.shape or vectors.matrix.shape[0] != len(vectors):
        raise UserError(f"{len(vectors)} words and a matrix of shape {vectors.matrix.shape}: not vectors to write")
    if vectors.width > _WIDEST:
        raise UserError(f"vectors of width {vectors.width:,}: files of vectors hold {_WIDEST:,} at most")
    unique_tokens(vectors.tokens, "the vectors")


def _encoded(token: str, row: int) -> bytes:
    """A word as UTF-8; UserError if a reader would not give it back."""
    if not token:
        raise UserError(f"word {row:,} is empty: a file of vectors cannot hold that; name it")
    separator = _SEPARATOR.search(token)
    if separator:
        raise UserError(
            f"word {row:,}, {token!r}: readers would split it at {separator[0]!r}; replace that, by _ for example"
        )
    try:
        encoded = token.encode()
    except UnicodeEncodeError:
        raise UserError(f"word {row:,}, {token!a}: half a surrogate pair is no character; rename the word") from None
    if len(encoded) > _LONGEST_WORD:
        raise UserError(f"word {row:,}, {token[:20]!r} ...: more than {_LONGEST_WORD:,} bytes; shorten it")
    return encoded


def _finite_rows(vectors: Vectors, start: int, stop: int) -> NDArray[np.float32]:
    """A copy of some rows, little-endian; UserError if a value is not finite."""
    rows = np.array(vectors.matrix[start:stop], "<f4")
    _check_finite(rows, vectors.tokens[start:stop], "")
    return rows


def _binary_pieces(vectors: Vectors, words: list[bytes]) -> Iterator[bytes]:
    """The words and their vectors, piece by piece."""
    at_once = max(_BLOCK_BYTES // (4 * vectors.width), 1)
    for start in range(0, len(words), at_once):
        rows, part = _finite_rows(vectors, start, start + at_once), words[start : start + at_once]
        yield b"".join(b"%b %b\n" % (word, row.tobytes()) for word, row in zip(part, rows, strict=True))


def _text_pieces(vectors: Vectors, words: list[bytes]) -> Iterator[memoryview]:
    """The lines of all words, piece by piece."""
    from vec2seq.kernels.floats import LONGEST_NUMBER, print_rows  # here, because it loads Numba

    at_once = max(_BLOCK_BYTES // (LONGEST_NUMBER * vectors.width), 1)

    def printed(start: int) -> memoryview:
        rows, part = _finite_rows(vectors, start, start + at_once), words[start : start + at_once]
        letters, ends = b"".join(part), np.cumsum([0, *map(len, part)])
        out = np.empty(len(letters) + LONGEST_NUMBER * rows.size + len(rows), np.uint8)
        return out[: print_rows(rows, np.frombuffer(letters, np.uint8), ends, out)].data

    return _in_order(printed, range(0, len(words), at_once))
