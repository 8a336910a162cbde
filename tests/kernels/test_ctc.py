"""CTC: against all paths, one by one; beam search that keeps all texts is exhaustive."""

import itertools
import math
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.kernels.ctc import PrefixBeam, Span, alignment, best_path, fits, needed
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.ngram_walk import Walk

Texts = dict[tuple[int, ...], float]


def scores(columns: int, classes: int, seed: int, peaked: float = 1.0) -> NDArray[np.float64]:
    """Log-probabilities [T,C]."""
    drawn = peaked * np.random.default_rng(seed).normal(size=(columns, classes))
    return drawn - np.log(np.exp(drawn).sum(1, keepdims=True))


def said(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(label for label, _ in itertools.groupby(path) if label)


def by_all_paths(found: NDArray[np.float64]) -> Texts:
    """Each text with its probability."""
    texts: Texts = defaultdict(float)
    for path in itertools.product(range(found.shape[1]), repeat=len(found)):
        texts[said(path)] += math.exp(found[np.arange(len(found)), list(path)].sum())
    return texts


CASES = {"columns": st.integers(1, 5), "classes": st.integers(2, 4), "seed": st.integers(0, 99)}


@given(**CASES)
def test_best_path(columns: int, classes: int, seed: int) -> None:
    found = scores(columns, classes, seed)
    spans = best_path(found)
    path = found.argmax(1)
    assert tuple(span.label for span in spans) == said(tuple(path.tolist()))
    covered = np.zeros(columns, np.int64)
    for span in spans:
        assert (path[span.first : span.end] == span.label).all()
        covered[span.first : span.end] = span.label
    np.testing.assert_array_equal(covered, path)


@given(**CASES)
def test_a_beam_that_keeps_all_texts_is_exhaustive(columns: int, classes: int, seed: int) -> None:
    found = scores(columns, classes, seed)
    readings = PrefixBeam(10_000, least=0)(found)
    want = by_all_paths(found)
    assert {reading.labels for reading in readings} == set(want)
    for reading in readings:
        assert math.exp(reading.log_probability) == pytest.approx(want[reading.labels], rel=1e-9)
        assert reading.score == reading.log_probability
    assert [reading.score for reading in readings] == sorted((reading.score for reading in readings), reverse=True)


@given(**CASES)
def test_what_is_improbable_begins_nothing(columns: int, classes: int, seed: int) -> None:
    found = scores(columns, classes, seed, peaked=4)
    readings = PrefixBeam(10_000, least=0.05)(found)
    begun = {label for column in found for label in np.flatnonzero(np.exp(column) >= 0.05).tolist()}
    assert {label for reading in readings for label in reading.labels} <= begun
    want = by_all_paths(found)
    assert all(math.exp(reading.log_probability) <= want[reading.labels] * (1 + 1e-9) for reading in readings)


def test_it_is_torch_s_probability() -> None:
    found = scores(12, 4, 3)
    for reading in PrefixBeam(10_000, least=0)(found)[:50]:
        labels = torch.tensor([reading.labels], dtype=torch.long)
        loss = torch.nn.functional.ctc_loss(
            torch.from_numpy(found)[:, None],
            labels,
            torch.tensor([12]),
            torch.tensor([len(reading.labels)]),
            reduction="sum",
        )
        assert -reading.log_probability == pytest.approx(float(loss), rel=1e-9)


@given(**CASES, alpha=st.sampled_from([0.3, 1.0, 2.0]), beta=st.sampled_from([-1.0, 0.0, 2.0]))
def test_a_language_counts(columns: int, classes: int, seed: int, alpha: float, beta: float) -> None:
    found, drawn = scores(columns, classes, seed), np.random.default_rng(seed)
    rows = [[0, *drawn.integers(1, classes, 5).tolist(), 0] for _ in range(20)]
    language = KneserNey.of(np.concatenate(rows), np.arange(0, 141, 7), classes, 3)
    want = {}
    for text, probability in by_all_paths(found).items():
        values = np.array([0, *text, 0])
        chances = language.probabilities(values, np.array([0, len(values)]))
        want[text] = math.log(probability) + alpha * float(np.log(chances).sum()) + beta * len(text)
    readings = PrefixBeam(10_000, Walk(language), alpha, beta, least=0)(found)
    assert len(readings) == len(want)
    for reading in readings:
        assert reading.score == pytest.approx(want[reading.labels], rel=1e-6, abs=1e-6)


@given(seed=st.integers(0, 99), order=st.integers(1, 5), tokens=st.integers(2, 6))
def test_a_walk_is_what_counting_says(seed: int, order: int, tokens: int) -> None:
    drawn = np.random.default_rng(seed)
    values = drawn.integers(0, tokens, 60)
    counts = KneserNey.of(values, np.arange(0, 61, 6), tokens, order)
    asked = drawn.integers(0, tokens, 12)
    want = counts.probabilities(asked, np.array([0, 12]))
    walk, found = Walk(counts), []
    state = walk.after(walk.start(), int(asked[0]))[1]
    for token in asked[1:].tolist():
        chance, state = walk.after(state, token)
        found.append(math.exp(chance))
    np.testing.assert_allclose(found, want[1:], rtol=1e-6)


class Only:
    """Some texts are allowed: a Constraint whose states are texts."""

    def __init__(self, texts: set[tuple[int, ...]], classes: int):
        self.texts, self.classes = texts, classes

    def start(self) -> Any:
        return ()

    def allowed(self, state: Any) -> NDArray[np.bool_]:
        found = np.zeros(self.classes, bool)
        found[0] = state in self.texts
        for text in self.texts:
            if text[: len(state)] == state and len(text) > len(state):
                found[text[len(state)]] = True
        return found

    def after(self, state: Any, token: int) -> Any:
        return (*state, token)


@given(**CASES, some=st.sets(st.integers(0, 200), min_size=1, max_size=6))
def test_rules_are_kept(columns: int, classes: int, seed: int, some: set[int]) -> None:
    found = scores(columns, classes, seed)
    want = by_all_paths(found)
    texts = sorted(want)
    kept = {texts[number % len(texts)] for number in some}
    readings = PrefixBeam(10_000, constraint=Only(kept, classes), least=0)(found)
    assert {reading.labels for reading in readings} == kept
    for reading in readings:
        assert math.exp(reading.log_probability) == pytest.approx(want[reading.labels], rel=1e-9)


def test_where_nothing_is_allowed_nothing_is_read() -> None:
    assert PrefixBeam(5, constraint=Only({(1,) * 9}, 3))(scores(4, 3, 0)) == []


@given(seed=st.integers(0, 99), beams=st.integers(1, 8))
def test_few_beams_are_no_better_than_all(seed: int, beams: int) -> None:
    found = scores(5, 4, seed, peaked=3)
    few, all_ = PrefixBeam(beams, least=0)(found), PrefixBeam(10_000, least=0)(found)
    assert len(few) <= beams
    assert few[0].score <= all_[0].score + 1e-9


def test_beams_find_what_the_best_path_does_not() -> None:
    found = np.log(np.array([[0.4, 0.35, 0.25], [0.4, 0.35, 0.25]]))
    assert best_path(found) == []
    assert PrefixBeam(3)(found)[0].labels == (1,)


@given(**CASES)
def test_alignment(columns: int, classes: int, seed: int) -> None:
    found = scores(columns, classes, seed)
    best: dict[tuple[int, ...], float] = defaultdict(lambda: -math.inf)
    for path in itertools.product(range(classes), repeat=columns):
        best[said(path)] = max(best[said(path)], found[np.arange(columns), list(path)].sum())
    for text, probability in best.items():
        spans = alignment(found, text)
        assert tuple(span.label for span in spans) == text
        path = np.zeros(columns, np.int64)
        for span in spans:
            path[span.first : span.end] = span.label
        assert said(tuple(path.tolist())) == text
        assert found[np.arange(columns), path].sum() == pytest.approx(probability, abs=1e-9)


def test_a_long_text_is_aligned() -> None:
    found, labels = scores(700, 5, 2, peaked=4), [1 + place % 4 for place in range(300)]
    spans = alignment(found, labels)
    assert [span.label for span in spans] == labels
    assert all(one.end <= other.first for one, other in itertools.pairwise(spans))


def test_what_does_not_fit() -> None:
    assert needed([1, 1, 2]) == 4
    assert needed([]) == 0
    assert fits(4, [1, 1, 2])
    assert not fits(3, [1, 1, 2])
    for labels in ([1, 1, 2], [1, 2, 1, 2]):
        with pytest.raises(ValueError, match="columns are too few"):
            alignment(scores(3, 3, 0), labels)
    assert alignment(scores(3, 3, 0), []) == []
    assert alignment(scores(3, 3, 0), [1, 2, 1]) == [Span(1, 0, 1), Span(2, 1, 2), Span(1, 2, 3)]
