"""Assignments that are bijections of what they assign to: `x = -x`, `a, b = rot(a, b, t)`."""

from __future__ import annotations

from dataclasses import replace

from revbench.errors import Label, MisplacedKeep, NotAPermutation, ReadsItself, WrittenConstant, WrongArguments
from revbench.ir.nodes import (
    Append,
    Apply,
    Drop,
    Enter,
    Expr,
    Fn,
    Index,
    Keep,
    Name,
    Place,
    Pop,
    Push,
    Stmt,
    Unapply,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.spelling import INVERSE, as_bijection
from revbench.ir.walk import index_reads, mentions, places_read
from revbench.ir.words import counted
from revbench.passes.declared import DeclaredBijection
from revbench.rules.bijections import BIJECTIONS, Bijection

from .advice import overwriting, said
from .calls import Calls
from .names import KINDS

NAMED = {theirs: ours for ours, theirs in INVERSE.items()}


class InPlace(Calls):
    """What an assignment to a live name means, if it forgets nothing."""

    def in_place(self, s: Stmt) -> Stmt:
        """`x = ...` of a live name as a bijection of it, where it is one."""
        if not isinstance(s, Enter):
            return s
        kept = s.init.args[0] if isinstance(s.init, Fn) and s.init.fn == "keep" and len(s.init.args) == 1 else None
        if s.name not in self.live:
            if kept is None:
                return s
            self.refuse(MisplacedKeep, f"`{s.name}` holds nothing yet that could be kept", s.span, "made here",
                        hint=f"make it first: `{s.name} = {show_expr(kept)}`, and write `{s.name} = keep(...)` where it changes")
            return replace(s, init=kept)
        if kept is not None:
            return Keep(s.name, kept, span=s.span)
        mine = {s.init.fn} if isinstance(s.init, Fn) and isinstance(self.host.get(s.init.fn), DeclaredBijection) else set()
        return as_bijection(Name(s.name, span=s.span), s.init, BIJECTIONS.keys() | mine, s.span) or s

    def keep(self, s: Keep) -> Stmt:
        known, text = self.live[s.name], said(s.span, show_head(s))
        if known.kind == "param":
            self.refuse(MisplacedKeep, f"`{text}` overwrites the register `{s.name}`, and only locals can be kept", s.span, "overwritten here",
                        Label(known.span, "a parameter", "~"),
                        f"work on a copy of it: `{self.fresh(s.name)} = {s.name}`, and at the end write what the caller is to see into a register")
        else:
            self.written(s.name, s)
        return replace(s, value=self.expr(s.value))

    def row_of(self, s: Apply | Unapply) -> str | None:
        """The name of the row that a statement means, by the host's names first."""
        value, _ = self.lookup(s.bijection)
        if isinstance(value, DeclaredBijection):
            self.out.seen[s.bijection] = value
            return value.row
        last = s.bijection.rpartition(".")[2]
        return NAMED.get(last, last) if NAMED.get(last, last) in BIJECTIONS else None

    def bijection(self, s: Apply | Unapply) -> Stmt:
        row, text = self.row_of(s), said(s.span, show_head(s))
        if row is None:
            place = s.places[0]
            kind, message, hint = overwriting(place, Index(s.bijection, ()), text, self.fresh)
            hint = f"`{s.bijection}` is not a bijection that is known here: give the new value a new name, or declare it with `@bijection`"
            self.refuse(NotAPermutation if len(s.places) > 1 else kind, message, s.span, "overwritten here", hint=hint)
            return s
        turned = s.bijection.rpartition(".")[2] in NAMED
        made = (Unapply if isinstance(s, Apply) == turned else Apply)(row, s.places, s.params, span=s.span)
        b = BIJECTIONS[row]
        if len(s.places) != b.places or len(s.places) + len(s.params) != len(b.params):
            places = ", ".join([*map(show_expr, s.places), "..."][:b.places] if len(s.places) > b.places else [*map(show_expr, s.places)])
            shape = f"{places} = {s.bijection}({places}, ...)"
            self.refuse(WrongArguments, f"`{s.bijection}` changes {counted(b.places, 'place')} and takes {counted(len(b.params) - b.places, 'parameter')}",
                        s.span, "here", hint=f"write `{shape}`")
            return s
        s = replace(made, places=tuple(self.place(p, s) for p in s.places), params=tuple(map(self.expr, s.params)))
        if b.own_inverse and isinstance(s, Unapply):
            s = Apply(row, s.places, s.params, span=s.span)
        self.apart(s, b, text)
        return s

    def apart(self, s: Apply | Unapply, b: Bijection, text: str) -> None:
        """No place stands twice, and nothing that is read is changed."""
        written = {p.name for p in s.places if isinstance(p, Name)}
        for k, p in enumerate(s.places):
            if p in s.places[:k]:
                self.refuse(NotAPermutation, f"`{show_expr(p)}` stands twice on the left", s.span, "forgets something", hint="change different places")
                return
        read: list[Place] = [q for e in s.params for q in places_read(e)]
        for q in read:
            if q in s.places or q.name in written or any(isinstance(p, Index) and isinstance(q, Name) and p.name == q.name for p in s.places):
                self.refuse(ReadsItself, f"`{text}` reads what it changes", s.span, "cannot be undone", Label(q.span, "read here", "~"),
                            f"put it into a local first: `{self.fresh('t')} = {show_expr(self.parameter(s, q))}`")
                return
        for name in sorted(written & frozenset().union(*map(index_reads, s.places))):
            self.refuse(ReadsItself, f"an index reads `{name}`, which is changed", s.span, "cannot be undone",
                        hint=f"copy it into a local first: `{self.fresh('k')} = {name}`")

    def parameter(self, s: Apply | Unapply, q: Place) -> Expr:
        return next(e for e in s.params if q in places_read(e))

    def stack(self, s: Push | Pop | Append | Drop) -> Stmt:
        text, name = said(s.span, show_head(s)), s.stack.name
        stack = self.place(s.stack, s)
        match s:
            case Push(_, place) | Pop(_, place):
                read = index_reads(place) | ({place.name} if place.name == name else frozenset())
                s = replace(s, stack=stack, place=self.place(place, s))
            case Append(_, value) | Drop(_, value):
                read = mentions(value)                        # `len(s)` reads a stack too
                s = replace(s, stack=stack, value=self.expr(value))
        if name in read:
            self.refuse(ReadsItself, f"`{text}` reads what it changes", s.span, "cannot be undone",
                        hint="hand the value in as a register of its own")
        return s

    def place(self, p: Place, s: Stmt) -> Place:
        """A written place: its indices are read, and its name must be one that can be written."""
        if isinstance(p, Index):
            p = replace(p, indices=tuple(map(self.expr, p.indices)))
        if p.name in self.live:
            self.written(p.name, s)
            return p
        before = len(self.report.mistakes)
        found = self.captured(p, p.name, "changed here")
        if len(self.report.mistakes) == before and p.name not in self.notes.excused:
            self.refuse(WrittenConstant, f"`{p.name}` is {KINDS['capture']} and cannot be changed", s.span, "written here",
                        hint=f"hand `{p.name}` in as a parameter" + ("" if isinstance(found, Index) else f", or make a local: `{p.name} = ...`"))
        return p
