"""Locals clean up after themselves: lifetimes -> `Within(compute, apply)`.

A block is read from the top. A statement that writes only locals of the block is *compute*: it is undone at the end
of the block, or just before a later statement changes something that it used. A statement that writes locals and
registers is *mixed*: it runs as written, and only its slice on the locals is undone. What is undone must know its
way back, so compute parts get hidden keepers (a branch bit, a loop counter) where the other end of an `if` or
`while` is not known; apply parts need `fi` and `came_from`. Values never depend on any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from revbench.errors import Report, RevbenchError, Span
from revbench.ir.library import unused_in
from revbench.ir.nodes import (
    Block,
    ComputeBlock,
    Const,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    If,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    Name,
    NewStack,
    Permute,
    Program,
    Redo,
    Release,
    Stash,
    Stmt,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
)
from revbench.ir.show import PRINTED
from revbench.ir.walk import blocks, names, statements, with_blocks

from .effects import Effects, ended, entered
from .fields import named_fields
from .inverse import inverse
from .refusals import Refusals, elifs

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Keeper:
    """What is kept for the way back: a `branch bit`, a `loop counter` or a `kept value`, one per execution."""

    kind: str
    span: Span | None
    in_loop: bool


@dataclass(frozen=True, slots=True)
class Scoped:
    program: Program
    keepers: tuple[Keeper, ...]


def scopes(program: Program, effects: Effects, report: Report, keepers: bool = True) -> Scoped:
    """The program with every compute part made explicit.

    Parameters
    ----------
    keepers : bool
        Whether hidden branch bits and counters are allowed; if not, they are mistakes that name their line.
    """
    s = _Scopes(effects, report, keepers, program)
    body = s.settle(s.block(program.body, frozenset(program.params + program.consts) | named_fields(program)), False)
    s.demand(body)
    return Scoped(replace(program, body=body), tuple(s.keepers))


def paired(items: Block, inner: bool = False) -> Block:
    """Compute parts that are taken as they stand, nothing added: those with the printer's labels, and those inside another (`inner`)."""
    out: list[Stmt] = []
    rest = list(items)
    while rest:
        s = rest.pop(0)
        if isinstance(s, ComputeBlock) and (inner or s.label.startswith(PRINTED)):
            end = next((k for k, t in enumerate(rest) if isinstance(t, Uncompute) and t.label == s.label), None)
            if end is not None:
                s, rest = Within(paired(s.body, True), paired(tuple(rest[:end]), inner), span=s.span), rest[end + 1:]
            elif inner:                                       # it lives as long as the one around it
                out += paired(s.body, True)
                continue
        out.append(s)
    return tuple(out)


def released(items: Block) -> frozenset[str]:
    """Names that end in a block by hand, also while a compute part that stands as it is holds."""
    return ended(items).union(*(released(s.apply) for s in items if isinstance(s, Within)))


class _Refused(Exception):
    def __init__(self, mistake: RevbenchError) -> None:
        self.mistake = mistake


class _Scopes:
    def __init__(self, effects: Effects, report: Report, allowed: bool, program: Program) -> None:
        self.effects, self.report, self.allowed = effects, report, allowed
        self.refusals = Refusals(effects, program)
        self.fresh = unused_in(program, "_b", "_n", "_k")
        self.registers = frozenset(program.params)
        self.keepers: list[Keeper] = []
        self.depth = 0

    # ---- a block
    def block(self, stmts: Block, live: frozenset[str]) -> Block:
        """A block with its own locals; `live` is what is visible from outside."""
        items = paired(self.inside(stmts, live))
        mine = frozenset(n for n in entered(items) if n not in live)
        local = mine - released(items)
        try:
            return self.fold(items, local, (live | mine) - local)
        except _Refused as refused:
            self.report.add(refused.mistake)
            return tuple(s for s in items if not isinstance(s, ComputeBlock | Uncompute))

    def inside(self, stmts: Block, live: frozenset[str]) -> Block:
        """The statements with their inner blocks done and manual releases turned into `Leave`."""
        out: list[Stmt] = []
        made: dict[str, Expr] = {}
        for s in stmts:
            here = live | frozenset(made)
            match s:
                case Enter(name, init):
                    made[name] = init
                case Release(name, value):
                    first = made.pop(name, Const(0))
                    s = Leave(name, first if value is None else value, span=s.span)
                case Keep(name, value) if name not in made:     # made outside: what the new value is computed from need not outlive it
                    new = Name(f"_k{next(self.fresh)}", span=s.span)
                    out.append(Enter(new.name, value, span=s.span))
                    s = replace(s, value=new, made=True)
                case If() | Unchecked() | Undo() | Redo():
                    s = with_blocks(s, lambda b, here=here: self.block(b, here))         # type: ignore[misc]
                case Loop():
                    self.depth += 1
                    self.refusals.loops.append(s)
                    s = with_blocks(s, lambda b, here=here: self.block(b, here))         # type: ignore[misc]
                    self.refusals.loops.pop()
                    self.depth -= 1
                case For() | ForBack():
                    self.depth += 1
                    self.refusals.loops.append(s)
                    s = replace(s, body=self.block(s.body, here | {s.var}))
                    self.refusals.loops.pop()
                    self.depth -= 1
                    self.bounds(s)
                case InverseBlock():
                    body = self.settle(self.block(s.body, here), False)
                    self.demand(body)
                    out += [] if self.report.mistakes else inverse(body)
                    continue
                case ComputeBlock():
                    body = paired(self.inside(s.body, here), True)
                    s = replace(s, body=self.settle(body, True))
                    for t in s.body:
                        if isinstance(t, Enter):
                            made[t.name] = t.init
                        elif isinstance(t, Unstash):
                            made[t.name] = Const(0)
                        elif isinstance(t, Stash | Leave):
                            made.pop(t.name, None)
            out.append(s)
        for name in [n for n, init in reversed(made.items()) if isinstance(init, NewStack) and self.effects.moves(out, n)]:
            out.append(Leave(name, made[name], span=next(s.span for s in stmts if isinstance(s, Enter) and s.name == name)))
        return tuple(out)

    def bounds(self, s: For | ForBack) -> None:
        r = s.range
        changed = frozenset().union(*map(names, (r.start, r.stop, r.step))) & self.effects.block(s.body).writes
        for name in sorted(changed):
            self.report.add(self.refusals.bound_changes(s, name))

    # ---- lifetimes
    def fold(self, items: Sequence[Stmt], local: frozenset[str], other: frozenset[str]) -> Block:
        out: list[Stmt] = []
        items = list(items)
        while items:
            s, rest = items[0], items[1:]
            if isinstance(s, Uncompute):
                items = rest
            elif not isinstance(s, ComputeBlock) and not self.effects.of(s).writes & local:
                out.append(s)
                items = rest
            else:
                done, items = self.compute(s, rest, local, other)
                out += done
        return tuple(out)

    def compute(self, s: Stmt, rest: list[Stmt], local: frozenset[str], other: frozenset[str]) -> tuple[Block, list[Stmt]]:
        """The lifetime of one compute or mixed statement, and what follows it."""
        writes = self.effects.of(s).writes
        mixed = not isinstance(s, ComputeBlock) and bool(writes - local)
        if isinstance(s, ComputeBlock):
            run = part = s.body
        elif not mixed:
            run = part = self.settle((s,), True)
        else:
            run = self.settle((s,), True, other)
            part = self.slice(run, other)
            self.sound(s, part, (writes - local) & self.effects.block(part).reads, local)
        effect = self.effects.open(part)
        own = entered(part) | (effect.writes & local)
        used = (effect.touched - local) - entered(part)
        kept = other - self.registers if any(isinstance(t, Stash) for t in statements(run)) else NONE
        end = self.end(s, rest, used, local, kept)
        after = rest[end + 1:] if end < len(rest) and isinstance(rest[end], Uncompute) and s.span is not None else rest[end:]
        self.unused(s, own, used, rest, end, after)
        later = frozenset().union(*(self.touched(t) for t in after)) & local
        hoist, stay = self.split(s, rest[:end], later, after)
        if hoist:
            return (), [*hoist, s, *stay, *rest[end:]]
        inner = self.fold(rest[:end], local, other)
        if mixed:
            return (*run, *inner, Undo(part, span=s.span)), list(after)
        if len(inner) == 1 and isinstance(inner[0], Within):
            return (Within((*run, *inner[0].compute), inner[0].apply, span=s.span),), list(after)
        return (Within(run, inner, span=s.span),), list(after)

    def end(self, s: Stmt, rest: list[Stmt], used: frozenset[str], local: frozenset[str], kept: frozenset[str]) -> int:
        """Where the lifetime ends: at its `uncompute`, or before the first statement that changes what it used.

        What it keeps must lie on top when it ends; so it also ends before a statement that keeps something for longer, for an
        outer local in `kept`.
        """
        for k, t in enumerate(rest):
            if isinstance(s, ComputeBlock) and isinstance(t, Uncompute) and t.label == s.label:
                return k
            if isinstance(t, Uncompute):
                continue
            writes = self.effects.of(t).writes
            if (writes - local) & used or (writes & kept and any(isinstance(x, Keep | Loop | If | Stash) for x in statements((t,)))):
                return k
        return len(rest)

    def touched(self, t: Stmt) -> frozenset[str]:
        return NONE if isinstance(t, Uncompute) else self.effects.of(t).touched

    def unused(self, s: Stmt, own: frozenset[str], used: frozenset[str], rest: list[Stmt], end: int, after: Sequence[Stmt]) -> None:
        for t in after:
            still = sorted(self.touched(t) & own)
            if not still:
                continue
            cause = rest[end]
            what = sorted(self.effects.of(cause).writes & used) if not isinstance(cause, Uncompute) else []
            name = still[0]
            raise _Refused(self.refusals.still_needed(name, s, t, cause, what[0] if what else None))

    def split(self, s: Stmt, between: Sequence[Stmt], later: frozenset[str], after: Sequence[Stmt]) -> tuple[list[Stmt], list[Stmt]]:
        """Statements whose locals outlive `s` go above it, if they are independent of what they pass."""
        hoist: list[Stmt] = []
        stay: list[Stmt] = []
        passed = [s]
        for t in between:
            e = self.effects.of(t) if not isinstance(t, Uncompute) else None
            if e is None or not e.writes & later:
                stay.append(t)
                if e is not None:
                    passed.append(t)
                continue
            for q in passed:
                p = self.effects.of(q)
                if e.reads & p.writes or e.writes & p.touched:
                    raise _Refused(self.refusals.crossed(sorted(e.writes & later)[0], t, q, after))
            hoist.append(t)
        return hoist, stay

    # ---- mixed statements
    def sound(self, s: Stmt, part: Block, bad: frozenset[str], local: frozenset[str]) -> None:
        if not bad:
            return
        raise _Refused(self.refusals.unsound(sorted(bad)[0], s, local))

    def slice(self, block: Block, other: frozenset[str]) -> Block:
        """The part of `block` that writes locals only. What a `keep` of another name is computed from goes with that name."""
        other |= frozenset(s.value.name for s in block if isinstance(s, Keep) and s.name in other and isinstance(s.value, Name))
        out: list[Stmt] = []
        for s in block:
            writes = self.effects.of(s).writes
            if blocks(s) and not isinstance(s, Within | Undo):
                if writes - other:
                    out.append(with_blocks(s, lambda b: self.slice(b, other)))
            elif isinstance(s, Within) and writes - other:
                out.append(replace(s, apply=self.slice(s.apply, other)))
            elif isinstance(s, Undo):
                if not writes & other:
                    out.append(s)
            elif not writes & other:
                out.append(s)
            elif writes - other:
                raise _Refused(self.refusals.mixed(s, sorted(writes - other)[0], sorted(writes & other)[0]))
        return tuple(out)

    # ---- the other ends of `if` and `while`
    def unknown(self, s: Stmt) -> bool:
        if isinstance(s, If):
            return s.exit is None and bool(names(s.test) & (self.effects.block(s.then) | self.effects.block(s.orelse)).writes)
        return isinstance(s, Loop) and s.entry is None

    def settle(self, block: Block, hide: bool, other: frozenset[str] = NONE) -> Block:
        """Fills in the exits that follow from the test; with `hide`, adds keepers where they do not."""
        out: list[Stmt] = []
        for s in block:
            open_end = self.unknown(s)
            can = hide and bool(self.effects.of(s).writes - other)
            match s:
                case If():
                    s = with_blocks(s, lambda b: self.settle(b, hide, other))
                    assert isinstance(s, If)
                    if not open_end:
                        out.append(replace(s, exit=s.exit or s.test))
                    elif can and self.keeper("branch bit", s):
                        bit = Name(f"_b{next(self.fresh)}", span=s.test.span)
                        out += [Enter(bit.name, s.test, span=s.span), replace(s, test=bit, exit=bit), Stash(bit.name, span=s.span)]
                    else:
                        out.append(s)
                case Loop():
                    self.depth += 1
                    s = with_blocks(s, lambda b: self.settle(b, hide, other))
                    self.depth -= 1
                    assert isinstance(s, Loop)
                    if open_end and can and self.keeper("loop counter", s):
                        turns = Name(f"_n{next(self.fresh)}", span=s.span)
                        out += [Enter(turns.name, Const(0), span=s.span),
                                replace(s, entry=Fn("eq", (turns, Const(0))), second=(*s.second, Update(turns, "+=", Const(1), span=s.span))),
                                Stash(turns.name, span=s.span)]
                    else:
                        out.append(s)
                case For() | ForBack():
                    self.depth += 1
                    out.append(with_blocks(s, lambda b: self.settle(b, hide, other)))
                    self.depth -= 1
                case Within():
                    out.append(replace(s, apply=self.settle(s.apply, hide, other)))
                case Unchecked():
                    out.append(with_blocks(s, lambda b: self.settle(b, hide, other)))
                case Keep(name, value) if can and name not in other:
                    self.keepers.append(Keeper("kept value", s.span, self.depth > 0))
                    old = value if s.made and isinstance(value, Name) else Name(f"_k{next(self.fresh)}", span=s.span)
                    out += [] if s.made else [Enter(old.name, value, span=s.span)]
                    out += [Permute((Name(name, span=s.span), old), (1, 0), span=s.span), Stash(old.name, span=s.span)]
                case _:
                    out.append(s)
        return tuple(out)

    def keeper(self, kind: str, s: Stmt) -> bool:
        if self.allowed:
            self.keepers.append(Keeper(kind, s.span, self.depth > 0))
        return self.allowed

    def demand(self, block: Block, chained: bool = False) -> None:
        """Mistakes for every other end that is not known. `chained`: the block is the `elif` of a chain that was refused as a whole."""
        more = "" if self.allowed else "allow the compiler to keep the answer, without `keepers=False`"
        for s in block:
            refused = chained
            if isinstance(s, If) and not chained and (mistake := self.refusals.needs_fi(s, more)) is not None:
                self.report.add(mistake)
                refused = True
            elif isinstance(s, Loop) and s.entry is None:
                self.report.add(self.refusals.needs_came_from(s, more))
            elif isinstance(s, Keep):
                self.report.add(self.refusals.misplaced_keep(s))
            for b in blocks(s):
                self.demand(b, refused and isinstance(s, If) and b is s.orelse and len(elifs(s)) > 1)
