"""The type of an expression, from its row and its operands' types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from revbench.errors import Label, UnsupportedType, WrongType
from revbench.ir.nodes import Const, CopyOf, Expr, Fn, IfExp, Index, Lazy, Name, Shape, Zeros, ZerosLike
from revbench.ir.show import show_expr
from revbench.ir.types import BOOL, FLOAT, WEAK_FLOAT, WEAK_INT, Array, Scalar, Type, as_float, join, kind

from .functions import FUNCTIONS

Types = Mapping[str, Type]


def type_of(e: Expr, types: Types) -> Type:
    """The type of `e`.

    Raises
    ------
    WrongType
        When an operand cannot stand where it stands.
    """
    match e:
        case Const(value):
            return BOOL if isinstance(value, bool) else WEAK_INT if isinstance(value, int) else WEAK_FLOAT
        case Name(name):
            return types.get(name, FLOAT)
        case Shape(name, axis):
            t = types.get(name)
            if not isinstance(t, Array) or not -t.ndim <= axis < t.ndim:
                raise WrongType(f"`{name}` has no axis {axis}: it is {_what(t)}", Label(e.span, "here"))
            return WEAK_INT
        case Index():
            return _element(e, types)
        case Fn(fn, args):
            return _applied(e, fn, [scalar_of(a, types) for a in args])
        case Lazy(_, a, b):
            scalar_of(a, types), scalar_of(b, types)
            return BOOL
        case IfExp(test, a, b):
            scalar_of(test, types)
            return join(scalar_of(a, types), scalar_of(b, types))
        case Zeros(shape, dtype):
            for d in shape:
                integer(d, types)
            return Array(dtype or "float64", len(shape))
        case CopyOf(source) | ZerosLike(source):
            return type_of(source, types)
        case _:
            assert_never(e)


def scalar_of(e: Expr, types: Types) -> Scalar:
    t = type_of(e, types)
    if isinstance(t, Array):
        raise WrongType(f"`{show_expr(e)}` is a whole array here", Label(e.span, f"{t}"), hint="write a loop over its elements")
    return t


def integer(e: Expr, types: Types) -> None:
    t = scalar_of(e, types)
    if kind(t.dtype) != "i":
        raise WrongType(f"`{show_expr(e)}` is a {t}, where a whole number is needed", Label(e.span, "here"), hint=f"write `int({show_expr(e)})`")


def _element(e: Index, types: Types) -> Type:
    t = types.get(e.name)
    if not isinstance(t, Array):
        raise WrongType(f"`{e.name}` is {_what(t)}, it has no elements", Label(e.span, "indexed here"))
    if len(e.indices) > t.ndim:
        raise WrongType(f"`{e.name}` has {t.ndim} axes, not {len(e.indices)}", Label(e.span, "too many indices"))
    for i in e.indices:
        integer(i, types)
    return Scalar(t.dtype) if len(e.indices) == t.ndim else Array(t.dtype, t.ndim - len(e.indices))


def _applied(e: Fn, fn: str, args: list[Scalar]) -> Scalar:
    rule = FUNCTIONS[fn]
    both = args[0]
    for a in args[1:]:
        both = join(both, a)
    match rule.result:
        case "same":
            return WEAK_INT if both == BOOL else both
        case "float":
            return as_float(both)
        case "bool":
            return BOOL
        case "cast":
            return Scalar(fn)
        case "int":
            if kind(both.dtype) == "f":
                raise WrongType(f"`{show_expr(e)}` works on bits, and here is a {both}", Label(e.span, "here"), hint="use whole numbers")
            return both if both != BOOL or fn != "invert" else WEAK_INT
        case _:
            assert_never(rule.result)


def _what(t: Type | None) -> str:
    return "not known" if t is None else f"an array of {t.dtype}" if isinstance(t, Array) else f"a {t}"


def dtype_supported(dtype: str, name: str) -> None:
    if dtype not in ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float32", "float64"):
        raise UnsupportedType(f"`{name}` holds {dtype}, which kernels do not compute with yet",
                              hint="use float64, float32, int8 to int64, uint8 to uint32 or bool")
