"""Why a Classifier or a Tagger gives its answer to a text: all views of it, for page, terminal and JSON."""

from typing import Any

import numpy as np
import torch

from vec2seq.engine.eager import evaluating
from vec2seq.errors import UserError
from vec2seq.explain.attribution import (
    ScaledProbe,
    completeness_error,
    faithfulness_of_all,
    gradient_times_input,
    integrated_gradients,
    occlusion,
)
from vec2seq.explain.functions import Floats
from vec2seq.explain.keywords import keywords
from vec2seq.explain.probe_classify import ClassifierProbe
from vec2seq.explain.probe_tag import TaggerProbe
from vec2seq.explain.textview import UNITS, Answer, Gates, Method, TextExplanation, Token
from vec2seq.nn.rnn import Recurrent
from vec2seq.nn.transformer import Transformer, attention_maps
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.tag import Tagger
from vec2seq.tasks.tag_data import plain

LONGEST = 600
"""Words of a text that is explained: each is left out once."""
Model = Classifier | Tagger


def explanation_of(
    model: Model,
    text: str,
    name: str,
    label: str | None = None,
    token: int | None = None,
    top: int = 10,
    seed: int = 1,
) -> TextExplanation:
    """Explain the answer to a text; ``name``: the model's.

    ``label``: which answer, by default the one that is given. ``token``: of a Tagger, whose label, from 0; by default
    the first that is in a span. UserError for a text without words or with too many, for what the model does not know,
    and for a model that was exported.
    """
    if not hasattr(model, "net_"):
        raise UserError(
            f"{name}: exported for ONNX Runtime, which tells no gradients", "explain the model it is made of"
        )
    answer = next(iter(model.answers([text])))
    tokens = _tokens(model, text, answer)
    if not tokens:
        raise UserError("the text has no words: there is nothing to explain")
    if len(tokens) > LONGEST:
        raise UserError(f"the text has {len(tokens):,} words, more than {LONGEST}", "explain a part of it")
    words = [one.text for one in tokens]
    if isinstance(model, Classifier):
        if token is not None:
            raise UserError("a classifier labels the whole text: no token can be chosen")
        label = _checked(label, model.labels_) or max(answer["probabilities"], key=answer["probabilities"].get)
        probe: Any = ClassifierProbe(model, words, label)
        answers = [Answer(each, p, each == label) for each, p in answer["probabilities"].items()]
    else:
        token = _token(answer["tokens"], token)
        given, learnt = answer["tokens"][token]["label"], model.labels_of(words)[token]  # PER: B-PER and S-PER
        asked = (None if label == given else _checked(label, model.labels_)) or learnt
        probe = TaggerProbe(model, words, asked, token)
        label = given if asked == learnt else asked
        answers = [Answer(one["label"], one["score"], at == token) for at, one in enumerate(answer["tokens"])]
    maps, gates = _inside(model, words)
    attention = None if maps is None else maps[-1].mean(0)
    looked_at = None if attention is None else (attention[token] if token is not None else attention.mean(0))
    methods = _methods(probe, looked_at, seed)
    weighed: dict[str, Floats] = {each.name: each.weights for each in methods}
    listed: dict[str, Floats] = {name: weighed[name] for name in ("attention", "occlusion") if name in weighed}
    return TextExplanation(
        task="classify" if isinstance(model, Classifier) else "tag",
        model=name,
        text=text,
        tokens=tokens,
        answers=answers,
        label=label,
        token=token,
        methods=methods,
        attention=maps,
        gates=gates,
        keywords=keywords(probe, {**listed, "TF-IDF": _tfidf(model, words)}, top, seed),
    )


def _methods(probe: ScaledProbe, looked_at: Floats | None, seed: int) -> list[Method]:
    """What each method says, and how faithful it is."""
    weights: dict[Any, Floats] = {
        "occlusion": occlusion(probe),
        "integrated gradients": integrated_gradients(probe),
        "gradient x input": gradient_times_input(probe),
    }
    if looked_at is not None:
        weights["attention"] = looked_at
    checked = faithfulness_of_all(probe, weights, seed)
    error = completeness_error(probe, weights["integrated gradients"])
    return [
        Method(name, values, checked[name], error if name == "integrated gradients" else None)
        for name, values in weights.items()
    ]


def _tokens(model: Model, text: str, answer: dict[str, Any]) -> list[Token]:
    """The tokens that the model reads, and where they stand."""
    if isinstance(model, Tagger):
        return [Token(one["text"], one["start"], one["end"]) for one in answer["tokens"]]
    found, place, whole = [], 0, text.lower() if model.lower else text
    for word in model.tokens_of(text):
        start = whole.find(word, place)
        end = start + len(word)
        if start < 0 or len(whole) != len(text):  # lower case can be longer
            start = end = place
        found.append(Token(word, start, end))
        place = end
    return found


def _checked(label: str | None, labels: list[str]) -> str | None:
    if label is not None and label not in labels:
        raise UserError(f"the model has no label {label!r}; it has {' '.join(labels)[:300]}")
    return label


def _token(tokens: list[dict[str, Any]], token: int | None) -> int:
    if token is None:
        return next((at for at, one in enumerate(tokens) if one["label"] != "O"), 0)
    if not 0 <= token < len(tokens):
        raise UserError(f"token {token + 1}: the text has {len(tokens)}")
    return token


def _inside(model: Model, words: list[str]) -> tuple[Floats | None, list[Gates] | None]:
    """Attention [layers, heads, T, T], or the gates of LSTM layers; None for what the encoder has not."""
    encoder, x, mask = _encoded(model, words)
    with evaluating(encoder), torch.no_grad():
        if isinstance(encoder, Transformer):
            return attention_maps(encoder, x, mask)[:, 0].double().numpy(), None
        if not isinstance(encoder, Recurrent) or model.encoder != "lstm":
            return None, None
        return None, [
            Gates(number, "backward" if back else "forward", *(part[0, :, :UNITS].double().numpy() for part in four))
            for number, both in enumerate(encoder.gates(x, mask))
            for back, gates in enumerate(both)
            for four in [(gates.input, gates.forget, gates.output, gates.cell)]
        ]


def _encoded(model: Model, words: list[str]) -> tuple[Any, torch.Tensor, torch.Tensor]:
    """The encoder of a net, and what comes into it for one text: x [1,T,D], mask [1,T]."""
    seen: list[Any] = []
    net = model.net_
    hook = net.encoder.register_forward_pre_hook(lambda module, given: seen.extend(given))
    try:
        model.logits_of([words]) if isinstance(model, Classifier) else model.emissions_of([words])
    finally:
        hook.remove()
    x, mask = seen
    return net.encoder, x.clone(), mask.clone()


def _tfidf(model: Model, words: list[str]) -> Floats:
    """Of each token the part of its word's TF-IDF, by how rare the word was among all words of the training.

    Differs from Sparck Jones (1972): a model keeps counts of words, not of texts that have them.
    """
    vocab = model.vocab_
    ids = [vocab.ids.get(plain(word) if isinstance(model, Tagger) else word) for word in words]
    counts = np.array([0 if number is None else vocab.counts[number] for number in ids], float)
    found: Floats = np.log((vocab.counts.sum() + 1) / (counts + 1)) / len(words)
    return found
