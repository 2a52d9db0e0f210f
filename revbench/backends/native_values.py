"""Values of checked code as LLVM sees them: what type an operation gives, and its instructions.

Types and results are those that Numba gives the same text (`error_model="numpy"`, no fastmath). What is not known here for
certain is refused with `NotNative`, and Numba compiles the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from .native_heads import SIGNED, UNSIGNED, NotNative

I1, I8, I32, I64, F32, F64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType(), ir.DoubleType()
PTR = ir.PointerType()
FLOATS = {"float32": F32, "float64": F64}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number or a truth value: `v` is an LLVM value of the type that `dtype` says."""

    dtype: str
    v: Any


@dataclass(frozen=True, slots=True)
class Array:
    """An array in one stretch of memory."""

    dtype: str
    data: Any
    shape: tuple[Any, ...]


def llvm_type(dtype: str) -> Any:
    if dtype == "bool":
        return I1
    return FLOATS.get(dtype) or ir.IntType((SIGNED | UNSIGNED)[dtype])


def memory_type(dtype: str) -> Any:
    return I8 if dtype == "bool" else llvm_type(dtype)


def integer(value: int) -> Any:
    return ir.Constant(I64, value)


def cast(b: Any, x: Scalar, dtype: str) -> Any:
    """The LLVM value of `x` as another type, as Numba converts it."""
    if x.dtype == dtype:
        return x.v
    to = llvm_type(dtype)
    if dtype == "bool":
        raise NotNative("a number as a truth value")
    if x.dtype in FLOATS:
        if dtype in FLOATS:
            return b.fptrunc(x.v, to) if dtype == "float32" else b.fpext(x.v, to)
        if dtype in UNSIGNED:
            raise NotNative("a float as an unsigned number")
        return b.fptosi(x.v, to) if dtype == "int64" else b.trunc(b.fptosi(x.v, I64), to)
    positive = x.dtype in UNSIGNED or x.dtype == "bool"
    if dtype in FLOATS:
        return b.uitofp(x.v, to) if positive else b.sitofp(x.v, to)
    if x.v.type.width > to.width:
        return b.trunc(x.v, to)
    if x.v.type.width == to.width:
        return x.v
    return b.zext(x.v, to) if positive else b.sext(x.v, to)


def meet(x: str, y: str) -> str:
    """The type in which two operands meet."""
    if x == y and (x in FLOATS or x in ("int64", "uint64")):
        return x
    kinds = {x, y}
    if "float64" in kinds:
        return "float64"
    if "float32" in kinds:
        if kinds & {"int64", "uint64", "int32", "uint32"}:
            return "float64"
        raise NotNative(f"{x} and {y}")
    if x in UNSIGNED and y in UNSIGNED:
        return "uint64"
    if "uint64" in kinds:
        raise NotNative(f"{x} and {y}")
    return "int64"


def arithmetic(b: Any, op: str, x: Scalar, y: Scalar) -> Scalar:
    """`x op y` for `+ - * / // %` and the operations on bits."""
    if x.dtype == y.dtype == "bool":
        if op in ("^", "&", "|"):
            return Scalar("bool", {"^": b.xor, "&": b.and_, "|": b.or_}[op](x.v, y.v))
        raise NotNative(f"`{op}` of truth values")
    if op in ("<<", ">>"):
        return shifted(b, op, x, y)
    t = meet(x.dtype, y.dtype)
    if op == "/" and t not in FLOATS:
        t = "float64"
    v, w = cast(b, x, t), cast(b, y, t)
    if t in FLOATS:
        if op not in ("+", "-", "*", "/"):
            raise NotNative(f"`{op}` of floats")
        return Scalar(t, {"+": b.fadd, "-": b.fsub, "*": b.fmul, "/": b.fdiv}[op](v, w))
    if op in ("//", "%"):
        return Scalar(t, divided(b, op, v, w, t))
    return Scalar(t, {"+": b.add, "-": b.sub, "*": b.mul, "^": b.xor, "&": b.and_, "|": b.or_}[op](v, w))


def shifted(b: Any, op: str, x: Scalar, y: Scalar) -> Scalar:
    t = "uint64" if x.dtype in UNSIGNED else "int64"
    v, by = cast(b, x, t), cast(b, y, "uint64" if y.dtype in UNSIGNED else "int64")
    return Scalar(t, b.shl(v, by) if op == "<<" else b.lshr(v, by) if t == "uint64" else b.ashr(v, by))


def divided(b: Any, op: str, v: Any, w: Any, t: str) -> Any:
    """Quotients and remainders that round down; 0 where there is none."""
    zero = integer(0)
    nothing = b.icmp_signed("==", w, zero)
    if t == "uint64":
        by = b.select(nothing, integer(1), w)
        return b.select(nothing, zero, b.udiv(v, by) if op == "//" else b.urem(v, by))
    minus = b.icmp_signed("==", w, integer(-1))
    by = b.select(b.or_(nothing, minus), integer(1), w)         # the least number by -1 has no quotient in 64 bits
    rest = b.srem(v, by)
    lower = b.and_(b.icmp_signed("!=", rest, zero), b.icmp_signed("<", b.xor(rest, by), zero))
    if op == "%":
        return b.select(b.or_(nothing, minus), zero, b.select(lower, b.add(rest, by), rest))
    down = b.sub(b.sdiv(v, by), b.zext(lower, I64))
    opposite = b.select(b.icmp_signed("==", v, integer(-(2**63))), zero, b.neg(v))
    return b.select(nothing, zero, b.select(minus, opposite, down))


def compared(b: Any, op: str, x: Scalar, y: Scalar) -> Any:
    if x.dtype == y.dtype == "bool":
        if op not in ("==", "!="):
            raise NotNative("an order of truth values")
        return b.icmp_unsigned(op, x.v, y.v)
    t = meet(x.dtype, y.dtype)
    v, w = cast(b, x, t), cast(b, y, t)
    if t in FLOATS:
        return b.fcmp_unordered(op, v, w) if op == "!=" else b.fcmp_ordered(op, v, w)
    return b.icmp_unsigned(op, v, w) if t == "uint64" else b.icmp_signed(op, v, w)


def power(b: Any, x: Scalar, exponent: int) -> Scalar:
    """`x ** k` for a whole number that stands in the text: products, as Numba makes them."""
    if x.dtype not in (*FLOATS, "int64") or abs(exponent) > 64 or (exponent < 0 and x.dtype not in FLOATS):
        raise NotNative("this power")
    one = ir.Constant(x.v.type, 1)
    times = b.fmul if x.dtype in FLOATS else b.mul
    out, square, k = one, x.v, abs(exponent)
    while k:
        out = times(out, square) if k & 1 else out
        square, k = times(square, square), k >> 1
    return Scalar(x.dtype, b.fdiv(one, out) if exponent < 0 else out)


def negated(b: Any, x: Scalar) -> Scalar:
    if x.dtype in FLOATS:
        return Scalar(x.dtype, b.fneg(x.v))
    if x.dtype in UNSIGNED or x.dtype == "bool":
        raise NotNative("a negative unsigned number")
    return Scalar("int64", b.neg(cast(b, x, "int64")))
