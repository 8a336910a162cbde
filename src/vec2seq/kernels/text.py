"""UTF-8 bytes to word numbers and counts, in one pass, with a hash table of our own.

Words get provisional numbers in order of first sight; the caller sorts them by frequency at the end and renames
(``rename``). Which characters make words is a table of classes, one per code point, so that splitting at white space,
at punctuation and after every character are the same kernel.

A record (four uint64, half a cache line) holds what is known of a word: its first eight bytes, its place and
length in ``letters``, its count, and where it was first seen. A slot of the table holds the record's number and
32 bits of the hash, so that a wrong record is hardly ever looked at; words of up to eight bytes are compared without
leaving the record.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.bits import eight_bytes, lowest_bit

_U = np.uint64

SPACE, BREAK, LETTER, SINGLE, JOINER = 0, 1, 2, 3, 4
"""Classes: between words; end of a line; part of a word; a word by itself; part of a word only between two letters."""

DONE, FULL, INVALID, TOO_LONG = 0, 1, 2, 3
LONGEST_WORD = 65_535  # bytes
END = -1  # in the provisional numbers: end of a sentence


class WordTable(NamedTuple):
    """A growing set of words; ``size[0]`` words in use, ``size[1]`` bytes of ``letters`` in use."""

    slots: NDArray[np.uint64]
    records: NDArray[np.uint64]
    """[capacity, 4]: first eight bytes; place * 65536 + length; count; first seen"""
    letters: NDArray[np.uint8]
    size: NDArray[np.int64]


@kernel
def _width(text: NDArray[np.uint8], p: int, end: int) -> int:
    """Bytes of the UTF-8 character at p, 0 if it is not valid (Unicode 15, table 3-7)."""
    lead = text[p]
    if lead < 0x80:
        return 1
    if lead < 0xC2 or lead > 0xF4:
        return 0
    second = text[p + 1] if p + 1 < end else np.uint8(0)
    if lead < 0xE0:
        return 2 if second & 0xC0 == 0x80 else 0
    if lead < 0xF0:
        low, high = (0xA0 if lead == 0xE0 else 0x80), (0x9F if lead == 0xED else 0xBF)
        return 3 if p + 2 < end and low <= second <= high and text[p + 2] & 0xC0 == 0x80 else 0
    low, high = (0x90 if lead == 0xF0 else 0x80), (0x8F if lead == 0xF4 else 0xBF)
    rest = p + 3 < end and text[p + 2] & 0xC0 == 0x80 and text[p + 3] & 0xC0 == 0x80
    return 4 if rest and low <= second <= high else 0


@kernel
def _class(text: NDArray[np.uint8], p: int, width: int, classes: NDArray[np.uint8]) -> np.uint8:
    """Class of the character of ``width`` bytes at p."""
    found: np.uint8
    if width == 1:
        found = classes[text[p]]
    elif width == 2:
        found = classes[(np.int64(text[p]) & 0x1F) << 6 | np.int64(text[p + 1]) & 0x3F]
    elif width == 3:
        high, low = (np.int64(text[p]) & 0x0F) << 12, (np.int64(text[p + 1]) & 0x3F) << 6
        found = classes[high | low | np.int64(text[p + 2]) & 0x3F]
    else:
        plane, row = (np.int64(text[p]) & 0x07) << 18, (np.int64(text[p + 1]) & 0x3F) << 12
        found = classes[plane | row | (np.int64(text[p + 2]) & 0x3F) << 6 | np.int64(text[p + 3]) & 0x3F]
    return found


@kernel
def _find(
    table: WordTable, text: NDArray[np.uint8], start: int, length: int, head: np.uint64, hashed: np.uint64
) -> int:
    """Number of the word at text[start : start + length] (added with count 0 if it is new)."""
    mask = _U(table.slots.size - 1)
    slot = hashed & mask
    mark = hashed & _U(0xFFFFFFFF00000000)
    while True:
        entry = table.slots[slot]
        if entry == _U(0):
            break
        if entry & _U(0xFFFFFFFF00000000) == mark:
            number = int(entry & _U(0xFFFFFFFF)) - 1
            place = table.records[number, 1]
            if table.records[number, 0] == head and int(place & _U(0xFFFF)) == length:
                at, k = int(place >> _U(16)), 8
                while k < length and table.letters[at + k] == text[start + k]:
                    k += 1
                if k >= length:
                    return number
        slot = (slot + _U(1)) & mask
    number, at = table.size[0], table.size[1]
    for k in range(length):
        table.letters[at + k] = text[start + k]
    table.records[number, 0] = head
    table.records[number, 1] = _U(at) << _U(16) | _U(length)
    table.records[number, 2] = _U(0)
    table.records[number, 3] = _U(0xFFFFFFFFFFFFFFFF)
    table.slots[slot] = mark | _U(number + 1)
    table.size[0] = number + 1
    table.size[1] = at + length
    return int(number)


@kernel
def _hashed(text: NDArray[np.uint8], start: int, length: int) -> tuple[np.uint64, np.uint64]:
    """The first eight bytes as one number (0 behind the end), and the hash of all bytes."""
    begin, end = _U(start), _U(start + length)
    part = eight_bytes(text, begin)
    if length < 8:
        part &= (_U(1) << (_U(length) << _U(3))) - _U(1)
    head, value = part, _U(length)
    at = begin + _U(8)
    while at < end:
        value = (value ^ part) * _U(0x9E3779B97F4A7C15)
        value ^= value >> _U(29)
        part = eight_bytes(text, at)
        if end - at < _U(8):
            part &= (_U(1) << ((end - at) << _U(3))) - _U(1)
        at += _U(8)
    value = (value ^ part) * _U(0xBF58476D1CE4E5B9)
    value ^= value >> _U(32)
    value *= _U(0x94D049BB133111EB)
    return head, value ^ (value >> _U(29))


@kernel
def _plain_bytes(text: NDArray[np.uint8], p: int) -> int:
    """How many of the eight bytes at p, from the first on, are ASCII above the space."""
    part = eight_bytes(text, _U(p))
    # the high bit of a byte: it is below 0x21 (or, with a borrow, behind one that is), or it is not ASCII
    other = (part - _U(0x2121212121212121) | part) & _U(0x8080808080808080)
    return int(lowest_bit(other) >> _U(3))


@kernel
def scan(
    text: NDArray[np.uint8],
    begin: int,
    end: int,
    classes: NDArray[np.uint8],
    paragraphs: bool,
    table: WordTable,
    block: int,
    numbers: NDArray[np.int32],
    state: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Split text[begin:end] into words, count them and write their numbers, END where a sentence ends.

    A sentence ends with its line, or with ``paragraphs`` at an empty line. ``state`` = [line ends since the last word,
    1 if the sentence has words] goes on from block to block. Words are first seen at ``block`` * 2^32 + their place in
    it. ``text`` must be readable up to 8 bytes behind ``end``, ``table.letters`` up to 8 bytes behind what is in use.
    Returns how it ended (DONE; FULL: grow the table and call again; INVALID: not UTF-8; TOO_LONG), where in the text,
    and how many numbers were written.
    """
    p, written = begin, 0
    wanted = 2 if paragraphs else 1
    plain = bool((classes[0x21:0x80] == LETTER).all())  # eight bytes of ASCII can be passed over at a time
    while p < end:
        width = 1 if text[p] < 0x80 else _width(text, p, end)
        if width == 0:
            return INVALID, p, written
        kind = _class(text, p, width, classes)
        if kind == SPACE or kind == JOINER:
            p += width
            continue
        if kind == BREAK:
            p += width
            state[0] += 1
            if state[0] >= wanted and state[1] == 1:
                numbers[written] = END
                written += 1
                state[1] = 0
            continue
        start = p
        p += width
        if kind == LETTER:
            while p < end:
                if plain:
                    p = min(p + _plain_bytes(text, p), end)
                    if p == end:
                        break
                if text[p] < 0x80 and classes[text[p]] == LETTER:
                    p += 1
                    continue
                width = _width(text, p, end)
                if width == 0:
                    return INVALID, p, written
                kind = _class(text, p, width, classes)
                if kind == JOINER and p + width < end:
                    after = _width(text, p + width, end)
                    if after == 0:
                        return INVALID, p + width, written
                    if _class(text, p + width, after, classes) == LETTER:
                        p += width + after
                        continue
                if kind != LETTER:
                    break
                p += width
        length = p - start
        if length > LONGEST_WORD:
            return TOO_LONG, start, written
        if 2 * (table.size[0] + 1) > table.slots.size or table.size[0] >= table.records.shape[0]:
            return FULL, start, written
        if table.size[1] + length + 8 > table.letters.size:
            return FULL, start, written
        head, hashed = _hashed(text, start, length)
        number = _find(table, text, start, length, head, hashed)
        table.records[number, 2] += _U(1)
        if table.records[number, 2] == _U(1):
            table.records[number, 3] = _U(block) << _U(32) | _U(start)
        numbers[written] = number
        written += 1
        state[0] = 0
        state[1] = 1
    return DONE, p, written


@kernel
def merge(source: WordTable, target: WordTable, numbers: NDArray[np.int32]) -> None:
    """Add the words of ``source`` to ``target`` (large enough for both); ``numbers`` gets their numbers there."""
    for number in range(source.size[0]):
        place = source.records[number, 1]
        start, length = int(place >> _U(16)), int(place & _U(0xFFFF))
        head, hashed = _hashed(source.letters, start, length)
        there = _find(target, source.letters, start, length, head, hashed)
        target.records[there, 2] += source.records[number, 2]
        target.records[there, 3] = min(target.records[there, 3], source.records[number, 3])
        numbers[number] = there


@kernel
def rehash(table: WordTable) -> None:
    """Fill the (larger, empty) slots of a table from its records."""
    mask = _U(table.slots.size - 1)
    for number in range(table.size[0]):
        place = table.records[number, 1]
        _, hashed = _hashed(table.letters, int(place >> _U(16)), int(place & _U(0xFFFF)))
        slot = hashed & mask
        while table.slots[slot] != _U(0):
            slot = (slot + _U(1)) & mask
        table.slots[slot] = hashed & _U(0xFFFFFFFF00000000) | _U(number + 1)


@kernel
def rename(
    numbers: NDArray[np.int32], ids: NDArray[np.int32], out: NDArray[np.int32], ends: NDArray[np.int64]
) -> tuple[int, int]:
    """Provisional numbers to ids, words with id -1 left out; ``ends`` gets the places in ``out`` where sentences end.

    Sentences without words are left out; a sentence end before the first word is written, since the sentence may have
    begun in an earlier block. Returns how many words and how many ends were written.
    """
    written, sentences, begin = 0, 0, -1
    for k in range(numbers.size):
        number = numbers[k]
        if number == END:
            if written > begin:
                ends[sentences] = written
                sentences += 1
                begin = written
        else:
            word = ids[number]
            out[written] = word
            written += int(word >= 0)
    return written, sentences
