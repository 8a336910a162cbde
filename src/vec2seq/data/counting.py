"""Counting and encoding text in one pass: the threads, tables and files behind ``Corpus.encode``.

Each thread takes the next block of text, splits and counts it into a word table of its own, and writes the provisional
word numbers to a file of its own (``number_text``). The tables are merged; phrases may be joined (``phrases.py``);
words are sorted by count and the numbers renamed block by block, in the order of the text (``write_ids``). The result
does not depend on the number of threads: words of equal count are sorted by where they first occur.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.blocks import Block, not_utf8
from vec2seq.data.checked import WAIT_SECONDS, Check, checked, go_on
from vec2seq.data.ordered import in_order
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError, counted
from vec2seq.kernels.text import FULL, INVALID, LONGEST_WORD, TOO_LONG, WordTable, merge, rehash, rename, scan

T = TypeVar("T")

_SLACK = 64  # bytes readable behind the end of a buffer: kernels load eight at once
_WORDS, _LETTERS = 1 << 18, 1 << 22  # room in a new table (memory is taken as it is used)


def _new_table(words: int = _WORDS, letters: int = _LETTERS) -> WordTable:
    """An empty table with room for ``words`` words (a power of two) of ``letters`` bytes together."""
    return WordTable(
        slots=np.zeros(2 * words, np.uint64),
        records=np.empty((words, 4), np.uint64),
        letters=np.empty(letters + _SLACK, np.uint8),
        size=np.zeros(2, np.int64),
    )


def _grown(table: WordTable, words: int, letters: int) -> WordTable:
    """A copy of the table with room for at least so many words and bytes."""
    capacity = len(table.records)
    while capacity < words:
        capacity *= 2
    larger = _new_table(capacity, max(letters, len(table.letters)))
    count, used = table.size
    larger.records[:count] = table.records[:count]
    larger.letters[:used] = table.letters[:used]
    larger.size[:] = table.size
    rehash(larger)
    return larger


@dataclass(frozen=True)
class _Stretch:
    """The numbers of one block: ``count`` of them from number ``start`` of a file on."""

    file: int
    start: int
    count: int


@dataclass(frozen=True, eq=False)
class Numbered:
    """A text as provisional word numbers on disk, and all its words."""

    table: WordTable
    names: list[NDArray[np.int32]]
    """per file: its number of a word -> the word's number in ``table``"""
    files: list[Path]
    stretches: list[_Stretch]
    """per block, in the order of the text"""
    fingerprint: str
    """SHA-256 of the text's bytes"""
    threads: int
    """that work on it"""
    check: Check
    """called between blocks: what it raises ends the work"""

    def each(self, work: Callable[[_Stretch], T]) -> Iterator[T]:
        """What ``work`` gives for each stretch, in the order of the text."""
        return in_order(work, checked(self.stretches, self.check), self.threads)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each word of ``table`` occurs."""
        return self.table.records[: self.table.size[0], 2].astype(np.int64)

    def numbers(self, stretch: _Stretch) -> NDArray[np.int32]:
        """The numbers of a stretch, as in its file."""
        return np.fromfile(self.files[stretch.file], np.int32, stretch.count, offset=4 * stretch.start)

    def words(self, numbers: NDArray[np.int64]) -> list[bytes]:
        """The bytes of some words of ``table``."""
        letters = self.table.letters[: self.table.size[1]].tobytes()
        places = self.table.records[numbers, 1].tolist()
        return [letters[place >> 16 : (place >> 16) + (place & 0xFFFF)] for place in places]

    def renamed(self, stretch: _Stretch) -> NDArray[np.int32]:
        """The numbers of a stretch, as in ``table``; negative where a sentence ends."""
        numbers = np.array(self.numbers(stretch))
        words = numbers >= 0
        numbers[words] = self.names[stretch.file][numbers[words]]  # a file of line ends only has no names
        return numbers


def number_text(
    blocks: Iterator[Block],
    folder: Path,
    tokenizer: Tokenizer,
    threads: int,
    report: Callable[[float], None] | None = None,
    check: Check = go_on,
) -> Numbered:
    """Split, count and number a text; ``report`` is called with the megabytes read so far.

    ``check`` is for the work on the numbered text: the blocks have their own.
    """
    numbered, lock, digest = enumerate(blocks), threading.Lock(), hashlib.sha256()
    stretches: dict[int, _Stretch] = {}
    files = [folder / f"numbers-{thread}.bin" for thread in range(threads)]
    stop = threading.Event()
    read_bytes = 0

    def take() -> tuple[int, Block] | None:
        nonlocal read_bytes
        with lock:
            index, block = next(numbered, (0, None))
            if block is None or stop.is_set():
                return None
            digest.update(block.data)
            read_bytes += len(block.data)
            if report:
                report(read_bytes / 1e6)
            return index, block

    def work(thread: int) -> WordTable:
        table, start, room = _new_table(), 0, np.empty(0, np.int32)
        with files[thread].open("wb") as file:
            while (item := take()) is not None:
                index, block = item
                data = tokenizer.prepare(block)
                if len(room) <= len(data):
                    room = np.empty(len(data) + 1, np.int32)
                table, numbers = _number_block(table, tokenizer, index, block, data, room)
                file.write(numbers.data)
                stretches[index] = _Stretch(thread, start, len(numbers))
                start += len(numbers)
        return table

    with ThreadPoolExecutor(threads) as pool:
        workers = [pool.submit(work, thread) for thread in range(threads)]
        try:
            while wait(workers, WAIT_SECONDS, FIRST_EXCEPTION).not_done and not any(map(_failed, workers)):
                pass  # a signal that came just before is seen now
        finally:
            stop.set()
    table, names = _merged([worker.result() for worker in workers])
    return Numbered(
        table, names, files, [stretches[index] for index in range(len(stretches))], digest.hexdigest(), threads, check
    )


def _failed(worker: Future[WordTable]) -> bool:
    return worker.done() and worker.exception() is not None


def _number_block(
    table: WordTable, tokenizer: Tokenizer, index: int, block: Block, data: bytes, numbers: NDArray[np.int32]
) -> tuple[WordTable, NDArray[np.int32]]:
    """Write the provisional numbers of one prepared block's words; the table comes back larger where it had to grow."""
    text = np.frombuffer(data + bytes(_SLACK), np.uint8)
    classes, paragraphs = tokenizer.classes, tokenizer.sentence == "paragraph"
    # a sentence may have begun in the block before: its end counts here even if no word of it does
    state = np.array([int(block.at_line_start), 1], np.int64)
    begin, total = 0, 0
    while True:
        result, begin, count = scan(text, begin, len(data), classes, paragraphs, table, index, numbers[total:], state)
        total += count
        if result == FULL:
            words, letters = (int(size) for size in table.size)
            table = _grown(table, 2 * words, 2 * letters + LONGEST_WORD)
        elif result == INVALID:
            raise not_utf8(block, begin)
        elif result == TOO_LONG:
            line = block.line + data.count(block.end, 0, begin)
            advice = "is this text? ({tokenizer} words or chars splits text that has no spaces)"
            raise UserError(f"{block.source}:{line}: a word of more than {LONGEST_WORD} bytes", advice)
        else:
            return table, numbers[:total]


def _merged(tables: list[WordTable]) -> tuple[WordTable, list[NDArray[np.int32]]]:
    """One table of all words, and for each table the new numbers of its words."""
    first, *others = tables
    names = [np.arange(first.size[0], dtype=np.int32)]
    for table in others:
        words, letters = (int(size) for size in first.size + table.size)
        first = _grown(first, words, letters)
        names.append(np.empty(table.size[0], np.int32))
        merge(table, first, names[-1])
    return first, names


def with_words(text: Numbered, words: list[bytes]) -> tuple[WordTable, NDArray[np.int32]]:
    """The text's table with different words added, and the numbers that these have in it."""
    table, (_, numbers) = _merged([text.table, _table_of(words)])
    return table, numbers


def _table_of(words: list[bytes]) -> WordTable:
    """A table of different words, each with count 0 and first seen after all words of a text."""
    capacity = 1 << (len(words) - 1).bit_length() if words else 1
    table = _new_table(capacity, sum(map(len, words)))
    start = 0
    for number, word in enumerate(words):
        table.letters[start : start + len(word)] = np.frombuffer(word, np.uint8)
        head = int.from_bytes(word[:8], "little")
        table.records[number] = (head, start << 16 | len(word), 0, (1 << 63) + number)
        start += len(word)
    table.size[:] = len(words), start
    rehash(table)
    return table


def write_numbers(text: Numbered, table: WordTable, blocks: Iterable[NDArray[np.int32]], path: Path) -> Numbered:
    """The text with other numbers, those of ``table``, given block by block and written to one file."""
    stretches, start = [], 0
    with path.open("wb") as file:
        for numbers in blocks:
            file.write(numbers.data)
            stretches.append(_Stretch(0, start, len(numbers)))
            start += len(numbers)
    names = np.arange(table.size[0], dtype=np.int32)
    return replace(text, table=table, names=[names], files=[path], stretches=stretches)


def write_ids(text: Numbered, folder: Path, ids: NDArray[np.int32]) -> None:
    """Write ids.bin and offsets.bin: ``ids`` of the words of ``text.table``, those of -1 left out."""
    names = [ids[file_names] for file_names in text.names]

    def encoded(stretch: _Stretch) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        numbers = text.numbers(stretch)
        words, ends = np.empty(stretch.count, np.int32), np.empty(stretch.count, np.int64)
        written, sentences = rename(numbers, names[stretch.file], words, ends)
        return words[:written], ends[:sentences]

    total, last = 0, 0
    with (folder / "ids.bin").open("wb") as id_file, (folder / "offsets.bin").open("wb") as offset_file:
        offset_file.write(np.zeros(1, np.int64).data)
        for words, ends in text.each(encoded):
            ends += total
            if len(ends) and ends[0] == last:  # the block ends a sentence of which no word is left
                ends = ends[1:]
            id_file.write(words.data)
            offset_file.write(ends.data)
            total += len(words)
            last = int(ends[-1]) if len(ends) else last
        if last < total:
            offset_file.write(np.array([total], np.int64).data)


def sorted_words(text: Numbered, min_count: int, max_size: int | None) -> tuple[Vocab, NDArray[np.int32]]:
    """The vocabulary, and for each word of ``text.table`` its number in it, -1 if it is left out.

    Words seen less than ``min_count`` times are left out; of the rest, the ``max_size`` most frequent are kept.
    """
    counts, first_seen = text.counts, text.table.records[: text.table.size[0], 3]
    if len(counts) == 0:
        raise UserError("the text has no words")
    order = np.lexsort((first_seen, -counts))
    frequent = order[counts[order] >= min_count][:max_size]
    if len(frequent) == 0:
        raise UserError(
            f"no word occurs {counted(min_count, 'time')} (the most frequent one {counted(counts.max(), 'time')})",
            "use a smaller {min_count} or more text",
        )
    ids = np.full(len(counts), -1, np.int32)
    ids[frequent] = np.arange(len(frequent), dtype=np.int32)
    return Vocab([word.decode() for word in text.words(frequent)], counts[frequent]), ids


def grown_words(text: Numbered, known: Vocab, min_count: int) -> tuple[Vocab, NDArray[np.int32]]:
    """Like ``sorted_words``, for a vocabulary that grows: all known words stay, counts are added up."""
    counts = text.counts
    words = [word.decode() for word in text.words(np.arange(len(counts)))]
    places = known.encode(words)
    taken = np.flatnonzero((counts >= min_count) | (places >= 0))
    if not len(taken):
        raise UserError("the text has no word that the model knows, and none that is frequent enough")
    old = np.setdiff1d(np.arange(len(known)), places[places >= 0])
    totals = np.append(counts[taken] + np.where(places[taken] >= 0, known.counts[places[taken]], 0), known.counts[old])
    first_seen = np.append(text.table.records[taken, 3], np.uint64(1 << 63) + old.astype(np.uint64))
    order = np.lexsort((first_seen, -totals))
    tokens = [words[word] for word in taken] + [known.tokens[word] for word in old]
    ids = np.full(len(counts), -1, np.int32)
    ids[taken] = np.argsort(order)[: len(taken)]
    return Vocab([tokens[place] for place in order], totals[order]), ids
