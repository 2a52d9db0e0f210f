"""A local array of which each turn of one loop uses its own row only becomes that row, made in the turn.

The cotangents of `y[k, i]` begin, are used and end within one turn of a loop over `k`: there they are a row, which stays in the cache,
and those of `y[k]` are a number, which stays in a register. This is for unchecked code, where locals end without being looked at.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from revbench.ir.nodes import (
    Block,
    Const,
    Depth,
    Enter,
    Expr,
    For,
    ForBack,
    Forget,
    Index,
    Leave,
    Name,
    Permute,
    Shape,
    Stash,
    Stmt,
    Top,
    Unstash,
    Zeros,
    ZerosLike,
)
from revbench.ir.typed import Typed
from revbench.ir.types import Array, Scalar
from revbench.ir.walk import blocks, everywhere, map_expressions, names, rebuild, statements, with_blocks

from .effects import Effects

Loop = For | ForBack


def turn_rows(typed: Typed, effects: Effects) -> Typed:
    """The same program, with rows of their own in the turns of such loops."""
    found = _TurnRows(typed, effects)
    body = found.block(typed.program.body)
    return replace(typed, program=replace(typed.program, body=body), types=found.types)


class _TurnRows:
    def __init__(self, typed: Typed, effects: Effects) -> None:
        body = typed.program.body
        self.types = dict(typed.types)
        self.made = Counter(s.name for s in statements(body) if isinstance(s, Enter))
        self.used = Counter(n for e in everywhere(body) if (n := mentioned(e)))
        self.exchanged = {p.name for s in statements(body) if isinstance(s, Permute) for p in s.places if isinstance(p, Name)}
        self.kept = {s.name for s in statements(body) if isinstance(s, Stash | Unstash | Leave | Forget)}
        self.changed = {n for s in statements(body) if not blocks(s) and not isinstance(s, Enter) for n in effects.of(s).writes}
        self.changed |= {s.var for s in statements(body) if isinstance(s, Loop)} | {n for n, times in self.made.items() if times > 1}

    def block(self, b: Block) -> Block:
        out = list(b)
        for s in b:
            init = self.row_of(s) if isinstance(s, Enter) and self.made[s.name] == 1 and s.name not in self.kept else None
            if init is None or not isinstance(s, Enter):
                continue
            k = next((k for k, t in enumerate(out) if isinstance(t, Loop) and self.lives_in(t, s.name)), None)
            if k is not None:
                out[k] = self.moved(out[k], replace(s, init=init))
                out.remove(s)
        return tuple(with_blocks(s, self.block) for s in out)

    def row_of(self, s: Enter) -> Expr | None:
        """What a row of a new array begins with; None where it may be something else in each turn."""
        t, init = self.types[s.name], s.init
        if not isinstance(t, Array) or t.dtype != "float64":
            return None
        match init:
            case Zeros(shape) if init.fill is None and not any(names(e) & self.changed for e in shape[1:]):
                rest = shape[1:]
            case ZerosLike(Name(source)) if init.fill is None and source not in self.exchanged and self.made[source] < 2:
                rest = tuple(Shape(source, axis) for axis in range(1, t.ndim))
            case _:
                return None
        return Zeros(rest, "float64") if rest else Const(0.0)

    def lives_in(self, s: Loop, name: str) -> bool:
        """Whether an array is used in one loop only, and by every turn its own row."""
        uses = [e for e in everywhere(s.body) if mentioned(e) == name]
        again = any(isinstance(t, Loop) and t.var == s.var for t in statements(s.body))
        return not again and len(uses) == self.used[name] > 0 and all(isinstance(e, Index) and e.indices[0] == Name(s.var) for e in uses)

    def moved(self, s: Stmt, made: Enter) -> Stmt:
        """The loop with the row made in each turn."""
        t = self.types[made.name]
        assert isinstance(t, Array)
        self.types[made.name] = Array("float64", t.ndim - 1) if t.ndim > 1 else Scalar("float64")

        def put(e: Expr) -> Expr:
            e = rebuild(e, put)
            if not isinstance(e, Index) or e.name != made.name:
                return e
            return replace(e, indices=e.indices[1:]) if len(e.indices) > 1 else Name(e.name, span=e.span)

        def block(b: Block) -> Block:
            return tuple(with_blocks(map_expressions(t, put), block) for t in b)

        return with_blocks(s, lambda b: (made, *block(b)))


def mentioned(e: Expr) -> str | None:
    """The name that an expression itself mentions, not counting its parts."""
    if isinstance(e, ZerosLike):
        return e.source.name
    return e.name if isinstance(e, Name | Index | Shape | Top | Depth) else None
