"""Eight bytes at once, for reading text."""

from typing import Any

from llvmlite import ir
from numba import types

from vec2seq.kernels.simd.llvm import data, i64, instruction


@instruction
def eight_bytes(typing_context: Any, array: Any, at: Any) -> Any:
    """eight_bytes(array, at) -> uint64: the bytes at .. at + 7 of a uint8 array, lowest first, at any address."""
    signature = types.uint64(array, types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.gep(data(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        return builder.load(builder.bitcast(place, i64.as_pointer()), align=1)

    return signature, emit


@instruction
def lowest_bit(typing_context: Any, number: Any) -> Any:
    """lowest_bit(number) -> uint64: the place of the lowest bit that is set in a uint64, 64 if none is."""
    signature = types.uint64(types.uint64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return signature, emit
