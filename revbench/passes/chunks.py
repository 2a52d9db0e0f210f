"""A parallel loop in parts: a program that runs some of the turns, and how much there is to do.

    for i in prange(n):             def f_turns(x, y, s_parts, _lo, _hi, _k):
        y[i] += x[i]                    s = 0.0
        s += x[i] ** 2                  for i in range(_lo, _hi):
                                            ...
                                        s_parts[_k] += s

What turns only add to is added to a copy of its own in each part: a number in a local, an array in a row of the copies. Whoever
called the parts sums the copies, in order. The number of parts depends on what there is to do, never on the number of threads: so
no bit of the result does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Block,
    Call,
    Const,
    Drop,
    Enter,
    Expr,
    Fn,
    For,
    Index,
    Name,
    Pop,
    Print,
    Program,
    Push,
    Range,
    Shape,
    Stash,
    Stmt,
    Uncall,
    Unstash,
    Update,
)
from revbench.ir.typed import Typed
from revbench.ir.types import INT, Array, Stack, Type, kind
from revbench.ir.walk import blocks, children, expressions, mentions, statements
from revbench.rules.functions import FUNCTIONS

from .effects import Effects
from .flatten import substituted
from .races import Loop, shared_by

ORDERED = (Print, Push, Pop, Append, Drop)                  # threads do not run these at the same time
TURNS = 8                                                   # of a loop whose length is not known before
CALL = 10                                                   # operations that an elementary function, or a call, is worth


@dataclass(frozen=True)
class Chunks:
    """A parallel loop in parts.

    Attributes
    ----------
    part : Typed
        The program of a part. Its registers are `given`, then the copies; its constants are `scope`.
    loop : For
        The loop as a whole.
    given : tuple of str
        What the loop takes from around it.
    copies : dict
        For each sum its copies, one more axis in front.
    scope : tuple of str
        The first turn of a part, the end of its turns, and its number.
    written : frozenset of str
        What the turns change around them, but for the sums.
    """

    part: Typed
    loop: For
    given: tuple[str, ...]
    copies: Mapping[str, str]
    scope: tuple[str, str, str]
    written: frozenset[str]


def chunks(s: Loop, typed: Typed, effects: Effects, name: str) -> Chunks | None:
    """A loop in parts, each of them the program `name`; None where it must run as it stands."""
    shared = shared_by(s, effects)
    if shared.raced or s.range.step != Const(1) or any(isinstance(t, ORDERED) for t in statements(s.body)) or not _balanced(s.body):
        return None
    types = dict(typed.types)
    if any(kind(types[q].dtype) not in "if" or q in typed.numbers or isinstance(types[q], Stack) for q in shared.sums):
        return None
    before, after, copies = list[Stmt](), list[Stmt](), dict[str, str]()
    low, high, number = (fresh_name(n, types) for n in ("_lo", "_hi", "_k"))
    types |= dict.fromkeys((low, high, number), INT)
    for q in sorted(shared.sums):
        t = types[q]
        copies[q] = fresh_name(f"{q}_parts", types)
        types[copies[q]] = Array(t.dtype, (t.ndim if isinstance(t, Array) else 0) + 1)
        if not isinstance(t, Array):
            before.append(Enter(q, Const(0.0 if kind(t.dtype) == "f" else 0), span=s.span))
            after.append(Update(Index(copies[q], (Name(number),)), "+=", Name(q), span=s.span))
    loop = For(s.var, s.range, s.body, span=s.span)
    given = tuple(sorted(frozenset().union(*map(_mentioned, statements((loop,)))) - shared.own - {s.var} - shared.sums))
    inside: Block = (*before, replace(loop, range=Range(Name(low), Name(high), Const(1))), *after)
    program = Program(name, (*given, *copies.values()), (low, high, number), inside, span=s.span)
    return Chunks(replace(typed, program=program, types=types), loop, given, copies, (low, high, number), shared.apart)


def merged(found: Chunks, new: Callable[[], str]) -> Block:
    """The sums of all copies, one after the other; `new` makes names of loop variables."""
    out: Block = ()
    for q, copy in found.copies.items():
        t = found.part.types[copy]
        assert isinstance(t, Array)
        k, *at = (Name(new()) for _ in range(t.ndim))
        body: Block = (Update(Index(q, tuple(at)) if at else Name(q), "+=", Index(copy, (k, *at)), span=found.loop.span),)
        for axis, i in reversed(list(enumerate((k, *at)))):
            body = (For(i.name, Range(Const(0), Shape(copy, axis), Const(1)), body, span=found.loop.span),)
        out += body
    return out


def _mentioned(s: Stmt) -> frozenset[str]:
    return frozenset().union(*map(mentions, expressions(s)))


def _balanced(block: Block) -> bool:
    """Whether what a block keeps is given back in the same block."""
    kept: list[str] = []
    for s in block:
        if isinstance(s, Stash):
            kept.append(s.name)
        elif isinstance(s, Unstash) and (not kept or kept.pop() is None):
            return False
        if not all(map(_balanced, blocks(s))):
            return False
    return not kept


# ---- how much there is to do
@dataclass(frozen=True)
class Work:
    """Estimates of operations, as expressions over what is known before a loop.

    Attributes
    ----------
    own : frozenset of str
        Names that begin inside.
    changed : frozenset of str
        Names that change inside.
    callers : frozenset of str
        Kernels whose calls are gone into.
    """

    programs: Mapping[str, Program]
    types: Mapping[str, Type]
    own: frozenset[str]
    changed: frozenset[str]
    callers: frozenset[str] = frozenset()

    def block(self, block: Block) -> Expr:
        total: Expr = Const(0)
        for s in block:
            total = _plus(total, self.statement(s))
        return total

    def statement(self, s: Stmt) -> Expr:
        total: Expr = Const(1 + sum(map(_cost, expressions(s))))
        if isinstance(s, Call | Uncall):
            return _plus(total, self.call(s))
        inside: Expr = Const(0)
        for b in blocks(s):
            inside = _plus(inside, self.block(b))
        return _plus(total, _times(self.length(s.range), inside) if isinstance(s, Loop) else inside)

    def call(self, s: Call | Uncall) -> Expr:
        if s.kernel in self.callers:
            return Const(CALL)
        p = self.programs[s.kernel]
        pairs = [*zip(p.params, s.args, strict=True), *s.consts]
        places: dict[str, Expr] = {q: a for q, a in pairs if isinstance(a, Name | Index | Const)}
        inner = {*p.params, *p.consts} - places.keys() | {t.name for t in statements(p.body) if isinstance(t, Enter | Unstash)} | {
            t.var for t in statements(p.body) if isinstance(t, Loop)}
        renamed = {q: f"{s.kernel}.{q}" for q in inner}
        within = replace(self, own=self.own | set(renamed.values()), callers=self.callers | {s.kernel})
        return within.block(substituted(p.body, places, renamed))

    def length(self, r: Range) -> Expr:
        if r.step != Const(1) or not all(map(self.known, (r.start, r.stop))):
            return Const(TURNS)
        if isinstance(r.stop, Const) and isinstance(r.start, Const):
            return Const(r.stop.value - r.start.value)
        return r.stop if r.start == Const(0) else Fn("sub", (r.stop, r.start))

    def known(self, e: Expr) -> bool:
        match e:
            case Const(int()):
                return True
            case Name(name):
                return name not in self.own | self.changed and self.types[name].dtype == "int64"
            case Shape(name):
                return name not in self.own
            case Fn("add" | "sub" | "mul", args):
                return all(map(self.known, args))
            case _:
                return False


def turn_work(s: Loop, typed: Typed, effects: Effects) -> Expr:
    """Operations of one turn of a loop."""
    own = shared_by(s, effects).own | {s.var}
    return Work(effects.programs, typed.types, own, effects.block(s.body).writes).block(s.body)


def _cost(e: Expr) -> int:
    """A function that is spelled as a call of another one is no plain arithmetic."""
    own = (CALL if "(" in FUNCTIONS[e.fn].value else 1) if isinstance(e, Fn) else 0
    return own + sum(map(_cost, children(e)))


def _plus(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value + b.value)
    return b if a == Const(0) else a if b == Const(0) else Fn("add", (a, b))


def _times(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value * b.value)
    return Fn("mul", (a, b))
