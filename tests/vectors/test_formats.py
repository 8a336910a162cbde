import bz2
import errno
import gzip
import lzma
import os
import random
import tracemalloc
import typing
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from gensim.models import KeyedVectors
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mutations import MUTATIONS, mutated_bytes
from stress import log
from vec2seq.errors import UserError
from vec2seq.vectors import formats
from vec2seq.vectors.formats import Format, read_vectors, write_vectors
from vec2seq.vectors.store import Vectors

FORMATS: tuple[Format, ...] = typing.get_args(Format)
LARGEST = float(np.finfo(np.float32).max)

REFUSED = ["", " ", "a b", "a\tb", "\n", "a\r", "\v", "\f", "\0", "\ud800", "x\udfff", "3 4", "w" * 65_536]
ODD = [
    "\x85",
    "\u2028",
    "\xa0",
    "\u3000",
    "\ufeff",
    "\ufeffa",
    "\x01",
    "\x1c",
    "\x7f",
    "\u200b",
    "e\u0301",
    "\U0010ffff",
]
PLAIN = ["1.5", "-1", "3", "nan", "inf", "1e5", "</s>", "北京", "🙂", "w" * 65_535]
TOKENS = st.lists(st.text(st.characters(), max_size=6) | st.sampled_from(REFUSED + ODD + PLAIN), min_size=1, max_size=5)
VALUES = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.0, -0.0, 2.0**-149, -(2.0**-127), 2.0**-126, LARGEST, -LARGEST, 1.0, 4.0]
)


def sample(words: int = 3, width: int = 4) -> Vectors:
    matrix = np.random.default_rng(words).normal(size=(words, width)).astype(np.float32)
    return Vectors([f"w{row}字" for row in range(words)], matrix)


def written(tmp_path: Path, format: Format, vectors: Vectors | None = None) -> bytes:  # noqa: A002 - as in formats
    path = tmp_path / f"written.{format}"
    write_vectors(vectors or sample(), path, format)
    return path.read_bytes()


def read(tmp_path: Path, data: bytes, name: str = "vectors.txt") -> Vectors:
    path = tmp_path / name
    path.write_bytes(data)
    return read_vectors(path)


def refusal(tmp_path: Path, data: bytes, name: str = "vectors.txt") -> str:
    """What the error says of a file; it must be one line that begins with the file's name."""
    with pytest.raises(UserError) as caught:
        read(tmp_path, data, name)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / name))
    assert message.isprintable()
    return message.removeprefix(str(tmp_path / name))


def same(a: Vectors, b: Vectors) -> None:
    """Fail unless words and bits are equal."""
    assert a.tokens == b.tokens
    assert a.matrix.shape == b.matrix.shape
    assert a.matrix.dtype == b.matrix.dtype == np.float32
    np.testing.assert_array_equal(a.matrix.view(np.uint32), b.matrix.view(np.uint32))


def as_gensim_reads(path: Path, format: Format) -> Vectors:  # noqa: A002 - as in formats
    binary, no_header = format == "word2vec-binary", format == "glove"
    theirs = KeyedVectors.load_word2vec_format(path, binary=binary, no_header=no_header)
    words = len(theirs.key_to_index)  # words that stand twice leave empty places behind
    return Vectors(theirs.index_to_key[:words], theirs.vectors[:words])


# (a) what is written comes back


def can_be_written(tokens: list[str]) -> bool:
    """Twin of the rule for words."""
    return len(set(tokens)) == len(tokens) and all(
        token
        and not set(token) & set("\0\t\n\v\f\r ")
        and not any(0xD800 <= ord(letter) < 0xE000 for letter in token)
        and len(token.encode()) <= 65_535
        for token in tokens
    )


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim's, without a header
@pytest.mark.parametrize("format", FORMATS)
@given(tokens=TOKENS, values=st.lists(VALUES, min_size=15, max_size=15), width=st.integers(1, 3))
@example(tokens=["3"], values=[4.0] * 15, width=1)  # as whole numbers this would be a header
def test_tokens_and_numbers_come_back_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory,
    format: Format,  # noqa: A002 - as in formats
    tokens: list[str],
    values: list[float],
    width: int,
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    width += format == "word2vec-binary"  # one number's four bytes may spell a number
    vectors = Vectors(tokens, np.resize(np.array(values, np.float32), (len(tokens), width)))
    if can_be_written(tokens):
        write_vectors(vectors, folder / "v", format)
        same(read_vectors(folder / "v"), vectors)
        same(as_gensim_reads(folder / "v", format), vectors)
    else:
        with pytest.raises(UserError) as caught:
            write_vectors(vectors, folder / "v", format)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 250 or "stands twice" in str(caught.value)
        assert list(folder.iterdir()) == []


def test_the_comparison_sees_a_wrong_word_and_a_wrong_bit() -> None:
    vectors = sample()
    for tokens, value in ((["other", *vectors.tokens[1:]], 0.0), (vectors.tokens, -0.0)):
        right, wrong = vectors.matrix.copy(), vectors.matrix.copy()
        right[1, 2], wrong[1, 2] = 0.0, value
        with pytest.raises(AssertionError):
            same(Vectors(tokens, wrong), Vectors(vectors.tokens, right))


@pytest.mark.parametrize("format", FORMATS)
@given(chunk=st.integers(64, 400))
def test_it_does_not_matter_where_blocks_of_the_file_end(
    tmp_path_factory: pytest.TempPathFactory,
    format: Format,  # noqa: A002 - as in formats
    chunk: int,
) -> None:
    path = tmp_path_factory.mktemp("vectors") / "v"
    vectors = sample(60)
    write_vectors(vectors, path, format)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(formats, "BLOCK_BYTES", chunk)
        same(read_vectors(path), vectors)


@pytest.mark.parametrize("format", FORMATS)
def test_files_of_many_blocks(tmp_path: Path, format: Format) -> None:  # noqa: A002 - as in formats
    vectors = sample(30_000, 50)
    data = written(tmp_path, format, vectors)
    assert len(data) > 2 * formats.BLOCK_BYTES
    same(read_vectors(tmp_path / f"written.{format}"), vectors)
    if format == "word2vec":
        cut = data[: data.rindex(b"w29000") + 8]
        assert refusal(tmp_path, cut).startswith(":29002: cut off")


def test_memory_mapped_and_strided_matrices_are_written(tmp_path: Path) -> None:
    wide = np.arange(24, dtype=np.float32).reshape(3, 8)
    wide.setflags(write=False)
    vectors = Vectors(["a", "b", "c"], wide[:, ::2])
    for format in FORMATS:  # noqa: A001 - as in formats
        written(tmp_path, format, vectors)
        same(read_vectors(tmp_path / f"written.{format}"), Vectors(vectors.tokens, vectors.matrix.copy()))


# (c) other tools


def with_gensim(vectors: Vectors) -> KeyedVectors:
    theirs = KeyedVectors(vectors.width)
    theirs.add_vectors(vectors.tokens, vectors.matrix)
    return theirs


@pytest.mark.parametrize("binary", [False, True])
def test_what_gensim_writes_is_read(tmp_path: Path, binary: bool) -> None:
    matrix = np.concatenate([sample(200, 7).matrix, np.full((1, 7), 1e-45, np.float32)])
    vectors = Vectors([*sample(200).tokens, "\x85\u2028"], matrix)
    path = tmp_path / "theirs"
    with_gensim(vectors).save_word2vec_format(path, binary=binary)
    same(read_vectors(path), vectors)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim's, without a header
def test_gensim_reads_what_is_written(tmp_path: Path) -> None:
    vectors = sample(200, 7)
    for format in FORMATS:  # noqa: A001 - as in formats
        written(tmp_path, format, vectors)
        same(as_gensim_reads(tmp_path / f"written.{format}", format), vectors)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2 3\na 1 2 3\nb 4 5 6\n", "a b"),
        ("2 3\na 1 2 3 \nb 4 5 6 \n", "a b"),  # fastText
        ("2 3\r\na 1 2 3\r\nb 4 5 6\r\n", "a b"),  # Windows
        ("2 3 \r\na 1 2 3 \r\nb 4 5 6 \r\n", "a b"),
        (" 2\t3\na  1  2  3\nb 4 5 6\n", "a b"),
        ("a 1 2 3\nb 4 5 6\n", "a b"),  # GloVe
        ("a 1 2 3\r\nb 4 5 6\r\n", "a b"),
        ("2 3\n</s> 1e0 +2.0 3.\n2 4 5E0 .6e+1\n", "</s> 2"),
    ],
)
def test_the_ways_other_tools_write_text(tmp_path: Path, text: str, words: str) -> None:
    same(read(tmp_path, text.encode()), Vectors(words.split(), np.array([[1, 2, 3], [4, 5, 6]], np.float32)))


def test_words_with_spaces(tmp_path: Path) -> None:
    lines = "the 0.1 0.2\n. . . 0.3 0.4\nat name@site.org 0.5 0.6\n. 0.7 0.8\n"
    words = ["the", ". . .", "at name@site.org", "."]
    expected = Vectors(words, np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8]], np.float32))
    same(read(tmp_path, lines.encode()), expected)
    same(read(tmp_path, f"4 2\n{lines}".encode()), expected)
    first = ". . . 0.3 0.4\nthe 0.1 0.2\n"
    assert read(tmp_path, first.encode()).tokens == [". . .", "the"]


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("behind", [b"", b"\n", b"\n\n\n"])
def test_binary_files_with_and_without_line_ends(tmp_path: Path, end: bytes, behind: bytes) -> None:
    vectors = sample(50)
    records = [word.encode() + b" " + row.tobytes() for word, row in zip(vectors.tokens, vectors.matrix, strict=True)]
    same(read(tmp_path, b"50 4\n" + end.join(records) + behind), vectors)


def zstd(data: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_compressed_files(tmp_path: Path, suffix: str) -> None:
    for format in FORMATS:  # noqa: A001 - as in formats
        data = COMPRESSORS[suffix](written(tmp_path, format))
        same(read(tmp_path, data, f"v.txt{suffix}"), sample())
        for damaged in (data[: len(data) // 2], data[:-1], b"2 1\na 1\nb 2\n"):
            assert refusal(tmp_path, damaged, f"v.txt{suffix}")
    with pytest.raises(UserError, match=rf"leave {suffix} away"):
        write_vectors(sample(), tmp_path / f"new{suffix}", "glove")


def test_of_a_word_that_stands_twice_the_first_vector_is_kept_as_in_gensim(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match=r"vectors\.txt: 2 vectors left out, of words that stand in it before"):
        ours = read(tmp_path, b"4 1\na 1\na 2\nb 3\na 4\n")
    assert ours.tokens == ["a", "b"]
    assert ours.matrix.tolist() == [[1], [3]]
    same(as_gensim_reads(tmp_path / "vectors.txt", "word2vec"), ours)


# (d) files that are broken


def whole_up_to(data: bytes, at: int, format: Format) -> int | None:  # noqa: A002 - as in formats
    """How many words a file cut off there has if nothing can tell that it was cut off, else None."""
    if format == "glove":
        return data[:at].count(b"\n") if at and data[at - 1 : at] == b"\n" else None
    return 3 if at == len(data) - 1 and format == "word2vec-binary" else None


@pytest.mark.parametrize("format", FORMATS)
def test_files_cut_off_anywhere(tmp_path: Path, format: Format) -> None:  # noqa: A002 - as in formats
    data = written(tmp_path, format)
    for at in range(len(data)):
        words = whole_up_to(data, at, format)
        if words is None:
            refusal(tmp_path, data[:at])
        else:
            same(read(tmp_path, data[:at]), Vectors(sample().tokens[:words], sample().matrix[:words]))


def test_a_single_vector_that_is_cut_off_is_not_taken_for_binary(tmp_path: Path) -> None:
    assert (
        refusal(tmp_path, b"1 1\na 0.12") == ":2: cut off, there is no line end; copy the file again, or end the line"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", ": empty"),
        (b"\n", ":1: neither 'count width' nor a word and its numbers"),
        (b"some words\nof a text\n", ":1: neither 'count width' nor a word and its numbers"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10", ":1: neither 'count width' nor a word"),
        (b"\0" * (3 << 20), ":1: neither 'count width' nor a word and its numbers"),
        (b"a 1 2\n" + b"x" * (5 << 20), ":2: no line end within 2,097,152 bytes"),
        (b"0 3\n", ":1: says 0 vectors of width 3: there is nothing in this file"),
        (b"-3 2\na 1 2\n", ":1: says -3 vectors of width 2: there is nothing in this file, or its first line is wrong"),
        (b"3 -2\na 1 2\n", ":1: says 3 vectors of width -2: there is nothing"),
        (b"\x80\4\x95\x1f\0\0\0\0\0\0\0", ": Python objects (gensim's save?), which are never opened here"),
        (b"\x80\2cgensim.models.keyedvectors\nKeyedVectors\n", ": Python objects (gensim's save?)"),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0\x64\0\0\0", ": a whole fastText model; take the .vec file that"),
        (b"3 0\na\nb\nc\n", ":1: says 3 vectors of width 0: there is nothing in this file"),
        (b"2 70000\na 1\n", ":1: says vectors of width 70,000, but 65,536 is the most"),
        (b"3 1\na 1\nb 2\n", ":1: says 3 vectors, but there are 2: cut off, or the number is wrong; copy"),
        (b"1 1\na 1\nb 2\n", ":1: says 1 vector, but there are 2"),
        (b"2 2\na 1 2\nb 2\n", ":3: fewer than 2 numbers, the width that line 1 gives; mend or delete the line"),
        (b"2 2\na 1 2\nb 2.0 3.0 4.0\n", ":3: more than 2 numbers"),
        (b"a 1 2\nb 2\n", ":2: fewer than 2 numbers"),
        (b"a 1 2\n\nb 2 3\n", ":2: fewer than 2 numbers"),
        (b"a 1 2\n 1.5 2.5\n", ":2: begins with a space instead of a word"),
        (b"a 1 2\nb 1 two\n", ":2: 'two' is not a number"),
        (b"a 1 2\nb 1 " + b"9" * 60 + b"x\n", ":2: '" + "9" * 40 + "' is not a number"),
        (b"a 1 2\nb 1 \xff\x1b\n", ":2: '\ufffd\\x1b' is not a number"),
        (b"a 1 2\nb 1 nan\n", ":2: nan is not finite in float32; mend or delete the line"),
        (b"a 1 2\nb 1 -Infinity\n", ":2: -Infinity is not finite in float32"),
        (b"a 1 2\nb 1 1e39\n", ":2: 1e39 is not finite in float32"),
        (b"a 1 2\nb 1 3.4028235677973366e38\n", ":2: a number is not finite in float32"),
        (b"a 1 2\nb\xff 1 2\n", ":2: not UTF-8 at byte 2; convert the file (iconv -f ENCODING -t UTF-8) or mend"),
        ("1 2\n中 1 2\n".encode("gb18030"), ":2: not UTF-8 at byte 1"),
        ("1 2\n中 1 2\n".encode("utf-16"), ":1: neither 'count width' nor a word and its numbers"),
        (b"2 2\na 1 2\nb 1 2", ":3: cut off, there is no line end"),
        (b"2 1\nword", ":2: cut off, there is no line end"),
        (b"2 1\n", ": byte 5: cut off, 0 of 2 vectors are whole"),
        (b"2 9\na x 2 3 4 5 6 7 8 9\n", ": byte 5: cut off, 0 of 2 vectors are whole; copy the file again (taken for "),
        (b"2 1\na \0\0\0\1\n \0\0\0\0", ": byte 11: an empty word"),
        (b"2 1\na \0\0\0\1\n\xff \0\0\0\0", ": byte 11: a word that is not UTF-8"),
        (b"2 1\na \0\0\0\1\nb \0\0\x80\x7f", ": byte 11: the vector of 'b' holds a value that is not finite"),
        (b"1 1\na \0\0\0\1\nb \0\0\0\0", ":1: says 1 vector, but there are more"),
        (b"9 1\na \0\0\0\1" + b"x" * (3 << 20), ": byte 11: no word here; the file is damaged, copy it again"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_line_or_byte(tmp_path: Path, data: bytes, message: str) -> None:
    assert refusal(tmp_path, data).startswith(message)


@pytest.mark.parametrize("first", [b"a 0.5 0.25", b"a \0\0\0\1\0\0\0\1"])
def test_no_room_is_made_for_what_a_header_claims(tmp_path: Path, first: bytes) -> None:
    for claim in (b"1000000000000 2\n", b"999999999999999999 2\n", b"999999999999999999 65536\n"):
        tracemalloc.start()
        message = refusal(tmp_path, claim + first + b"\n")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 50 << 20
        assert "says" in message or "cut off" in message


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path, "a folder, not a file of vectors"),
        (tmp_path / "missing", "no such file"),
        (tmp_path / "missing.zst", "no such file"),
        (tmp_path / ("x" * 300), "cannot be read"),
    ):
        with pytest.raises(UserError, match=message):
            read_vectors(path)


PIECES = (b"\n", b" ", b"  ", b"\r\n", b"1e999", b"nan", b"-", b"9" * 30, b"\xff", b"\0", b"\xe4\xb8", b"2 3\n")


def mutated(generator: random.Random, data: bytes) -> bytes:
    """The data with some bytes changed, or with something put in that means something in these files."""
    if generator.random() < 0.5:
        return mutated_bytes(generator, data)
    at = generator.randrange(len(data) + 1)
    return data[:at] + generator.choice(PIECES) + data[at + generator.randrange(4) :]


def read_or_refused(path: Path) -> Vectors | None:
    """The vectors of a file, or None if a fitting message refuses it; every other exception fails the test."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*vectors? left out, of words that stand in it before")
            return read_vectors(path)
    except UserError as error:
        message = str(error)
    assert message.startswith(str(path))
    assert message.isprintable()
    return None


@pytest.mark.parametrize("suffix", ["", *COMPRESSORS])
@pytest.mark.parametrize("format", FORMATS)
def test_damaged_files_are_read_or_refused(tmp_path: Path, format: Format, suffix: str) -> None:  # noqa: A002
    data = written(tmp_path, format)
    data = COMPRESSORS[suffix](data) if suffix else data
    path = tmp_path / f"damaged{suffix}"
    generator, refused = random.Random(f"{format}{suffix}"), 0
    count = MUTATIONS // (len(COMPRESSORS) if suffix else 1)
    for _ in range(count):
        path.write_bytes(mutated(generator, data))
        vectors = read_or_refused(path)
        refused += vectors is None
        if vectors is not None:
            assert vectors.matrix.shape == (len(vectors), vectors.width)
            assert len(vectors) == len(set(vectors.tokens)) > 0
            assert np.isfinite(vectors.matrix).all()
    log(kind="vectors file mutation", count=count, refused=refused)


def test_a_binary_file_of_width_1_that_looks_like_text_is_refused(tmp_path: Path) -> None:
    data = written(tmp_path, "word2vec-binary", Vectors(["a"], np.frombuffer(b"5\nab", np.float32).reshape(1, 1)))
    assert refusal(tmp_path, data).startswith(":3: ")


# (e) nothing half-written


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def not_finite() -> Vectors:
    """Vectors of which many are written before the wrong one is seen."""
    vectors = sample(30_000, 50)
    vectors.matrix[-1, -1] = np.nan
    return vectors


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (Vectors(["a", "b c"], np.ones((2, 2), np.float32)), "word 2, 'b c': readers would split it at ' '"),
        (Vectors(["a", ""], np.ones((2, 2), np.float32)), "word 2 is empty"),
        (Vectors(["a", "\ud800"], np.ones((2, 2), np.float32)), r"word 2, '\\ud800': half a surrogate pair"),
        (Vectors(["a", "x" * 70_000], np.ones((2, 2), np.float32)), "word 2, 'x+' ...: more than 65,535 bytes"),
        (Vectors(["a", "a"], np.ones((2, 2), np.float32)), "'a' stands twice"),
        (Vectors(["a"], np.ones((2, 2), np.float32)), r"1 word and a matrix of shape \(2, 2\)"),
        (Vectors([], np.ones((0, 2), np.float32)), r"0 words and a matrix of shape \(0, 2\)"),
        (Vectors(["a"], np.ones((1, 65_537), np.float32)), "vectors of width 65,537"),
        (not_finite(), "the vector of 'w29999字' holds a value that is not finite; leave the word out"),
    ],
)
def test_a_refused_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, vectors: Vectors, message: str) -> None:
    for format in FORMATS:  # noqa: A001 - as in formats
        (tmp_path / "v").write_bytes(b"old 1 2\n")
        with pytest.raises(UserError, match=message):
            write_vectors(vectors, tmp_path / "v", format)
        assert contents(tmp_path) == {"v": b"old 1 2\n"}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("failure", "expected"),
    [(OSError(errno.ENOSPC, "No space left on device"), UserError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: Format,  # noqa: A002 - as in formats
    failure: BaseException,
    expected: type[BaseException],
) -> None:
    def fail(descriptor: int) -> None:
        assert os.fstat(descriptor).st_size > 0
        raise failure

    (tmp_path / "v").write_bytes(b"old 1 2\n")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(expected, match="No space left on device" if expected is UserError else None):
        write_vectors(sample(), tmp_path / "v", format)
    assert contents(tmp_path) == {"v": b"old 1 2\n"}


@pytest.mark.parametrize("old", [b"", b"word 1 2 3\n", b"1 2\nword 1 2\n"])
def test_a_good_write_replaces_the_old_file_and_leaves_nothing_else(tmp_path: Path, old: bytes) -> None:
    (tmp_path / "v").write_bytes(old)
    write_vectors(sample(), tmp_path / "v", "glove")
    assert list(contents(tmp_path)) == ["v"]
    same(read_vectors(tmp_path / "v"), sample())


def test_a_file_that_holds_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text("my only text\n")
    with pytest.raises(UserError, match=r"corpus\.txt: there already, and no file of vectors; choose another name"):
        write_vectors(sample(), tmp_path / "corpus.txt", "glove")
    assert contents(tmp_path) == {"corpus.txt": b"my only text\n"}


def test_places_where_no_file_can_be_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, message in (
        (tmp_path, "a folder or a device, not a file"),
        (Path(), "a folder or a device"),
        (tmp_path / "pipe", "a folder or a device"),
        (tmp_path / "missing" / "v", r"missing.v: cannot be written \(No such file or directory\)"),
        (tmp_path / "pipe" / "v", "cannot be written"),
        (tmp_path / ("x" * 300), "cannot be written"),
    ):
        with pytest.raises(UserError, match=message):
            write_vectors(sample(), path, "word2vec")
    assert [file.name for file in tmp_path.iterdir()] == ["pipe"]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="format 'word3vec': must be one of word2vec word2vec-binary glove fasttext"):
        write_vectors(sample(), tmp_path / "v", "word3vec")  # type: ignore[arg-type]


def test_reading_gives_a_matrix_that_owns_just_its_rows(tmp_path: Path) -> None:
    matrix: NDArray[np.float32] = read(tmp_path, written(tmp_path, "word2vec")).matrix
    assert matrix.flags.c_contiguous
    assert matrix.flags.owndata
    assert matrix.nbytes == 3 * 4 * 4
