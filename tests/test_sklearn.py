"""scikit-learn's tools work with our estimators, though vec2seq does not need scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from vec2seq import UserError, Word2Vec

SMALL = Word2Vec(width=8, min_count=1, epochs=8, threads=1, lr=0.1, sample=0.0)


def test_clone_keeps_settings_and_nothing_learned(texts: list[str]) -> None:
    trained = clone(SMALL).fit(texts)
    copy = clone(trained)
    assert copy.get_params() == trained.get_params()
    with pytest.raises(UserError, match="not trained"):
        copy.neighbors("w0")
    check_is_fitted(trained)


def test_grid_search_finds_the_better_setting(texts: list[str]) -> None:
    search = GridSearchCV(SMALL, {"lr": [1e-4, 0.1]}, cv=2).fit(texts)
    assert search.best_params_ == {"lr": 0.1}
    assert search.best_estimator_.neighbors("w0", 1)[0].word in search.best_estimator_.vocab_


def test_cross_validation_scores_are_losses_of_unseen_text(texts: list[str]) -> None:
    scores = cross_val_score(SMALL, texts, cv=3)
    assert scores.shape == (3,)
    assert np.all(scores < 0)


def test_pipeline(texts: list[str]) -> None:
    upper = FunctionTransformer(lambda lines: [line.upper() for line in lines])
    pipeline = make_pipeline(upper, clone(SMALL)).fit(texts)
    assert "W0" in pipeline[-1].vocab_


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(UserError, match="has no setting 'vector_size'"):
        Word2Vec().set_params(vector_size=3)
