"""Weights of tokens: exact where the score is linear, complete where it is not, and checked by what they foretell."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.probes import CurvedProbe, LinearProbe, linear_probe, made_text
from vec2seq.explain.attribution import (
    POINTS,
    Probe,
    completeness_error,
    faithfulness,
    faithfulness_of_all,
    gradient_times_input,
    integrated_gradients,
    occlusion,
    random_weights,
)
from vec2seq.explain.functions import Floats

METHODS = {"gradient": gradient_times_input, "integrated": integrated_gradients, "occlusion": occlusion}


def assert_slopes(probe: CurvedProbe) -> None:
    """The gradients of a probe are those of finite differences."""
    for scale in (0.3, 1.0):
        x, found = probe.gradients(np.array([scale]))
        for t, d in ((0, 0), (3, 2), (len(x) - 1, 5)):
            step = np.zeros_like(x)
            step[t, d] = 1e-6
            up, down = probe.of_sums(np.array([(scale * x + step).sum(0), (scale * x - step).sum(0)]))
            np.testing.assert_allclose(found[0, t, d], (up - down) / 2e-6, rtol=1e-6, atol=1e-8)


def test_the_probe_of_these_tests_has_the_right_gradients() -> None:
    probe = CurvedProbe(made_text(8), 1)
    assert_slopes(probe)
    wrong = CurvedProbe(made_text(8), 1)
    wrong.gradients = lambda scales: (probe.x, 1.01 * probe.gradients(scales)[1])  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        assert_slopes(wrong)


@pytest.mark.parametrize("method", METHODS)
@given(tokens=st.integers(1, 30), seed=st.integers(0, 99))
def test_of_a_linear_score_all_methods_find_the_terms(method: str, tokens: int, seed: int) -> None:
    probe = linear_probe(tokens, seed)
    found = METHODS[method](probe)
    np.testing.assert_allclose(found, (probe.w * probe.x).sum(1), atol=1e-12)
    assert completeness_error(probe, found) == pytest.approx(0, abs=1e-11)


def test_of_a_curved_score_integrated_gradients_add_up_and_the_others_do_not() -> None:
    probe = CurvedProbe(made_text(10), 3)
    errors = [abs(completeness_error(probe, integrated_gradients(probe, steps))) for steps in (4, 32, 256)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-4
    assert abs(completeness_error(probe, gradient_times_input(probe))) > 0.1
    with pytest.raises(ValueError, match="steps 0"):
        integrated_gradients(probe, 0)


def test_occlusion_is_the_drop_token_by_token() -> None:
    probe = CurvedProbe(made_text(7), 4)
    whole = probe.of_sums(probe.x.sum(0)[None])[0]
    for at, drop in enumerate(occlusion(probe)):
        assert drop == pytest.approx(whole - probe.of_sums(np.delete(probe.x, at, 0).sum(0)[None])[0])


def plain_areas(probe: Probe, weights: Floats) -> tuple[float, float]:
    """Twin: areas of deletion and insertion where every token is a point of its own."""
    order, tokens = sorted(range(len(weights)), key=lambda at: -weights[at]), len(weights)
    areas = []
    for inside in (False, True):
        curve = []
        for n in range(tokens + 1):
            keep = [(at in order[:n]) == inside for at in range(tokens)]
            curve.append(float(probe.kept(np.array([keep]))[0]))
        areas.append(sum((a + b) / 2 for a, b in itertools.pairwise(curve)) / tokens)
    return areas[0], areas[1]


@given(tokens=st.integers(4, POINTS - 1), seed=st.integers(0, 99))
def test_areas_are_those_of_their_twin(tokens: int, seed: int) -> None:
    probe = CurvedProbe([str(n) for n in range(tokens)], seed)
    weights = random_weights(probe, seed)
    found = faithfulness(probe, weights, 0, randoms=2)
    assert found is not None
    deletion, insertion = plain_areas(probe, weights)
    assert (found.curves.deletion_area, found.curves.insertion_area) == pytest.approx((deletion, insertion))
    assert found.curves.gap == pytest.approx(insertion - deletion)


def gap_to_random(probe: Probe, weights: Floats) -> tuple[float, str]:
    found = faithfulness(probe, weights, seed=5)
    assert found is not None
    return found.better, found.verdict


@pytest.mark.parametrize("probe", [linear_probe(40), CurvedProbe(made_text(40), 2)], ids=["linear", "curved"])
def test_right_weights_are_better_than_random_and_reversed_ones_worse(probe: LinearProbe | CurvedProbe) -> None:
    right = occlusion(probe)
    better, verdict = gap_to_random(probe, right)
    worse, reproach = gap_to_random(probe, -right)
    assert (verdict, reproach) == ("better than random order", "not better than random order")
    assert worse < -0.3 * better < 0
    chance = [gap_to_random(probe, random_weights(probe, seed)) for seed in range(40)]
    assert abs(np.mean([number for number, _ in chance])) < 0.2 * better
    assert sum(verdict.startswith("better") for _, verdict in chance) <= 6


def test_a_score_that_does_not_change_is_explained_by_nothing() -> None:
    probe = linear_probe(12)
    probe.w = np.zeros_like(probe.w)
    assert gap_to_random(probe, np.arange(12.0)) == (0, "not better than random order")


def test_long_texts_have_few_points_from_nothing_to_all() -> None:
    probe = linear_probe(300)
    found = faithfulness(probe, occlusion(probe), 1)
    assert found is not None
    assert len(found.curves.taken) == len(found.curves.deletion) == POINTS
    assert found.curves.taken[[0, -1]].tolist() == [0, 300]
    whole, empty = probe.kept(np.array([[True] * 300, [False] * 300]))
    np.testing.assert_allclose(found.curves.deletion[[0, -1]], [whole, empty])
    np.testing.assert_allclose(found.curves.insertion[[0, -1]], [empty, whole])


@pytest.mark.parametrize("tokens", [1, 2, 3])
def test_of_short_texts_weights_are_there_and_not_judged(tokens: int) -> None:
    probe = linear_probe(tokens)
    weights = occlusion(probe)
    assert weights.shape == (tokens,)
    assert faithfulness(probe, weights, 0) is None


def test_equal_weights_are_not_told_by_their_places() -> None:
    rising = LinearProbe(np.arange(50.0)[::-1, None], np.ones((50, 1)))
    better, verdict = gap_to_random(rising, np.zeros(50))
    assert verdict == "not better than random order"
    assert better < 0.5 * gap_to_random(rising, -np.arange(50.0))[0]


def test_several_methods_meet_the_same_random_orders_and_seeds_repeat() -> None:
    probe = CurvedProbe(made_text(15), 1)
    weights = {name: method(probe) for name, method in METHODS.items()}
    found, again = (faithfulness_of_all(probe, weights, 7) for _ in range(2))
    told = {name: one.to_json() for name, one in found.items() if one is not None}
    assert told == {name: one.to_json() for name, one in again.items() if one is not None}
    assert len({json.dumps(one["random"]) for one in told.values()}) == 1
    random = told["occlusion"]["random"]
    assert random["orders"] == 20
    assert random["gap"]["low"] <= random["gap"]["mean"] <= random["gap"]["high"]
    assert json.loads(json.dumps(told)) == told


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weights  \[3\]: need 5"):
        faithfulness(linear_probe(5), np.zeros(3), 0)
    with pytest.raises(ValueError, match="finite"):
        faithfulness(linear_probe(5), np.full(5, np.nan), 0)
