"""Reading and writing files of 400,000 vectors of width 300, text and binary, against gensim and readers of tables.

Each tool does each task in a process of its own: once with a small file, then, timed, some times with the large one.
All must read the same words and bits. vec2seq refuses values that are not finite and waits until what it wrote is on
the disk; its peers do neither. Peers run in .venv-bench; those that are not there are left out. With ``--rows`` nothing
is saved.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from common import machine, peak_bytes, save, timed, versions

SLOW = 1
"""Times that a tool is run which takes minutes."""
ROWS, WIDTH, SMALL = 400_000, 300, 1_000
PEERS = Path(__file__).resolve().parents[1] / ".venv-bench" / "bin" / "python"


class Words(NamedTuple):
    """What a tool read."""

    tokens: list[str]
    matrix: NDArray[np.float32]


def vec2seq_read(path: Path, binary: bool) -> Words:
    """Ours."""
    from vec2seq.vectors.formats import read_vectors

    vectors = read_vectors(path)
    return Words(vectors.tokens, vectors.matrix)


def vec2seq_writer(source: Path) -> Callable[[Path, bool], None]:
    """Ours, with the vectors of ``source``."""
    from vec2seq.vectors.formats import read_vectors, write_vectors

    vectors = read_vectors(source)
    return lambda path, binary: write_vectors(vectors, path, "word2vec-binary" if binary else "word2vec")


def gensim_read(path: Path, binary: bool) -> Words:
    """gensim's reader."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors.load_word2vec_format(path, binary=binary)
    return Words(vectors.index_to_key, vectors.vectors)


def gensim_writer(source: Path) -> Callable[[Path, bool], None]:
    """gensim's writer, with the vectors of ``source``."""
    from gensim.models import KeyedVectors

    vectors = KeyedVectors.load_word2vec_format(source, binary=True)
    return lambda path, binary: vectors.save_word2vec_format(path, binary=binary)


def pyarrow_read(path: Path, binary: bool) -> Words:
    """pyarrow's reader of CSV, columns to rows."""
    import pyarrow as pa
    from pyarrow import csv

    names = ["word", *map(str, range(WIDTH))]
    table = csv.read_csv(
        path,
        csv.ReadOptions(column_names=names, skip_rows=1),
        csv.ParseOptions(delimiter=" ", quote_char=False),
        csv.ConvertOptions(column_types={"word": pa.string()} | dict.fromkeys(names[1:], pa.float32())),
    )
    matrix = np.empty((len(table), WIDTH), np.float32)
    for column in range(WIDTH):
        matrix[:, column] = table.column(column + 1)
    return Words(table.column(0).to_pylist(), matrix)


def polars_read(path: Path, binary: bool) -> Words:
    """polars' reader of CSV, columns to rows."""
    import polars as pl

    schema = {"word": pl.String} | dict.fromkeys(map(str, range(WIDTH)), pl.Float32)
    table = pl.read_csv(path, separator=" ", has_header=False, skip_rows=1, quote_char=None, schema=schema)
    return Words(table["word"].to_list(), table.drop("word").to_numpy(order="c"))


READERS = {"vec2seq": vec2seq_read, "gensim": gensim_read, "pyarrow": pyarrow_read, "polars": polars_read}
WRITERS = {"vec2seq": vec2seq_writer, "gensim": gensim_writer}
TEXT_ONLY = {"pyarrow", "polars"}


def digest(words: Words) -> int:
    """A checksum of all words and bits."""
    return zlib.crc32(words.matrix.data, zlib.crc32("\n".join(words.tokens).encode()))


def one(task: str, tool: str, kind: str, folder: Path, repeats: int) -> dict[str, Any]:
    """What one tool takes for one task, in this process."""
    binary = kind == "binary"
    if task == "read":
        read = READERS[tool]
        read(folder / f"small.{kind}", binary)
        figures = timed(lambda: read(folder / f"large.{kind}", binary), repeats)
        memory = peak_bytes()
        found = digest(read(folder / f"large.{kind}", binary))
    else:
        out = folder / f"{tool}.{kind}"
        WRITERS[tool](folder / "small.binary")(out, binary)
        write = WRITERS[tool](folder / "large.binary")
        figures = timed(lambda: write(out, binary), repeats)
        memory = peak_bytes()
        found = digest(READERS[tool](out, binary))
        out.unlink()
    return {**figures, "peak_bytes": memory, "version": version(tool), "digest": found}


def tools() -> dict[str, str]:
    """The tools that are there, with the Python that has them."""
    found = {"vec2seq": sys.executable}
    for tool in READERS:
        command = [str(PEERS), "-c", f"import {tool}"]
        if tool == "vec2seq":
            continue
        if PEERS.exists() and subprocess.run(command, capture_output=True).returncode == 0:
            found[tool] = str(PEERS)
        else:
            print(f"{tool}: not in .venv-bench, left out", flush=True)
    return found


def make_files(folder: Path, rows: int) -> int:
    """Write the vectors that all read; their digest."""
    from vec2seq import Vectors
    from vec2seq.vectors.formats import write_vectors

    matrix = np.random.default_rng(1).standard_normal((rows, WIDTH), np.float32) / np.float32(4)
    tokens = [f"word{row}" for row in range(rows)]
    for name, count in (("small", min(SMALL, rows)), ("large", rows)):
        vectors = Vectors(tokens[:count], matrix[:count])
        write_vectors(vectors, folder / f"{name}.text", "word2vec")
        write_vectors(vectors, folder / f"{name}.binary", "word2vec-binary")
    return digest(Words(tokens, matrix))


def main() -> None:
    """Run all, check that they agree, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help=f"fewer than the {ROWS:,} vectors, to try it out")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--one", nargs=4, metavar=("TASK", "TOOL", "KIND", "FOLDER"), help="in this process; JSON")
    args = parser.parse_args()
    if args.one:
        task, tool, kind, folder = args.one
        print(json.dumps(one(task, tool, kind, Path(folder), args.repeats)))
        return
    rows, there = args.rows or ROWS, tools()
    runs: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="vec2seq-") as name:
        right = make_files(Path(name), rows)
        for task, table in (("read", READERS), ("write", WRITERS)):
            for kind in ("text", "binary"):
                for tool in there:
                    if tool not in table or (kind == "binary" and tool in TEXT_ONLY):
                        continue
                    command = [there[tool], __file__, "--one", task, tool, kind, name, "--repeats"]
                    command.append(
                        str(min(args.repeats, SLOW) if tool == "gensim" and kind == "text" else args.repeats)
                    )
                    output = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
                    figures = json.loads(output)
                    if figures.pop("digest") != right:
                        raise SystemExit(f"{tool} does not {task} the same words and numbers ({kind})")
                    runs[f"{tool}, {task} {kind}"] = figures
                    seconds, memory = figures["median_seconds"], figures["peak_bytes"]
                    print(f"{tool}, {task} {kind}: {seconds:.2f} s, {memory / 1e6:.0f} MB", flush=True)
    if args.rows is None:
        found = {"machine": machine(), "versions": versions(), "rows": rows, "width": WIDTH, "runs": runs}
        save("formats", found)


if __name__ == "__main__":
    main()
