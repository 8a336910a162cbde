"""Tables of co-occurrences: whatever the memory and the threads, and what damaged ones are told."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.twins import cooccurrences
from vec2seq.data import cooccurrence
from vec2seq.data.cooccurrence import Around, Cooccurrences
from vec2seq.data.corpus import Corpus
from vec2seq.disk import file_digest, sealed
from vec2seq.errors import UserError

ENOUGH = 1 << 30


def encoded(texts: list[list[str]], folder: Path) -> Corpus:
    return Corpus.encode(texts, folder, min_count=1)


def entries(table: Cooccurrences) -> dict[tuple[int, int], float]:
    found = {}
    for row in range(len(table.vocab)):
        columns, values = table.row(row)
        found |= {(row, column): value for column, value in zip(columns.tolist(), values.tolist(), strict=True)}
    return found


def expected(corpus: Corpus, around: Around) -> dict[tuple[int, int], float]:
    bounds = zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
    sentences = [corpus.ids[start:stop].tolist() for start, stop in bounds]
    return cooccurrences(sentences, around.on("left").tolist(), around.on("right").tolist())


word = st.sampled_from("abcdefgh")


@given(
    st.lists(st.lists(word, min_size=1, max_size=20), min_size=1, max_size=20),
    st.builds(
        Around, st.integers(1, 6), st.sampled_from(["both", "left", "right"]), st.sampled_from(["distance", "equal"])
    ),
    st.integers(1, 3),
    st.sampled_from([1, 3, 1000]),
    st.sampled_from([21, 40, 10_000]),
)
def test_tables_are_those_of_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[list[str]],
    around: Around,
    threads: int,
    at_once: int,
    block_words: int,
) -> None:
    """In chunks of rows of any size, and in blocks of text that are added up."""
    folder = tmp_path_factory.mktemp("counts")
    corpus = encoded(texts, folder / "corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "_ENTRIES_AT_ONCE", at_once)
        patch.setattr(cooccurrence, "_FEWEST_WORDS", 1)
        words = len(corpus.vocab)
        fixed = 3 * threads * (max(at_once, words) * 8 + words * 8) + words * 8
        memory = fixed + 8 * block_words
        table = Cooccurrences.count(corpus, folder / "counts", around, memory_bytes=memory, threads=threads)
    assert entries(table) == pytest.approx(expected(corpus, around), rel=1e-6)
    assert table.around == around
    assert sorted(path.name for path in (folder / "counts").iterdir()) == [
        *("columns.bin", "counts.json", "starts.bin", "values.bin", "vocab.json")
    ]


def test_a_table_that_is_saved_is_the_same(tmp_path: Path) -> None:
    corpus = encoded([["a", "b", "a", "c"]] * 3, tmp_path / "corpus")
    table = Cooccurrences.count(corpus, tmp_path / "counts", Around(), memory_bytes=ENOUGH)
    table.save(tmp_path / "kept")
    again = Cooccurrences.open(tmp_path / "kept")
    assert entries(again) == entries(table)
    assert (again.around, again.fingerprint, again.text_words) == (table.around, table.fingerprint, 12)
    assert again.vocab.tokens == table.vocab.tokens


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    corpus = encoded([["a", "b"]], tmp_path / "corpus")
    with pytest.raises(UserError, match=r"counting 2 words with 1 thread needs [\d.,]+ MB.*memory"):
        Cooccurrences.count(corpus, tmp_path / "counts", Around(), memory_bytes=1_000_000)


def signed_anew(folder: Path, **changes: Any) -> None:
    """Sign a table again after it was changed."""
    meta = {**json.loads((folder / "counts.json").read_text()), **changes}
    meta["files"] = {name: file_digest(folder / name) for name in meta["files"]}
    meta = {name: value for name, value in meta.items() if value is not None}
    (folder / "counts.json").write_text(json.dumps(sealed(meta)))


@pytest.mark.parametrize(
    ("name", "data", "unsigned", "signed"),
    [
        ("columns.bin", None, r"no table of co-occurrences \(no columns.bin\)", None),
        ("columns.bin", np.array([9] * 6, np.int32).tobytes(), "damaged", "do not fit together"),
        ("columns.bin", np.array([0] * 6, np.int32).tobytes(), "damaged", None),
        ("values.bin", np.array([np.nan] * 6, np.float32).tobytes(), "damaged", "do not fit together"),
        ("values.bin", np.array([0] * 6, np.float32).tobytes(), "damaged", "do not fit together"),
        ("starts.bin", np.array([0, 3, 2, 6], np.int64).tobytes(), "damaged", "do not fit together"),
        ("counts.json", b"{", "damaged", None),
        ("counts.json", b"{}", "damaged, or of another version", None),
        ("vocab.json", b"[]", "damaged", "not a list of words"),
    ],
)
def test_what_is_damaged_is_told(
    tmp_path: Path, name: str, data: bytes | None, unsigned: str, signed: str | None
) -> None:
    corpus = encoded([["a", "b", "c"]], tmp_path / "corpus")
    Cooccurrences.count(corpus, tmp_path / "counts", Around(), memory_bytes=ENOUGH)
    path = tmp_path / "counts" / name
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UserError, match=unsigned):
        Cooccurrences.open(tmp_path / "counts")
    if signed is not None:
        signed_anew(tmp_path / "counts")
        with pytest.raises(UserError, match=signed):
            Cooccurrences.open(tmp_path / "counts")


@pytest.mark.parametrize(
    "changes",
    [
        *({"text_words": None}, {"around": {"wide": 3}}, {"tokenizer": 3}, {"fingerprint": None}, {"files": {}}),
        *({"text_words": float("inf")}, {"around": {"window": "x"}}, {"around": {"window": -5}}),
        *({"around": {"sides": "up"}}, {"around": {"weights": []}}),
    ],
)
def test_what_nobody_of_us_wrote_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    corpus = encoded([["a", "b", "c"]], tmp_path / "corpus")
    Cooccurrences.count(corpus, tmp_path / "counts", Around(), memory_bytes=ENOUGH)
    signed_anew(tmp_path / "counts", **changes)
    with pytest.raises(UserError):
        Cooccurrences.open(tmp_path / "counts")


def test_a_table_is_saved_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = encoded([["a", "b", "c"]], tmp_path / "corpus")
    old = Cooccurrences.count(corpus, tmp_path / "old", Around(1), memory_bytes=ENOUGH)
    new = Cooccurrences.count(corpus, tmp_path / "new", Around(2), memory_bytes=ENOUGH)
    old.save(tmp_path / "kept")

    def full(path: Path) -> None:
        if path.name == "values.bin":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(cooccurrence, "sync_file", full)
        with pytest.raises(OSError, match=r"No space left on device: '.*kept'"):
            new.save(tmp_path / "kept")
    assert Cooccurrences.open(tmp_path / "kept").around == Around(1)
    new.save(tmp_path / "kept")
    assert Cooccurrences.open(tmp_path / "kept").around == Around(2)
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "old", "new", "kept"}


@pytest.mark.parametrize("name", ["thesis.txt", "vocab.json"])
def test_only_a_table_is_replaced(tmp_path: Path, name: str) -> None:
    table = Cooccurrences.count(
        encoded([["a", "b"]], tmp_path / "corpus"), tmp_path / "counts", Around(), memory_bytes=ENOUGH
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place, message in (("folder", f"holds {name}"), ("file", "is a file"), ("link", "leads nowhere")):
        with pytest.raises(UserError, match=message):
            table.save(tmp_path / place)
    assert (tmp_path / "folder" / name).read_text() == (tmp_path / "file").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"corpus", "counts", "folder", "file", "link"}


SPILLING = """
import signal, sys, time
from pathlib import Path
from vec2seq.data import cooccurrence
from vec2seq.data.cooccurrence import Around, Cooccurrences
from vec2seq.data.corpus import Corpus

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
cooccurrence._FEWEST_WORDS = 1
corpus = Corpus.encode([["a", "b", "c"]] * 1000, Path(sys.argv[1]) / "corpus", min_count=1)

def report(share):
    if share > 0.5:
        print("half", flush=True)
        time.sleep(60)

memory = 3 * ((1 << 18) * 8 + 24) + 24 + 8 * 100
Cooccurrences.count(corpus, Path(sys.argv[1]) / "counts", Around(), memory_bytes=memory, report=report)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_what_waits_on_the_disk_is_gone_with_the_process(tmp_path: Path, number: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SPILLING, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    spills = [path for path in Path(f"/proc/{process.pid}/fd").iterdir() if "deleted" in str(path.readlink())]
    assert spills, "nothing was spilt"
    process.send_signal(number)
    process.wait(timeout=60)
    process.stdout.close()
    assert {path.name for path in (tmp_path / "counts").iterdir()} <= {"columns.bin", "values.bin"}
