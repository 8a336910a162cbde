"""What all estimators of texts promise, one by one: encoders, single and several labels, chains, words, characters."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from tasks.small import CASES, SECRET, Case
from vec2seq import load, modelfile
from vec2seq.errors import UserError
from vec2seq.run.context import Run
from vec2seq.run.signals import Interrupted

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")  # so little training of so small nets says nothing
    for told in ("the loss does not fall", "it learns the examples by heart", "no gradient arrives at encoder.windows")
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
EXPORTED = [
    case
    for case in CASES
    if case.name
    in (
        *("classify mean several", "classify lstm several", "classify attention"),
        *("tag cnn crf", "tag lstm crf characters"),
    )
]


@cache
def _trained(number: int) -> Any:
    return CASES[number].fit()


def trained(case: Case) -> Any:
    """The estimator, trained once for all tests, which must not change it."""
    return _trained([one.name for one in CASES].index(case.name))


def assert_close(found: Any, wanted: Any, tolerance: float = 1e-5) -> None:
    """That answers are the same, numbers within a tolerance."""
    if isinstance(wanted, float):
        assert found == pytest.approx(wanted, abs=tolerance)
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted)
        for name, value in wanted.items():
            assert_close(found[name], value, tolerance)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_close(one, other, tolerance)
    else:
        assert found == wanted


def test_other_answers_are_seen() -> None:
    answer = [{"label": "a", "score": [0.5, 1.0]}]
    assert_close([{"label": "a", "score": [0.500001, 1.0]}], answer)
    for other in ([{"label": "b", "score": [0.5, 1.0]}], [{"label": "a", "score": [0.5, 0.99]}], [], [{"label": "a"}]):
        with pytest.raises(AssertionError):
            assert_close(other, answer)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@every_case
def test_save_and_load_give_equal_answers(case: Case, tmp_path: Path) -> None:
    model = trained(case)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert type(again) is type(model)
    assert again.get_params() == model.get_params()
    assert again.digest == model.digest
    assert list(again.answers(case.asked)) == list(model.answers(case.asked))
    assert again.predict(case.asked) == model.predict(case.asked)
    assert again.score(case.X, case.y) == model.score(case.X, case.y)
    assert (again.history_, again.data_, again.facts()) == (model.history_, model.data_, model.facts())
    again.save(tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "m")
    assert model.describe() == again.describe()
    assert all(model.labels_[0] in line for line in model.told_facts()[:1])


@every_case
def test_golden_outputs_hold(case: Case, tmp_path: Path) -> None:
    trained(case).save(tmp_path / "m")
    golden = modelfile.read(tmp_path / "m").golden
    model = load(tmp_path / "m")
    assert model.gives_golden(golden)
    assert not case.fit(seed=5).gives_golden(golden)


@every_case
def test_one_by_one_is_all_at_once(case: Case) -> None:
    model = trained(case)
    alone = [answer for one in case.asked for answer in model.answers([one])]
    assert_close(alone, list(model.answers(case.asked)))
    assert_close(list(model.answers(case.asked[::-1]))[::-1], alone)
    assert list(model.answers([])) == model.predict([]) == []


@every_case
def test_the_same_seed_gives_the_same_net(case: Case) -> None:
    model = trained(case)
    assert case.fit().digest == model.digest
    assert case.fit(seed=2).digest != model.digest


@pytest.mark.parametrize("case", [case for case in CASES if case.name in ("classify cnn", "tag lstm crf")])
def test_several_threads_work(case: Case) -> None:
    """In few steps: threads that wait for each other take most of the time here."""
    few: dict[str, Any] = {"epochs": 1, "batch_tokens": 4000}
    several = [case.fit(threads=2, **few) for _ in range(2)]
    assert several[0].digest == several[1].digest
    assert several[0].history_ == several[1].history_
    assert_close(list(several[1].answers(case.asked)), list(case.fit(**few).answers(case.asked)), 1e-3)


@every_case
def test_scikit_learn_knows_it(case: Case) -> None:
    model = trained(case)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(copy)
    with pytest.raises(UserError, match="is not trained yet"):
        copy.predict(case.asked)
    check_is_fitted(model)
    assert copy.fit(case.X, case.y).digest == model.digest


@every_case
def test_what_is_given_to_judge_by_is_judged(case: Case) -> None:
    given = clone(case.estimator).fit(case.X[:40], case.y[:40], valid=(case.X[40:], case.y[40:]))
    assert given.data_["held_out"] == 20
    scores = given.judgement_["scores"]
    assert scores
    assert scores[0]["n"] > 0
    assert given.history_[0]["held_out_loss"] > 0
    assert "20" in given.told_scores()
    none = case.fit(holdout=0)
    assert none.judgement_ == {}
    assert none.data_["held_out"] == 0


@every_case
def test_it_goes_on_with_more_data(case: Case, tmp_path: Path) -> None:
    first = clone(case.estimator).partial_fit(case.X[:40], case.y[:40])
    first.save(tmp_path / "m")
    digest, words = first.digest, list(first.vocab_.tokens)
    loaded = load(tmp_path / "m").partial_fit(case.X, case.y)
    first.partial_fit(case.X, case.y)
    assert first.digest != digest
    assert loaded.digest == first.digest
    assert first.data_["from"] == digest
    assert first.vocab_.tokens == words
    assert first.labels_ == load(tmp_path / "m").labels_
    before = list(first.answers(case.asked))
    strange = [["B-NEW"] * len(one) for one in case.X] if isinstance(case.X[0], list) else ["new"] * len(case.X)
    with pytest.raises(UserError, match=r"the label '(new|[BS]-NEW)' is not one"):
        first.partial_fit(case.X, strange)
    assert list(first.answers(case.asked)) == before


OTHER: dict[str, Any] = {
    **{"encoder": "rnn", "width": 16, "layers": 2, "heads": 1, "kernel": 2, "dropout": 0.25, "word_dropout": 0.5},
    **{"min_count": 2, "vectors": "v", "ngrams": 4, "char_ngrams": 5, "max_ngrams": 300, "tokenizer": "chars"},
    **{"lower": False, "max_size": 10, "word_width": 7, "char_width": 3, "output": "softmax"},
}
"""another value of each setting that is learnt once"""


@pytest.mark.parametrize("case", [CASES[0], CASES[-1]], ids=lambda case: case.name)
def test_what_is_learnt_once_stays_as_it_is(case: Case, tmp_path: Path) -> None:
    case.fit().save(tmp_path / "m")
    for name in case.estimator.fixed:
        model = load(tmp_path / "m").set_params(**{name: OTHER[name]})
        with pytest.raises(UserError, match=f"^{name} {OTHER[name]}: the model was trained with .*; leave it as it is"):
            model.partial_fit(case.X, case.y)
    others = {"epochs": 1, "lr": 0.001, "holdout": 0.2, "seed": 5}
    load(tmp_path / "m").set_params(**others).partial_fit(case.X, case.y).save(tmp_path / "more")
    assert list(load(tmp_path / "more").answers(case.asked))


@every_case
def test_a_training_that_does_not_end_changes_nothing(case: Case) -> None:
    model = case.fit()
    answers, known = list(model.answers(case.asked)), list(model.vocab_.tokens)
    run = Run()
    run.stop.set()
    for learn in (model.partial_fit, model.fit):
        with pytest.raises(Interrupted):
            learn(case.X[:40], case.y[:40], run=run)
        assert list(model.answers(case.asked)) == answers
        assert model.vocab_.tokens == known


@every_case
def test_a_model_holds_no_text_of_the_users(case: Case, tmp_path: Path) -> None:
    words = SECRET.split()
    planted = words if isinstance(case.X[0], list) else SECRET
    y = [*case.y[:-1], ["O"] * 3 if case.name.startswith("tag") else case.y[-1]]
    if "characters" in case.name:
        y[-1] = ["S"] * 3
    model = clone(case.estimator).fit([*case.X[:-1], planted], y)
    model.save(tmp_path / "m")
    for name, data in contents(tmp_path / "m").items():
        assert b"zqxv jjkw" not in data
        assert b"jjkw pfft" not in data
        if name != modelfile.VOCAB:
            assert b"zqxv" not in data
    manifest = json.loads((tmp_path / "m" / modelfile.MANIFEST).read_text())
    known = {*model.vocab_.tokens, "Unknown9", "\ufffd unknown"}
    assert {token for sentence in manifest["golden"]["tokens"] for token in sentence} <= known


# without PyTorch

WITHOUT_TORCH = """
import json, sys
sys.modules["torch"] = None  # whoever imports it gets an error
from pathlib import Path
from vec2seq import load
for folder in sorted(Path(sys.argv[1]).iterdir()):
    asked = json.loads((folder / "asked.json").read_text())
    model = load(folder / "onnx")
    assert model.gives_golden(json.loads((folder / "onnx" / "model.json").read_text())["golden"])
    answers = list(model.answers(asked["asked"]))
    score = model.score(asked["X"], asked["y"])
    (folder / "answers.json").write_text(json.dumps({"answers": answers, "score": score}))
assert sys.modules.pop("torch") is None
assert not [name for name in sys.modules if name.partition(".")[0] == "torch"]
sys.modules["torch"] = None
try:
    load(sys.argv[2])
except ValueError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each of EXPORTED: onnx, and what is asked of it."""
    place = tmp_path_factory.mktemp("exported")
    for case in EXPORTED:
        folder = place / case.name
        folder.mkdir()
        trained(case).export_onnx(folder / "onnx")
        asked = {"asked": case.asked, "X": case.X, "y": case.y}
        (folder / "asked.json").write_text(json.dumps(asked))
    return place


def test_an_exported_model_gives_equal_answers_without_torch(exported: Path, tmp_path: Path) -> None:
    trained(EXPORTED[0]).save(tmp_path / "plain")
    command = [sys.executable, "-W", "error", "-c", WITHOUT_TORCH, str(exported), str(tmp_path / "plain")]
    process = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert process.stderr == "UserError: needs: pip install 'vec2seq[nn]'\n"
    for case in EXPORTED:
        answers = json.loads((exported / case.name / "answers.json").read_text())
        assert_close(answers["answers"], list(trained(case).answers(case.asked)), 1e-4)
        assert answers["score"] == pytest.approx(trained(case).score(case.X, case.y))


@pytest.mark.parametrize("case", EXPORTED, ids=lambda case: case.name)
def test_what_is_exported_is_a_model(case: Case, exported: Path, tmp_path: Path) -> None:
    folder = exported / case.name / "onnx"
    assert modelfile.NET in contents(folder)
    model = load(folder)
    assert not hasattr(model, "net_")
    assert model.get_params() == trained(case).get_params()
    assert model.labels_ == trained(case).labels_
    model.save(tmp_path / "copy")
    assert contents(tmp_path / "copy")[modelfile.NET] == contents(folder)[modelfile.NET]
    assert_close(list(load(tmp_path / "copy").answers(case.asked)), list(trained(case).answers(case.asked)), 1e-4)
    with pytest.raises(UserError, match="this model is an exported one; copy its folder"):
        model.export_onnx(tmp_path / "again")
    with pytest.raises(UserError, match="an exported model cannot learn; go on with the model that it was made of"):
        model.partial_fit(case.X, case.y)
    assert not (tmp_path / "again").exists()
