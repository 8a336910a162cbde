"""The page of gradients over a training in a browser: plots, the slider, tabs, both languages, a phone."""

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from conftest import Open
from explain.traced import trained
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_page import write_page
from vec2seq.explain.flow import Flow, flow_of
from vec2seq.explain.flow_page import write_flow_page

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
AT = [1, 2, 3, 4, 8, 16, 32, 64]


def made(layers: int = 4, low: float = 0.05) -> Flow:
    """Each layer has a share of the gradient of the next, and all fall with the epochs."""
    shares = low ** np.arange(layers - 1, -1, -1.0)
    norms = shares * np.linspace(2, 0.3, len(AT))[:, None]
    return flow_of(AT, [f"W{n + 1}" for n in range(layers)], norms, 1 + norms, np.linspace(1, 0.1, len(AT)))


@pytest.fixture
def page(tmp_path: Path, open_page: Open) -> Page:
    write_flow_page(made(), tmp_path / "flow.html")
    return open_page(tmp_path / "flow.html", viewport={"width": 1200, "height": 800})


def heights(page: Page, points: str) -> list[float]:
    """How far up the points are."""
    return [-float(box["y"]) for point in page.locator(points).all() if (box := point.bounding_box())]


def titles(page: Page, points: str) -> list[str]:
    return page.locator(f"{points} title").all_text_contents()


def test_lines_are_in_the_order_of_the_norms(page: Page) -> None:
    flow = made()
    for layer in range(4):
        found = heights(page, f"svg.over circle.k{layer}")
        assert np.argsort(found).tolist() == np.argsort(flow.gradients[:, layer]).tolist()
        assert titles(page, f"svg.over circle.k{layer}")[4].startswith(f"W{layer + 1}, epoch 8: ")
    steps = np.diff(heights(page, "svg.layers circle.now"))
    np.testing.assert_allclose(steps, steps[0], atol=1)  # a constant factor is a straight line
    assert steps[0] > 20
    assert page.locator(".legend").first.locator("li").all_inner_texts() == ["W1", "W2", "W3", "W4"]
    assert page.locator(".verdict.wrong").inner_text() == (
        "Gradients vanish: the norm of W1 is 1.25\u00a0×\u00a010⁻⁴ times that of W4."
    )


def test_the_slider_chooses_the_epoch(page: Page) -> None:
    before, mark = heights(page, "svg.layers circle.now"), page.locator("svg.over .mark")
    assert page.locator(".told").inner_text() == "epoch 64, loss 0.1"
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    places = [mark.get_attribute("x1")]
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
        places.append(mark.get_attribute("x1"))
    assert len(set(places)) == 4
    assert page.locator(".told").inner_text() == f"epoch 8, loss {json.dumps(round(1 - 0.9 * 4 / 7, 4))}"
    expect(slider).to_have_attribute("aria-valuetext", page.locator(".told").inner_text())
    assert all(now > then for now, then in zip(heights(page, "svg.layers circle.now"), before, strict=True))
    assert all(title.split(", ")[1].startswith("epoch 8:") for title in titles(page, "svg.layers circle.now"))
    page.locator("#language").click()
    assert page.locator(".told").inner_text().startswith("第 8 轮，损失")


def test_each_line_over_the_layers_is_drawn_once(page: Page) -> None:
    legend, lines = page.locator(".legend").last.locator("li"), page.locator("svg.layers path.series")
    slider = page.get_by_role("slider", name="Epoch")
    slider.focus()
    seen = {
        "End": ["epoch 1", "epoch 64, chosen"], "ArrowLeft": ["epoch 1", "epoch 64", "epoch 32, chosen"],
        "Home": ["epoch 64", "epoch 1, chosen"],
    }  # fmt: skip
    for key, names in seen.items():
        page.keyboard.press(key)
        assert legend.all_inner_texts() == names
        assert lines.count() == len({line.get_attribute("d") for line in lines.all()}) == len(names)


def test_tabs_show_weights_and_the_loss(page: Page) -> None:
    page.get_by_role("button", name="Weights").click()
    assert page.locator("button[aria-pressed=true]").all_inner_texts() == ["Weights"]
    assert titles(page, "svg.over circle.k3")[0] == "W4, epoch 1: 3"
    page.get_by_role("button", name="Loss").click()
    assert titles(page, "svg.over circle")[0] == "Loss, epoch 1: 1"
    assert page.locator("svg.over path.series").count() == 1


def test_the_table_has_first_middle_and_last(page: Page) -> None:
    head = page.locator("table.norms thead th").all_inner_texts()
    assert head == ["", "epoch 1", "epoch 8", "epoch 64", "last / layer above", "norm of weights, last"]
    assert page.locator("table.norms tbody tr").nth(2).locator("td").all_inner_texts() == [
        "0.1", "0.05143", "0.015", "0.05", "1.015",
    ]  # fmt: skip


def test_flows_without_weights_of_steps_of_many_layers_and_of_one(tmp_path: Path, open_page: Open) -> None:
    norms = np.ones((2, 20))
    norms[1, 3] = np.nan
    write_flow_page(flow_of([10, 300], [f"layer {n}" for n in range(20)], norms, unit="step"), tmp_path / "many.html")
    page = open_page(tmp_path / "many.html")
    assert page.locator(".verdict.wrong").inner_text() == "Gradients explode: layer 3 at step 300."
    assert page.locator(".tabs button").all_inner_texts() == ["Gradients"]
    legend = page.locator(".legend").first.locator("li").all_inner_texts()
    assert (len(legend), legend[0], legend[-1]) == (12, "layer 0", "layer 19")
    colors = page.locator("svg.over path.series").evaluate_all("all => all.map(one => getComputedStyle(one).stroke)")
    assert len(set(colors)) == 20
    boxes = [box for text in page.locator("svg.layers text").all() if (box := text.bounding_box())]
    row = sorted((box["x"], box["width"]) for box in boxes if abs(box["y"] - boxes[-2]["y"]) < 2)
    assert len(row) > 3
    assert all(x + width <= other for (x, width), (other, _) in itertools.pairwise(row)), "labels overlap"
    write_flow_page(flow_of([1], ["W1"], [[0.0]]), tmp_path / "one.html", "zh")
    assert open_page(tmp_path / "one.html").locator(".verdict").inner_text() == "所有梯度都是 0：什么也学不到。"


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_speaks_both_languages_and_fits_a_phone(colors: str, tmp_path: Path, open_page: Open) -> None:
    write_flow_page(made(7, 0.3), tmp_path / "flow.html")
    page = open_page(tmp_path / "flow.html", **PHONE, color_scheme=colors)
    english = page.locator("main").inner_text()
    page.locator("#language").tap()
    chinese = page.locator("main").inner_text()
    assert "the norm of the gradient of each of its 7 layers was noted at 8 epochs" in english
    assert "在 8 轮记下了 7 层中每一层梯度的范数" in chinese
    assert len(re.findall(r"\d\.\d{2}", english)) == len(re.findall(r"\d\.\d{2}", chinese))
    assert not re.search(r"undefined|NaN|null|\[object", english + chinese)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for plot in page.locator("svg.plot").all():
        frame = plot.bounding_box()
        assert frame is not None
        for text in plot.locator("text").all():
            box = text.bounding_box()
            assert box is not None
            assert frame["x"] - 1 <= box["x"], "a label is cut off"
            assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1, "a label is cut off"


def test_the_page_of_a_row_has_it_too(tmp_path: Path, open_page: Open) -> None:
    model, X, y = trained("three")
    found = replace(trace(model, X[:1], y[:1]), inputs=["a", "b", "c"])
    write_page(found, tmp_path / "row.html", flow=made(3))
    page = open_page(tmp_path / "row.html")
    assert page.locator(".flow h2").inner_text() == "Gradients over the training"
    assert page.locator("svg.over circle").count() == 3 * len(AT)
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".told").inner_text().startswith("epoch 32")
    assert "step 1 of 9" in page.locator(".count").inner_text()
    page.locator("#language").click()
    assert page.locator(".told").inner_text().startswith("第 32 轮")
    write_page(found, tmp_path / "plain.html")
    assert open_page(tmp_path / "plain.html").locator(".flow").count() == 0
