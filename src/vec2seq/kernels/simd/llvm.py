"""What the vector instructions are put together from: the machine's vectors, loads, loops, sums, in LLVM."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from llvmlite import ir
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic


def _lanes(features: str) -> int:
    """float32 lanes of the widest vector register that these CPU features name."""
    enabled = {feature for feature in features.split(",") if feature.startswith("+")}
    return 16 if "+avx512f" in enabled else 8 if "+avx2" in enabled else 4


triple, _, _features = cpu_target.target_context.codegen().magic_tuple()
LANES = _lanes(_features)
"""float32 lanes of a vector register on this machine."""
MANY_REGISTERS = LANES == 16 or triple.startswith(("aarch64", "arm64"))
"""Whether there are 32 vector registers, or 16."""

Arguments = ParamSpec("Arguments")


def instruction(emitter: Callable[Concatenate[Any, Arguments], Any]) -> Callable[Arguments, Any]:
    """``intrinsic``, typed: who calls the result does not pass the typing context, Numba does."""
    return cast(Callable[Arguments, Any], intrinsic(emitter))


f32, i32, i64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
vector, int_vector = ir.VectorType(f32, LANES), ir.VectorType(i32, LANES)
FAST = ("fast",)


def index(value: int) -> Any:
    """A constant int64."""
    return ir.Constant(i64, value)


def splat_constant(value: float) -> Any:
    """The vector whose lanes all hold a constant."""
    return ir.Constant(vector, [value] * LANES)


ZERO = splat_constant(0.0)


def data(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """Pointer to the first element of a Numba array."""
    return cgutils.create_struct_proxy(array_type)(context, builder, value=array).data


def at(builder: Any, base: Any, offset: Any) -> Any:
    """Pointer to the vector that starts ``offset`` floats behind ``base``."""
    return builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())


def load(builder: Any, base: Any, offset: Any, align: int = LANES * 4) -> Any:
    """The vector that starts ``offset`` floats behind ``base``."""
    return builder.load(at(builder, base, offset), align=align)


def splat(builder: Any, scalar: Any) -> Any:
    """The vector whose lanes all hold ``scalar``, a float or an int32."""
    undefined = ir.Constant(ir.VectorType(scalar.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(i32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(int_vector, [0] * LANES))


def multiply_add(builder: Any, a: Any, x: Any, y: Any) -> Any:
    """a * x + y, fused where the machine can."""
    return builder.fadd(builder.fmul(a, x, flags=FAST), y, flags=FAST)


def shuffle(builder: Any, x: Any, y: Any, lanes: list[int]) -> Any:
    """The lanes with these numbers of x and, from LANES on, of y."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(i32, len(lanes)), lanes))


def call(builder: Any, name: str, *arguments: Any) -> Any:
    """Call an LLVM intrinsic whose arguments and result are all vectors of LANES floats."""
    kind = ir.FunctionType(vector, [vector] * len(arguments))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f32"), arguments)


class Loop:
    """``for k in range(0, end, step)`` in LLVM, run at least once; values carried round the loop are phi nodes."""

    def __init__(self, builder: Any, end: Any, step: int):
        self.builder, self.end, self.step = builder, end, step
        self.before = builder.block
        self.body = builder.append_basic_block("loop")
        self.after = builder.append_basic_block("after")
        builder.branch(self.body)
        builder.position_at_end(self.body)
        self.k = self.carry(i64, index(0))

    def carry(self, kind: Any, start: Any) -> Any:
        """A value that is ``start`` in the first round."""
        value = self.builder.phi(kind)
        value.add_incoming(start, self.before)
        return value

    def close(self, carried: list[tuple[Any, Any]]) -> None:
        """End of the body: ``carried`` pairs each phi with its value in the next round."""
        here = self.builder.block
        following = self.builder.add(self.k, index(self.step))
        for phi, value in [(self.k, following), *carried]:
            phi.add_incoming(value, here)
        self.builder.cbranch(self.builder.icmp_unsigned("<", following, self.end), self.body, self.after)
        self.builder.position_at_end(self.after)


def add_lanes(builder: Any, x: Any) -> Any:
    """The sum of a vector's lanes."""
    kind = ir.FunctionType(f32, [f32, vector])
    reduce = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{LANES}f32")
    return builder.call(reduce, [ir.Constant(f32, 0.0), x], fastmath=FAST)
