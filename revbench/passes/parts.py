"""Expressions and places without complex numbers and records: their real and imaginary parts, their fields.

What a function's value is made of stands in `rules.complex`. A part that is read more than once becomes a local of its
own, where the statement allows that (`made`), so that programs stay short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count

from revbench.ir.library import fresh_name
from revbench.ir.nodes import Const, CopyOf, Enter, Expr, Field, Fn, IfExp, Index, Lazy, Name, Place, Shape, ZerosLike
from revbench.ir.types import Array, Scalar, Type, fields_of, is_complex, is_record, leaves
from revbench.ir.walk import names, rebuild
from revbench.rules.complex import COMPLEX, LINEAR, OF_REALS
from revbench.rules.typing import type_of

from .simplify import add, mul, neg

Pair = tuple[Expr, Expr]
Made = list[Enter] | None                  # where locals for shared parts go; None: nothing may be computed beforehand here
ZERO, ONE = Const(0.0), Const(1.0)
LARGEST = 8                                # whole powers up to this one are products


def leaf_names(names_used: Iterable[str], types: Mapping[str, Type]) -> dict[str, tuple[str, ...]]:
    """The registers that each name becomes, under names that nobody uses."""
    taken: set[str] = set(types)
    out: dict[str, tuple[str, ...]] = {}
    for name in names_used:
        found = leaves(types[name])
        if [ending for ending, _ in found] == [""]:
            out[name] = (name,)
            continue
        out[name] = tuple(fresh_name(f"{name}_{ending}", taken) for ending, _ in found)
        taken |= set(out[name])
    return out


class Lowering:
    """The names of one program before and after, and the expressions over them."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.old = types
        self.leaves = leaf_names((n for n in types if "." not in n), types)
        self.new: dict[str, Type] = {leaf: t for n, own in self.leaves.items() for leaf, (_, t) in zip(own, leaves(types[n]), strict=True)}
        self.numbers = count()

    # ---- places
    def places(self, p: Place) -> tuple[Place, ...]:
        """The places that a place consists of: one per leaf of its type."""
        root, _, field = p.name.partition(".")
        at = p.indices if isinstance(p, Index) else ()
        if at and isinstance(at[-1], Field):
            field, at = at[-1].name, at[:-1]
        at = tuple(self.real(i, None) for i in at)
        t, own = self.old[root], self.leaves[root]
        if not is_record(t):
            return self.variable(own, t, at, field)
        out: list[Place] = []
        for f, dtype in fields_of(t.dtype).items():
            inner = Array(dtype, t.ndim) if isinstance(t, Array) else Scalar(dtype)
            mine, own = own[:len(leaves(inner))], own[len(leaves(inner)):]
            if field in ("", f):
                out += self.variable(mine, inner, at, "")
        return tuple(out)

    def variable(self, own: tuple[str, ...], t: Type, at: tuple[Expr, ...], part: str) -> tuple[Place, ...]:
        if isinstance(t, Array) and is_complex(t) and len(at) == t.ndim:
            both: tuple[Place, ...] = tuple(Index(own[0], (*at, Const(k))) for k in range(2))
        else:
            both = tuple(Index(n, at) if at else Name(n) for n in own)
        return both if not part else both[:1] if part == "real" else both[1:]

    def place(self, p: Place) -> Place:
        (only,) = self.places(p)
        return only

    # ---- expressions
    def real(self, e: Expr, made: Made) -> Expr:
        """A real number, with nothing complex in it."""
        match e:
            case Name() | Index():
                return self.place(e)
            case Shape(name, axis):
                t = self.old[name]
                assert isinstance(t, Array)
                return Shape(self.places(Name(name))[0].name, axis % t.ndim, span=e.span)
            case CopyOf(source) | ZerosLike(source):
                return type(e)(self.place(source), span=e.span)
            case Fn(fn, args) if fn in OF_REALS or any(is_complex(type_of(a, self.old)) for a in args):
                return self.row(fn, [self.pair(a, made) for a in args], made)[0]
            case Lazy() | IfExp():
                return rebuild(e, lambda c: self.real(c, None))
            case _:
                return rebuild(e, lambda c: self.real(c, made))

    def pair(self, e: Expr, made: Made) -> Pair:
        """The real and the imaginary part of a number."""
        if not is_complex(type_of(e, self.old)):
            return self.real(e, made), ZERO
        match e:
            case Name() | Index():
                re, im = self.places(e)
                return re, im
            case IfExp(test, a, b):
                (ar, ai), (br, bi), test = self.pair(a, None), self.pair(b, None), self.real(test, None)
                return IfExp(test, ar, br, span=e.span), IfExp(test, ai, bi, span=e.span)
            case Fn("pow", (x, Const(int() as n))) if not isinstance(n, bool) and abs(n) <= (LARGEST if made is not None else 3):
                base = self.bound(self.pair(x, made), made)
                return self.row("div", [(ONE, ZERO), self.power(base, -n, made)], made) if n < 0 else self.power(base, n, made)
            case Fn(fn, args):
                return self.row(fn, [self.pair(a, made) for a in args], made)
            case _:
                raise AssertionError(f"compiler bug: a complex {type(e).__name__}")

    def power(self, x: Pair, n: int, made: Made) -> Pair:
        if n < 2:
            return x if n else (ONE, ZERO)
        half = self.bound(self.power(x, n // 2, made), made)
        square = self.row("mul", [half, half], made)
        return self.row("mul", [square, x], made) if n % 2 else square

    def row(self, fn: str, args: list[Pair], made: Made) -> Pair:
        """A row of `rules.complex`, applied to parts."""
        if fn not in LINEAR:
            args = [self.bound(a, made) for a in args]
        if fn == "div" and args[1][1] == ZERO:
            return joined("div", (args[0][0], args[1][0])), joined("div", (args[0][1], args[1][0]))
        rule = COMPLEX[fn]
        words = {f"{p}{k}": part for p, pair in zip(rule.params, args, strict=True) for k, part in zip("ri", pair, strict=True)}
        re, im = rule.expressions
        return spelled(re, words), ZERO if im is None else spelled(im, words)

    def bound(self, pair: Pair, made: Made) -> Pair:
        """The same pair as names, if it is to be read more than once."""
        return pair if made is None else (self.shared(pair[0], made), self.shared(pair[1], made))

    def shared(self, e: Expr, made: list[Enter]) -> Expr:
        if isinstance(e, Name | Index) or not names(e):
            return e
        name = fresh_name(f"_c{next(self.numbers)}", self.new)
        self.new[name] = Scalar(type_of(e, self.new).dtype)
        made.append(Enter(name, e, span=e.span))
        return Name(name, span=e.span)


def spelled(row: Expr, words: Mapping[str, Expr]) -> Expr:
    """A row's text with the parts put in."""
    match row:
        case Name(name):
            return words[name]
        case Fn(fn, args):
            return joined(fn, tuple(spelled(a, words) for a in args))
        case _:
            return rebuild(row, lambda a: spelled(a, words))


def joined(fn: str, args: tuple[Expr, ...]) -> Expr:
    """`fn(*args)`; a part that is zero because a number is real leaves nothing behind."""
    match fn, args:
        case "mul", (a, b):
            return ZERO if ZERO in args else mul(a, b)
        case "add", (a, b):
            return b if a == ZERO else a if b == ZERO else add(a, b)
        case "sub", (a, b):
            return a if b == ZERO else neg(b) if a == ZERO else Fn("sub", (a, b))
        case ("neg" | "sin" | "sinh"), (a,) if a == ZERO:
            return ZERO
        case ("cos" | "cosh"), (a,) if a == ZERO:
            return ONE
        case "div", (a, b) if a == ZERO:
            return ZERO
        case "hypot", (a, b) if ZERO in args:
            return Fn("abs", (b if a == ZERO else a,))
        case "neg", (a,):
            return neg(a)
        case _:
            return Fn(fn, args)
