"""What a loop reads from one place in every turn is read once, before it.

Compilers for arrays that may overlap cannot do that: after every store they read the others again. Here names tell arrays apart.

    for c in range(n):                                  h = pairs[i, 0]
        y[c] += x[pairs[i, 0], c]                       for c in range(n):
                                                            y[c] += x[h, c]

An element is read only if some turn would have read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from revbench.ir.library import unused
from revbench.ir.nodes import (
    Assert,
    Block,
    Call,
    Const,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    IfExp,
    Index,
    Lazy,
    Leave,
    Name,
    Range,
    Require,
    Shape,
    Stash,
    Stmt,
    Unstash,
    Update,
)
from revbench.ir.typed import Typed
from revbench.ir.types import Array, Scalar
from revbench.ir.walk import blocks, mentions, replaced, statements, with_blocks
from revbench.rules.typing import type_of

from .effects import Effects
from .fuse import accumulated


def held(typed: Typed, effects: Effects, fast: bool = False) -> Typed:
    """The same program with such elements in locals. `fast`: sums may change their order, so loops that only add count upwards."""
    one = _Held(typed, effects, fast)
    body = one.block(typed.program.body)
    return replace(typed, program=replace(typed.program, body=body), types=one.types)


class _Held:
    def __init__(self, typed: Typed, effects: Effects, fast: bool) -> None:
        self.types, self.effects, self.fast = dict(typed.types), effects, fast
        self.fresh = unused(typed.types, "_h")

    def block(self, b: Block) -> Block:
        return tuple(t for s in b for t in self.statement(s))

    def statement(self, s: Stmt) -> Block:
        s = with_blocks(s, self.block)
        if self.fast and isinstance(s, ForBack) and s.range.step == Const(1) and self.only_adds(s.body):
            s = For(s.var, s.range, s.body, s.parallel, span=s.span)
        return self.turns(s) if isinstance(s, For | ForBack) else (s,)

    def only_adds(self, body: Block) -> bool:
        """Whether turns may come in any order: nothing is taken from a stack, and what they change they only add to."""
        return all(isinstance(t, Update | Enter | If | For | ForBack) for t in statements(body)) and accumulated(body, self.effects) is not None

    def turns(self, s: For | ForBack) -> Block:
        r, taken = s.range, trips(s.range)
        if taken is False or s.parallel or any(type_of(e, self.types).dtype == "uint64" for e in (r.start, r.stop)):
            return (s,)
        moving = self.changed(s.body) | {s.var}
        if not any(isinstance(self.types.get(n), Array) for n in moving):      # no store that could change what is read
            return (s,)
        reads = dict.fromkeys(e for x in surely(s.body) for e in self.still(x, moving))
        before, body = self.read_once(reads, s.body)
        if not before:
            return (s,)
        out: Block = (*before, replace(s, body=body))
        return out if taken is True else (If(taken, taken, out, (), span=s.span),)

    def read_once(self, reads: dict[Index, None], body: Block) -> tuple[list[Stmt], Block]:
        found: dict[Expr, Expr] = {e: Name(self.new(self.types[e.name].dtype), span=e.span) for e in reads}
        return [Enter(n.name, e, span=e.span) for e, n in found.items() if isinstance(n, Name)], replaced(body, found) if found else body

    def still(self, e: Expr, moving: frozenset[str]) -> Iterator[Index]:
        """The elements that this expression surely reads, and that are the same in every turn: the largest expressions."""
        if isinstance(e, Index) and self.element(e) and not mentions(e) & moving:
            yield e
            return
        for x in parts_read(e):
            yield from self.still(x, moving)

    def element(self, p: Index) -> bool:
        t = self.types.get(p.name)
        return isinstance(t, Array) and t.ndim == len(p.indices) and all(isinstance(i, Const | Name | Index | Shape | Fn) for i in p.indices)

    def new(self, dtype: str) -> str:
        name = f"_h{next(self.fresh)}"
        self.types[name] = Scalar(dtype)
        return name

    def changed(self, block: Block) -> frozenset[str]:
        """Every name that something in the block begins or changes."""
        out: set[str] = set()
        for s in statements(block):
            if isinstance(s, For | ForBack):
                out.add(s.var)
            elif isinstance(s, Enter | Leave | Stash | Unstash | Forget):
                out.add(s.name)
            if not blocks(s):
                out |= self.effects.of(s).writes
        return frozenset(out)


def surely(body: Block) -> Iterator[Expr]:
    """Expressions that a turn evaluates before it can leave (places: their indices)."""
    for s in body:
        match s:
            case Update(place, _, value):
                yield from (*(place.indices if isinstance(place, Index) else ()), value)
            case Enter(_, init):
                yield init
            case If(test):
                yield test
            case For(_, r) | ForBack(_, r):
                yield from (r.start, r.stop, r.step)
        if any(isinstance(t, Assert | Require | Call) for t in statements((s,))):
            return


def parts_read(e: Expr) -> tuple[Expr, ...]:
    """The parts of an expression that it certainly evaluates."""
    match e:
        case Index(_, indices):
            return indices
        case Fn(_, args):
            return args
        case IfExp(test):
            return (test,)
        case Lazy(_, left):
            return (left,)
        case _:
            return ()


def trips(r: Range) -> Expr | bool:
    """Whether a range has any turns: known, or an expression. False too where the step is not one."""
    if r.step != Const(1):
        return False
    if isinstance(r.start, Const) and isinstance(r.stop, Const):
        return bool(r.start.value < r.stop.value)
    return Fn("lt", (r.start, r.stop))
