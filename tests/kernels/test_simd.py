"""The vector instructions against NumPy, at every tile size and several widths."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vec2seq.kernels.matrix import empty_rows, moved_together, rows_of
from vec2seq.kernels.simd import bits, tiles
from vec2seq.kernels.simd.llvm import LANES
from vec2seq.kernels.simd.rows import padded
from vec2seq.kernels.simd.tiles import LARGEST_SCORE, OUTPUTS
from vec2seq.kernels.steps import sign_table

_U = np.uint64
DOTS = {1: tiles.dots1, 2: tiles.dots2, 3: tiles.dots3, 4: tiles.dots4}


def filled(rows: int, width: int, seed: int, scale: float = 1.0) -> NDArray[np.float32]:
    matrix = empty_rows(rows, width)
    matrix[:] = 0
    rows_of(matrix, rows, width)[:] = np.random.default_rng(seed).normal(size=(rows, width)) * scale
    return matrix


def offsets(rows: list[int], width: int) -> NDArray[np.uint64]:
    return np.array(rows, np.uint64) * _U(padded(width))


@pytest.mark.parametrize("width", [1, 4, 15, 16, 17, 100, 304])
@pytest.mark.parametrize("rows", DOTS)
def test_dots(rows: int, width: int) -> None:
    dots = DOTS[rows]

    @numba.njit
    def call(x, x_at, y, y_at, span, scores):  # type: ignore[no-untyped-def]
        dots(x, x_at, _U(1), y, y_at, span, scores)

    x, y = filled(6, width, 1), filled(9, width, 2)
    input_rows, output_rows = [0, 2, 5, 1, 3, 4][: rows + 1], [8, 0, 3, 3, 1, 7]
    scores = np.full(8 * OUTPUTS, np.nan, np.float32)
    call(x, offsets(input_rows, width), y, offsets(output_rows, width), _U(padded(width, LANES)), scores)
    expected = rows_of(x, 6, width)[input_rows[1:]] @ rows_of(y, 9, width)[output_rows].T
    np.testing.assert_allclose(
        scores[OUTPUTS : (rows + 1) * OUTPUTS].reshape(rows, OUTPUTS), expected, rtol=1e-4, atol=1e-4
    )
    assert np.isnan(scores[:OUTPUTS]).all()


@numba.njit
def _update(x, x_at, rows, y, y_at, span, steps):  # type: ignore[no-untyped-def]
    tiles.update(x, x_at, _U(rows), y, y_at, span, steps)


@pytest.mark.parametrize("width", [1, 16, 17, 100])
@pytest.mark.parametrize("rows", [1, 2, 3, 7, 10])
def test_update_uses_old_values_on_both_sides(rows: int, width: int) -> None:
    x, y = filled(10, width, 1), filled(8, width, 2)
    steps = np.random.default_rng(3).normal(size=(rows, OUTPUTS)).astype(np.float32)
    output_rows = [4, 0, 7, 2, 1, 6]
    x_before, y_before = rows_of(x, 10, width).copy(), rows_of(y, 8, width).copy()
    _update(
        x,
        offsets(list(range(rows)), width),
        rows,
        y,
        offsets(output_rows, width),
        _U(padded(width, LANES)),
        steps.ravel(),
    )
    np.testing.assert_allclose(
        rows_of(x, rows, width), x_before[:rows] + steps @ y_before[output_rows], rtol=1e-4, atol=1e-5
    )
    expected = y_before.copy()
    expected[output_rows] += steps.T @ x_before[:rows]
    np.testing.assert_allclose(rows_of(y, 8, width), expected, rtol=1e-4, atol=1e-5)
    assert (x.reshape(10, -1)[:, width:] == 0).all()


def test_an_output_row_that_occurs_twice_gets_both_changes() -> None:
    x, y = filled(1, 16, 1), filled(2, 16, 2)
    before = rows_of(y, 2, 16).copy()
    steps = np.arange(1, 7, dtype=np.float32)
    _update(x, offsets([0], 16), 1, y, offsets([0, 1, 1, 1, 1, 1], 16), _U(16), steps)
    x_before = rows_of(filled(1, 16, 1), 1, 16)
    np.testing.assert_allclose(rows_of(y, 2, 16), before + np.array([[1], [20]]) * x_before, rtol=1e-5)


@numba.njit
def _logistic(scores, count, rate, signs, first):  # type: ignore[no-untyped-def]
    return tiles.logistic(scores, _U(count), np.float32(rate), signs, _U(first))


@given(st.lists(st.floats(-120, 120, width=32), min_size=1, max_size=60), st.integers(0, 447), st.floats(1e-4, 1))
def test_logistic(values: list[float], block: int, rate: float) -> None:
    signs = sign_table(5)
    length = signs.size // 448
    in_use, bits = divmod(block, 64)
    sign = np.array([0 if o >= in_use else 1 if bits >> o & 1 else -1 for o in range(OUTPUTS)])
    count = len(values)
    scores = np.full(count + LANES, np.nan, np.float32)
    scores[:count] = values
    loss = _logistic(scores, count, rate, signs, block * length)
    z, s = np.array(values), np.resize(sign, count).astype(float)
    expected_loss = np.where(s == 0, 0, np.logaddexp(0, -s * z)).sum()
    with np.errstate(over="ignore"):
        expected = np.where(np.abs(z) < LARGEST_SCORE, rate * s / (1 + np.exp(s * z)), 0)
    np.testing.assert_allclose(loss, expected_loss, rtol=2e-5, atol=1e-5)
    np.testing.assert_allclose(scores[:count], expected, rtol=2e-5, atol=1e-7)


@given(st.binary(min_size=0, max_size=40), st.integers(0, 39))
def test_eight_bytes(data: bytes, at: int) -> None:
    array = np.frombuffer(data + bytes(48 - len(data)), np.uint8)

    assert _eight_bytes(array, at) == int.from_bytes(array[at : at + 8].tobytes(), "little")


@numba.njit
def _eight_bytes(array, at):  # type: ignore[no-untyped-def]
    return bits.eight_bytes(array, _U(at))


@given(st.integers(0, 2**64 - 1), st.integers(0, 64))
def test_lowest_bit(number: int, shift: int) -> None:
    number = number << shift & (2**64 - 1)

    assert _lowest_bit(np.uint64(number)) == ((number & -number).bit_length() - 1 if number else 64)


@numba.njit
def _lowest_bit(number):  # type: ignore[no-untyped-def]
    return bits.lowest_bit(number)


@pytest.mark.parametrize("width", [1, 16, 100, 300])
def test_rows_are_aligned_and_lose_their_padding_in_place(width: int) -> None:
    matrix = filled(5000, width, 1)
    assert matrix.ctypes.data % 64 == 0
    expected = rows_of(matrix, 5000, width).copy()
    result = moved_together(matrix, rows_of(matrix, 5000, width))
    np.testing.assert_array_equal(result, expected)
    assert result.flags.c_contiguous
    assert np.shares_memory(result, matrix)
