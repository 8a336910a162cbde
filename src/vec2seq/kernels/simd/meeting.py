"""Where threads wait for each other within kernels: a counter that all see, looked at again and again.

Python's own barriers go through the interpreter and the system; a step of training may be over before that.
"""

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numpy.typing import NDArray

from vec2seq.kernels import kernel
from vec2seq.kernels.simd.llvm import data, i32, index, instruction, triple

_PATIENCE = 2000
"""Looks before a thread lets others have the processor: there may be more threads than processors."""


@instruction
def _arrive(typing_context: Any, place: Any) -> Any:
    """_arrive(place): add 1 to place[0], in one piece."""
    signature = types.void(place)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = data(context, builder, signature.args[0], arguments[0])
        builder.atomic_rmw("add", counter, index(1), "seq_cst")
        return context.get_dummy_value()

    return signature, emit


@instruction
def _count(typing_context: Any, place: Any, which: Any) -> Any:
    """_count(place, which) -> int64: place[which] as it is in memory now."""
    signature = types.int64(place, types.int64)

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        counter = builder.gep(data(context, builder, signature.args[0], arguments[0]), [arguments[1]])
        return builder.load_atomic(counter, "seq_cst", 8)

    return signature, emit


@instruction
def _relax(typing_context: Any) -> Any:
    """_relax(): tell the processor that this thread only waits."""
    signature = types.void()

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if triple.startswith(("x86_64", "i686")):
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return signature, emit


@instruction
def _give_way(typing_context: Any) -> Any:
    """_give_way(): let another thread have the processor."""
    signature = types.void()

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if sys.platform != "win32":
            kind = ir.FunctionType(i32, [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return signature, emit


@kernel
def meet(place: NDArray[np.int64], arrivals: int) -> bool:
    """Arrive, and wait until place[0] says that ``arrivals`` did since it was 0; False if place[1] calls it off."""
    _arrive(place)
    looks = 0
    while _count(place, 0) < arrivals:
        if _count(place, 1) != 0:
            return False
        looks += 1
        if looks < _PATIENCE:
            _relax()
        else:
            _give_way()
    return True
