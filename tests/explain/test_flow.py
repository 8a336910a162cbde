"""Gradients over a training: vanishing and exploding are told where they are planted; damaged histories are refused."""

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vec2seq import MLPClassifier, TableMLP, UserError, load
from vec2seq.cli import main
from vec2seq.explain.flow import RULE, Flow, flow_of, flow_of_history, flow_of_readings
from vec2seq.explain.flow_text import flow_to_text

GOLDEN = Path(__file__).parent.parent / "golden"


def planted(factor: float, layers: int = 4, points: int = 9) -> Flow:
    """Each layer's norm is that of the next one times a factor."""
    norms = factor ** np.arange(layers - 1, -1, -1.0) * np.linspace(1, 2, points)[:, None]
    return flow_of(np.arange(1, points + 1) ** 2, [f"W{n + 1}" for n in range(layers)], norms)


def deep(activation: str, depth: int = 6) -> MLPClassifier:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 6)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MLPClassifier(
            hidden_layer_sizes=(16,) * depth, activation=activation, max_iter=20, tol=0, random_state=0
        ).fit(X, (X[:, 0] * X[:, 1] > 0).astype(int))


@pytest.mark.parametrize(
    ("factor", "kind"),
    [
        (0.1, "vanish"),
        (0.21, "vanish"),
        (0.22, "even"),
        (1.0, "even"),
        (4.6, "even"),
        (4.7, "explode"),
        (10, "explode"),
    ],
)
def test_what_is_planted_is_found(factor: float, kind: str) -> None:
    found = planted(factor)
    assert found.verdict.kind == kind
    assert found.verdict.ratio == pytest.approx(factor**3)
    np.testing.assert_allclose(found.ratios, factor)
    word = {"even": "neither", "vanish": "vanish:", "explode": "explode:"}[kind]
    assert word in flow_to_text(found)


@pytest.mark.parametrize("leap", [np.inf, np.nan, 2000.0])
def test_a_leap_of_one_layer_at_one_point_is_found(leap: float) -> None:
    norms = np.ones((9, 3))
    norms[6, 1] = leap
    found = flow_of(range(1, 10), ["a", "b", "c"], norms)
    assert found.verdict == ("leap", 1.0, 1, 7)
    assert "Gradients explode: b at epoch 7." in flow_to_text(found)
    norms[6, 1] = 900
    assert flow_of(range(1, 10), ["a", "b", "c"], norms).verdict.kind == "even"


def test_a_gradient_that_had_vanished_and_comes_back_does_not_explode() -> None:
    back = np.array([[2.8e-5, 1e-3, 0.3]] * 8 + [[0.01, 0.05, 0.2], [0.1, 0.2, 0.3]])
    found = flow_of(range(1, 11), ["W1", "W2", "W3"], back)
    assert found.verdict.kind == "vanish"
    back[-1, 0] = 2.9  # still less than 10 times what is usual in W3
    assert flow_of(range(1, 11), ["W1", "W2", "W3"], back).verdict.kind == "vanish"
    back[-1] = [40.0, 50.0, 400.0]
    assert flow_of(range(1, 11), ["W1", "W2", "W3"], back).verdict[2:] == (0, 10)


def test_dead_layers_and_single_ones() -> None:
    assert flow_of([1], ["a", "b"], [[0, 0]]).verdict == ("none", None, None, None)
    assert flow_of([1, 2], ["a", "b"], [[0, 1], [0, 3]]).verdict == ("vanish", 0.0, None, None)
    assert flow_of([1], ["a"], [[3.0]]).verdict == ("even", None, None, None)
    assert "neither vanish nor explode." in flow_to_text(flow_of([1], ["a"], [[3.0]]))


def test_deep_sigmoids_vanish_and_relus_do_not() -> None:
    vanishing, passing = (deep(activation) for activation in ("logistic", "relu"))
    verdicts = [flow_of_history(model.history_, 7, "m").verdict.kind for model in (vanishing, passing)]  # type: ignore[union-attr]
    assert verdicts == ["vanish", "even"]


def test_the_steps_of_a_net_tell_a_flow() -> None:
    from vec2seq.engine.watch import Reading, Weight

    weights = [Weight("embed.weight", 2, 3.0, 1e-4), Weight("norm.bias", 1, 1.0, 9.0), Weight("out", 2, 2.0, 0.5)]
    flow = flow_of_readings([Reading(step, weights, loss=1.0) for step in (0, 1, 5)])
    assert flow.names == ["embed", "out"]
    assert flow.at.tolist() == [1, 2, 6]
    assert flow.gradients.tolist() == [[1e-4, 0.5]] * 3
    assert flow.weights is not None
    assert flow.weights.tolist() == [[3.0, 2.0]] * 3
    assert flow.verdict.kind == "vanish"
    with pytest.raises(UserError):
        flow_of_readings([])


def test_the_table_has_the_numbers_and_the_rule() -> None:
    found = flow_of([1, 3, 40], ["W1", "W2"], [[1, 2], [3, 4], [5, np.nan]], [[6, 7]] * 3, [0.5, 0.25, np.nan], "step")
    lines = flow_to_text(found).splitlines()
    assert [line.split() for line in lines[1:5]] == [
        ["step", "1", "step", "3", "step", "40", "/", "layer", "above", "norm", "of", "W"],
        ["W1", "1", "3", "5", "-", "6"],
        ["W2", "2", "4", "-", "-", "7"],
        ["loss", "0.5", "0.25", "-"],
    ]
    assert RULE in " ".join(lines)
    assert max(map(len, lines)) < 110
    assert "\x1b" not in flow_to_text(flow_of([1], ["\x1b[2J"], [[1.0]]))


def test_json_has_no_number_that_json_has_not() -> None:
    found = flow_of([1, 2], ["a", "b"], [[1, 0], [np.inf, 2]], losses=[np.nan, 1])
    made = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert made["gradient_norms"] == [[1.0, 0.0], [None, 2.0]]
    assert made["losses"] == [None, 1.0]
    assert made["weight_norms"] is None
    assert made["ratios"] == [[None], [None]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([1, 1], ["a"], [[1], [1]]), "points must rise"),
        (([0, 1], ["a"], [[1], [1]]), "points must rise"),
        (([], ["a"], []), "points must rise"),
        (([1], [], [[]]), "points must rise"),
        (([1], ["a", "b"], [[1]]), r"gradients \[1, 1\], but points and layers are \[1, 2\]"),
        (([1], ["a"], [[1]], [[1, 2]]), "weights"),
        (([1], ["a"], [[1]], None, [1, 2]), "losses"),
        (([1], ["a"], [[-1]]), "a norm is negative"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(given: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        flow_of(*given)


ANYTHING = st.none() | st.floats() | st.integers() | st.text(max_size=3) | st.lists(st.none() | st.floats(), max_size=3)


def entries() -> Iterator[tuple[str, Any]]:
    for name in ("epoch", "loss", "gradient_norms", "weight_norms"):
        yield name, ANYTHING


@given(st.lists(st.fixed_dictionaries({}, optional=dict(entries())), max_size=4))
@example([{"epoch": 1, "gradient_norms": [None, 1.0], "weight_norms": [1, 2]}, {"epoch": 2, "loss": 1.0}])
@example([{"epoch": 10**40, "gradient_norms": [1.0, 1.0], "weight_norms": [1, 2]}])
def test_a_history_is_read_or_refused(history: list[dict[str, Any]]) -> None:
    try:
        found = flow_of_history(history, 2, "m")
    except UserError as error:
        assert "m: its history is damaged" in str(error)  # noqa: PT017 - it need not be raised
        return
    assert (found is None) == all("gradient_norms" not in entry for entry in history)
    if found is not None:
        json.dumps(found.to_json(), allow_nan=False)
        flow_to_text(found)


# the command line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(0)
    a, place = random.normal(size=60), tmp_path_factory.mktemp("flow")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        TableMLP(hidden_layer_sizes=(4, 3), max_iter=20).fit({"a": a, "y": a + 1}).save(place / "m")
    deep("logistic").save(place / "deep")
    (place / "t.csv").write_text("a,y\n0.5,1.5\n")
    return place


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def test_the_command_tells_the_flow(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "explain", folder / "m", "--view", "flow")
    history = load(folder / "m").history_
    row = re.search(r"^ *W2 +(.*)$", out, re.MULTILINE)
    assert row is not None
    assert row[1].split()[0] == f"{history[0]['gradient_norms'][1]:.4g}"
    made = json.loads(said(capsys, "explain", folder / "m", "--view", "flow", "--json"))
    assert made["gradient_norms"] == [entry["gradient_norms"] for entry in history if "gradient_norms" in entry]
    assert made["at"][-1] == 20
    assert "Gradients vanish" in said(capsys, "explain", folder / "deep")
    page = folder / "page.html"
    assert "open it in a browser" in said(capsys, "explain", folder / "m", "--view", "flow", "--out", page)
    assert "Gradients over the training" in page.read_text(encoding="utf-8")
    lines = said(capsys, "explain", folder / "m", "--view", "flow", "--json", "--out", page).splitlines()
    assert list(map(json.loads, lines)) == [made]
    said(capsys, "explain", folder / "m", f"{folder / 't.csv'}:2", "--out", page)
    assert '"flow":{"unit":"epoch"' in page.read_text(encoding="utf-8")
    assert "norms" not in said(capsys, "info", folder / "m")


@pytest.mark.parametrize(
    ("model", "views"),
    [
        ("m", ["backprop", "flow"]),
        ("deep", ["flow"]),
        (GOLDEN / "mlp-1", ["backprop"]),
        (GOLDEN / "mlp-classifier-1", []),
        (GOLDEN / "word2vec-1", ["nearness"]),
    ],
)
def test_views_are_listed(folder: Path, model: Any, views: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "explain", folder / model, "--list").splitlines()
    assert [line.split()[0] for line in lines] == views
    made = [json.loads(line) for line in said(capsys, "explain", folder / model, "--list", "--json").splitlines()]
    assert [f"{one['view']:<13}{one['shows']}" for one in made] == lines


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("{f}/m", "--view", "flwo"), "--view flwo: {f}/m has backprop, flow"),
        (("{f}/deep", "--view", "backprop"), "--view backprop: {f}/deep has flow"),
        (("{g}/word2vec-1", "--view", "flow"), "--view flow: {g}/word2vec-1 has nearness"),
        (("{g}/mlp-1", "--view", "flow"), "{g}/mlp-1: its history has no norms of gradients"),
        (("{g}/mlp-classifier-1",), "its history has no norms of gradients"),
        (("{f}/m",), "required: the row, FILE or FILE:LINE"),
        (("{g}/word2vec-1", "king"), "required: two words"),
        (("{f}/m", "{f}/t.csv", "--view", "flow"), "one argument too many"),
        (("{f}/m", "--view", "flow", "--out", "page.txt"), "the page is written as .html"),
        (("{f}/m", "--view", "flow", "--worksheet", "x.md"), "--worksheet is for --view backprop"),
        (("{f}/nowhere", "--list"), "{f}/nowhere: no such model folder or vectors file"),
    ],
)
def test_wrong_views(folder: Path, words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *(word.format(f=folder, g=GOLDEN) for word in words)]) == 2
    told = capsys.readouterr().err
    assert message.format(f=folder, g=GOLDEN) in told
    assert told.count("\n") == 1
