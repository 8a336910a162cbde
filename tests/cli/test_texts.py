"""predict, evaluate, export and train --valid with models of texts, as a user types them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vec2seq import load
from vec2seq.cli import main
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.tag import Tagger

pytestmark = pytest.mark.filterwarnings("ignore:the input tells the answer:UserWarning", "ignore:it learns:UserWarning")
X = [f"{word} film seen on day {day}" for word in ("fine", "good", "dull", "bad") for day in range(40)]
Y = ["pos"] * 80 + ["neg"] * 80
SENTENCES = [
    ["Mr", name, "went", "to", place] for name in ("Smith", "Lee", "Khan", "Wu") for place in ("Rome", "Kyoto")
] * 15
LABELS = [["O", "B-PER", "O", "O", "B-LOC"]] * len(SENTENCES)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("models")
    Classifier(width=16, dropout=0.1, epochs=10, lr=0.01, threads=1).fit(X, Y).save(place / "films")
    several = [["film", label] if label == "pos" else ["film"] for label in Y]
    Classifier(width=16, dropout=0.1, epochs=10, lr=0.01, threads=1).fit(X, several).save(place / "several")
    tagger = Tagger(holdout=0, width=16, word_width=8, char_width=8, dropout=0.1, epochs=20, lr=0.02, threads=1)
    tagger.fit(SENTENCES, LABELS).save(place / "names")
    tagger.fit(SENTENCES, [["N" if word[0].isupper() else "V" for word in words] for words in SENTENCES])
    tagger.save(place / "plain")
    return place


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def test_a_text_a_file_and_both(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "texts.txt"
    data.write_text("a dull film\na good film\n")
    found = told(capsys, "predict", str(models / "films"), "a fine film", str(data), "bad film")
    assert [line.split("\t")[0] for line in found.splitlines()] == ["pos", "neg", "pos", "neg"]
    assert all(0.5 < float(line.split("\t")[1]) <= 1 for line in found.splitlines())


def test_answers_as_json(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (answer,) = map(json.loads, told(capsys, "predict", str(models / "films"), "a fine film", "--json").splitlines())
    assert answer["input"] == "a fine film"
    assert answer["output"] == "pos"
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["score"] == answer["probabilities"]["pos"]
    (several,) = map(json.loads, told(capsys, "predict", str(models / "several"), "a fine film", "--json").splitlines())
    assert several["output"] == ["film", "pos"]


def test_spans_stand_in_brackets_and_plain_labels_behind_their_words(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        told(capsys, "predict", str(models / "names"), "Mr Khan went to Rome") == "Mr [Khan PER] went to [Rome LOC]\n"
    )
    found = told(capsys, "predict", str(models / "plain"), "Mr Khan went to Rome")
    assert found == "Mr/N Khan/N went/V to/V Rome/N\n"
    (answer,) = map(json.loads, told(capsys, "predict", str(models / "names"), "Mr Khan went", "--json").splitlines())
    assert answer["output"] == [{"text": "Khan", "start": 3, "end": 7, "label": "PER"}]
    assert [token["text"] for token in answer["tokens"]] == ["Mr", "Khan", "went"]


def test_lines_are_answered_as_they_come(models: Path) -> None:
    """The first answer is there before the second line is written."""
    command = [sys.executable, "-m", "vec2seq", "predict", str(models / "films"), "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": {**os.environ, "PYTHONUNBUFFERED": "1"}}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        for text, label in (("a fine film", "pos"), ("a bad film", "neg")):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert process.stdout.readline().decode().split("\t")[0] == label
        process.stdin.write(b"a dull film")  # a last line without its end
        process.stdin.close()
        assert process.stdout.read().decode().split("\t")[0] == "neg"


def stream(data: bytes) -> Any:
    """Standard input with these bytes."""

    class Stream:
        buffer = io.BytesIO(data)

        def fileno(self) -> int:
            raise OSError

    return Stream()


def test_what_is_no_utf8_is_named(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stream(b"good\n\xff\n"))
    assert main(["predict", str(models / "films"), "-"]) == 2
    assert "standard input:2: not UTF-8 at byte 1" in capsys.readouterr().err


def test_lines_have_the_encoding_of_the_training(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(models / "films")
    model.encoding = "gb18030"
    model.save(tmp_path / "m")
    monkeypatch.setattr(sys, "stdin", stream("a fine 电影\n\xff".encode("gb18030")))
    answers = told(capsys, "predict", str(tmp_path / "m"), "-", "--json").splitlines()
    assert [json.loads(answer)["input"] for answer in answers] == ["a fine 电影", "\xff"]
    monkeypatch.setattr(sys, "stdin", stream(b"\xff"))
    assert main(["predict", str(tmp_path / "m"), "-"]) == 2
    assert "standard input:1: not gb18030 at byte 1" in capsys.readouterr().err


def test_evaluate_tells_labels_confusion_and_errors(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "test.tsv"
    data.write_text("pos\ta good film\nneg\ta dull film\nneg\ta fine film\n")
    found = told(capsys, "evaluate", str(models / "films"), str(data))
    assert found.startswith("accuracy  0.667 [")
    assert "found (columns) for the true label (rows):" in found
    assert f"{data}:3: wanted neg, found pos" in found
    rows = [
        json.loads(line) for line in told(capsys, "evaluate", str(models / "films"), str(data), "--json").splitlines()
    ]
    assert rows[0]["metric"] == "accuracy"
    assert {"metric": "recall", "section": "neg"}.items() <= next(
        row for row in rows if row.get("section") == "neg" and row["metric"] == "recall"
    ).items()
    assert {"confusion": [[1, 1], [0, 1]], "labels": ["neg", "pos"]} in rows
    assert rows[-1]["error"]["place"] == f"{data}:3"


def test_evaluate_a_tagger(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "test.conll"
    data.write_text("Mr\tO\nWu\tB-PER\nwent\tO\nto\tO\nKyoto\tB-LOC\n\n" * 3)
    rows = [
        json.loads(line) for line in told(capsys, "evaluate", str(models / "names"), str(data), "--json").splitlines()
    ]
    assert (rows[0]["metric"], rows[0]["score"], rows[0]["n"]) == ("span_f1", 1.0, 6)
    assert {row["section"] for row in rows if "section" in row} == {"LOC", "PER"}


@pytest.mark.parametrize("name", ["films", "names"])
def test_an_exported_model_answers_the_same(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text, out = "Mr Khan went to a fine film in Rome", str(tmp_path / "onnx")
    assert "for ONNX Runtime" in told(capsys, "export", str(models / name), "--format", "onnx", "--out", out)
    assert told(capsys, "predict", out, text) == told(capsys, "predict", str(models / name), text)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["export", "films", "--format", "word2vec", "--out", "x"], "can be written as onnx"),
        (["evaluate", "films"], "which data? name a file with labels"),
        (
            ["evaluate", "films", "x.tsv", "--against", "y"],
            "--against, --out, --title and --language are for",
        ),
        (["evaluate", "films", "nowhere.tsv"], "nowhere.tsv: no such file"),
    ],
)
def test_what_does_not_go(models: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main([words[0], str(models / words[1]), *words[2:]]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("task", ["classify", "tag"])
def test_valid_takes_the_place_of_a_share(task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, rows in (("train", range(160)), ("valid", range(0, 160, 8))):
        lines = [
            f"{Y[row]}\t{X[row]}\n"
            if task == "classify"
            else "".join(f"{word}\t{Y[row]}\n" for word in X[row].split()) + "\n"
            for row in rows
        ]
        (tmp_path / f"{name}.tsv").write_text("".join(lines))
    words = ["train", task, str(tmp_path / "train.tsv"), "--valid", str(tmp_path / "valid.tsv")]
    how = ["--out", str(tmp_path / "m"), "--width", "8", "--epochs", "2", "--threads", "1", "--json"]
    found = json.loads(told(capsys, *words, *how))
    if task == "classify":
        assert found["judgement"]["scores"][0]["n"] == 20
    assert np.isfinite(found["history"][-1]["held_out_loss"])
    assert load(tmp_path / "m").data_["held_out"] == 20
    again = json.loads(told(capsys, *words, *how, "--resume"))
    assert again["seconds"] == 0
    assert main([*words[:3], "--valid", str(tmp_path / "train.tsv"), *how, "--resume"]) == 2
    assert "finished, with other --valid" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "m"), str(tmp_path / "train.tsv")]) == 0
    assert "these are the data of the training" in capsys.readouterr().err
