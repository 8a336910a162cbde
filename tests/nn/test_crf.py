"""The loss of a CRF against the sum over all sequences of labels, a plain loop of logarithms, and the decoder."""

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vec2seq.kernels.viterbi import log_partition, viterbi
from vec2seq.nn.crf import CRF

Loss = Callable[[CRF, Tensor, Tensor, Tensor], Tensor]


class Batch(NamedTuple):
    emissions: Tensor
    labels: Tensor
    mask: Tensor


def drawn(lengths: list[int], labels: int, seed: int, scale: float = 2.0) -> tuple[CRF, Batch]:
    """A CRF with random weights and a random batch; at padding no number and no label."""
    random = torch.Generator().manual_seed(seed)
    crf = CRF(labels)
    for weight in crf.parameters():
        torch.nn.init.normal_(weight, std=2, generator=random)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    emissions = scale * torch.randn(*mask.shape, labels, generator=random)
    numbers = torch.randint(labels, mask.shape, generator=random)
    batch = Batch(emissions.masked_fill(~mask[:, :, None], torch.nan), numbers.masked_fill(~mask, -100), mask)
    return crf, batch


def loss(crf: CRF, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
    return crf(emissions, labels, mask)  # type: ignore[no-any-return]


def score(crf: CRF, emissions: Tensor, path: Tensor) -> Tensor:
    """Of one sequence of labels [T] for one row [T,K]."""
    total = emissions[torch.arange(len(path)), path].sum() + crf.transitions[path[:-1], path[1:]].sum()
    return total + crf.starts[path[0]] + crf.ends[path[-1]]


def of_all_paths(crf: CRF, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
    losses = []
    for row, length in enumerate(mask.sum(1).tolist()):
        its = emissions[row, :length]
        paths = [torch.tensor(path) for path in product(range(emissions.shape[2]), repeat=length)]
        scores = torch.stack([score(crf, its, path) for path in paths]) if length else torch.zeros(1)
        truth = score(crf, its, labels[row, :length]) if length else torch.zeros(())
        losses.append(scores.logsumexp(0) - truth)
    return torch.stack(losses)


def of_logs(crf: CRF, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
    """The usual loop in logarithms."""
    losses = []
    for row, length in enumerate(mask.sum(1).tolist()):
        its = emissions[row, :length]
        reached = crf.starts + its[0]
        for t in range(1, length):
            reached = (reached[:, None] + crf.transitions).logsumexp(0) + its[t]
        losses.append((reached + crf.ends).logsumexp(0) - score(crf, its, labels[row, :length]))
    return torch.stack(losses)


def gradients(of: Loss, crf: CRF, batch: Batch) -> tuple[Tensor, list[Tensor]]:
    """Losses, and the gradients of emissions and weights, rows weighted differently."""
    emissions = batch.emissions.clone().requires_grad_()
    losses = of(crf, emissions, batch.labels, batch.mask)
    weights = torch.linspace(0.5, 2, len(losses), dtype=losses.dtype)
    return losses, list(torch.autograd.grad((losses * weights).sum(), [emissions, *crf.parameters()]))


def assert_same(of: Loss, reference: Loss, crf: CRF, batch: Batch) -> None:
    """Both give the same losses and gradients; the reference computes in float64."""
    values, grads = gradients(of, crf, batch)
    double = CRF(len(crf.starts)).double()
    double.load_state_dict(crf.state_dict())
    expected, of_expected = gradients(reference, double, batch._replace(emissions=batch.emissions.double()))
    torch.testing.assert_close(values.double(), expected, rtol=1e-6, atol=1e-5)
    for grad, other in zip(grads, of_expected, strict=True):
        torch.testing.assert_close(grad.double(), other.nan_to_num().double(), rtol=1e-5, atol=1e-5)


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(any),
    st.integers(1, 3),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 1.0, 300.0]),
)
def test_loss_and_gradient_are_those_of_all_paths(lengths: list[int], labels: int, seed: int, scale: float) -> None:
    assert_same(loss, of_all_paths, *drawn(lengths, labels, seed, scale))


@pytest.mark.parametrize("scale", [1.0, 100.0])
@pytest.mark.parametrize(("labels", "longest"), [(3, 60), (20, 25)])
def test_loss_and_gradient_are_the_plain_loops(labels: int, longest: int, scale: float) -> None:
    assert_same(loss, of_logs, *drawn([longest, 1, longest // 2], labels, 5, scale))


def test_transitions_far_from_each_other() -> None:
    """What would be 0 in float32: a transition of -200 that the labels take, and cannot but take."""
    crf, batch = drawn([12, 7], 3, 0)
    with torch.no_grad():
        crf.transitions[0] = torch.tensor([-300.0, -200.0, -300.0])
        batch.emissions[:, 3, 0] += 1000
    assert_same(loss, of_logs, crf, batch)


def test_wrong_answers_are_seen() -> None:
    crf, batch = drawn([4, 2], 3, 1)

    def value(crf: CRF, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        return loss(crf, emissions, labels, mask) * 1.0001

    def gradient(crf: CRF, emissions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        return loss(crf, emissions, labels, mask) + 1e-3 * (crf.ends - crf.ends.detach()).sum()

    for wrong in (value, gradient):
        with pytest.raises(AssertionError):
            assert_same(wrong, of_all_paths, crf, batch)
    assert_same(loss, of_all_paths, crf, batch)


def test_gradcheck() -> None:
    crf, batch = drawn([3, 1, 0, 2], 3, 2)
    crf = crf.double()
    emissions = batch.emissions.nan_to_num().double().requires_grad_()

    def of(emissions: Tensor, *_: Tensor) -> Tensor:
        return loss(crf, emissions, batch.labels, batch.mask)

    assert torch.autograd.gradcheck(of, (emissions, *crf.parameters()))


def test_padding_does_not_matter() -> None:
    crf, batch = drawn([5, 2, 0], 4, 3)
    losses, (of_emissions, *_) = gradients(loss, crf, batch)
    assert losses[2] == 0
    assert not of_emissions[~batch.mask].any()
    for row, length in enumerate([5, 2]):
        alone = crf(*(part[[row], :length] for part in batch))
        torch.testing.assert_close(alone[0], losses[row])


def test_under_autocast_it_is_the_same() -> None:
    crf, batch = drawn([6, 3], 5, 4)
    rounded = batch._replace(emissions=batch.emissions.bfloat16())
    plain, grads = gradients(loss, crf, rounded._replace(emissions=rounded.emissions.float()))
    with torch.autocast("cpu", torch.bfloat16):
        losses, of_rounded = gradients(loss, crf, rounded)
    assert losses.dtype == torch.float32
    assert of_rounded[0].dtype == torch.bfloat16
    assert torch.equal(losses, plain)
    for grad, other in zip(of_rounded[1:], grads[1:], strict=True):
        assert torch.equal(grad, other)


def test_at_first_tokens_are_on_their_own() -> None:
    crf, batch = CRF(4), drawn([5], 4, 6)[1]
    expected = torch.nn.functional.cross_entropy(batch.emissions[0], batch.labels[0], reduction="sum")
    torch.testing.assert_close(loss(crf, *batch)[0], expected)


def test_the_decoder_means_the_same_chain() -> None:
    crf, batch = drawn([7, 3, 1], 5, 7)
    arrays = [part.detach().numpy() for part in (crf.transitions, crf.starts, crf.ends)]
    emissions, mask = batch.emissions.numpy(), batch.mask.numpy()
    paths, scores = viterbi(emissions, mask, *arrays)
    likelihoods = scores - log_partition(emissions, mask, *arrays)
    losses = crf(batch.emissions, torch.from_numpy(paths), batch.mask)
    np.testing.assert_allclose(-losses.detach().numpy(), likelihoods, rtol=1e-5, atol=1e-5)
    assert (losses <= crf(batch.emissions, batch.labels, batch.mask)).all()
