"""The loss of an output layer, in parts: what PyTorch's own layer and loss find."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from vec2seq.nn import output
from vec2seq.nn.output import summed_cross_entropy


def given_tensors(rows, tokens, width, dtype=torch.float64):
    torch.manual_seed(rows * 100 + tokens)
    x, vectors, bias = (torch.randn(*shape, dtype=dtype) for shape in ((rows, width), (tokens, width), (tokens,)))
    return [tensor.requires_grad_() for tensor in (x, vectors, bias)], torch.randint(0, tokens, (rows,))


def torchs(x, vectors, bias, wanted, smoothing):
    scores = functional.linear(x, vectors, bias)
    return functional.cross_entropy(scores, wanted, reduction="sum", label_smoothing=smoothing)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 9), st.integers(1, 12), st.integers(1, 5), st.sampled_from([0.0, 0.1, 0.5]), st.integers(1, 60))
def test_loss_and_gradients_are_those_of_torch_however_many_rows_are_taken_at_once(
    rows, tokens, width, smoothing, at_once
):
    tensors, wanted = given_tensors(rows, tokens, width)
    before, output.AT_ONCE = output.AT_ONCE, at_once
    try:
        found = summed_cross_entropy(*tensors, wanted, smoothing)
    finally:
        output.AT_ONCE = before
    truth = torchs(*tensors, wanted, smoothing)
    torch.testing.assert_close(found, truth)
    # a step divides the loss before it goes back
    ours, theirs = (torch.autograd.grad(loss / 7, tensors, allow_unused=True) for loss in (found, truth))
    torch.testing.assert_close(ours, theirs)


def test_a_wrong_wanted_token_is_noticed():
    tensors, wanted = given_tensors(5, 4, 3)
    other = (wanted + 1) % 4
    with pytest.raises(AssertionError):
        torch.testing.assert_close(summed_cross_entropy(*tensors, wanted), torchs(*tensors, other, 0.0))


def test_under_autocast_products_are_in_bfloat16_and_sums_are_not():
    tensors, wanted = given_tensors(64, 50, 16, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        found = summed_cross_entropy(*tensors, wanted, 0.1)
    truth = torchs(*tensors, wanted, 0.1)
    assert found.dtype == torch.float32
    assert found.item() != truth.item()
    torch.testing.assert_close(found, truth, rtol=1e-2, atol=0)
    for ours, theirs in zip(*(torch.autograd.grad(loss, tensors) for loss in (found, truth)), strict=True):
        assert ours.dtype == torch.float32
        assert (ours - theirs).norm() < 0.02 * theirs.norm()


def test_nothing_is_kept_where_nothing_is_learnt():
    tensors, wanted = given_tensors(6, 4, 3)
    with torch.inference_mode():
        found = summed_cross_entropy(*tensors, wanted)
    torch.testing.assert_close(found, torchs(*tensors, wanted, 0.0).detach())
    assert not found.requires_grad
