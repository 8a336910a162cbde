"""Cooccurrences: which words of a text stand near which, and how often, on disk, memory-mapped; in bounded memory.

A folder: ``columns.bin`` (int32) and ``values.bin`` (float32), the entries that are not zero, row by row;
``starts.bin`` (int64, where rows begin, and the end of the last); ``vocab.json``; ``counts.json``.

A text that does not fit the memory is counted block by block. The blocks' rows wait in files without a name, which are
gone when the process is, however it ends, and are then added up.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, Self, cast

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.corpus import Corpus, mapped, release
from vec2seq.data.ordered import in_order
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.disk import file_digest, followed, is_sealed, replacing_folder, sealed, sync_file, write_synced
from vec2seq.errors import UserError, counted

FORMAT = 1
MANIFEST, VOCAB = "counts.json", "vocab.json"
_FILES = ("starts.bin", "columns.bin", "values.bin", VOCAB)

PAIR_BYTES = 8
"""A column and a value."""
_ENTRIES_AT_ONCE = 1 << 18
_FEWEST_WORDS = 1 << 16


class Around(NamedTuple):
    """What is around a word: up to ``window`` words to each side, or to one."""

    window: int = 10
    sides: Literal["both", "left", "right"] = "both"
    weights: Literal["distance", "equal"] = "distance"
    """a word at distance d counts 1/d, or 1"""

    def is_known(self) -> bool:
        """Whether counting knows such values: a file can say anything."""
        sides, weights = ("both", "left", "right"), ("distance", "equal")
        return type(self.window) is int and self.window > 0 and self.sides in sides and self.weights in weights

    def on(self, side: str) -> NDArray[np.float64]:
        """The weights of the words at distance 1, 2, ... on that side."""
        if self.sides not in (side, "both"):
            return np.empty(0)
        distances = np.arange(1, self.window + 1)
        return 1 / distances if self.weights == "distance" else np.ones(self.window)


class Rows(NamedTuple):
    """Some rows of the table, one behind the other."""

    lengths: NDArray[np.int32]
    """entries of each row"""
    columns: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cooccurrences:
    """A table: word i has columns[starts[i] : starts[i + 1]] around it, so often as ``values`` says."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    vocab: Vocab
    tokenizer: Tokenizer
    around: Around
    fingerprint: str
    """SHA-256 of the text's bytes"""
    text_words: int

    @classmethod
    def count(
        cls,
        corpus: Corpus,
        folder: str | Path,
        around: Around,
        *,
        memory_bytes: int,
        threads: int = 1,
        report: Callable[[float], None] | None = None,
    ) -> Self:
        """Count a text into a folder, with about ``memory_bytes`` of memory; ``report`` is told the share that is done.

        Raises UserError if the memory is too little for the vocabulary.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        chunks = _cut_rows(corpus.vocab.counts, around)
        blocks = _cut_text(corpus, chunks, memory_bytes, threads)
        lengths = []
        with (folder / "columns.bin").open("wb") as columns, (folder / "values.bin").open("wb") as values:
            for rows in _all_rows(corpus, around, chunks, blocks, folder, threads, report or _ignore):
                lengths.append(rows.lengths)
                columns.write(rows.columns.data)
                values.write(rows.values.data)
        np.concatenate([[0], *lengths]).cumsum(dtype=np.int64).tofile(folder / "starts.bin")
        _write_facts(folder, corpus, around)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open a table, memory-mapped, after a look at all of it: about a second for each gigabyte."""
        folder = Path(folder)
        try:
            meta = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            changed = not is_sealed(meta) or meta["format"] != FORMAT or meta["files"].keys() != set(_FILES)
            if changed or any(file_digest(folder / name) != digest for name, digest in meta["files"].items()):
                raise UserError(f"{folder}: damaged, or of another version; count again")
            vocab = Vocab.from_json(json.loads((folder / VOCAB).read_text(encoding="utf-8")), str(folder))
            starts, columns, values = (
                mapped(folder / f"{name}.bin", kind)
                for name, kind in (("starts", np.int64), ("columns", np.int32), ("values", np.float32))
            )
            tokenizer = Tokenizer.from_json(meta["tokenizer"], str(folder / MANIFEST))
            around = Around(**meta["around"])
            about = around, str(meta["fingerprint"]), int(meta["text_words"])
        except FileNotFoundError as error:
            raise UserError(f"{folder}: no table of co-occurrences (no {Path(error.filename).name})") from None
        except UserError:
            raise
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError, OverflowError) as error:
            raise UserError(f"{folder}: damaged ({str(error)[:100]}); count again") from None
        if not around.is_known() or not _fits(starts, columns, values, len(vocab)):
            raise UserError(f"{folder}: damaged (its files do not fit together); count again")
        return cls(starts, columns, values, vocab, tokenizer, *about)

    def save(self, folder: str | Path) -> None:
        """Write the table to a folder, whole or not at all; an older table there is replaced, and nothing else."""
        check_place(Path(folder))
        with replacing_folder(followed(folder)) as new:
            for name, array in (("starts", self.starts), ("columns", self.columns), ("values", self.values)):
                _write(new / f"{name}.bin", array)
            _write_facts(new, self, self.around)

    def __len__(self) -> int:
        """Entries that are not zero."""
        return len(self.columns)

    def row(self, word: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The words around a word, and how often they are there."""
        part = slice(self.starts[word], self.starts[word + 1])
        return self.columns[part], self.values[part]


def given_table(x: Any) -> Cooccurrences | None:
    """The table that was given in the place of a text: itself, or its path, alone or in a list; None if it is none."""
    if isinstance(x, Cooccurrences):
        return x
    paths = [x] if isinstance(x, str | Path) else x if isinstance(x, list) else []
    if len(paths) == 1 and isinstance(paths[0], str | Path) and (Path(paths[0]) / MANIFEST).exists():
        return Cooccurrences.open(paths[0])
    return None


def check_place(folder: Path) -> None:
    """UserError if something else than a table is where one is to be written."""
    if folder.is_symlink() and not folder.exists():
        raise UserError(f"{folder}: is a link that leads nowhere, but the counts are to be kept there; remove it")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file, but the counts are to be kept there; move it away")
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    foreign = sorted(names - {MANIFEST, *_FILES} if MANIFEST in names else names)
    if foreign:
        raise UserError(f"{folder}: holds {foreign[0]}, but the counts are to be kept there; move it away")


def _write(path: Path, array: NDArray[Any]) -> None:
    """Write an array that may be mapped from the disk, with no more of it in memory than is written at once."""
    with path.open("wb") as file:
        for start in range(0, len(array), _ENTRIES_AT_ONCE):
            stop = min(start + _ENTRIES_AT_ONCE, len(array))
            file.write(array[start:stop].data)
            release(array, start, stop)
    sync_file(path)


def _write_facts(folder: Path, text: Corpus | Cooccurrences, around: Around) -> None:
    """Write the files of a table that are JSON; ``text``: what was counted, or its table."""
    meta = {
        "format": FORMAT,
        "around": around._asdict(),
        "fingerprint": text.fingerprint,
        "text_words": text.text_words,
        "tokenizer": text.tokenizer.to_json(),
    }
    write_synced(folder / VOCAB, json.dumps(text.vocab.to_json(), ensure_ascii=False).encode())
    meta["files"] = {name: file_digest(folder / name) for name in _FILES}
    write_synced(folder / MANIFEST, json.dumps(sealed(meta), ensure_ascii=False).encode())


def _ignore(share: float) -> None:
    """Nobody wants to know."""


def _cut_rows(counts: NDArray[np.int64], around: Around) -> list[tuple[int, int]]:
    """Chunks of rows, each of so many entries at most as are worked on at once, or of one row."""
    width = len(around.on("left")) + len(around.on("right"))
    most = np.minimum(counts * width, len(counts)).tolist()
    chunks, first, entries = [], 0, 0
    for row, more in enumerate(most):
        if entries + more > _ENTRIES_AT_ONCE and row > first:
            chunks.append((first, row))
            first, entries = row, 0
        entries += more
    return [*chunks, (first, len(counts))]


def _cut_text(corpus: Corpus, chunks: list[tuple[int, int]], memory_bytes: int, threads: int) -> list[tuple[int, int]]:
    """Blocks of sentences that can be counted with so much memory."""
    words = len(corpus.vocab)
    chunk_bytes = max(_ENTRIES_AT_ONCE, words) * PAIR_BYTES + words * 8
    fixed = 3 * threads * chunk_bytes + words * 8  # chunks at work, waiting and done; where each word's places begin
    most = (memory_bytes - fixed) // 8  # a word, and its place
    if most < _FEWEST_WORDS:
        raise UserError(
            f"counting {counted(words, 'word')} with {counted(threads, 'thread')} needs "
            f"{(fixed + 8 * _FEWEST_WORDS) / 1e6:,.0f} MB beside the program",
            "allow more {memory}, or use a larger {min_count}, {max_size} or fewer {threads}",
        )
    lengths = np.diff(corpus.offsets) + 1
    ends = np.cumsum(lengths)
    if len(lengths) and lengths.max() > most:
        raise UserError(f"a sentence of {lengths.max() - 1:,} words does not fit the memory", "allow more {memory}")
    blocks, first = [], 0
    while first < len(corpus):
        before = ends[first - 1] if first else 0
        last = int(np.searchsorted(ends, before + most, "right"))
        blocks.append((first, last))
        first = last
    return blocks


def _all_rows(
    corpus: Corpus,
    around: Around,
    chunks: list[tuple[int, int]],
    blocks: list[tuple[int, int]],
    folder: Path,
    threads: int,
    report: Callable[[float], None],
) -> Iterator[Rows]:
    """The rows of the table, chunk by chunk."""

    def block_rows(number: int) -> Iterator[Rows]:
        for done, rows in enumerate(_count_block(corpus, around, chunks, blocks[number], threads), 1):
            report((number + done / len(chunks)) / len(blocks))
            yield rows

    if len(blocks) == 1:
        yield from block_rows(0)
        return
    spills = [_Spill(folder, block_rows(number)) for number in range(len(blocks))]
    try:
        words = len(corpus.vocab)
        added = in_order(
            lambda chunk: _added([spill.read(chunk) for spill in spills], words), range(len(chunks)), threads
        )
        for rows in added:
            report(1.0)
            yield rows
    finally:
        for spill in spills:
            spill.file.close()


def _count_block(
    corpus: Corpus, around: Around, chunks: list[tuple[int, int]], block: tuple[int, int], threads: int
) -> Iterator[Rows]:
    """The rows of some sentences, chunk by chunk."""
    from vec2seq.kernels.cooccurrence import count_rows, separate  # load Numba
    from vec2seq.kernels.places import sort_places

    words = len(corpus.vocab)
    size = int(corpus.offsets[block[1]] - corpus.offsets[block[0]])
    text = np.empty(size + block[1] - block[0] + 1, np.int32)
    separate(corpus.ids, corpus.offsets, *block, text)
    release(corpus.ids, int(corpus.offsets[block[0]]), int(corpus.offsets[block[1]]))
    first, places = np.empty(words + 1, np.int64), np.empty(size, np.int32)
    sort_places(text, first, places)
    weights = around.on("left"), around.on("right")
    width = len(weights[0]) + len(weights[1])

    def rows_of(chunk: tuple[int, int]) -> Rows:
        most = int(np.minimum(np.diff(first[chunk[0] : chunk[1] + 1]) * width, words).sum())
        lengths = np.empty(chunk[1] - chunk[0], np.int32)
        columns, values = np.empty(most, np.int32), np.empty(most, np.float32)
        used = count_rows(text, places, first, chunk, *weights, np.zeros(words), columns, values, lengths)
        return Rows(lengths, columns[:used], values[:used])

    return in_order(rows_of, chunks, threads)


class _Spill:
    """The rows of one block of text in a file that has no name: the system removes it with the process."""

    def __init__(self, folder: Path, chunks: Iterator[Rows]):
        self.file = cast(BinaryIO, tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - open until it was read
        self._starts, self._sizes = [0], []
        for rows in chunks:
            for part in rows:
                self.file.write(part.data)
            self._sizes.append((len(rows.lengths), len(rows.columns)))
            self._starts.append(self._starts[-1] + sum(part.nbytes for part in rows))
        self.file.flush()

    def read(self, chunk: int) -> Rows:
        """The rows of a chunk."""
        start, (rows, entries) = self._starts[chunk], self._sizes[chunk]
        data = os.pread(self.file.fileno(), self._starts[chunk + 1] - start, start)
        lengths, columns, values = np.split(np.frombuffer(data, np.int32), [rows, rows + entries])
        return Rows(lengths, columns, values.view(np.float32))


def _added(parts: list[Rows], words: int) -> Rows:
    """The sum of the same rows of several tables."""
    from vec2seq.kernels.cooccurrence import add_rows  # loads Numba

    lengths, columns, values = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    rows = len(parts[0].lengths)
    out = Rows(np.empty(rows, np.int32), np.empty(len(columns), np.int32), np.empty(len(columns), np.float32))
    used = add_rows(len(parts), rows, lengths, columns, values, np.zeros(words), out.columns, out.values, out.lengths)
    return Rows(out.lengths, out.columns[:used], out.values[:used])


def _fits(starts: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.float32], words: int) -> bool:
    """Whether rows are cut from all entries, all columns are words, all values above 0: kernels rely on it."""
    if len(starts) != words + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
        return False
    if not starts[-1] == len(columns) == len(values):
        return False
    for start in range(0, len(columns), _ENTRIES_AT_ONCE):
        part = slice(start, start + _ENTRIES_AT_ONCE)
        if columns[part].min() < 0 or columns[part].max() >= words or not values[part].min() > 0:
            return False
        if not np.isfinite(values[part].max()):
            return False
        release(columns, part.start, min(part.stop, len(columns)))
        release(values, part.start, min(part.stop, len(columns)))
    return True
