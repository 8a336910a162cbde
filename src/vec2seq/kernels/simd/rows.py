"""What is done with one row, or with two: fetch it, their dot product, a step of AdaGrad."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from vec2seq.kernels.simd.llvm import (
    FAST,
    LANES,
    ZERO,
    Loop,
    add_lanes,
    at,
    call,
    data,
    f32,
    i32,
    instruction,
    load,
    multiply_add,
    splat,
    splat_constant,
    triple,
    vector,
)

ROW_FLOATS = 16
"""Rows start at multiples of this many floats: one cache line."""


def padded(width: int, multiple: int = ROW_FLOATS) -> int:
    """``width`` rounded up to a multiple of ``multiple``."""
    return -(-width // multiple) * multiple


@instruction
def prefetch(typing_context: Any, matrix: Any, offset: Any, span: Any) -> Any:
    """prefetch(matrix, offset, span): fetch the row at ``offset`` into the cache, to be written soon."""
    signature = types.void(matrix, types.uint64, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, byte_pointer = data(context, builder, signature.args[0], arguments[0]), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte_pointer, i32, i32, i32])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        loop = Loop(builder, arguments[2], ROW_FLOATS)
        place = builder.bitcast(builder.gep(base, [builder.add(arguments[1], loop.k)]), byte_pointer)
        to_write, keep_close, data_cache = ir.Constant(i32, 1), ir.Constant(i32, 3), ir.Constant(i32, 1)
        builder.call(fetch, [place, to_write, keep_close, data_cache])
        loop.close([])
        return context.get_dummy_value()

    return signature, emit


_RECIPROCAL_ROOTS = {16: "x86.avx512.rsqrt14.ps.512", 8: "x86.avx.rsqrt.ps.256", 4: "x86.sse.rsqrt.ps"}
"""Per number of lanes, the instruction for a rough 1 / sqrt(x): twelve bits or more are right."""


def _reciprocal_root(builder: Any, x: Any) -> Any:
    """1 / sqrt(x), relative error below 1e-6: a rough value and a step of Newton's, or the exact instructions."""
    if not triple.startswith(("x86_64", "i686")):
        return builder.fdiv(splat_constant(1.0), call(builder, "sqrt", x), flags=FAST)
    more = [ir.VectorType(f32, LANES), ir.IntType(16)] if LANES == 16 else []
    kind = ir.FunctionType(vector, [vector, *more])
    instruction = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{_RECIPROCAL_ROOTS[LANES]}")
    rough = builder.call(instruction, [x, *([ZERO, ir.Constant(ir.IntType(16), 0xFFFF)] if more else [])])
    half = builder.fmul(builder.fmul(x, splat_constant(-0.5), flags=FAST), rough, flags=FAST)
    return builder.fmul(rough, multiply_add(builder, half, rough, splat_constant(1.5)), flags=FAST)


@instruction
def dot(typing_context: Any, x: Any, x_at: Any, y: Any, y_at: Any, span: Any) -> Any:
    """dot(x, x_at, y, y_at, span) -> float32: the dot product of two rows."""
    signature = types.float32(x, types.uint64, y, types.uint64, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, y = (data(context, builder, signature.args[i], arguments[i]) for i in (0, 2))
        loop = Loop(builder, arguments[4], LANES)
        total = loop.carry(vector, ZERO)
        a, b = (load(builder, base, builder.add(arguments[i], loop.k)) for base, i in ((x, 1), (y, 3)))
        grown = multiply_add(builder, a, b, total)
        loop.close([(total, grown)])
        return add_lanes(builder, grown)

    return signature, emit


@instruction
def adagrad(typing_context: Any, x: Any, x_at: Any, y: Any, y_at: Any, span: Any, step: Any, largest: Any) -> Any:
    """adagrad(x, x_at, y, y_at, span, step, largest): a step of AdaGrad down a loss of x . y (Duchi et al. 2011).

    A row is ``span`` floats, and behind them their sums of squares s. With t = step * y and u = step * x, both cut to
    [-largest, largest], old values on the right side:

        x -= t / sqrt(s_x)    s_x += t^2    y -= u / sqrt(s_y)    s_y += u^2
    """
    signature = types.void(x, types.uint64, y, types.uint64, types.uint64, types.float32, types.float32)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bases = [data(context, builder, signature.args[i], arguments[i]) for i in (0, 2)]
        starts, span = (arguments[1], arguments[3]), arguments[4]
        step, most = splat(builder, arguments[5]), splat(builder, arguments[6])
        least = builder.fneg(most)
        loop = Loop(builder, span, LANES)
        offsets = [builder.add(start, loop.k) for start in starts]
        places = [at(builder, base, offset) for base, offset in zip(bases, offsets, strict=True)]
        sum_places = [at(builder, base, builder.add(offset, span)) for base, offset in zip(bases, offsets, strict=True)]
        values = [builder.load(place, align=LANES * 4) for place in places]
        sums = [builder.load(place, align=LANES * 4) for place in sum_places]
        for place, sum_place, value, other, squares in zip(
            places, sum_places, values, reversed(values), sums, strict=True
        ):
            change = builder.fmul(step, other, flags=FAST)
            change = call(builder, "maxnum", call(builder, "minnum", change, most), least)
            moved = builder.fmul(change, _reciprocal_root(builder, squares), flags=FAST)
            builder.store(builder.fsub(value, moved, flags=FAST), place, align=LANES * 4)
            builder.store(multiply_add(builder, change, change, squares), sum_place, align=LANES * 4)
        loop.close([])
        return context.get_dummy_value()

    return signature, emit
