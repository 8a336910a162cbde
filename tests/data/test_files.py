import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest

from made import read
from vec2seq.data.files import ReadSettings, find_files
from vec2seq.errors import UserError

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


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_compressed_files_one_behind_another(tmp_path: Path, suffix: str) -> None:
    """What is damaged behind the first one is an error, not the end."""
    path = tmp_path / f"text.txt{suffix}"
    first = COMPRESSORS[suffix](TEXT.encode())
    second = COMPRESSORS[suffix](TEXT.encode() * 1000)
    for between in (b"",) if suffix == ".zst" else (b"", bytes(8)):
        path.write_bytes(first + between + second)
        assert read(path) == TEXT * 1001 + "\n\n"
    for damaged in (second[:-5], second[:3], b"\1" + second[1:], b"text", second + b"text"):
        path.write_bytes(first + damaged)
        with pytest.raises(UserError, match=rf"text\.txt\{suffix}: .*damaged"):
            read(path)
    path.write_bytes(b"")
    with pytest.raises(UserError, match=rf"text\.txt\{suffix}: damaged or cut off \(it is empty\)"):
        read(path)


def test_empty_text_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b""))
    assert read(tmp_path).strip() == ""


def test_a_file_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("A")
    (tmp_path / "sub" / "b.txt").write_text("B")
    (tmp_path / "sub" / "link.txt").symlink_to(tmp_path / "a.txt")
    assert read(tmp_path / "*").split() == ["A", "B"]
    assert read(tmp_path / "**").split() == ["A", "B"]
    sources = [tmp_path / "sub" / ".." / "a.txt", tmp_path, tmp_path / "sub" / "link.txt", tmp_path / "a.txt"]
    assert read(sources).split() == ["A", "B"]


def test_what_is_skipped_is_known(tmp_path: Path) -> None:
    for name in ("a.txt", "b.pdf", "c", ".hidden.doc"):
        (tmp_path / name).touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "d.doc").touch()
    assert [file.name for file in find_files([tmp_path]).skipped] == ["b.pdf", "c"]
    assert [file.name for file in find_files([tmp_path, tmp_path / "c"]).skipped] == ["b.pdf"]


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
    assert [path.name for path in find_files([tmp_path / "sub", "-"]).files] == ["c.txt.gz", "-"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert read("-") == TEXT + "\n\n"


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UserError, match="standard input: closed; name a file"):
        read("-")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (None, b"", "no such file or folder"),
        ("empty folder", None, "no text in this folder"),
        ("binary.txt", b"ab\0c", r"binary.txt: not a text file \(a zero byte at byte 3\)"),
        ("paper.pdf", b"%PDF-1.7\n\xe2", r"paper\.pdf: a PDF, not a text file; save it as plain text"),
        ("essay.docx", b"PK\x03\x04\x14\0", r"essay\.docx: a document or archive .*; save it as plain text"),
        ("packed", b"\x1f\x8b\x08\0", r"packed: compressed by gzip; decompress it, or let its name end in \.gz"),
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


def test_a_link_to_nowhere_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere")
    for source in (tmp_path / "broken.txt", tmp_path / "*.txt"):
        with pytest.raises(UserError, match="no such file or folder"):
            find_files([source])
