"""An elementary function of the same values is computed once: what a loop has computed, a later loop over the same range reads.

A gradient needs `exp(x[k])` where the value needs it, and again for its derivative. Between the two loops the results lie in an array
as long as the range. This is done inside of loops only, and where the range is the extent of an array that is there anyway: memory
must not grow with the number of turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Const, Enter, Expr, Fn, For, ForBack, IfExp, Index, Lazy, Name, Range, Shape, Stmt, Update, Zeros
from revbench.ir.typed import Typed
from revbench.ir.types import Array
from revbench.ir.walk import expressions, map_expressions, names, rebuild, statements, subexpressions, with_blocks
from revbench.rules.functions import FUNCTIONS
from revbench.rules.typing import type_of

from .effects import Effects

Loop = For | ForBack


def shared(typed: Typed, effects: Effects) -> Typed:
    """The same program, with elementary functions that two loops compute computed by the first."""
    once = _Shared(typed, effects)
    body = once.block(typed.program.body, inside=False)
    return replace(typed, program=replace(typed.program, body=body), types=once.types) if once.found else typed


class _Shared:
    def __init__(self, typed: Typed, effects: Effects) -> None:
        self.types, self.effects = dict(typed.types), effects
        self.found = False
        made = [s for s in statements(typed.program.body) if isinstance(s, Enter)]
        changed = effects.block(typed.program.body).writes | {s.place.name for s in statements(typed.program.body) if isinstance(s, Update)}
        self.extents = {s.name for s in made if isinstance(s.init, Shape) and s.name not in changed}       # `K = len(x)`

    def block(self, b: Block, inside: bool) -> Block:
        out = [with_blocks(s, lambda c, s=s: self.block(c, inside or isinstance(s, Loop))) for s in b]     # type: ignore[misc]
        k = 0
        while inside and k < len(out):
            s = out[k]
            pair = next(self.pairs(s, out[k + 1:]), None) if isinstance(s, Loop) and self.bounded(s.range) else None
            if pair is None or not isinstance(s, Loop):
                k += 1
                continue
            e, j = pair
            later = out[k + 1 + j]
            assert isinstance(later, Loop)
            name = fresh_name("_shared", self.types)
            self.types[name], self.found = Array("float64", 1), True
            out[k + 1 + j] = replace(later, body=_put(later.body, _moved(e, s.var, later.var), Index(name, (Name(later.var),))))
            first = next(n for n, t in enumerate(s.body) if e in _parts(t))
            kept = Update(Index(name, (Name(s.var),)), "+=", e, span=s.span)
            out[k] = replace(s, body=(*s.body[:first], kept, *_put(s.body[first:], e, Index(name, (Name(s.var),)))))
            out.insert(k, Enter(name, Zeros((s.range.stop,), "float64"), span=s.span))
            k += 1                                              # the same loop may have more of them
        return tuple(out)

    def bounded(self, r: Range) -> bool:
        return r.start == Const(0) and r.step == Const(1) and (isinstance(r.stop, Shape) or (isinstance(r.stop, Name) and r.stop.name in self.extents))

    def pairs(self, s: Loop, after: list[Stmt]) -> Iterator[tuple[Expr, int]]:
        """Functions of a loop that a later one computes again, and how far away that is."""
        for e in dict.fromkeys(x for t in s.body for x in _parts(t) if self.costs(x)):
            changed = self.effects.block(s.body).writes
            for j, t in enumerate(after):
                writes = self.effects.block((t,)).writes
                if names(e) & (changed | writes):
                    break
                if isinstance(t, Loop) and t.range == s.range and any(_moved(e, s.var, t.var) in _parts(u) for u in t.body):
                    yield e, j
                    break

    def costs(self, e: Expr) -> bool:
        return isinstance(e, Fn) and FUNCTIONS[e.fn].ulp is not None and type_of(e, self.types).dtype == "float64"


def _parts(s: Stmt) -> set[Expr]:
    """Expressions of a statement that is no block, and is always reached."""
    return {x for e in expressions(s) for x in subexpressions(e)} if isinstance(s, Update | Enter) and not _lazy(s) else set()


def _lazy(s: Stmt) -> bool:
    return any(isinstance(x, IfExp | Lazy) for e in expressions(s) for x in subexpressions(e))


def _moved(e: Expr, old: str, new: str) -> Expr:
    return Name(new) if e == Name(old) else rebuild(e, lambda c: _moved(c, old, new))


def _put(block: Block, old: Expr, new: Expr) -> Block:
    """`new` for `old`, in the statements of the block itself."""
    def put(e: Expr) -> Expr:
        return new if e == old else rebuild(e, put)

    return tuple(map_expressions(s, put) if isinstance(s, Update | Enter) else s for s in block)
