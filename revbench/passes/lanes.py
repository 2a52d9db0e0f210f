"""Several directions at once: a derivative program in which chosen registers stand once for each lane.

What they flow into is wide; a statement that writes something wide is repeated for every lane, on that lane's names, and all
else runs once for all of them: values, tests, loops and the undoing are shared. The first lane keeps the names as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Block,
    Call,
    Depth,
    Enter,
    Expr,
    Forget,
    If,
    Index,
    Leave,
    Loop,
    Name,
    Program,
    Shape,
    Stash,
    Stmt,
    Top,
    Uncall,
    Unchecked,
    Unstash,
)
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.walk import blocks, map_expressions, mentions, names, rebuild, statements, with_blocks

from .activity import flows
from .effects import Effects

Positions = frozenset[int]


@dataclass
class Lanes:
    """The programs of a library with `n` lanes, made on demand and added to it."""

    library: TypedLibrary
    n: int
    checked: bool = True
    names: dict[tuple[str, Positions], str] = field(default_factory=dict)
    wide: dict[tuple[str, Positions], Positions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.effects = Effects({n: t.program for n, t in self.library.items()})

    def of(self, kernel: str, positions: Positions) -> tuple[str, Positions]:
        """The program in which the parameters at these positions stand `n` times, one after the other; and all that do so in it."""
        wide = self.reached(kernel, positions)
        if self.n == 1:
            return kernel, wide
        key = kernel, wide
        if key not in self.names:
            self.names[key] = fresh_name(f"{kernel}_{self.n}", self.library)
            p = self.library[kernel]
            self.library[self.names[key]] = p                                   # recursion finds the name
            self.library[self.names[key]] = _Wide(self, p, wide, self.names[key]).build()
        return self.names[key], wide

    def reached(self, kernel: str, positions: Positions) -> Positions:
        """The parameters that something wide can flow into, those at `positions` among them."""
        key = kernel, positions
        if key not in self.wide:
            self.wide[key] = positions
            while True:
                params = self.library[kernel].program.params
                found = self.spread(self.library[kernel].program, frozenset(params[k] for k in positions))
                new = frozenset(k for k, q in enumerate(params) if q in found)
                if new == self.wide[key]:
                    break
                self.wide[key] = new
        return self.wide[key]

    def spread(self, p: Program, first: frozenset[str]) -> frozenset[str]:
        """Every name that something wide can flow into."""
        wide = set(first)
        while True:
            more = {b for s in statements(p.body) for b in self.onward(s, wide)} - wide
            if not more:
                return frozenset(wide)
            wide |= more

    def onward(self, s: Stmt, wide: set[str]) -> set[str]:
        if not isinstance(s, Call | Uncall):
            return {b for a, b in flows(s, self.effects) if a in wide}
        args = [a for a in s.args if isinstance(a, Name | Index)]
        here = frozenset(k for k, a in enumerate(args) if a.name in wide)
        return {args[k].name for k in self.reached(s.kernel, here)} if here else set()


class _Wide:
    def __init__(self, lanes: Lanes, source: Typed, wide: Positions, name: str) -> None:
        self.lanes, self.source, self.name = lanes, source.program, name
        self.types = dict(source.types)
        self.wide = lanes.spread(source.program, frozenset(source.program.params[k] for k in wide))
        self.lane: list[dict[str, str]] = [{}]
        for j in range(1, lanes.n):
            self.lane.append({})
            for q in (q for q in source.types if q in self.wide):
                self.lane[j][q] = fresh_name(f"{q}_{j}", self.types)
                self.types[self.lane[j][q]] = self.types[q]

    def build(self) -> Typed:
        p = self.source
        params = tuple(r for q in p.params for r in ([n.get(q, q) for n in self.lane] if q in self.wide else [q]))
        return Typed(replace(p, name=self.name, params=params, body=self.block(p.body)), self.types)

    def block(self, block: Block) -> Block:
        return tuple(t for s in block for t in self.statement(s))

    def statement(self, s: Stmt) -> Block:
        if isinstance(s, Call | Uncall):
            return self.call(s)
        if blocks(s):
            tests = [s.test] if isinstance(s, If | Loop) else []
            assert not any(names(e) & self.wide for e in tests), "compiler bug: a test of a cotangent"
            return (with_blocks(s, self.block),)
        written = {s.name} if isinstance(s, Enter | Leave | Stash | Unstash | Forget) else self.lanes.effects.of(s).writes
        if not written & self.wide:
            return (s,)
        return self.repeated(s)

    def repeated(self, s: Stmt) -> Block:
        """The statement for every lane. Its laws are tested in the first: the others have the same indices, and arrays of the same shapes."""
        first, *others = (in_lane(s, n) for n in self.lane)
        match s:
            case Unstash() | Leave():
                return (*reversed(others), first)
            case Enter() | Stash() | Forget():
                return (first, *others)
            case _:
                return (first, Unchecked(tuple(others), span=s.span)) if self.lanes.checked else (first, *others)

    def call(self, s: Call | Uncall) -> Block:
        """A callee that writes nothing but wide registers is called once for each lane, any other one for all of them at once."""
        here = frozenset(k for k, a in enumerate(s.args) if mentions(a) & self.wide and isinstance(a, Name | Index) and a.name in self.wide)
        if not here:
            return (s,)
        if self.lanes.effects.written[s.kernel] <= here:
            return self.repeated(s)
        name, wide = self.lanes.of(s.kernel, here)
        args = tuple(b for k, a in enumerate(s.args) for b in ([_put(a, n) for n in self.lane] if k in wide else [a]))
        return (replace(s, kernel=name, args=args),)


def in_lane(s: Stmt, names: Mapping[str, str]) -> Stmt:
    """A statement on the names of one lane."""
    s = map_expressions(s, lambda e: _put(e, names))
    return replace(s, name=names.get(s.name, s.name)) if isinstance(s, Enter | Leave | Stash | Unstash | Forget) else s


def _put(e: Expr, names: Mapping[str, str]) -> Expr:
    e = rebuild(e, lambda c: _put(c, names))
    return replace(e, name=names[e.name]) if isinstance(e, Name | Index | Shape | Top | Depth) and e.name in names else e
