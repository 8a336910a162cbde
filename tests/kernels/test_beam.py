"""Beam search: with enough rows it finds what looking at everything finds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.writers import Aligned, Rising, Table
from vec2seq.kernels.beam import Candidate, Coverage, _highest, beam, length_penalty
from vec2seq.kernels.sampling import log_probabilities

END = 0
SEEDS, ALPHAS = st.integers(0, 10_000), st.sampled_from([0.0, 0.6, 1.0, 1.5])


def scored(table: Table, start: int, tokens: tuple[int, ...]) -> float:
    """The log-probability of tokens and an end."""
    row, total = [start], 0.0
    for token in (*tokens, END):
        total += float(log_probabilities(table.scores(row))[token])
        row.append(token)
    return total


def everything(table: Table, start: int, longest: int, alpha: float) -> list[tuple[list[int], float]]:
    """All that may be written, the best first."""
    found = []
    for length in range(longest):
        for tokens in itertools.product(range(1, table.tokens), repeat=length):
            score = scored(table, start, tokens) / length_penalty(length + 1, alpha)
            found.append((list(tokens), score))
    return sorted(found, key=lambda pair: -pair[1])


def penalized(table: Aligned, start: int, longest: int, alpha: float, factor: float) -> list[tuple[list[int], float]]:
    """Everything, by hand, with the coverage penalty."""
    found = []
    for tokens, score in everything(table, start, longest, alpha):
        read = [[start, *tokens[:count]] for count in range(len(tokens) + 1)]
        sums = [sum(table.weights(row)[place] for row in read) for place in range(table.places)]
        found.append((tokens, score + factor * sum(math.log(min(one, 1.0)) for one in sums)))
    return sorted(found, key=lambda pair: -pair[1])


def told(candidates: list[Candidate]) -> list[tuple[list[int], float]]:
    return [(candidate.tokens, pytest.approx(candidate.score)) for candidate in candidates]


@given(seed=SEEDS, alpha=ALPHAS, longest=st.integers(1, 4), best=st.integers(1, 4))
def test_with_enough_rows_it_is_exhaustive(seed: int, alpha: float, longest: int, best: int) -> None:
    table = Table(1, 4, seed)
    (found,) = beam(table, [1], 81, longest, END, alpha)
    want = everything(table, 1, longest, alpha)
    assert told(found)[:best] == want[:best]
    assert len(found) == min(len(want), 81)


@given(seed=SEEDS, alpha=ALPHAS, longest=st.integers(1, 4), factor=st.sampled_from([0.2, 1.0]), best=st.integers(1, 4))
def test_with_coverage_it_is_exhaustive_too(seed: int, alpha: float, longest: int, factor: float, best: int) -> None:
    table = Aligned(1, 4, seed, places=4)
    (found,) = beam(table, [1], 81, longest, END, alpha, None, Coverage(factor, table.attention))
    assert told(found)[:best] == penalized(table, 1, longest, alpha, factor)[:best]


def test_coverage_changes_what_is_best() -> None:
    changed = 0
    for seed in range(20):
        table = Aligned(1, 4, seed, places=4)
        (plain,), (found,) = (
            beam(Aligned(1, 4, seed, 4), [1], 81, 4, END),
            beam(table, [1], 81, 4, END, coverage=Coverage(1.0, table.attention)),
        )
        changed += plain[0].tokens != found[0].tokens
    assert 0 < changed < 20


@given(seed=SEEDS, beams=st.integers(1, 3), starts=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_rows_keep_their_own_coverage(seed: int, beams: int, starts: list[int]) -> None:
    tables = [Aligned(many, 4, seed, 3) for many in (len(starts), *(1 for _ in starts))]
    together, *alone = (
        beam(table, own, beams, 6, END, 0.6, None, Coverage(0.5, table.attention))
        for table, own in zip(tables, [starts, *([start] for start in starts)], strict=True)
    )
    assert together == [found for (found,) in alone]


def test_coverage_by_hand() -> None:
    coverage = Coverage(0.5, lambda: np.zeros((1, 1)))
    assert coverage.penalty(np.array([1.0, 3.0])) == 0
    assert coverage.penalty(np.array([0.5, 2.0, 0.25])) == pytest.approx(0.5 * math.log(0.125))
    assert -20 < coverage.penalty(np.array([0.0])) < -10


def test_with_one_row_it_is_not() -> None:
    wrong = 0
    for seed in range(40):
        table = Table(1, 4, seed)
        (found,) = beam(table, [1], 1, 4, END)
        wrong += told(found) != everything(table, 1, 4, 0.0)[:1]
    assert 0 < wrong < 30


@given(seed=SEEDS, alpha=ALPHAS, beams=st.integers(1, 3), starts=st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_sources_know_nothing_of_each_other(seed: int, alpha: float, beams: int, starts: list[int]) -> None:
    together = beam(Table(len(starts), 4, seed), starts, beams, 6, END, alpha)
    assert together == [beam(Table(1, 4, seed), [start], beams, 6, END, alpha)[0] for start in starts]


@given(seed=SEEDS, alpha=ALPHAS, beams=st.integers(1, 5))
def test_candidates_have_their_own_probability(seed: int, alpha: float, beams: int) -> None:
    table = Table(1, 5, seed)
    (found,) = beam(table, [2], beams, 5, END, alpha)
    assert 1 <= len(found) <= beams
    assert len({tuple(one.tokens) for one in found}) == len(found)
    for one in found:
        assert one.ended
        assert one.log_probability == pytest.approx(scored(table, 2, tuple(one.tokens)))
        assert one.score == pytest.approx(one.log_probability / length_penalty(len(one.tokens) + 1, alpha))
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@given(seed=SEEDS, beams=st.integers(1, 4))
def test_only_what_is_allowed_is_found(seed: int, beams: int) -> None:
    (found,) = beam(Table(1, 6, seed), [1], beams, 8, END, 1.0, Rising(6))
    for one in found:
        assert one.tokens == sorted(set(one.tokens))
        assert len(one.tokens) >= 2 or one.tokens[-1] == 5


class Endless(Rising):
    """No end is allowed."""

    def allowed(self, state: tuple[int, ...]) -> np.ndarray:
        return np.arange(self.tokens) > 0


def test_what_does_not_end_is_told() -> None:
    (found,) = beam(Table(1, 4), [1], 3, 5, END, 0.0, Endless(4))
    assert len(found) == 3
    assert all(len(one.tokens) == 5 and not one.ended for one in found)


@given(seed=SEEDS, alpha=ALPHAS, longest=st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_each_source_has_its_own_longest(seed: int, alpha: float, longest: list[int]) -> None:
    starts = [1 + number % 3 for number in range(len(longest))]
    together = beam(Table(len(starts), 4, seed), starts, 3, longest, END, alpha)
    pairs = zip(starts, longest, strict=True)
    assert together == [beam(Table(1, 4, seed), [start], 3, most, END, alpha)[0] for start, most in pairs]
    (endless,) = beam(Table(1, 4, seed), [1], 2, [longest[0]], END, alpha, Endless(4))
    assert all(len(one.tokens) == longest[0] and not one.ended for one in endless)


@given(
    values=st.lists(st.lists(st.sampled_from([-np.inf, -2.0, -1.0, 0.0]), min_size=3, max_size=3), min_size=1),
    many=st.integers(1, 9),
)
def test_the_highest_are_those_of_a_stable_sort(values: list[list[float]], many: int) -> None:
    found = np.array(values)
    order = [at for at in np.argsort(-found.ravel(), kind="stable")[:many] if found.ravel()[at] > -np.inf]
    assert _highest(found, many) == [(at // 3, at % 3, found.ravel()[at]) for at in order]


@given(seed=SEEDS, alpha=ALPHAS, beams=st.integers(1, 6), wanted=st.integers(1, 6))
def test_what_is_not_wanted_changes_nothing_that_is(seed: int, alpha: float, beams: int, wanted: int) -> None:
    table, fewer = Table(1, 4, seed), Table(1, 4, seed)
    (all_of_them,) = beam(table, [1], beams, 6, END, alpha)
    (found,) = beam(fewer, [1], beams, 6, END, alpha, wanted=wanted)
    assert found[:wanted] == all_of_them[:wanted]
    assert fewer.asked <= table.asked


def test_it_stops_when_nothing_can_become_better() -> None:
    table = Table(1, 4)
    beam(table, [1], 2, 10_000, END)
    assert table.asked < 200
