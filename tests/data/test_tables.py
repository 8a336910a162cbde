import gzip
import json
import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from made import read
from vec2seq.data.files import ReadSettings
from vec2seq.errors import UserError


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
        with pytest.raises(UserError, match=rf"{name}.*there is: id, words.*with column"):
            read(path, ReadSettings(column=column))


def test_a_semicolon_may_separate(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id;text\n1;"one; two, three"\n2;four\n', encoding="utf-8")
    assert read(tmp_path / "t.csv", ReadSettings(column="text")) == "one; two, three\n\nfour\n\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", b'{"text": "a"}\n{"text"', r"t\.jsonl:2: not JSON"),
        ("t.jsonl", b'{"text": 1}', r"t\.jsonl:1: no text in column 'text'"),
        ("t.jsonl", b"[1]", r"t\.jsonl:1: no text"),
        (
            "t.jsonl",
            b'{"text": "a"}\n{"text": "\xff"}',
            r"t\.jsonl:1: not utf-8 there, or soon behind it; another encoding\?",
        ),
        ("t.jsonl", b"[" * 100_000, r"t\.jsonl:1: not JSON"),
        ("t.csv", b"id,text\n1,a\n2\n", r"t\.csv:3: 1 column, but 'text' is number 2"),
        ("t.csv", b"", "which column|no column"),
        (
            "t.csv",
            b'id,text\n1,"a\nb"\n2,"c\n3,d\n',
            r"t\.csv:4: the quotes in the row .*ends within them",
        ),
        (
            "t.csv",
            b'id,text\n1,a\n2,"c\n3,"d"\n4,e\n',
            r"t\.csv:3: the quotes .*',' expected after '\"'.*; close",
        ),
        ("t.tsv", b'id\ttext\n1\ta\n2\t"c\n3\td\n', r"t\.tsv:3: the quotes"),
        ("t.parquet", b"PAR1 no", "not a Parquet file"),
    ],
)
def test_damaged_tables_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read(path, ReadSettings(column="text"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", '{"text": "a"}\n{"text": "' + 200 * "x", ":2: a line of more than 100 characters"),
        ("t.csv", "text\na\n" + 200 * "x", ":3: a line of more than 100 characters"),
        ("t.csv", 'text\na\n"' + 200 * "x\n", r":3: the quotes .* \(more than 100 characters\)"),
        ("t.csv", "text\n" + 200 * '"\n",', r":2: the quotes .* \(more than 100 characters\)"),
    ],
)
def test_a_line_or_row_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, message: str
) -> None:
    monkeypatch.setattr("vec2seq.data.rows.LONGEST", 100)
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content.encode()))
    with pytest.raises(UserError, match=message):
        read(tmp_path / f"{name}.gz", ReadSettings(column="text"))


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    cell = "a word or two\n" * 30_000
    (tmp_path / "t.csv").write_text(f'text\n"{cell}"\nend\n')
    assert read(tmp_path / "t.csv", ReadSettings(column="text")) == f"{cell}\n\nend\n\n"


def test_a_table_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("0\tthe first text\n1\tthe second\n")
    with pytest.raises(UserError, match=r"\(there is: 0, the first text\); .* or say its number, from 1, if that is"):
        read(path)
    assert read(path, ReadSettings(column="2")) == "the first text\n\nthe second\n\n"
    assert read(path, ReadSettings(column="0")) == "1\n\n"  # a header that is that very text
    for column in ("3", "-1", "02", "9" * 5000):
        with pytest.raises(UserError, match="no column"):
            read(path, ReadSettings(column=column))
    path.write_text("0\tthe first text\n1\n")
    with pytest.raises(UserError, match=r"t\.tsv:2: 1 column, but '2' is number 2"):
        read(path, ReadSettings(column="2"))


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "idna", "undefined"])
def test_tables_in_another_encoding_than_named(tmp_path: Path, name: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(b"\xff.\xfe\n" * 30)
    with pytest.raises(UserError, match=rf"{name}:1: not {encoding} there, or soon behind it.*; another encoding\?"):
        read(tmp_path / name, ReadSettings(encoding=encoding))


def test_parquet_that_is_not_utf8_names_the_row(tmp_path: Path) -> None:
    cells = pyarrow.array([b"good", b"bad \xff", b"good"]).view(pyarrow.string())
    pyarrow.parquet.write_table(pyarrow.table({"text": cells}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"t\.parquet: row 2 of column 'text' is not UTF-8"):
        read(tmp_path / "t.parquet")


def test_parquet_with_any_byte_changed_is_read_or_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_parquet(path, [{"text": f"word {number}"} for number in range(20)])
    whole, refused = path.read_bytes(), []
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x85]) + whole[place + 1 :])
        try:
            read(path)
        except UserError as error:
            refused.append(str(error))
    assert len(refused) > 100
    assert all(message.startswith(f"{path}: ") for message in refused)


def test_parquet_column_of_numbers_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "t.parquet", [{"text": 1}])
    with pytest.raises(UserError, match="row 1 of column 'text' is not text but int"):
        read(tmp_path / "t.parquet")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_parquet_is_not_read_from_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.parquet")
    with pytest.raises(UserError, match=r"t\.parquet: a pipe or a device, but Parquet files are read from their end"):
        read(tmp_path / "t.parquet")
