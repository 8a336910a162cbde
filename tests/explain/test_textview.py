"""An explanation fits together, and JSON has it all."""

import json

import numpy as np
import pytest

from explain.textviews import attention_of, gates_of, made, tagged
from vec2seq.explain.textview import Gates, Method


def test_json_has_the_shape_that_is_promised() -> None:
    found = made()
    told = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert {
        "task",
        "model",
        "text",
        "tokens",
        "answers",
        "explained",
        "methods",
        "attention",
        "gates",
        "keywords",
    } < set(told)
    assert told["explained"] == {"label": "positive", "token": None}
    assert [method["name"] for method in told["methods"]] == [
        "gradient x input", "integrated gradients", "occlusion", "attention",
    ]  # fmt: skip
    assert all(len(method["weights"]) == 19 for method in told["methods"])
    assert told["methods"][0]["faithfulness"]["verdict"].endswith("better than random order")
    np.testing.assert_allclose(told["attention"]["weights"], attention_of(19))
    np.testing.assert_allclose(told["gates"][1]["forget"], gates_of(19)[1].forget)
    assert told["tokens"][1] == {"text": "plot", "start": 4, "end": 8}
    assert "".join(found.text[token.start : token.end] for token in found.tokens) == found.text.replace(" ", "")
    assert tagged().to_json()["explained"] == {"label": "I-PER", "token": 1}
    assert tagged().to_json()["attention"] is None


def test_parts_that_do_not_fit_are_refused() -> None:
    zeros = np.zeros((19, 3))
    for parts, message in (
        ({"methods": [Method("occlusion", np.zeros(4))]}, r"occlusion: weights \[4\] of 19"),
        ({"attention": np.zeros((1, 2, 19, 18))}, r"attention \[1, 2, 19, 18\]"),
        ({"gates": [Gates(0, "forward", zeros, zeros, zeros, zeros[:, :2])]}, "gates of layer 0"),
        ({"gates": gates_of(19, units=33)}, "gates of layer 0"),
        ({"task": "tag"}, "tag: 3 answers to 19 tokens"),
        ({"tokens": []}, "without tokens"),
    ):
        with pytest.raises(ValueError, match=message):
            made(**parts)  # type: ignore[arg-type]
