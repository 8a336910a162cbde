"""The page of back-propagation in a browser: stepping, numbers of units, the check, large nets."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from conftest import Open
from explain.traced import trained
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_page import write_page
from vec2seq.explain.mlptrace import Trace
from vec2seq.explain.tablerow import TableRow

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.fixture(scope="module")
def small() -> Trace:
    model, X, y = trained("three", max_iter=50)
    return replace(trace(model, X[:2], y[:2]), inputs=["height", "</script><script>throw 1</script>", "<i>weight</i>"])


@pytest.fixture
def page(small: Trace, tmp_path: Path, open_page: Open) -> Page:
    write_page(small, tmp_path / "backprop.html")
    return open_page(tmp_path / "backprop.html", viewport={"width": 1200, "height": 800})


def shown(number: float) -> str:
    """A number as the page writes it: four digits."""
    return json.dumps(float(f"{number:.4g}")).removesuffix(".0").replace("-", "−")


def numbers(page: Page, name: str) -> np.ndarray:
    """The table of this name."""
    cells = page.locator("figure", has=page.locator("h3", has_text=name)).locator("tbody td").all_inner_texts()
    return np.array([float(cell.replace("−", "-")) for cell in cells])


def test_arrows_step_through_all_numbers(page: Page, small: Trace) -> None:
    units = page.locator("svg.net .unit")
    assert page.locator("svg.net .edge").count() == 3 * 4 + 4 * 3 + 3 * 3
    assert units.count() == 3 + 4 + 3 + 3
    assert page.locator("svg.net .unit.empty").count() == 10
    page.keyboard.press("ArrowLeft")
    assert "step 1 of 9" in page.locator(".count").inner_text()
    seen = []
    for step in range(2, 10):
        page.keyboard.press("ArrowRight")
        assert f"step {step} of 9" in page.locator(".count").inner_text()
        seen.append(page.locator(".card h2").first.inner_text().split(":")[0])
        if step <= 4:
            layer = small.layers[step - 2]
            for name, array in {"W": layer.weights, "Z": layer.sums, "A": layer.values, "f′(Z": layer.slopes}.items():
                found = numbers(page, f"{name}{layer.number}")
                np.testing.assert_allclose(found[: array.size], array.ravel(), rtol=1e-3, atol=1e-12)
        elif 6 <= step <= 8:
            layer = small.layers[8 - step]
            for name, array in {"A": layer.arriving, "Z": layer.leaving, "W": layer.gradient}.items():
                found = numbers(page, f"dL/d{name}{layer.number}")
                np.testing.assert_allclose(found, array.ravel(), rtol=1e-3, atol=1e-12)
    for layer in small.layers:
        np.testing.assert_allclose(numbers(page, f"ΔW{layer.number}"), layer.update.ravel(), rtol=1e-3)
    assert seen == [
        *(f"Forward, layer {n}" for n in (1, 2, 3)), "The loss", *(f"Backward, layer {n}" for n in (3, 2, 1)), "Update",
    ]  # fmt: skip
    page.keyboard.press("ArrowRight")
    assert "step 9 of 9" in page.locator(".count").inner_text()
    assert f"from {shown(small.loss)} to {shown(small.loss_after)}" in page.locator(".card").first.inner_text()


def test_buttons_lead_to_the_phases(page: Page, small: Trace) -> None:
    for name, step in {"Update": 9, "Backward": 6, "Loss": 5, "Forward": 2}.items():
        page.get_by_role("button", name=name, exact=True).click()
        assert page.locator(".count").inner_text() == f"step {step} of 9"
        assert page.locator("button[aria-pressed=true]").all_inner_texts() == [name]
    page.get_by_role("button", name="Step on").click()
    page.get_by_role("button", name="Step on").click()
    page.get_by_role("button", name="Step back").click()
    assert page.locator(".count").inner_text() == "step 3 of 9"
    page.get_by_role("button", name="Loss", exact=True).click()
    assert f"L = {shown(small.loss)}" in page.locator(".card").first.inner_text()
    assert page.locator("text.target").all_text_contents() == ["y = 0", "y = 1", "y = 0"]


def test_a_unit_tells_its_formula_with_numbers(page: Page, small: Trace) -> None:
    layer, panel = small.layers[0], page.locator(".unit-formula")
    page.keyboard.press("ArrowRight")
    page.locator("svg.net .unit").nth(3 + 1).hover()
    assert "Layer 1, unit 2" in panel.inner_text()
    page.mouse.move(5, 5)
    assert "Layer 1, unit 1" in panel.inner_text()
    page.locator("svg.net .unit").nth(3 + 2).click()
    page.mouse.move(5, 5)
    text = panel.inner_text()
    assert "Layer 1, unit 3" in text
    found = re.search(r"z = (.*) = (\S+)\n", text)
    assert found is not None
    assert eval(found[1].replace("×", "*").replace("−", "-")) == pytest.approx(layer.sums[0, 2], abs=2e-3)
    assert found[2] == shown(layer.sums[0, 2])
    assert f"a = tanh({shown(layer.sums[0, 2])}) = {shown(layer.values[0, 2])}" in text
    assert f"f′(z) = {shown(layer.slopes[0, 2])}" in text
    page.locator("select").select_option("1")
    assert f"= {shown(layer.sums[1, 2])}" in panel.inner_text()
    page.get_by_role("button", name="Update", exact=True).click()
    unit = page.locator("svg.net .unit").nth(3 + 2)
    unit.focus()
    page.keyboard.press("Enter")
    row = panel.locator("tbody tr").nth(2).locator("th, td").all_inner_texts()
    weight, change = layer.weights[2, 2], layer.update[2, 2]
    assert row == ["<i>weight</i>", *map(shown, (weight, layer.gradient[2, 2], change, weight + change))]
    names = page.locator("svg.net .name").all_text_contents()
    assert names[:3] == ["height", "</script><script>throw …", "<i>weight</i>"]
    titles = page.locator("svg.net .unit title").all_text_contents()
    assert titles[:3] == small.inputs


def test_backward_formulas_have_their_numbers(page: Page, small: Trace) -> None:
    page.get_by_role("button", name="Backward", exact=True).click()
    output = small.layers[2]
    assert f"= {shown(output.leaving[0, 0])}" in page.locator(".unit-formula").inner_text()
    page.keyboard.press("ArrowRight")
    text = page.locator(".unit-formula").inner_text()
    found = re.search(r"dL/da = (.*) = (\S+)\n", text)
    assert found is not None
    assert eval(found[1].replace("×", "*").replace("−", "-")) == pytest.approx(small.layers[1].arriving[0, 0], abs=2e-3)
    assert found[2] == shown(small.layers[1].arriving[0, 0])


def test_the_check_is_a_table_and_tells_what_is_wrong(
    small: Trace, page: Page, tmp_path: Path, open_page: Open
) -> None:
    rows = page.locator("table.checks tbody tr")
    assert rows.count() == len(small.checks)
    assert page.locator(".verdict").inner_text() == "All 15 gradients agree."
    assert {row.split("\t")[-1] for row in rows.all_inner_texts()} == {"agrees"}
    zero = [one._replace(gradient=0.0, difference=0.0) for one in small.checks[:2]]
    write_page(replace(small, checks=[*zero, *small.checks[2:]]), tmp_path / "zero.html")
    told = open_page(tmp_path / "zero.html").locator(".verdict").inner_text()
    assert told == "All 15 gradients agree; 2 of them are 0 on both sides."
    wrong = [small.checks[0]._replace(agrees=False, error=0.5), *small.checks[1:]]
    write_page(replace(small, checks=wrong), tmp_path / "wrong.html")
    other = open_page(tmp_path / "wrong.html")
    assert other.locator(".verdict.wrong").inner_text() == "1 of 15 gradients do not agree."
    assert other.locator("tr.wrong").inner_text().split("\t")[-2:] == ["0.5", "does not agree"]


def test_gradient_norms_are_drawn_in_their_order(page: Page, small: Trace) -> None:
    for kind, name in {"circle": "leaving", "rect": "gradient"}.items():
        heights = [
            -float(box["y"]) for point in page.locator(f"svg.depth {kind}").all() if (box := point.bounding_box())
        ]
        norms = [float(np.linalg.norm(getattr(layer, name))) for layer in small.layers]
        assert np.argsort(heights).tolist() == np.argsort(norms).tolist()


def test_a_large_net_shows_histograms(tmp_path: Path, open_page: Open) -> None:
    model, X, y = trained("three", features=40, hidden_layer_sizes=(30, 20), activation="relu")
    found = trace(model, X, y)
    write_page(found, tmp_path / "large.html")
    page = open_page(tmp_path / "large.html")
    assert page.locator("svg.net").count() == 0
    assert page.locator(".chain b").all_inner_texts() == ["40", "30", "20", "3"]
    page.keyboard.press("ArrowRight")
    assert page.locator(".chain li.active b").inner_text() == "30"
    figures = page.locator("figure")
    assert figures.count() == 4
    zeros = int((found.layers[0].values == 0).sum())
    assert figures.nth(2).locator("dd").all_inner_texts()[-2:] == [
        shown(float(np.linalg.norm(found.layers[0].values))),
        str(zeros),
    ]
    titles = figures.first.locator("title").all_text_contents()
    assert sum(int(title.split(": ")[1].replace(",", "")) for title in titles) == found.layers[0].weights.size
    for _ in range(6):
        page.keyboard.press("ArrowRight")


def test_numbers_stand_on_the_edges_of_the_unit_that_is_looked_at(page: Page, small: Trace) -> None:
    page.keyboard.press("ArrowRight")
    incoming, outgoing = small.layers[0].weights[:-1], small.layers[1].weights[:-1]
    for unit in range(4):
        page.locator("svg.net .unit").nth(3 + unit).hover()
        labels = page.evaluate("""() => {
            const edges = [...document.querySelectorAll("svg.net .edge")].map(edge =>
                ["x1", "y1", "x2", "y2"].map(name => Number(edge.getAttribute(name))));
            const apart = (edge, x, y) => {
                const [x1, y1, x2, y2] = edge, along = (x - x1) / (x2 - x1);
                return along < 0 || along > 1 ? Infinity : Math.abs(y - y1 - along * (y2 - y1));
            };
            return [...document.querySelectorAll("svg.net text.number")].map(label => {
                const [x, y] = [Number(label.getAttribute("x")), Number(label.getAttribute("y")) - 4];
                const far = edges.map(edge => apart(edge, x, y)), box = label.getBoundingClientRect();
                return [label.textContent, far.indexOf(Math.min(...far)), box.left, box.right, box.top, box.bottom];
            });
        }""")
        found = {edge: text for text, edge, *_ in labels}
        expected = {4 * start + unit: weight for start, weight in enumerate(incoming[:, unit])}
        expected |= {12 + 3 * unit + end: weight for end, weight in enumerate(outgoing[unit])}
        assert found.keys() == expected.keys(), "a number is nearer to another edge"
        for edge, weight in expected.items():
            assert float(found[edge].replace("−", "-")) == pytest.approx(weight, rel=6e-3)
        for one, other in itertools.combinations(labels, 2):
            apart = one[3] <= other[2] or other[3] <= one[2] or one[5] <= other[4] or other[5] <= one[4]
            assert apart, "numbers lie over each other"


def test_a_large_net_shows_few_inputs_and_outputs_by_name(tmp_path: Path, open_page: Open) -> None:
    model, X, y = trained("three", hidden_layer_sizes=(100,))
    found = trace(model, X[:1], y[:1])
    write_page(replace(found, inputs=["height", "<i>width</i>", "c"]), tmp_path / "wide.html")
    page = open_page(tmp_path / "wide.html", **PHONE)
    ends = page.locator(".chain table")
    assert ends.count() == 2
    assert ends.first.locator("th").all_inner_texts() == ["height", "<i>width</i>", "c"]
    given = [shown(float(value)) for value in found.layers[0].incoming[0]]
    assert ends.first.locator("td").all_inner_texts() == given
    np.testing.assert_allclose(numbers(page, "A0"), found.layers[0].incoming.ravel(), rtol=1e-3)
    page.get_by_role("button", name="Loss", exact=True).tap()
    last, target = found.layers[-1], found.target[0]
    assert ends.last.locator("td").all_inner_texts() == [
        text
        for at in range(3)
        for text in (f"z {shown(last.sums[0, at])}", f"a {shown(last.values[0, at])}", f"y = {shown(target[at])}")
    ]
    np.testing.assert_allclose(numbers(page, "Y"), target, rtol=1e-3)
    assert page.locator("svg.histogram").count() == 0
    page.get_by_role("button", name="Backward", exact=True).tap()
    assert page.locator("svg.histogram").count() == 1  # dL/dW2 is large
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("kind", ["three", "two", "number"])
def test_the_box_has_the_row_and_the_answer(kind: str, small: Trace, tmp_path: Path, open_page: Open) -> None:
    row = TableRow(
        place="data/<b>t.csv:7", model="m", first_of=1500, cells={"a": "5.10", "<i>b</i>": None}, target="price",
        wanted="ham", output=-12.5 if kind == "number" else "yes", score=None if kind == "number" else 0.75,
        classes={"three": ["no", "yes", "may"], "two": ["no", "yes"], "number": []}[kind], temperature=0.5, mean=10.0,
        deviation=20.0, sums=[-1.125], layers=3,
    )  # fmt: skip
    write_page(replace(small, row=row), tmp_path / "page.html")
    page = open_page(tmp_path / "page.html", **PHONE)
    assert page.title() == "Back-propagation: <b>t.csv:7, model m"
    text = page.locator(".asked").inner_text()
    assert "The first of 1,500 rows" in text
    assert page.locator(".asked li").all_inner_texts() == ["a 5.10", "<i>b</i> missing"]
    assert page.locator(".asked b").all_inner_texts() == [
        "ham", "−12.5" if kind == "number" else "yes, probability 0.75",
    ]  # fmt: skip
    way = {
        "three": "by softmax(Z3 / 0.5): ", "two": "The probability of yes is 1 / (1 + exp(−Z3 / 0.5)): ",
        "number": "= −1.125 × 20 + 10: Z3 in its unit",
    }[kind]  # fmt: skip
    assert way in text
    page.locator("#language").tap()
    chinese = page.locator(".asked").inner_text()
    assert "predict 的回答" in chinese
    assert not re.search(r"undefined|NaN|null|\[object", text + chinese)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("target", ["number", "two", "several"])
def test_other_targets_and_a_net_without_hidden_layers(target: str, tmp_path: Path, open_page: Open) -> None:
    model, X, y = trained(target, hidden_layer_sizes=())
    write_page(trace(model, X[:1], y[:1]), tmp_path / "page.html", "zh")
    page = open_page(tmp_path / "page.html")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.locator(".count").inner_text() == "第 5 步，共 5 步"


def test_speaks_both_languages_where_it_stands_and_fits_a_phone(small: Trace, tmp_path: Path, open_page: Open) -> None:
    write_page(small, tmp_path / "page.html")
    page = open_page(tmp_path / "page.html", **PHONE)
    page.get_by_role("button", name="Backward", exact=True).tap()
    page.locator("svg.net .unit.active").nth(1).tap()
    english = page.locator("main").inner_text()
    page.locator("#language").tap()
    chinese = page.locator("main").inner_text()
    assert "Layer 3, egg" in english
    assert "第 3 层，egg" in chinese
    assert len(re.findall(r"\d\.\d{3}", english)) == len(re.findall(r"\d\.\d{3}", chinese))
    assert not re.search(r"undefined|NaN|\[object", english + chinese)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stage, unit = page.locator(".stage").bounding_box(), page.locator("svg.net .unit.active").first.bounding_box()
    assert stage is not None
    assert unit is not None
    assert stage["x"] <= unit["x"]
    assert unit["x"] + unit["width"] <= stage["x"] + stage["width"] + 1, "the layer of the step is not in view"
