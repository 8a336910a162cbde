"""Real processes, killed at any moment: whoever goes on with --resume gets the bytes of a run that was never disturbed.

VEC2SEQ_KILLS: how many kills per way of training (default 3). Every kill is shown to have hit a run that was alive.
"""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from made import Command, begins
from mutations import MUTATIONS, mutated_bytes, mutated_json
from stress import log
from vec2seq.data.corpus import Corpus
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

KILLS = int(os.environ.get("VEC2SEQ_KILLS", "3"))
WAYS = {
    "one thread": ("word2vec", "--threads", 1, "--epochs", 6),
    "lock step": ("word2vec", "--threads", 2, "--deterministic", "--epochs", 6),
    "bootstrap": ("word2vec", "--threads", 1, "--epochs", 2, "--bootstrap", 2),
    "glove": ("glove", "--threads", 2, "--epochs", 12),
    "mlp": ("mlp", "--threads", 1, "--max-iter", 60),
    "mlp, several threads": ("mlp", "--threads", 2, "--max-iter", 60),
    "classify, several threads": ("classify", "--encoder", "cnn", "--threads", 2, "--epochs", 5),
    "tag": ("tag", "--threads", 1, "--epochs", 5),
    "generate": ("generate", "--threads", 1, "--epochs", 3),
}
FILES = {
    **{"word2vec": "text.txt", "glove": "text.txt", "mlp": "table.csv", "classify": "labelled.tsv", "tag": "tags.tsv"},
    **{"generate": "lines.txt", "translate": "pairs.tsv", "read": "pictures.tsv"},
}
if "VEC2SEQ_KILLS" in os.environ:  # PyTorch takes seconds to load
    WAYS |= {
        "classify": ("classify", "--threads", 1, "--epochs", 5),
        "tag, several threads": ("tag", "--threads", 2, "--epochs", 5),
        "translate": ("translate", "--threads", 1, "--epochs", 4),
        "translate, several threads": ("translate", "--decoder", "attention", "--threads", 2, "--epochs", 4),
        "read": ("read", "--threads", 1, "--epochs", 4),
        "read, several threads": ("read", "--threads", 2, "--epochs", 4),
    }
SETTINGS = {
    **dict.fromkeys(("word2vec", "glove"), ("--min-count", 1, "--width", 48, "--checkpoint-seconds", 0.2)),
    "mlp": (
        *("--hidden-layer-sizes", "400", "--batch-size", 250, "--dropout", 0.1, "--tol", 0, "--early-stopping"),
        *("--n-iter-no-change", 60, "--checkpoint-seconds", 0.2),
    ),
    **dict.fromkeys(("classify", "tag"), ("--width", 48, "--batch-tokens", 1500, "--checkpoint-seconds", 0.2)),
    **dict.fromkeys(
        ("generate", "translate"),
        ("--width", 48, "--layers", 1, "--batch-tokens", 1500, "--checkpoint-seconds", 0.2),
    ),
    "read": ("--size", "tiny", "--height", 32, "--batch-tokens", 1500, "--checkpoint-seconds", 0.2),
}
MOMENTS = ("encoding", "checkpoint", "saving", "any", "checkpoint", "checkpoint", "any")
"""What a kill waits for, in turns: a phase of the run, or no phase but a random time."""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some megabytes, and beside them a table, texts and words with labels: training takes a second or two."""
    path = tmp_path_factory.mktemp("text") / "text.txt"
    generator = np.random.default_rng(1)
    words = (3000 * generator.random((40_000, 12)) ** 3).astype(int)
    path.write_text("".join(" ".join(f"w{word}" for word in line) + "\n" for line in words))
    rows = generator.normal(size=(5000, 12))
    table = [",".join([*(f"{cell:.4f}" for cell in row), "yes" if row[:3].prod() > 0 else "no"]) for row in rows]
    path.with_name("table.csv").write_text("\n".join(table) + "\n")
    labelled = [(f"w{line[0]} w{line[1]} w{line[2]}", line[:3]) for line in words[:3000]]
    lines = [f"{'odd' if sum(line) % 2 else 'even'}\t{text}\n" for text, line in labelled]
    path.with_name("labelled.tsv").write_text("".join(lines))
    tags = ["".join(f"w{word}\t{'odd' if word % 2 else 'even'}\n" for word in line) for line in words[:1200]]
    path.with_name("tags.tsv").write_text("\n".join(tags))
    path.with_name("lines.txt").write_text("".join(" ".join(map(str, line)) + "\n" for line in words[:2000]))
    pairs = [(f"{line[0]} {line[1]}", f"{line[1]}-{line[0]}") for line in words[:1500]]
    path.with_name("pairs.tsv").write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
    pictures = [f"{number}.png\t{number * 7919}" for number in range(400)]
    for number in range(400):
        noise = generator.integers(0, 256, (32, 60 + number % 40), np.uint8)
        Image.fromarray(noise).save(path.with_name(f"{number}.png"))
    path.with_name("pictures.tsv").write_text("\n".join(pictures) + "\n")
    return path


class Runs:
    """Trainings of one way: the undisturbed one, and processes that are to be disturbed."""

    def __init__(self, text: Path, way: str, folder: Path):
        self.task, *settings = WAYS[way]
        self.text = text.with_name(FILES[self.task])
        self.settings = (*settings, *SETTINGS[self.task])
        self.finish(out=folder / "warm-up")  # compiles, so that the next one's time is a run's time
        began = time.monotonic()
        self.finish(out=folder / "undisturbed")
        self.seconds = time.monotonic() - began
        self.bytes = contents(folder / "undisturbed")

    def start(self, out: Path, *more: object) -> subprocess.Popen[str]:
        """Start a training."""
        command = [sys.executable, "-m", "vec2seq", "train", self.task, self.text, "--out", out, *self.settings, *more]
        return subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, *more: object, out: Path) -> str:
        """Train to the end; what was said."""
        process = self.start(out, *more)
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said

    def check(self, out: Path) -> None:
        """That the model has the very bytes of the undisturbed one, and lies alone in its folder."""
        assert contents(out) == self.bytes
        assert [path.name for path in out.parent.iterdir()] == [out.name], "something was left behind"


@pytest.fixture(scope="module", params=WAYS)
def runs(text: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Runs:
    return Runs(text, request.param, tmp_path_factory.mktemp("runs"))


def contents(model: Path) -> dict[str, bytes]:
    """All files of a model."""
    return {path.name: path.read_bytes() for path in model.iterdir()}


def appears(folder: Path, pattern: str) -> Callable[[], bool]:
    """Whether a name that was not there when this was called has come since."""

    def names() -> set[Path]:
        with suppress(FileNotFoundError):  # folders vanish while they are being searched
            return set(folder.glob(pattern))
        return set()

    before = names()
    return lambda: not before.issuperset(names())


def waiting_for(moment: str, out: Path) -> Callable[[], bool]:
    """Whether a phase of the run has begun."""
    checkpoint = out.with_name(out.name + ".checkpoint")
    if moment == "encoding":
        return appears(out.parent, f"{checkpoint.name}/corpus/numbers-*")
    if moment == "checkpoint":
        return appears(out.parent, f"{checkpoint.name}/tensors-*")
    return appears(out.parent, f"{out.name}.new-*")


def killed(process: subprocess.Popen[str], moment: str, out: Path, latest: float) -> bool:
    """Kill a run in a phase, or within ``latest`` seconds; False if it ended before."""
    if moment == "any":
        end = time.monotonic() + random.uniform(0, latest)
        begins(process, lambda: time.monotonic() >= end)
    elif begins(process, waiting_for(moment, out)):
        time.sleep(random.uniform(0, 0.003 if moment == "saving" else 0.01))
    if process.poll() is not None:
        return False
    process.kill()
    if process.wait() != -signal.SIGKILL:  # it ended by itself just now
        return False
    process.communicate()
    return True


def phase(out: Path) -> str:
    """How far a killed run had come, by what it left."""
    checkpoint = out.with_name(out.name + ".checkpoint")
    if any(out.parent.glob(f"{out.name}.new-*")):
        return "saving the model"
    if (checkpoint / "state.json").exists():
        half = (checkpoint / "state.json.new").exists() or len(list(checkpoint.glob("tensors-*"))) > 1
        return "writing a checkpoint" if half else "training, with a checkpoint"
    if any(checkpoint.glob("corpus/numbers-*")):
        return "reading"
    if any(checkpoint.glob("tensors-*")):
        return "writing the first checkpoint"
    if (checkpoint / "corpus" / "ids.bin").exists():
        return "before the first checkpoint"
    return "finished" if out.exists() else "starting"


one_thread = pytest.mark.parametrize("runs", ["one thread"], indirect=True)


def test_killed_runs_end_with_the_same_bytes(runs: Runs, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    encodes, kills = runs.task in ("word2vec", "glove"), KILLS
    if runs.task in ("classify", "tag") and "VEC2SEQ_KILLS" not in os.environ:
        kills = 2
    wanted = [moment if encodes or moment != "encoding" else "any" for moment in MOMENTS]
    rounds, phases, moments = 0, Counter[str](), itertools.cycle(wanted)
    moment = next(moments)
    while phases.total() < kills:
        out, ended = tmp_path / str(rounds) / "model", False
        out.parent.mkdir()
        while not ended and phases.total() < kills:
            process = runs.start(out, "--resume")
            if killed(process, moment, out, runs.seconds):
                phases[phase(out)] += 1
                moment = next(moments)
            else:
                _, said = process.communicate()
                assert process.returncode == 0, said
                ended = True
        if not ended:
            runs.finish("--resume", out=out)
        runs.check(out)
        rounds += 1
    log(kind="kill -9", test=request.node.name, count=phases.total(), rounds=rounds, phases=dict(phases))


@one_thread
def test_a_run_that_encodes_anew_is_not_disturbed_by_what_is_left(runs: Runs, tmp_path: Path) -> None:
    out = tmp_path / "model"
    assert killed(runs.start(out, "--phrases", 2, "--threads", 2), "encoding", out, 0)
    left = tmp_path / "model.checkpoint" / "corpus"
    for name in ("numbers-7.bin", "numbers-joined-1.bin", "ids.bin", "vocab.json", "corpus.json"):
        (left / name).write_text("half")
    (tmp_path / "model.checkpoint" / "tensors-1.safetensors").write_text("half")
    assert "no checkpoint; starting anew" in runs.finish("--resume", out=out)
    runs.check(out)


def test_an_interrupted_run_says_so_and_can_go_on(runs: Runs, tmp_path: Path) -> None:
    out = tmp_path / "model"
    for number in (signal.SIGINT, signal.SIGTERM):
        process = runs.start(out, "--resume")
        assert begins(process, waiting_for("checkpoint", out))
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert said.splitlines()[-1] == "vec2seq: interrupted; go on with --resume"
        assert "Traceback" not in said
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model.checkpoint"]
        folder = tmp_path / "model.checkpoint"
        assert sorted(path.suffix for path in folder.iterdir() if path.is_file()) == [".json", ".safetensors"]
    told = ("going on from epoch", "going on behind the last epoch")[: 2 if "--bootstrap" in runs.settings else 1]
    said = runs.finish("--resume", out=out)
    assert any(words in said for words in told)
    runs.check(out)
    assert "this run is finished; nothing to do" in runs.finish("--resume", out=out)
    setting, before, now = ("alpha", 0.0001, 0.5) if runs.task == "mlp" else ("width", 48, 50)
    _, said = runs.start(out, "--resume", f"--{setting}", now).communicate(timeout=60)
    assert f"finished, with {setting} {before}, not {now}; without --resume it is trained anew" in said
    runs.check(out)
    log(kind="signal", count=2)


@one_thread
@pytest.mark.parametrize("moment", ["encoding", "checkpoint", "saving"])
def test_a_second_run_in_the_same_place_is_refused(runs: Runs, tmp_path: Path, moment: str) -> None:
    out = tmp_path / "model"
    first = runs.start(out)
    assert begins(first, waiting_for(moment, out))
    first.send_signal(signal.SIGSTOP)
    try:
        happened = os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert happened is not None
        assert happened.si_code == os.CLD_STOPPED
        before = tree(tmp_path)
        for more in ((), ("--resume",)):
            second = runs.start(out, *more)
            _, said = second.communicate(timeout=60)
            assert second.returncode == 2
            advice = "wait until it ends, or choose another place"
            assert said == f"vec2seq: {out}.checkpoint: another process is training there; {advice}\n"
        assert tree(tmp_path) == before
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate(timeout=60)
    finally:
        first.kill()
    assert first.returncode == 0, said
    runs.check(out)


@one_thread
def test_a_killed_run_keeps_nobody_out(runs: Runs, tmp_path: Path) -> None:
    out, folder = tmp_path / "model", tmp_path / "model.checkpoint"
    assert killed(runs.start(out), "encoding", out, 0)
    assert (folder / "lock").exists()
    assert killed(runs.start(out), "checkpoint", out, 0)
    assert (folder / "lock").exists()
    runs.finish("--resume", out=out)
    runs.check(out)


@one_thread
def test_a_signal_while_reading_keeps_nothing(runs: Runs, tmp_path: Path) -> None:
    pipe = tmp_path / "text"
    os.mkfifo(pipe)
    process = runs.start(tmp_path / "out" / "model", pipe)
    with suppress(BrokenPipeError), pipe.open("w") as file:
        file.write("some words\n" * 300_000)
        file.flush()
        assert begins(process, (tmp_path / "out" / "model.checkpoint" / "corpus" / "numbers-0.bin").exists)
        process.send_signal(signal.SIGINT)
        file.write("more words\n" * 300_000)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.splitlines()[-1] == "vec2seq: interrupted while reading the text; nothing is kept"
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_a_second_signal_stops_at_once(runs: Runs, tmp_path: Path) -> None:
    out = tmp_path / "model"
    process = runs.start(out)
    assert begins(process, waiting_for("checkpoint", out))
    process.send_signal(signal.SIGINT)
    time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.splitlines()[-1].startswith("vec2seq: interrupted")
    assert "Traceback" not in said
    runs.finish("--resume", out=out)
    runs.check(out)


@one_thread
def test_signals_while_it_ends_change_nothing(runs: Runs, tmp_path: Path) -> None:
    out = tmp_path / "model"
    process = runs.start(out)
    assert begins(process, waiting_for("checkpoint", out))
    process.send_signal(signal.SIGINT)
    assert process.stderr
    assert any(line.startswith("vec2seq: interrupted") for line in iter(process.stderr.readline, ""))
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.001)
    assert process.returncode == 130
    assert process.stderr.read() == ""
    process.stderr.close()


@one_thread
def test_a_signal_while_saving_does_not_lose_the_model(runs: Runs, tmp_path: Path) -> None:
    out = tmp_path / "model"
    process = runs.start(out)
    assert begins(process, waiting_for("saving", out))
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM), said  # -SIGTERM: the model was saved already
    runs.finish("--resume", out=out)
    runs.check(out)


@pytest.fixture(scope="module")
def interrupted(text: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """A folder with an interrupted run, and the command that goes on with it."""
    folder = tmp_path_factory.mktemp("interrupted")
    arguments = [
        "train",
        "word2vec",
        text,
        "--out",
        folder / "model",
        *SETTINGS["word2vec"],
        "--threads",
        1,
        "--epochs",
        6,
    ]
    command = [sys.executable, "-m", "vec2seq", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    state = folder / "model.checkpoint" / "state.json"
    assert begins(process, state.exists)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    return folder, [*arguments, "--resume"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--width", "50"], "the run began with width 48, not 50: use the same, or delete"),
        (["--lr", "0.1"], "the run began with lr None, not 0.1"),
        (["--threads", "2"], "the run began with threads 1, not 2"),
        (["--seed", "7"], "the run began with seed 1, not 7"),
        (["--lower"], "the run began with lower False, not True"),
        (["another text"], "the text is not the one that this run began with"),
        (["not resumed"], "an unfinished run; add --resume to go on with it, or delete that folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_going_on_with_something_else_is_refused(
    vec2seq: Command, interrupted: tuple[Path, list[object]], text: Path, change: list[str], message: str
) -> None:
    folder, command = interrupted
    if change == ["another text"]:
        command = [argument if argument != text else Path(__file__) for argument in command]
    elif change == ["not resumed"]:
        command = command[:-1]
    else:
        command = command + change
    before = tree(folder)
    result = vec2seq(*command)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith("vec2seq: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert tree(folder) == before, "the interrupted run can still go on"


def tree(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


CHECKPOINT = ("state.json", "tensors-*.safetensors", "corpus/ids.bin", "corpus/vocab.json", "corpus/corpus.json")
DAMAGES: dict[str, Callable[[Path], None]] = {"cut off": cut, "a bit flipped": flipped, "deleted": Path.unlink}


@pytest.mark.parametrize(
    ("name", "damage"),
    [pair for pair in itertools.product(CHECKPOINT, DAMAGES) if pair != ("state.json", "deleted")],  # starts anew
)
def test_a_damaged_checkpoint_is_refused(
    interrupted: tuple[Path, list[object]],
    name: str,
    damage: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from vec2seq.cli import main  # in this process: a new one for each damage takes long

    folder, command = interrupted
    path = next((folder / "model.checkpoint").glob(name))
    original = path.read_bytes()
    DAMAGES[damage](path)
    try:
        assert main([str(argument) for argument in command]) == 2
    finally:
        path.write_bytes(original)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1, said
    assert said[0].startswith("vec2seq: ")
    assert "model.checkpoint" in said[0]
    assert not (folder / "model").exists()


def test_mutations_of_a_checkpoint_never_crash(interrupted: tuple[Path, list[object]]) -> None:
    """Bytes and entries of state.json and corpus.json changed anyhow: an error in one line."""
    folder = interrupted[0] / "model.checkpoint"
    generator, complaints = random.Random(1), []
    readers: dict[str, Callable[[], object]] = {
        "state.json": Checkpoint(folder).load,
        "corpus/corpus.json": lambda: Corpus.open(folder / "corpus"),
        "corpus/vocab.json": lambda: (Corpus.open(folder / "corpus"), Checkpoint(folder).load()),
    }
    for name, read in readers.items():
        path = folder / name
        original = path.read_bytes()
        for number in range(MUTATIONS // len(readers)):
            path.write_bytes((mutated_json if number % 2 else mutated_bytes)(generator, original))
            try:
                read()
            except UserError as error:
                complaints.append(str(error))
            else:
                assert json.loads(path.read_bytes()) == json.loads(original), "only white space was changed"
            finally:
                path.write_bytes(original)
        read()
    assert complaints
    assert not any("\n" in complaint for complaint in complaints)
    log(kind="checkpoint mutation", count=MUTATIONS // len(readers) * len(readers), refused=len(complaints))


@one_thread
def test_an_older_model_is_no_finished_run(runs: Runs, tmp_path: Path) -> None:
    """Killed before the first checkpoint, with an older model in the place: the run starts anew."""
    out = tmp_path / "model"
    runs.finish("--epochs", 1, "--width", 8, out=out)
    assert killed(runs.start(out), "encoding", out, 0)
    assert "starting anew" in runs.finish("--resume", out=out)
    runs.check(out)
