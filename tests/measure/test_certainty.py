"""Certainty: probabilities that are too high become what they should be; scikit-learn finds the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from vec2seq.measure.certainty import PRIOR, Certainty, logits


def answers(count: int, slope: float, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    own = random.uniform(0.02, 0.98, count)
    return own, random.random(count) < Certainty(slope, shift)(own)


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.4, -1.0), (2.0, 0.5)])
def test_it_finds_what_was_put_in(slope: float, shift: float) -> None:
    found = Certainty.of(*answers(100_000, slope, shift))
    assert found.slope == pytest.approx(slope, rel=0.05)
    assert found.shift == pytest.approx(shift, abs=0.05)


def test_it_is_logistic_regression() -> None:
    chances, right = answers(5_000, 0.5, -0.5)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(logits(chances)[:, None], right)
    found = Certainty.of(chances, right)
    assert found.slope == pytest.approx(float(theirs.coef_[0, 0]), rel=0.01)
    assert found.shift == pytest.approx(float(theirs.intercept_[0]), abs=0.01)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=12))
def test_few_answers_change_little_and_nothing_is_reversed(answers: list[tuple[float, bool]]) -> None:
    chances = np.array([chance for chance, _ in answers])
    found = Certainty.of(chances, np.array([right for _, right in answers], bool))
    assert np.isfinite([found.slope, found.shift]).all()
    assert found.slope > 0
    if not answers:
        assert (found.slope, found.shift) == (1, 0)
    better = Certainty(found.slope * 1.01, found.shift), Certainty(found.slope, found.shift + 0.01)
    for other in (*better, Certainty(found.slope / 1.01, found.shift), Certainty(found.slope, found.shift - 0.01)):
        assert penalized(found, answers) <= penalized(other, answers) + 1e-6


def penalized(one: Certainty, answers: list[tuple[float, bool]]) -> float:
    z = one.slope * logits(np.array([chance for chance, _ in answers])) + one.shift
    losses = np.logaddexp(0, z) - z * np.array([right for _, right in answers])
    return float(losses.sum()) + (np.log(one.slope) ** 2 + one.shift**2) / (2 * PRIOR**2)
