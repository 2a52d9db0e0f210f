"""Adjoints of what moves values: bijections of places, and stacks.

The undone statement comes first, as everywhere; then the cotangents follow the way that the values went.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from revbench.errors import Label, NotDifferentiable
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Apply,
    Block,
    Const,
    Drop,
    Enter,
    Expr,
    Forget,
    IfExp,
    Lazy,
    Name,
    Permute,
    Place,
    Pop,
    Push,
    Stmt,
    Top,
    Unapply,
    Update,
    Within,
)
from revbench.ir.show import show_expr
from revbench.ir.types import Scalar, Type, valued
from revbench.ir.walk import expressions, map_expressions, rebuild, subexpressions
from revbench.rules.bijections import values
from revbench.rules.typing import type_of

from .inverse import inverse_stmt
from .partials import Pulled, guarded, pull, spread
from .simplify import add


class Moves:
    """What `adjoint` needs for them; the names and types are its own."""

    types: dict[str, Type]
    active: frozenset[str]
    bar_name: dict[str, str]
    fresh: Iterator[int]

    def carries(self, p: Place) -> bool:
        raise NotImplementedError

    def bar(self, p: Place) -> Place:
        raise NotImplementedError

    def pulled(self, value: Expr, seed: Expr, s: Stmt) -> Block:
        raise NotImplementedError

    def bijection(self, s: Apply | Unapply) -> Block:
        """The transposed Jacobian of the row's values goes to the cotangents: of the places through locals, of the parameters as always."""
        undone = inverse_stmt(s)
        if not self.carries(s.places[0]):
            return (undone,)
        sums: dict[Place, Expr] = {p: Const(0.0) for p in s.places}
        given: Pulled = []
        for p, e in zip(s.places, values(s, self.types[s.places[0].name].dtype), strict=True):
            for q, g, guards in pull(e, self.bar(p), self.carries):
                if q in sums:
                    sums[q] = add(sums[q], guarded(g, guards)) if sums[q] != Const(0.0) else guarded(g, guards)
                else:
                    given.append((q, g, guards))
        block, made = spread(given, self.bar, self.fresh, s.span)
        new = {p: f"_t{next(self.fresh)}" for p in s.places}
        for name, t in [*((name, type_of(e, self.types)) for name, e in made), *((new[p], valued(self.types[p.name])) for p in s.places)]:
            self.types[name] = Scalar(t.dtype)
        bars, temps, n = tuple(map(self.bar, s.places)), tuple(Name(new[p]) for p in s.places), len(s.places)
        swap = Permute((*bars, *temps), tuple((k + n) % (2 * n) for k in range(2 * n)), span=s.span)
        return (undone, *block, *(Enter(new[p], sums[p], span=s.span) for p in s.places), swap,
                *(Forget(new[p], span=s.span) for p in reversed(s.places)))

    def stack(self, s: Push | Pop | Append | Drop) -> Block:
        """The cotangents of what lies on a stack lie on one of the same length. Where a move left a zero, nothing flows from."""
        undone = inverse_stmt(s)
        if not self.carries(s.stack):
            return (undone,)
        bars, t = self.bar(s.stack), Name(f"_t{next(self.fresh)}", span=s.span)
        self.types[t.name] = Scalar(self.types[s.stack.name].dtype)
        taken: Block = (Enter(t.name, Const(0.0), span=s.span), Pop(bars, t, span=s.span))
        match s:
            case Push(_, place):
                bar = self.bar(place)
                return (undone, *taken, Permute((bar, t), (1, 0), span=s.span), Forget(t.name, span=s.span))
            case Pop(_, place):
                return (undone, Push(bars, self.bar(place), span=s.span))
            case Append(_, value):
                return (undone, *taken, *self.pulled(value, t, s), Forget(t.name, span=s.span))
            case Drop():
                return (undone, Append(bars, Const(0.0), span=s.span))
            case _:
                assert_never(s)

    def through_tops(self, s: Stmt) -> Stmt:
        """`y += s[-1]` with the top in a local of its own: its cotangent reaches the top when the local ends."""
        tops = dict.fromkeys(e for whole in expressions(s) for e in subexpressions(whole) if isinstance(e, Top) and e.name in self.active)
        if not tops or not isinstance(s, Update | Apply | Unapply | Append) or isinstance(s, Enter):
            return s
        for whole in expressions(s):
            for e in subexpressions(whole):
                if isinstance(e, IfExp | Lazy) and any(t in subexpressions(e) for t in tops):
                    raise NotDifferentiable(f"the top of a stack is differentiated only where it is certainly read, not inside `{show_expr(e)}`",
                                            Label(e.span, "here"), hint="write an `if` statement around it")
        names: dict[Expr, str] = {}
        for e in tops:
            names[e] = f"_t{next(self.fresh)}"
            self.types[names[e]] = Scalar(self.types[e.name].dtype)
            self.active |= {names[e]}
            self.bar_name[names[e]] = fresh_name(f"{names[e]}_bar", self.types)
            self.types[self.bar_name[names[e]]] = self.types[names[e]]

        def put(e: Expr) -> Expr:
            return Name(names[e], span=e.span) if e in names else rebuild(e, put)

        return Within(tuple(Enter(n, e, span=s.span) for e, n in names.items()), (map_expressions(s, put),), span=s.span)
