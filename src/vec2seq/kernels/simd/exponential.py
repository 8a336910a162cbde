"""exp, for whole vectors: the power of two by the exponent bits, what is left of it by a polynomial."""

from typing import Any

from llvmlite import ir
from numba import types

from vec2seq.kernels.simd.llvm import (
    LANES,
    Loop,
    at,
    call,
    data,
    instruction,
    int_vector,
    multiply_add,
    splat_constant,
    vector,
)

_EXP2 = (0.00132669704, 0.00967545975, 0.0555074262, 0.240221218, 0.693146949, 1.00000007)
"""2^f on [-1/2, 1/2] by Chebyshev interpolation, highest power first; relative error 2.3e-7 in float32."""
_LOG2_E = 1.44269504
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4
"""ln 2 in two parts: a whole number below 256 times the first is exact in float32 (Cody and Waite 1980)."""
_LOWEST, _HIGHEST = -87.0, 88.0
"""exp of what lies beyond is that of these."""


def polynomial(builder: Any, coefficients: tuple[float, ...], x: Any) -> Any:
    """The polynomial with these coefficients, highest power first, of each lane."""
    value = splat_constant(coefficients[0])
    for coefficient in coefficients[1:]:
        value = multiply_add(builder, value, x, splat_constant(coefficient))
    return value


def power_of_two(builder: Any, whole: Any, rest: Any) -> Any:
    """2^(whole + rest), for whole numbers from -126 to 127 and rests from -1/2 to 1/2, both vectors of floats."""
    power = polynomial(builder, _EXP2, rest)
    shifted = builder.shl(builder.fptosi(whole, int_vector), ir.Constant(int_vector, [23] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(power, int_vector), shifted), vector)


@instruction
def exponentials(typing_context: Any, values: Any, values_at: Any, count: Any) -> Any:
    """exponentials(values, values_at, count): exp of ``count`` floats, in their place; relative error below 5e-7.

    Works on whole vectors: floats up to the next multiple of LANES are changed, too.
    """
    signature = types.void(values, types.uint64, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = data(context, builder, signature.args[0], arguments[0])
        loop = Loop(builder, arguments[2], LANES)
        place = at(builder, base, builder.add(arguments[1], loop.k))
        x = call(builder, "minnum", builder.load(place, align=4), splat_constant(_HIGHEST))
        x = call(builder, "maxnum", x, splat_constant(_LOWEST))
        whole = call(builder, "rint", builder.fmul(x, splat_constant(_LOG2_E)))
        for part in (_LN2_HIGH, _LN2_LOW):  # without fast math, which would join the parts again
            x = builder.fsub(x, builder.fmul(whole, splat_constant(part)))
        power = power_of_two(builder, whole, builder.fmul(x, splat_constant(_LOG2_E)))
        builder.store(power, place, align=4)
        loop.close([])
        return context.get_dummy_value()

    return signature, emit
