"""exp and the activation functions against torch in float64, values and derivatives."""

import numpy as np
import pytest
import torch

from vec2seq.kernels import kernel
from vec2seq.kernels.activations import ACTIVATIONS, activate
from vec2seq.kernels.matrix import empty_rows
from vec2seq.kernels.simd.exponential import exponentials
from vec2seq.mlp.forward import ACTIVATIONS as IN_NUMPY

POINTS = np.concatenate([np.linspace(-9, 9, 1993), [-1e4, -90, -20, -1e-6, 0, 1e-6, 20, 90, 1e4], np.zeros(14)])
TORCH = {
    "identity": lambda z: 1 * z,
    "relu": torch.relu,
    "logistic": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
}


@kernel
def exp_of(values: np.ndarray) -> None:
    exponentials(values, np.uint64(0), np.uint64(len(values)))


def test_exp_is_right_to_the_last_digits_and_never_infinite() -> None:
    x = np.concatenate([np.linspace(-87, 88, 4080), [-1e9, -100, 100, 1e9] * 4]).astype(np.float32)
    values = x.copy()
    exp_of(values)
    expected = np.exp(np.clip(x.astype(float), -87, 88))
    np.testing.assert_allclose(values, expected, rtol=5e-7)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_slopes(name: str) -> None:
    assert len(POINTS) % 16 == 0
    values, slopes = empty_rows(len(POINTS) // 16 + 2, 16), empty_rows(len(POINTS) // 16 + 2, 16)
    values[:], slopes[:] = 5, 5
    values[16:-16] = POINTS
    activate(ACTIVATIONS[name], values, slopes, 16, len(POINTS))
    z = torch.tensor(POINTS.astype(np.float32).astype(float), requires_grad=True)
    expected = TORCH[name](z)
    expected.sum().backward()
    assert z.grad is not None
    np.testing.assert_allclose(values[16:-16], expected.detach(), atol=4e-7, rtol=1e-6)
    np.testing.assert_allclose(slopes[16:-16], z.grad, atol=4e-7, rtol=1e-6)
    for array in (values, slopes):
        assert (array[:16] == 5).all(), "floats before the layer were changed"
        assert (array[-16:] == 5).all(), "floats behind the layer were changed"
    with np.errstate(under="ignore"):
        np.testing.assert_allclose(IN_NUMPY[name](POINTS.astype(np.float32)), values[16:-16], atol=4e-7, rtol=1e-6)
