"""Straight-line functions of floats that are written once, for scalars and for lanes.

Such a function is ordinary Python over `Value`s: running it writes LLVM instructions, no Numba front end is involved. So it
costs next to nothing to compile, and says itself which instructions may be contracted to fused ones: with the caller's
`reassoc` the tricks by which elementary functions are exact would be optimised away.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from .lanes import llvm_function

FLAGS = ("contract",)                                       # any flag at all: to instructions without one Numba gives the caller's
DOUBLE, I64 = ir.DoubleType(), ir.IntType(64)


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
