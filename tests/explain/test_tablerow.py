"""A row as its file has it: what predict answers follows from the trace by the numbers that are told."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explain.traced import trained
from vec2seq import TableMLP, UserError
from vec2seq.cli import main
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_page import write_page
from vec2seq.explain.flow import flow_of
from vec2seq.explain.flow_page import write_flow_page
from vec2seq.explain.net_page import write_net_page
from vec2seq.explain.nettrace import NetTrace

KINDS = ("number", "two", "three")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three models, each with its table: KIND and KIND.csv."""
    random, place = np.random.default_rng(0), tmp_path_factory.mktemp("rows")
    a, b = random.normal(5, 2, 120).round(2), random.normal(size=120).round(2)
    c = a + b + random.normal(size=120)
    targets: dict[str, Any] = {
        "number": (1000 + 50 * c).round(1),
        "two": np.where(c > 5, "<b>yes", "no"),
        "three": np.array(["ham", "egg", "tea"])[(c > 4).astype(int) + (c > 6)],
    }
    for kind, target in targets.items():
        lines = [
            "a,b,when,y",
            *(f"{x},{y},{'' if x > 5 else 'late'},{t}" for x, y, t in zip(a, b, target, strict=True)),
        ]
        (place / f"{kind}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            TableMLP(hidden_layer_sizes=(3,), max_iter=30).fit(place / f"{kind}.csv").save(place / kind)
    return place


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
def test_what_predict_answers_follows_from_the_last_layer(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = folder / f"{kind}.csv"
    answers = said(capsys, "predict", folder / kind, table).splitlines()
    for line in (2, 41, 90):
        made = json.loads(said(capsys, "explain", folder / kind, f"{table}:{line}", "--json"))
        row, z = made["row"], np.array(made["layers"][-1]["sums"]["values"][0])
        np.testing.assert_allclose(row["sums"], z)
        if kind == "number":
            assert row["output"] == pytest.approx(z[0] * row["deviation"] + row["mean"], rel=1e-5)
            expected = f"{row['output']:.6g}"
        else:
            powers = np.exp((z if kind == "three" else np.array([0, z[0]])) / row["temperature"])
            assert row["score"] == pytest.approx(powers.max() / powers.sum(), rel=1e-5)
            assert row["output"] == row["classes"][powers.argmax()]
            assert row["temperature"] != 1
            expected = f"{row['output']}\t{row['score']:.6g}"
        assert answers[line - 2] == expected
        cells = table.read_text(encoding="utf-8").splitlines()[line - 1].split(",")
        assert [row["cells"][name] or "" for name in ("a", "b", "when")] + [row["wanted"]] == cells
        text = said(capsys, "explain", folder / kind, f"{table}:{line}").splitlines()
        assert f"row {table}:{line}, model {kind}: a {cells[0]}, b {cells[1]}, when " in text[0]
        assert text[0].endswith(f"; target y {cells[3]}")
        assert text[1].startswith("predict answers " + expected.replace("\t", " with probability "))
        for number in ("mean", "deviation") if kind == "number" else ("temperature",):
            assert f"the {number} {row[number]:.6g}" in text[1]


def test_of_a_file_the_first_row_is_taken_and_that_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, page, sheet = folder / "two.csv", folder / "page.html", folder / "sheet.md"
    text = said(capsys, "explain", folder / "two", table)
    assert f"{table}:2 (the first of 120 rows; FILE:LINE names another)" in text
    out = said(capsys, "explain", folder / "two", table, "--out", page, "--worksheet", sheet)
    assert out.count("the first row (FILE:LINE names another)") == 2
    assert "first" not in said(capsys, "explain", folder / "two", f"{table}:2").splitlines()[0]


@pytest.mark.parametrize(("language", "title"), [("en", ": two.csv:3, model two"), ("zh", "：two.csv:3，模型 two")])
def test_titles_name_row_and_model(language: str, title: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, sheet, flow = (folder / name for name in ("page.html", "sheet.html", "flow.html"))
    words = ("explain", folder / "two", f"{folder / 'two.csv'}:3", "--language", language)
    said(capsys, *words, "--out", page, "--worksheet", sheet)
    found = re.search("<title>(.*)</title>", page.read_text(encoding="utf-8"))
    assert found is not None
    assert found[1].endswith(title)
    assert "two.csv:3" in sheet.read_text(encoding="utf-8")
    said(capsys, "explain", folder / "two", "--view", "flow", "--out", flow, "--language", language)
    assert title[-4:] + "</title>" in flow.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--answers",), "--answers is for the exercise that --worksheet FILE writes"),
        (("--language", "zh"), "what is printed is English"),
        (("--corpus", "{f}/two.csv"), "--corpus is for word vectors, which {f}/two is not"),
        (("--count", "10"), "--count is for word vectors"),
        (("--window", "10"), "--window is for word vectors"),
        (("--encoding", "utf-8"), "--encoding is for word vectors"),
    ],
)
def test_options_without_a_use_are_refused(
    words: tuple[str, ...], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in ((f"{folder}/two.csv:2",), ("--view", "flow")):
        given = ["explain", f"{folder}/two", *row, *(word.format(f=folder) for word in words)]
        assert main(given) == 2
        told = capsys.readouterr().err
        assert message.format(f=folder) in told
        assert told.count("\n") == 1


def test_pages_are_written_as_html(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"x.txt: the page is written as .html"):
        write_flow_page(flow_of([1], ["a"], [[1.0]]), tmp_path / "x.txt")
    with pytest.raises(UserError, match=r"x.txt: the page is written as .html"):
        write_net_page(NetTrace(1.0, [], [], []), tmp_path / "x.txt")
    model, X, y = trained("number")
    followed = trace(model, X[:1], y[:1])
    with pytest.raises(UserError, match=r"x.txt: the page is written as .html"):
        write_page(followed, tmp_path / "x.txt")
    assert not (tmp_path / "x.txt").exists()


def test_a_row_without_a_target_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "open.csv").write_text("a,b,when,y\n1,2,late,\n", encoding="utf-8")
    assert main(["explain", str(folder / "two"), str(folder / "open.csv")]) == 2
    assert "target 'y' is missing" in capsys.readouterr().err
