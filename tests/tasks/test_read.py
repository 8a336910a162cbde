"""LineReader: it reads what it has learnt to, is the same after saving, exporting and going on, and loses nothing."""

import copy
import importlib.util
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vec2seq import load
from vec2seq.errors import UserError
from vec2seq.run.checkpoint import Checkpoint
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted
from vec2seq.tasks.read import LineReader
from vec2seq.tasks.rules import Searching

from .inked import drawn, numbers

pytestmark = pytest.mark.filterwarnings("ignore:nothing is read:UserWarning")  # so little training says nothing


def small(**more: Any) -> LineReader:
    how = {"size": "tiny", "height": 32, "epochs": 3, "lr": 0.003, "batch_tokens": 1024, "distort": False}
    return LineReader(threads=1, **{**how, **more})


@pytest.fixture(scope="module")
def learnt() -> LineReader:
    return small(epochs=20).fit(*numbers(300))


def test_it_reads(learnt: LineReader) -> None:
    pictures, texts = numbers(100, seed=9)
    assert learnt.judgement_["scores"][0]["metric"] == "cer"
    assert learnt.judgement_["scores"][0]["score"] <= 0.05
    scores = {score.metric: score.score for score in learnt.scores(pictures, texts)}
    assert scores["cer"] is not None
    assert scores["cer"] <= 0.05
    assert learnt.score(pictures, texts) == -scores["cer"]
    assert scores["line_accuracy"] == np.mean([a == b for a, b in zip(learnt.predict(pictures), texts, strict=True)])


def test_characters_are_where_they_stand(learnt: LineReader) -> None:
    (answer,) = learnt.answers([drawn("407")])
    assert answer["output"] == "407"
    places = [(one["x0"], one["x1"]) for one in answer["characters"]]
    for number, (left, right) in enumerate(places):  # a digit is 14 pixels wide, the first one begins at 12
        assert 12 + 14 * number - 5 <= left < right <= 12 + 14 * (number + 1) + 5
    assert all(0 < one["confidence"] <= 1 for one in answer["characters"])
    assert 0 < answer["score"] <= 1


def test_the_order_of_pictures_does_not_matter(learnt: LineReader) -> None:
    pictures, _ = numbers(30, seed=4)
    together = list(learnt.answers(pictures))
    for picture, want in zip(pictures, together, strict=True):
        (alone,) = learnt.answers([picture])
        assert alone["output"] == want["output"]
        assert alone["score"] == pytest.approx(want["score"], abs=1e-4)


def test_files_give_what_arrays_give(learnt: LineReader, tmp_path: Path) -> None:
    pictures, texts = numbers(20, seed=5)
    rows = []
    for number, (picture, text) in enumerate(zip(pictures, texts, strict=True)):
        Image.fromarray(picture).save(tmp_path / f"{number:02}.png")
        (tmp_path / f"{number:02}.gt.txt").write_text(text, encoding="utf-8")
        rows.append(f"{number:02}.png\t{text}")
    (tmp_path / "lines.tsv").write_text("\n".join(rows), encoding="utf-8")
    assert learnt.predict(tmp_path) == learnt.predict(pictures)
    assert learnt.scores(tmp_path) == learnt.scores(tmp_path / "lines.tsv")
    assert learnt.fingerprint_of(tmp_path, Run()) == learnt.fingerprint_of(tmp_path / "lines.tsv", Run())


def test_rules_and_candidates(learnt: LineReader) -> None:
    pytest.importorskip("llguidance")
    answers = list(learnt.answers([drawn("123")], Searching(pattern="[4-9]{2,3}", candidates=4)))
    assert all(set(candidate["text"]) <= set("456789") for candidate in answers[0]["candidates"])
    assert answers[0]["output"] == answers[0]["candidates"][0]["text"]
    (plain,) = learnt.answers([drawn("123")], Searching(candidates=3))
    assert plain["candidates"][0]["text"] == "123"
    assert len(plain["candidates"]) == 3


def test_saved_and_loaded(learnt: LineReader, tmp_path: Path) -> None:
    learnt.save(tmp_path / "model")
    pictures, _ = numbers(9, seed=6)
    assert list(load(tmp_path / "model").answers(pictures)) == list(learnt.answers(pictures))


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="needs ONNX Runtime")
def test_exported(learnt: LineReader, tmp_path: Path) -> None:
    learnt.export_onnx(tmp_path / "model")
    exported, (pictures, _) = load(tmp_path / "model"), numbers(30, seed=7)
    assert exported.predict(pictures) == learnt.predict(pictures)
    for one, other in zip(exported.answers(pictures), learnt.answers(pictures), strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-3)
    with pytest.raises(UserError, match="an exported model cannot learn"):
        exported.partial_fit(*numbers(9))


def test_a_run_that_goes_on_ends_with_the_same(tmp_path: Path) -> None:
    data = numbers(120)
    whole = small(distort=True).fit(*data)
    stop = threading.Event()
    run = Run(Checkpoint(tmp_path / "m.checkpoint"), checkpoint_seconds=1e-3, stop=stop)
    run.progress.note = lambda line: stop.set() if "epoch 1" in line else None  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        small(distort=True).fit(*data, run=run)
    again = small(distort=True).fit(*data, run=Run(Checkpoint(tmp_path / "m.checkpoint"), resume=True))
    assert again.digest == whole.digest
    assert again.history_ == whole.history_
    assert again.digest != small(distort=True, seed=2).fit(*data).digest


def test_more_lines_with_other_characters(learnt: LineReader) -> None:
    pictures, texts = numbers(60, seed=2)
    pictures += [drawn(f"{text}x") for text in texts]
    texts = texts + [f"{text}x" for text in texts]
    before = learnt.predict(pictures[:5])
    grown = copy.copy(learnt).set_params(epochs=12)
    grown.partial_fit(pictures, texts)
    assert grown.alphabet_ == learnt.alphabet_ + "x"
    assert learnt.predict(pictures[:5]) == before
    assert grown.predict([drawn("12x")]) == ["12x"]


def test_what_cannot_be_used_is_left_out_and_told(tmp_path: Path) -> None:
    pictures, texts = numbers(120)
    wrong: list[tuple[Any, str]] = [
        (drawn("1"), ""),
        (drawn("1"), "1" * 99),
        (drawn("1"), "\u05d0"),
        (np.full((48, 60_000), 255, np.uint8), "1"),
        (tmp_path / "damaged.png", "2"),
    ]
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    with pytest.warns(UserWarning, match="left out") as warned:
        small(epochs=1).fit([*pictures, *(one for one, _ in wrong)], [*texts, *(text for _, text in wrong)])
    told = "\n".join(str(warning.message) for warning in warned)
    for part in (
        "no text",
        "more characters than there is room for",
        "right to left",
        "too long for one line",
        "damaged",
    ):
        assert part in told
    assert sum("left out" in str(warning.message) for warning in warned) == len(wrong)
    for X in ([np.full((48, 60_000), 255, np.uint8)], [tmp_path / "damaged.png"]):
        with (
            pytest.warns(UserWarning, match="left out"),
            pytest.raises(UserError, match="there is no line to learn from"),
        ):
            small().fit(X, ["1"])


def test_a_picture_that_cannot_be_read_stops_no_other(learnt: LineReader, tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    answers = list(learnt.answers_or_errors([drawn("12"), tmp_path / "damaged.png", drawn("34")]))
    assert [answer if isinstance(answer, UserError) else answer["output"] for answer in answers][::2] == ["12", "34"]
    assert isinstance(answers[1], UserError)
    with pytest.raises(UserError, match="damaged"):
        learnt.predict([drawn("12"), tmp_path / "damaged.png"])


def test_errors() -> None:
    pictures, texts = numbers(20)
    with pytest.raises(UserError, match="height 33: must be a multiple of 16"):
        small(height=33).fit(pictures, texts)
    with pytest.raises(UserError, match="20 pictures, but no y"):
        small().fit(pictures)
    with pytest.warns(UserWarning, match="more characters"), pytest.raises(UserError, match="no line has room"):
        small(holdout=0.5).fit(pictures, ["9" * 80] * 20)
    with pytest.raises(UserError, match="not trained"):
        small().predict(pictures)
