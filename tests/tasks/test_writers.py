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
from vec2seq.tasks.generate_net import LanguageNet, WholeTexts
from vec2seq.tasks.kernel_steps import KernelSteps
from vec2seq.tasks.writers import MixedWriter, NetWriter, net_log_probabilities

TOKENS = 6
ROW = st.lists(st.integers(0, TOKENS - 1), min_size=1, max_size=23)
EACH = pytest.mark.parametrize("name", DECODERS)


def steps_of(name: str) -> KernelSteps:
    torch.manual_seed(2)
    net = LanguageNet(TOKENS, name, 8, 2, 2, 0.3).train(False)
    weights = {part: weight.numpy() for part, weight in net.state_dict().items()}
    return KernelSteps(weights, name, 2, 2, None, lambda: WholeTexts(net))


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
