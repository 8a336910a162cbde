"""Products of matrices by register tiles, for nets too small for BLAS: the product of 64 x 10 and 10 x 64 is over
before BLAS has looked at its arguments.

A tile of the result, some rows by one or two vectors of columns, stays in registers while the inner dimension is
walked: per step, a vector of ``b`` is loaded once and multiplied with one number of each row of ``a``. ``a`` has two
strides, so that its transpose costs nothing. What goes over the end of a row of ``out`` is its padding.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.llvm import (
    LANES,
    MANY_REGISTERS,
    ZERO,
    Loop,
    at,
    data,
    index,
    instruction,
    load,
    multiply_add,
    splat,
)

_U = np.uint64
TILE_ROWS = 8 if MANY_REGISTERS else 4
"""Rows of the largest tile, two vectors wide, whose sums fit the vector registers."""


def _make_tile(rows: int, vectors: int) -> Callable[..., Any]:
    """``rows`` rows and ``vectors`` vectors of a product."""

    def tile(
        typing_context: Any,
        a: Any,
        a_at: Any,
        a_row: Any,
        a_step: Any,
        b: Any,
        b_at: Any,
        b_pitch: Any,
        depth: Any,
        out: Any,
        out_at: Any,
        out_pitch: Any,
    ) -> Any:
        u64 = types.uint64
        signature = types.void(a, u64, u64, u64, b, u64, u64, u64, out, u64, u64)

        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, b, out = (data(context, builder, signature.args[i], arguments[i]) for i in (0, 4, 8))
            a_at, a_row, a_step, b_at, b_pitch, depth, out_at, out_pitch = (
                arguments[i] for i in (1, 2, 3, 5, 6, 7, 9, 10)
            )
            row_starts = [builder.add(a_at, builder.mul(a_row, index(r))) for r in range(rows)]
            loop = Loop(builder, depth, 1)
            sums = [[loop.carry(ZERO.type, ZERO) for _ in range(vectors)] for _ in range(rows)]
            b_here = builder.add(b_at, builder.mul(loop.k, b_pitch))
            columns = [load(builder, b, builder.add(b_here, index(v * LANES))) for v in range(vectors)]
            a_here = builder.mul(loop.k, a_step)
            grown = []
            for r in range(rows):
                number = builder.load(builder.gep(a, [builder.add(row_starts[r], a_here)]))
                factor = splat(builder, number)
                grown.append([multiply_add(builder, factor, columns[v], sums[r][v]) for v in range(vectors)])
            loop.close([(sums[r][v], grown[r][v]) for r in range(rows) for v in range(vectors)])
            for r in range(rows):
                start = builder.add(out_at, builder.mul(out_pitch, index(r)))
                for v in range(vectors):
                    place = at(builder, out, builder.add(start, index(v * LANES)))
                    builder.store(grown[r][v], place, align=LANES * 4)
            return context.get_dummy_value()

        return signature, emit

    tile.__name__ = f"tile{rows}x{vectors}"
    tile.__doc__ = f"""tile{rows}x{vectors}(a, a_at, a_row, a_step, b, b_at, b_pitch, depth, out, out_at, out_pitch)

    out[r, c] = sum_k a[r, k] b[k, c] for {rows} rows r, {vectors} vectors of columns c and k < depth, depth at least 1;
    a[r, k] lies at a_at + r * a_row + k * a_step. Rows of b and out start at multiples of LANES floats.
    """
    return instruction(tile)


tile1x1, tile2x1, tile4x1, tile8x1 = (_make_tile(rows, 1) for rows in (1, 2, 4, 8))
tile1x2, tile2x2, tile4x2, tile8x2 = (_make_tile(rows, 2) for rows in (1, 2, 4, 8))


@kernel
def product(
    a: NDArray[np.float32],
    a_at: int,
    a_row: int,
    a_step: int,
    b: NDArray[np.float32],
    b_at: int,
    b_pitch: int,
    out: NDArray[np.float32],
    out_at: int,
    out_pitch: int,
    rows: int,
    depth: int,
    columns: int,
) -> None:
    """out = a b, for ``rows`` rows, ``depth`` at least 1 and ``columns`` columns, rounded up to whole vectors.

    a[r, k] lies at a_at + r * a_row + k * a_step of the flat ``a``, so that rows and steps exchanged are its transpose.
    """
    a_row_, a_step_, b_pitch_, out_pitch_, depth_ = _U(a_row), _U(a_step), _U(b_pitch), _U(out_pitch), _U(depth)
    column = 0
    while column < columns:
        wide = column + LANES < columns
        b_here = _U(b_at + column)
        row = 0
        while row < rows:
            a_here, out_here, left = _U(a_at + row * a_row), _U(out_at + row * out_pitch + column), rows - row
            if wide:
                if left >= 8 and TILE_ROWS == 8:
                    tile8x2(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                    row += 8
                elif left >= 4:
                    tile4x2(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                    row += 4
                elif left >= 2:
                    tile2x2(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                    row += 2
                else:
                    tile1x2(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                    row += 1
            elif left >= 8:
                tile8x1(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                row += 8
            elif left >= 4:
                tile4x1(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                row += 4
            elif left >= 2:
                tile2x1(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                row += 2
            else:
                tile1x1(a, a_here, a_row_, a_step_, b, b_here, b_pitch_, depth_, out, out_here, out_pitch_)
                row += 1
        column += 2 * LANES if wide else LANES
