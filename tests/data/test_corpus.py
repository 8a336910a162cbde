import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made import sentences
from vec2seq.data.blocks import open_source
from vec2seq.data.corpus import Corpus, fingerprint, release, settle
from vec2seq.data.files import ReadSettings
from vec2seq.data.tokenize import Tokenizer
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError

WORDS = Tokenizer("whitespace")

words = st.sampled_from(["a", "b", "c", "dd", "eee", "ffffffffff", "gggggggggggggggggg", "中文"])
texts = st.lists(st.lists(words, max_size=9), max_size=30)


@given(texts, st.integers(1, 3), st.integers(1, 4), st.integers(1, 60))
def test_encoding_equals_counting_in_python(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]], min_count: int, threads: int, block_bytes: int
) -> None:
    counts = Counter(word for words in lists for word in words)
    kept = {word: count for word, count in counts.items() if count >= min_count}
    source = open_source([" ".join(words) for words in lists] or [""], None, block_bytes)
    folder = tmp_path_factory.mktemp("corpus")
    if not kept:
        with pytest.raises(UserError, match=r"no words|no word occurs"):
            Corpus.encode(source, folder, WORDS, min_count=min_count, threads=threads)
        return
    corpus = Corpus.encode(source, folder, WORDS, min_count=min_count, threads=threads)
    # Counter.most_common keeps the order of first sight among equals, as we do
    assert list(zip(corpus.vocab.tokens, corpus.vocab.counts.tolist(), strict=True)) == [
        pair for pair in counts.most_common() if pair[1] >= min_count
    ]
    expected = [[word for word in words if word in kept] for words in lists]
    assert sentences(corpus) == [words for words in expected if words]
    assert corpus.text_words == counts.total()
    assert sorted(path.name for path in folder.iterdir()) == ["corpus.json", "ids.bin", "offsets.bin", "vocab.json"]


def test_many_words_grow_the_table(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(300_000)]
    corpus = Corpus.encode([" ".join(words), " ".join(reversed(words))], tmp_path, WORDS, min_count=2, threads=2)
    assert len(corpus.vocab) == 300_000
    assert corpus.vocab.tokens == words
    assert corpus.ids.tolist() == [*range(300_000), *range(299_999, -1, -1)]


def test_sentences_go_on_over_blocks(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("a b c d\ne f\n\n\ng\n")
    corpus = Corpus.encode(open_source(tmp_path / "text.txt", None, 4), tmp_path / "c", WORDS, min_count=1, threads=2)
    assert sentences(corpus) == [["a", "b", "c", "d"], ["e", "f"], ["g"]]


@pytest.mark.parametrize("block_bytes", [1, 3, 5, 1000])
def test_paragraphs_end_at_empty_lines(tmp_path: Path, block_bytes: int) -> None:
    (tmp_path / "text.txt").write_text("\na b\nc\n \nd\n\n\ne\nf")
    tokenizer = Tokenizer("whitespace", sentence="paragraph")
    corpus = Corpus.encode(
        open_source(tmp_path / "text.txt", None, block_bytes), tmp_path / "c", tokenizer, min_count=1
    )
    assert sentences(corpus) == [["a", "b", "c"], ["d"], ["e", "f"]]


def test_max_size_and_min_count(tmp_path: Path) -> None:
    corpus = Corpus.encode(["a a a b b c"], tmp_path, WORDS, min_count=1, max_size=2)
    assert corpus.vocab.tokens == ["a", "b"]
    with pytest.raises(UserError, match=r"no word occurs 5 times \(the most frequent one 3 times\)"):
        Corpus.encode(["a a a b b c"], tmp_path, WORDS)


def test_token_lists_keep_spaces_and_line_ends(tmp_path: Path) -> None:
    lists = [["New York", "is\nbig", "中 文"], ["New York"]]
    corpus = Corpus.encode(iter(lists), tmp_path, min_count=1)
    assert sentences(corpus) == lists
    assert corpus.tokenizer.name == "given"


def test_a_vocabulary_grows(tmp_path: Path) -> None:
    known = Vocab(["x", "a", "y"], np.array([9, 4, 1]))
    corpus = Corpus.encode(["a a a a a a b b c"], tmp_path, WORDS, min_count=2, known=known)
    assert corpus.vocab.tokens == ["a", "x", "b", "y"]
    assert corpus.vocab.counts.tolist() == [10, 9, 2, 1]
    assert sentences(corpus) == [["a"] * 6 + ["b"] * 2]


def test_fingerprint_needs_no_encoding(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("a b\nc\n")
    corpus = Corpus.encode(path, tmp_path / "c", WORDS, min_count=1)
    assert fingerprint(path) == corpus.fingerprint
    path.write_text("a b\nd\n")
    assert fingerprint(path) != corpus.fingerprint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"good\nbad \xff byte\n", r"text.txt:2: not UTF-8 at byte 5; another encoding"),
        (b"a\n" * 700_000 + b"\xe4\xb8", r"text.txt:700001: not UTF-8 at byte 1"),
        (b"x" * 70_000, "text.txt:1: a word of more than 65535 bytes"),
        (b"  \n\n", "the text has no words"),
    ],
)
def test_bad_text_is_placed(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        Corpus.encode(path, tmp_path / "c", WORDS, min_count=1, threads=2)
    assert not list((tmp_path / "c").glob("numbers-*"))


def test_open_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not an encoded text"):
        Corpus.open(tmp_path)
    (tmp_path / "corpus.json").write_text("{")
    with pytest.raises(UserError, match="damaged"):
        Corpus.open(tmp_path)


def test_released_memory_reads_the_same(tmp_path: Path) -> None:
    corpus = Corpus.encode(["a b c " * 5000], tmp_path, WORDS, min_count=1)
    before = corpus.ids.copy()
    for start, stop in ((100, 14_000), (0, 15_000), (14_999, 15_000), (15_000, 15_000)):
        release(corpus.ids, start, stop)
    release(np.arange(5), 0, 5)
    np.testing.assert_array_equal(corpus.ids, before)


MEMORY_TEST = """
import resource, sys
from pathlib import Path
from vec2seq.data.corpus import Corpus
from vec2seq.data.files import ReadSettings
from vec2seq.data.tokenize import Tokenizer

Corpus.encode(["warm up the kernels"], Path(sys.argv[2]) / "small", Tokenizer("whitespace"), min_count=1)
lines = Path("/proc/self/status").read_text().splitlines()
used = next(int(line.split()[1]) for line in lines if line.startswith("VmData"))
limit = used * 1024 + 100_000_000
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # all memory but mapped files
text = Path(sys.argv[1])
corpus = Corpus.encode(text, Path(sys.argv[2]) / "large", Tokenizer("whitespace"), threads=2)
print(text.stat().st_size, corpus.text_words)
"""


def test_text_larger_than_memory(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(2000)]
    line = " ".join(random.Random(1).choices(words, k=2000)) + "\n"
    text = tmp_path / "text.txt"
    with text.open("w") as file:
        for _ in range(26_000):
            file.write(line)
    result = subprocess.run(
        [sys.executable, "-c", MEMORY_TEST, text, tmp_path], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    size, count = map(int, result.stdout.split())
    assert size > 250_000_000
    assert count == 26_000 * 2000


@pytest.mark.parametrize("tokenizer", ["whitespace", "bpe"])
def test_between_the_blocks_of_all_its_work_encoding_can_be_stopped(tmp_path: Path, tokenizer: str) -> None:
    """Nothing is left of what was begun, wherever it is stopped."""
    (tmp_path / "text.txt").write_text("new york is big\n" * 50)

    def asked(folder: Path, last: int) -> int:
        """How often the encoding asks whether it may go on; the answer is no the last time."""
        times = 0

        def check() -> None:
            nonlocal times
            times += 1
            if times == last:
                raise KeyboardInterrupt("stop")

        how = ReadSettings(check=check)
        source = open_source(tmp_path / "text.txt", how, block_bytes=100)
        settings = {"min_count": 1, "phrase_passes": 2, "threads": 2, "bpe_size": 20}
        Corpus.encode(source, folder, Tokenizer(tokenizer), how=how, **settings)
        return times

    blocks = len(list(open_source(tmp_path / "text.txt", None, 100).blocks))
    learnt = 53 + blocks if tokenizer == "bpe" else 0  # from lines of blocks that are then read again
    whole = learnt + blocks * (1 + 2 * 2 + 1)  # read, counted and joined twice, written
    times = asked(tmp_path / "whole", last=0)
    assert times >= whole if tokenizer == "bpe" else times == whole  # while it learns, it also asks as time goes by
    for last in (1, *range(2, whole, whole // 10), whole):
        with pytest.raises(KeyboardInterrupt, match="stop"):
            asked(tmp_path / "stopped", last)
        assert not list((tmp_path / "stopped").glob("numbers-*"))
        assert not (tmp_path / "stopped" / "corpus.json").exists()


def test_learning_bpe_can_be_stopped(tmp_path: Path) -> None:
    """Also when all the text was given to the trainer: what follows takes some seconds, and asks nobody."""
    words = np.random.default_rng(1).integers(ord("a"), ord("z") + 1, size=(100_000, 9), dtype=np.uint8)
    lines = words.view("S9").ravel().astype(str).tolist()
    fed = 0

    def check() -> None:
        nonlocal fed
        if threading.current_thread() is not threading.main_thread():
            fed += 1
        elif fed >= len(lines):
            raise KeyboardInterrupt("stop")

    (tmp_path / "text.txt").write_text("\n".join(lines))
    how = ReadSettings(check=check)
    with pytest.raises(KeyboardInterrupt, match="stop"):
        settle(open_source(tmp_path / "text.txt", how), Tokenizer("bpe"), 50_000, check)


def test_reading_for_the_fingerprint_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("some words\n")

    def check() -> None:
        raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        fingerprint(tmp_path / "text.txt", ReadSettings(check=check))
