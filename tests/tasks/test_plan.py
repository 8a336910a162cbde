"""What a training on texts will take, and what more labels would do."""

import json
import math
import warnings
from pathlib import Path
from typing import Any

import pytest

from tasks.small import opinions
from vec2seq.cli import main
from vec2seq.errors import UserError
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.plan import extrapolated
from vec2seq.tasks.tag import Tagger

pytestmark = pytest.mark.filterwarnings("ignore:the input tells the answer:UserWarning", "ignore:it learns:UserWarning")
X = [f"{word} film seen on day {day}" for word in ("fine", "good", "dull", "bad") for day in range(100)]
Y = ["pos"] * 200 + ["neg"] * 200


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "t.tsv"
    path.write_text("".join(f"{label}\t{text}\n" for text, label in zip(X, Y, strict=True)))
    return path


def test_a_plan_counts_what_the_training_will_have(data: Path) -> None:
    model = Classifier(width=8, threads=1)
    needs = model.plan([data])
    assert not hasattr(model, "net_")
    trained = model.fit([data])
    assert (needs.examples, needs.held_out, needs.labels) == (400, 40, 2)
    assert needs.weights == sum(weight.numel() for weight in trained.net_.parameters())
    assert needs.epochs == len(trained.history_)
    assert needs.low_seconds < needs.seconds < needs.high_seconds
    assert "400 texts (40 of them kept out)" in str(needs)


def test_minutes_decide_the_epochs(data: Path) -> None:
    few, many = (Classifier(width=8, threads=1).plan([data], minutes=minutes).epochs for minutes in (0.01, 1000))
    assert few < many


def test_a_tagger_has_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.conll").write_text("Mr\tO\nKhan\tB-PER\n\n" * 120)
    assert Tagger(width=8).plan([tmp_path / "t.conll"]).examples == 120
    assert main(["plan", "tag", str(tmp_path / "t.conll"), "--width", "8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["noun"] == "sentence"


def test_the_curve_of_a_rule_that_is_learnt_rises() -> None:
    model = Classifier(width=8, dropout=0.1, lr=0.01, epochs=4, threads=1)
    curve = model.learning_curve(X, Y, more=100)
    assert curve.examples == [45, 90, 180, 360]
    assert curve.scores[-1] > 0.9
    assert curve.scores[-1] >= curve.scores[0]
    assert curve.more == 100
    assert not hasattr(model, "net_")


def test_a_power_law_is_found_again() -> None:
    errors = [2 * n**-0.5 for n in (100, 200, 400, 800)]
    assert extrapolated([100, 200, 400, 800], errors, 1600) == pytest.approx(2 * 1600**-0.5)
    assert extrapolated([100, 200], [0.1, 0.2], 400) is None
    assert extrapolated([100, 200], [0.1, 0.0], 400) is None
    assert not math.isclose(extrapolated([100, 200, 400, 800], errors, 3200) or 0, 2 * 1600**-0.5)


def test_too_few_to_divide() -> None:
    with pytest.raises(UserError, match=r"^108 texts to learn from, 12 kept out: too few for a learning curve"):
        Classifier(width=8).learning_curve(X[140:260], Y[140:260])


@pytest.mark.parametrize("encoder", ["mean", "lstm"])
def test_the_end_of_the_curve_is_the_model(encoder: Any, tmp_path: Path) -> None:
    """All of the data, learnt from in the same way: with what naive Bayes knows, or with given vectors."""
    (tmp_path / "v.txt").write_text("2 4\nfine 9 2 3 1\ndull -1 0 1 8\n")
    how: dict[str, Any] = {"vectors": str(tmp_path / "v.txt")} if encoder == "lstm" else {}
    model = Classifier(encoder=encoder, width=8, epochs=2, threads=1, holdout=0.25, **how)
    X, Y = opinions(440)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        curve = model.learning_curve(X, Y)
        found = model.fit(X, Y).judgement_["scores"][0]
    assert (curve.scores[-1], curve.low[-1]) == (found["score"], found["low"])
