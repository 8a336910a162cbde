"""Text to numbers: counting and encoding a text against a Python dict and pyarrow; million words a second."""

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from common import machine, save, timed, versions
from text import english_text
from vec2seq import Corpus

MIN_COUNT = 5


def with_dict(path: Path) -> NDArray[np.int32]:
    """The plain loop."""
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8") as file:
        for line in file:
            counts.update(line.split())
    ids = {word: i for i, (word, count) in enumerate(counts.most_common()) if count >= MIN_COUNT}
    with path.open(encoding="utf-8") as file:
        return np.fromiter((ids[word] for line in file for word in line.split() if word in ids), np.int32)


def with_pyarrow(path: Path) -> NDArray[np.int32]:
    """A strong peer: vectorised string functions, all processors."""
    words = pc.list_flatten(pc.utf8_split_whitespace(pa.array(path.read_text(encoding="utf-8").splitlines())))
    words = words.filter(pc.not_equal(words, ""))
    counts = pc.value_counts(words)
    frequent = counts.filter(pc.greater_equal(counts.field("counts"), MIN_COUNT))
    order = pc.sort_indices(frequent.field("counts"), sort_keys=[("", "descending")])
    ids = pc.index_in(words, value_set=frequent.field("values").take(order))
    return pc.drop_null(ids).to_numpy()


def with_vec2seq(threads: int) -> Callable[[Path], int]:
    """Ours; the result is on disk, mapped."""

    def encode(path: Path) -> int:
        with tempfile.TemporaryDirectory() as folder:
            return len(Corpus.encode(path, Path(folder) / "c", min_count=MIN_COUNT, threads=threads).ids)

    return encode


def main() -> None:
    """Run all, check that they agree, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    path = english_text()
    words = sum(len(line.split()) for line in path.open(encoding="utf-8"))
    kept = len(with_dict(path))
    tools: dict[str, Callable[[Path], object]] = {
        "vec2seq, 1 thread": with_vec2seq(1),
        "vec2seq, 2 threads": with_vec2seq(2),
        "pyarrow": with_pyarrow,
        "Python dict": with_dict,
    }
    rows = {}
    for name, tool in tools.items():
        found = tool(path)
        if (found if isinstance(found, int) else len(found)) != kept:  # type: ignore[arg-type]
            raise SystemExit(f"{name} found another number of words")
        rows[name] = timed(lambda tool=tool: tool(path), repeats if name != "Python dict" else min(repeats, 3))  # type: ignore[misc]
        print(f"{name}: {words / rows[name]['median_seconds'] / 1e6:.1f} M words/s", flush=True)
    save("encode", {"machine": machine(), "versions": versions(), "text": path.name, "words": words, "runs": rows})


if __name__ == "__main__":
    main()
