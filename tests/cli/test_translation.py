"""train, predict, evaluate, explain, plan and export with models that translate, as a user types them."""

import json
from pathlib import Path

import pytest

from vec2seq import load
from vec2seq.cli import main

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")
    for told in ("the loss does not fall", "it learns the examples by heart")
]
WORDS = [f"{a}{b}{c}" for a in "ptkbdg" for b in "aeiou" for c in "nmslr"]
PAIRS = [(word, f"{word}{'es' if word[-1] in 's' else 's'}") for word in WORDS]
SMALL = ["--width", "32", "--epochs", "6", "--threads", "1"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "words.tsv").write_text("".join(f"{one}\t{many}\n" for one, many in PAIRS))
    for name, side in (("one.txt", 0), ("many.txt", 1)):
        (folder / name).write_text("".join(f"{pair[side]}\n" for pair in PAIRS))
    assert main(["train", "translate", str(folder / "words.tsv"), "--out", str(folder / "model"), *SMALL]) == 0
    return folder


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(words) == 0
    return capsys.readouterr().out


def test_targets_of_texts_and_files(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(place / "model")
    (tmp_path / "more.txt").write_text("tan\ngos\n")
    lines = told(capsys, "predict", model, "pan", str(tmp_path / "more.txt")).splitlines()
    assert len(lines) == 3
    answers = [json.loads(line) for line in told(capsys, "predict", model, "pan", "tan", "gos", "--json").splitlines()]
    assert [answer["output"] for answer in answers] == lines
    several = told(capsys, "predict", model, "pan", "--beams", "4", "--candidates", "3").splitlines()
    scores = [float(line.split("\t")[0]) for line in several]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3


def test_two_files_are_as_one_table(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(place / name) for name in ("one.txt", "many.txt")]
    told(capsys, "train", "translate", *files, "--out", str(place / "again"), *SMALL)
    assert load(place / "again").digest == load(place / "model").digest


def test_two_models_together(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, model, other = str(place / "words.tsv"), str(place / "model"), str(place / "other")
    told(capsys, "train", "translate", words, "--valid", words, "--out", other, *SMALL)
    third = str(place / "third")
    told(capsys, "train", "translate", words, "--valid", words, "--out", third, *SMALL, "--seed", "2")
    asked = [*(word for word, _ in PAIRS[::10]), "--beams", "1", "--json"]
    one, two, both, same = (
        [json.loads(line)["score"] for line in told(capsys, "predict", *models, *asked).splitlines()]
        for models in ([other], [third], [other, "--with", third], [other, "--with", other])
    )
    assert same == pytest.approx(one)
    assert both != pytest.approx(one)
    assert both != pytest.approx(two)
    assert "exact_match" in told(capsys, "evaluate", other, words, "--with", third)
    assert main(["predict", other, "pan", "--with", model]) == (0 if load(other).sides == load(model).sides else 2)


def test_scores_and_errors(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, wrong = str(place / "model"), place / "wrong.tsv"
    wrong.write_text("pan\tzzz\n")
    scored, cer, error = told(capsys, "evaluate", model, str(wrong), "--json").splitlines()
    assert json.loads(scored)["metric"] == "exact_match"
    assert json.loads(cer)["metric"] == "cer"
    assert json.loads(error)["error"]["label"] == "zzz"
    assert "wanted zzz, found" in told(capsys, "evaluate", model, str(wrong))
    assert main(["evaluate", model, str(place / "words.tsv")]) == 0
    assert "these are the data of the training" in capsys.readouterr().err


def test_where_it_looked(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(place / "model")
    assert told(capsys, "explain", model, "--list").startswith("alignment")
    found = json.loads(told(capsys, "explain", model, "pan", "pans", "--json"))
    assert found["source"] == ["p", "a", "n"]
    assert found["target"] == ["p", "a", "n", "s", ""]
    assert told(capsys, "explain", model, f"{place / 'words.tsv'}:1").startswith("model: what each piece")
    told(capsys, "explain", model, "pan", "--out", str(tmp_path / "page.html"), "--language", "zh")
    assert "<html" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_plan_and_export(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned = json.loads(told(capsys, "plan", "translate", str(place / "words.tsv"), *SMALL, "--json"))
    assert (planned["noun"], planned["examples"], planned["part"]) == ("pair", len(PAIRS), "piece")
    told(capsys, "export", str(place / "model"), "--format", "onnx", "--out", str(place / "exported"))
    asked = ["pan", "tos", "gil"]
    assert told(capsys, "predict", str(place / "exported"), *asked) == told(
        capsys, "predict", str(place / "model"), *asked
    )
    assert main(["explain", str(place / "exported"), "pan"]) == 2
    assert "explain the model it is made of" in capsys.readouterr().err


def test_rules_of_the_command_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("llguidance")
    model = str(place / "model")
    assert told(capsys, "predict", model, "pan", "--begin", "ti").startswith("ti")
    assert told(capsys, "predict", model, "pan", "--pattern", "[a-m]+").strip("abcdefghijklm\n") == ""


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["predict", "MODEL", "a", "--top-k", "3"], "--top-k is for models of generate"),
        (["explain", "MODEL", ""], "the source is empty"),
        (["explain", "MODEL", "a", "--view", "gates"], "has alignment"),
        (["evaluate", "MODEL"], "which data?"),
        (["train", "translate", "one.txt", "--out", "x"], "the other is missing"),
    ],
)
def test_what_is_wrong_is_told(
    place: Path, words: list[str], error: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    assert main([str(place / "model") if word == "MODEL" else word for word in words]) == 2
    assert error in capsys.readouterr().err
