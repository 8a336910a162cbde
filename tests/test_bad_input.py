"""Whatever the user gives: exit code 2, one line that says what is wrong, no traceback, and nothing half-written.

Everything goes through the real command line, in a process of its own, except where one rule is tried on many settings.
"""

import bz2
import gzip
import json
import lzma
import os
import shutil
import signal
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from made import Command, small_texts
from vec2seq.cli import main
from vec2seq.modelfile import MANIFEST, TENSORS, VOCAB
from vec2seq.tasks import TASKS
from vec2seq.vectors.word2vec import Word2Vec

ALL_TASKS = " ".join(TASKS)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
SETTINGS = ("--min-count", 1, "--epochs", 1, "--width", 8, "--threads", 1, "--sample", 0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    Word2Vec(min_count=1, epochs=1, width=8, threads=1).fit(small_texts(60)).save(folder)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a text of 24,000 words that have nothing wrong."""
    (tmp_path / "good.txt").write_text("\n".join(small_texts(2500)) + "\n")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes | None]:
    """All files and folders below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def complaint(result: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """The one line that was said, checked for its form; notes on what was done before may stand above it."""
    *notes, line = result.stderr.splitlines() or [""]
    assert result.returncode == code, result.stderr
    assert line.startswith("vec2seq: ")
    assert not any(note.startswith("vec2seq: ") for note in notes)
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    return line.removeprefix("vec2seq: ")


def train_refused(vec2seq: Command, place: Path, *arguments: object, **options: object) -> str:
    """Train into ``place / 'out'``, which must fail and leave everything as it was; what was said, in one line."""
    before = contents(place)
    result = vec2seq("train", "word2vec", "--out", place / "out", *SETTINGS, *arguments, cwd=place, **options)
    line = complaint(result)
    assert contents(place) == before, "something was left behind, or changed"
    return line


# the text

TEXTS: dict[str, tuple[dict[str, bytes], tuple[object, ...], str]] = {
    "missing": ({}, ("none.txt",), "none.txt: no such file or folder"),
    "a glob that fits nothing": ({}, ("no*.txt",), "no*.txt: no such file or folder"),
    "a folder without text": ({"f/image.png": PNG}, ("f",), "f: no text in this folder (looked for .csv"),
    "empty": ({"t.txt": b""}, ("t.txt",), "the text has no words"),
    "white space": ({"t.txt": b" \n\t\n\n"}, ("t.txt",), "the text has no words"),
    "binary": ({"t.txt": PNG}, ("t.txt",), "t.txt: not a text file (a zero byte at byte 9)"),
    "UTF-16": ({"t.txt": "words".encode("utf-16")}, ("t.txt",), "t.txt: UTF-16, not UTF-8; use --encoding utf-16"),
    "broken UTF-8": (
        {"t.txt": b"good line\nbad \xff line\n"},
        ("t.txt",),
        "t.txt:2: not UTF-8 at byte 5; another encoding? --encoding gb18030 or latin-1, for example; "
        "if not, --errors replace",
    ),
    "cut off within a character": ({"t.txt": "ok\na 中".encode()[:-1]}, ("t.txt",), "t.txt:2: not UTF-8 at byte 3"),
    "in the second of two files": ({"t.txt": b"\xff"}, ("good.txt", "t.txt"), "t.txt:1: not UTF-8 at byte 1"),
    "not in the named encoding": ({"t.txt": b"a\n\xff"}, ("t.txt", "--encoding", "ascii"), "t.txt: not ascii near"),
    "no such encoding": (
        {},
        ("good.txt", "--encoding", "utf8000"),
        "no encoding 'utf8000' is known; for example",
    ),
    "nothing frequent": (
        {"t.txt": b"a a a b b\n"},
        ("t.txt", "--min-count", 9),
        "no word occurs 9 times (the most frequent one 3 times); use a smaller --min-count or more text",
    ),
    "one word": ({"t.txt": b"a a a a\n"}, ("t.txt",), "only one word ('a') is in the vocabulary"),
    "no spaces": (
        {"t.txt": b"x" * 100_000},
        ("t.txt", "--tokenizer", "whitespace"),
        "t.txt:1: a word of more than",
    ),
    "not JSON": ({"t.jsonl": b'{"text": "a"}\n{"text": '}, ("t.jsonl",), "t.jsonl:2: not JSON at column 10"),
    "JSON without the column": (
        {"t.jsonl": b'{"body": "a"}\n'},
        ("t.jsonl",),
        "t.jsonl:1: no text in column 'text' (there is: body); name one of these with --column",
    ),
    "no column named": ({"t.csv": b"x,y\n1,2\n"}, ("t.csv",), "t.csv: which column holds the text? (there is: x, y);"),
    "no such column": (
        {"t.csv": b"x,y\n1,2\n"},
        ("t.csv", "--column", "z"),
        "t.csv: no column 'z' (there is: x, y); name one of these with --column",
    ),
    "a short row": (
        {"t.tsv": b"x\ty\n1\t2\n3\n"},
        ("t.tsv", "--column", "y"),
        "t.tsv:3: 1 column, but 'y' is",
    ),
    ".gz cut off": ({"t.txt.gz": gzip.compress(b"words " * 99)[:-9]}, ("t.txt.gz",), "t.txt.gz: damaged or cut off"),
    ".gz that is none": ({"t.gz": b"words"}, ("t.gz",), "t.gz: damaged or cut off (Not a gzipped file"),
    ".xz cut off": ({"t.xz": lzma.compress(b"words " * 99)[:-9]}, ("t.xz",), "t.xz: damaged or cut off"),
    ".bz2 that is none": ({"t.bz2": b"words"}, ("t.bz2",), "t.bz2: not a .bz2 file, or damaged"),
    ".bz2 cut off": ({"t.bz2": bz2.compress(b"words " * 99)[:-9]}, ("t.bz2",), "t.bz2: damaged or cut off"),
    "not Parquet": ({"t.parquet": b"words"}, ("t.parquet",), "t.parquet: not a Parquet file, or damaged"),
    "no such dictionary": ({}, ("good.txt", "--user-dict", "none"), "none: cannot be read (No such file or directory)"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_cannot_be_read(vec2seq: Command, place: Path, name: str) -> None:
    files, arguments, message = TEXTS[name]
    for file, data in files.items():
        (place / file).parent.mkdir(exist_ok=True)
        (place / file).write_bytes(data)
    assert train_refused(vec2seq, place, *arguments).startswith(message)


def test_zst_cut_off(vec2seq: Command, place: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    with pyarrow.output_stream(place / "t.zst", compression="zstd") as file:
        file.write((place / "good.txt").read_bytes())
    (place / "t.zst").write_bytes((place / "t.zst").read_bytes()[:1000])
    assert train_refused(vec2seq, place, "t.zst").startswith("t.zst: not a .zst file, or damaged")
    (place / "t.zst").write_bytes(b"words")
    assert train_refused(vec2seq, place, "t.zst").startswith("t.zst: not a .zst file, or damaged")


def test_what_the_message_on_broken_utf8_advises_works(vec2seq: Command, place: Path) -> None:
    (place / "t.txt").write_bytes(b"good words\nbad \xff words\n" * 30)
    assert "--errors replace" in train_refused(vec2seq, place, "t.txt")
    result = vec2seq("train", "word2vec", "t.txt", "--errors", "replace", "--out", "out", *SETTINGS, cwd=place)
    assert result.returncode == 0, result.stderr
    assert "\ufffd" in json.loads((place / "out" / VOCAB).read_text())["tokens"]


def test_an_older_model_stays_when_training_fails(vec2seq: Command, place: Path, trained: Path) -> None:
    shutil.copytree(trained, place / "out")
    (place / "t.txt").write_bytes(b"\xff")
    assert "not UTF-8" in train_refused(vec2seq, place, "t.txt")


# the place for the model


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("good.txt", "good.txt: is a file, not a folder; choose another place"),
        ("good.txt/model", "good.txt/model: cannot be written (Not a directory); choose another place"),
        ("letters", "letters: holds something that is not a model; choose another place or empty it"),
        (".", ".: not the name of a new folder; choose another place"),
        ("", ".: not the name of a new folder; choose another place"),
        ("..", "..: not the name of a new folder; choose another place"),
        ("x" * 300, f"{'x' * 300}: File name too long"),
        ("/proc/model", "/proc/model: cannot be written (No such file or directory); choose another place"),
    ],
)
def test_a_place_where_no_model_can_be(vec2seq: Command, place: Path, out: str, message: str) -> None:
    if out.startswith("/proc") and not sys.platform.startswith("linux"):
        pytest.skip("no /proc")
    (place / "letters").mkdir()
    (place / "letters" / "dear.txt").write_text("dear")
    before = contents(place)
    assert complaint(vec2seq("train", "word2vec", "good.txt", "--out", out, *SETTINGS, cwd=place)) == message
    assert contents(place) == before


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_links_in_a_circle(vec2seq: Command, place: Path) -> None:
    (place / "out").symlink_to("out")
    assert train_refused(vec2seq, place, "good.txt") == f"{place}/out: Too many levels of symbolic links"


def test_folders_that_were_made_for_a_model_go_with_it(vec2seq: Command, place: Path) -> None:
    before = contents(place)
    complaint(vec2seq("train", "word2vec", "good.txt", "--out", "new/deep/out", "--min-count", 10**9, cwd=place))
    assert contents(place) == before


def test_a_file_in_the_place_of_the_counts_is_told_before_the_training(vec2seq: Command, place: Path) -> None:
    (place / "out.counts").touch()
    line = complaint(vec2seq("train", "glove", "good.txt", "--out", "out", "--keep-counts", *SETTINGS[:6], cwd=place))
    assert line == f"{place}/out.counts: is a file, but the counts are to be kept there; move it away"
    assert not list(place.glob("out*.checkpoint"))


def bound_by_permissions(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line so that permissions bind it, also where the tests run as root."""
    command = [sys.executable, "-m", "vec2seq", *map(str, arguments)]
    if sys.platform == "win32":
        pytest.skip("permissions of POSIX")
    if os.getuid() == 0:
        without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        if not shutil.which("setpriv") or subprocess.run([*without, "true"], capture_output=True).returncode:
            pytest.skip("root, and its powers cannot be dropped")
        command = [*without, *command]
    return subprocess.run(command, capture_output=True, text=True)


def test_no_permission_to_write(place: Path) -> None:
    before = contents(place)
    place.chmod(0o555)
    try:
        result = bound_by_permissions("train", "word2vec", place / "good.txt", "--out", place / "new/model", *SETTINGS)
    finally:
        place.chmod(0o755)
    assert complaint(result) == f"{place}/new/model: cannot be written (Permission denied); choose another place"
    assert contents(place) == before


def test_a_model_that_is_read_only_stays(place: Path, trained: Path) -> None:
    shutil.copytree(trained, place / "model")
    before = contents(place)
    (place / "model").chmod(0o555)
    try:
        result = bound_by_permissions("train", "word2vec", place / "good.txt", "--out", place / "model", *SETTINGS)
    finally:
        (place / "model").chmod(0o755)
    assert complaint(result).startswith(f"{place}/model: is read-only; choose another place")
    assert contents(place) == before


def test_a_folder_within_a_folder_that_cannot_be_read(place: Path) -> None:
    (place / "texts" / "sub").mkdir(parents=True)
    shutil.copy(place / "good.txt", place / "texts")
    (place / "texts" / "sub").chmod(0)
    result = bound_by_permissions("train", "word2vec", place / "texts", "--out", place / "out", *SETTINGS)
    (place / "texts" / "sub").chmod(0o755)
    assert complaint(result).startswith(f"{place}/texts/sub: Permission denied")


def test_no_permission_to_read(place: Path, trained: Path) -> None:
    shutil.copytree(trained, place / "model")
    before = contents(place)
    for path in (place / "good.txt", place / "model" / TENSORS):
        path.chmod(0)
    train = bound_by_permissions("train", "word2vec", place / "good.txt", "--out", place / "out", *SETTINGS)
    neighbors = bound_by_permissions("neighbors", place / "model", "w1")
    for path in (place / "good.txt", place / "model" / TENSORS):
        path.chmod(0o644)
    assert complaint(train).startswith(f"{place}/good.txt: Permission denied")
    assert complaint(neighbors).startswith(f"{place}/model/{TENSORS}: Permission denied")
    assert contents(place) == before


# what is not UTF-8


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere arguments and names are text")
def test_words_and_names_that_are_not_utf8(vec2seq: Command, place: Path) -> None:
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    result = vec2seq("train", "word2vec", "good.txt", "--out", "m\udcff", *SETTINGS, cwd=place, env=strict)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(r"m\udcff: 60 words")
    for command in (("neighbors", "m\udcff", "w\udcff"), ("similarity", "m\udcff", "w1", "w\udcff")):
        line = complaint(vec2seq(*command, cwd=place, env=strict))
        assert line.startswith(r"'w\udcff' is not among the 60 words")
    result = vec2seq("map", "m\udcff", "--method", "pca", "--out", "\udcff.html", cwd=place, env=strict)
    assert result.returncode == 0, result.stderr
    assert "<h1>m?</h1>" in (place / "\udcff.html").read_text()


# a full disk


def largest_file(size: int) -> Callable[[], None]:
    """For ``preexec_fn``: no file of this process may become larger."""
    import resource

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("older", [False, True], ids=["", "an older model"])
@pytest.mark.parametrize(
    ("phase", "limit", "settings"),
    [
        ("encoding", 20_000, ()),
        ("saving a checkpoint", 200_000, ("--width", 600, "--checkpoint-seconds", 0.001, "--epochs", 20)),
        ("saving the model", 200_000, ("--width", 600)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_full_disk(
    vec2seq: Command, place: Path, trained: Path, phase: str, limit: int, settings: tuple[object, ...], older: bool
) -> None:
    if older:
        shutil.copytree(trained, place / "out")
    before = contents(place)
    command = ("train", "word2vec", "good.txt", "--out", "out", *SETTINGS, *settings)
    line = complaint(vec2seq(*command, cwd=place, preexec_fn=largest_file(limit)))
    where = "out" if phase == "saving the model" else "out.checkpoint"
    assert line.startswith(f"{where}: File too large; choose another place")
    assert contents(place) == before


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_is_full_at_a_later_checkpoint_keeps_the_one_before(vec2seq: Command, place: Path) -> None:
    command = ("train", "word2vec", "good.txt", "--out", "out", *SETTINGS, "--width", 600, "--epochs", 60)
    often = ("--checkpoint-seconds", 0.1)
    process = subprocess.Popen(
        [sys.executable, "-m", "vec2seq", *map(str, (*command, *often))],
        cwd=place,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr:
        while not process.stderr.readline().startswith("checkpoint saved"):
            assert process.poll() is None
        process.kill()
        process.wait()
    line = complaint(vec2seq(*command, *often, "--resume", cwd=place, preexec_fn=largest_file(200_000)))
    assert line.startswith("out.checkpoint: File too large")
    names = sorted(path.name.split("-")[0] for path in (place / "out.checkpoint").iterdir())
    assert names == ["corpus", "state.json", "tensors"], "no half-written file stays"
    result = vec2seq(*command, "--resume", cwd=place)
    assert result.returncode == 0, result.stderr
    assert "going on from epoch" in result.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_without_room(vec2seq: Command, place: Path, small_disk: Path, trained: Path) -> None:
    command = ("train", "word2vec", place / "good.txt", "--out", small_disk / "out", *SETTINGS)
    line = complaint(vec2seq(*command))
    assert line.startswith(f"{small_disk}/out.checkpoint: No space left on device; make room on that disk")
    assert not any(small_disk.iterdir())
    (place / "short.txt").write_text("\n".join(small_texts(60)))
    line = complaint(vec2seq("train", "word2vec", place / "short.txt", "--out", small_disk / "out", "--min-count", 1))
    assert "on the disk of" in line, "said before the training, not after"
    assert not any(small_disk.iterdir())
    shutil.copytree(trained, small_disk / "out")
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    before = contents(small_disk)
    line = complaint(vec2seq("export", small_disk / "out", "--format", "word2vec", "--out", small_disk / "vectors.txt"))
    assert line.startswith(f"{small_disk}/vectors.txt: cannot be written (No space left on device)")
    assert contents(small_disk) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_results_that_cannot_be_written(trained: Path) -> None:
    command = [sys.executable, "-m", "vec2seq", "neighbors", str(trained), "w1"]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device, not a file
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 2
    assert result.stderr == "vec2seq: No space left on device; make room on that disk, or choose another place\n"


# settings, options, commands


NUMBERS = [
    setting.name for setting in Word2Vec.settings() if {int, float} & {setting.kind, *typing.get_args(setting.kind)}
]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-7", "1e400", "9" * 500, "-" + "9" * 500, "x", "", "0x10"])
def test_a_setting_that_is_no_sensible_number(
    place: Path, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    before = contents(place)
    for name in (*NUMBERS, "minutes", "checkpoint_seconds"):
        option = f"--{name.replace('_', '-')}"
        assert main(["train", "word2vec", "good.txt", "--out", "out", f"{option}={value}"]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith(f"vec2seq: argument {option}: ") or printed.err.startswith(f"vec2seq: {option} ")
        assert len(printed.err.splitlines()) == 1
    assert contents(place) == before


COMMANDS: list[tuple[str, str]] = [
    ("train word2vec good.txt --out out --window -1", "argument --window: -1: must be at least 1"),
    ("train word2vec good.txt --out out --lr nan", "argument --lr: nan: must be a finite number"),
    ("train word2vec good.txt --out out --width 1.5", "argument --width: '1.5' is not a whole number"),
    ("train word2vec good.txt --out out --windwo 5", "--windwo: not known here; did you mean --window?"),
    ("train word2vec good.txt --out out --vector_size 50", "--vector_size: not known here; did you mean --width?"),
    ("train word2vec good.txt --out out --minutes 1e308", "argument --minutes: 1e308: must be at most 525,600, a year"),
    ("neighbors model w1 --topn 5", "--topn: not known here; did you mean --count?"),
    ("train word2vec good.txt --output out", "--output: not known here; did you mean --out?"),
    (
        "train word2vec good.txt --out out --lower=True",
        "argument --lower/--no-lower: takes no value, but was given 'True'",
    ),
    ("map model map.png", "map.png: one argument too many"),
    ("neighbors model -- --cuont", "'--cuont' is not among the 60 words"),
    ("train word2vec good.txt --out out --loss softmax", "argument --loss: invalid choice: 'softmax'"),
    ("train word2vec good.txt --out", "argument --out: expected one argument"),
    ("train word2vec good.txt", "the following arguments are required: --out"),
    ("train word3vec good.txt --out out", "argument TASK: no task 'word3vec'; did you mean word2vec?"),
    (
        "train good.txt --out out",
        f"argument TASK: missing ('good.txt' is none, there is: {ALL_TASKS}); "
        "write: vec2seq train word2vec good.txt --out out (see",
    ),
    (
        "plan --lower good.txt",
        f"argument TASK: missing ('good.txt' is none, there is: {ALL_TASKS}); "
        "write: vec2seq plan word2vec --lower good.txt (see",
    ),
    (
        "train fasttext good.txt --out out",
        f"argument TASK: no task 'fasttext'; there is: {ALL_TASKS} (see",
    ),
    (
        "plan -",
        f"argument TASK: missing ('-' is none, there is: {ALL_TASKS}); write: vec2seq plan word2vec - (see",
    ),
    ("train", "the following arguments are required: --out"),
    ("train word2vec --out out", "the following arguments are required: DATA; - reads standard input (see"),
    ("train word2vec good.txt --out out --from none", "none: no such model folder"),
    ("train word2vec good.txt --out out --minutes 0", "argument --minutes: 0: must be a number above 0"),
    ("train word2vec good.txt --out out --minutes ten", "argument --minutes: ten: must be a number above 0"),
    ("trian word2vec good.txt", "no command 'trian'; did you mean train?"),
    ("frobnicate", "no command 'frobnicate' (see vec2seq --help)"),
    ("--frobnicate", "no command '--frobnicate'"),
    ("neighbors", "the following arguments are required: VECTORS, WORD"),
    ("neighbors none w1", "none: no such model folder or vectors file"),
    ("neighbors good.txt w1", "good.txt:1: "),
    ("neighbors model W1", "'W1' is not among the 60 words; similar: w1"),
    ("neighbors model w1x", "'w1x' is not among the 60 words; similar: w1"),
    ("neighbors model 词", "'词' is not among the 60 words"),
    ("neighbors model w1 -k 0", "argument -k/--count: 0: must be a whole number above 0"),
    ("analogy model w1 w2 w3 --count=-1", "argument -k/--count: -1: must be a whole number above 0"),
    ("neighbors model w1 --count many", "argument -k/--count: many: must be a whole number above 0"),
    ("similarity model w1", "the following arguments are required: B"),
    ("similarity model w1 nothing", "'nothing' is not among the 60 words"),
    ("odd-one-out model w1", "1 word: give at least three"),
    ("info good.txt", "good.txt: not a model folder"),
    ("info .", ".: not a vec2seq model (no model.json)"),
    ("predict model nothing", "'nothing' is not among the 60 words"),
    ("export model --format word3vec --out v.txt", "argument --format: invalid choice: 'word3vec'"),
    ("export model --format word2vec --out none/v.txt", "none/v.txt: cannot be written (No such file or directory)"),
    ("export model --format word2vec --out model", "model: cannot be written (a folder or a device, not a file)"),
    ("export model --format glove --out v.txt.gz", "v.txt.gz: vectors are written without compression"),
    ("evaluate model none.txt", "none.txt: "),
    ("map model --out map.doc", "--out map.doc: a map is written as .html"),
    ("plan word2vec none.txt", "none.txt: no such file or folder"),
]


@pytest.mark.parametrize(("line", "message"), COMMANDS)
def test_a_command_that_cannot_be_done(vec2seq: Command, place: Path, trained: Path, line: str, message: str) -> None:
    (place / "model").symlink_to(trained)
    before = contents(place), contents(trained)
    assert complaint(vec2seq(*line.split(), cwd=place)).startswith(message)
    assert (contents(place), contents(trained)) == before


def test_an_empty_name_is_not_this_folder(vec2seq: Command, place: Path) -> None:
    line = complaint(vec2seq("train", "word2vec", "", "--out", "out", cwd=place))
    assert line.startswith("argument DATA: an empty name; is a variable of the shell not set?")


@pytest.mark.parametrize("word", ["New York", "a\tb", "a\nb", " "])
def test_words_that_a_format_cannot_hold(vec2seq: Command, place: Path, word: str) -> None:
    Word2Vec(min_count=1, epochs=1, width=4, threads=1, sample=0).fit([[word, "plain", "words"]] * 20).save(
        place / "model"
    )
    (place / "v.txt").write_text("an older file")
    before = contents(place)
    line = complaint(vec2seq("export", "model", "--format", "word2vec", "--out", "v.txt", cwd=place))
    assert repr(word) in line
    assert "readers would split it" in line
    assert contents(place) == before


# model folders


def edited(name: str, edit: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(edit((folder / name).read_bytes()))


MODELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty folder": (lambda folder: [path.unlink() for path in folder.iterdir()], "model: not a vec2seq model"),
    "cut off manifest": (edited(MANIFEST, lambda data: data[:99]), "model/model.json: cut off or damaged"),
    "cut off tensors": (edited(TENSORS, lambda data: data[:99]), "model/tensors.safetensors: not the file that was"),
    "no tensors": (lambda folder: (folder / TENSORS).unlink(), "model/tensors.safetensors: missing"),
    "no vocabulary": (lambda folder: (folder / VOCAB).unlink(), "model/vocab.json: missing"),
    "tampered": (
        edited(MANIFEST, lambda data: data.replace(b'"width": 8', b'"width": 9')),
        "model/model.json: not as it was saved",
    ),
    "tampered words": (
        edited(VOCAB, lambda data: data.replace(b'"w1"', b'"w!"')),
        "model/vocab.json: not the file that was",
    ),
    "newer format": (
        edited(MANIFEST, lambda data: data.replace(b'"format": 1', b'"format": 2')),
        "model/model.json: format 2, written by a newer vec2seq; this one reads up to 1: upgrade it",
    ),
    "foreign": (
        edited(MANIFEST, lambda data: b'{"architectures": ["BertModel"]}'),
        "model/model.json: not the model.json of vec2seq",
    ),
    "a folder as file": (
        lambda folder: ((folder / TENSORS).unlink(), (folder / TENSORS).mkdir()),
        "model/tensors.safetensors: missing",
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_folder_that_is_not_whole(vec2seq: Command, place: Path, trained: Path, name: str) -> None:
    damage, message = MODELS[name]
    shutil.copytree(trained, place / "model")
    damage(place / "model")
    before = contents(place)
    assert complaint(vec2seq("neighbors", "model", "w1", cwd=place)).startswith(message)
    assert main(["info", str(place / "model")]) == 2
    assert contents(place) == before
