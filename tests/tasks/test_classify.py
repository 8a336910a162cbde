"""Classifier: planted rules are learnt; settings do what they say; files of all kinds; errors in a line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tasks.small import opinions, topics
from vec2seq.errors import UserError
from vec2seq.tasks.classify import Classifier

pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{told}:UserWarning")  # so little training says nothing
    for told in ("the loss does not fall", "it learns the examples by heart", ".* too few to keep some out")
]
X, Y = opinions(200)
NEW_X, NEW_Y = opinions(100, seed=1)


def small(**settings: Any) -> Classifier:
    return Classifier(**{"encoder": "cnn", "width": 16, "epochs": 2, "threads": 1, "lr": 0.01, **settings})


@pytest.fixture(scope="module")
def learnt() -> Classifier:
    return small(epochs=20).fit(X, Y)


@pytest.fixture(scope="module")
def several() -> Classifier:
    return small(epochs=40).fit(*topics(200))


# what is learnt


def test_a_planted_rule_is_learnt(learnt: Classifier) -> None:
    assert learnt.score(NEW_X, NEW_Y) > 0.9
    assert learnt.labels_ == ["neg", "pos"]
    assert not learnt.several_
    assert learnt.history_[-1]["loss"] < learnt.history_[0]["loss"]
    scores = {score.metric: score for score in learnt.scores(NEW_X, NEW_Y) if score.section is None}
    assert scores["accuracy"].score == np.mean(np.array(learnt.predict(NEW_X)) == NEW_Y)
    assert {score.section for score in learnt.scores(NEW_X, NEW_Y)} == {None, "neg", "pos"}
    assert "accuracy" in learnt.told_scores()


def test_several_labels_are_learnt(several: Classifier) -> None:
    X, y = topics(100, seed=1)
    assert several.several_
    found = several.predict(X)
    assert np.mean([set(own) == set(truth) for own, truth in zip(found, y, strict=True)]) > 0.9
    assert several.score(X, y) == np.mean([own == truth for own, truth in zip(found, y, strict=True)])
    assert [] in found


def test_probabilities(learnt: Classifier, several: Classifier) -> None:
    texts = [*NEW_X, "", "not one word of this is known", "fine dull"]
    single = learnt.predict_proba(texts)
    np.testing.assert_allclose(single.sum(1), 1)
    assert [learnt.labels_[place] for place in single.argmax(1)] == learnt.predict(texts)
    each = several.predict_proba(texts)
    assert each.shape == (len(texts), 3)
    assert ((each > 0) & (each < 1)).all()
    found = [[label for label, p in zip("abc", row, strict=True) if p > 0.5] for row in each]
    assert found == several.predict(texts)
    for model, rows in ((learnt, single), (several, each)):
        answers = list(model.answers(texts))
        assert [list(answer["probabilities"].values()) for answer in answers] == rows.tolist()
        assert [answer["input"] for answer in answers] == texts
    assert [answer["score"] for answer in learnt.answers(texts)] == single.max(1).tolist()
    assert learnt.predict_proba([]).shape == (0, 2)


def test_probabilities_are_calibrated_by_what_is_kept_out() -> None:
    """Labels that are wrong in three of ten texts: whoever is sure is wrong; a temperature says so."""
    texts, labels = opinions(400, seed=3)
    flipped = np.random.default_rng(0).random(400) < 0.3
    y = [{"pos": "neg", "neg": "pos"}[label] if flip else label for label, flip in zip(labels, flipped, strict=True)]
    model = small(epochs=25, holdout=0.4, dropout=0.0).fit(texts, y)
    assert model.temperature_ > 1.2
    new, truth = opinions(300, seed=4)
    wrong = np.random.default_rng(1).random(300) < 0.3
    noisy = [{"pos": "neg", "neg": "pos"}[label] if flip else label for label, flip in zip(truth, wrong, strict=True)]
    after = {score.metric: score.score for score in model.scores(new, noisy)}["ece"]
    model.temperature_ = 1.0
    before = {score.metric: score.score for score in model.scores(new, noisy)}["ece"]
    assert after is not None
    assert before is not None
    assert after < before


def test_texts_without_known_words_get_an_answer(learnt: Classifier) -> None:
    empty, unknown = learnt.predict_proba(["", "qq ww ee rr"])
    assert np.isfinite([empty, unknown]).all()
    assert learnt.predict(["  "]) == learnt.predict([""])
    np.testing.assert_allclose(learnt.predict_proba(["qq ww"]), learnt.predict_proba(["zz vv"]))


def test_some_words_there_must_be() -> None:
    with pytest.raises(UserError, match="no word is in the texts 1 time: nothing to learn from"):
        small().fit(["", " "] * 20, ["a", "b"] * 20)
    with pytest.raises(UserError, match="no word is in the texts 5,000 times"):
        small(min_count=5000).fit(X, Y)


def test_texts_may_be_empty_in_training() -> None:
    model = small().fit([*X[:50], "", " "], [*Y[:50], "neg", "neg"])
    assert model.predict([""])[0] in ("neg", "pos")


# settings


def test_what_is_left_to_the_data_is_settled_by_its_size() -> None:
    few, many = (of_labels(2).settled(np.full(texts, 10)) for texts in (20, 100_000))
    assert few.batch_tokens < many.batch_tokens
    assert few.epochs > many.epochs
    for encoder, rate in Classifier.rates.items():
        assert of_labels(2, encoder=encoder).settled(np.array([5])).lr == rate
    assert of_labels(2, encoder="mean").settled(np.array([5])).threads == 1
    assert of_labels(2, encoder="mean", threads=2).settled(np.array([5])).threads == 2
    assert of_labels(2, encoder="lstm").settled(np.array([5])).threads is None
    given = of_labels(40, batch_tokens=77, epochs=3, lr=0.5).settled(np.full(1000, 10))
    assert (given.batch_tokens, given.epochs, given.lr) == (77, 3, 0.5)
    assert len(small(epochs=3).fit(X, Y).history_) == 3


@pytest.mark.parametrize("encoder", Classifier.rates)
def test_more_labels_are_learnt_at_a_higher_rate(encoder: str) -> None:
    two, eight, fifty, many, more = (
        of_labels(labels, encoder=encoder).settled(np.array([5])).lr for labels in (2, 8, 50, 64, 1000)
    )
    assert two <= eight < fifty < many == more < 0.1


def of_labels(labels: int, **settings: Any) -> Classifier:
    """A classifier that knows of so many labels."""
    model = Classifier(**settings)
    model.labels_ = [str(label) for label in range(labels)]
    return model


def test_settings_that_change_nothing_are_told_of() -> None:
    with pytest.warns(UserWarning, match="heads 8: changes nothing of cnn; it is of attention"):
        small(epochs=1, heads=8).fit(X, Y)
    with pytest.warns(UserWarning, match="ngrams 3: changes nothing of lstm; it is of mean"):
        small(epochs=1, encoder="lstm", ngrams=3).fit(X, Y)


def test_balanced_labels_count_alike() -> None:
    rare_x, rare_y = [*X[0:200:2], *X[1:21:2]], [*Y[0:200:2], *Y[1:21:2]]
    plain, balanced = (small(class_weight=weight, holdout=0).fit(rare_x, rare_y) for weight in (None, "balanced"))
    texts = ["worda wordb", "wordc", "wordd worde wordf"]
    assert (balanced.predict_proba(texts)[:, 1] > plain.predict_proba(texts)[:, 1] + 0.03).all()


def test_balanced_several_labels() -> None:
    texts, labels = topics(100)
    labels = [[label for label in own if label != "c" or number < 20] for number, own in enumerate(labels)]
    plain, balanced = (small(class_weight=weight, holdout=0).fit(texts, labels) for weight in (None, "balanced"))
    asked = ["worda wordb", "wordc"]
    assert (balanced.predict_proba(asked)[:, 2] > plain.predict_proba(asked)[:, 2]).all()


def test_long_texts_are_cut_and_it_is_said() -> None:
    long, short = "worda wordb wordc wordd fine fine fine", "worda wordb wordc wordd"
    with pytest.warns(UserWarning, match=r"of 200 longer than 4 words: the rest is not read; train with more"):
        model = small(max_length=4).fit(X, Y)
    with pytest.warns(UserWarning, match="1 text of 2 longer than 4 words"):
        cut, whole = model.predict_proba([long, short])
    assert cut.tolist() == whole.tolist()
    for judge in (lambda: model.scores([long], ["pos"]), lambda: model.tokens_of(long)):
        with pytest.warns(UserWarning, match="1 text of 1 longer than 4 words"):
            judge()


def test_rare_words_are_unknown() -> None:
    texts = [*X, "once", "twice", "twice"]
    labels = [*Y, "neg", "neg", "neg"]
    for settings, known in (({}, {"once", "twice"}), ({"min_count": 2}, {"twice"}), ({"min_count": 3}, set())):
        model = small(holdout=0, **settings).fit(texts, labels)
        assert {"once", "twice"} & set(model.vocab_.tokens) == known
    model = small(max_size=5).fit(X, Y)
    assert len(model.vocab_) == 5
    assert model.vocab_.counts.tolist() == sorted(model.vocab_.counts.tolist(), reverse=True)


def test_words_of_texts_kept_out_are_not_known() -> None:
    model = small().fit(X, Y, valid=(["somethingnew fine", "dull"], ["pos", "neg"]))
    assert "somethingnew" not in model.vocab_
    assert model.data_["held_out"] == 2


@pytest.mark.parametrize(
    ("tokenizer", "lower", "words"),
    [
        ("whitespace", True, {"fine,", "don't", "好天气"}),
        ("whitespace", False, {"Fine,", "don't", "好天气"}),
        ("words", True, {"fine", "don't", "天气"}),
        ("chars", True, {"f", ",", "天"}),
        ("auto", True, {"fine", "don't", "天气"}),
    ],
)
def test_tokenizers(tokenizer: Any, lower: bool, words: set[str]) -> None:
    texts = ["Fine, I don't mind. 好天气", "No, not that one, it is dull. 我不喜欢"] * 15
    model = small(tokenizer=tokenizer, lower=lower, epochs=1).fit(texts, ["a", "b"] * 15)
    assert words <= set(model.vocab_.tokens)
    assert model.tokenizer_["name"] == ("words" if tokenizer == "auto" else tokenizer)


def test_token_lists_are_the_users_own_words() -> None:
    tokens = [[*text.split(), "New York"] for text in X]
    model = small(epochs=20).fit(tokens, Y)
    assert "New York" in model.vocab_
    assert model.score([text.split() for text in NEW_X], NEW_Y) > 0.9
    assert model.predict([("fine", "worda")]) == model.predict([["fine", "worda"]])
    with pytest.raises(UserError, match="trained on token lists: it cannot split text; give it token lists"):
        model.predict(["a text"])


def test_texts_and_token_lists_together(learnt: Classifier) -> None:
    mixed = learnt.predict_proba([["fine", "worda"], "fine worda", ["dull"], "dull"])
    np.testing.assert_allclose(mixed[0], mixed[1], atol=1e-6)
    np.testing.assert_allclose(mixed[2], mixed[3], atol=1e-6)
    small(epochs=1).fit([text.split() if n % 3 else text for n, text in enumerate(X)], Y)


@pytest.mark.parametrize("ngrams", [1, 8])
def test_the_longest_runs_of_words_may_be_longer_than_all_texts(ngrams: int) -> None:
    model = small(encoder="mean", ngrams=ngrams, char_ngrams=4, epochs=1).fit(X, Y)
    assert len(model.predict(["fine", "", "two words"])) == 3


def test_runs_of_words_are_seen_by_mean() -> None:
    """Only the order of two words tells the labels."""
    random = np.random.default_rng(0)
    pairs = [("go", "stop"), ("up", "down"), ("left", "right")]
    texts, labels = [], [n % 2 for n in range(120)]
    for label in labels:
        pair = pairs[random.integers(3)]
        texts.append(" ".join([*random.choice(X).split()[:2], *(pair if label else pair[::-1])]))
    blind, seeing = (
        small(encoder="mean", ngrams=n, epochs=30, lr=0.05, holdout=0).fit(texts, labels).score(texts, labels)
        for n in (1, 2)
    )
    assert seeing > 0.9
    assert blind < 0.9


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors of 5 numbers, another width than the net's: of some words, and of one that no text has."""
    path = tmp_path_factory.mktemp("vectors") / "vectors.txt"
    words = ["fine", "dull", "worda", "elsewhere"]
    rows = np.random.default_rng(0).normal(size=(4, 5))
    lines = [f"{word} {' '.join(f'{x:.4f}' for x in row)}" for word, row in zip(words, rows, strict=True)]
    path.write_text("\n".join(["4 5", *lines]) + "\n")
    return path


@pytest.mark.parametrize("encoder", ["mean", "lstm"])
def test_given_vectors_are_begun_with(vectors: Path, encoder: Any, tmp_path: Path) -> None:
    rows = [line.split()[1:] for line in vectors.read_text().splitlines()[1:]]
    given = np.array(rows, np.float32)
    given /= given.std()
    weights = {}
    for freeze in (True, False):
        model = small(vectors=str(vectors), freeze=freeze, encoder=encoder).fit(X, Y)
        assert model.given_width_ == 5
        assert "elsewhere" in model.vocab_
        place = [model.vocab_.ids[word] + 2 for word in ("fine", "dull", "worda", "elsewhere")]
        weights[freeze] = model.net_.embed.weight.detach().numpy()[place]
        model.save(tmp_path / str(freeze))
    scale = weights[True][0, 0] / given[0, 0]
    np.testing.assert_allclose(weights[True], given * scale, rtol=1e-4, atol=1e-6)
    assert not np.allclose(weights[False][:3], weights[True][:3], atol=1e-4)
    again = Classifier.load(tmp_path / "True").partial_fit(X, Y)
    place = [again.vocab_.ids[word] + 2 for word in ("fine", "dull", "worda", "elsewhere")]
    np.testing.assert_array_equal(again.net_.embed.weight.detach().numpy()[place], weights[True])


def test_vectors_are_found_in_the_case_of_the_texts(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("3 2\nFine 1 2\nDULL 3 -4\ndull 9 9\n")
    with pytest.warns(UserWarning, match=r"^only 2 of \d+ words have a vector in .*; give vectors of the language"):
        model = small(vectors=str(tmp_path / "v.txt"), freeze=True, encoder="lstm").fit(X, Y)
    assert "DULL" not in model.vocab_
    rows = model.net_.embed.weight.detach().numpy()[[model.vocab_.ids[word] + 2 for word in ("fine", "dull")]]
    np.testing.assert_allclose(rows / rows[0, 0], [[1, 2], [3, -4]], rtol=1e-5)


# files


def test_files_are_read_as_lists_are(tmp_path: Path) -> None:
    texts, labels = X[:80], Y[:80]
    pairs = list(zip(texts, labels, strict=True))
    (tmp_path / "a.tsv").write_text("".join(f"{label}\t{text}\n" for text, label in pairs))
    (tmp_path / "b.jsonl").write_text("".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in pairs))
    (tmp_path / "c.csv").write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in pairs))
    (tmp_path / "d.txt").write_text("".join(f"__label__{label} {text}\n" for text, label in pairs))
    held_out = [f"{label}\t{text}\n" for text, label in zip(NEW_X, NEW_Y, strict=True)]
    wanted = small(epochs=1).fit(texts, labels)
    for path in sorted(tmp_path.iterdir()):
        model = small(epochs=1).fit(path)
        assert model.digest == wanted.digest, path.name
        assert model.data_ == wanted.data_
        assert model.score(path) == wanted.score(texts, labels)
        assert model.predict(path) == wanted.predict(texts)
    (tmp_path / "valid.tsv").write_text("".join(held_out))
    parts = small(epochs=1).fit([tmp_path / "a.tsv"], valid=[tmp_path / "valid.tsv"])
    assert (parts.data_["held_out"], parts.data_["texts"]) == (100, 180)


def test_columns_and_separators(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [("x|y" if n % 3 == 0 else "y", text, "note") for n, text in enumerate(X[:60])]
    path.write_text("kind,body,other\n" + "".join(",".join(row) + "\n" for row in rows))
    model = small(text_column="body", label_column="kind", separator="|").fit(path)
    assert (model.labels_, model.several_) == (["x", "y"], True)
    with pytest.raises(UserError, match=r"t\.csv:1: no column 'z'"):
        small(text_column="z", label_column="kind").fit(path)


def test_labels_may_be_numbers() -> None:
    model = small(epochs=1).fit(X, np.array([label == "pos" for label in Y]).astype(int))
    assert model.labels_ == ["0", "1"]
    assert set(model.predict(X)) <= {"0", "1"}


# errors


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([], [], "there are no texts to learn from"),
        (X, ["pos"] * 200, "all texts have the label 'pos': nothing to learn"),
        (X[:5], ["pos"] * 5, "all texts have the label 'pos': nothing to learn"),
        (X, [[]] * 200, "no text has a label"),
        (X, Y[:-1], "200 texts, but 199 labels: give one label, or one list of labels, for each text"),
        (X, None, "200 texts, but no y: give one label"),
        (X, ["", *Y[1:]], "text 1: the label '' is neither a text nor a whole number"),
        (X, [*Y[:-1], 0.5], "text 200: the label 0.5 is neither a text nor a whole number"),
        (X, [*Y[:-1], None], "text 200: the label None is neither"),
        ([*X[:-1], 5], Y, "text 200 is of type int, not a text and not a list of tokens"),
        ([*X[:-1], ["a", 5]], Y, "text 200 is of type list, not a text and not a list of tokens"),
    ],
    ids=range(11),
)
def test_what_cannot_be_learnt_from(texts: Any, labels: Any, message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        small().fit(texts, labels)


def test_a_label_that_is_only_kept_out(learnt: Classifier) -> None:
    for model in (small(), small().fit(X, Y)):  # also of an estimator that has learnt before
        with pytest.raises(UserError, match=r"^the label 'odd' is only among the texts to judge by: nothing can"):
            model.fit(X, Y, valid=(["a", "b"], ["pos", "odd"]))


def test_of_several_labels_rare_ones_are_learnt_from() -> None:
    texts, labels = topics(100)
    rare = [[*own, f"only {number}"] for number, own in enumerate(labels)]
    model = small(epochs=1, holdout=0.3).fit(texts, rare)
    assert len(model.labels_) == 103
    assert model.data_["held_out"] == 0  # each text has a label of its own
    some = [[*own, *(["rare"] if number % 50 == 7 else [])] for number, own in enumerate(labels)]
    for seed in range(8):
        assert 28 <= small(epochs=1, holdout=0.3, seed=seed).fit(texts, some).data_["held_out"] <= 30


def test_what_is_not_read_is_not_known() -> None:
    with pytest.warns(UserWarning, match="longer than 3 words"):
        model = small(max_length=3, epochs=1).fit([f"{text} beyond" for text in X], Y)
    assert "beyond" not in model.vocab_


def test_words_left_out_of_a_bag_change_nothing_on_average() -> None:
    """Training sees what serving sees: what stays counts for what does not."""
    model = small(encoder="mean", ngrams=1, char_ngrams=0, dropout=0.0, word_dropout=0.5, epochs=1).fit(X, Y)
    ids, mask = torch.full((64, 64), model.vocab_.ids["fine"] + 2), torch.ones(64, 64, dtype=torch.bool)
    served = model.net_(ids, mask)
    torch.manual_seed(0)
    trained = model.net_.train()(ids, mask)
    torch.testing.assert_close(trained.mean(0), served[0], rtol=0.05, atol=0)
    assert trained.std(0).min() > 0


def test_a_longer_text_says_more() -> None:
    """Of a bag the sum counts, by the root of how much is in it."""
    model = small(encoder="mean", ngrams=1, char_ngrams=0).fit(X, Y)
    one, four = model.logits_of([["fine"], ["fine"] * 4]) - model.logits_of([[]])
    np.testing.assert_allclose(four, 2 * one, rtol=1e-5)


def test_only_ngrams_seen_twice_are_known() -> None:
    model = small(encoder="mean", epochs=1, holdout=0).fit([*X, "a cat"], [*Y, "pos"])
    words = set(model.vocab_.tokens)
    assert "cat" in words
    assert len(model.ngrams_) > 0
    twice = small(encoder="mean", epochs=1, holdout=0).fit([*X, "a cat", "a cat"], [*Y, "pos", "pos"])
    assert len(twice.ngrams_) == len(model.ngrams_) + 1
    assert len(small(encoder="mean", epochs=1, max_ngrams=3).fit(X, Y).ngrams_) == 3


def test_an_ngram_that_is_never_seen_says_nothing() -> None:
    model = small(encoder="mean", epochs=1).fit(X, Y)
    weights = model.net_.embed.weight
    assert 0 < (weights != 0).any(1).sum() < 2500


def test_more_training_with_few_texts_keeps_the_calibration() -> None:
    model = small(epochs=4).fit(X, Y)
    before = model.temperature_
    assert before != 1
    with pytest.warns(UserWarning, match="too few to keep some out"):
        model.partial_fit(X[:20], Y[:20])
    assert model.temperature_ == before
    model.holdout = 0
    assert model.fit(X, Y).temperature_ == 1  # what is learnt anew has none


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoder": "lstm", "width": 33}, "width 33: each direction of lstm has half of it, so it must be even"),
        ({"encoder": "attention", "width": 32, "heads": 3}, "width 32, heads 3: each head has .* a multiple of 6"),
        ({"encoder": "attention", "width": 20, "heads": 4}, "width 20, heads 4: each head has .* a multiple of 8"),
    ],
)
def test_sizes_that_no_net_has(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        small(**settings).fit("nowhere.tsv")  # before anything is read


def test_labels_that_the_model_does_not_know(learnt: Classifier, several: Classifier) -> None:
    with pytest.raises(UserError, match=r"^text 2: the label 'odd' is not one of the model's: neg pos"):
        learnt.score(["a", "b"], ["pos", "odd"])
    with pytest.raises(UserError, match=r"^text 1: 2 labels, but the model knows one a text"):
        learnt.score(["a"], [["pos", "neg"]])
    assert several.score(["aaa"], [["a"]]) in (0.0, 1.0)


def test_other_errors(learnt: Classifier, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("pos\tfine\nneg\tdull\n")
    with pytest.raises(UserError, match="labels stand in the files: give no y with them"):
        small().fit(tmp_path / "t.tsv", ["pos", "neg"])
    with pytest.raises(UserError, match="type int holds no texts"):
        learnt.predict(5)
    with pytest.raises(UserError, match="encoder 'gru': must be one of mean cnn rnn lstm attention"):
        small(encoder="gru").fit(X, Y)
    with pytest.raises(UserError, match="is not trained yet"):
        small().predict(["a"])
    with pytest.raises(UserError, match=r"nowhere"):
        small().fit(tmp_path / "nowhere.tsv")
    with pytest.raises(UserError, match=r"none\.txt"):
        small(vectors=str(tmp_path / "none.txt")).fit(X, Y)


@pytest.mark.filterwarnings("default:.* too few:UserWarning")
def test_few_texts_keep_none_out() -> None:
    with pytest.warns(UserWarning, match="20 texts are too few to keep some out: nothing tells how good this model is"):
        model = small().fit(X[:20], Y[:20])
    assert model.judgement_ == {}
    assert model.temperature_ == 1.0
