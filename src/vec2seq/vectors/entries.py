"""The entries of a table of co-occurrences in random order, on disk, so that threads never need the same rows.

Words are dealt into as many groups as there are threads. The entries of one group of rows and one group of columns make
a block of the table, and a block's entries are dealt at random into buckets that stay in the cache. In a round, thread
t works on a bucket of block (t, t + r modulo threads): no two threads meet in a row or in a column, so that nothing has
to be locked or copied, and several threads give the same bytes every time (Gemulla et al. 2011, "Large-scale matrix
factorization with distributed stochastic gradient descent"). An epoch does all rounds in a random order, and shuffles
each bucket anew.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vec2seq.data.checked import Check, checked
from vec2seq.data.cooccurrence import Cooccurrences
from vec2seq.data.corpus import release
from vec2seq.kernels.glove import choose_buckets
from vec2seq.kernels.places import sort_places
from vec2seq.kernels.random import seed

BUCKET_ENTRIES = 1 << 16
_AT_ONCE = 1 << 19
ENTRY_BYTES = 12


class Entries(NamedTuple):
    """Some entries."""

    rows: NDArray[np.uint32]
    columns: NDArray[np.uint32]
    logs: NDArray[np.float32]
    """log X"""


@dataclass(frozen=True, eq=False)
class Buckets:
    """All entries of a table in a file: bucket b is its entries starts[b] .. starts[b + 1] - 1."""

    path: Path
    starts: NDArray[np.int64]
    groups: int
    parts: int
    """buckets of each block"""

    @classmethod
    def deal(
        cls, table: Cooccurrences, path: Path, groups: int, held_out_every: int, number: int, check: Check, done: bool
    ) -> "Buckets":
        """Deal the entries of a table into buckets; ``number`` seeds the choice.

        ``check`` is called in between. ``done``: the file is there already, from the same table, groups and number.
        """
        parts = max(round(len(table) / groups**2 / BUCKET_ENTRIES), 1)
        sizes = np.zeros(groups**2 * parts + 1, np.int64)
        for _ in checked(_chosen(table, groups, held_out_every, number, sizes), check):
            pass
        found = cls(path, np.concatenate([[0], np.cumsum(sizes)]), groups, parts)
        if done:
            return found
        filled, again = np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int64)
        with path.open("wb", buffering=0) as file:
            file.truncate(ENTRY_BYTES * len(table))
            for entries, buckets in checked(_chosen(table, groups, held_out_every, number, again), check):
                found._write(file.fileno(), entries, buckets, filled)
        return found

    def _write(self, file: int, entries: Entries, buckets: NDArray[np.int32], filled: NDArray[np.int64]) -> None:
        """Put entries into their buckets, behind what they are ``filled`` with."""
        starts, order = np.empty(len(filled) + 1, np.int64), np.empty(len(buckets), np.int32)
        sort_places(buckets, starts, order)
        columns = [column[order] for column in entries]
        sizes = np.diff(self.starts)
        for bucket in np.flatnonzero(np.diff(starts)).tolist():
            part = slice(starts[bucket], starts[bucket + 1])
            for number, column in enumerate(columns):
                at = self.starts[bucket] * 3 + sizes[bucket] * number + filled[bucket]
                os.pwrite(file, column[part].data, 4 * int(at))
            filled[bucket] += part.stop - part.start

    def read(self, bucket: int) -> Entries:
        """The entries of a bucket, in arrays of their own."""
        start, stop = self.starts[bucket : bucket + 2].tolist()
        columns = np.fromfile(self.path, np.uint32, 3 * (stop - start), offset=ENTRY_BYTES * start)
        rows, columns, logs = columns.reshape(3, stop - start)
        return Entries(rows, columns, logs.view(np.float32))

    @property
    def held_out(self) -> int:
        """The bucket of the entries that are held out."""
        return len(self.starts) - 2

    def order(self, number: int, epoch: int) -> NDArray[np.int64]:
        """[rounds * groups]: the buckets of an epoch, in each round one for every thread."""
        random = np.random.default_rng((number, epoch))
        rounds = random.permutation(self.groups * self.parts)
        shift, part = np.divmod(rounds, self.parts)
        threads = np.arange(self.groups)
        columns = (threads + shift[:, None]) % self.groups
        order: NDArray[np.int64] = ((threads * self.groups + columns) * self.parts + part[:, None]).ravel()
        return order


def _chosen(
    table: Cooccurrences, groups: int, held_out_every: int, number: int, sizes: NDArray[np.int64]
) -> Iterator[tuple[Entries, NDArray[np.int32]]]:
    """The entries of a table with their buckets, some at a time; ``sizes`` counts the buckets' entries."""
    random = np.zeros(1, np.uint64)
    seed(random, np.array([number, 0, 0]))
    parts = (len(sizes) - 1) // groups**2
    row = 0
    for start in range(0, len(table), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(table))
        last = int(np.searchsorted(table.starts, stop))
        ends = np.clip(table.starts[row : last + 1], start, stop)
        rows = np.repeat(np.arange(row, last, dtype=np.uint32), ends[1:] - ends[:-1])
        row = last - int(table.starts[last] > stop)
        columns = table.columns[start:stop].astype(np.uint32)
        buckets = np.empty(len(rows), np.int32)
        choose_buckets(rows, columns, groups, parts, held_out_every, random, buckets, sizes)
        yield Entries(rows, columns, np.log(table.values[start:stop])), buckets
        release(table.columns, start, stop)
        release(table.values, start, stop)
