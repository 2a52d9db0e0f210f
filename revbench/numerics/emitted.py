"""Straight-line functions of floats that are written once, for scalars and for lanes.

Such a function is ordinary Python over `Value`s: running it writes LLVM instructions, no Numba front end is involved. So it
costs next to nothing to compile, and says itself which instructions may be contracted to fused ones: with the caller's
`reassoc` the tricks by which elementary functions are exact would be optimised away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .lanes import LanesType, dtype_of, llvm_function

FLAGS = ("contract",)                                       # any flag at all: to instructions without one Numba gives the caller's
DOUBLE, I64 = ir.DoubleType(), ir.IntType(64)
Function = Callable[..., "Value"]
CPU = llvm.get_host_cpu_features()
REGISTERS = (4, 8) if CPU.get("avx512f") else (4,) if CPU.get("avx") else (2,)      # how many floats vectorised loops may want at once


class Value:
    """A float64, an int64 or a truth, or lanes of them: arithmetic writes instructions."""

    __slots__ = ("builder", "ir")
    __hash__ = None                                         # type: ignore[assignment]

    def __init__(self, builder: ir.IRBuilder, value: Any) -> None:
        self.builder, self.ir = builder, value

    @property
    def element(self) -> ir.Type:
        return self.ir.type.element if isinstance(self.ir.type, ir.VectorType) else self.ir.type

    def shaped(self, element: ir.Type) -> ir.Type:
        """The type of as many elements as this has."""
        return ir.VectorType(element, self.ir.type.count) if isinstance(self.ir.type, ir.VectorType) else element

    def constant(self, number: float, element: ir.Type = DOUBLE) -> Value:
        """A number, as often as this has elements."""
        t = self.shaped(element)
        one = float(number) if element == DOUBLE else int(number)
        return self.of(ir.Constant(t, [one] * t.count if isinstance(t, ir.VectorType) else one))

    def of(self, value: Any) -> Value:
        return Value(self.builder, value)

    def like(self, other: Any) -> Value:
        """An operand: a value, or a number of this one's kind."""
        return other if isinstance(other, Value) else self.constant(other, self.element)

    def _two(self, name: str, a: Value, b: Value) -> Value:
        """A float operation, or that on whole numbers which has the name without `f`."""
        if a.element == DOUBLE:
            return self.of(getattr(self.builder, f"f{name}")(a.ir, b.ir, flags=FLAGS))
        return self.of(getattr(self.builder, name)(a.ir, b.ir))

    def __add__(self, other: Any) -> Value:
        return self._two("add", self, self.like(other))

    def __radd__(self, other: Any) -> Value:
        return self._two("add", self.like(other), self)

    def __sub__(self, other: Any) -> Value:
        return self._two("sub", self, self.like(other))

    def __rsub__(self, other: Any) -> Value:
        return self._two("sub", self.like(other), self)

    def __mul__(self, other: Any) -> Value:
        return self._two("mul", self, self.like(other))

    def __rmul__(self, other: Any) -> Value:
        return self._two("mul", self.like(other), self)

    def __truediv__(self, other: Any) -> Value:
        return self._two("div", self, self.like(other))

    def __rtruediv__(self, other: Any) -> Value:
        return self._two("div", self.like(other), self)

    def __neg__(self) -> Value:
        return self.of(self.builder.fneg(self.ir, flags=FLAGS) if self.element == DOUBLE else self.builder.neg(self.ir))

    def __and__(self, other: Any) -> Value:
        return self.of(self.builder.and_(self.ir, self.like(other).ir))

    def __or__(self, other: Any) -> Value:
        return self.of(self.builder.or_(self.ir, self.like(other).ir))

    def __xor__(self, other: Any) -> Value:
        return self.of(self.builder.xor(self.ir, self.like(other).ir))

    def __invert__(self) -> Value:
        return self.of(self.builder.not_(self.ir))

    def __lshift__(self, other: Any) -> Value:
        return self.of(self.builder.shl(self.ir, self.like(other).ir))

    def __rshift__(self, other: Any) -> Value:
        """Zeros come from above."""
        return self.of(self.builder.lshr(self.ir, self.like(other).ir))

    def _compare(self, symbol: str, other: Any) -> Value:
        b = self.like(other)
        if self.element == DOUBLE:
            compare = self.builder.fcmp_unordered if symbol == "!=" else self.builder.fcmp_ordered
            return self.of(compare(symbol, self.ir, b.ir, flags=FLAGS))
        return self.of(self.builder.icmp_signed(symbol, self.ir, b.ir))

    def __lt__(self, other: Any) -> Value:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Value:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> Value:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Value:
        return self._compare(">=", other)

    def __eq__(self, other: Any) -> Value:                  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: Any) -> Value:                  # type: ignore[override]
        return self._compare("!=", other)

    def __abs__(self) -> Value:
        return self.called("fabs")

    def signed_as(self, other: Value) -> Value:
        """Its magnitude with the other one's sign."""
        return self.called("copysign", other)

    def called(self, name: str, *others: Value) -> Value:
        """A function of LLVM's, such as `sqrt`, for this value."""
        operands = [self.ir, *(o.ir for o in others)]
        return self.of(self.builder.call(llvm_function(self.builder, name, self.ir.type, *operands), operands))

    def bits(self) -> Value:
        """The float's representation as a whole number."""
        return self.of(self.builder.bitcast(self.ir, self.shaped(I64)))

    def as_float(self) -> Value:
        """The float with these bits: the inverse of `bits`."""
        return self.of(self.builder.bitcast(self.ir, self.shaped(DOUBLE)))


def where(mask: Value, yes: Any, no: Any) -> Value:
    """`yes` where the mask is true, else `no`; both are computed."""
    a = yes if isinstance(yes, Value) else no.like(yes) if isinstance(no, Value) else mask.constant(yes)
    return mask.of(mask.builder.select(mask.ir, a.ir, a.like(no).ir))


def rescued(found: Value, mask: Value, x: Value, name: str) -> Value:
    """`found`; where the mask is true, what the platform's function of that name gives. One branch, for all lanes."""
    builder, many = found.builder, isinstance(mask.ir.type, ir.VectorType)
    test = builder.call(llvm_function(builder, "vector.reduce.or", ir.IntType(1), mask.ir), [mask.ir]) if many else mask.ir
    before = builder.block
    with builder.if_then(test, likely=False):
        operands = [found.ir, mask.ir, x.ir]
        better = builder.call(rescue_in(builder, name, operands), operands)
        after = builder.block
    out = builder.phi(better.type)
    out.add_incoming(found.ir, before)
    out.add_incoming(better, after)
    return found.of(out)


def rescue_in(builder: ir.IRBuilder, name: str, operands: list[Any]) -> Any:
    """A function of the module: not part of its callers, which rarely call it."""
    t = operands[0].type
    symbol = f"revbench.far.{name}.{t.count if isinstance(t, ir.VectorType) else 1}"
    if symbol not in builder.module.globals:
        made = ir.Function(builder.module, ir.FunctionType(t, [o.type for o in operands]), symbol)
        made.linkage = "internal"
        for attribute in ("noinline", "cold", "nounwind"):
            made.attributes.add(attribute)
        inside = ir.IRBuilder(made.append_basic_block())
        found, mask, x = (Value(inside, a) for a in made.args)
        inside.ret(where(mask, each_by(found, x, name), found).ir)
    return builder.module.globals[symbol]


def each_by(found: Value, x: Value, name: str) -> Value:
    """The platform's function of each element."""
    builder = x.builder
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(DOUBLE, [DOUBLE]), name)
    if not isinstance(x.ir.type, ir.VectorType):
        return x.of(builder.call(function, [x.ir]))
    out = found.ir
    for k in range(x.ir.type.count):
        at = ir.Constant(ir.IntType(32), k)
        out = builder.insert_element(out, builder.call(function, [builder.extract_element(x.ir, at)]), at)
    return x.of(out)


def polynomial(x: Value, *coefficients: float) -> Value:
    """c0 + c1 * x + c2 * x**2 + ..., the even and the odd powers side by side: half the latency of Horner's rule for one more square."""
    if len(coefficients) < 5:
        return _horner(x, coefficients)
    square = x * x
    return _horner(square, coefficients[::2]) + x * _horner(square, coefficients[1::2])


def _horner(x: Value, coefficients: tuple[float, ...]) -> Value:
    out = x.constant(coefficients[-1])
    for c in coefficients[-2::-1]:
        out = out * x + c
    return out


def function_in(builder: ir.IRBuilder, fn: Function, operands: list[Any]) -> Any:
    """LLVM's function for operands of this type, written into the module on first use; it has no calls left when it is optimised."""
    return written(builder.module, fn, operands[0].type, len(operands))


def written(module: ir.Module, fn: Function, t: ir.Type, count: int) -> Any:
    name = f"revbench.{fn.__name__}.{t.count if isinstance(t, ir.VectorType) else 1}"
    if name in module.globals:
        return module.globals[name]
    made = ir.Function(module, ir.FunctionType(t, [t] * count), name)
    made.linkage = "internal"
    inside = ir.IRBuilder(made.append_basic_block())
    inside.ret(fn(*(Value(inside, a) for a in made.args)).ir)
    if len(made.blocks) == 1:
        made.attributes.add("alwaysinline")
    elif t == DOUBLE:
        offer_vectors(module, made, [written(module, fn, ir.VectorType(DOUBLE, width), count) for width in REGISTERS])
    return made


def offer_vectors(module: ir.Module, scalar: Any, vectors: list[Any]) -> None:
    """Tells the vectoriser of loops, which knows no branches, what to call for several elements instead of the function."""
    variants = ",".join(f"_ZGV_LLVM_N{v.args[0].type.count}{'v' * len(v.args)}_{scalar.name}({v.name})" for v in vectors)
    set.add(scalar.attributes, f'"vector-function-abi-variant"="{variants}"')          # llvmlite knows attributes without a value only
    for f in (scalar, *vectors):
        for attribute in ("noinline", "nounwind", "readnone"):
            f.attributes.add(attribute)
    keep_for_the_vectoriser(module, vectors)


def keep_for_the_vectoriser(module: ir.Module, functions: list[Any]) -> None:
    """Nobody calls these functions yet, and they are not to be dropped for that."""
    used, pointer = module.globals.get("llvm.compiler.used"), ir.IntType(8).as_pointer()
    kept = [*(used.initializer.constant if used is not None else ()), *(f.bitcast(pointer) for f in functions)]
    t = ir.ArrayType(pointer, len(kept))
    if used is None:
        used = ir.GlobalVariable(module, t, "llvm.compiler.used")
        used.linkage, used.section = "appending", "llvm.metadata"
    used.value_type, used.type, used.initializer = t, t.as_pointer(), ir.Constant(t, kept)


def result_of(args: Any) -> Any:
    """The type of a function of these arguments: lanes of floats, float64, or float32 if all are."""
    widths = {t.width for t in args if isinstance(t, LanesType)}
    if len(widths) > 1 or any(dtype_of(t) in (None, "bool") for t in args):
        return None
    if widths:
        return LanesType("float64", widths.pop())
    return types.float32 if all(t == types.float32 for t in args) else types.float64


def compiled(count: int) -> Callable[[Function], Any]:
    """A function of Numba's, of so many numbers or lanes, from one of Values."""
    def made(fn: Function) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            narrow = sig.return_type == types.float32
            operands = [builder.fpext(a, DOUBLE) for a in args] if narrow else list(args)
            out = builder.call(function_in(builder, fn, operands), operands)
            return builder.fptrunc(out, ir.FloatType()) if narrow else out

        def typed(*args: Any) -> Any:
            t = result_of(args)
            return None if t is None else (t(*[t] * count), code)

        def one(typing: Any, x: Any) -> Any:
            return typed(x)

        def two(typing: Any, x: Any, y: Any) -> Any:
            return typed(x, y)

        shell = one if count == 1 else two
        shell.__name__, shell.__qualname__, shell.__doc__, shell.__module__ = fn.__name__, fn.__qualname__, fn.__doc__, fn.__module__
        return intrinsic(shell)

    return made


