"""Drawing tokens: what is narrowed how, that frequencies are probabilities, that rows know nothing of each other."""

from itertools import takewhile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import chisquare

from kernels.writers import Rising, Table
from vec2seq.kernels.sampling import NOTHING, Sampling, drawn, log_probabilities, narrowed, sample

SCORES = arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 9)), elements=st.floats(-30, 30))
HOW = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 2.5]),
    top_k=st.integers(0, 10),
    top_p=st.sampled_from([0.0513, 0.5031, 0.9071, 1.0]),  # no sums of equal shares: these may be rounded either way
    min_p=st.sampled_from([0.0, 0.1, 1.0]),
)


def plainly_narrowed(scores: NDArray[np.float64], how: Sampling) -> list[float]:
    """One row, as one would write it down."""
    if how.temperature == 0:
        return [float(token == int(np.argmax(scores))) for token in range(len(scores))]
    powers = np.exp((scores - scores.max()) / how.temperature)
    of = dict(enumerate((powers / powers.sum()).tolist()))
    best = sorted(of, key=lambda token: (-of[token], token))
    best = best[: how.top_k] if how.top_k else best
    total, stays, reached = sum(of[token] for token in best), [], 0.0
    for token in best:
        if how.top_p < 1 and reached >= how.top_p:
            break
        stays.append(token)
        reached += of[token] / total
    stays = [token for token in stays if of[token] >= how.min_p * of[best[0]]]
    total = sum(of[token] for token in stays)
    return [of[token] / total if token in stays else 0.0 for token in of]


@given(scores=SCORES, how=HOW)
def test_narrowed_is_what_it_is_by_hand(scores: NDArray[np.float64], how: Sampling) -> None:
    found = narrowed(scores, how)
    want = [plainly_narrowed(row, how) for row in scores]
    borders = np.abs(np.diff(np.sort(scores, axis=1), axis=1))
    if not ((borders > 0) & (borders < 1e-6)).any():
        np.testing.assert_allclose(found, want, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.sum(1), 1)


def test_narrowed_is_not_what_another_setting_gives() -> None:
    scores = np.array([[2.0, 1.0, 0.5, 0.0]])
    settings = [Sampling(), Sampling(0.5), Sampling(0.0), Sampling(top_k=3), Sampling(top_p=0.7)]
    assert len({tuple(narrowed(scores, how)[0].round(6)) for how in settings}) == 5


@given(scores=SCORES)
def test_log_probabilities_sum_to_one(scores: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(np.exp(log_probabilities(scores)).sum(1), 1)


@pytest.mark.parametrize(
    "how", [Sampling(), Sampling(0.7), Sampling(top_k=3), Sampling(top_p=0.8), Sampling(min_p=0.2)]
)
def test_frequencies_are_the_probabilities(how: Sampling) -> None:
    many, random = 20_000, np.random.default_rng(1)
    scores = np.tile(np.random.default_rng(5).normal(size=7), (many, 1))
    probabilities = narrowed(scores, how)
    counts = np.bincount(drawn(probabilities, random.random(many)), minlength=7)
    there = probabilities[0] > 0
    assert not counts[~there].any()
    assert chisquare(counts[there], many * probabilities[0, there]).pvalue > 1e-3
    wrong = np.sqrt(probabilities[0, there])
    assert chisquare(counts[there], many * wrong / wrong.sum()).pvalue < 1e-3


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6).filter(any), st.sampled_from([0.0, 0.5, 1 - 2**-53]))
def test_what_is_improbable_is_possible_what_is_impossible_is_not(weights: list[int], number: float) -> None:
    probabilities = np.array([weights], float) / sum(weights)
    assert weights[drawn(probabilities, np.array([number]))[0]] > 0


def written(writer: Table, prompts: list[list[int]], seeds: list[int], longest: int, **more: object) -> list[list[int]]:
    """What each row wrote."""
    rows: list[list[int]] = [[] for _ in prompts]
    randoms = [np.random.default_rng(seed) for seed in seeds]
    given_ = [np.array(prompt) for prompt in prompts]
    how = more.pop("how", Sampling())
    for told in sample(writer, given_, longest, 0, how, randoms, **more):  # type: ignore[arg-type]
        for row, token in zip(rows, told.tokens.tolist(), strict=True):
            if token != NOTHING:
                row.append(token)
    return rows


PROMPTS = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=5), min_size=1, max_size=4)


@given(prompts=PROMPTS, longest=st.integers(1, 8), seed=st.integers(0, 99))
def test_a_row_is_written_as_if_it_were_alone(prompts: list[list[int]], longest: int, seed: int) -> None:
    seeds = [seed + row for row in range(len(prompts))]
    together = written(Table(len(prompts), 6), prompts, seeds, longest)
    alone = [written(Table(1, 6), [prompt], [own], longest)[0] for prompt, own in zip(prompts, seeds, strict=True)]
    assert together == alone
    for row in together:
        assert 1 <= len(row) <= longest
        assert 0 not in row[:-1]
        assert row[-1] == 0 or len(row) == longest


def test_the_best_is_always_taken_at_temperature_0() -> None:
    table, row = Table(1, 6, seed=3), [2, 4]
    (found,) = written(Table(1, 6, seed=3), [[2, 4]], [0], 10, how=Sampling(temperature=0))
    for token in found:
        assert token == int(table.scores(row).argmax())
        row.append(token)


@given(prompts=PROMPTS, seed=st.integers(0, 99))
def test_only_what_is_allowed_is_written(prompts: list[list[int]], seed: int) -> None:
    for row in written(Table(len(prompts), 9), prompts, [seed] * len(prompts), 20, constraint=Rising(9)):
        rising = list(takewhile(bool, row))
        assert rising == sorted(set(rising))
        assert row == [*rising, 0]
        assert len(rising) >= 2 or rising[-1] == 8


def test_what_is_written_has_its_probability() -> None:
    table, rows = Table(2, 6), [[3], [2, 4]]
    prompts = [np.array(row) for row in rows]
    how = Sampling(0.5, top_k=3)
    for told in sample(Table(2, 6), prompts, 8, 0, how, [np.random.default_rng(seed) for seed in (1, 2)]):
        for row, token, sure in zip(rows, told.tokens.tolist(), told.log_probabilities.tolist(), strict=True):
            want = 0.0 if token == NOTHING else log_probabilities(table.scores(row))[token]
            assert sure == pytest.approx(want)
            row += [] if token == NOTHING else [token]


def test_rows_that_have_ended_cost_nothing() -> None:
    table = Table(50, 3)
    rows = written(table, [[1]] * 50, list(range(50)), 30)
    assert table.asked == sum(map(len, rows))
