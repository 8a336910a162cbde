"""The vector files of other tools.

    word2vec          a header line, "count width"; then a line a word: the word and its numbers, a space before each
    fasttext          the same (.vec); fastText itself also ends every line with a space
    glove             the same without the header
    word2vec-binary   the header line; then for each word: the word, a space, its numbers as little-endian float32, and
                      a line end, which word2vec.c writes and gensim leaves out: both are read

Here a file is recognized, checked as a whole and put in its place; ``records.py`` reads and writes what stands in it.
"""

import itertools
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.compressed import COMPRESSED, DAMAGE
from vec2seq.data.files import open_bytes
from vec2seq.disk import replacing
from vec2seq.errors import UserError, counted
from vec2seq.vectors.records import (
    BLOCK_BYTES,
    LONGEST_WORD,
    Part,
    binary_parts,
    binary_pieces,
    numbers_at_end,
    text_parts,
    text_pieces,
)
from vec2seq.vectors.store import Vectors

Format = Literal["word2vec", "word2vec-binary", "glove", "fasttext"]

_WIDEST = 65_536
_GROWTH_BYTES = 32 << 20

_HEADER = re.compile(rb"[ \t]*(-?\d{1,18})[ \t]+(-?\d{1,18})[ \t\r]*\n")
_BEGUN_LINE = re.compile(rb"[^ ]+[ \d.eE+-]*")
_NO_VECTORS = {
    (b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5"): "Python objects (gensim's save?), which are never opened here: they "
    "could run any program; in gensim: KeyedVectors.load(FILE).save_word2vec_format(NEW), of a whole model "
    "Word2Vec.load(FILE).wv.save_word2vec_format(NEW)",
    (b"\xba\x16\x4f\x2f",): "a whole fastText model; take the .vec file that fastText wrote beside it, or in gensim: "
    "load_facebook_vectors(FILE).save_word2vec_format(NEW)",
}
"""How models begin that are taken for files of vectors, what they are, and what to do."""
_SEPARATOR = re.compile(r"[\0\t-\r ]")


# reading


def read_vectors(path: str | Path) -> Vectors:
    """Read the vectors that another tool wrote, decompressed if the name ends in .gz, .bz2, .xz or .zst.

    The file itself tells its format: a first line of two whole numbers is a header, and the file is text if the line
    behind it is a word and its numbers. In text a word may hold spaces: it is all that stands in front of the last
    ``width`` numbers. Of a word that stands twice the first vector is kept, as in gensim, and a warning says how many
    were left out.

    UserError, with the line or the byte, for all that is not a whole file of finite float32 vectors.
    """
    path = Path(path)
    read = _Read()
    with _opened(path) as file:
        for part in _parts(file, path):
            read.add(part)
    if len(read.words) < read.count:
        left_out = read.count - len(read.words)
        warnings.warn(f"{path}: {counted(left_out, 'vector')} left out, of words that stand in it before", stacklevel=2)
    return Vectors(list(read.words), read.matrix())


class _Read:
    """What was read of a file: the words, and their vectors in a matrix that grows where it lies, if the system can."""

    def __init__(self) -> None:
        self.words: dict[str, None] = {}
        self.count = 0
        self._rows = np.empty((0, 0), np.float32)

    def add(self, part: Part) -> None:
        """Add the vectors of words that are new."""
        new = []
        for row, word in enumerate(part.words):
            if word not in self.words:
                self.words[word] = None
                new.append(row)
        rows = part.rows if len(new) == len(part.words) else part.rows[new]
        start, stop = len(self.words) - len(rows), len(self.words)
        if stop > len(self._rows):
            more = max(min(stop, _GROWTH_BYTES // (4 * rows.shape[1])), stop // 8)
            self._rows.resize((stop + more, rows.shape[1]), refcheck=False)
        self._rows[start:stop] = rows
        self.count += len(part.words)

    def matrix(self) -> NDArray[np.float32]:
        """All vectors, [words, width]."""
        self._rows.resize((len(self.words), self._rows.shape[1]), refcheck=False)
        return self._rows


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, decompressed; what goes wrong with it becomes a UserError."""
    try:
        if path.is_dir():
            raise UserError(f"{path}: a folder, not a file of vectors; name the file in it")
        with open_bytes(path) as file:
            yield file
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, *DAMAGE) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path}: cannot be read, or is damaged or cut off ({reason}); copy the file again") from None


@dataclass(frozen=True)
class _Header:
    count: int
    width: int
    size: int
    """bytes of the line"""


def _header(head: bytes, path: Path) -> _Header | None:
    """The header line, if the first line is one."""
    match = _HEADER.match(head)
    if match is None:
        return None
    count, width = int(match[1]), int(match[2])
    if count <= 0 or width <= 0:
        raise UserError(
            f"{path}:1: says {counted(count, 'vector')} of width {width}: there is nothing in this file, or its first "
            "line is wrong"
        )
    if width > _WIDEST:
        raise UserError(
            f"{path}:1: says vectors of width {width:,}, but {_WIDEST:,} is the most: is this a file of vectors?"
        )
    return _Header(count, width, match.end())


def _begins_as_text(data: bytes, width: int) -> bool:
    """Whether the line behind the header is a word and its numbers, or the beginning of such a line and of no other."""
    line, end, _ = data.partition(b"\n")
    return numbers_at_end(line) >= width if end else _BEGUN_LINE.fullmatch(line) is not None


def _parts(file: BinaryIO, path: Path) -> Iterator[Part]:
    """The words and vectors of a file, part by part."""
    head = file.read(BLOCK_BYTES)
    if not head:
        raise UserError(f"{path}: empty; copy the file again")
    for starts, what in _NO_VECTORS.items():
        if head.startswith(starts):
            raise UserError(f"{path}: {what}")
    more = iter(lambda: file.read(BLOCK_BYTES), b"")
    header = _header(head, path)
    if header is None:
        yield from _glove_parts(head, more, path)
    elif _begins_as_text(head[header.size :], header.width):
        yield from _word2vec_parts(header, itertools.chain([head[header.size :]], more), path)
    else:
        yield from _binary_parts(header, itertools.chain([head[header.size :]], more), path)


def _glove_parts(head: bytes, more: Iterator[bytes], path: Path) -> Iterator[Part]:
    width = numbers_at_end(head.partition(b"\n")[0])
    if width == 0:
        raise UserError(f"{path}:1: neither 'count width' nor a word and its numbers, so this is no file of vectors")
    return text_parts(itertools.chain([head], more), 1, width, path)


def _word2vec_parts(header: _Header, blocks: Iterator[bytes], path: Path) -> Iterator[Part]:
    count = 0
    for part in text_parts(blocks, 2, header.width, path):
        count += len(part.words)
        yield part
    if count != header.count:
        raise UserError(
            f"{path}:1: says {counted(header.count, 'vector')}, but there are {count:,}: "
            f"cut off, or the number is wrong; copy the file again, or mend the number"
        )


def _binary_parts(header: _Header, blocks: Iterator[bytes], path: Path) -> Iterator[Part]:
    try:
        yield from binary_parts(blocks, header.size, header.count, header.width, path)
    except UserError as error:
        reason = f"taken for a binary file, because line 2 is not a word and {header.width} numbers"
        raise UserError(f"{error} ({reason})") from None


# writing


def write_vectors(vectors: Vectors, path: str | Path, format: Format) -> None:  # noqa: A002 - so the command line names it
    """Write vectors for other tools: whole, or not at all. An older file of that name is replaced.

    Numbers in text have as few digits as are read back as the same float32. A word may be whatever gensim and programs
    in C read back, Unicode spaces too. UserError for a file that is there and holds something else; for a word that is
    empty or too long, stands twice, or holds ASCII white space, NUL or half a surrogate pair; and for a value that is
    not finite.
    """
    path = Path(path)
    _check(vectors, format)
    if path.suffix.lower() in COMPRESSED:
        raise UserError(
            f"{path}: vectors are written without compression; leave {path.suffix} away, and compress the file"
        )
    words = [_encoded(token, row) for row, token in enumerate(vectors.tokens, 1)]
    pieces = binary_pieces if format == "word2vec-binary" else text_pieces
    try:
        if path.is_file() and path.stat().st_size and not _holds_vectors(path):
            raise UserError(f"{path}: there already, and no file of vectors; choose another name, or remove it")
        with replacing(path) as file:
            if format != "glove":
                file.write(b"%d %d\n" % vectors.matrix.shape)
            file.writelines(pieces(vectors, words))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def _holds_vectors(path: Path) -> bool:
    """Whether a file begins as one of vectors does."""
    try:
        with _opened(path) as file:
            next(_parts(file, path), None)
    except UserError:
        return False
    return True


def _check(vectors: Vectors, format: str) -> None:  # noqa: A002 - as in write_vectors
    """UserError unless these vectors can stand in a file of this format."""
    if format not in get_args(Format):
        raise UserError(f"format {format!r}: must be one of {' '.join(get_args(Format))}")
    if 0 in vectors.matrix.shape or vectors.matrix.shape[0] != len(vectors):
        raise UserError(
            f"{counted(len(vectors), 'word')} and a matrix of shape {vectors.matrix.shape}: not vectors to write"
        )
    if vectors.width > _WIDEST:
        raise UserError(f"vectors of width {vectors.width:,}: files of vectors hold {_WIDEST:,} at most")
    twice = next((token for token, count in Counter(vectors.tokens).items() if count > 1), None)
    if twice is not None:
        raise UserError(f"the word {twice!r} stands twice: a reader would keep only one of its vectors; rename it")


def _encoded(token: str, row: int) -> bytes:
    """A word as UTF-8; UserError if a reader would not give it back."""
    if not token:
        raise UserError(f"word {row:,} is empty: a file of vectors cannot hold that; name it")
    separator = _SEPARATOR.search(token)
    if separator:
        raise UserError(
            f"word {row:,}, {token[:20]!r}: readers would split it at {separator[0]!r}; replace that, by _ for example"
        )
    try:
        encoded = token.encode()
    except UnicodeEncodeError:
        raise UserError(f"word {row:,}, {token[:20]!r}: half a surrogate pair is no character; rename it") from None
    if len(encoded) > LONGEST_WORD:
        raise UserError(f"word {row:,}, {token[:20]!r} ...: more than {LONGEST_WORD:,} bytes; shorten it")
    return encoded
