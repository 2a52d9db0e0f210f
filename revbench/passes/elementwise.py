"""Exchanges of whole arrays become loops over their elements."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from revbench.ir.nodes import (
    Apply,
    Assert,
    Block,
    Const,
    Expr,
    Fn,
    For,
    Index,
    Name,
    Permute,
    Place,
    Range,
    Shape,
    Stmt,
    Unapply,
)
from revbench.ir.typed import Typed
from revbench.ir.types import WEAK_INT, Array
from revbench.ir.walk import with_blocks
from revbench.rules.typing import type_of


def elementwise(typed: Typed) -> Typed:
    """The program without statements on whole arrays."""
    types, fresh = dict(typed.types), count()

    def block(b: Block) -> Block:
        return tuple(t for s in b for t in statement(s))

    def statement(s: Stmt) -> Block:
        if not isinstance(s, Permute | Apply | Unapply) or not isinstance(t := type_of(s.places[0], types), Array):
            return (with_blocks(s, block),)
        at = tuple(Name(f"_x{next(fresh)}") for _ in range(t.ndim))
        types.update({i.name: WEAK_INT for i in at})
        out: Stmt = replace(s, places=tuple(Index(p.name, (*lead(p), *at)) for p in s.places))
        first = s.places[0]
        checks: list[Stmt] = []
        for axis, i in reversed(list(enumerate(at))):
            here = Shape(first.name, len(lead(first)) + axis)
            out = For(i.name, Range(Const(0), here, Const(1)), (out,), span=s.span)
            checks += [Assert(Fn("eq", (here, Shape(p.name, len(lead(p)) + axis))), f"`{first.name}` and `{p.name}` have different shapes", span=s.span)
                       for p in s.places[1:]]
        return (*checks, out)

    def lead(p: Place) -> tuple[Expr, ...]:
        return p.indices if isinstance(p, Index) else ()

    body = block(typed.program.body)
    return Typed(replace(typed.program, body=body), types)
