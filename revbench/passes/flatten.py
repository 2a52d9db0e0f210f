"""One flat function: calls become the statements of what they call.

What follows can then see across calls: values that nobody reads, indices in range, loops that run in lanes. Kernels that call
themselves stay, and so do those that declare their derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.ir.library import fresh_name, reachable
from revbench.ir.nodes import (
    Block,
    Call,
    Const,
    Depth,
    Enter,
    Expr,
    For,
    ForBack,
    Forget,
    Index,
    Keep,
    Leave,
    Name,
    Permute,
    Program,
    Release,
    Shape,
    Stash,
    Stmt,
    Top,
    Uncall,
    Unstash,
    Within,
)
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Scalar, Stack, Type
from revbench.ir.walk import callees, map_expressions, rebuild, statements, with_blocks
from revbench.rules.typing import type_of

from .effects import Effects
from .inverse import inverse

LIMIT = 400                                                 # statements of one function: compilers are not linear in them


def flatten(library: TypedLibrary, main: str, limit: int = LIMIT) -> TypedLibrary:
    """The library with what `main` calls written out in `main`, up to so many statements.

    A register of a callee that is bound to one element is a local while the callee runs: it is exchanged for the element, not
    read and written there time and again.
    """
    programs = {n: t.program for n, t in library.items()}
    if not callees(programs[main]):
        return library
    effects = Effects(programs)
    done: TypedLibrary = {}
    for name in reachable(programs, main):                      # callees first
        done[name] = _Flat(library[name], {**library, **done}, effects, limit).result()
    return {**library, **done}


class _Flat:
    def __init__(self, typed: Typed, library: Mapping[str, Typed], effects: Effects, limit: int) -> None:
        self.limit = limit
        self.typed, self.library, self.effects = typed, library, effects
        self.types = dict(typed.types)
        self.numbers, self.wholes = dict(typed.numbers), dict(typed.wholes)
        self.size = sum(1 for _ in statements(typed.program.body))

    def result(self) -> Typed:
        body = self.block(self.typed.program.body)
        return replace(self.typed, program=replace(self.typed.program, body=body), types=self.types)

    def block(self, b: Block) -> Block:
        return tuple(t for s in b for t in self.statement(s))

    def statement(self, s: Stmt) -> Block:
        if not isinstance(s, Call | Uncall):
            return (with_blocks(s, self.block),)
        callee = self.library[s.kernel]
        p = callee.program
        size = sum(1 for _ in statements(p.body))
        if not self.may(s, callee) or self.size + size > self.limit:
            return (s,)
        self.size += size
        return self.written_out(s, callee)

    def may(self, s: Call | Uncall, callee: Typed) -> bool:
        p = callee.program
        if p.adjoint or p.tangent or s.kernel == self.typed.name or s.kernel in _recursive(self.library, s.kernel) or callee.numbers or callee.wholes:
            return False
        pairs = [*zip(p.params, s.args, strict=True), *((c, e) for c, e in s.consts)]
        return len(s.consts) == len(p.consts) and all(self.fits(callee.types[q], a) for q, a in pairs)

    def fits(self, t: Type, a: Expr) -> bool:
        """A register may stand for this place: it has the same type, or is a number that can be converted."""
        if isinstance(t, Stack) or not isinstance(a, Name | Index | Const):
            return isinstance(a, Name)
        have = type_of(a, self.types)
        return have.dtype == t.dtype and getattr(have, "ndim", 0) == getattr(t, "ndim", 0)

    def written_out(self, s: Call | Uncall, callee: Typed) -> Block:
        p = callee.program
        body = inverse(p.body) if isinstance(s, Uncall) else p.body
        places: dict[str, Expr] = {}
        before: list[Stmt] = []                                   # locals that read-only numbers stand in
        swaps: list[Stmt] = []
        names = self.locals_of(p, callee)
        for k, (q, a) in enumerate([*zip(p.params, s.args, strict=True), *s.consts]):
            t = callee.types[q]
            if not isinstance(t, Scalar) or isinstance(a, Name | Const):
                places[q] = a
                continue
            own = self.fresh(q, t)
            places[q] = Name(own)
            if k < len(p.params) and k in self.effects.written[s.kernel]:
                zero = Const(False if t.dtype == "bool" else 0.0 if t.dtype.startswith("float") else 0)
                before.append(Enter(own, zero, span=s.span))
                swaps.append(Permute((Name(own), a), (1, 0), span=s.span))              # type: ignore[arg-type]
            else:
                before.append(Enter(own, a, span=s.span))
        inside: Block = (*swaps, *substituted(body, places, names), *swaps)
        return (Within(tuple(before), inside, span=s.span),) if before else inside

    def locals_of(self, p: Program, callee: Typed) -> dict[str, str]:
        own = dict.fromkeys(s.var if isinstance(s, For | ForBack) else s.name for s in statements(p.body) if isinstance(s, For | ForBack | Enter | Unstash))
        return {n: self.fresh(n, callee.types[n]) for n in own}

    def fresh(self, name: str, t: Type) -> str:
        made = fresh_name(name, self.types)
        self.types[made] = t
        return made


def _recursive(library: Mapping[str, Typed], name: str) -> frozenset[str]:
    """`name`, if it comes back to itself."""
    programs = {n: t.program for n, t in library.items()}
    return frozenset({name}) if any(name in reachable(programs, c) for c in callees(programs[name])) else frozenset()


def substituted(block: Block, places: Mapping[str, Expr], names: Mapping[str, str]) -> Block:
    """The block with places for parameters, and fresh names for locals."""
    def expr(e: Expr) -> Expr:
        e = rebuild(e, expr)
        match e:
            case Name(n) if n in names:
                return replace(e, name=names[n])
            case Name(n) if n in places:
                return places[n]
            case Index(n, indices) if n in places and n not in names:
                to = places[n]
                return replace(to, indices=(*to.indices, *indices)) if isinstance(to, Index) else replace(e, name=to.name)      # type: ignore[union-attr]
            case Shape(n, axis) if n in places:
                to = places[n]
                return Shape(to.name, axis + (len(to.indices) if isinstance(to, Index) else 0), span=e.span)                   # type: ignore[union-attr]
            case Index(n) | Shape(n) | Top(n) | Depth(n) if n in names:
                return replace(e, name=names[n])
            case Top(n) | Depth(n) if n in places:
                return replace(e, name=places[n].name)                          # type: ignore[union-attr]
            case _:
                return e

    def statement(s: Stmt) -> Stmt:
        s = with_blocks(map_expressions(s, expr), lambda b: tuple(map(statement, b)))
        match s:
            case Enter() | Leave() | Release() | Stash() | Unstash() | Forget() | Keep() if s.name in names:
                return replace(s, name=names[s.name])
            case For() | ForBack():
                return replace(s, var=names[s.var])
            case _:
                return s

    return tuple(map(statement, block))
