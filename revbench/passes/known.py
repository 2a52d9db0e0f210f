"""Cotangents begin at 0, wait, and are added to; those of seeds begin at 0 or 1, and often stay that.

Two ways to compute with less of that. A local begins where something is first added to it: `x = 0.0; ...; x += e` is `...; x = e`
(for fast code only: the sign of a zero may change). And the numbers that seeds are, with what follows from them, stand in the
expressions themselves; products with 0 are not formed, whatever the other factor is: no derivative flows there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.ir.nodes import Block, Const, Enter, Expr, Fn, IfExp, Index, Lazy, Name, Shape, Stmt, Update
from revbench.ir.typed import Typed
from revbench.ir.types import Scalar
from revbench.ir.walk import blocks, expressions, mentions, rebuild, statements, subexpressions, with_blocks
from revbench.rules.typing import type_of

from .simplify import add, neg, simplify

ZERO = Const(0.0)
PLAIN = (Name, Const, Fn, IfExp, Lazy, Index, Shape)


def known(typed: Typed, seeds: frozenset[str] = frozenset()) -> Typed:
    """The same program; locals begin later, and with more. In place of `seeds` stand numbers, as long as they are known."""
    p = typed.program
    body = _Known(typed, seeds).block(p.body)
    return replace(typed, program=replace(p, body=body))


class _Known:
    def __init__(self, typed: Typed, seeds: frozenset[str]) -> None:
        self.types, self.seeds = typed.types, set(seeds)

    def block(self, b: Block) -> Block:
        waiting: dict[str, Enter] = {}                      # what has not begun yet
        out: list[Stmt] = []
        for s in b:
            if isinstance(s, Update | Enter) and all(isinstance(x, PLAIN) for e in expressions(s) for x in subexpressions(e)):
                s = self.put(s, {n: e.init for n, e in waiting.items() if n in self.seeds})
            for name in mentioned(s) & waiting.keys():
                began = waiting.pop(name)
                if isinstance(s, Update) and s.place == Name(name) and s.op in ("+=", "-="):
                    value = s.value if s.op == "+=" else neg(s.value)
                    s = replace(began, init=value if began.init == ZERO else simplify(add(began.init, value)), span=s.span)
                else:
                    out.append(began)
            if isinstance(s, Enter) and isinstance(s.init, Const) and self.types[s.name] == Scalar("float64") and type(s.init.value) is not bool:
                waiting[s.name] = s
            elif not (isinstance(s, Update) and s.op in ("+=", "-=") and s.value == ZERO):
                out.append(with_blocks(s, self.block))
        return (*out, *waiting.values())

    def put(self, s: Update | Enter, numbers: Mapping[str, Expr]) -> Update | Enter:
        """The statement with numbers for what is known; a local that becomes a number by that is known, too."""
        def expr(e: Expr) -> Expr:
            if isinstance(e, Name):
                return numbers.get(e.name, e)
            new = rebuild(e, expr)
            return e if new is e else self.shorter(new)

        if isinstance(s, Update):
            return replace(s, value=expr(s.value))
        new = expr(s.init)
        if new is not s.init and isinstance(new, Const):
            self.seeds.add(s.name)
        return replace(s, init=new)

    def shorter(self, e: Expr) -> Expr:
        match e:
            case Fn("mul" | "div" | "neg", args) if args[0] == ZERO or (e.fn == "mul" and args[1] == ZERO):
                return ZERO
            case Fn("add", (a, b)) if ZERO in (a, b) and self.float(other := b if a == ZERO else a):
                return other
            case Fn("sub", (a, b)) if ZERO in (a, b) and self.float(b if a == ZERO else a):
                return a if b == ZERO else neg(b)
            case _:
                return simplify(e)

    def float(self, e: Expr) -> bool:
        return type_of(e, self.types).dtype == "float64"


def mentioned(s: Stmt) -> frozenset[str]:
    """Names that stand in a statement or in its blocks."""
    parts = (s, *(t for b in blocks(s) for t in statements(b)))
    own = (getattr(t, "name", None) for t in parts)
    return frozenset(n for n in own if n).union(*(mentions(e) for t in parts for e in expressions(t)))
