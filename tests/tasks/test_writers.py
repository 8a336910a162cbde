"""What comes next, token after token and for whole texts at once: the same, for a net, for counts, for both."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from vec2seq.data.ragged import Ragged
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.sampling import Writer, log_probabilities
from vec2seq.nn.decoder import DECODERS
from vec2seq.tasks.generate_net import EagerSteps, LanguageNet
from vec2seq.tasks.writers import MixedWriter, NetWriter, best_share, net_log_probabilities

TOKENS = 6
ROW = st.lists(st.integers(0, TOKENS - 1), min_size=1, max_size=23)
EACH = pytest.mark.parametrize("name", DECODERS)


def steps_of(name: str) -> EagerSteps:
    torch.manual_seed(2)
    return EagerSteps(LanguageNet(TOKENS, name, 8, 2, 2, 0.3).train(False))


def token_after_token(writer: Writer, row: list[int]) -> list[float]:
    """Of each token but the first, its log-probability when it comes."""
    found = []
    for token, following in pairwise(row):
        scores = writer.read(np.array([[token]]))
        found.append(float(log_probabilities(scores)[0, following]))
    return found


@EACH
@given(rows=st.lists(ROW, min_size=1, max_size=4), context=st.integers(1, 9))
def test_at_once_as_token_after_token(name: str, rows: list[list[int]], context: int) -> None:
    steps = steps_of(name)
    found = net_log_probabilities(steps, Ragged.of(rows), context)
    want = [value for row in rows for value in [0.0, *token_after_token(NetWriter(steps, 1, context), row)]]
    np.testing.assert_allclose(found, want, atol=1e-5)


@EACH
@given(row=ROW, first=st.integers(1, 23), context=st.integers(1, 9))
def test_a_prompt_is_read_at_once(name: str, row: list[int], first: int, context: int) -> None:
    steps, first = steps_of(name), min(first, len(row))
    one, many = NetWriter(steps, 1, context), NetWriter(steps, 1, context)
    for token in row:
        want = one.read(np.array([[token]]))
    found = many.read(np.array([row[:first]]))
    found = many.read(np.array([row[first:]])) if row[first:] else found
    np.testing.assert_allclose(found, want, atol=1e-5)


@EACH
@given(rows=st.lists(st.lists(st.integers(0, 5), min_size=7, max_size=7), min_size=2, max_size=4), data=st.data())
def test_rows_are_taken(name: str, rows: list[list[int]], data: st.DataObject) -> None:
    steps, given_ = steps_of(name), np.array(rows)
    taken = np.array(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=5)))
    counts = KneserNey.of(given_.ravel(), np.array([0, given_.size]), TOKENS, 3)
    writer: Any = MixedWriter(NetWriter(steps, len(rows), 4), counts, 0.7, len(rows))
    writer.read(given_[:, :5])
    writer.take(taken)
    other: Any = MixedWriter(NetWriter(steps, len(taken), 4), counts, 0.7, len(taken))
    np.testing.assert_allclose(writer.read(given_[taken, 5:]), other.read(given_[taken]), atol=1e-5)


@given(row=ROW, share=st.sampled_from([0.0, 0.3, 1.0]))
def test_net_and_counts_together(row: list[int], share: float) -> None:
    steps, rows = steps_of("attention"), Ragged.of([row])
    counts = KneserNey.of(np.array([0, 1, 2, 1, 2, 3, 0]), np.array([0, 7]), TOKENS, 3)
    found = token_after_token(MixedWriter(NetWriter(steps, 1, 5), counts, share, 1), row)
    of_net, of_counts = np.exp(net_log_probabilities(steps, rows, 5)), counts.probabilities(rows.values, rows.offsets)
    np.testing.assert_allclose(np.exp(found), (share * of_net + (1 - share) * of_counts)[1:], atol=1e-5)


def test_the_best_share_is_the_best() -> None:
    random = np.random.default_rng(1)
    net, counts = np.log(random.beta(2, 4, 5000)), np.log(random.beta(2, 6, 5000))
    share = best_share(net, counts)
    losses = {s: -np.log(s * np.exp(net) + (1 - s) * np.exp(counts)).mean() for s in np.linspace(0.01, 0.99, 99)}
    assert share == pytest.approx(min(losses, key=losses.__getitem__), abs=0.02)
    assert 0.1 < share < 0.95
