"""How well a text is foreseen: by hand."""

import math

import numpy as np
import pytest

from vec2seq.measure.language import STRETCH, language_scores


def test_scores_are_those_of_the_formulas() -> None:
    random = np.random.default_rng(1)
    count = 7 * STRETCH + 30
    log, rows = np.log(random.uniform(0.01, 1, count)), np.repeat([0, 1], [5 * STRETCH, count - 5 * STRETCH])
    characters, data_bytes = random.integers(0, 3, count), random.integers(1, 5, count)
    nats, bits, perplexity = language_scores(log, rows, characters, data_bytes, "file")
    assert nats.score == pytest.approx(-log.sum() / characters.sum())
    assert bits.score == pytest.approx(-log.sum() / math.log(2) / data_bytes.sum())
    assert perplexity.score == pytest.approx(math.exp(-log.mean()))
    for score in (nats, bits, perplexity):
        assert score.n == 8
        assert score.low is not None
        assert score.high is not None
        assert score.low < score.score < score.high  # type: ignore[operator]
    assert [score.metric for score in (nats, bits, perplexity)] == ["nats_per_char", "bits_per_byte", "perplexity"]


def test_short_rows_are_items_of_their_own() -> None:
    rows = np.repeat(np.arange(10), 3)
    (nats, _, _) = language_scores(np.log(np.full(30, 0.5)), rows, np.ones(30, int), np.ones(30, int), "")
    assert nats.n == 10
    assert nats.score == pytest.approx(math.log(2))
