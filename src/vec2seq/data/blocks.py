"""The user's text as blocks of UTF-8 bytes, in order, about 256 KB at a time: from files, or from Python iterables.

Knows nothing about words: a block is cut at a line end, else at a space, else between two characters.
"""

import codecs
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from vec2seq.data.checked import checked
from vec2seq.data.files import (
    OTHER_ENCODING,
    TABLES,
    TEXTS,
    Found,
    ReadSettings,
    find_files,
    is_utf8,
    kind_of,
    naming_damage,
    open_bytes,
    shown,
)
from vec2seq.data.raw import ReadBytes
from vec2seq.data.tables import read_column
from vec2seq.errors import UserError

BLOCK_BYTES = 1 << 18

TEXT_END = "\n\n"
"""What ends a text: a paragraph does not go beyond it."""

WORD_END, SENTENCE_END = "\x1f", "\x1e"
"""What ends words and sentences in blocks made from token lists: such tokens may hold spaces."""


@dataclass(frozen=True)
class Block:
    """A stretch of text that does not end inside a character, nor inside a word where that can be helped."""

    data: bytes
    """UTF-8"""
    source: str
    """the file, for messages"""
    line: int
    """number of its first line, from 1"""
    at_line_start: bool
    """whether nothing but white space stands before it in that line"""
    end: bytes = b"\n"
    """what ends a line; in blocks made from texts, what ends a text"""
    byte: int = 1
    """number of its first byte in that line, from 1"""


@dataclass(frozen=True)
class Source:
    """Text that was opened: its blocks, to be read once, and whether it is words already."""

    blocks: Iterator[Block]
    tokenized: bool
    """made from token lists: words end with WORD_END, sentences with SENTENCE_END, and nothing else splits them"""
    read_bytes: ReadBytes = field(default_factory=ReadBytes)
    """how much of each file was read so far, as it lies on the disk"""
    found: Found = field(default_factory=Found)
    """the files, if it is made from such"""


def open_source(x: Any, how: ReadSettings | None = None, block_bytes: int = BLOCK_BYTES) -> Source:
    """Open whatever text was given.

    A path (str or Path) or several Paths: files, folders and globs. Any other iterable, generators included: of texts
    (str), or of token lists (list of str).
    """
    if isinstance(x, Source):
        return x
    how = how or ReadSettings()
    if isinstance(x, str | Path):
        x = [Path(x)]
    if not isinstance(x, Iterable):
        raise UserError(f"{x!r}: not a text; give a path, several Paths, or an iterable of texts or token lists")
    items = iter(x)
    first = next(items, None)
    if first is None:
        raise UserError("there is no text: the list is empty")
    items = itertools.chain([first], items)
    if isinstance(first, Path):
        paths = list(items)
        if not all(isinstance(path, Path) for path in paths):
            raise UserError("give either paths or texts, not both")
        found, read_bytes = find_files(paths), ReadBytes()
        of_files = (block for file in found.files for block in _file_blocks(file, how, block_bytes, read_bytes))
        return Source(checked(of_files, how.check), tokenized=False, read_bytes=read_bytes, found=found)
    tokenized = not isinstance(first, str)
    if not tokenized and os.path.isfile(first) and kind_of(Path(first)) in TEXTS:  # noqa: PTH113 (Path's raises)
        raise UserError(f"{first}: a file, but a list of str is texts; give several files as Paths, one as a str")
    texts = (_joined(tokens, number) for number, tokens in enumerate(items, 1)) if tokenized else items
    blocks = _text_blocks(texts, "the texts", SENTENCE_END if tokenized else TEXT_END, block_bytes)
    return Source(checked(blocks, how.check), tokenized)


def _joined(tokens: Any, number: int) -> str:
    """A token list as one string."""
    if isinstance(tokens, str) or not isinstance(tokens, Sequence) or not all(isinstance(word, str) for word in tokens):
        raise UserError(f"text {number} is not a list of str but {type(tokens).__name__}, though the first one is")
    for word in tokens:
        if WORD_END in word or SENTENCE_END in word:
            raise UserError(f"text {number}: the token {word!r} holds a control character used inside (U+001E, U+001F)")
    return WORD_END.join(tokens)


def _text_blocks(texts: Iterable[Any], source: str, end: str, block_bytes: int) -> Iterator[Block]:
    """Texts, each followed by ``end``, gathered to blocks; line numbers are numbers of texts."""
    gathered: list[str] = []
    size, first = 0, 1
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise UserError(f"text {number} is not a str but {type(text).__name__}, though the first one is")
        gathered.append(text)
        size += len(text) + 1
        if size >= block_bytes:
            yield _text_block(gathered, source, end, first)
            gathered, size, first = [], 0, number + 1
    if gathered:
        yield _text_block(gathered, source, end, first)


def _text_block(texts: list[str], source: str, end: str, first: int) -> Block:
    try:
        return Block((end.join(texts) + end).encode(), source, first, True, end.encode())
    except UnicodeEncodeError as error:
        wrong = ascii(error.object[error.start])
        raise UserError(
            f"{source}: half a surrogate pair ({wrong}) among texts {first} to {first + len(texts) - 1}"
        ) from None


def _file_blocks(path: Path, how: ReadSettings, block_bytes: int, read_bytes: ReadBytes) -> Iterator[Block]:
    """Blocks of one file, whatever its kind; damage is reported with the file's name."""
    with naming_damage(path):
        if kind_of(path) in TABLES:
            yield from _text_blocks(read_column(path, how, read_bytes), str(path), TEXT_END, block_bytes)
        else:
            with open_bytes(path, read_bytes, how.check) as file:
                yield from _cut(file, shown(path), how, block_bytes)


def _cut(file: BinaryIO, source: str, how: ReadSettings, block_bytes: int) -> Iterator[Block]:
    """Cut a stream of bytes into blocks; every file ends with an empty line."""
    decoder = None
    if not is_utf8(how.encoding):
        decoder = codecs.getincrementaldecoder(how.encoding)(how.errors)
    carry, line, byte, at_line_start, beginning = b"", 1, 1, True, True
    while True:
        data = file.read(block_bytes)
        ended = not data
        if decoder is not None:
            try:
                data = decoder.decode(data, ended).encode()
            except UnicodeError as error:
                raise UserError(f"{source}: not {how.encoding} near line {line}: {error}") from None
        elif beginning:
            _refuse_binary(data, source)
        if beginning and data.startswith(codecs.BOM_UTF8):
            data, byte = data[len(codecs.BOM_UTF8) :], 1 + len(codecs.BOM_UTF8)
        beginning = False
        data = carry + data + (b"\n\n" if ended else b"")
        end = len(data) if ended else _last_cut(data)
        carry, data = data[end:], data[:end]
        if data:
            if how.errors == "replace" and not data.isascii():
                data = data.decode(errors="replace").encode()
            yield Block(data, source, line, at_line_start, byte=byte)
            line += data.count(b"\n")
            begin = data.rfind(b"\n") + 1  # of the last line, 0 if it began before
            byte = len(data) - begin + (1 if begin else byte)
            at_line_start = not data[begin:].strip() and (begin > 0 or at_line_start)
        if ended:
            return


def _last_cut(data: bytes) -> int:
    """Where to cut: behind the last line end, else behind the last space, else before the last character."""
    for end in (b"\n", b" "):
        place = data.rfind(end)
        if place >= 0:
            return place + 1
    place = len(data)
    while place > max(len(data) - 3, 0) and data[place - 1] & 0xC0 == 0x80:
        place -= 1
    return max(place - 1, 0)


_NO_TEXT = {
    b"%PDF-": ("a PDF, not a text file", "save it as plain text"),
    b"PK\x03\x04": ("a document or archive (as .docx, .epub, .zip), not a text file", "save it as plain text"),
    b"\x1f\x8b": ("compressed by gzip", "decompress it, or let its name end in .gz"),
}
"""How files begin that are taken for text by mistake, what they are, and what to do."""


def _refuse_binary(data: bytes, source: str) -> None:
    for start, (what, mend) in _NO_TEXT.items():
        if data.startswith(start):
            raise UserError(f"{source}: {what}", mend)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{source}: UTF-16, not UTF-8", "use {encoding} utf-16")
    place = data.find(b"\0")
    if place >= 0:
        raise UserError(f"{source}: not a text file (a zero byte at byte {place + 1})")


def not_utf8(block: Block, position: int) -> UserError:
    """The error for bytes that are not UTF-8, at data[position]."""
    line = block.line + block.data.count(b"\n", 0, position)
    begin = block.data.rfind(b"\n", 0, position) + 1
    byte = position - begin + (1 if begin else block.byte)
    return UserError(f"{block.source}:{line}: not UTF-8 at byte {byte}", OTHER_ENCODING)
