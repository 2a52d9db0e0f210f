"""Number systems become whole numbers: the last pass before either back end.

A fixed-point place holds a whole number of steps, a logarithmic one its logarithm as such a number. What is read there is
converted to a float64; what is added to it (or multiplied into it) is converted to a whole number once, and whole numbers
are added: the same whole number is taken away on the way back, so that every bit returns.
"""

from __future__ import annotations

from dataclasses import replace

from revbench.errors import Label, NotYet
from revbench.ir.nodes import (
    Append,
    Apply,
    Block,
    Call,
    Const,
    CopyOf,
    Drop,
    Enter,
    Expr,
    Fn,
    Index,
    Keep,
    Leave,
    Name,
    Op,
    Permute,
    Place,
    Pop,
    Push,
    Stmt,
    Unapply,
    Uncall,
    Update,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_head
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import NUMBERS, ULOG, Array, fraction_bits, is_number, kind
from revbench.ir.walk import everywhere, expressions, map_expressions, mentions, rebuild, with_blocks
from revbench.rules.functions import FUNCTIONS
from revbench.rules.typing import type_of

SUMS: dict[Op, Op] = {"*=": "+=", "/=": "-=", "+=": "+=", "-=": "-="}       # of logarithms, of steps
MADE = frozenset(NUMBERS)
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})


def numbers(library: TypedLibrary) -> TypedLibrary:
    """The library with whole numbers in the places of number systems; `Typed.numbers` remembers what they are."""
    return {n: _lowered(t) for n, t in library.items()}


def reading(p: Place, dtype: str) -> Expr:
    """The value of a place that holds a whole number of this system."""
    return Fn("fromlog", (p,), span=p.span) if dtype == ULOG else Fn("unfix", (p, Const(fraction_bits(dtype))), span=p.span)


def _lowered(typed: Typed) -> Typed:
    held = {n: t.dtype for n, t in typed.types.items() if is_number(t)}
    if not held and not any(isinstance(e, Fn) and e.fn in MADE for e in everywhere(typed.program.body)):
        return typed
    types = {n: replace(t, dtype="int64") if n in held else t for n, t in typed.types.items()}
    body = _Lower(typed, held).block(typed.program.body)
    return Typed(replace(typed.program, body=body), types, held)


class _Lower:
    def __init__(self, typed: Typed, held: dict[str, str]) -> None:
        self.types, self.held = typed.types, held

    def block(self, block: Block) -> Block:
        return tuple(with_blocks(self.statement(s), self.block) for s in block)

    def statement(self, s: Stmt) -> Stmt:
        match s:
            case Update(place, op, value) if place.name in self.held:
                dtype = self.held[place.name]
                return replace(s, place=self.place(place), op=SUMS[op], value=self.factor(value) if dtype == ULOG else self.stored(value, dtype))
            case Update(place, _, value):
                return replace(s, place=self.place(place), value=self.value(value))
            case Permute(places):
                return replace(s, places=tuple(map(self.place, places)))
            case Enter(name, init) | Leave(name, init):
                return replace(s, init=self.first(name, init))
            case Keep(name, value) if name in self.held:
                return replace(s, value=self.stored(value, self.held[name]))
            case Call() | Uncall():
                return replace(s, args=tuple(map(self.argument, s.args)), consts=tuple((k, self.argument(e)) for k, e in s.consts))
            case Apply("neg") | Unapply("neg"):
                return replace(s, places=tuple(map(self.place, s.places)))
            case Append(stack) | Drop(stack) if stack.name not in self.held:
                return replace(s, value=self.value(s.value))
            case Apply() | Unapply() | Push() | Pop() | Append() | Drop() if found := [n for e in expressions(s) for n in mentions(e) if n in self.held]:
                raise NotYet(f"`{show_head(s)}` with a fixed-point or logarithmic number is not part of the language yet", Label(s.span, "not yet"),
                             hint=f"take its value: `t = float64({found[-1]})`")
            case _:
                return map_expressions(s, self.value)

    def first(self, name: str, init: Expr) -> Expr:
        """What a local begins with."""
        match init:
            case Zeros(shape):
                return replace(init, shape=tuple(map(self.value, shape)), dtype="int64" if name in self.held else init.dtype)
            case CopyOf(source) | ZerosLike(source):
                return replace(init, source=self.place(source))
            case _:
                return self.stored(init, self.held[name]) if name in self.held else self.value(init)

    def argument(self, e: Expr) -> Expr:
        return self.place(e) if isinstance(e, Name | Index) else self.value(e)

    def place(self, p: Place) -> Place:
        return replace(p, indices=tuple(map(self.value, p.indices))) if isinstance(p, Index) else p

    # ---- what is read
    def value(self, e: Expr) -> Expr:
        match e:
            case Name() | Index():
                p = self.place(e)
                return reading(p, self.held[p.name]) if p.name in self.held and not isinstance(type_of(e, self.types), Array) else p
            case Fn("log", (a,)) if (raw := self.logs(a)) is not None:
                return Fn("logof", (raw,), span=e.span)
            case Fn(fn, (a, b)) if fn in COMPARISONS and (dtype := self.system(a)) is not None and dtype == self.system(b):
                return replace(e, args=(self.stored(a, dtype), self.stored(b, dtype)))          # exactly, and beyond what a float holds
            case Fn(fn, (a,)) if FUNCTIONS[fn].result == "number":
                raw = self.stored(e, fn)
                return Fn("fromlog", (raw,), span=e.span) if fn == ULOG else Fn("unfix", (raw, Const(fraction_bits(fn))), span=e.span)
            case CopyOf() | ZerosLike():
                return replace(e, source=self.place(e.source))
            case _:
                return rebuild(e, self.value)

    def system(self, e: Expr) -> str | None:
        """The number system of a place."""
        return self.held.get(e.name) if isinstance(e, Name | Index) else None

    # ---- what is stored
    def stored(self, e: Expr, dtype: str) -> Expr:
        """The whole number that stands for the value of `e`."""
        if self.system(e) == dtype:
            assert isinstance(e, Name | Index)
            return self.place(e)
        if isinstance(e, Fn) and e.fn == dtype:
            return self.stored(e.args[0], dtype)
        if dtype == ULOG:
            raw = self.logs(e)
            return Fn("tolog", (self.value(e),), span=e.span) if raw is None else raw
        return Fn("fix", (self.value(e), Const(fraction_bits(dtype))), span=e.span)

    def factor(self, e: Expr) -> Expr:
        """What `u *= e` adds to the logarithm."""
        raw = self.stored(e, ULOG)
        return Fn("logs", (raw,), span=e.span) if isinstance(raw, Name | Index) else raw

    def logs(self, e: Expr) -> Expr | None:
        """The logarithm of `e` as a whole number, if it is made of logarithmic numbers by products, quotients and whole powers."""
        match e:
            case Name() | Index():
                return self.place(e) if self.held.get(e.name) == ULOG else None
            case Fn("ulog", (a,)):
                return self.stored(a, ULOG)
            case Fn("mul" | "div" as fn, (a, b)):
                x, y = self.logs(a), self.logs(b)
                return None if x is None or y is None else Fn(f"log{fn}", (x, y), span=e.span)
            case Fn("pow", (a, k)) if kind(type_of(k, self.types).dtype) == "i":
                x = self.logs(a)
                return None if x is None else Fn("logpow", (x, self.value(k)), span=e.span)
            case _:
                return None

