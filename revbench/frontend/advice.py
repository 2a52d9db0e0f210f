"""What to write instead: the lines that hints show, made from the user's own."""

from __future__ import annotations

import ast
from collections.abc import Callable

from revbench.errors import IrreversibleAssignment as Irreversible
from revbench.errors import NotYet, RevbenchError, Span
from revbench.ir.nodes import Const, Expr, Fn, Index, Name, Op, Place, Update
from revbench.ir.show import show_expr
from revbench.ir.walk import places_read, rebuild

from .fence import NOT_YET

SYMBOL: dict[str, Op] = {"add": "+=", "sub": "-=", "mul": "*=", "div": "/=", "bitxor": "^="}
FUNCTION = {op: fn for fn, op in SYMBOL.items()}
Fresh = Callable[[str], str]


def said(span: Span | None, otherwise: str) -> str:
    """The user's own words for a statement, if they fit on one line."""
    return span.text if span is not None and span.line == span.end_line and span.text else otherwise


def overwriting(place: Place, value: Expr, statement: str, fresh: Fresh) -> tuple[type[RevbenchError], str, str]:
    """Class, message and hint for `place = value` where `place` holds something already."""
    text = show_expr(place)
    forgets = f"`{statement}` forgets what `{text}` held"
    match value:
        case Fn(fn) if fn in NOT_YET:
            return NotYet, f"{NOT_YET[fn][0]} not part of the language yet: `{statement}`", NOT_YET[fn][1]
        case Fn(fn, (p, e)) if fn in SYMBOL and p == place and place not in places_read(e):
            return Irreversible, forgets, f"write `{text} {SYMBOL[fn]} {show_expr(e)}`"
        case Fn("add" | "mul" | "bitxor" as fn, (e, p)) if p == place and place not in places_read(e):
            return Irreversible, forgets, f"write `{text} {SYMBOL[fn]} {show_expr(e)}`"
    new = f"`{fresh(place.name)} = {show_expr(value)}`"
    if place in places_read(value):
        return Irreversible, forgets, f"give the new value a new name: {new}"
    if isinstance(value, type(place)):
        return Irreversible, forgets, f"write `{text} += {show_expr(value)}`, or swap with `{text}, {show_expr(value)} = {show_expr(value)}, {text}`"
    if isinstance(value, Const) and value.value == 0:
        return Irreversible, forgets, f"give the new value a new name: {new}"
    return Irreversible, forgets, f"write `{text} += {show_expr(value)}`, or give the new value a new name: {new}"


def reading_itself(s: Update, var: str | None, in_loop: bool, fresh: Fresh) -> str:
    """The line to write for `y += e` where `e` reads `y`."""
    text = show_expr(s.place)
    if s.value == s.place:
        if s.op == "+=":
            return f"write `{text} *= 2`"
        if s.op in ("-=", "^=", "/="):
            return f"that is always {int(s.op == '/=')}: make a new local, `{fresh(s.place.name)} = {int(s.op == '/=')}`"
    if in_loop and isinstance(s.place, Name):
        return loop_carried(s.place.name, Fn(FUNCTION[s.op], (s.place, s.value)), var, fresh)
    return f"put the result into a new local: `{fresh(s.place.name)} = {show_expr(Fn(FUNCTION[s.op], (s.place, s.value)))}`"


def loop_carried(name: str, value: Expr, var: str | None, fresh: Fresh) -> str:
    """The way out of `name = value` at each turn of a loop (over `var`, if it is a `for`)."""
    read = {p.name for p in places_read(value)}
    match value:
        case Fn(fn, (Name(n), e)) if fn in SYMBOL and n == name and name not in {p.name for p in places_read(e)}:
            return f"write `{name} {SYMBOL[fn]} {show_expr(e)}`"
        case Fn("add" | "mul" as fn, (e, Name(n))) if n == name and name not in {p.name for p in places_read(e)}:
            return f"write `{name} {SYMBOL[fn]} {show_expr(e)}`"
    if name in read or (isinstance(value, Fn) and value.fn == "keep"):
        at = Name(var or "k")
        row = show_expr(_replaced(value, Name(name), Index(name, (at,))))
        return (f"keep one value for each turn `{at.name}`: `{name} = zeros(n + 1)` before the loop, in it `{name}[{at.name} + 1] += {row}`, "
                f"after it read `{name}[n]`")
    if var is not None and var in read:
        before = show_expr(_replaced(value, Name(var), Fn("sub", (Name(var), Const(1)))))
        return f"read `{before}` where `{name}` is needed"
    return f"give it a name of its own in the loop: `{fresh(name)} = {show_expr(value)}`"


def _replaced(e: Expr, old: Name, new: Expr) -> Expr:
    """`e` with `new` written for `old`, and without `keep`."""
    if isinstance(e, Fn) and e.fn == "keep" and len(e.args) == 1:
        return _replaced(e.args[0], old, new)
    return new if e == old else rebuild(e, lambda x: _replaced(x, old, new))


def one_by_one(left: list[ast.expr], right: ast.expr, new: bool) -> str:
    """The lines to write for `a, b = ...`: updates and swaps, or, for new names, a line for each."""
    values = right.elts if isinstance(right, ast.Tuple | ast.List) else []
    texts = [ast.unparse(p) for p in left]
    match left, values:
        case [ast.Name(id=a), ast.Name(id=b)], [ast.Name(id=c), ast.BinOp(op=ast.Add(), left=ast.Name(id=x), right=ast.Name(id=y))] if (
                c == b and {x, y} == {a, b}):
            return f"write `{a} += {b}`, then `{a}, {b} = {b}, {a}`"
    if not new:
        return "permute the places, as in `a, b = b, a`, or update each in a line of its own"
    if any(isinstance(n, ast.Name) and n.id in texts for v in values for n in ast.walk(v)):
        return "the right side reads what the left side changes: write updates (`a += b`) and swaps (`a, b = b, a`), one a line"
    if len(values) != len(left) or any(isinstance(e, ast.Starred) for e in (*left, *values)):
        return "write one line for each local"
    return "write " + " and ".join(f"`{ast.unparse(p)} = {ast.unparse(v)}`" for p, v in zip(left, values, strict=True))
