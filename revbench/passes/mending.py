"""Lines that hints show: a statement that cannot be undone, rewritten so that it can.

An assignment that reads its place once is a chain of updates (`s = a * x + b * s` -> `s *= b`, `s += a * x`). What a
turn of a loop computes from what it changes gets one element for each turn. What an `if` or `while` changes under its own test is copied into a
local, for which the compiler keeps the answer. What would destroy its own operands goes to another register.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from revbench.ir.nodes import Const, Expr, Fn, For, IfExp, Index, Name, Op, Place, Stmt, Update
from revbench.ir.show import show_expr
from revbench.ir.walk import places_read, rebuild

SYMBOL: dict[str, Op] = {"add": "+=", "sub": "-=", "mul": "*=", "div": "/=", "bitxor": "^="}
FUNCTION = {op: fn for fn, op in SYMBOL.items()}


def put(e: Expr, old: Expr, new: Expr) -> Expr:
    """`e` with `new` written for `old`."""
    return new if e == old else rebuild(e, lambda x: put(x, old, new))


def quoted(lines: Sequence[str]) -> str:
    """Lines of code in a sentence."""
    return " and ".join([", ".join(f"`{line}`" for line in lines[:-1]), f"`{lines[-1]}`"] if len(lines) > 1 else [f"`{lines[0]}`"])


# ---- an assignment as updates
def reads(e: Expr, place: Place) -> bool:
    """Whether `e` reads `place`, or something that may be the same memory."""
    return any(p == place or (p.name == place.name and (isinstance(p, Name) or isinstance(place, Name))) for p in places_read(e))


def chain(place: Place, value: Expr) -> list[str] | None:
    """`place = value` as updates in their order, if `value` reads `place` once, on a path of sums and products."""
    if value == place:
        return []
    match value:
        case Fn("mul" | "add" | "bitxor" as fn, (e, inner)) if not reads(e, place):
            return _then(place, inner, SYMBOL[fn], e)
        case Fn("mul" | "add" | "bitxor" | "sub" | "div" as fn, (inner, e)) if not reads(e, place):
            return _then(place, inner, SYMBOL[fn], e)
        case Fn("sub", (e, inner)) if not reads(e, place) and (before := _then(place, inner, "*=", Const(-1))) is not None:
            return [*before, f"{show_expr(place)} += {show_expr(e)}"]
        case _:
            return None


def _then(place: Place, inner: Expr, op: Op, e: Expr) -> list[str] | None:
    before = chain(place, inner)
    return None if before is None else [*before, f"{show_expr(place)} {op} {show_expr(e)}"]


def growth(s: Update) -> str:
    """`y += e * y`, `y += y * e` -> `y *= 1 + e`."""
    if not isinstance(s.value, Fn) or s.value.fn != "mul" or s.op not in ("+=", "-="):
        return ""
    e = next((e for e, p in (s.value.args, s.value.args[::-1]) if p == s.place and not reads(e, s.place)), None)
    return f"{show_expr(s.place)} *= {show_expr(Fn(FUNCTION[s.op], (Const(1), e)))}" if e is not None else ""


# ---- another register
def elsewhere(s: Update, register: str) -> str:
    """The same value, added to another register at the same index: `x[i] /= n` -> `out[i] += x[i] / n`."""
    return added(s.place, Fn(FUNCTION[s.op], (s.place, s.value)), register)


def added(place: Place, value: Expr, register: str) -> str:
    """`value`, which belongs at `place`, added to another register at the same index."""
    at = Index(register, place.indices) if isinstance(place, Index) else Name(register)
    return f"{show_expr(at)} += {show_expr(value)}"


# ---- one element for each turn
@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of a `for` in steps of 1: how many, and which one this is."""

    many: Expr
    now: Expr


def turns_of(loop: Stmt) -> Turns | None:
    if not isinstance(loop, For) or loop.range.step != Const(1):
        return None
    return Turns(minus(loop.range.stop, loop.range.start), minus(Name(loop.var), loop.range.start))


def minus(a: Expr, b: Expr) -> Expr:
    match a, b:
        case _, Const(0):
            return a
        case Const(x), Const(y):
            return Const(x - y)
        case _:
            return Fn("sub", (a, b))


# ---- a copy
def copied(name: str, place: Place | None, copy: str) -> str:
    """The line that copies a register into a local."""
    return f"{copy} = copy({name})" if isinstance(place, Index) else f"{copy} = {name}"


def place_named(exprs: Sequence[Expr], name: str) -> Place | None:
    """How `name` is read: whole or by element."""
    return next((p for e in exprs for p in places_read(e) if p.name == name), None)


def under(test: Expr | None, taken: bool, value: Expr, otherwise: Expr) -> Expr:
    """`value` in one branch of an `if`, `otherwise` in the other, as one expression."""
    if test is None:
        return value
    return IfExp(test, value, otherwise) if taken else IfExp(test, otherwise, value)
