"""predict, evaluate, export, plan and train --valid with models that write, as a user types them."""

import json
import re
from pathlib import Path

import pytest

from vec2seq import kernels, load
from vec2seq.cli import main
from vec2seq.tasks.generate import Generator

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")
    for told in ("the loss does not fall", "it learns the examples by heart")
]
LINES = [f"{word} film seen on day {day}" for word in ("fine", "good", "dull", "bad") for day in range(60)]
SMALL = ["--width", "16", "--layers", "1", "--epochs", "2", "--threads", "1"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models")
    small = Generator(width=16, layers=1, epochs=2, threads=1)
    small.set_params(unit="line").fit(LINES).save(place / "lines")
    small.set_params(unit="auto").fit(["\n".join(LINES) + "\n"]).save(place / "stream")
    return place


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(words) == 0
    return capsys.readouterr().out


def test_texts_go_on_from_beginnings(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "beginnings.txt").write_text("good\nbad\n")
    model = str(models / "lines")
    found = told(capsys, "predict", model, "fine", "", str(tmp_path / "beginnings.txt"), "--length", "30").splitlines()
    assert [line[:4] for line in found][::2] == ["fine", "good"]
    assert found[3].startswith("bad")
    several = told(capsys, "predict", model, "fine", "--samples", "3", "--top-k", "5").splitlines()
    assert len(several) == 3
    assert all(line.startswith("fine") for line in several)


def test_compiling_is_told(models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for before, said in ((True, ""), (False, "compiling for this processor, once: some seconds")):
        monkeypatch.setattr(kernels, "compiled_before", lambda _, before=before: before)
        assert main(["predict", str(models / "lines"), "fine", "--length", "3"]) == 0
        assert capsys.readouterr().err[: len(said) or None] == said


def test_beginnings_draw_by_their_number_wherever_they_stand(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.txt", "other.txt"):
        (tmp_path / name).write_text("good\n")
    (tmp_path / "both.txt").write_text("good\ngood\n")
    asked = ["predict", str(models / "lines"), "--temperature", "2"]
    first, second = told(capsys, *asked, str(tmp_path / "one.txt"), str(tmp_path / "other.txt")).splitlines()
    assert first != second
    assert told(capsys, *asked, str(tmp_path / "both.txt")).splitlines() == [first, second]
    assert told(capsys, *asked, "good", "good").splitlines() == [first, second]


def test_the_same_in_json_and_as_it_is_written(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "predict",
        str(models / "stream"),
        "good film",
        "bad",
        "--length",
        "60",
        "--temperature",
        "1",
        "--seed",
        "7",
    ]
    as_json = [json.loads(line) for line in told(capsys, *asked, "--json").splitlines()]
    assert [answer["input"] for answer in as_json] == ["good film", "bad"]
    assert told(capsys, *asked) == "\n---\n".join(answer["output"] for answer in as_json) + "\n"
    other = told(capsys, *asked[:-1], "8", "--json").splitlines()
    assert [json.loads(line)["output"] for line in other] != [answer["output"] for answer in as_json]


def test_what_is_written_cannot_move_the_cursor(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in told(capsys, "predict", str(models / "lines"), "a\x1b[2Jb", "--length", "3")


def test_how_well_a_file_is_foreseen(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("good film seen on day 7\nzzz qqq xxx\n")
    model = str(models / "lines")
    scores = [json.loads(line) for line in told(capsys, "evaluate", model, str(path), "--json").splitlines()]
    assert [score["metric"] for score in scores] == ["nats_per_char", "bits_per_byte", "perplexity"]
    each = [json.loads(line) for line in told(capsys, "evaluate", model, str(path), "--each", "--json").splitlines()]
    assert each[0]["nats_per_char"] < each[1]["nats_per_char"] - 1
    characters = [len(one["input"]) + 1 for one in each]  # the end is foreseen, too
    mean = sum(one["nats_per_char"] * count for one, count in zip(each, characters, strict=True)) / sum(characters)
    assert scores[0]["score"] == pytest.approx(mean)
    assert "zzz qqq xxx" in told(capsys, "evaluate", model, str(path), "--each").splitlines()[1]


def test_data_of_the_training_are_known_again(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(LINES) + "\n")
    assert main(["evaluate", str(models / "lines"), str(path)]) == 0
    assert "these are the data of the training" in capsys.readouterr().err


def test_train_with_valid_plan_and_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, lines in (("a.txt", LINES[:200]), ("b.txt", LINES[200:])):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    data, out = str(tmp_path / "a.txt"), str(tmp_path / "model")
    planned = json.loads(told(capsys, "plan", "generate", data, *SMALL, "--json"))
    assert planned["noun"] == "character"
    assert planned["epochs"] == 2
    assert planned["labels"] is None
    assert "pieces to learn from" in told(capsys, "plan", "generate", data, *SMALL)
    told(capsys, "train", "generate", data, "--valid", str(tmp_path / "b.txt"), "--out", out, *SMALL)
    model = load(out)
    assert model.data_["held_out"] == (tmp_path / "b.txt").stat().st_size
    assert model.data_["characters"] == planned["examples"] + model.data_["held_out"]
    told(capsys, "export", out, "--format", "onnx", "--out", str(tmp_path / "exported"))
    asked = ["--length", "20", "--temperature", "0"]
    assert told(capsys, "predict", str(tmp_path / "exported"), "bad", *asked) == told(
        capsys, "predict", out, "bad", *asked
    )
    assert "nats_per_char" in told(capsys, "info", out)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["evaluate", "MODEL"], "which text? name a file"),
        (["evaluate", "MODEL", "x.txt", "--language", "en"], "are for word vectors"),
        (["predict", "MODEL", "a", "--top-p", "0"], "--top-p: 0.0: must be above 0"),
        (["export", "MODEL", "--format", "glove", "--out", "x"], "can be written as onnx"),
    ],
)
def test_what_is_wrong_is_told(models: Path, words: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(models / "lines") if word == "MODEL" else word for word in words]) == 2
    assert error in capsys.readouterr().err


def test_what_is_written_keeps_rules_and_stops(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["predict", str(models / "lines"), "--samples", "4", "--temperature", "2", "--length", "40"]
    found = told(capsys, *asked, "fine", "--pattern", "fine [0-9]{3}!").splitlines()
    assert len(found) == 4
    assert all(re.fullmatch("fine [0-9]{3}!", line) for line in found)
    (tmp_path / "words.txt").write_text("film\nday\nseen\n")
    (answer,) = told(capsys, *asked, "", "--words", str(tmp_path / "words.txt"), "--json").splitlines()
    for candidate in json.loads(answer)["candidates"]:
        assert set(re.findall(r"\w+", candidate["text"])[:-1]) <= {"film", "day", "seen"}  # the last may be cut off
    (stopped,) = told(capsys, "predict", str(models / "lines"), "good film", "--stop", " on").splitlines()
    (whole,) = told(capsys, "predict", str(models / "lines"), "good film").splitlines()
    assert whole.split(" on")[0] == stopped
    assert " on" in whole
    (as_json,) = told(capsys, "predict", str(models / "lines"), "good film", "--stop", " on", "--json").splitlines()
    assert json.loads(as_json)["output"] == stopped


def test_explained(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(models / "lines")
    assert [line.split()[0] for line in told(capsys, "explain", model, "--list").splitlines()] == [
        *("alternatives", "memorised")
    ]
    assert "that surprised most" in told(capsys, "explain", model, "good fxlm")
    found = json.loads(told(capsys, "explain", model, "good fxlm", "--top", "2", "--json"))
    worst = found["pieces"][found["surprising"][0]]
    assert worst["text"] == "x"
    assert len(worst["alternatives"]) == 2
    page = tmp_path / "page.html"
    told(capsys, "explain", model, "good film", "--out", str(page), "--language", "zh")
    assert "<html" in page.read_text(encoding="utf-8")
    (tmp_path / "lines.txt").write_text("\n".join(LINES) + "\n")
    (tmp_path / "other.txt").write_text("nothing of this was ever there\n")
    view = ["explain", model, str(tmp_path / "lines.txt"), str(tmp_path / "other.txt"), "--view", "memorised"]
    written, other = [json.loads(line) for line in told(capsys, *view, "--json").splitlines()]
    assert written["shares"]["5"] > other["shares"]["5"]
    assert written["longest"] in "\n".join(LINES)
    assert "the longest piece that stands there" in told(capsys, *view)
