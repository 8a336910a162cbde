"""Explanations of a small made model, to be shown."""

from typing import Any

import numpy as np

from explain.probes import CurvedProbe, made_text
from vec2seq.explain.attribution import (
    completeness_error,
    faithfulness_of_all,
    gradient_times_input,
    integrated_gradients,
    occlusion,
)
from vec2seq.explain.functions import Floats
from vec2seq.explain.keywords import keywords
from vec2seq.explain.textview import Answer, Gates, Method, TextExplanation, Token


def placed(words: list[str], joint: str = " ") -> tuple[str, list[Token]]:
    """A text of these words, and where they are in it."""
    text, tokens = "", []
    for word in words:
        text += joint if text and word not in "。，.," else ""
        tokens.append(Token(word, len(text), len(text) + len(word)))
        text += word
    return text, tokens


def softmax(x: Floats) -> Floats:
    found = np.exp(x - x.max(-1, keepdims=True))
    return found / found.sum(-1, keepdims=True)


def attention_of(tokens: int, layers: int = 2, heads: int = 4, seed: int = 0) -> Floats:
    """Heads that look to the left, to the right, at themselves, and at one token."""
    at, random = np.arange(tokens), np.random.default_rng(seed)
    found = random.standard_normal((layers, heads, tokens, tokens))
    for head in range(heads):
        near = -np.abs(at[None, :] - at[:, None] - [-1, 1, 0, 0][head % 4])
        found[:, head] += 4 * (at == tokens // 2) if head % 4 == 3 else near
    return softmax(found)


def gates_of(tokens: int, units: int = 12, layers: int = 1, seed: int = 0) -> list[Gates]:
    """Of both directions."""
    random = np.random.default_rng(seed)
    found = []
    for layer in range(layers):
        for direction in ("forward", "backward"):
            walk = random.standard_normal((4, tokens, units)).cumsum(1) / 2
            inside, forget, output = 1 / (1 + np.exp(-walk[:3]))
            found.append(Gates(layer, direction, inside, forget, output, walk[3]))  # type: ignore[arg-type]
    return found


def made(words: list[str] | None = None, seed: int = 5, joint: str = " ", **parts: Any) -> TextExplanation:
    """Of a review; ``parts`` are put in the places of its own."""
    words = words or made_text(19)
    text, tokens = placed(words, joint)
    probe = CurvedProbe(words, seed)
    attention = attention_of(len(words))
    looked = attention[-1].mean((0, 1))
    weights = {
        "gradient x input": gradient_times_input(probe),
        "integrated gradients": integrated_gradients(probe),
        "occlusion": occlusion(probe),
        "attention": looked,
    }
    listed = {name: weights[name] for name in ("attention", "occlusion")} | {"TF-IDF": np.linspace(0, 1, len(words))}
    checks = faithfulness_of_all(probe, weights, 1)
    errors = {"integrated gradients": completeness_error(probe, weights["integrated gradients"])}
    whole: dict[str, Any] = {
        "task": "classify",
        "model": "reviews",
        "text": text,
        "tokens": tokens,
        "answers": [Answer("positive", 0.81, True), Answer("negative", 0.15), Answer("neither", 0.04)],
        "label": "positive",
        "methods": [Method(name, w, checks[name], errors.get(name)) for name, w in weights.items()],  # type: ignore[arg-type]
        "attention": attention,
        "gates": gates_of(len(words)),
        "keywords": keywords(probe, listed, 4, 2),
    }
    return TextExplanation(**whole | parts)


def tagged(words: list[str] | None = None) -> TextExplanation:
    """Of names in a sentence, the label of the second token explained."""
    words = words or ["Ada", "Lovelace", "wrote", "to", "Charles", "Babbage", "in", "London", "."]
    labels = ["B-PER", "I-PER", "O", "O", "B-PER", "I-PER", "O", "B-LOC", "O"]
    answers = [Answer(labels[at % 9], 0.9 - 0.05 * (at % 9), at == 1) for at in range(len(words))]
    return made(
        words, task="tag", model="names", answers=answers, label="I-PER", token=1, attention=None, keywords=None
    )
