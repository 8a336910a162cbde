"""The vector instructions: the only file that knows LLVM.

Numba turns a plain loop over two or three arrays into vector instructions by itself. The inner loops of word2vec
work on ten rows at once, keep up to 24 sums in registers and add each of them up at the end; Numba's vectoriser
does not find that. So they are written here once, as *intrinsics*: Python functions that emit LLVM
instructions and can be called from any kernel. LLVM picks the machine's own instructions from them (AVX-512, AVX2,
SSE, NEON).

Every matrix is a flat float32 array whose rows start at multiples of 16 floats (64 bytes), padded with zeros; a row
is given by the offset of its first float. ``span``, the number of floats that are worked on, is a multiple of
``LANES`` (see ``padded``).

Notation: a *tile* is the product of some input rows x_i with OUTPUTS output rows y_o:

    scores[i, o] = x_i . y_o                 dots4 .. dots1
    x_i += sum_o g[i, o] y_o                 update (both from the old values)
    y_o += sum_i g[i, o] x_i
"""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

OUTPUTS = 6
"""Output rows in a tile: the word itself and five negatives, word2vec's default."""

ROW_FLOATS = 16
"""Rows start at multiples of this many floats: one cache line."""


def _lanes(features: str) -> int:
    """float32 lanes of the widest vector register that these CPU features name."""
    enabled = {feature for feature in features.split(",") if feature.startswith("+")}
    return 16 if "+avx512f" in enabled else 8 if "+avx2" in enabled else 4


_triple, _cpu, _features = cpu_target.target_context.codegen().magic_tuple()
LANES = _lanes(_features)
"""float32 lanes of a vector register on this machine."""

_MANY_REGISTERS = LANES == 16 or _triple.startswith(("aarch64", "arm64"))
TILE_INPUTS = 4 if _MANY_REGISTERS else 2
"""Input rows in the largest tile whose sums fit the vector registers (32 of them, or 16)."""


def padded(width: int, multiple: int = ROW_FLOATS) -> int:
    """``width`` rounded up to a multiple of ``multiple``."""
    return -(-width // multiple) * multiple


Arguments = ParamSpec("Arguments")


def _instruction(emitter: Callable[Concatenate[Any, Arguments], Any]) -> Callable[Arguments, Any]:
    """``intrinsic``, typed: who calls the result does not pass the typing context, Numba does."""
    return cast(Callable[Arguments, Any], intrinsic(emitter))


_f32, _i32, _i64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_vector, _int_vector = ir.VectorType(_f32, LANES), ir.VectorType(_i32, LANES)
_FAST = ("fast",)


def _index(value: int) -> Any:
    return ir.Constant(_i64, value)


def _splat_constant(value: float) -> Any:
    return ir.Constant(_vector, [value] * LANES)


_ZERO = _splat_constant(0.0)


def _data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Pointer to the first element of a Numba array."""
    return cgutils.create_struct_proxy(array_type)(context, builder, value=array).data


def _at(builder: Any, base: Any, offset: Any) -> Any:
    """Pointer to the vector that starts ``offset`` floats behind ``base``."""
    return builder.bitcast(builder.gep(base, [offset]), _vector.as_pointer())


def _load(builder: Any, base: Any, offset: Any, align: int = LANES * 4) -> Any:
    return builder.load(_at(builder, base, offset), align=align)


def _splat(builder: Any, scalar: Any) -> Any:
    """The vector whose lanes all hold ``scalar``."""
    undefined = ir.Constant(_vector, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_i32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_int_vector, [0] * LANES))


def _multiply_add(builder: Any, a: Any, x: Any, y: Any) -> Any:
    """a * x + y, fused where the machine can."""
    return builder.fadd(builder.fmul(a, x, flags=_FAST), y, flags=_FAST)


def _shuffle(builder: Any, x: Any, y: Any, lanes: list[int]) -> Any:
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_i32, len(lanes)), lanes))


def _call(builder: Any, name: str, *arguments: Any) -> Any:
    """Call an LLVM intrinsic whose arguments and result are all vectors of LANES floats."""
    kind = ir.FunctionType(_vector, [_vector] * len(arguments))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f32"), arguments)


class _Loop:
    """``for k in range(0, end, step)`` in LLVM, run at least once; values carried round the loop are phi nodes."""

    def __init__(self, builder: Any, end: Any, step: int):
        self.builder, self.end, self.step = builder, end, step
        self.before = builder.block
        self.body = builder.append_basic_block("loop")
        self.after = builder.append_basic_block("after")
        builder.branch(self.body)
        builder.position_at_end(self.body)
        self.k = self.carry(_i64, _index(0))

    def carry(self, kind: Any, start: Any) -> Any:
        value = self.builder.phi(kind)
        value.add_incoming(start, self.before)
        return value

    def close(self, carried: list[tuple[Any, Any]]) -> None:
        """End of the body: ``carried`` pairs each phi with its value in the next round."""
        here = self.builder.block
        following = self.builder.add(self.k, _index(self.step))
        for phi, value in [(self.k, following), *carried]:
            phi.add_incoming(value, here)
        self.builder.cbranch(self.builder.icmp_unsigned("<", following, self.end), self.body, self.after)
        self.builder.position_at_end(self.after)


def _sums_of_four(builder: Any, vectors: list[Any]) -> Any:
    """Four vectors -> one vector of 4 floats, the sum of each: transposed in two steps, then halved."""
    low = [lane for base in range(0, LANES, 4) for lane in (base, LANES + base, base + 1, LANES + base + 1)]
    high = [lane + 2 for lane in low]
    a, b, c, d = vectors
    ab = builder.fadd(_shuffle(builder, a, b, low), _shuffle(builder, a, b, high), flags=_FAST)
    cd = builder.fadd(_shuffle(builder, c, d, low), _shuffle(builder, c, d, high), flags=_FAST)
    low = [lane for base in range(0, LANES, 4) for lane in (base, base + 1, LANES + base, LANES + base + 1)]
    high = [lane + 2 for lane in low]
    total = builder.fadd(_shuffle(builder, ab, cd, low), _shuffle(builder, ab, cd, high), flags=_FAST)
    lanes = LANES
    while lanes > 4:
        lanes //= 2
        halves = list(range(lanes)), list(range(lanes, 2 * lanes))
        total = builder.fadd(*(_shuffle(builder, total, total, half) for half in halves), flags=_FAST)
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
            x, x_at, y, y_at, out = (_data(context, builder, kinds[i], arguments[i]) for i in (0, 1, 3, 4, 6))
            first, span = arguments[2], arguments[5]
            x_offsets = [builder.load(builder.gep(x_at, [builder.add(first, _index(i))])) for i in range(rows)]
            y_offsets = [builder.load(builder.gep(y_at, [_index(o)])) for o in range(OUTPUTS)]
            loop = _Loop(builder, span, LANES)
            sums = [loop.carry(_vector, _ZERO) for _ in range(rows * OUTPUTS)]
            xs = [_load(builder, x, builder.add(offset, loop.k)) for offset in x_offsets]
            grown: list[Any] = [None] * len(sums)
            for o, offset in enumerate(y_offsets):
                row = _load(builder, y, builder.add(offset, loop.k))
                for i in range(rows):
                    grown[i * OUTPUTS + o] = _multiply_add(builder, xs[i], row, sums[i * OUTPUTS + o])
            loop.close(list(zip(sums, grown, strict=True)))
            start = builder.mul(first, _index(OUTPUTS))
            for q in range(0, len(grown), 4):
                four = (grown[q : q + 4] + [_ZERO] * 3)[:4]
                where = builder.gep(out, [builder.add(start, _index(q))])
                kind = ir.VectorType(_f32, 4).as_pointer()
                builder.store(_sums_of_four(builder, four), builder.bitcast(where, kind), align=4)
            return context.get_dummy_value()

        return signature, emit

    dots.__name__ = f"dots{rows}"
    dots.__doc__ = f"""dots{rows}(inputs, input_at, first, outputs, output_at, span, scores)

    scores[(first + i) * OUTPUTS + o] = inputs[row input_at[first + i]] . outputs[row output_at[o]]
    for i < {rows} and o < OUTPUTS. Up to 3 floats behind the last score are overwritten.
    """
    return _instruction(dots)


dots1, dots2, dots3, dots4 = (_make_dots(rows) for rows in (1, 2, 3, 4))


@_instruction
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
        x, x_at, y, y_at, g = (_data(context, builder, kinds[i], arguments[i]) for i in (0, 1, 3, 4, 6))
        rows, span = arguments[2], arguments[5]
        y_offsets = [builder.load(builder.gep(y_at, [_index(o)])) for o in range(OUTPUTS)]
        columns = _Loop(builder, span, LANES)
        y_places = [_at(builder, y, builder.add(offset, columns.k)) for offset in y_offsets]
        ys = [builder.load(place, align=LANES * 4) for place in y_places]
        each = _Loop(builder, rows, 1)
        changes = [each.carry(_vector, _ZERO) for _ in range(OUTPUTS)]
        x_offset = builder.load(builder.gep(x_at, [each.k]))
        place = _at(builder, x, builder.add(x_offset, columns.k))
        old = builder.load(place, align=LANES * 4)
        new, grown = old, []
        start = builder.mul(each.k, _index(OUTPUTS))
        for o in range(OUTPUTS):
            step = _splat(builder, builder.load(builder.gep(g, [builder.add(start, _index(o))])))
            new = _multiply_add(builder, step, ys[o], new)
            grown.append(_multiply_add(builder, step, old, changes[o]))
        builder.store(new, place, align=LANES * 4)
        each.close(list(zip(changes, grown, strict=True)))
        for place, change in zip(y_places, grown, strict=True):
            current = builder.load(place, align=LANES * 4)
            builder.store(builder.fadd(current, change, flags=_FAST), place, align=LANES * 4)
        columns.close([])
        return context.get_dummy_value()

    return signature, emit


_EXP2 = (0.00132669704, 0.00967545975, 0.0555074262, 0.240221218, 0.693146949, 1.00000007)
"""2^f on [-1/2, 1/2] by Chebyshev interpolation, highest power first; relative error 2.3e-7 in float32."""

_LOG1P = (
    *(0.010243829, -0.053267478, 0.13198966, -0.2239669),
    *(0.32751171, -0.49933395, 0.99997024, 2.2159765e-7),
)
"""log(1 + u) on [0, 1] by Chebyshev interpolation, highest power first; absolute error 3.1e-7 in float32."""

LARGEST_SCORE = 6.0
"""No step where |score| reaches this: the sigmoid is flat there (word2vec's MAX_EXP)."""


def _polynomial(builder: Any, coefficients: tuple[float, ...], x: Any) -> Any:
    value = _splat_constant(coefficients[0])
    for coefficient in coefficients[1:]:
        value = _multiply_add(builder, value, x, _splat_constant(coefficient))
    return value


@_instruction
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
        places = _data(context, builder, signature.args[0], scores)
        signs = builder.gep(_data(context, builder, signature.args[3], signs), [first_sign])
        rate = _splat(builder, rate)
        count32 = builder.trunc(count, _i32)
        ones, lane_numbers = _splat_constant(1.0), ir.Constant(_int_vector, list(range(LANES)))
        loop = _Loop(builder, count, LANES)
        losses = loop.carry(_vector, _ZERO)
        place = _at(builder, places, loop.k)
        z = builder.load(place, align=4)
        s = _load(builder, signs, loop.k, align=4)
        sz = builder.fmul(s, z)
        magnitude = _call(builder, "fabs", sz)
        # u = exp(-|s z|) = 2^whole * 2^rest
        exponent = builder.fmul(
            _call(builder, "minnum", magnitude, _splat_constant(87.0)), _splat_constant(-1.44269504)
        )
        whole = _call(builder, "rint", exponent)
        power = _polynomial(builder, _EXP2, builder.fsub(exponent, whole))
        shifted = builder.shl(builder.fptosi(whole, _int_vector), ir.Constant(_int_vector, [23] * LANES))
        u = builder.bitcast(builder.add(builder.bitcast(power, _int_vector), shifted), _vector)
        # 1 / (1 + exp(s z)) without overflow on either side
        positive = builder.fcmp_ordered(">=", sz, _ZERO)
        chance = builder.fdiv(builder.select(positive, u, ones), builder.fadd(ones, u))
        step = builder.fmul(builder.fmul(rate, s), chance)
        small = builder.fcmp_ordered("<", _call(builder, "fabs", z), _splat_constant(LARGEST_SCORE))
        builder.store(builder.select(small, step, _ZERO), place, align=4)
        # log(1 + exp(-s z)) = max(-s z, 0) + log(1 + u), where there is a sign and a score
        loss = builder.fadd(_polynomial(builder, _LOG1P, u), builder.select(positive, _ZERO, magnitude))
        k32 = _splat_int(builder, builder.sub(count32, builder.trunc(loop.k, _i32)))
        there = builder.and_(builder.icmp_signed("<", lane_numbers, k32), builder.fcmp_unordered("!=", s, _ZERO))
        grown = builder.fadd(losses, builder.select(there, loss, _ZERO))
        loop.close([(losses, grown)])
        kind = ir.FunctionType(_f32, [_f32, _vector])
        reduce = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32")
        return builder.call(reduce, [ir.Constant(_f32, 0.0), grown], fastmath=_FAST)

    return signature, emit


def _splat_int(builder: Any, scalar: Any) -> Any:
    undefined = ir.Constant(_int_vector, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_i32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_int_vector, [0] * LANES))


@_instruction
def prefetch(typing_context: Any, matrix: Any, offset: Any, span: Any) -> Any:
    """prefetch(matrix, offset, span): fetch the row at ``offset`` into the cache, to be written soon."""
    signature = types.void(matrix, types.uint64, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, byte_pointer = _data(context, builder, signature.args[0], arguments[0]), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte_pointer, _i32, _i32, _i32])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        loop = _Loop(builder, arguments[2], ROW_FLOATS)
        place = builder.bitcast(builder.gep(base, [builder.add(arguments[1], loop.k)]), byte_pointer)
        to_write, keep_close, data_cache = ir.Constant(_i32, 1), ir.Constant(_i32, 3), ir.Constant(_i32, 1)
        builder.call(fetch, [place, to_write, keep_close, data_cache])
        loop.close([])
        return context.get_dummy_value()

    return signature, emit


@_instruction
def eight_bytes(typing_context: Any, array: Any, at: Any) -> Any:
    """eight_bytes(array, at) -> uint64: the bytes at .. at + 7 of a uint8 array, lowest first, at any address."""
    signature = types.uint64(array, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(_data(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        return builder.load(builder.bitcast(place, _i64.as_pointer()), align=1)

    return signature, emit


@_instruction
def lowest_bit(typing_context: Any, number: Any) -> Any:
    """lowest_bit(number) -> uint64: the place of the lowest bit that is set in a uint64, 64 if none is."""
    signature = types.uint64(types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return signature, emit


_RECIPROCAL_ROOTS = {16: "x86.avx512.rsqrt14.ps.512", 8: "x86.avx.rsqrt.ps.256", 4: "x86.sse.rsqrt.ps"}
"""Per number of lanes, the instruction for a rough 1 / sqrt(x): twelve bits or more are right."""


def _reciprocal_root(builder: Any, x: Any) -> Any:
    """1 / sqrt(x), relative error below 1e-6: a rough value and a step of Newton's, or the exact instructions."""
    if not _triple.startswith(("x86_64", "i686")):
        return builder.fdiv(_splat_constant(1.0), _call(builder, "sqrt", x), flags=_FAST)
    more = [ir.VectorType(_f32, LANES), ir.IntType(16)] if LANES == 16 else []
    kind = ir.FunctionType(_vector, [_vector, *more])
    instruction = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{_RECIPROCAL_ROOTS[LANES]}")
    rough = builder.call(instruction, [x, *([_ZERO, ir.Constant(ir.IntType(16), 0xFFFF)] if more else [])])
    half = builder.fmul(builder.fmul(x, _splat_constant(-0.5), flags=_FAST), rough, flags=_FAST)
    return builder.fmul(rough, _multiply_add(builder, half, rough, _splat_constant(1.5)), flags=_FAST)


@_instruction
def dot(typing_context: Any, x: Any, x_at: Any, y: Any, y_at: Any, span: Any) -> Any:
    """dot(x, x_at, y, y_at, span) -> float32: the dot product of two rows."""
    signature = types.float32(x, types.uint64, y, types.uint64, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, y = (_data(context, builder, signature.args[i], arguments[i]) for i in (0, 2))
        loop = _Loop(builder, arguments[4], LANES)
        total = loop.carry(_vector, _ZERO)
        a, b = (_load(builder, base, builder.add(arguments[i], loop.k)) for base, i in ((x, 1), (y, 3)))
        grown = _multiply_add(builder, a, b, total)
        loop.close([(total, grown)])
        kind = ir.FunctionType(_f32, [_f32, _vector])
        reduce = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32")
        return builder.call(reduce, [ir.Constant(_f32, 0.0), grown], fastmath=_FAST)

    return signature, emit


@_instruction
def adagrad(typing_context: Any, x: Any, x_at: Any, y: Any, y_at: Any, span: Any, step: Any, largest: Any) -> Any:
    """adagrad(x, x_at, y, y_at, span, step, largest): a step of AdaGrad down a loss of x . y (Duchi et al. 2011).

    A row is ``span`` floats, and behind them their sums of squares s. With t = step * y and u = step * x, both cut to
    [-largest, largest], old values on the right side:

        x -= t / sqrt(s_x)    s_x += t^2    y -= u / sqrt(s_y)    s_y += u^2
    """
    signature = types.void(x, types.uint64, y, types.uint64, types.uint64, types.float32, types.float32)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bases = [_data(context, builder, signature.args[i], arguments[i]) for i in (0, 2)]
        starts, span = (arguments[1], arguments[3]), arguments[4]
        step, most = _splat(builder, arguments[5]), _splat(builder, arguments[6])
        least = builder.fneg(most)
        loop = _Loop(builder, span, LANES)
        offsets = [builder.add(start, loop.k) for start in starts]
        places = [_at(builder, base, offset) for base, offset in zip(bases, offsets, strict=True)]
        sum_places = [
            _at(builder, base, builder.add(offset, span)) for base, offset in zip(bases, offsets, strict=True)
        ]
        values = [builder.load(place, align=LANES * 4) for place in places]
        sums = [builder.load(place, align=LANES * 4) for place in sum_places]
        for place, sum_place, value, other, squares in zip(
            places, sum_places, values, reversed(values), sums, strict=True
        ):
            change = builder.fmul(step, other, flags=_FAST)
            change = _call(builder, "maxnum", _call(builder, "minnum", change, most), least)
            moved = builder.fmul(change, _reciprocal_root(builder, squares), flags=_FAST)
            builder.store(builder.fsub(value, moved, flags=_FAST), place, align=LANES * 4)
            builder.store(_multiply_add(builder, change, change, squares), sum_place, align=LANES * 4)
        loop.close([])
        return context.get_dummy_value()

    return signature, emit
