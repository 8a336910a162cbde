import bz2
import csv
import gzip
import json
import lzma
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutations import mutated_bytes
from vec2seq.data.files import ReadSettings
from vec2seq.data.table import Table
from vec2seq.data.tablefiles import read_table
from vec2seq.errors import UserError

ROWS = [["red, dark", 1.5, True, "2026-11-27"], ["blue", None, False, "2026-11-28"], ["red, dark", 3, True, None]]
NAMES = ["colour", "size", "good", "day"]


def text_of_rows(separator: str) -> str:
    cells = [["" if cell is None else f'"{cell}"' for cell in row] for row in ROWS]
    return "\n".join(separator.join(row) for row in [NAMES, *cells])


def write(path: Path) -> Path:
    kind = path.name.split(".")[1]
    if kind == "parquet":
        pyarrow.parquet.write_table(
            pyarrow.Table.from_pylist([dict(zip(NAMES, row, strict=True)) for row in ROWS]), path
        )
        return path
    if kind == "jsonl":
        text = "\n".join(json.dumps({n: c for n, c in zip(NAMES, row, strict=True) if c is not None}) for row in ROWS)
    else:
        text = text_of_rows({"tsv": "\t", "data": ";", "txt": "\t"}.get(kind, ","))
    data = text.encode()
    path.write_bytes({".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}.get(path.suffix, bytes)(data))
    return path


@pytest.mark.parametrize(
    "name",
    ["t.csv", "t.tsv", "t.data", "t.txt", "t.jsonl", "t.parquet", "t.csv.gz", "t.jsonl.bz2", "t.tsv.xz", "t.data.gz"],
)
def test_every_kind_of_file_gives_the_same_table(tmp_path: Path, name: str) -> None:
    table = read_table(write(tmp_path / name))
    assert table.names == NAMES
    assert table.cells("colour") == ["red, dark", "blue", "red, dark"]
    assert isinstance(table.column("size"), np.ndarray)
    assert table.cells("size") == [1.5, None, 3.0]
    assert [str(cell) for cell in table.cells("good")] == ["True", "False", "True"]
    assert table.cells("day") == ["2026-11-27", "2026-11-28", None]
    row = "3" if name == "t.parquet" else "3" if "jsonl" in name else "4"
    assert table.place(2) == f"{tmp_path / name}:{' row ' if name == 't.parquet' else ''}{row}"


@pytest.mark.parametrize("text", [text_of_rows(","), text_of_rows(";"), '\n{"colour": "blue", "size": 2}\n'])
def test_standard_input(text: str) -> None:
    code = """from vec2seq.data.tablefiles import read_table
table = read_table("-")
print(table.names[:2], table.cells("colour")[-1], table.place(0))"""
    result = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, timeout=60)
    assert result.stdout.startswith("['colour', 'size'] "), result.stderr
    assert result.stdout.endswith(" standard input:2\n")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,x\n2,y\n", ["a", "b"]),
        ("5.1,x\n4.9,y\n", ["1", "2"]),
        ("M,0.4,1\nF,0.5,2\nM,1,3\n", ["1", "2", "3"]),
        ("?,0.4\nF,0.5\n", ["1", "2"]),
        ("text,label\nhello there,yes\nbye,no\n", ["text", "label"]),  # none comes again below
        ("hello,yes\nbye,no\nhi,yes\n", ["1", "2"]),  # yes does
        ("hello,hello\nbye,no\n", ["1", "2"]),
        ("hello,\nbye,no\n", ["1", "2"]),
        ("country,1990,1991\nChad,1,2\nMali,3,4\n", ["1", "2", "3"]),
        ("id,1990\n1,2\n2,4\n", ["1", "2"]),  # as many for as against
        ("day,text\n2026-11-27,x\n2026-11-28,y\n", ["day", "text"]),
        ("2026-11-26,z\n2026-11-27,x\n2026-11-28,y\n", ["1", "2"]),
        ("code,text\n007,x\n008,y\n", ["code", "text"]),
        ("1,2\n", ["1", "2"]),
        ("\n\na,b\n\n1,2\n", ["a", "b"]),
        ('"a\nb", c \n1,2\n', ["a b", "c"]),
        ("x\n1\n", ["x"]),
    ],
)
def test_the_header_is_detected(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert read_table(tmp_path / "t.csv").names == names


def test_the_header_may_be_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("hello,yes\nbye,no\nhi,yes\n", encoding="utf-8")
    assert read_table(tmp_path / "t.csv", header=True).names == ["hello", "yes"]
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    assert read_table(tmp_path / "t.csv", header=False).cells("1") == ["a", "1", "2"]


def test_a_comma_stands_in_numbers_where_semicolons_separate(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a;b\n1,5;one, two\n-2,25;x\n,5e1;y\n3;z\n", encoding="utf-8")
    table = read_table(tmp_path / "t.csv")
    assert table.cells("a") == [1.5, -2.25, 5.0, 3.0]
    assert table.cells("b") == ["one, two", "x", "y", "z"]


def test_which_texts_are_missing_or_no_numbers(tmp_path: Path) -> None:
    missing = ["", " ", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "?", "-"]
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(f"{cell},1" for cell in missing), encoding="utf-8")
    assert read_table(tmp_path / "t.csv", header=True).cells("a") == [None] * len(missing)
    others = ["None", "--", "1_000", "0x1", "1 2", "007", "Na", "1,5"]
    (tmp_path / "t.csv").write_text("a;b\n" + "\n".join(f"{cell};1" for cell in others), encoding="utf-8")
    assert read_table(tmp_path / "t.csv").cells("a") == [*others[:-1], "1.5"]


DAMAGED = [
    ("t.csv", b"", r"t\.csv: empty"),
    ("t.csv", b"\n \n\n", r"t\.csv: empty"),
    ("t.jsonl", b"\n\n", r"t\.jsonl: empty"),
    ("t.csv", b"a,b\n", r"t\.csv:1: no rows below the header"),
    ("t.csv", b"a,b\n1,2\n3\n", r"t\.csv:3: 1 cell, but line 1 has 2; put cells"),
    ("t.csv", b'a,b\n"1\n",2\n3,4,5\n', r"t\.csv:4: 3 cells, but line 1 has 2"),
    ("t.csv", b"a,b\n" + b"1,2\n" * 9000 + b"3,4,5\n", r"t\.csv:9002: 3 cells, but line 1 has 2"),
    ("t.csv", b"a,,c\n1,2,3\n", r"t\.csv:1: column 2 has no name; give it one"),
    ("t.csv", b"\na,b,a,a\n1,2,3,4\n", r"t\.csv:2: columns 1 and 3 and 4 have the same name 'a'"),
    ("t.csv", b"a,b\n1,\xff\n", r"t\.csv:\d: not utf-8 there, or soon behind it; another encoding"),
    ("t.csv", b"a,b\n1,2\n\x00,4\n", r"t\.csv:3: a zero byte, so this is no text"),
    ("t.csv", b'a,b\n1,"2\n3,4\n', r"t\.csv:2: the quotes in the row that begins here do not match"),
    ("t.csv.gz", gzip.compress(b"a,b\n1,2\n")[:-9], r"t\.csv\.gz: damaged or cut off"),
    ("t.xlsx", b"PK\3\4", r"t\.xlsx: a spreadsheet; save it as CSV"),
    ("t.jsonl", b'{"a": 1}\n[1]\n', r"t\.jsonl:2: not a row of a table"),
    ("t.jsonl", b'{"a": 1}\n{"a": [1]}\n', r"t\.jsonl:2: column 'a' holds a value of type list, not a text"),
    ("t.jsonl", b'{"a": 1, "": 2}\n', r"t\.jsonl:1: column 2 has no name"),
    ("t.jsonl", b'{"a": 1, "\\ud800": 2}\n', r"t\.jsonl:1: the name of column 2.*half a surrogate pair"),
    ("t.jsonl", b'{"a": 1\n', r"t\.jsonl:1: not JSON"),
    ("t.parquet", b"PAR1", r"t\.parquet: not a Parquet file"),
]


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_table(tmp_path / name)


def test_another_encoding(tmp_path: Path) -> None:
    for encoding in ("gb18030", "utf-16", "utf-8-sig"):
        (tmp_path / "t.csv").write_bytes("颜色,b\n红,1\n".encode(encoding))
        how = ReadSettings(encoding="utf-8" if encoding == "utf-8-sig" else encoding)
        assert read_table(tmp_path / "t.csv", how).cells("颜色") == ["红"]


def test_parquet_cells_that_are_none(tmp_path: Path) -> None:
    for cell, kind in (([1], "list"), (b"x", "bytes"), ({"a": 1}, "dict")):
        pyarrow.parquet.write_table(pyarrow.table({"a": [cell]}), tmp_path / "t.parquet")
        with pytest.raises(UserError, match=rf"t\.parquet: column 'a' holds a value of type {kind}"):
            read_table(tmp_path / "t.parquet")
    pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array([], pyarrow.int64())}), tmp_path / "t.parquet")
    with pytest.raises(UserError, match="empty, no table"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.jsonl"])
def test_damaged_files_are_read_or_named(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    whole, generator, refused = path.read_bytes(), random.Random(0), []
    for _ in range(300):
        path.write_bytes(mutated_bytes(generator, whole))
        try:
            read_table(path)
        except UserError as error:
            refused.append(str(error))
    assert len(refused) > 30
    assert all(message.startswith(str(path)) for message in refused)


def test_several_files_have_the_same_columns_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,x\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("b,a\ny,2\nz,oh\n", encoding="utf-8")
    table = read_table([tmp_path / "1.csv", tmp_path / "2.csv"])
    assert table.columns == {"a": [1.0, "2", "oh"], "b": ["x", "y", "z"]}
    assert [table.place(row) for row in range(3)] == [
        f"{tmp_path}/1.csv:2",
        f"{tmp_path}/2.csv:2",
        f"{tmp_path}/2.csv:3",
    ]
    assert read_table(tmp_path).columns == read_table(f"{tmp_path}/*.csv").columns == table.columns
    (tmp_path / "2.csv").write_text("b,c\ny,2\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"2\.csv: not the columns of .*1\.csv: no 'a' and 'c' besides"):
        read_table(tmp_path)
    with pytest.raises(UserError, match="the list of files is empty"):
        read_table([])


def test_the_header_of_a_second_file_is_known_from_the_first(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("word,kind\nred,colour\n", encoding="utf-8")
    (tmp_path / "2.csv").write_text("kind,word\nkind,good\n", encoding="utf-8")  # alone, it would have no header
    assert read_table(tmp_path).columns == {"word": ["red", "good"], "kind": ["colour", "kind"]}


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_what_is_written_as_csv_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    names = [f"c{place}" for place in range(len(rows[0]))]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    of_file, of_lists = read_table(path, header=True), Table.of(dict(zip(names, zip(*rows, strict=True), strict=True)))
    assert of_file.names == names
    assert [of_file.cells(name) for name in names] == [of_lists.cells(name) for name in names]
