"""Norms of the parts of an array against NumPy's, also where float32 has no square."""

import numpy as np
import pytest

from vec2seq.kernels.norms import part_norms
from vec2seq.mlp.net import zeros


@pytest.mark.parametrize("scale", [0.0, 1e-36, 1e-30, 1e-12, 1.0, 1e12, 1e30])
def test_norms_are_numpys(scale: float) -> None:
    floats, ends = zeros(16 * 50), np.array([16, 48, 800])
    floats[:] = scale * np.random.default_rng(0).normal(size=800)
    expected = [float(np.linalg.norm(part.astype(float))) for part in np.split(floats, ends[:-1])]
    np.testing.assert_allclose(part_norms(floats, ends), expected, rtol=1e-5)
    floats[20] += np.float32(3 * scale + 1)
    found = part_norms(floats, ends)
    assert found[1] != pytest.approx(expected[1], rel=1e-5)
    assert found[[0, 2]] == pytest.approx([expected[0], expected[2]], rel=1e-5)


def test_what_is_not_finite_has_no_norm() -> None:
    floats = zeros(48)
    floats[[3, 20]] = np.inf, np.nan
    found = part_norms(floats, np.array([16, 32, 48]))
    assert np.isinf(found[0])
    assert np.isnan(found[1])
    assert found[2] == 0
