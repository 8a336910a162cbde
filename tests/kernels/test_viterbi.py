"""Chains against the sum and the best over all sequences of labels, written out."""

from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.data.spans import converted, rules
from vec2seq.kernels.viterbi import forbidding, log_partition, marginals, viterbi

Array = NDArray[np.float32]


class Chains(NamedTuple):
    emissions: Array
    mask: NDArray[np.bool_]
    transitions: Array
    starts: Array
    ends: Array

    def row(self, row: int, length: int) -> "Chains":
        return self._replace(emissions=self.emissions[[row], :length], mask=self.mask[[row], :length])


def masked(lengths: list[int], longest: int) -> NDArray[np.bool_]:
    return np.arange(longest) < np.array(lengths)[:, None]


def drawn(lengths: list[int], labels: int, seed: int, scale: float = 2.0, forbidden: float = 0.0) -> Chains:
    """Random chains; a share of the transitions, starts and ends forbidden, and padding that is no number."""
    random = np.random.default_rng(seed)
    longest = max(lengths)
    mask = masked(lengths, longest)
    emissions = random.normal(size=(len(lengths), longest, labels), scale=scale).astype(np.float32)
    emissions[~mask] = random.choice([np.nan, np.inf, 1e30])
    weights = [random.normal(size=shape, scale=scale) for shape in ((labels, labels), labels, labels)]
    weights = [forbidding(weight, random.random(weight.shape) >= forbidden) for weight in weights]
    return Chains(emissions, mask, *(weight.astype(np.float32) for weight in weights))


chains = st.builds(
    drawn,
    st.lists(st.integers(0, 4), min_size=1, max_size=4),
    st.integers(1, 4),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 1.0, 50.0]),
    st.sampled_from([0.0, 0.3]),
)


def all_paths(made: Chains, row: int) -> tuple[list[tuple[int, ...]], NDArray[np.float64]]:
    """Every sequence of labels of a row, and its score."""
    length, labels = int(made.mask[row].sum()), made.emissions.shape[2]
    paths = list(product(range(labels), repeat=length))
    scores = []
    for path in paths:
        score = sum(float(made.emissions[row, t, label]) for t, label in enumerate(path))
        score += sum(float(made.transitions[a, b]) for a, b in pairwise(path))
        scores.append(score + (float(made.starts[path[0]] + np.float64(made.ends[path[-1]])) if path else 0.0))
    return paths, np.array(scores)


def assert_best(made: Chains, row: int, path: NDArray[np.int64], score: float) -> None:
    paths, scores = all_paths(made, row)
    assert score == pytest.approx(scores.max(), rel=1e-6, abs=1e-6)
    if np.isfinite(score):
        length = made.mask[row].sum()
        assert scores[paths.index(tuple(path[:length].tolist()))] == pytest.approx(score, rel=1e-6, abs=1e-6)
        assert not path[length:].any()


def assert_posterior(made: Chains, row: int, shares: Array) -> None:
    paths, scores = all_paths(made, row)
    expected = np.zeros(shares.shape)
    if np.isfinite(scores.max()):
        chances = np.exp(scores - scores.max())
        for path, chance in zip(paths, chances / chances.sum(), strict=True):
            expected[np.arange(len(path)), list(path)] += chance
    np.testing.assert_allclose(shares, expected, atol=1e-6)


@given(chains)
def test_paths_are_the_best_of_all(made: Chains) -> None:
    paths, scores = viterbi(*made)
    assert (paths.dtype, paths.shape, scores.shape) == (np.int64, made.mask.shape, made.mask.shape[:1])
    for row, path in enumerate(paths):
        assert_best(made, row, path, scores[row])


@given(chains)
def test_marginals_and_partition_are_sums_over_all(made: Chains) -> None:
    shares, totals = marginals(*made), log_partition(*made)
    assert shares.dtype == np.float32
    assert shares.shape == made.emissions.shape
    for row in range(len(shares)):
        scores = all_paths(made, row)[1]
        most = scores.max()
        expected = most + np.log(np.exp(scores - most).sum()) if np.isfinite(most) else -np.inf
        assert totals[row] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert_posterior(made, row, shares[row])


def test_wrong_answers_are_seen() -> None:
    made = drawn([3], 3, 1)
    paths, scores = viterbi(*made)
    shares = marginals(*made)
    with pytest.raises(AssertionError):
        assert_best(made, 0, (paths[0] + 1) % 3, scores[0])
    with pytest.raises(AssertionError):
        assert_best(made, 0, paths[0], scores[0] + 0.01)
    with pytest.raises(AssertionError):
        assert_posterior(made, 0, shares[0][::-1])


@given(chains)
def test_one_by_one_without_padding_is_the_same(made: Chains) -> None:
    paths, scores = viterbi(*made)
    shares, totals = marginals(*made), log_partition(*made)
    for row, length in enumerate(made.mask.sum(axis=1)):
        alone = made.row(row, length)
        path, score = viterbi(*alone)
        np.testing.assert_array_equal(path[0], paths[row, :length])
        assert score[0] == scores[row]
        assert log_partition(*alone)[0] == totals[row]
        np.testing.assert_array_equal(marginals(*alone)[0], shares[row, :length])


LABEL_SETS = ["O B-X I-X B-Y I-Y", "B M E S", "O B-X I-X E-X S-X B-Y E-Y"]


@given(st.sampled_from(LABEL_SETS), st.integers(0, 10_000), st.sampled_from([1.0, 1e4]))
def test_rules_are_never_broken(names: str, seed: int, scale: float) -> None:
    labels = names.split()
    allowed = rules(labels)
    made = drawn([1, 12, 5, 2], len(labels), seed, scale)
    made = made._replace(
        transitions=forbidding(np.zeros(allowed.moves.shape), allowed.moves),
        starts=forbidding(np.zeros(len(labels)), allowed.starts),
        ends=forbidding(np.zeros(len(labels)), allowed.ends),
    )
    paths, scores = viterbi(*made)
    assert np.isfinite(scores).all()
    scheme = "bmes" if "M" in names else "bioes" if "E-X" in names else "bio"
    for path, mask in zip(paths, made.mask, strict=True):
        found = [labels[label] for label in path[mask]]
        assert converted(found, scheme) == found


def test_without_rules_each_token_is_on_its_own() -> None:
    made = drawn([6, 3], 4, 2)
    made = made._replace(transitions=np.zeros((4, 4)), starts=np.zeros(4), ends=np.zeros(4))
    np.testing.assert_array_equal(viterbi(*made)[0], np.where(made.mask, made.emissions.argmax(axis=2), 0))
    softmax = np.exp(made.emissions[0]) / np.exp(made.emissions[0]).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(marginals(*made)[0], softmax, rtol=1e-5)


def test_what_cannot_be_is_said() -> None:
    made = drawn([2], 2, 0)._replace(transitions=np.full((2, 2), -np.inf))
    assert viterbi(*made)[1].tolist() == log_partition(*made).tolist() == [-np.inf]
    assert not marginals(*made).any()


@pytest.mark.parametrize("lengths", [[], [0, 0]])
def test_nothing_is_nothing(lengths: list[int]) -> None:
    nothing = Chains(np.zeros((len(lengths), 0, 3)), masked(lengths, 0), np.zeros((3, 3)), np.zeros(3), np.zeros(3))
    assert viterbi(*nothing)[0].shape == (len(lengths), 0)
    assert viterbi(*nothing)[1].tolist() == log_partition(*nothing).tolist() == [0.0] * len(lengths)
    assert marginals(*nothing).shape == (len(lengths), 0, 3)
