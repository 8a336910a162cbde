"""Why a trained Classifier or Tagger answers so: the planted word is found, sums add up, nothing is left to chance."""

import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vec2seq.cli import main
from vec2seq.errors import UserError
from vec2seq.explain.attribution import completeness_error, integrated_gradients, occlusion
from vec2seq.explain.probe_classify import ClassifierProbe
from vec2seq.explain.probe_tag import TaggerProbe
from vec2seq.explain.textmodel import explanation_of
from vec2seq.explain.textview import UNITS
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.tag import Tagger

pytestmark = pytest.mark.filterwarnings("ignore:the input tells the answer:UserWarning", "ignore:it learns:UserWarning")
ENCODERS = ("mean", "cnn", "rnn", "lstm", "attention")
TEXT = "we met there and it was good again today"


def texts(seed: int) -> tuple[list[str], list[str]]:
    random = np.random.default_rng(seed)
    fillers = [
        "we",
        "met",
        "there",
        "and",
        "it",
        "was",
        "again",
        "today",
        "so",
        "they",
        "saw",
        "a",
        "long",
        "old",
        "street",
    ]
    X, y = [], []
    for number in range(240):
        words = random.choice(fillers, 8).tolist()
        words[random.integers(8)] = ("good", "bad")[number % 2]
        X.append(" ".join(words))
        y.append(("pos", "neg")[number % 2])
    return X, y


@cache
def classifier(encoder: Any) -> Classifier:
    how: dict[str, Any] = {"mean": {"char_ngrams": 3}, "attention": {"heads": 2}}.get(encoder, {})
    return Classifier(encoder=encoder, width=16, dropout=0.1, epochs=12, lr=0.01, threads=1, **how).fit(*texts(1))


@cache
def tagger() -> Tagger:
    X = [text.split() for text in texts(2)[0]]
    y = [["B-X" if word in ("good", "bad") else "O" for word in words] for words in X]
    return Tagger(width=16, word_width=8, char_width=8, dropout=0.1, epochs=10, lr=0.02, threads=1).fit(X, y)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_word_that_tells_the_label_weighs_most(encoder: str) -> None:
    found = explanation_of(classifier(encoder), TEXT, "toy")
    assert found.label == "pos"
    assert [found.text[token.start : token.end] for token in found.tokens] == TEXT.split()
    place = TEXT.split().index("good")
    for method in found.methods:
        if method.name != "attention":
            assert int(method.weights.argmax()) == place, method.name
            assert method.faithfulness is not None
            assert method.faithfulness.better > 0
    assert found.keywords is not None
    by_occlusion = next(words for words in found.keywords.lists if words.name == "occlusion")
    assert by_occlusion.words[0].text == "good"


@pytest.mark.parametrize("encoder", ENCODERS)
def test_integrated_gradients_add_up_to_the_change_of_the_score(encoder: str) -> None:
    probe = ClassifierProbe(classifier(encoder), TEXT.split(), "pos")
    weights = integrated_gradients(probe)
    change = float(np.diff(probe.scaled(np.array([0.0, 1.0])))[0])
    assert abs(completeness_error(probe, weights)) < 0.02 * max(abs(change), 1)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_word_is_left_out_as_in_another_text(encoder: str) -> None:
    """Of a bag what is before it and what is after it stay: words that would meet make no new pair."""
    model, words = classifier(encoder), TEXT.split()
    probe = ClassifierProbe(model, words, "pos")
    whole = model.logits_of([words])
    if encoder == "mean":
        ids = torch.from_numpy(model.inputs(_read([words[:6], words[7:]])).values.astype(np.int64))[None]
        with torch.no_grad():
            without = model.net_(ids, torch.ones_like(ids, dtype=torch.bool)).double().numpy()
    else:
        without = model.logits_of([[*words[:6], "\ufffd", *words[7:]]])
    both = np.concatenate([whole, without])
    place = model.labels_.index("pos")
    drop = np.diff(both[:, 1 - place] - both[:, place])[0]
    assert occlusion(probe)[6] == pytest.approx(drop, rel=1e-6, abs=1e-6)


def test_what_runs_of_words_add_is_dealt_out_to_their_words() -> None:
    probe = ClassifierProbe(classifier("mean"), TEXT.split(), "pos")
    shares = probe._shares()
    bag = classifier("mean").inputs(_read([TEXT.split()]))[0]
    assert shares.shape == (len(bag), len(TEXT.split()))
    np.testing.assert_allclose(shares.sum(1), 1)


def _read(words: list[list[str]]) -> Any:
    from vec2seq.data.texts import Texts

    return Texts.read(words)


def test_attention_and_gates_are_those_of_the_encoder() -> None:
    maps = explanation_of(classifier("attention"), TEXT, "toy").attention
    assert maps is not None
    assert maps.shape == (1, 2, 9, 9)
    np.testing.assert_allclose(maps.sum(-1), 1, atol=1e-5)
    gates = explanation_of(classifier("lstm"), TEXT, "toy").gates
    assert gates is not None
    assert [(one.layer, one.direction) for one in gates] == [(0, "forward"), (0, "backward")]
    assert all(part.shape == (9, min(8, UNITS)) for one in gates for part in (one.input, one.forget, one.cell))
    assert all(((part >= 0) & (part <= 1)).all() for one in gates for part in (one.input, one.forget, one.output))
    plain = explanation_of(classifier("cnn"), TEXT, "toy")
    assert plain.attention is None
    assert plain.gates is None


def test_a_label_of_a_token_is_explained() -> None:
    found = explanation_of(tagger(), TEXT, "toy")
    assert (found.label, found.token) == ("B-X", 6)  # as the data have it; S-X is what is learnt
    assert explanation_of(tagger(), TEXT, "toy", label="B-X", token=6).methods[0].weights.tolist() == (
        found.methods[0].weights.tolist()
    )
    assert int(found.methods[0].weights.argmax()) == 6
    other = explanation_of(tagger(), TEXT, "toy", label="O", token=0)
    assert (other.label, other.token) == ("O", 0)
    probe = TaggerProbe(tagger(), TEXT.split(), "S-X", 6)
    assert abs(completeness_error(probe, integrated_gradients(probe, 256))) < 0.05


def test_it_is_the_same_every_time() -> None:
    first, second = (explanation_of(classifier("lstm"), TEXT, "toy").to_json() for _ in range(2))
    assert first == second


def test_what_cannot_be_explained(tmp_path: Path) -> None:
    model = classifier("cnn")
    with pytest.raises(UserError, match=r"^the text has no words"):
        explanation_of(model, " ", "toy")
    with pytest.raises(UserError, match=r"^the text has 601 words, more than 600; explain a part of it"):
        explanation_of(model, "a " * 601, "toy")
    with pytest.raises(UserError, match=r"^the model has no label 'x'; it has neg pos"):
        explanation_of(model, TEXT, "toy", label="x")
    with pytest.raises(UserError, match=r"^a classifier labels the whole text"):
        explanation_of(model, TEXT, "toy", token=0)
    with pytest.raises(UserError, match=r"^token 10: the text has 9"):
        explanation_of(tagger(), TEXT, "toy", token=9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("explained")
    for encoder in ("lstm", "attention"):
        classifier(encoder).save(place / encoder)
    tagger().save(place / "tag")
    return place


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["lstm", TEXT], "[+++ good]"),
        (["lstm", TEXT, "--view", "gates"], "layer 1, backward: mean of the gates"),
        (["attention", TEXT, "--view", "attention"], "layer 1, head 2: what each token looks at most"),
        (["lstm", TEXT, "--view", "keywords", "--top", "1"], "good"),
        (["lstm", TEXT, "--label", "neg"], "[--- good]"),
        (["tag", TEXT, "--token", "7"], "B-X of 'good'"),
        (["tag", "--list"], "attribution"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_command_tells(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main(["explain", str(folder / words[0]), *words[1:]]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("view", ["attribution", "gates", "keywords"])
def test_json_holds_the_view(folder: Path, capsys: pytest.CaptureFixture[str], view: str) -> None:
    assert main(["explain", str(folder / "lstm"), TEXT, "--view", view, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    key = {"attribution": "methods"}.get(view, view)
    assert found[key]
    assert not {"methods", "gates", "keywords", "attention"} - {key} & found.keys()


def test_a_line_of_a_file_and_a_page(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, page = tmp_path / "t.tsv", tmp_path / "page.html"
    data.write_text(f"neg\tnothing at all\npos\t{TEXT}\n")
    assert main(["explain", str(folder / "lstm"), f"{data}:2", "--out", str(page), "--language", "zh"]) == 0
    assert TEXT in page.read_text(encoding="utf-8")
    assert main(["explain", str(folder / "lstm"), f"{data}:3"]) == 2
    assert "no text begins in line 3" in capsys.readouterr().err


def test_a_file_is_read_as_the_model_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = ["很 好", "不 好"] * 20
    rows = "".join(f"7,{text},{label}\n" for text, label in zip(texts, ["pos", "neg"] * 20, strict=True))
    (tmp_path / "t.csv").write_text(f"number,words,label\n{rows}", encoding="gb18030")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so little training says nothing
        how: Any = {"encoding": "gb18030", "text_column": "words", "width": 8, "epochs": 1, "threads": 1}
        Classifier(**how).fit([tmp_path / "t.csv"]).save(tmp_path / "m")
    assert main(["explain", str(tmp_path / "m"), f"{tmp_path / 't.csv'}:3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "不 好"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["lstm"], "the text, FILE:LINE or -"),
        (["lstm", "a", "b"], "put a text of several words in quotes"),
        (["lstm", TEXT, "--view", "attention"], "has attribution, gates, keywords"),
        (["lstm", TEXT, "--view", "flow"], "has attribution, gates, keywords"),
        (["lstm", TEXT, "--corpus", "x"], "--corpus is for word vectors"),
        (["lstm", TEXT, "--out", "x.txt"], "the page is written as .html"),
    ],
)
def test_the_command_refuses(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main(["explain", str(folder / words[0]), *words[1:]]) == 2
    assert told in capsys.readouterr().err
