"""What a trained LineReader saw: as it reads, where it reads, and which pixels it is sensitive to."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tasks.inked import drawn, numbers
from vec2seq import load
from vec2seq.cli import main
from vec2seq.data.inklines import STEP, ink_of
from vec2seq.errors import UserError
from vec2seq.explain.recognition import reading_of
from vec2seq.tasks.read import LineReader


@pytest.fixture(scope="module")
def learnt() -> LineReader:
    how = {"size": "tiny", "height": 32, "epochs": 20, "lr": 0.003, "batch_tokens": 1024, "distort": False}
    return LineReader(threads=1, **how).fit(*numbers(300))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def place(learnt: LineReader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("read")
    learnt.save(folder / "reader")
    Image.fromarray(drawn("4071")).save(folder / "line.png")
    return folder


def test_it_is_what_the_model_answers(learnt: LineReader) -> None:
    for picture in numbers(5, seed=8)[0]:
        (answer,) = learnt.answers([picture])
        found = reading_of(learnt, picture, "digits")
        assert found.text == answer["output"]
        assert found.score == answer["score"]
        np.testing.assert_array_equal(found.ink, ink_of(picture, 32, "").columns.T)
        scale = picture.shape[1] / found.ink.shape[1]
        for one, told in zip(found.characters, answer["characters"], strict=True):
            assert one.confidence == told["confidence"]
            assert round(one.first * scale) == told["x0"]
            assert one.end * scale == pytest.approx(min(told["x1"], picture.shape[1]), abs=1)
            chances = [chance for _, chance in one.alternatives]
            assert chances == sorted(chances, reverse=True)
            assert one.probability + sum(chances) <= 1 + 1e-6
            assert one.char not in [char for char, _ in one.alternatives]
        path = [char for at, char in enumerate(found.best) if char and char != ["", *found.best][at]]
        assert "".join(path) == found.text, "without counts the best path is what is read"


def test_pixels_near_a_character_count_for_it(learnt: LineReader) -> None:
    found = reading_of(learnt, drawn("4071"), "digits")
    for one in found.characters:
        assert one.saliency is not None
        left, values = one.saliency
        weights = values.sum(0)
        middle = left + (weights * np.arange(len(weights))).sum() / weights.sum()
        assert abs(middle - (one.first + one.end) / 2) < 16, "a digit is about 14 columns wide"


def test_saliency_is_the_gradient(learnt: LineReader) -> None:
    import torch

    picture = drawn("47")
    found = reading_of(learnt, picture, "digits")
    net, x = learnt.net_.double(), torch.from_numpy(found.ink.T / 255.0)[None]
    try:
        mask = torch.ones(x.shape[:2], dtype=torch.bool)
        for one in found.characters:
            assert one.saliency is not None
            label, (left, values) = int(learnt.alphabet.numbers(one.char)[0]), one.saliency
            with torch.no_grad():
                log = net(x, mask).log_softmax(2)[0, :, label]
            at = one.first // STEP + int(log[one.first // STEP : -(-one.end // STEP)].argmax())
            slopes = []
            spots = [np.unravel_index(spot, values.shape) for spot in np.argsort(-values, axis=None)[[0, 5, 20]]]
            for row, column in spots:
                both = []
                for sign in (1, -1):
                    moved = x.clone()
                    moved[0, left + column, row] += sign * 1e-5
                    with torch.no_grad():
                        both.append(float(net(moved, mask).log_softmax(2)[0, at, label]))
                slopes.append(abs(both[0] - both[1]) / 2e-5)
            wanted = [float(values[spot]) for spot in spots]
            np.testing.assert_allclose(np.array(slopes) / slopes[0], wanted, rtol=0.02)
    finally:
        learnt.net_.float()


def test_a_picture_without_writing(learnt: LineReader) -> None:
    assert reading_of(learnt, np.full((36, 90), 255, np.uint8), "digits").text == ""


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="needs ONNX Runtime")
def test_exported_models_tell_no_pixels(learnt: LineReader, place: Path) -> None:
    learnt.export_onnx(place / "exported")
    own, exported = (reading_of(model, place / "line.png", "m") for model in (learnt, load(place / "exported")))
    assert exported.text == own.text == "4071"
    np.testing.assert_allclose(exported.chances, own.chances, atol=1e-3)
    for one, other in zip(exported.characters, own.characters, strict=True):
        assert one.saliency is None
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_errors(learnt: LineReader, tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    with pytest.raises(UserError, match=r"damaged\.png: "):
        reading_of(learnt, tmp_path / "damaged.png", "m")
    with pytest.raises(UserError, match=r"picture: .* too long for one line"):
        reading_of(learnt, np.full((48, 60_000), 255, np.uint8), "m")
    with pytest.raises(UserError, match="not trained"):
        reading_of(LineReader(), drawn("1"), "m")


def test_from_the_command_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, line = str(place / "reader"), str(place / "line.png")

    def told(*words: str) -> str:
        capsys.readouterr()
        assert main(["explain", *words]) == 0
        return capsys.readouterr().out

    assert told(model, "--list").startswith("reading")
    assert told(model, line).startswith(f'reader: "4071" is read on {line}')
    found = json.loads(told(model, line, "--json"))
    assert [one["char"] for one in found["characters"]] == list("4071")
    assert all("saliency" in one for one in found["characters"])
    assert "where reader read what" in told(model, line, "--out", str(place / "page.html"), "--language", "zh")
    assert "模型 reader" in (place / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the picture of a line"),
        (["-"], "pictures do not come by standard input"),
        (["none.png"], "none.png: no such file"),
        (["LINE", "more"], "one picture is explained at a time"),
        (["LINE", "--view", "alignment"], "has reading"),
        (["LINE", "--out", "page.txt"], "the page is written as .html"),
        (["LINE", "--worksheet", "sheet.html"], "--worksheet is for models of mlp"),
    ],
)
def test_what_cannot_be_explained(
    place: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(place / "line.png") if word == "LINE" else word for word in words]
    assert main(["explain", str(place / "reader"), *given]) == 2
    assert message in capsys.readouterr().err
