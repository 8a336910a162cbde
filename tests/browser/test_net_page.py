"""The page of a PyTorch net in a browser: modules in their order, what came back, parameters with their checks."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Page
from torch import nn

from conftest import Open
from vec2seq.explain.backprop_torch import trace_torch
from vec2seq.explain.net_page import write_net_page
from vec2seq.explain.nettrace import NetTrace

PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def traced(net: nn.Module, *shape: int) -> NetTrace:
    rows = torch.randn(*shape)
    return trace_torch(net, nn.functional.cross_entropy, rows, torch.zeros(shape[0], dtype=torch.int64))


@pytest.fixture(scope="module")
def small() -> NetTrace:
    torch.manual_seed(0)
    return traced(nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2)), 6, 3)


@pytest.fixture
def page(small: NetTrace, tmp_path: Path, open_page: Open) -> Page:
    write_net_page(small, tmp_path / "net.html")
    return open_page(tmp_path / "net.html", viewport={"width": 1200, "height": 800})


def shown(number: float) -> str:
    return str(float(f"{number:.4g}")).removesuffix(".0").replace("-", "−")


def test_modules_are_in_the_order_they_ran_with_their_norms(page: Page, small: NetTrace) -> None:
    summaries = [" ".join(text.split()) for text in page.locator("summary").all_inner_texts()]
    expected = [
        f"{one.name or 'the net'} {one.kind} [{' × '.join(map(str, one.values.shape))}] "
        f"norm {shown(float(np.linalg.norm(one.values)))} gradient {shown(float(np.linalg.norm(one.arriving)))}"  # type: ignore[arg-type]
        for one in small.modules
    ]
    assert summaries == expected
    assert page.title() == "Back-propagation through a net: model Sequential"
    ticks = page.locator("svg.depth text").all_text_contents()
    assert ticks[-4:] == ["0", "1", "2", "module"]
    first = page.locator("details").first
    for which, array in enumerate((small.modules[0].values, small.modules[0].arriving)):
        assert array is not None
        bars = first.locator("svg.histogram").nth(which).locator("title").all_text_contents()
        assert sum(int(bar.split(": ")[1]) for bar in bars) == array.size


def test_each_parameter_stands_with_its_module_and_its_checks(page: Page, small: NetTrace) -> None:
    names = [page.locator("details").nth(at).locator("h3.parameter").all_inner_texts() for at in range(4)]
    assert [[name.split()[0] for name in own] for own in names] == [
        ["0.weight", "0.bias"],
        [],
        ["2.weight", "2.bias"],
        [],
    ]
    weight = small.parameters[0]
    assert weight.gradient is not None
    assert names[0][0] == f"0.weight [8 × 3], norm {shown(float(np.linalg.norm(weight.values)))}"
    norm = shown(float(np.linalg.norm(weight.gradient)))
    assert page.get_by_role("heading", name=f"Gradient (norm {norm})").count() == 1
    rows = page.locator("table.checks tbody tr")
    assert rows.count() == len(small.checks)
    assert rows.first.inner_text().split("\t")[0] == str(list(small.checks[0].place))
    assert page.locator(".verdict").inner_text() == f"All {len(small.checks)} gradients agree."


def test_what_does_not_agree_is_told(small: NetTrace, tmp_path: Path, open_page: Open) -> None:
    wrong = [small.checks[0]._replace(agrees=False), *small.checks[1:]]
    write_net_page(replace(small, checks=wrong), tmp_path / "wrong.html")
    page = open_page(tmp_path / "wrong.html")
    assert page.locator(".verdict.wrong").inner_text() == f"1 of {len(wrong)} gradients do not agree."
    assert page.locator("tr.wrong").count() == 1


def test_the_flow_over_depth_is_drawn_of_modules_that_compute(tmp_path: Path, open_page: Open) -> None:
    torch.manual_seed(1)
    block = [part for _ in range(5) for part in (nn.Linear(6, 6), nn.Sigmoid())]
    found = traced(nn.Sequential(nn.Sequential(*block), nn.Linear(6, 2)), 4, 6)
    write_net_page(found, tmp_path / "deep.html")
    page = open_page(tmp_path / "deep.html")
    own = [one for one in found.modules if one.name not in {"", "0"}]
    heights = [-float(box["y"]) for point in page.locator("svg.depth circle").all() if (box := point.bounding_box())]
    assert len(heights) == len(own) == 11
    norms = [float(np.linalg.norm(one.arriving)) for one in own if one.arriving is not None]
    assert np.argsort(heights).tolist() == np.argsort(norms).tolist()
    assert page.locator("svg.depth rect").count() == 6
    assert page.locator("details[open]").count() == 0
    page.locator("summary").nth(2).click()
    page.locator("#language").click()
    assert page.locator("details[open] b").all_inner_texts() == ["0.2"]


class Odd(nn.Module):
    """Modules that are called twice, are not used or are frozen; names that are markup."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({"</script><i>": nn.Linear(2, 2), "idle": nn.Linear(2, 2)})
        self.parts["idle"].requires_grad_(False)
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        once: torch.Tensor = self.parts["</script><i>"](rows)
        self.parts["idle"](once)
        found: torch.Tensor = self.parts["</script><i>"](once) * self.scale
        return found


def test_odd_nets_in_both_languages_on_a_phone(tmp_path: Path, open_page: Open) -> None:
    write_net_page(traced(Odd(), 3, 2), tmp_path / "odd.html", "zh")
    page = open_page(tmp_path / "odd.html", **PHONE, color_scheme="dark")
    assert page.locator("summary b").all_inner_texts() == [
        "parts.</script><i>", "parts.idle", "parts.</script><i>", "整个网络",
    ]  # fmt: skip
    for summary in page.locator("summary").all():
        summary.tap()
    chinese = page.locator("main").inner_text()
    assert "没有：损失不依赖于它。" in chinese
    assert "没有梯度：损失不依赖于它，或者它被冻结了。" in chinese
    page.locator("#language").tap()
    english = page.locator("main").inner_text()
    assert "None: the loss does not depend on it." in english
    assert len(re.findall(r"\d\.\d{3}", english)) == len(re.findall(r"\d\.\d{3}", chinese)) > 20
    assert not re.search(r"undefined|NaN|null|\[object", english + chinese)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
