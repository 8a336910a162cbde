import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutations import mutated_bytes
from vec2seq.data.files import ReadSettings
from vec2seq.data.tagged import CONLLU_COLUMNS, Format, Sentence, borders, read_sentences, read_tagged
from vec2seq.errors import UserError

SENTENCES = [(["Ann", "Lee", "#", "came"], ["B-p", "I-p", "O", "O"]), (["“", "No"], ["O", "B-q"])]
CONLLU = """# sent_id = 1
# text = dámelo ya
1-2	dámelo	_	_	_	_	_	_	_	_
1	da	dar	VERB	V	Mood=Imp	0	root	_	_
2	melo	él	PRON	P	_	1	obj	_	_
2.1	x	_	_	_	_	_	_	_	_
3	#	ya	ADV	_	_	1	advmod	_	_

# another
1	No	no	INTJ	I	_	0	root	_	_
"""


def columns(separator: str, between: str = "") -> str:
    return "\n".join(
        "".join(f"{token}{separator}{between}{label}\n" for token, label in zip(*sentence, strict=True))
        for sentence in SENTENCES
    )


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def read(path: Path, form: Format = "auto", column: str | None = None) -> list[tuple[list[str], list[str]]]:
    return [(tokens, labels) for tokens, labels, _ in read_tagged([path], ReadSettings(), form, column)]


@pytest.mark.parametrize(
    "text",
    [
        columns("\t"),
        columns(" "),
        columns(" \t ").replace("\t", "  "),
        columns("\t", "NN\t"),
        columns(" ", "NN I-NP "),
        "\ufeff\n\n" + columns("\t").replace("\n", "\r\n") + "\n\n\n",
        "-DOCSTART-\tO\n\n" + columns("\t"),
        "-DOCSTART- -X- -X- O\n\n" + columns(" ", "NN I-NP "),
        "# a comment, first\n#\n" + columns("\t") + "\n# another\n",
        "# id 7 of 8\n" + columns(" "),
    ],
)
def test_columns(tmp_path: Path, text: str) -> None:
    assert read(write(tmp_path / "t.conll", text)) == SENTENCES
    assert read(write(tmp_path / "t", text)) == SENTENCES
    (tmp_path / "t.txt.gz").write_bytes(gzip.compress(text.encode()))
    assert read(tmp_path / "t.txt.gz") == SENTENCES


def test_places_are_those_of_the_first_token(tmp_path: Path) -> None:
    path = write(tmp_path / "t.conll", "\n# a\n" + columns("\t"))
    assert [sentence.place for sentence in read_tagged([path], ReadSettings())] == [f"{path}:3", f"{path}:8"]
    path = write(tmp_path / "t.conllu", CONLLU)
    assert [sentence.place for sentence in read_tagged([path], ReadSettings())] == [f"{path}:4", f"{path}:10"]


def test_another_column_may_hold_the_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "t.conll", "a X 1\nb Y 2\n")
    assert read(path) == [(["a", "b"], ["1", "2"])]
    assert read(path, column="2") == [(["a", "b"], ["X", "Y"])]
    for column in ("1", "4", "UPOS", "²"):
        with pytest.raises(
            UserError, match=rf"t\.conll:1: no column '{column}' .* 3 columns.*label_column to a number"
        ):
            read(path, column=column)


def test_tokens_may_be_any_white_space_but_what_separates(tmp_path: Path) -> None:
    assert read(write(tmp_path / "t.txt", "\u3000\tO\n\u2028\tO\na b\tX\n")) == [
        (["\u3000", "\u2028", "a b"], ["O", "O", "X"])
    ]
    assert read(write(tmp_path / "t.txt", "a\u3000b O\n")) == [(["a\u3000b"], ["O"])]


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (None, [["VERB", "PRON", "ADV"], ["INTJ"]]),
        ("deprel", [["root", "obj", "advmod"], ["root"]]),
        ("FEATS", [["Mood=Imp", "_", "_"], ["_"]]),
        ("7", [["0", "1", "1"], ["0"]]),
    ],
)
def test_conllu(tmp_path: Path, column: str | None, labels: list[list[str]]) -> None:
    expected = list(zip([["da", "melo", "#"], ["No"]], labels, strict=True))
    assert read(write(tmp_path / "t.conllu", CONLLU), column=column) == expected
    assert read(write(tmp_path / "t.conll", CONLLU), column=column) == expected  # known by its first line
    assert read(write(tmp_path / "t.jsonl", CONLLU), "conllu", column) == expected


def test_spans(tmp_path: Path) -> None:
    rows = [{"text": "Ann Lee came", "spans": [[0, 7, "p"]]}, {"text": " ", "spans": []}, {"text": "a", "spans": []}]
    path = write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows)))
    assert list(read_tagged([path], ReadSettings())) == [
        Sentence(["Ann", "Lee", "came"], ["B-p", "I-p", "O"], f"{path}:1"),
        Sentence(["a"], ["O"], f"{path}:3"),
    ]
    write(path, '{"q": "a", "spans": []}')
    assert next(read_tagged([path], ReadSettings(column="q"))).tokens == ["a"]


def test_segmented(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", "我们  在　北京大学 。\n\n 好e\u0301 \n")
    assert list(read_tagged([path], ReadSettings(), "segmented")) == [
        Sentence(list("我们在北京大学。"), list("BESBMMES"), f"{path}:1"),
        Sentence(["好", "e\u0301"], ["B", "E"], f"{path}:3"),
    ]
    for text in ("我们 在 北京大学 。\n好 的\n", "我们在北京大学。\n", "only words here\nand these words are more\n"):
        with pytest.raises(UserError, match=r"t\.txt:[12]: .*or use format segmented for lines of words"):
            read(write(path, text))


@given(st.lists(st.text(st.sampled_from("ab中国é"), min_size=1), max_size=8))
def test_words_can_be_told_from_their_borders(words: list[str]) -> None:
    characters, labels = borders(words)
    text = "".join(f"{c}{' ' if label in 'ES' else ''}" for c, label in zip(characters, labels, strict=True))
    assert text.split() == words
    assert all(
        (label in "BS") == (before in "ES") for before, label in zip("E" + "".join(labels), labels, strict=False)
    )


@pytest.mark.parametrize(
    ("name", "text", "form", "column", "message"),
    [
        ("t.conll", "", "auto", None, r"t\.conll: no sentences in it"),
        ("t.conll", "\n-DOCSTART-\tO\n\n", "auto", None, r"t\.conll: no sentences in it"),
        ("t.conll", "a\tX\nb\n", "auto", None, r"t\.conll:2: 1 column, but line 1 has 2; write a token, a TAB"),
        ("t.conll", "a\tX\nb\tY\tZ\n", "auto", None, r"t\.conll:2: 3 columns, but line 1 has 2"),
        ("t.conll", "a X\n\n#b X Y\n", "auto", None, r"t\.conll:3: 3 columns, but line 1 has 2"),
        ("t.conll", "a\tX\nb\t\n", "auto", None, r"t\.conll:2: an empty label"),
        ("t.conll", "a\tX\n\tX\n", "auto", None, r"t\.conll:2: an empty token"),
        ("t.conll", "a\nb\n", "auto", None, r"t\.conll:1: one column, so no label beside the token"),
        ("t.conllu", CONLLU, "auto", "X", r"t\.conllu: no column 'X' in CoNLL-U \(there is: ID, FORM.*label_column"),
        ("t.conllu", CONLLU, "auto", "11", r"t\.conllu: no column '11'"),
        ("t.conllu", CONLLU, "auto", "XPOS", r"t\.conllu:7: no XPOS here; name another column with label_column"),
        ("t.conllu", "a\tX\n", "auto", None, r"t\.conllu:1: 2 columns, but CoNLL-U has 10; use format columns"),
        ("t.jsonl", '{"text": "a"}', "auto", None, r"t\.jsonl:1: no list of spans"),
        ("t.jsonl", '\n{"text": "a", "spans": [[0, 9, "x"]]}', "auto", None, r"t\.jsonl:2: a span from 0 to 9"),
        ("t.parquet", "PAR1", "auto", None, r"t\.parquet: a table, not lines of tokens and labels; write"),
        ("t.xlsx", "PK", "auto", None, r"t\.xlsx: a spreadsheet"),
        ("t.txt", "a\0\tX", "auto", None, r"t\.txt:1: a zero byte"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, name: str, text: str, form: Format, column: str | None, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read(write(tmp_path / name, text), form, column)


def test_there_must_be_a_file() -> None:
    with pytest.raises(UserError, match="the list of files is empty"):
        list(read_tagged([], ReadSettings()))


def test_sentences_are_read_as_they_are_wanted(tmp_path: Path) -> None:
    path = write(tmp_path / "t.conll", "a\tX\n\n" * 2000 + "b\n")
    sentences = read_tagged([path], ReadSettings())
    assert [next(sentences).tokens for _ in range(2000)] == [["a"]] * 2000
    with pytest.raises(UserError, match=r"t\.conll:4001: 1 column"):
        next(sentences)


def test_standard_input_and_another_encoding(tmp_path: Path) -> None:
    code = """from pathlib import Path
from vec2seq.data.files import ReadSettings
from vec2seq.data.tagged import read_tagged
print(list(read_tagged([Path("-")], ReadSettings(encoding="gb18030"))))"""
    text = "中\tB\n国\tE\n".encode("gb18030")
    result = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, timeout=60)
    assert result.stdout.startswith(b"[Sentence(tokens=["), result.stderr
    assert b"place='standard input:1'" in result.stdout


def test_texts_to_be_tagged(tmp_path: Path) -> None:
    path = write(tmp_path / "t.txt", "one\ttwo\n\n three\n")
    assert list(read_sentences([path], ReadSettings())) == [("one\ttwo", f"{path}:1"), (" three", f"{path}:3")]
    path = write(tmp_path / "t.jsonl", '{"q": "one", "spans": []}\n')
    assert list(read_sentences([path], ReadSettings(column="q"))) == [("one", f"{path}:1")]


_tokens = st.lists(
    st.tuples(st.text(st.sampled_from("a#-.中1 "), min_size=1, max_size=4), st.sampled_from(["O", "B-x", "#"])),
    min_size=1,
    max_size=5,
)


@given(st.lists(_tokens, min_size=1, max_size=4))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[tuple[str, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("t")
    expected = [([token for token, _ in pairs], [label for _, label in pairs]) for pairs in sentences]
    text = "\n".join("".join(f"{token}\t{label}\n" for token, label in pairs) for pairs in sentences)
    assert read(write(folder / "t.txt", text)) == expected
    lines = "\n".join(
        "".join(
            "\t".join([str(n), token, *"_" * (len(CONLLU_COLUMNS) - 3), label]) + "\n"
            for n, (token, label) in enumerate(pairs, 1)
        )
        for pairs in sentences
    )
    assert read(write(folder / "t.conllu", lines), column="MISC") == expected


@pytest.mark.parametrize("name", ["t.conll", "t.conllu", "t.jsonl", "t.conll.gz"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, name: str) -> None:
    generator = random.Random(5)
    texts = {"t.conllu": CONLLU, "t.jsonl": '{"text": "Ann Lee came", "spans": [[0, 7, "p"]]}\n' * 3}
    data = texts.get(name, columns("\t")).encode()
    path = tmp_path / name
    for _ in range(100):
        path.write_bytes(mutated_bytes(generator, gzip.compress(data) if name.endswith(".gz") else data))
        message = name
        try:
            assert all(len(tokens) == len(labels) > 0 for tokens, labels in read(path))
        except UserError as error:
            message = str(error)
        assert name in message
