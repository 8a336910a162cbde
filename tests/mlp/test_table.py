"""TableMLP: from a table with words, dates and gaps to answers about raw rows, in Python and on the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from made import Command
from mlp.tables import as_csv, houses, without
from vec2seq import Run, TableMLP, UserError, load
from vec2seq.cli import main
from vec2seq.mlp.judgement import LINEAR

pytestmark = pytest.mark.filterwarnings("ignore:.*still getting better", "ignore:3 rows are too few")

SMALL: dict[str, Any] = {"hidden_layer_sizes": (16,), "max_iter": 60, "batch_size": 32, "learning_rate_init": 0.01}


@pytest.fixture(scope="module")
def numbers() -> TableMLP:
    return TableMLP(target="price", **SMALL).fit(without(houses(), "dear"))


@pytest.fixture(scope="module")
def classes() -> TableMLP:
    return TableMLP(target="dear", **SMALL).fit(without(houses(), "price"))


def test_numbers_are_found(numbers: TableMLP) -> None:
    assert numbers.kind_ == "regression"
    r2, rmse = numbers.judgement_["scores"]
    assert r2["metric"] == "r2"
    assert 0.9 < r2["low"] < r2["score"] < r2["high"] < 1
    assert rmse["n"] == 80
    new = houses(100, seed=7)
    assert numbers.score(new) > 0.9
    np.testing.assert_allclose(numbers.predict(without(new, "price", "dear")), numbers.predict(new))


def test_classes_are_found_with_their_probabilities(numbers: TableMLP, classes: TableMLP) -> None:
    assert classes.kind_ == "classification"
    assert classes.labels_ == ["no", "yes"]
    scores = {score["metric"]: score for score in classes.judgement_["scores"]}
    assert list(scores) == ["accuracy", "macro_f1", "ece"]
    assert scores["accuracy"]["score"] > 0.9
    assert scores["ece"]["score"] < 0.1
    new = houses(200, seed=7)
    chances = classes.predict_proba(new)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    answers = list(classes.answers(new))
    assert [answer["output"] for answer in answers] == classes.predict(new).tolist()
    np.testing.assert_allclose([answer["score"] for answer in answers], chances.max(axis=1))
    with pytest.raises(UserError, match="a regression has no probabilities"):
        numbers.predict_proba(new)


def test_baselines_stand_beside_the_scores(numbers: TableMLP, classes: TableMLP) -> None:
    of_numbers, of_classes = (model.judgement_["baselines"] for model in (numbers, classes))
    assert list(of_numbers) == ["the mean", "a linear model"]
    assert list(of_classes) == ["the most frequent", "a linear model"]
    assert of_numbers["the mean"]["score"] < 0.05 < 0.7 < of_numbers["a linear model"]["score"]
    assert of_numbers["a linear model"]["score"] < numbers.judgement_["scores"][0]["score"]
    assert 0.5 <= of_classes["the most frequent"]["score"] < 0.8


def test_the_linear_baseline_is_as_good_as_least_squares() -> None:
    from vec2seq import MLPRegressor

    random = np.random.default_rng(1)
    X = random.normal(size=(300, 6)).astype(np.float32)
    y = X @ random.normal(size=6) + 0.3 * random.normal(size=300)
    y = (y - y.mean()) / y.std()
    linear = MLPRegressor(random_state=0).set_params(**LINEAR).fit(X, y)
    whole = np.column_stack([X, np.ones(300)])
    best = whole @ np.linalg.lstsq(whole, y)[0]
    assert ((y - linear.predict(X)) ** 2).mean() == pytest.approx(((y - best) ** 2).mean(), rel=0.01)


def test_what_a_column_does_is_told(numbers: TableMLP) -> None:
    drops = {column["column"]: column["drop"] for column in numbers.judgement_["importance"]}
    assert list(drops) == sorted(drops, key=lambda name: -drops[name])
    assert set(drops) == {"size", "town", "built", "colour"}
    assert drops["size"] > 0.3
    assert drops["town"] > 0.3
    assert abs(drops["colour"]) < 0.02


def test_a_saved_model_takes_raw_rows(numbers: TableMLP, classes: TableMLP, tmp_path: Path) -> None:
    for model, name in ((numbers, "numbers"), (classes, "classes")):
        model.save(tmp_path / name)
        loaded = load(tmp_path / name)
        assert type(loaded) is TableMLP
        new = houses(50, seed=3)
        assert loaded.predict(new).tolist() == model.predict(new).tolist()
        assert loaded.judgement_ == model.judgement_
        assert loaded.gives_golden(model.golden())
        text = (tmp_path / name / "model.json").read_text()
        assert "1950-06-01" not in text, "a cell of the table is in the model"


def test_unknown_cells_are_no_error_and_wrong_ones_are(numbers: TableMLP) -> None:
    new = without(houses(3, seed=3), "price", "dear")
    new["town"][0], new["size"][1], new["built"][2] = "Paris", None, None
    assert np.isfinite(numbers.predict(new)).all()
    new["size"][1] = "large"
    with pytest.raises(UserError, match=r"row 2: 'large' in column 'size' is no number"):
        numbers.predict(new)
    with pytest.raises(UserError, match="no column 'town', which the model needs"):
        numbers.predict(without(houses(3), "town"))
    with pytest.raises(UserError, match="no column 'price'"):
        numbers.score(without(houses(3), "price"))


def test_rows_without_a_target_are_left_out() -> None:
    table = without(houses(), "dear")
    table["price"][5] = None
    with pytest.warns(UserWarning, match="1 row without 'price' left out"):
        model = TableMLP(target="price", **SMALL).fit(table)
    assert model.data_["rows"] == 399


def test_too_few_rows_are_all_learnt_from() -> None:
    with pytest.warns(UserWarning, match="30 rows are too few to keep some out"):
        model = TableMLP(target="price", **SMALL).fit(without(houses(30), "dear"))
    assert model.judgement_ == {}
    assert model.data_["held_out"] == 0
    assert TableMLP(target="price", holdout=0.0, **SMALL).fit(without(houses(30), "dear")).judgement_ == {}


@pytest.mark.parametrize(
    ("table", "settings", "message"),
    [
        ({"a": [1, 2, 3], "y": ["b", "b", "b"]}, {}, "the same in all rows, 'b'"),
        ({"a": [1, 2, 3], "y": [1.5, 1.5, 1.5]}, {}, "the target is the same in all rows"),
        ({"a": [1, 2], "y": [None, None]}, {}, "missing in all rows"),
        ({"a": [1, 2], "y": [1, 2]}, {"target": "z"}, "no column 'z'"),
        ({"y": [1, 2, 3]}, {}, "no column to learn from"),
        ({"a": [1, 2, 3], "y": ["b", "c", "b"]}, {"kind": "regression"}, "is no finite number"),
    ],
)
def test_tables_without_a_task(table: dict[str, Any], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        TableMLP(**settings).fit(table)


def test_it_goes_on_with_more_rows(tmp_path: Path) -> None:
    begun = TableMLP(target="dear", **{**SMALL, "max_iter": 3}).fit(without(houses(), "price"))
    before, columns = begun.judgement_["scores"][0]["score"], begun.columns_
    begun.max_iter = 60
    begun.partial_fit(without(houses(seed=4), "price"))
    assert begun.judgement_["scores"][0]["score"] > before
    assert begun.columns_ == columns
    strange = without(houses(50), "price")
    strange["dear"][0] = "perhaps"
    with pytest.raises(UserError, match="the class 'perhaps' is not among those"):
        begun.partial_fit(strange)


def test_a_warm_start_goes_on() -> None:
    table = without(houses(), "price")
    model = TableMLP(target="dear", **{**SMALL, "max_iter": 10}, warm_start=True).fit(table)
    before = model.history_[-1]["loss"]
    assert model.fit(table).history_[0]["loss"] < 1.2 * before
    cold = TableMLP(target="dear", **{**SMALL, "max_iter": 10}).fit(table)
    assert cold.fit(table).history_[0]["loss"] > 1.5 * before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("labels_", ["no"]),
        ("labels_", ["no", "yes", "x"]),
        ("scale_", [0.0]),
        ("kind_", "regression"),
        ("layers_", [3, 16, 1]),
        ("columns_", {}),
    ],
)
def test_a_model_whose_parts_do_not_fit_is_refused(classes: TableMLP, name: str, value: Any, tmp_path: Path) -> None:
    classes.save(tmp_path / "m")
    changed = load(tmp_path / "m")
    file = changed._to_file(golden=False)
    file.learned[name] = value
    from vec2seq import modelfile

    modelfile.write(tmp_path / "n", file)
    with pytest.raises(UserError, match=r"did not write this model|damaged"):
        load(tmp_path / "n")


# the command line


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[str, str]:
    """Run a command that succeeds; what it printed, and what it told."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out, captured.err


TRAIN = ("--hidden-layer-sizes", "16,8", "--max-iter", 30, "--batch-size", 32, "--learning-rate-init", 0.01)


def test_from_a_file_to_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = as_csv(without(houses(), "price"), tmp_path / "t.csv")
    out, told = said(capsys, "train", "mlp", path, "--target", "dear", "--out", tmp_path / "m", *TRAIN)
    assert "read 400 rows, 4 columns become" in told
    assert "80 rows kept out: accuracy 0." in told
    assert "a linear model 0." in told
    assert "'dear', 2 classes" in out
    new = as_csv(without(houses(5, seed=2), "price", "dear"), tmp_path / "new.csv")
    out, _ = said(capsys, "predict", tmp_path / "m", new)
    labels = [line.split("\t")[0] for line in out.splitlines()]
    assert labels == load(tmp_path / "m").predict(new).tolist()
    out, _ = said(capsys, "predict", tmp_path / "m", new, "--json")
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["output"] for answer in answers] == labels
    assert answers[0]["input"].endswith("new.csv:2")
    assert 0.5 <= answers[0]["score"] <= 1
    out, _ = said(capsys, "evaluate", tmp_path / "m", path, "--json")
    metrics = [json.loads(line) for line in out.splitlines()]
    assert [metric["metric"] for metric in metrics] == ["accuracy", "macro_f1", "ece"]
    assert metrics[0]["low"] <= metrics[0]["score"] <= metrics[0]["high"]
    assert "accuracy  0." in said(capsys, "evaluate", tmp_path / "m", path)[0]
    out, _ = said(capsys, "info", tmp_path / "m")
    assert "how much accuracy falls if a column is shuffled:" in out
    assert "hidden_layer_sizes=(16, 8)" in out


def test_numbers_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], vec2seq: Command) -> None:
    path = as_csv(without(houses(), "dear"), tmp_path / "t.csv")
    said(capsys, "train", "mlp", path, "--out", tmp_path / "m", *TRAIN)
    told = vec2seq("predict", tmp_path / "m", "-", input=path.read_text(encoding="utf-8"))
    assert told.returncode == 0, told.stderr
    np.testing.assert_allclose(
        [float(line) for line in told.stdout.splitlines()], load(tmp_path / "m").predict(path), rtol=1e-4
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("predict", "{m}", "none.csv"), "none.csv: no such file"),
        (("evaluate", "{m}"), "which table?"),
        (("evaluate", "{m}", "{t}", "--against", "x"), "are for word vectors"),
        (("train", "mlp", "{t}", "--out", "{m}2", "--hidden-layer-sizes", "8,x"), "is not a"),
        (("train", "mlp", "{t}", "--out", "{m}2", "--batch-size", "some"), "is not a"),
        (("train", "mlp", "{t}", "--out", "{m}2", "--target", "nothing"), "no column 'nothing' for a target"),
        (("train", "mlp", "{t}", "--out", "{m}2", "--minutes", "1", "--max-iter", "3"), "not both"),
        (("train", "word2vec", "{t}", "--out", "{m}2", "--from", "{m}"), "a model for mlp, not for word2vec"),
        (("neighbors", "{m}", "x"), "holds no word vectors"),
        (("explain", "{m}", "{t}", "x"), "one argument too many"),
        (("explain", "{m}", "{t}:900"), "there is no row; the first is"),
        (("explain", "{m}", "{t}", "--out", "page.txt"), "the page is written as .html"),
        (("explain", "{m}", "{t}", "--out", "{t}"), "is read, too"),
        (("explain", "{m}", "{t}", "--worksheet", "x.md"), "small"),
    ],
)
def test_wrong_commands(
    classes: TableMLP, words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classes.save(tmp_path / "m")
    table = as_csv(without(houses(40), "price"), tmp_path / "t.csv")
    assert main([word.format(m=tmp_path / "m", t=table) for word in words]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert not (tmp_path / "m2").exists()


def test_a_finished_run_is_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = as_csv(without(houses(), "price"), tmp_path / "t.csv")
    command = ("train", "mlp", path, "--out", tmp_path / "m", *TRAIN)
    said(capsys, *command)
    before = (tmp_path / "m" / "tensors.safetensors").read_bytes()
    assert "this run is finished" in said(capsys, *command, "--resume")[1]
    other = as_csv(without(houses(seed=5), "price"), tmp_path / "t.csv")
    assert main([str(word) for word in ("train", "mlp", other, *command[3:], "--resume")]) == 2
    assert "finished, with other data" in capsys.readouterr().err
    assert (tmp_path / "m" / "tensors.safetensors").read_bytes() == before


def test_warnings_are_told_where_the_run_is_told() -> None:
    class Notes:
        lines: list[str] = []  # noqa: RUF012 - of one test

        def note(self, text: str) -> None:
            self.lines.append(text)

        def step(self, what: str, done: float, total: float | None, unit: str, **values: float) -> None:
            """Nothing."""

    table = without(houses(), "dear") | {"id": [f"row {number}" for number in range(400)]}
    TableMLP(target="price", **SMALL).fit(table, run=Run(progress=Notes()))
    assert any("column 'id' is left out" in line for line in Notes.lines)


def test_a_row_is_followed_forward_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = as_csv(without(houses(), "price", "built"), tmp_path / "t.csv")
    said(capsys, "train", "mlp", path, "--out", tmp_path / "m", *TRAIN[2:], "--hidden-layer-sizes", 3)
    lines = path.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, 1) if line.endswith("yes") and not line.startswith(","))
    out, _ = said(capsys, "explain", tmp_path / "m", f"{path}:{place}", "--json")
    found = json.loads(out)
    assert found["input"].endswith(f"t.csv:{place}")
    assert found["inputs"] == load(tmp_path / "m").input_names
    assert found["outputs"] == ["yes"]
    assert found["target"]["values"] == [[1.0]]
    assert found["loss"]["after"] < found["loss"]["value"]
    assert all(check["agrees"] for check in found["checks"])
    model = load(tmp_path / "m")
    raw = found["layers"][-1]["sums"]["values"][0][0] / model.temperature_
    (answer,) = model.answers(model.table(path).take(np.array([place - 2])))
    assert answer["score"] == pytest.approx(max(1 / (1 + np.exp(-raw)), 1 - 1 / (1 + np.exp(-raw))), abs=1e-5)
    assert "size: missing" in said(capsys, "explain", tmp_path / "m", path)[0]
    page, sheet = tmp_path / "page.html", tmp_path / "sheet.md"
    said(capsys, "explain", tmp_path / "m", path, "--out", page, "--worksheet", sheet, "--answers", "--language", "zh")
    assert "反向传播" in page.read_text(encoding="utf-8")
    assert sheet.stat().st_size > 500
