"""Tagger: made sentences are learnt in every scheme; places in raw text; rules that are never broken; errors."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score

from tasks.small import borders, names, segmented
from vec2seq.data.spans import converted, spans_of
from vec2seq.data.texts import Texts
from vec2seq.data.vocab import Vocab
from vec2seq.errors import UserError
from vec2seq.kernels.viterbi import viterbi
from vec2seq.tasks import tag_sentences
from vec2seq.tasks.tag import Tagger

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")  # so little training says nothing
    for told in ("the loss does not fall", "it learns the examples by heart", ".* too few to keep some out")
]
X, Y = names(150)
NEW_X, NEW_Y = names(80, seed=1)
Labels = list[list[str]]


def small(**settings: Any) -> Tagger:
    own = {"width": 12, "word_width": 10, "char_width": 8, "epochs": 2, "threads": 1, "lr": 0.02}
    return Tagger(**{**own, **settings})


@pytest.fixture(scope="module")
def learnt() -> Tagger:
    return small(epochs=12).fit(X, Y)


@pytest.fixture(scope="module")
def chinese() -> Tagger:
    return small(epochs=10).fit(*borders(segmented(150)))


# what is learnt


def assert_f1(found: Labels, truth: Labels, score: float) -> None:
    """That a score is seqeval's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert score == pytest.approx(f1_score(truth, found))


@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_names_are_learnt(learnt: Tagger, scheme: Any) -> None:
    truth = [converted(labels, scheme) for labels in NEW_Y]
    model = learnt if scheme == "bio" else small(epochs=12).fit(X, [converted(labels, "bioes") for labels in Y])
    assert model.scheme_ == scheme
    assert model.labels_ == ["B-PER", "E-PER", "O", "S-LOC", "S-PER"]
    assert model.score(NEW_X, truth) > 0.9
    found = model.predict(NEW_X)
    assert {label for labels in found for label in labels} <= {label for labels in truth for label in labels}
    assert_f1(found, truth, model.score(NEW_X, truth))


def test_scores_are_seqevals(learnt: Tagger) -> None:
    """Against labels some of which are taken away."""
    truth = [labels if number % 3 else ["O"] * len(labels) for number, labels in enumerate(NEW_Y)]
    found, score = learnt.predict(NEW_X), learnt.score(NEW_X, truth)
    assert 0 < score < 0.95
    assert_f1(found, truth, score)
    with pytest.raises(AssertionError):
        assert_f1(found, truth, score + 0.01)
    scores = {(score.metric, score.section): score.score for score in learnt.scores(NEW_X, truth)}
    pairs = [pair for row in zip(found, truth, strict=True) for pair in zip(*row, strict=True)]
    assert scores["token_accuracy", None] == pytest.approx(np.mean([a == b for a, b in pairs]))
    assert {section for _, section in scores} == {None, "LOC", "PER"}


@pytest.mark.parametrize("output", ["crf", "softmax"])
def test_plain_tags_are_learnt(output: Any) -> None:
    tags = {"O": "NN", "B-LOC": "NNP", "B-PER": "FIRST", "I-PER": "LAST"}
    train, new = ([[tags[label] for label in labels] for labels in y] for y in (Y, NEW_Y))
    model = small(epochs=15, output=output).fit(X, train)
    assert (model.scheme_, model.labels_) == ("none", ["FIRST", "LAST", "NN", "NNP"])
    assert model.score(NEW_X, new) > 0.9
    answer = next(model.answers(NEW_X[:1]))
    assert answer["output"] == [token["label"] for token in answer["tokens"]] == model.predict(NEW_X[:1])[0]


def test_borders_of_chinese_words_are_learnt(chinese: Tagger, tmp_path: Path) -> None:
    lines = segmented(60, seed=1)
    sentences, labels = borders(lines)
    assert (chinese.scheme_, chinese.kind_) == ("bmes", "chars")
    assert chinese.characters_ == []
    assert chinese.score(sentences, labels) > 0.9
    answer = next(chinese.answers([lines[0].replace(" ", "")]))
    assert " ".join(span["text"] for span in answer["output"]) == lines[0]
    (tmp_path / "train.txt").write_text("\n".join(segmented(150)) + "\n", encoding="utf-8")
    from_file = small(epochs=10, format="segmented").fit(tmp_path / "train.txt")
    assert from_file.digest == chinese.digest


def test_one_label_kinds_of_words() -> None:
    """Words that nobody has seen are told by their characters: all that end in s."""
    random = np.random.default_rng(0)
    letters = list("abcdefghij")
    sentences = [
        ["".join(random.choice(letters, 4)) + ("s" if random.random() < 0.5 else "n") for _ in range(6)]
        for _ in range(150)
    ]
    tags = [["S1" if word.endswith("s") else "N1" for word in words] for words in sentences]
    seeing, blind = (
        small(char_width=width, epochs=10).fit(sentences[:120], tags[:120]).score(sentences[120:], tags[120:])
        for width in (8, 0)
    )
    assert seeing > 0.9
    assert blind < 0.7


# answers


PIECES = [*"ab .,!'’-()\n\t\u3000", "é", "e\u0301", "我", "喜", "欢", "🙂", "👩\u200d🔬", "٣"]
RAW = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(RAW)
@settings(max_examples=30)
def test_places_are_those_of_the_text(learnt: Tagger, chinese: Tagger, text: str) -> None:
    for model in (learnt, chinese):
        answer = next(model.answers([text]))
        assert answer["input"] == text
        last = 0
        for token in answer["tokens"]:
            assert last <= token["start"] < token["end"]
            assert text[last : token["start"]].strip() == ""
            assert text[token["start"] : token["end"]] == token["text"]
            assert 0 < token["score"] <= 1
            last = token["end"]
        assert text[last:].strip() == ""
        for span in answer["output"]:
            assert text[span["start"] : span["end"]] == span["text"]
        assert answer["score"] == min((token["score"] for token in answer["tokens"]), default=1.0)


def test_spans_of_raw_text_and_of_tokens(learnt: Tagger) -> None:
    text = "worda  Anna Adler\twordb Oslo wordc . 🙂"
    answer = next(learnt.answers([text]))
    found = [(span["text"], span["label"]) for span in answer["output"]]
    assert ("Anna Adler", "PER") in found
    assert ("Oslo", "LOC") in found
    tokens = ["worda", "Anna", "Adler", "wordb", "Oslo"]
    answer = next(learnt.answers([tokens]))
    assert answer["input"] == "worda Anna Adler wordb Oslo"
    assert [token["text"] for token in answer["tokens"]] == tokens
    assert [(span["start"], span["end"], span["text"]) for span in answer["output"]] == [
        (6, 16, "Anna Adler"),
        (23, 27, "Oslo"),
    ]
    assert learnt.predict([text, tokens])[1] == ["O", "B-PER", "I-PER", "O", "B-LOC"]


def test_empty_sentences(learnt: Tagger, chinese: Tagger) -> None:
    for model in (learnt, chinese):
        assert model.predict(["", [], "  "]) == [[], [], []]
        assert next(model.answers([""])) == {"input": "", "output": [], "score": 1.0, "tokens": []}


# decoding


LABELS = {
    "bioes": ["B-X", "E-X", "I-X", "O", "S-X", "S-Y"],
    "bmes": ["B", "E", "M", "S"],
}


def untrained(scheme: str, seed: int, output: Any, noise: float = 1.0) -> Tagger:
    """A net with random weights: it knows nothing."""
    import torch

    model = small(seed=seed, output=output)
    model.vocab_, model.characters_, model.kind_ = Vocab(["a", "b"], np.array([1, 1])), ["a", "b"], "words"
    model.pairs_ = np.zeros(0, np.int64)
    model.labels_, model.scheme_, model.given_width_, model.judgement_ = LABELS[scheme], scheme, 10, {}
    net = model.new_net()
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(seed)
        for name, weight in net.named_parameters():
            weight.normal_(0, noise if name.startswith("crf") else 1)
    model.take_net(net.train(False))
    return model


@given(
    st.sampled_from(["bioes", "bmes"]),
    st.integers(0, 50),
    st.sampled_from(["crf", "softmax"]),
    st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=9), min_size=1, max_size=3),
)
@settings(max_examples=40)
def test_no_rule_is_broken_also_by_an_untrained_net(
    scheme: str, seed: int, output: str, asked: list[list[str]]
) -> None:
    model = untrained(scheme, seed, output)
    for labels, tokens in zip(model.predict(asked), asked, strict=True):
        assert len(labels) == len(tokens)
        assert converted(labels, scheme) == labels  # type: ignore[arg-type]
    model.scheme_ = "bio"
    if scheme == "bioes":
        for labels in model.predict(asked):
            assert converted(labels, "bio") == labels
            before = ["O", *labels]
            assert all(a[1:] == b[1:] and a != "O" for a, b in zip(before, labels, strict=False) if b[0] == "I")


def test_a_broken_rule_would_be_seen() -> None:
    assert converted(["I-X", "O"], "bioes") != ["I-X", "O"]
    assert len(spans_of(["I-X", "O"])) == 1


def test_a_chain_of_zeros_is_softmax_under_rules() -> None:
    crf, softmax = untrained("bioes", 3, "crf", noise=0.0), untrained("bioes", 3, "softmax")
    weights = {name: weight for name, weight in crf.net_.state_dict().items() if not name.startswith("crf")}
    softmax.net_.load_state_dict(weights)
    asked = [["a", "b", "c", "a", "b"], ["c"], ["b", "b", "b"]]
    assert crf.predict(asked) == softmax.predict(asked)
    assert list(crf.answers(asked)) == list(softmax.answers(asked))
    for mine, other in zip(crf.chain, softmax.chain, strict=True):
        np.testing.assert_array_equal(mine, other)
    with_chain = untrained("bioes", 3, "crf", noise=3.0)
    with_chain.net_.load_state_dict({**with_chain.net_.state_dict(), **weights})
    assert list(with_chain.answers(asked)) != list(crf.answers(asked))


def test_scores_are_probabilities_under_the_rules() -> None:
    """Of one token: the share of its label's exponential among those that may stand alone."""
    model = untrained("bioes", 1, "crf")
    answer = next(model.answers([["a"]]))
    inputs = model.inputs(Texts.read([["a"]])).batch(np.arange(1))
    emissions = model.back_end(inputs)["emissions"].astype(float)
    _, starts, ends = model.chain
    totals = emissions[0, 0] + starts + ends
    shares = np.exp(totals - totals.max())
    shares /= shares.sum()
    assert answer["tokens"][0]["score"] == pytest.approx(shares.max(), rel=1e-4)
    assert answer["tokens"][0]["label"] == model.labels_[int(shares.argmax())]
    paths, _ = viterbi(emissions, inputs["mask"], *model.chain)
    assert model.labels_[paths[0, 0]] == answer["tokens"][0]["label"]


# files and settings


def test_files_are_read_as_lists_are(tmp_path: Path) -> None:
    sentences, labels = X[:60], Y[:60]
    lines = [
        "".join(f"{token}\t{label}\n" for token, label in zip(*row, strict=True))
        for row in zip(sentences, labels, strict=True)
    ]
    (tmp_path / "a.conll").write_text("\n".join(lines))
    wanted = small(epochs=1).fit(sentences, labels)
    model = small(epochs=1).fit(tmp_path / "a.conll")
    assert model.digest == wanted.digest
    assert model.data_ == wanted.data_
    assert model.score(tmp_path / "a.conll") == wanted.score(sentences, labels)
    (tmp_path / "ask.txt").write_text("\n".join(" ".join(tokens) for tokens in NEW_X[:5]) + "\n")
    assert model.predict(tmp_path / "ask.txt") == model.predict([" ".join(tokens) for tokens in NEW_X[:5]])
    spans = []
    for tokens, own in zip(sentences, labels, strict=True):
        places = np.cumsum([0, *(len(token) + 1 for token in tokens)]).tolist()
        told = [[places[s.start], places[s.end] - 1, s.label] for s in spans_of(own)]
        spans.append({"text": " ".join(tokens), "spans": [dict(zip(_SPAN, span, strict=True)) for span in told]})
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in spans))
    assert small(epochs=1).fit(tmp_path / "b.jsonl").digest == wanted.digest


_SPAN = ("start", "end", "label")


def test_rare_words_are_unknown_and_all_may_be() -> None:
    sentences, labels = [*X[:40], ["seldom", "Anna"]], [*Y[:40], ["O", "B-PER"]]
    assert "seldom" in small(holdout=0, epochs=1).fit(sentences, labels).vocab_
    assert "seldom" not in small(holdout=0, epochs=1, min_count=2).fit(sentences, labels).vocab_
    none = small(min_count=1000, epochs=1, holdout=0).fit(X, Y)
    assert len(none.vocab_) == 0
    assert len(none.predict(X[:1])[0]) == len(X[0])
    assert none.golden()["labels"]
    examples, _ = none.traced()
    assert len(examples) == 4


def test_words_are_known_in_any_case_and_by_their_digits() -> None:
    model = small(epochs=1).fit([*X, ["Route", "66"]], [*Y, ["O", "O"]])
    assert {"route", "00", "anna"} <= set(model.vocab_.tokens)
    assert {"R", "6"} <= set(model.characters_)


def test_given_vectors_are_begun_with_and_kept(tmp_path: Path) -> None:
    """Whatever the case and the digits of the vectors' words: they are looked up as those of the sentences."""
    (tmp_path / "v.txt").write_text("3 3\nAnna 1 2 3\nelsewhere -1 0 1\n2005 4 5 -6\n")
    with pytest.warns(UserWarning, match=r"^only 2 of \d+ words have a vector"):
        model = small(vectors=str(tmp_path / "v.txt"), freeze=True, epochs=1).fit([*X, ["1999"]], [*Y, ["O"]])
    assert model.given_width_ == 3
    rows = model.net_.embed.weight.detach().numpy()[[model.vocab_.ids[w] + 2 for w in ("anna", "elsewhere", "0000")]]
    np.testing.assert_allclose(rows / rows[0, 0], [[1, 2, 3], [-1, 0, 1], [4, 5, -6]], atol=1e-6)


# errors


@pytest.mark.parametrize(
    ("sentences", "labels", "message"),
    [
        ([], [], "there are no sentences to learn from"),
        ([[]], [[]], "there are no sentences to learn from"),
        (X, None, "150 sentences, but no y: give one label for each token of each sentence"),
        (X, Y[:-1], "150 sentences, but 149 lists of labels"),
        (X, [*Y[:-1], ["O"]], "sentence 150: give a list of tokens and a list of as many labels"),
        ([*X[:-1], "a text"], Y, "sentence 150: give a list of tokens"),
        (X, [["O"] * len(tokens) for tokens in X], "all tokens have the label 'O': nothing to learn"),
        (X[:2], [["O"] * len(tokens) for tokens in X[:2]], "all tokens have the label 'O': nothing to learn"),
        ([["a", "b"]] * 20, [["B-X", "NN"]] * 20, "label 'NN' does not go with the others, which mark spans"),
    ],
    ids=range(9),
)
def test_what_cannot_be_learnt_from(sentences: Any, labels: Any, message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        small().fit(sentences, labels)


def test_other_errors(learnt: Tagger, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"^the label 'S-ORG' is not one that the model knows: B-PER E-PER O S-LOC S-PER"
    ):
        learnt.partial_fit([["a"]], [["B-ORG"]])
    assert learnt.score([["a"]], [["B-ORG"]]) == 0  # nobody could find it
    with pytest.raises(UserError, match=r"^there are no sentences to judge by"):
        learnt.score([], [])
    with pytest.raises(UserError, match="labels stand in the files: give no y with them"):
        small().fit(tmp_path / "t.conll", Y)
    with pytest.raises(UserError, match=r"nowhere"):
        small().fit(tmp_path / "nowhere.conll")
    with pytest.raises(UserError, match="encoder 'mean': must be one of cnn rnn lstm attention"):
        small(encoder="mean").fit(X, Y)
    with pytest.raises(UserError, match="is not trained yet"):
        small().predict([["a"]])
    (tmp_path / "one.conll").write_text("a\nb\n")
    with pytest.raises(UserError, match=r"one\.conll:1: one column, so no label beside the token"):
        small().fit(tmp_path / "one.conll")


def test_long_sentences_are_read_in_pieces_and_that_is_told(learnt: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    long, short = [word for sentence in X[:5] for word in sentence], X[6]
    labels = [label for sentence in Y[:5] for label in sentence]
    monkeypatch.setattr(tag_sentences, "LONGEST", 7)
    with pytest.warns(UserWarning, match="1 sentence longer than 7 tokens: read in pieces; put an empty line"):
        found = learnt.predict([long, short, []])
    pieces = [long[first : first + 7] for first in range(0, len(long), 7)]
    assert len(pieces) > 2
    assert found == [[label for own in learnt.predict(pieces) for label in own], *learnt.predict([short, []])]
    with pytest.warns(UserWarning, match=f"{1 + sum(len(own) > 7 for own in X)} sentences longer than 7 tokens"):
        model = small(epochs=1, holdout=0).fit([*X, long], [*Y, labels])
    assert model.data_["sentences"] == sum(-(-len(own) // 7) for own in [*X, long])
    with pytest.warns(UserWarning, match="longer than 7 tokens"):
        assert learnt.score([long], [labels]) > 0.5


def test_a_pair_of_han_characters_that_was_never_seen_says_nothing() -> None:
    sentences, tags = [list("我在北京"), list("他去上海")] * 20 + [list("甲乙")], [["O", "O", "B-LOC", "I-LOC"]] * 40
    tags.append(["O", "O"])
    model = small(width=8, word_width=4, char_width=4, word_dropout=0, dropout=0).fit(sentences, tags)
    pairs = model.net_.pairs.weight
    assert pairs.shape == (1 + 6, 4)  # of four characters three pairs, in two sentences; and a pair that is there once
    assert not pairs[0].any()
    asked = Texts.read([list("我在上海"), list("甲乙"), [], list("我在龙")])
    assert (model.inputs(asked).batch(np.arange(4))["pairs"] > 0).tolist() == [
        [True, False, True, False],
        *([False] * 4 for _ in range(2)),
        [True, False, False, False],
    ]
    texts = Texts.read([list("我在北京")])
    inputs = {name: torch.from_numpy(array) for name, array in model.inputs(texts).batch(np.arange(1)).items()}
    net = model.net_.train()
    some = torch.stack([net(**inputs) for _ in range(20)])
    assert (some != some[0]).any()  # they are left out now and then
    net.train(False)
    torch.testing.assert_close(net(**inputs), net(**inputs), rtol=0, atol=0)
