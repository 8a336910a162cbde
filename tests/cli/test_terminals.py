"""Whatever standard streams there are: closed, full, of another encoding; and nothing of a word acts on a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vec2seq.cli import main
from vec2seq.run.progress import visible
from vec2seq.vectors.word2vec import Word2Vec

WORDS = ["中国", "北京", "\x1b[2J\x1b]0;title\x07", "turned\u202e", "\x9b1A", "\U00020000é"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with Chinese words, and some that would act on a terminal."""
    folder = tmp_path_factory.mktemp("terminal") / "m"
    Word2Vec(min_count=1, epochs=1, width=4, threads=1, sample=0).fit([WORDS] * 9).save(folder)
    return folder


def redirected(redirection: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line with streams as the shell redirects them."""
    command = [sys.executable, "-m", "vec2seq", *map(str, arguments)]
    script = ["sh", "-c", f'exec "$@" {redirection}', "sh", *command]
    environment = {**os.environ, **variables}
    return subprocess.run(script, capture_output=True, timeout=300, env=environment)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2> /dev/full"])
def test_the_exit_code_is_the_same_whatever_streams_there_are(model: Path, redirection: str) -> None:
    if "/dev/full" in redirection and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    for code, arguments in ((0, ("neighbors", model, "中国")), (2, ("neighbors", model, "国")), (0, ("--version",))):
        result = redirected(redirection, *arguments)
        assert result.returncode == code
        assert b"Traceback" not in result.stderr
        assert code == 0 or b"not among" not in result.stdout, "what is no result does not go to standard output"


def test_training_without_streams(model: Path, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("some words of a text\n" * 30)
    train = ("train", "word2vec", tmp_path / "t.txt", "--out", tmp_path / "m", "--width", 4, "--sample", 0)
    assert redirected("<&- >&- 2>&-", *train).returncode == 0
    assert main(["info", str(tmp_path / "m")]) == 0


def test_standard_input_that_is_closed(model: Path) -> None:
    result = redirected("<&-", "predict", model, "-")
    assert result.returncode == 2
    assert result.stderr.startswith(b"vec2seq: standard input: closed")


def test_what_a_terminal_cannot_encode_is_escaped(model: Path) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    result = redirected("", "neighbors", model, "中国", **ascii_only)
    assert result.returncode == 0
    assert b"\n  \\u5317\\u4eac" in b"\n" + result.stdout
    result = redirected("", "neighbors", model, "国", **ascii_only)
    assert result.returncode == 2
    assert b"similar: \\u4e2d\\u56fd" in result.stderr
    for encoding in ("ascii", "gb18030", "latin-1"):
        result = redirected("", "neighbors", model, "中国", "--json", PYTHONIOENCODING=encoding)
        (line,) = result.stdout.decode(encoding).splitlines()
        assert {near["word"] for near in json.loads(line)["neighbors"]} == {*WORDS} - {"中国"}


def test_words_of_a_terminal_that_is_not_utf8(model: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "vec2seq", "similarity", str(model), "中国".encode("gbk"), "北京"],
        capture_output=True,
        timeout=300,
    )
    assert result.returncode == 2
    assert result.stderr.startswith(rb"vec2seq: '\udcd6")
    assert b"is not among the 6 words" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("neighbors", "M", "中国", WORDS[2]),
        ("neighbors", "M", "[2Jtitle"),
        ("analogy", "M", "中国", "北京", WORDS[3]),
        ("odd-one-out", "M", *WORDS[2:5]),
        ("odd-one-out", "M", *WORDS[3:], WORDS[4]),
        ("predict", "M", *WORDS),
        ("explain", "M", "中国", WORDS[2], "--corpus", "C"),
        ("evaluate", "M", "Q"),
        ("info", "M"),
    ],
)
def test_nothing_of_a_word_acts_on_a_terminal(
    model: Path, tmp_path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.txt").write_text("\n".join([" ".join(WORDS)] * 9), encoding="utf-8")
    (tmp_path / "q.txt").write_text(f": section {WORDS[2]}\n{' '.join(WORDS[:4])}\n", encoding="utf-8")
    places = {"M": str(model), "C": str(tmp_path / "c.txt"), "Q": str(tmp_path / "q.txt")}
    main([places.get(word, word) for word in command])
    printed = "".join(capsys.readouterr())
    assert printed.strip()
    assert [line for line in printed.split("\n") if line != visible(line)] == []


def test_only_what_acts_is_escaped() -> None:
    plain = "中国 é naïve 👩\u200d👩 می\u200cخواهم \\ \u3000"
    assert visible(plain) == plain
    assert visible("\x1b[2J\x00\t\x7f\x85\u2028\u202e\u2066") == r"\x1b[2J\x00\t\x7f\x85\u2028\u202e\u2066"
