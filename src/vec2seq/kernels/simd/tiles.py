"""The inner loops of word2vec.

Notation: a *tile* is the product of some input rows x_i with OUTPUTS output rows y_o:

    scores[i, o] = x_i . y_o                 dots4 .. dots1
    x_i += sum_o g[i, o] y_o                 update (both from the old values)
    y_o += sum_i g[i, o] x_i
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from vec2seq.kernels.simd.exponential import polynomial, power_of_two
from vec2seq.kernels.simd.llvm import (
    FAST,
    LANES,
    MANY_REGISTERS,
    ZERO,
    Loop,
    add_lanes,
    at,
    call,
    data,
    f32,
    i32,
    index,
    instruction,
    int_vector,
    load,
    multiply_add,
    shuffle,
    splat,
    splat_constant,
    vector,
)

OUTPUTS = 6
"""Output rows in a tile: the word itself and five negatives, word2vec's default."""

TILE_INPUTS = 4 if MANY_REGISTERS else 2
"""Input rows in the largest tile whose sums fit the vector registers (32 of them, or 16)."""


def _sums_of_four(builder: Any, vectors: list[Any]) -> Any:
    """Four vectors -> one vector of 4 floats, the sum of each: transposed in two steps, then halved."""
    low = [lane for base in range(0, LANES, 4) for lane in (base, LANES + base, base + 1, LANES + base + 1)]
    high = [lane + 2 for lane in low]
    a, b, c, d = vectors
    ab = builder.fadd(shuffle(builder, a, b, low), shuffle(builder, a, b, high), flags=FAST)
    cd = builder.fadd(shuffle(builder, c, d, low), shuffle(builder, c, d, high), flags=FAST)
    low = [lane for base in range(0, LANES, 4) for lane in (base, base + 1, LANES + base, LANES + base + 1)]
    high = [lane + 2 for lane in low]
    total = builder.fadd(shuffle(builder, ab, cd, low), shuffle(builder, ab, cd, high), flags=FAST)
    lanes = LANES
    while lanes > 4:
        lanes //= 2
        halves = list(range(lanes)), list(range(lanes, 2 * lanes))
        total = builder.fadd(*(shuffle(builder, total, total, half) for half in halves), flags=FAST)
    return total


def _make_dots(rows: int) -> Callable[..., Any]:
    """The dot products of ``rows`` input rows with OUTPUTS output rows."""

    def dots(
        typing_context: Any,
        inputs: Any,
        input_at: Any,
        first: Any,
        outputs: Any,
        output_at: Any,
        span: Any,
        scores: Any,
    ) -> Any:
        signature = types.void(inputs, input_at, types.uint64, outputs, output_at, types.uint64, scores)

        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kinds = signature.args
            x, x_at, y, y_at, out = (data(context, builder, kinds[i], arguments[i]) for i in (0, 1, 3, 4, 6))
            first, span = arguments[2], arguments[5]
            x_offsets = [builder.load(builder.gep(x_at, [builder.add(first, index(i))])) for i in range(rows)]
            y_offsets = [builder.load(builder.gep(y_at, [index(o)])) for o in range(OUTPUTS)]
            loop = Loop(builder, span, LANES)
            sums = [loop.carry(vector, ZERO) for _ in range(rows * OUTPUTS)]
            xs = [load(builder, x, builder.add(offset, loop.k)) for offset in x_offsets]
            grown: list[Any] = [None] * len(sums)
            for o, offset in enumerate(y_offsets):
                row = load(builder, y, builder.add(offset, loop.k))
                for i in range(rows):
                    grown[i * OUTPUTS + o] = multiply_add(builder, xs[i], row, sums[i * OUTPUTS + o])
            loop.close(list(zip(sums, grown, strict=True)))
            start = builder.mul(first, index(OUTPUTS))
            for q in range(0, len(grown), 4):
                four = (grown[q : q + 4] + [ZERO] * 3)[:4]
                where = builder.gep(out, [builder.add(start, index(q))])
                kind = ir.VectorType(f32, 4).as_pointer()
                builder.store(_sums_of_four(builder, four), builder.bitcast(where, kind), align=4)
            return context.get_dummy_value()

        return signature, emit

    dots.__name__ = f"dots{rows}"
    dots.__doc__ = f"""dots{rows}(inputs, input_at, first, outputs, output_at, span, scores)

    scores[(first + i) * OUTPUTS + o] = inputs[row input_at[first + i]] . outputs[row output_at[o]]
    for i < {rows} and o < OUTPUTS. Up to 3 floats behind the last score are overwritten.
    """
    return instruction(dots)


dots1, dots2, dots3, dots4 = (_make_dots(rows) for rows in (1, 2, 3, 4))


@instruction
def update(
    typing_context: Any, inputs: Any, input_at: Any, rows: Any, outputs: Any, output_at: Any, span: Any, steps: Any
) -> Any:
    """update(inputs, input_at, rows, outputs, output_at, span, steps): the rank-``rows`` update of a tile.

    x_i += sum_o steps[i, o] y_o and y_o += sum_i steps[i, o] x_i, old values on both right sides. The output rows are
    read again before they are written, so that a row that occurs twice in ``output_at`` gets both changes.
    ``rows`` is at least 1; input rows that occur twice see each other's change.
    """
    signature = types.void(inputs, input_at, types.uint64, outputs, output_at, types.uint64, steps)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        x, x_at, y, y_at, g = (data(context, builder, kinds[i], arguments[i]) for i in (0, 1, 3, 4, 6))
        rows, span = arguments[2], arguments[5]
        y_offsets = [builder.load(builder.gep(y_at, [index(o)])) for o in range(OUTPUTS)]
        columns = Loop(builder, span, LANES)
        y_places = [at(builder, y, builder.add(offset, columns.k)) for offset in y_offsets]
        ys = [builder.load(place, align=LANES * 4) for place in y_places]
        each = Loop(builder, rows, 1)
        changes = [each.carry(vector, ZERO) for _ in range(OUTPUTS)]
        x_offset = builder.load(builder.gep(x_at, [each.k]))
        place = at(builder, x, builder.add(x_offset, columns.k))
        old = builder.load(place, align=LANES * 4)
        new, grown = old, []
        start = builder.mul(each.k, index(OUTPUTS))
        for o in range(OUTPUTS):
            step = splat(builder, builder.load(builder.gep(g, [builder.add(start, index(o))])))
            new = multiply_add(builder, step, ys[o], new)
            grown.append(multiply_add(builder, step, old, changes[o]))
        builder.store(new, place, align=LANES * 4)
        each.close(list(zip(changes, grown, strict=True)))
        for place, change in zip(y_places, grown, strict=True):
            current = builder.load(place, align=LANES * 4)
            builder.store(builder.fadd(current, change, flags=FAST), place, align=LANES * 4)
        columns.close([])
        return context.get_dummy_value()

    return signature, emit


_LOG1P = (
    *(0.010243829, -0.053267478, 0.13198966, -0.2239669),
    *(0.32751171, -0.49933395, 0.99997024, 2.2159765e-7),
)
"""log(1 + u) on [0, 1] by Chebyshev interpolation, highest power first; absolute error 3.1e-7 in float32."""

LARGEST_SCORE = 6.0
"""No step where |score| reaches this: the sigmoid is flat there (word2vec's MAX_EXP)."""


@instruction
def logistic(typing_context: Any, scores: Any, count: Any, rate: Any, signs: Any, first_sign: Any) -> Any:
    """logistic(scores, count, rate, signs, first_sign) -> loss: scores become steps.

    For each of the ``count`` scores z with its sign s (+1: should be high, -1: should be low, 0: not there; found
    from ``signs[first_sign]`` on), the loss is log(1 + exp(-s z)) and its negative derivative times the rate

        step = rate * s / (1 + exp(s z)),    0 where |z| >= LARGEST_SCORE.

    Works on whole vectors: ``scores`` and ``signs`` must be readable up to the next multiple of LANES.
    """
    signature = types.float32(scores, types.uint64, types.float32, signs, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        scores, count, rate, signs, first_sign = arguments
        places = data(context, builder, signature.args[0], scores)
        signs = builder.gep(data(context, builder, signature.args[3], signs), [first_sign])
        rate = splat(builder, rate)
        count32 = builder.trunc(count, i32)
        ones, lane_numbers = splat_constant(1.0), ir.Constant(int_vector, list(range(LANES)))
        loop = Loop(builder, count, LANES)
        losses = loop.carry(vector, ZERO)
        place = at(builder, places, loop.k)
        z = builder.load(place, align=4)
        s = load(builder, signs, loop.k, align=4)
        sz = builder.fmul(s, z)
        magnitude = call(builder, "fabs", sz)
        # u = exp(-|s z|) = 2^whole * 2^rest
        exponent = builder.fmul(call(builder, "minnum", magnitude, splat_constant(87.0)), splat_constant(-1.44269504))
        whole = call(builder, "rint", exponent)
        u = power_of_two(builder, whole, builder.fsub(exponent, whole))
        # 1 / (1 + exp(s z)) without overflow on either side
        positive = builder.fcmp_ordered(">=", sz, ZERO)
        chance = builder.fdiv(builder.select(positive, u, ones), builder.fadd(ones, u))
        step = builder.fmul(builder.fmul(rate, s), chance)
        small = builder.fcmp_ordered("<", call(builder, "fabs", z), splat_constant(LARGEST_SCORE))
        builder.store(builder.select(small, step, ZERO), place, align=4)
        # log(1 + exp(-s z)) = max(-s z, 0) + log(1 + u), where there is a sign and a score
        loss = builder.fadd(polynomial(builder, _LOG1P, u), builder.select(positive, ZERO, magnitude))
        k32 = splat(builder, builder.sub(count32, builder.trunc(loop.k, i32)))
        there = builder.and_(builder.icmp_signed("<", lane_numbers, k32), builder.fcmp_unordered("!=", s, ZERO))
        grown = builder.fadd(losses, builder.select(there, loss, ZERO))
        loop.close([(losses, grown)])
        return add_lanes(builder, grown)

    return signature, emit
