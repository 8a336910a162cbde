"""CRNN: a line is the same in any company; the loss is that of all paths; more classes change nothing else."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from vec2seq.data.inklines import STEP as COLUMNS_A_STEP
from vec2seq.nn.crnn import CRNN, STEP, ctc_loss, frames, widened
from vec2seq.nn.distortion import distorted


def net_of(classes: int = 5, height: int = 32, seed: int = 0) -> CRNN:
    torch.manual_seed(seed)
    net = CRNN(classes, height, (4, 6, 8, 10), 12, 2, 0.2)
    for module in net.modules():  # as if learnt: what norms add is not 0
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)  # type: ignore[union-attr]
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    return net.train(False)


def batch(lengths: list[int], height: int = 32) -> tuple[Tensor, Tensor]:
    wide = -(-max(lengths) // STEP) * STEP
    columns, mask = torch.zeros(len(lengths), wide, height, dtype=torch.uint8), torch.zeros(len(lengths), wide).bool()
    for row, length in enumerate(lengths):
        columns[row, :length] = torch.from_numpy(
            np.random.default_rng(row).integers(0, 256, (length, height), np.uint8)
        )
        mask[row, :length] = True
    return columns, mask


def test_the_constants_agree() -> None:
    assert STEP == COLUMNS_A_STEP


@pytest.mark.parametrize("height", [16, 32, 48])
def test_a_line_is_the_same_in_any_company(height: int) -> None:
    net, lengths = net_of(height=height), [1, 4, 5, 31, 64, 90]
    columns, mask = batch(lengths, height)
    with torch.inference_mode():
        together = net(columns, mask)
        assert together.shape == (len(lengths), 23, 5)
        for row, length in enumerate(lengths):
            wide = -(-length // STEP) * STEP
            alone = net(columns[row : row + 1, :wide], mask[row : row + 1, :wide])[0]
            many = int(frames(mask)[row])
            assert many == wide // STEP
            torch.testing.assert_close(alone[:many], together[row, :many], rtol=1e-4, atol=1e-5)


def test_the_loss_is_that_of_all_paths() -> None:
    scores = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1))
    mask = torch.zeros(2, 16).bool()
    mask[0], mask[1, :11] = True, True
    labels = torch.tensor([[1, 2, 2], [2, 0, 0]])
    want = 0.0
    for row, (many, text) in enumerate(((4, (1, 2, 2)), (3, (2,)))):
        chances = scores[row, :many].softmax(1).double().numpy()
        total = 0.0
        for path in itertools.product(range(3), repeat=many):
            if tuple(label for label, _ in itertools.groupby(path) if label) == text:
                total += math.prod(float(chances[column, label]) for column, label in enumerate(path))
        want -= math.log(total)
    assert float(ctc_loss(scores, mask, labels)) == pytest.approx(want, rel=1e-5)
    assert float(ctc_loss(scores[:, :1], mask[:, :4], labels)) != pytest.approx(want, rel=1e-5)


def test_a_line_that_is_too_short_counts_nothing() -> None:
    scores, mask = torch.randn(1, 2, 3), torch.ones(1, 8).bool()
    assert float(ctc_loss(scores, mask, torch.tensor([[1, 2, 1]]))) == 0.0


def test_more_classes_change_nothing_that_was_known() -> None:
    old, (columns, mask) = net_of(5), batch([40, 60])
    new = widened(old, net_of(8, seed=1)).train(False)
    with torch.inference_mode():
        torch.testing.assert_close(new(columns, mask)[..., :5], old(columns, mask))


def test_distorted_lines_are_lines() -> None:
    columns, mask = batch([30, 64])
    x = columns.float() / 255
    torch.manual_seed(3)
    first = distorted(x, mask)
    torch.manual_seed(3)
    assert torch.equal(first, distorted(x, mask))
    assert not torch.equal(first, distorted(x, mask))
    assert first.shape == x.shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert (first[0, 30:] == 0).all()
    assert not torch.equal(first[0], distorted(x[:1], mask[:1])[0])


def test_a_distorted_line_can_still_be_read() -> None:
    """Its ink stays about where it was: what it looks like is nearer to itself than to another line."""
    torch.manual_seed(0)
    x = torch.zeros(2, 96, 32)
    x[0, 20:28, 6:26], x[0, 60:66, 6:26], x[1, 40:48, 6:26], x[1, 80:86, 6:26] = 1, 1, 1, 1
    mask = torch.ones(2, 96).bool()
    for _ in range(20):
        found = distorted(x, mask)
        near = (found[:, None] * x[None]).sum((2, 3))
        assert near[0, 0] > near[0, 1]
        assert near[1, 1] > near[1, 0]
