"""What nobody reads is not computed: the undone locals of an adjoint, sums that no one asked for.

Liveness, backwards, by name; whoever undoes `y[k, i]` in a loop over `k` whose other turns never read that row undoes it for nobody,
so arrays that a loop walks through are told apart by their index. Reversibility is lost, and this is for hosts that only go one way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    Drop,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    Index,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    Name,
    Permute,
    Pop,
    Print,
    Probe,
    Push,
    Redo,
    Release,
    Require,
    Shape,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
    ZerosLike,
)
from revbench.ir.typed import Typed
from revbench.ir.walk import expressions, index_reads, names, statements, subexpressions

from .effects import Effects

Live = frozenset[str]
NONE: Live = frozenset()


def without_dead(typed: Typed, effects: Effects, wanted: Live | None = None) -> Typed:
    """The same program without what changes none of the `wanted` registers (default: all)."""
    p = typed.program
    body, _ = _Dead(effects).block(p.body, frozenset(p.params) if wanted is None else wanted)
    return replace(typed, program=replace(p, body=body))


class _Dead:
    def __init__(self, effects: Effects) -> None:
        self.effects = effects

    def block(self, b: Block, live: Live) -> tuple[Block, Live]:
        """What is left of a block when `live` is read after it, and what is read from before it."""
        out: list[Stmt] = []
        for s in reversed(b):
            kept, live = self.statement(s, live)
            if kept is not None:
                out.append(kept)
        return tuple(reversed(out)), live

    def statement(self, s: Stmt, live: Live) -> tuple[Stmt | None, Live]:
        match s:
            case Update(place, _, value):
                return (s, live | reads(value) | index_reads(place) | {place.name}) if place.name in live else (None, live)
            case Permute() | Apply() | Unapply():
                return (s, live | read_by(s)) if any(p.name in live for p in s.places) else (None, live)
            case Enter(name, init):
                begins = live & {name, shape(name)}
                return (s, live - {name, shape(name)} | reads(init)) if begins else (None, live)
            case Forget(name) | Leave(name):
                return None, live - {name}
            case If():
                then, a = self.block(s.then, live)
                orelse, b = self.block(s.orelse, live)
                return (replace(s, then=then, orelse=orelse), a | b | reads(s.test)) if then or orelse else (None, live)
            case For() | ForBack():
                return self.loop(s, live)
            case Loop():
                return self.until(s, live)
            case Call():
                return s, live | read_by(s)
            case Unchecked():
                body, live = self.block(s.body, live)
                return (replace(s, body=body), live) if body else (None, live)
            case Unstash(name):
                return s, live - {name}
            case Stash(name):
                return s, live | {name}
            case Probe():
                return None, live
            case Assert() | Print() | Require() | Push() | Pop() | Append() | Drop():
                return s, live | read_by(s)
            case Within() | Undo() | Redo() | Uncall() | Keep() | ComputeBlock() | Uncompute() | InverseBlock() | Release():
                raise AssertionError(f"compiler bug: {type(s).__name__} where everything is dropped")
            case _:
                assert_never(s)

    def loop(self, s: For | ForBack, live: Live) -> tuple[Stmt | None, Live]:
        own = walked(s)
        around = live
        while True:
            body, found = self.block(s.body, around)
            again = around | (found - own - {s.var})
            if again == around:
                break
            around = again
        ranges = frozenset().union(*map(reads, (s.range.start, s.range.stop, s.range.step)))
        return (replace(s, body=body), live | (found - {s.var}) | ranges) if body else (None, live)

    def until(self, s: Loop, live: Live) -> tuple[Stmt | None, Live]:
        if not any(isinstance(t, Stash | Unstash | Call | Print | Assert | Require | Push | Pop | Append | Drop) for t in statements((s,))) \
                and not self.effects.block((s,)).writes & live:
            return None, live
        live = live | reads(s.test)
        while True:
            second, a = self.block(s.second, live)             # after it comes the first half again
            first, b = self.block(s.first, live | a)
            if live | a | b == live:
                return replace(s, first=first, second=second, entry=None), live
            live = live | a | b


def shape(name: str) -> str:
    """What stands for the extents of an array: they are read where its contents are not."""
    return f"{name}.shape"


def reads(e: Expr) -> Live:
    extents = (shape(x.name) if isinstance(x, Shape) else shape(x.source.name) for x in subexpressions(e) if isinstance(x, Shape | ZerosLike))
    return names(e) | frozenset(extents)


def read_by(s: Stmt) -> Live:
    return frozenset().union(*map(reads, expressions(s)))


# ---- arrays that a loop walks through
def walked(s: For | ForBack) -> Live:
    """The arrays of which no later turn of the loop reads what a turn writes."""
    found: dict[str, list[tuple[Index, bool]]] = {}
    whole: set[str] = set()
    for t in statements(s.body):
        added = t.place if isinstance(t, Update) else None              # reads itself for itself only: dead if it is dead
        moved = () if isinstance(t, Update) else _written(t)
        for e in expressions(t):
            for x in subexpressions(e):
                if isinstance(x, Index):
                    found.setdefault(x.name, []).append((x, x is added))
                elif isinstance(x, Name):
                    whole.add(x.name)
        for x in moved:
            if isinstance(x, Index):
                found[x.name].append((x, True))
    if not (isinstance(s.range.step, Const) and s.range.step.value == 1) or _shadowed(s):
        return NONE
    return frozenset(n for n, places in found.items() if n not in whole and _apart(places, s))


def _written(s: Stmt) -> tuple[Expr, ...]:
    match s:
        case Permute() | Apply() | Unapply():
            return s.places
        case Call():
            return s.args
        case _:
            return ()


def _shadowed(s: For | ForBack) -> bool:
    return any((isinstance(t, For | ForBack) and t.var == s.var) or (isinstance(t, Enter | Unstash) and t.name == s.var)
               or (isinstance(t, Update) and t.place == Name(s.var)) for t in statements(s.body))


def _apart(places: Iterable[tuple[Index, bool]], s: For | ForBack) -> bool:
    """Whether along some axis every place is at `var + c`, and what later turns read lies beyond what earlier ones have written."""
    places = list(places)
    for axis in range(min(len(p.indices) for p, _ in places)):
        at = [(offset(p.indices[axis], s.var), written) for p, written in places]
        if all(c is not None for c, _ in at):
            w = [c for c, written in at if written and c is not None]
            r = [c for c, written in at if not written and c is not None]
            if not w or not r or (min(r) >= max(w) if isinstance(s, For) else max(r) <= min(w)):
                return True
    return False


def offset(e: Expr, var: str) -> int | None:
    """`c`, where `e` is `var + c`."""
    match e:
        case Name(n) if n == var:
            return 0
        case Fn("add", (Name(n), Const(int() as c))) | Fn("add", (Const(int() as c), Name(n))) if n == var:
            return int(c)
        case Fn("sub", (Name(n), Const(int() as c))) if n == var:
            return -int(c)
        case _:
            return None


