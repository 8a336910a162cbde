"""Naive Bayes by counts: against scikit-learn; and a bag of words that has not learnt anything yet answers by it."""

import warnings

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from tasks.small import opinions
from vec2seq.data.ragged import Ragged
from vec2seq.data.texts import SPECIAL
from vec2seq.tasks.classify import Classifier
from vec2seq.tasks.naive_bayes import log_ratios

WORDS = SPECIAL + 6
ROWS = [[2, 3, 3], [4, 2, 1], [5, 5, 2], [], [6, 0, 3], [7]]
IDS = Ragged.of(ROWS, np.int64)
LABELS = np.array([0, 1, 2, 1, 2, 0])
KEPT = np.array([0, 1, 2, 3, 4])


def counted(rows: list[int]) -> np.ndarray:
    counts = np.bincount([number for row in rows for number in ROWS[row]], minlength=WORDS)
    counts[:SPECIAL] = 0
    return counts


def expected(with_label: list[list[int]]) -> np.ndarray:
    """One label against all others, by scikit-learn."""
    table = np.stack([counted([row]) for row in KEPT])
    columns = []
    for rows in with_label:
        model = MultinomialNB().fit(table, np.isin(KEPT, rows))
        columns.append(model.feature_log_prob_[1] - model.feature_log_prob_[0])
    found = np.stack(columns, 1)
    found[counted(KEPT.tolist()) == 0] = 0
    return found


def test_ratios_are_those_of_scikit_learn() -> None:
    found = log_ratios(IDS, LABELS, KEPT, WORDS, 3)
    assert found.shape == (WORDS, 3)
    np.testing.assert_allclose(found, expected([[0], [1, 3], [2, 4]]), rtol=1e-5, atol=1e-6)
    assert (found[[0, 1, 7]] == 0).all()  # padding, unknown, and a word of no row that is learnt from
    assert np.abs(found - log_ratios(IDS, LABELS[::-1].copy(), KEPT, WORDS, 3)).max() > 0.1


def test_of_several_labels_each_is_a_question_of_its_own() -> None:
    several = np.array([[1, 0], [1, 1], [0, 1], [0, 0], [1, 1], [0, 1]], np.uint8)
    found = log_ratios(IDS, several, KEPT, WORDS, 2)
    np.testing.assert_allclose(found, expected([[0, 1, 4], [1, 2, 4]]), rtol=1e-5, atol=1e-6)


def test_a_bag_of_words_begins_with_the_answers_of_naive_bayes() -> None:
    X, Y = opinions(200)
    asked, _ = opinions(100, seed=1)
    how = {"ngrams": 1, "char_ngrams": 0, "holdout": 0, "tokenizer": "whitespace", "threads": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so little training says nothing
        model = Classifier(encoder="mean", epochs=1, lr=1e-9, **how).fit(X, Y)
        none = Classifier(encoder="mean", epochs=1, lr=1e-9, width=1, **how).fit(X, Y)  # no room for two labels
    vectorizer = CountVectorizer(token_pattern=r"\S+")
    peer = MultinomialNB(fit_prior=False).fit(vectorizer.fit_transform(X), Y)
    found = peer.predict(vectorizer.transform(asked))
    assert np.mean(np.array(model.predict(asked)) == found) > 0.95
    assert np.mean(np.array(none.predict(asked)) == found) < 0.8


@pytest.mark.parametrize("encoder", ["cnn", "lstm"])
def test_others_begin_at_random(encoder: str) -> None:
    X, Y = opinions(60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = Classifier(encoder=encoder, width=8, epochs=1, lr=1e-9, threads=1, holdout=0).fit(X, Y)
    assert model.net_.embed.weight.abs().max() < 1
