"""Products by register tiles against NumPy's, of matrices and of transposes, in rows with padding."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.kernels.matrix import empty_rows, rows_of
from vec2seq.kernels.simd.llvm import LANES
from vec2seq.kernels.simd.products import product
from vec2seq.kernels.simd.rows import padded


def padded_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """A matrix as the kernels want it, the padding full of something that must not matter, or 0."""
    made = empty_rows(*matrix.shape)
    made[:] = 0
    rows_of(made, *matrix.shape)[:] = matrix
    return made


@given(st.integers(1, 21), st.integers(1, 40), st.integers(1, 70), st.booleans(), st.integers(0, 100))
def test_a_product_is_numpys(rows: int, depth: int, columns: int, transposed: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    a = random.normal(size=(depth, rows) if transposed else (rows, depth)).astype(np.float32)
    b = random.normal(size=(depth, columns)).astype(np.float32)
    steps = (1, padded(rows)) if transposed else (padded(depth), 1)
    out = empty_rows(rows + 1, columns)
    out[:] = 7
    product(
        *(padded_rows(a), 0, *steps),
        *(padded_rows(b), 0, padded(columns)),
        *(out, 0, padded(columns), rows, depth, columns),
    )
    expected = (a.T if transposed else a).astype(float) @ b
    np.testing.assert_allclose(rows_of(out, rows, columns), expected, atol=1e-5 * depth)
    whole = -(-columns // LANES) * LANES
    beyond = out.reshape(rows + 1, -1)
    assert (beyond[rows] == 7).all(), "a row behind the last was written"
    assert (beyond[:rows, columns:whole] == 0).all(), "padding of 0 does not stay 0"
    assert (beyond[:rows, whole:] == 7).all(), "more than whole vectors was written"
