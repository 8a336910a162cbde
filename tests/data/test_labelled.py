import bz2
import gzip
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutations import mutated_bytes
from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import Labelled, read_labelled, read_texts
from vec2seq.errors import UserError

EXAMPLES = [("a \"fine\" film, 'really'", "pos"), ("", "neg"), ('5" too short', "neg"), ("ärgerlich", "pos")]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def read(path: Path, **options: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(text, labels) for text, labels, _ in read_labelled([path], ReadSettings(), **options)]


def texts(path: Path, text: str | None = None) -> list[str]:
    return [text for text, _ in read_texts([path], ReadSettings(), text)]


def told(path: Path, **options: Any) -> str:
    lines: list[str] = []
    list(read_labelled([path], ReadSettings(), tell=lines.append, **options))
    assert len(lines) == 1
    return lines[0].removeprefix(f"{path}: ")


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


FILES = {
    "t.txt": "".join(f"{label}\t{text}\n" for text, label in EXAMPLES),
    "t.tsv": "".join(f"{label}\t{text}\r\n" for text, label in EXAMPLES),
    "fast.txt": "".join(f"__label__{label} {text}\n" for text, label in EXAMPLES),
    "fast.tsv": "".join(f"__label__{label}\t{text}\n" for text, label in EXAMPLES),
    "head.tsv": "id\tReview\tlabel\n" + "".join(f"1\t{quoted(t)}\t{label}\n" for t, label in EXAMPLES),
    "raw.tsv": "sentence\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in EXAMPLES),
    "t.csv": "label,text\n" + "".join(f"{label},{quoted(text)}\n" for text, label in EXAMPLES),
    "semi.csv": "text;class\n" + "".join(f"{quoted(text)};{label}\n" for text, label in EXAMPLES),
    "bare.csv": "".join(f"{quoted(text)},{label}\n" for text, label in EXAMPLES),
    "t.data": "text,Stars\n" + "".join(f"{quoted(text)},{label}\n" for text, label in EXAMPLES),
    "t.jsonl": "\n".join(json.dumps({"text": t, "label": label}) for t, label in EXAMPLES) + "\n\n",
    "list.json": "\n" + "\n".join(json.dumps({"n": 1, "labels": [label], "Text": t}) for t, label in EXAMPLES),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("ending", ["", ".gz", ".bz2"])
def test_every_kind_of_file_gives_the_same_examples(tmp_path: Path, name: str, ending: str) -> None:
    path = tmp_path / f"{name}{ending}"
    pack = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}[ending]
    path.write_bytes(pack(b"\xef\xbb\xbf" + FILES[name].encode()))
    examples = list(read_labelled([path], ReadSettings()))
    assert [(text, labels) for text, labels, _ in examples] == [(text, (label,)) for text, label in EXAMPLES]
    first = 2 if name in {"head.tsv", "raw.tsv", "t.csv", "semi.csv", "t.data", "list.json"} else 1
    assert [example.place for example in examples] == [f"{path}:{first + row}" for row in range(len(EXAMPLES))]


@pytest.mark.parametrize("name", [name for name in FILES if name != "t.txt"])
def test_texts_to_be_labelled_come_without_their_labels(tmp_path: Path, name: str) -> None:
    assert texts(write(tmp_path / name, FILES[name])) == [text for text, _ in EXAMPLES]


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    rows = [{"other": 1, "text": "a", "label": 1}, {"other": 2, "text": None, "label": 0}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    assert list(read_labelled([path], ReadSettings())) == [
        Labelled("a", ("1",), f"{path}: row 1"),
        Labelled("", ("0",), f"{path}: row 2"),
    ]
    assert texts(path) == ["a", ""]
    with pytest.raises(UserError, match=r"t\.parquet: no column 'x' \(there is: other, text, label\); .*label_column"):
        read(path, label="x")
    with pytest.raises(UserError, match=r"row 1: the text is not a text but of type int; use text_column"):
        read(path, text="other")
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a"], "label": [None]}), path)
    with pytest.raises(UserError, match=r"t\.parquet: row 1: the label is empty"):
        read(path)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ('"x"', ("x",)),
        ('["x", "y", "x"]', ("x", "y")),
        ("0", ("0",)),
        ("true", ("true",)),
        ("1.0", ("1",)),
        ("1.5", ("1.5",)),
        ('"1.0"', ("1",)),
        ('"01"', ("01",)),
        ('"NA"', ("NA",)),
        ("[1, 2]", ("1", "2")),
    ],
)
def test_labels_of_json(tmp_path: Path, label: str, expected: tuple[str, ...]) -> None:
    assert read(write(tmp_path / "t.jsonl", f'{{"text": "a", "label": {label}}}')) == [("a", expected)]


def test_a_separator_makes_several_labels_of_one_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", 'text,label\na,"x| y||x"\nb,z\n')
    assert read(path, separator="|") == [("a", ("x", "y")), ("b", ("z",))]
    assert read(path)[0] == ("a", ("x| y||x",))
    with pytest.raises(UserError, match=r"t\.csv:2: no label; give texts that have none"):
        read(write(path, "text,label\na,| |\n"), separator="|")


def test_labels_of_fasttext_stand_anywhere_in_the_line(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", "\n__label__a __label__b  two  spaces\nlast __label__c\n__label__d x__label__e")
    assert read(path) == [("two  spaces", ("a", "b")), ("last", ("c",)), ("x__label__e", ("d",))]
    assert texts(write(path, "__label__a b\nwithout\n")) == ["b", "without"]


def test_what_follows_the_first_tab_is_text(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", ' pos \t"one\ttwo\n\n  \nneg\t \u2028x\x85\n')
    assert list(read_labelled([path], ReadSettings())) == [
        Labelled('"one\ttwo', ("pos",), f"{path}:1"),
        Labelled(" \u2028x\x85", ("neg",), f"{path}:4"),
    ]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("a,b,c\n1,x,y\n", {"text": "b", "label": "c"}, "label: 'c', text: 'b'"),
        ("a,b,c\n1,x,y\n", {"text": "2", "label": "3"}, "label: column 3, text: column 2 (no header)"),
        ("a,text,c\n1,x,y\n", {"text": "2", "label": "3"}, "label: 'c', text: 'text'"),
        ("a,b\n1,x\n", {"text": "b"}, "label: 'a', text: 'b'"),
        ("a,b\n1,x\n", {"label": "2"}, "label: column 2, text: column 1 (no header)"),
        ("text,2020\nx,y\n", {"label": "2020"}, "label: '2020', text: 'text'"),
        ("1,good\n0,bad\n", {"label": "1"}, "label: column 1, text: column 2 (no header)"),
        ("target,content,text\n1,b,c\n", {}, "label: 'target', text: 'text'"),
        ("标签,评论\n1,好\n", {}, "label: '标签', text: '评论'"),
        ("Review Text,SENTIMENT\n1,b\n", {}, "label: 'SENTIMENT', text: 'Review Text'"),
        ("great stuff,1\nbad,0\nnice,1\n", {}, "label: column 2, text: column 1 (no header)"),
        ("1,great stuff\n0,bad\n1,nice\n", {}, "label: column 1, text: column 2 (no header)"),
        ("great stuff,good\nno fun,bad\n", {}, "label: column 2, text: column 1 (no header)"),
        ("comment,so you say\nnews,it is so\n", {}, "label: column 1, text: column 2 (no header)"),
        (
            "v1,v2\n" + "".join(f"{'ham' if n % 2 else 'spam'},t {n}\n" for n in range(12)),
            {},
            "label: 'v1', text: 'v2'",
        ),
        ("".join(f"{n % 5},t {n}\n" for n in range(12)), {}, "label: column 1, text: column 2 (no header)"),
    ],
)
def test_which_columns_are_taken_is_told(tmp_path: Path, text: str, options: dict[str, str], expected: str) -> None:
    assert told(write(tmp_path / "t.csv", text), **options) == expected
    if "header" not in expected or options:  # without either, it is a label, a TAB and a text
        assert told(write(tmp_path / "t.tsv", text.replace(",", "\t")), **options) == expected


def test_quotes_in_tsv_are_csvs_only_around_a_whole_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", 'text\tlabel\n"a ""b"" c"\t"x"\n"a" and "b"\tx\n"open\tx\n')
    assert [text for text, _ in read(path)] == ['a "b" c', '"a" and "b"', '"open']


def test_cells_of_csv_may_have_several_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", 'text,label\n"a\nb",x\nc,y\n')
    assert [(text, place) for text, _, place in read_labelled([path], ReadSettings())] == [
        ("a\nb", f"{path}:2"),
        ("c", f"{path}:4"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "options", "message"),
    [
        ("t.txt", "", {}, r"t\.txt: no examples in it"),
        ("t.txt", "\n \n", {}, r"t\.txt: no examples in it"),
        ("t.csv", "text,label\n", {}, r"t\.csv: no examples in it"),
        ("t.jsonl", "\n", {}, r"t\.jsonl: no examples in it"),
        ("t.txt", "a text\n", {}, r"t\.txt: no TAB between a label and a text in the first line; write lines of"),
        ("t.tsv", "x\ta\nb\n", {}, r"t\.tsv:2: no TAB between a label and a text; write lines of"),
        ("t.txt", "__label__x a\nb\n", {}, r"t\.txt:2: no __label__, but the first line has one; write"),
        ("t.txt", "__label__x a\n__label__ b\n", {}, r"t\.txt:2: the label is empty; give texts that have none"),
        ("t.tsv", "x\ta\n\tb\n", {}, r"t\.tsv:2: the label is empty"),
        ("t.csv", "text,label\na,x\nb,\n", {}, r"t\.csv:3: the label is empty"),
        ("t.csv", "text,label\na,x\nb,y,z\n", {}, r"t\.csv:3: 3 cells, but line 1 has 2; put cells .* in double quot"),
        ("t.tsv", "text\tlabel\na\tx\nb\n", {}, r"t\.tsv:3: 1 cell, but line 1 has 2; a row is one line"),
        ("t.csv", "a,b\n1,2\n", {"text": "c"}, r"t\.csv:1: no column 'c' \(there is: a, b\); .*text_column.*number"),
        ("t.csv", "a,b\n1,2\n", {"label": "3"}, r"t\.csv:1: no column '3' \(there is: a, b\); .*label_column"),
        (
            "t.csv",
            "text,id\n1,2\n",
            {},
            r"t\.csv:1: which column holds the label\? \(there is: text, id\).*label_column",
        ),
        ("t.csv", "id,Label\n1,2\n", {}, r"t\.csv:1: which column holds the text\? \(there is: id, Label\).*text_col"),
        ("t.csv", "a,b,c\n1,2,3\n", {}, r"the text and which the label\? .*a, b, c.*text_column and label_column"),
        ("t.csv", "just this\n", {}, r"which column holds the text and which the label"),
        ("t.csv", "a,b,c\n1,2,3\n", {"text": "1"}, r"which column holds the label\? "),
        ("t.csv", "a,b\n1,2\n", {"text": "1", "label": "a"}, r"t\.csv:1: column 'a' cannot be text and label; use"),
        ("t.jsonl", '{"text": "a", "label": 1}\n{"text": "b"}', {}, r"t\.jsonl:2: no 'label', which the first row has"),
        ("t.jsonl", '{"text": "a", "label": null}', {}, r"t\.jsonl:1: the label is empty"),
        ("t.jsonl", '{"text": "a", "label": NaN}', {}, r"t\.jsonl:1: the label is empty"),
        ("t.jsonl", '{"text": "a", "label": []}', {}, r"t\.jsonl:1: no label"),
        ("t.jsonl", '{"text": "a", "label": [""]}', {}, r"t\.jsonl:1: the label is empty"),
        ("t.jsonl", '{"text": "a", "label": {"a": 1}}', {}, r"t\.jsonl:1: the label is a value of type dict.*label_c"),
        ("t.jsonl", '{"text": 3, "label": 1}', {}, r"t\.jsonl:1: the text is not a text but of type int"),
        ("t.jsonl", '["text"]', {}, r"t\.jsonl:1: not a row of a table; write one as"),
        ("t.jsonl", "{}", {}, r"t\.jsonl:1: which column"),
        ("t.jsonl", '{"text"', {}, r"t\.jsonl:1: not JSON"),
        ("t.xlsx", "PK", {}, r"t\.xlsx: a spreadsheet; save it as CSV"),
        ("t.txt.gz", "pos\tgood", {}, r"t\.txt\.gz: (not a \.gz file|damaged)"),
        ("t.tsv", "".join(f"text {n}\t{n % 2}\n" for n in range(10)), {}, r"label should stand.*label_column 2"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, text: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(write(tmp_path / name, text), **options)


def test_the_way_out_of_a_turned_file_leads_out(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "".join(f"text {n}\t{n % 2}\n" for n in range(10)))
    assert read(path, text="1", label="2")[:2] == [("text 0", ("0",)), ("text 1", ("1",))]


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the list of files is empty"):
        list(read_labelled([], ReadSettings()))
    with pytest.raises(UserError, match=r"b\.tsv: no examples in it"):
        list(read_labelled([write(tmp_path / "a.tsv", "x\ta"), write(tmp_path / "b.tsv", "")], ReadSettings()))


@pytest.mark.parametrize(
    ("name", "text", "column", "expected"),
    [
        ("t.txt", "one\n\n x\ty\r\nlast", None, ["one", "", " x\ty", "last"]),
        ("t.txt", '{no json}\n"a, b"\n', None, ["{no json}", '"a, b"']),
        ("t.txt", "text\nlabel\n", None, ["text", "label"]),
        ("t.txt", "n\ta\n1\tx\n", "a", ["x"]),
        ("t.txt", "n,a\n1,x\n", "a", ["x"]),
        ("t.txt", "one, two\nthree\n", "a", ["one, two", "three"]),
        ("t.txt", "one\ntwo\n", "2", ["one", "two"]),
        ("t.tsv", "one\n\ntwo", None, ["one", "", "two"]),
        ("t.tsv", "text\none\n", "text", ["one"]),
        ("t.csv", "text\none\n", None, ["one"]),
        ("t.csv", '"one, two"\nthree\n', None, ["one, two", "three"]),
        ("t.csv", "id,text\n1,x\n", None, ["x"]),
        ("t.csv", "1,x\n2,y\n", "2", ["x", "y"]),
        ("t.jsonl", '{"text": "a"}\n{"text": null}', None, ["a", ""]),
        ("t.jsonl", '{"q": "a"}', None, ["a"]),
    ],
)
def test_texts(tmp_path: Path, name: str, text: str, column: str | None, expected: list[str]) -> None:
    path = write(tmp_path / name, text)
    assert texts(path, column) == expected
    assert list(read_texts([path], ReadSettings(), column))[-1][1].startswith(f"{path}:")


def test_which_column_holds_the_texts_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"t\.csv:1: which column holds the text\? \(there is: a, b, c\).*text_column"):
        texts(write(tmp_path / "t.csv", "a,b,c\n1,2,3\n"))
    with pytest.raises(UserError, match=r"t\.txt: no texts in it"):
        texts(write(tmp_path / "t.txt", ""))


def test_another_encoding_and_what_cannot_be_decoded(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_bytes("好\t中文".encode("gb18030"))
    how = ReadSettings(encoding="gb18030")
    assert next(read_labelled([tmp_path / "t.tsv"], how)).text == "中文"
    with pytest.raises(UserError, match=r"t\.tsv:1: not utf-8 there"):
        read(tmp_path / "t.tsv")
    assert "\ufffd" in next(read_labelled([tmp_path / "t.tsv"], ReadSettings(errors="replace"))).text


@pytest.mark.parametrize("text", [FILES["t.txt"], FILES["t.csv"], FILES["t.jsonl"], FILES["fast.txt"]])
def test_standard_input(text: str) -> None:
    code = """from pathlib import Path
from vec2seq.data.files import ReadSettings
from vec2seq.data.labelled import read_labelled
examples = list(read_labelled([Path("-")], ReadSettings()))
print([example.labels[0] for example in examples], examples[-1].place)"""
    result = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, timeout=60)
    assert result.stdout.startswith("['pos', 'neg', 'neg', 'pos'] standard input:"), result.stderr


def test_rows_are_read_as_they_are_wanted(tmp_path: Path) -> None:
    path = write(tmp_path / "t.tsv", "x\ta\n" * 5000 + "no tab\n")
    rows = read_labelled([path], ReadSettings())
    assert [next(rows).text for _ in range(5000)] == ["a"] * 5000
    with pytest.raises(UserError, match=r"t\.tsv:5001: no TAB"):
        next(rows)


def test_the_work_can_be_ended(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    path = write(tmp_path / "t.tsv", "x\ta\n" * 10_000)
    rows = read_labelled([path], ReadSettings(check=stop))
    assert next(rows).text == "a"
    with pytest.raises(KeyboardInterrupt):
        list(rows)


_cells = st.text(st.sampled_from("ab\"',; é中\u2028"), max_size=8)


@settings(max_examples=40)
@given(st.lists(st.tuples(_cells, st.sampled_from(["x", "y z", "ü"])), min_size=1, max_size=9))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("t")
    expected = [(text, (label,)) for text, label in rows]
    lines = "".join(f"{label}\t{text}\n" for text, label in rows)
    assert read(write(folder / "t.txt", lines), text="2", label="1") == expected
    for name, separator in (("t.csv", ","), ("t.csv", ";"), ("t.tsv", "\t"), ("t.txt", "\t")):
        table = f"text{separator}label\n" + "".join(f"{quoted(text)}{separator}{quoted(y)}\n" for text, y in rows)
        assert read(write(folder / name, table)) == expected
    values = "\n".join(json.dumps({"label": label, "text": text}) for text, label in rows)
    assert read(write(folder / "t.jsonl", values)) == expected


@pytest.mark.parametrize("name", ["t.txt", "head.tsv", "t.csv", "t.jsonl", "fast.txt", "t.csv.gz"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    generator = random.Random(5)
    data = FILES[name.removesuffix(".gz")].encode()
    path = tmp_path / name
    for _ in range(100):
        path.write_bytes(mutated_bytes(generator, gzip.compress(data) if name.endswith(".gz") else data))
        for work in (read, texts):
            message = name
            try:
                work(path)
            except UserError as error:
                message = str(error)
            assert name in message
