"""Net and counts together: token after token as at once, and shares that suit the text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.test_writers import ROW, TOKENS, steps_of, token_after_token
from vec2seq.data.ragged import Ragged
from vec2seq.kernels.kneser_ney import KneserNey
from vec2seq.kernels.sampling import log_probabilities
from vec2seq.nn.decoder import DECODERS
from vec2seq.tasks.foresight import Foresight, best_share
from vec2seq.tasks.writers import NetWriter


@given(row=ROW, share=st.sampled_from([0.0, 0.3, 1.0]))
def test_net_and_counts_together(row: list[int], share: float) -> None:
    counts = KneserNey.of(np.array([0, 1, 2, 1, 2, 3, 0]), np.array([0, 7]), TOKENS, 3)
    both, rows = Foresight(steps_of("attention"), counts, share, 5), Ragged.of([row])
    by_net, by_counts = (np.exp(part) for part in both.apart(rows))
    wanted = share * by_net + (1 - share) * by_counts
    np.testing.assert_allclose(np.exp(both.log_probabilities(rows)), wanted)
    np.testing.assert_allclose(np.exp(token_after_token(both.writer(1), row)), wanted[1:], atol=1e-5)


@pytest.mark.parametrize("name", DECODERS)
@given(row=ROW, context=st.integers(1, 9), order=st.integers(1, 5))
def test_all_tokens_that_may_stand_at_each_place(name: str, row: list[int], context: int, order: int) -> None:
    steps, values = steps_of(name), np.array(row)
    counts = KneserNey.of(np.array([0, 1, 2, 1, 2, 3, 0, 2, 1, 2]), np.array([0, 10]), TOKENS, order)
    writer, ends = NetWriter(steps, 1, context), counts.start(1)
    want = []
    for token in values[:-1]:
        ends = counts.after(ends, token[None])
        net, counted = np.exp(log_probabilities(writer.read(token[None, None])))[0], counts.following(ends)[0]
        want.append([net, counted, 0.3 * net + 0.7 * counted])
    parts = list(Foresight(steps, counts, 0.3, context).places(values))
    places = np.concatenate([part.places for part in parts] or [np.zeros(0, int)])
    assert sorted(places.tolist()) == list(range(1, len(row)))
    for part in parts:
        for at, *said in zip(part.places.tolist(), part.net, part.counts, part.both, strict=True):
            np.testing.assert_allclose(said, want[at - 1], atol=1e-5)


def test_the_best_share_is_the_best() -> None:
    random = np.random.default_rng(1)
    net, counts = np.log(random.beta(2, 4, 5000)), np.log(random.beta(2, 6, 5000))
    share = best_share(net, counts)
    losses = {s: -np.log(s * np.exp(net) + (1 - s) * np.exp(counts)).mean() for s in np.linspace(0.01, 0.99, 99)}
    assert share == pytest.approx(min(losses, key=losses.__getitem__), abs=0.02)
    assert 0.1 < share < 0.95
