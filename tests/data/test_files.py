import bz2
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.files import Block, ReadSettings, find_files, open_source
from vec2seq.errors import UserError


def read(x: object, how: ReadSettings | None = None, block_bytes: int = 1 << 20) -> str:
    return b"".join(block.data for block in open_source(x, how, block_bytes).blocks).decode()


TEXT = "one two\nthree\n中文 四\n"


def zstd(data: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_files_and_compressed_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.txt{suffix}"
    path.write_bytes(COMPRESSORS[suffix](TEXT.encode()))
    assert read(path) == read(str(path)) == TEXT + "\n\n"


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_damaged_compressed_files_are_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.txt{suffix}"
    data = COMPRESSORS[suffix](TEXT.encode() * 1000)
    for damaged in (data[: len(data) // 2], b"plain text"):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=rf"text\.txt\{suffix}"):
            read(path)


def test_folders_globs_and_order(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("B")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.txt.gz").write_bytes(gzip.compress(b"C"))
    (tmp_path / "a.txt").write_text("A")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.txt").write_text("H")
    assert read(tmp_path).split() == ["A", "B", "C"]
    assert read(str(tmp_path / "*.txt")).split() == ["A", "B"]
    assert read([tmp_path / "b.txt", tmp_path / "a.txt"]).split() == ["B", "A"]
    assert [path.name for path in find_files([tmp_path / "sub", "-"])] == ["c.txt.gz", "-"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert read("-") == TEXT + "\n\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (None, b"", "no such file or folder"),
        ("empty folder", None, "no text in this folder"),
        ("binary.txt", b"ab\0c", r"binary.txt: not a text file \(a zero byte at byte 3\)"),
        ("wide.txt", "text".encode("utf-16"), "UTF-16, not UTF-8; use encoding utf-16"),
    ],
)
def test_what_is_no_text_is_named(tmp_path: Path, name: str | None, content: bytes | None, message: str) -> None:
    path = tmp_path / (name or "missing.txt")
    if content is None:
        path.mkdir()
    elif name:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read(path)


def test_encodings(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    for encoding in ("gb18030", "utf-16", "latin-1"):
        text = "café\nthé" if encoding == "latin-1" else TEXT
        path.write_bytes(text.encode(encoding))
        assert read(path, ReadSettings(encoding=encoding), block_bytes=3) == text + "\n\n"
    path.write_bytes(b"\xef\xbb\xbfabc")
    assert read(path) == "abc\n\n"
    path.write_bytes(b"ab\xff")
    with pytest.raises(UserError, match="not gb18030 near line 1"):
        read(path, ReadSettings(encoding="gb18030"))
    assert read(path, ReadSettings(errors="replace")) == "ab�\n\n"
    for encoding in ("klingon", "hex", "rot13", "base64", "a\0b", ""):
        with pytest.raises(UserError, match=r"no encoding .* is known"):
            read(path, ReadSettings(encoding=encoding))


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)),
    st.integers(1, 50),
)
def test_blocks_are_the_text_and_do_not_cut_characters(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], block_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    text = "\n".join(lines)
    if text.startswith("\ufeff"):
        return
    path.write_bytes(text.encode())
    blocks = list(open_source(path, None, block_bytes).blocks)
    assert "".join(block.data.decode() for block in blocks) == text + "\n\n"
    before = ""
    for block in blocks:
        assert block.line == before.count("\n") + 1
        assert block.at_line_start == (not before.rpartition("\n")[2].encode().strip())
        before += block.data.decode()


def test_a_block_ends_at_a_line_end_or_a_space_if_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("aaa bbb\nccc ddd eee fff ggg")
    assert [block.data for block in open_source(path, None, 10).blocks] == [
        b"aaa bbb\n",
        b"ccc ddd eee ",
        b"fff ",
        b"ggg\n\n",
    ]


def generator() -> Iterator[str]:
    yield from ("one two", "three")


def test_iterables_of_texts_and_of_token_lists() -> None:
    assert read(["one two", "three"]) == read(generator()) == "one two\n\nthree\n\n"
    source = open_source(iter([["New York", "is"], ("big",)]))
    assert source.tokenized
    assert b"".join(block.data for block in source.blocks) == b"New York\x1fis\x1ebig\x1e"
    assert not open_source(["a"]).tokenized


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([], "the list is empty"),
        (["a", ["b"]], "text 2 is not a str but list"),
        ([["a"], "b"], "text 2 is not a list of str but str"),
        ([["a"], [1]], "text 2 is not a list of str"),
        ([["a\x1fb"]], "control character"),
        ([Path("x"), "b"], "either paths or texts"),
        (["a", "\ud800"], r"half a surrogate pair \('\\ud800'\)"),
        ("no such\ntext", "to train on a text itself, pass a list"),
    ],
)
def test_wrong_iterables_are_named(x: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(x)


def write_jsonl(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    separator = "\t" if ".tsv" in path.name else ","
    lines = [separator.join(rows[0]), *(separator.join(f'"{value}"' for value in row.values()) for row in rows)]
    path.write_text("\ufeff" + "\n".join(lines))


def write_parquet(path: Path, rows: list[dict[str, object]]) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


WRITERS = {"t.jsonl": write_jsonl, "t.csv": write_csv, "t.tsv": write_csv, "t.parquet": write_parquet}


@pytest.mark.parametrize("name", WRITERS)
def test_columns_of_tables(tmp_path: Path, name: str) -> None:
    rows: list[dict[str, object]] = [{"id": "1", "words": "one, two"}, {"id": "2", "words": "three\nfour 中"}]
    path = tmp_path / name
    WRITERS[name](path, rows)
    assert read(path, ReadSettings(column="words")) == "one, two\n\nthree\nfour 中\n\n"
    for column in (None, "nothing"):
        with pytest.raises(UserError, match=rf"{name}.*there is: id words.*use column"):
            read(path, ReadSettings(column=column))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", b'{"text": "a"}\n{"text"', r"t\.jsonl:2: not JSON"),
        ("t.jsonl", b'{"text": 1}', r"t\.jsonl:1: no text in column 'text'"),
        ("t.jsonl", b"[1]", r"t\.jsonl:1: no text"),
        ("t.jsonl", b'{"text": "a"}\n{"text": "\xff"}', r"t\.jsonl: not utf-8"),
        ("t.jsonl", b"[" * 100_000, r"t\.jsonl:1: not JSON"),
        ("t.csv", b"id,text\n1,a\n2\n", r"t\.csv:3: 1 column, but 'text' is number 2"),
        ("t.csv", b"", "which column|no column"),
        ("t.parquet", b"PAR1 no", "not a Parquet file"),
    ],
)
def test_damaged_tables_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read(path, ReadSettings(column="text"))


def test_parquet_column_of_numbers_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "t.parquet", [{"text": 1}])
    with pytest.raises(UserError, match="row 1 of column 'text' is not text but int"):
        read(tmp_path / "t.parquet")


def test_an_open_source_stays_as_it_is() -> None:
    source = open_source(iter([Block(b"a", "s", 1, True).source]))
    assert open_source(source) is source
