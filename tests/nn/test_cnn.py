"""Convolutions over tokens, against loops; and how far a token sees."""

import pytest
import torch
from torch import Tensor, nn

from nn.parity import check_parity, double, leaf, mask_of
from vec2seq.nn.cnn import Convolutions, convolved


def by_loop(layer: nn.Conv1d, x: Tensor) -> Tensor:
    """x [T,D] -> [T,C]: each token by itself; what is outside the row counts nothing."""
    size, gap = layer.kernel_size[0], layer.dilation[0]
    assert layer.bias is not None
    found = []
    for place in range(len(x)):
        first = place - (size - 1) * gap // 2
        seen = [(first + k * gap, layer.weight[:, :, k]) for k in range(size)]
        found.append(layer.bias + sum((w @ x[at] for at, w in seen if 0 <= at < len(x)), torch.zeros_like(layer.bias)))
    return torch.stack(found)


def rows_by_loop(net: Convolutions, x: Tensor) -> Tensor:
    """x [T,D], one row without padding -> [T,D]."""
    x = torch.cat([by_loop(window, x) for window in net.windows if isinstance(window, nn.Conv1d)], 1).relu()
    for layer in net.further:
        assert isinstance(layer, nn.Conv1d)
        x = x + by_loop(layer, x).relu()
    return x


@pytest.mark.parametrize("gap", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_a_convolution_keeps_the_length(size: int, gap: int) -> None:
    layer, x = double(nn.Conv1d(3, 2, size, dilation=gap)), leaf(5, 3)
    assert isinstance(layer, nn.Conv1d)
    pairs = [(leaf, leaf) for leaf in (x, *layer.parameters())]
    check_parity(convolved(layer, x.T[None])[0].T, by_loop(layer, x), pairs)


@pytest.mark.parametrize(("layers", "kernel"), [(1, 1), (1, 2), (1, 3), (3, 3), (3, 2), (4, 1)])
def test_rows_are_as_by_loops_whatever_the_padding(layers: int, kernel: int) -> None:
    net, x, lengths = Convolutions(4, layers, kernel, dropout=0.0), leaf(4, 7, 4), (7, 3, 1, 5)
    double(net)
    mask = mask_of(*lengths)
    want = torch.cat([rows_by_loop(net, x[row, :length]) for row, length in enumerate(lengths)])
    check_parity(net(x, mask)[mask], want, [(leaf, leaf) for leaf in (x, *net.parameters())])
    wrong = net(x, torch.ones_like(mask))[mask]
    if layers > 1 or kernel > 1:
        with pytest.raises(AssertionError, match="not close"):
            check_parity(wrong, want, [(x, x)])


def test_sight_doubles_with_each_layer() -> None:
    for layers, (left, right) in {1: (2, 2), 2: (4, 4), 3: (8, 8)}.items():
        net, x = Convolutions(6, layers, 3, dropout=0.0), leaf(1, 31, 6)
        double(net)
        seen = [0] * 31
        for sign in (1, -1):  # ReLU closes some ways
            [gradient] = torch.autograd.grad(net(sign * x, mask_of(31))[0, 15].sum(), x)
            seen = [a + b for a, b in zip(seen, gradient[0].abs().sum(1).tolist(), strict=True)]
        assert [place - 15 for place, size in enumerate(seen) if size] == [*range(-left, right + 1)], layers


@pytest.mark.parametrize("width", [1, 2, 3, 7, 64])
def test_the_windows_share_the_width(width: int) -> None:
    net = Convolutions(width, 1, 3, dropout=0.0)
    shares = [window.weight.shape[0] for window in net.windows]
    assert sum(shares) == width
    assert max(shares) - min(shares) <= 1
    assert [window.weight.shape[2] for window in net.windows] == [3, 4, 5][: min(width, 3)]
    assert net(torch.ones(2, 4, width), mask_of(4, 1)).shape == (2, 4, width)
