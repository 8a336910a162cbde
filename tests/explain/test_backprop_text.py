"""Traces as text: the numbers are those of the trace, large arrays are told by how they lie."""

import re
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from explain.traced import trained
from vec2seq.explain.backprop import trace
from vec2seq.explain.backprop_text import net_to_text, to_text
from vec2seq.explain.backprop_torch import trace_torch


def numbers_after(text: str, head: str) -> np.ndarray:
    """The indented numbers below the first line that begins so."""
    block = re.search(rf"^ *{re.escape(head)}.*\n((?: {{4}}[-+.\de ]+(?:\n|$))+)", text, re.MULTILINE)
    assert block is not None, head
    return np.array(block[1].split(), float)


def test_a_small_net_has_all_its_numbers() -> None:
    model, X, y = trained("three", activation="relu")
    found = trace(model, X[:2], y[:2])
    text = to_text(found)
    for layer in found.layers:
        n = layer.number
        for head, array in {
            f"W{n}, the last": layer.weights, f"Z{n} [": layer.sums, f"A{n} [": layer.values, f"f'(Z{n})": layer.slopes,
            f"dL/dA{n} arrives": layer.arriving, f"dL/dZ{n} leaves": layer.leaving, f"dL/dW{n} [": layer.gradient,
            f"W{n} changes by": layer.update,
        }.items():  # fmt: skip
            np.testing.assert_allclose(numbers_after(text, head), array.ravel(), rtol=1e-3, err_msg=head)
    for part in ("-> 4 -> 3 -> 3 units", f"L = {found.loss:.6g}", "all 15 agree", "A1 = max(Z1, 0)", "Z3 = [A2, 1] W3"):
        assert part in text
    assert "-0 " not in text
    assert max(map(len, text.splitlines())) < 130


def test_a_large_layer_is_told_by_how_its_numbers_lie() -> None:
    model, X, y = trained("three", features=40, hidden_layer_sizes=(30,))
    found = trace(model, X[:1], y[:1])
    text, weights = to_text(found), found.layers[0].weights
    line, bars = re.search(r"W1, .*\n(.*)\n(.*)", text).groups()  # type: ignore[union-attr]
    mean, norm = weights.mean(), np.linalg.norm(weights)
    assert f"min {weights.min():.4g}  mean {mean:.4g}  max {weights.max():.4g}  norm {norm:.4g}" in line
    assert sum(map(int, bars.split("counts")[1].split())) == weights.size
    assert len(text.splitlines()) < 200


def test_what_does_not_agree_is_told() -> None:
    model, X, y = trained("number")
    found = trace(model, X[:1], y[:1])
    wrong = [found.checks[0]._replace(agrees=False), *found.checks[1:]]
    assert "1 of 15 DO NOT AGREE" in to_text(replace(found, checks=wrong)).replace(str(len(wrong)), "15")


def test_names_cannot_move_the_cursor() -> None:
    model, X, y = trained("three")
    assert "\x1b" not in to_text(replace(trace(model, X[:1], y[:1]), inputs=["\x1b[2J", "a", "b"]))


def test_a_pytorch_net_has_a_line_for_each_module_and_parameter() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    found = trace_torch(net, lambda given, target: (given - target).pow(2).mean(), torch.ones(5, 3), torch.ones(5, 2))
    text = net_to_text(found)
    gradient = found.parameters[2].gradient
    assert gradient is not None
    line = next(line for line in text.splitlines() if line.startswith("2.weight "))
    assert line.split()[-1] == f"{np.linalg.norm(gradient):.4g}"
    assert [line.split("  ")[0] for line in text.splitlines()[1:5]] == [
        "0 (Linear)",
        "1 (Tanh)",
        "2 (Linear)",
        "the net (Sequential)",
    ]
    assert "all 11 agree" in text
