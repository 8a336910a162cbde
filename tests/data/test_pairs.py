"""Pairs from files: every format gives the same pairs, and what is wrong is told with its place."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.files import ReadSettings
from vec2seq.data.pairs import Columns, Pair, read_pairs
from vec2seq.errors import UserError

ROWS = [("walk", "V;PST", "walked"), ('say "hi"', "V", "said"), ("走", "V;NFIN", "走")]


def read(*paths: Path, targets: bool = True, **columns: str) -> tuple[list[Pair], list[str]]:
    told: list[str] = []
    return list(read_pairs(paths, ReadSettings(), Columns(**columns), told.append, targets)), told


def written(place: Path, name: str, text: str) -> Path:
    path = place / name
    path.write_text(text, encoding="utf-8")
    return path


def table(rows: list[tuple[str, ...]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def test_the_first_and_the_last_column_are_a_pair(tmp_path: Path) -> None:
    found, told = read(written(tmp_path, "a.tsv", table(ROWS)))
    assert [(pair.source, pair.targets) for pair in found] == [((row[0],), (row[2],)) for row in ROWS]
    assert found[1].place.endswith("a.tsv:2")
    assert told[0].endswith("source: column 1, target: column 3")


@pytest.mark.parametrize("kind", ["tsv", "tsv.gz", "csv", "jsonl", "parquet"])
def test_several_columns_by_name_in_every_format(kind: str, tmp_path: Path) -> None:
    path, names = tmp_path / f"a.{kind}", ("lemma", "tags", "form")
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(dict(zip(names, map(list, zip(*ROWS, strict=True)), strict=True))), path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in ROWS))
    elif kind == "csv":
        quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in (names, *ROWS)]
        path.write_text("".join(",".join(row) + "\n" for row in quoted), encoding="utf-8")
    else:
        data = table([names, *ROWS]).encode()
        path.write_bytes(gzip.compress(data) if kind.endswith("gz") else data)
    found, told = read(path, source="lemma,tags", target="form")
    assert [(*pair.source, *pair.targets) for pair in found] == ROWS
    assert told == [f"{path}: source: 'lemma' and 'tags', target: 'form'"]
    alone, _ = read(path, source="lemma,tags", target="form", targets=False)
    assert [pair.source for pair in alone] == [row[:2] for row in ROWS]
    assert all(pair.targets == () for pair in alone)


def test_names_that_say_it_are_a_header(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", table([("id", "Source", "Target"), ("1", "a", "b")]))
    assert [(pair.source, pair.targets) for pair in read(path)[0]] == [(("a",), ("b",))]
    path = written(tmp_path, "b.tsv", table([("source", "a"), ("b", "c")]))
    assert len(read(path)[0]) == 2
    path = written(tmp_path, "c.tsv", table([("en", "de"), ("a", "b")]))
    for targets in (True, False):  # a header by the name of the target, when there are only sources to read, too
        rows = list(read_pairs([path], ReadSettings(), Columns(target="de"), lambda _: None, targets))
        assert [pair.source for pair in rows] == [("a",)]


def test_numbers_say_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", table(ROWS))
    assert read(path, source="3", target="1")[0][0] == Pair(("walked",), ("walk",), f"{path}:1")
    assert read(path, source="1,2")[0][0].source == ("walk", "V;PST")


def test_a_name_may_hold_a_comma(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", table([("last, first", "x"), ("a", "b")]))
    assert read(path, source="last, first")[0] == [Pair(("a",), ("b",), f"{path}:2")]


def test_references_are_all_right(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", "read\tR EH D | R IY D|R EH D\nx\t|\n")
    found = read(path, references="|")[0]
    assert found[0].targets == ("R EH D", "R IY D")
    assert not found[1].whole


def test_lines_of_two_files_belong_together(tmp_path: Path) -> None:
    first, second = written(tmp_path, "a.en", "one\n two \n"), written(tmp_path, "a.de", "eins\r\nzwei\r\n")
    found, told = read(first, second)
    assert found == [Pair(("one",), ("eins",), f"{first}:1"), Pair(("two",), ("zwei",), f"{first}:2")]
    assert told == [f"source: {first}, target: {second}"]
    second.write_text("eins\nzwei\ndrei\n")
    with pytest.raises(UserError, match=r"a\.en: 2 lines, but .*a\.de has more"):
        read(first, second)
    with pytest.raises(UserError, match=r"a\.de: 3 lines, but .*b\.en has more"):
        read(second, written(tmp_path, "b.en", "1\n2\n3\n4\n"))
    with pytest.raises(UserError, match=r"a\.en: no table by its ending.* the other is missing"):
        read(first)
    assert [pair.source for pair in read(first, targets=False)[0]] == [("one",), ("two",)]


@pytest.mark.parametrize(
    ("text", "columns", "told"),
    [
        ("a\tb\nc\n", {}, r"a\.tsv:2: 1 cell, but line 1 has 2"),
        ("a\n", {}, r"a\.tsv:1: 1 column, and 'a' cannot be source and target; write a source, a TAB and a target"),
        ("a\tb\n", {"source": "lemma"}, r"a\.tsv:1: no column 'lemma' \(there is: a, b\); name one of these with sou"),
        ("a\tb\n", {"target": "7"}, r"a\.tsv:1: no column '7'"),
        ("a\tb\n", {"source": "1", "target": "1"}, "cannot be source and target"),
        ("a\tb\0\n", {}, r"a\.tsv:1: a zero byte"),
    ],
)
def test_a_wrong_table_is_told(text: str, columns: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=told):
        read(written(tmp_path, "a.tsv", text), **columns)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": "x", "b": "y"}\n{"a": "x"}\n', r"a\.jsonl:2: no 'b', which the first row has"),
        ('{"a": "x", "b": 3}\n', r"a\.jsonl:1: not a text but of type int; use source and target"),
        ('["a", "b"]\n', r"a\.jsonl:1: not a row of a table"),
        ("{\n", r"a\.jsonl:1: not JSON"),
    ],
)
def test_wrong_json_is_told(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=told):
        read(written(tmp_path, "a.jsonl", text))


def test_empty_sides_come_too(tmp_path: Path) -> None:
    found, _ = read(written(tmp_path, "a.tsv", "a\tb\n\tc\nd\t \n"))
    assert [pair.whole for pair in found] == [True, False, False]
    assert found[2].place.endswith(":3")


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).map(str.strip).filter(bool)


@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_any_text_comes_back_from_tsv(rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = written(tmp_path_factory.mktemp("pairs"), "a.tsv", table([("source", "target"), *rows]))
    assert [(*pair.source, *pair.targets) for pair in read(path)[0]] == rows
