"""What Python's operators mean for lanes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin

from .lanes import RANK, LanesType, dtype_of, llvm_function, vector_of, width_of

Emit = Callable[[Any, Any, Any], Any]                       # builder, two values -> value
FLOAT = {"add": "fadd", "sub": "fsub", "mul": "fmul"}
INT = {"add": "add", "sub": "sub", "mul": "mul"}


def joined(ts: Any, at_least: str = "bool") -> LanesType | None:
    """Lanes that hold what these hold; None if there are no lanes among them, or something that is no number."""
    width, dtypes = width_of(ts), [dtype_of(t) for t in ts]
    if width is None or None in dtypes:
        return None
    return LanesType(max((*filter(None, dtypes), at_least), key=RANK.__getitem__), width)


def template(key: Any, result: Callable[[Any], Any]) -> None:
    """`result` of the argument types is the signature of `key` for lanes, or None."""
    class Lanes(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            return result(args)

    Lanes.metadata = {"target": "cpu"}                      # asked before what any target has: operators have a dozen meanings
    infer_global(key)(Lanes)


def arithmetic(at_least: str) -> Callable[[Any], Any]:
    def result(args: Any) -> Any:
        t = joined(args, at_least)
        return t and t(*[t] * len(args))
    return result


def compared(args: Any) -> Any:
    t = joined(args)
    return t and LanesType("bool", t.width)(t, t)


def logical(args: Any) -> Any:
    t = joined(args)
    return t(*[t] * len(args)) if t is not None and t.dtype == "bool" else None


def bitwise(args: Any) -> Any:
    t = joined(args)
    return t(*[t] * len(args)) if t is not None and t.dtype != "float64" else None


def lower(key: Any, count: int, emit: Callable[..., Any]) -> None:
    @lower_builtin(key, *[LanesType] * count)
    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emit(builder, sig.args[0].dtype, *args)


def both(name: str) -> Callable[..., Any]:
    def emit(builder: Any, dtype: str, a: Any, b: Any) -> Any:
        return getattr(builder, (FLOAT if dtype == "float64" else INT)[name])(a, b)
    return emit


def comparison(symbol: str) -> Callable[..., Any]:
    def emit(builder: Any, dtype: str, a: Any, b: Any) -> Any:
        if dtype == "float64":
            return (builder.fcmp_unordered if symbol == "!=" else builder.fcmp_ordered)(symbol, a, b)
        return (builder.icmp_signed if dtype == "int64" else builder.icmp_unsigned)(symbol, a, b)
    return emit


def function_of_llvm(name: str) -> Callable[..., Any]:
    """An intrinsic of LLVM's, for lanes of floats."""
    def emit(builder: Any, dtype: str, *args: Any) -> Any:
        return builder.call(llvm_function(builder, name, args[0].type, *args), args)
    return emit


def absolute(builder: Any, dtype: str, a: Any) -> Any:
    if dtype == "float64":
        return function_of_llvm("fabs")(builder, dtype, a)
    zero = ir.Constant(a.type, [0] * a.type.count)
    return builder.select(builder.icmp_signed("<", a, zero), builder.sub(zero, a), a)


def chosen(symbol: str) -> Callable[..., Any]:
    """Python's `min` and `max`: the first one, unless the second one is better."""
    def emit(builder: Any, dtype: str, a: Any, b: Any) -> Any:
        return builder.select(comparison(symbol)(builder, dtype, b, a), b, a)
    return emit


def negated(builder: Any, dtype: str, a: Any) -> Any:
    return builder.fneg(a) if dtype == "float64" else builder.neg(a)


for _name in ("add", "sub", "mul"):
    for _key in (getattr(operator, _name), getattr(operator, f"i{_name}")):
        template(_key, arithmetic("int64"))
        lower(_key, 2, both(_name))
for _key in (operator.truediv, operator.itruediv):
    template(_key, arithmetic("float64"))
    lower(_key, 2, lambda builder, dtype, a, b: builder.fdiv(a, b))
for _symbol, _name in {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}.items():
    template(getattr(operator, _name), compared)
    lower(getattr(operator, _name), 2, comparison(_symbol))
for _name, _method in {"and_": "and_", "or_": "or_", "xor": "xor"}.items():
    template(getattr(operator, _name), bitwise)
    lower(getattr(operator, _name), 2, lambda builder, dtype, a, b, method=_method: getattr(builder, method)(a, b))
for _key, _method in ((operator.lshift, "shl"), (operator.rshift, "ashr")):
    template(_key, bitwise)
    lower(_key, 2, lambda builder, dtype, a, b, method=_method: getattr(builder, method)(a, b))
template(operator.invert, bitwise)
lower(operator.invert, 1, lambda builder, dtype, a: builder.not_(a))
template(operator.not_, logical)
lower(operator.not_, 1, lambda builder, dtype, a: builder.not_(a))
template(operator.neg, arithmetic("int64"))
lower(operator.neg, 1, negated)
template(operator.pos, arithmetic("int64"))
lower(operator.pos, 1, lambda builder, dtype, a: a)
template(abs, arithmetic("int64"))
lower(abs, 1, absolute)
template(min, arithmetic("int64"))
lower(min, 2, chosen("<"))
template(max, arithmetic("int64"))
lower(max, 2, chosen(">"))
template(math.sqrt, arithmetic("float64"))
lower(math.sqrt, 1, function_of_llvm("sqrt"))


# ---- powers by multiplication
def powered(args: Any) -> Any:
    base, exponent = args
    if isinstance(base, LanesType) and base.dtype != "bool" and isinstance(exponent, types.IntegerLiteral) and 0 <= exponent.literal_value <= 64:
        return base(base, exponent)
    return None


template(operator.pow, powered)


@lower_builtin(operator.pow, LanesType, types.IntegerLiteral)
def _power(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    times, n, square = both("mul"), sig.args[1].literal_value, args[0]
    dtype, width = sig.args[0].dtype, sig.args[0].width
    out = None
    while n:
        if n & 1:
            out = square if out is None else times(builder, dtype, out, square)
        n >>= 1
        if n:
            square = times(builder, dtype, square, square)
    return ir.Constant(vector_of(dtype, width), [1] * width) if out is None else out
