"""What a statement reads and writes, as seen from outside it. Kernels are solved to a fixpoint.

Effects go by name: an array is one thing. `len` and `shape` read no contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from revbench.ir.nodes import (
    Append,
    Apply,
    Block,
    Call,
    ComputeBlock,
    Drop,
    Enter,
    Expr,
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
    Program,
    Push,
    Redo,
    Release,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Undo,
    Unstash,
    Update,
    Within,
)
from revbench.ir.walk import blocks, callees, expressions, index_reads, names, statements

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Effect:
    reads: frozenset[str] = NONE
    writes: frozenset[str] = NONE

    def __or__(self, other: Effect) -> Effect:
        return Effect(self.reads | other.reads, self.writes | other.writes)

    def without(self, own: frozenset[str]) -> Effect:
        return Effect(self.reads - own, self.writes - own) if own and not (own.isdisjoint(self.reads) and own.isdisjoint(self.writes)) else self

    @property
    def touched(self) -> frozenset[str]:
        return self.reads | self.writes


def together(effects: Sequence[Effect]) -> Effect:
    return effects[0] if len(effects) == 1 else Effect(NONE.union(*(e.reads for e in effects)), NONE.union(*(e.writes for e in effects)))


def reads_of(exprs: Iterable[Expr]) -> Effect:
    return Effect(NONE.union(*map(names, exprs)))


def entered(block: Block) -> frozenset[str]:
    """Names that begin in the block itself (compute blocks count: their locals belong to the enclosing block)."""
    out: set[str] = set()
    for s in block:
        if isinstance(s, Enter | Unstash):
            out.add(s.name)
        elif isinstance(s, ComputeBlock):
            out |= entered(s.body)
    return frozenset(out)


def ended(block: Block) -> frozenset[str]:
    """Names that end in the block itself."""
    return frozenset(s.value.name if isinstance(s, Keep) and isinstance(s.value, Name) else s.name
                     for s in block if isinstance(s, Leave | Stash | Forget) or (isinstance(s, Keep) and s.made))


class Effects:
    """Effects under a fixed set of kernels.

    Attributes
    ----------
    written : dict[str, frozenset[int]]
        For each kernel the positions of the parameters that it writes. Found when it is first asked for, or when a call is met.
    """

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self.programs, self.moving = programs, dict[tuple[str, str], bool]()
        self.known: dict[int, tuple[Stmt, Effect]] = {}              # by identity: statements are asked about again and again
        self.solved: dict[str, frozenset[int]] | None = None

    @property
    def written(self) -> dict[str, frozenset[int]]:
        if self.solved is None:
            self.solved = dict.fromkeys(self.programs, frozenset[int]())
            calls = any(map(callees, self.programs.values()))
            while self.solve() and calls:
                pass
        return self.solved

    def solve(self) -> bool:
        """One step to the fixpoint; whether it changed anything."""
        self.known.clear()                                            # what a call writes has changed
        new = {}
        for name, p in self.programs.items():
            writes = {w.partition(".")[0] for w in self.block(p.body).writes}
            new[name] = frozenset(k for k, q in enumerate(p.params) if q in writes)
        old, self.solved = self.solved, new
        return new != old

    def moves(self, block: Iterable[Stmt], stack: str) -> bool:
        """Whether values are moved between places and this stack: then its block must leave it empty, and it is not undone."""
        for s in block:
            match s:
                case Push(q) | Pop(q) if q.name == stack:
                    return True
                case Permute(places) if any(p.name == stack for p in places):
                    return True
                case Call(kernel, args) | Uncall(kernel, args):
                    p = self.programs.get(kernel)
                    for k, a in enumerate(args if p is not None else ()):
                        if p is not None and isinstance(a, Name) and a.name == stack and k < len(p.params) and self.moved(kernel, p.params[k]):
                            return True
            if any(self.moves(b, stack) for b in blocks(s)):
                return True
        return False

    def moved(self, kernel: str, register: str) -> bool:
        key = (kernel, register)
        if key not in self.moving:
            self.moving[key] = False                              # recursion: decided by the rest of the body
            self.moving[key] = self.moves(self.programs[kernel].body, register)
        return self.moving[key]

    def block(self, block: Block) -> Effect:
        """The block's effect outside itself: what it makes and ends within is hidden."""
        return self.open(block).without(entered(block) | ended(block))

    def open(self, block: Block) -> Effect:
        """The same with nothing hidden."""
        return together([self.of(s) for s in block])

    def of(self, s: Stmt) -> Effect:
        found = self.known.get(id(s))
        if found is None:
            found = self.known[id(s)] = s, self.found(s)              # which keeps the statement, and so its identity
        return found[1]

    def found(self, s: Stmt) -> Effect:
        match s:
            case Update(place, _, value):
                return Effect(names(value) | index_reads(place), frozenset({place.name}))
            case Permute(places):
                return Effect(NONE.union(*map(index_reads, places)), frozenset(p.name for p in places))
            case Apply(_, places, params) | Unapply(_, places, params):
                return Effect(NONE.union(*map(index_reads, places), *map(names, params)), frozenset(p.name for p in places))
            case Keep(name, Name(value), True):
                return Effect(NONE, frozenset({name, value}))
            case Keep(name, value):
                return Effect(names(value) - {name}, frozenset({name}))
            case Push(stack, place) | Pop(stack, place):
                return Effect(index_reads(stack) | index_reads(place), frozenset({stack.name, place.name}))
            case Append(stack, value) | Drop(stack, value):
                return Effect(index_reads(stack) | names(value), frozenset({stack.name}))
            case Enter(name, init) | Leave(name, init):
                return Effect(names(init), frozenset({name}))
            case Release(name, value):
                return Effect(names(value) if value is not None else NONE, frozenset({name}))
            case Stash(name) | Unstash(name) | Forget(name):
                return Effect(NONE, frozenset({name}))
            case Within(compute, apply):
                c, a = self.open(compute), self.open(apply)
                own = entered(compute) | frozenset(t.name for t in compute if isinstance(t, Stash)) | (entered(apply) & ended(apply))
                through = a.writes | self.exchanged(compute, a.writes & own)
                return Effect(c.reads | a.reads | c.writes, through).without(own)     # what compute writes, it restores
            case If():
                return together([reads_of(expressions(s)), self.block(s.then), self.block(s.orelse)])
            case Loop():
                return together([reads_of(expressions(s)), self.block(s.first), self.block(s.second)])
            case For() | ForBack():
                return reads_of(expressions(s)) | self.block(s.body).without(frozenset({s.var}))
            case Undo() | Redo() | Unchecked() | InverseBlock():
                return self.block(s.body)
            case ComputeBlock():
                return self.open(s.body)
            case Call() | Uncall():
                return self.call(s)
            case _:
                return reads_of(expressions(s))

    def exchanged(self, compute: Block, changed: frozenset[str]) -> frozenset[str]:
        """What a compute part holds in `changed` for a while: it is given back as it then is."""
        out: set[str] = set()
        for s in statements(compute) if changed else ():
            match s:
                case Permute(places) | Apply(_, places) | Unapply(_, places):
                    together = {p.name for p in places}
                case Push(stack, place) | Pop(stack, place):
                    together = {stack.name, place.name}
                case Call() | Uncall():
                    together = set(self.call(s).writes)
                case _:
                    continue
            out |= together if together & changed else set()
        return frozenset(out)

    def call(self, s: Call | Uncall) -> Effect:
        out = reads_of(e for _, e in s.consts)
        for k, a in enumerate(s.args):
            if k in self.written.get(s.kernel, frozenset()) and isinstance(a, Name | Index):
                out |= Effect(index_reads(a), frozenset({a.name}))
            else:
                out |= Effect(names(a))
        return out
