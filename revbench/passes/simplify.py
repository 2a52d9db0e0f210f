"""Smart constructors: the arithmetic that derivative formulas leave behind (times one, plus nothing, constants)."""

from __future__ import annotations

import operator
from collections.abc import Callable

from revbench.ir.nodes import Const, Expr, Fn, IfExp
from revbench.ir.walk import rebuild

FOLD: dict[str, Callable[[float, float], float]] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def is_const(e: Expr, value: float) -> bool:
    return isinstance(e, Const) and not isinstance(e.value, bool) and e.value == value


def neg(a: Expr) -> Expr:
    match a:
        case Const(value) if not isinstance(value, bool):
            return Const(-value, span=a.span)
        case Fn("neg", (inner,)):
            return inner
        case _:
            return Fn("neg", (a,), span=a.span)


def mul(a: Expr, b: Expr) -> Expr:
    if is_const(a, 1):
        return b
    if is_const(b, 1):
        return a
    if is_const(a, -1):
        return neg(b)
    if is_const(b, -1):
        return neg(a)
    return Fn("mul", (a, b), span=a.span)


def add(a: Expr, b: Expr) -> Expr:
    return Fn("sub", (a, b.args[0]), span=a.span) if isinstance(b, Fn) and b.fn == "neg" else Fn("add", (a, b), span=a.span)


def simplify(e: Expr) -> Expr:
    """The same value, shorter. Only rewrites that hold for every finite number are made."""
    e = rebuild(e, simplify)
    match e:
        case Fn("mul", (a, b)) if is_const(a, 1) or is_const(b, 1) or is_const(a, -1) or is_const(b, -1):
            return mul(a, b)
        case Fn("div", (a, b)) if is_const(b, 1):
            return a
        case Fn("neg", (a,)) if isinstance(a, Const) or (isinstance(a, Fn) and a.fn == "neg"):
            return neg(a)
        case Fn("pow", (a, b)) if is_const(b, 1):
            return a
        case Fn("pow", (a, b)) if is_const(b, 0):
            return Const(1.0)
        case Fn(fn, (Const(x), Const(y))) if fn in FOLD and not isinstance(x, bool) and not isinstance(y, bool):
            return Const(FOLD[fn](x, y), span=e.span)
        case Fn("eq", (Const(x), Const(y))):
            return Const(x == y, span=e.span)
        case IfExp(Const(bool() as taken), a, b):
            return a if taken else b
        case IfExp(_, a, b) if a == b:
            return a
        case _:
            return e
