"""What every name means: register, constant, local, loop variable, host value, or kernel.

Host scalars become constants, host arrays hidden constant parameters, host kernels join the library. All mistakes
about names are found here, with both places; what needs to know who writes what is left to `passes.scopes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from revbench.errors import BadSignature, IrreversibleAssignment, Label, ReadsItself, Report, Span, UnknownLabel
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Apply,
    Block,
    Call,
    ComputeBlock,
    Drop,
    Enter,
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
    Slice,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.walk import index_reads, map_expressions, names, places_read, renamed, statements, with_blocks
from revbench.passes.effects import entered

from .accumulating import spelled_out
from .advice import reading_itself, said
from .bijections import InPlace
from .names import KINDS, Resolved
from .parse import Parsed
from .stacks import solved


def resolve(parsed: list[Parsed], host: Mapping[str, Any], report: Report) -> Resolved:
    """Resolves all kernels of a text against each other and the host's names."""
    out = Resolved({}, {}, {})
    own = {p.program.name: p.program for p in parsed}
    for p in parsed:
        out.defaults[p.program.name] = {k: _default(k, v, host, report, p) for k, v in p.defaults.items()}
    library: dict[str, Program] = dict(own)
    foreign: dict[int, dict[str, str]] = {}
    for p in parsed:
        library[p.program.name] = _Resolver(p, own, host, out, library, foreign, report).program()
    out.programs = solved(library, own)
    _pass_on(out, list(own))
    return out


def _pass_on(out: Resolved, own: list[str]) -> None:
    """What a kernel of this text has captured must reach it through every other kernel of this text that calls it."""
    called = {name: {s.kernel for s in statements(out.programs[name].body) if isinstance(s, Call | Uncall) and s.kernel in own} for name in own}
    needs = {name: dict(out.captured[name]) for name in own}
    while True:
        more = {name: {**needs[name], **{c: v for k in sorted(called[name]) for c, v in needs[k].items()}} for name in own}
        if all(more[name].keys() == needs[name].keys() for name in own):
            break
        needs = more
    local: dict[str, dict[str, str]] = {}
    for name in own:
        p = out.programs[name]
        taken = {*p.params, *p.consts, *(s.name for s in statements(p.body) if isinstance(s, Enter))}
        local[name] = {c: c if c in out.captured[name] else fresh_name(c, taken) for c in needs[name]}
    for name in own:
        p, words = out.programs[name], local[name]
        hidden = {words[c]: v for c, v in needs[name].items()}
        body = _handing_on(p.body, {k: {local[k][c]: words[c] for c in needs[k]} for k in called[name]})
        out.programs[name] = replace(p, body=body, consts=p.consts + tuple(h for h in hidden if h not in p.consts))
        out.captured[name] = hidden


def _handing_on(block: Block, wanted: Mapping[str, Mapping[str, str]]) -> Block:
    """The block with the hidden constants of each kernel added to its calls: for each kernel, the callee's word and ours."""
    done = []
    for s in block:
        if isinstance(s, Call | Uncall):
            more = tuple((theirs, Name(ours, span=s.span)) for theirs, ours in wanted.get(s.kernel, {}).items() if theirs not in dict(s.consts))
            s = replace(s, consts=s.consts + more) if more else s
        done.append(with_blocks(s, lambda b: _handing_on(b, wanted)))
    return tuple(done)


def _default(name: str, text: str, host: Mapping[str, Any], report: Report, parsed: Parsed) -> Any:
    try:
        return eval(text, {"np": np, "numpy": np}, dict(host))
    except Exception as problem:
        report.add(BadSignature(f"the default of `{name}` cannot be evaluated: {problem}", Label(parsed.notes.places.get(name), f"its default is `{text}`"),
                                hint="a default is evaluated once, above the kernel: only names that are known there can stand in it"))
        return 0


class _Resolver(InPlace):
    labels: dict[str, tuple[list[str], tuple[int, int], Span | None]]
    earlier: dict[str, tuple[str, Span | None]]                # what had ended when the block began
    computing = 0                                              # how many compute blocks stand around

    def program(self) -> Program:
        self.labels, self.earlier = {}, {}
        for name in self.p.params:
            self.make(name, "param", self.notes.places.get(name, self.p.span))
        for name in self.p.consts:
            self.make(name, "const", self.notes.places.get(name, self.p.span))
        body = self.block(self.p.body, close=False)
        self.out.captured.setdefault(self.p.name, {}).update(self.captures)
        return replace(self.p, body=body, consts=self.p.consts + tuple(self.captures))

    # ---- blocks
    def block(self, stmts: Block, close: bool = True, compute: bool = False) -> Block:
        before, earlier = set(self.live), self.earlier
        self.earlier = dict(self.gone) if close else earlier
        self.depth += close
        out: list[Stmt] = []
        stmts = tuple(t for s in stmts for t in spelled_out(s, self.is_kernel, self.fresh_value))
        for k in range(len(stmts)):
            if not compute:                                    # its locals belong to the enclosing block, which has renamed them
                stmts = self.again(stmts, k)
            out.append(self.statement(stmts[k]))
        self.depth -= close
        self.earlier = earlier
        if close:
            for name in [n for n, known in self.live.items() if n not in before and known.kind != "capture"]:
                self.gone[name] = ("block", self.live.pop(name).span)
        return tuple(out)

    def again(self, stmts: Block, k: int) -> Block:
        """A name that this block has released and uses again for a local that it does not: the second one gets a name of its own."""
        for name in sorted(entered(stmts[k:k + 1])):
            if self.gone.get(name, ("",))[0] != "released" or self.gone[name] == self.earlier.get(name):
                continue
            if any(isinstance(t, Release | Leave | Stash | Forget) and t.name == name for t in stmts[k:]):
                continue
            new = self.fresh(name)
            self.inner[new] = self.inner.get(name)
            stmts = stmts[:k] + renamed(stmts[k:], name, new)
        return stmts

    def statement(self, s: Stmt) -> Stmt:
        before = len(self.report.mistakes)
        s = self.in_place(s)
        self.now = s
        match s:
            case Apply() | Unapply():
                return self.bijection(s)
            case Keep():
                return self.keep(s)
            case Update():
                self.changing = s.place
                s = replace(s, place=self.place(s.place, s), value=self.expr(s.value))
                self.changing = None
                self.reads_itself(s)
            case Permute():
                s = replace(s, places=tuple(self.place(p, s) for p in s.places))
                for name in sorted({p.name for p in s.places if isinstance(p, Name)} & frozenset().union(*map(index_reads, s.places))):
                    self.refuse(ReadsItself, f"an index reads `{name}`, which is exchanged", s.span, "cannot be undone",
                                hint=f"copy it into a local first: `{self.fresh('k')} = {name}`")
            case Push() | Pop() | Append() | Drop():
                return self.stack(s)
            case Call() | Uncall():
                return self.call(s)
            case _:
                s = map_expressions(s, self.expr)
        match s:
            case Enter():
                self.enter(s, len(self.report.mistakes) > before or s.span in self.notes.spoiled)
            case Unstash(name):
                self.make(name, "local", s.span)
            case Release() | Stash() | Forget() | Leave():
                self.release(s)
            case ComputeBlock(label, body):
                known = set(self.live)
                self.computing += 1
                inner = self.block(body, close=False, compute=True)
                self.computing -= 1
                made = [n for n, what in self.live.items() if n not in known and what.kind != "capture"]
                self.labels[label] = made, (self.depth, self.computing), s.span
                s = replace(s, body=inner)
            case Uncompute():
                self.uncompute(s)
            case If():
                s = replace(s, then=self.inside(s, s.then), orelse=self.inside(s, s.orelse, False))
            case Loop():
                self.loops.append(None)
                s = replace(s, first=self.inside(s, s.first), second=self.inside(s, s.second))
                self.loops.pop()
            case For() | ForBack():
                s = self.for_loop(s)
            case Undo() | Redo() | Unchecked() | InverseBlock():
                s = replace(s, body=self.block(s.body))
        return s

    def inside(self, s: Stmt, block: Block, first: bool = True) -> Block:
        """The block of a loop or a branch (`first` or not) of an `if`."""
        self.around.append((s, first))
        block = self.block(block)
        self.around.pop()
        return block

    def reads_itself(self, s: Update) -> None:
        if isinstance(s.place, Index) and any(isinstance(i, Slice) and s.place.name in names(i) for i in s.place.indices):
            self.refuse(ReadsItself, f"the bounds of `{show_expr(s.place)}` read `{s.place.name}`, which is changed", s.span, "cannot be undone",
                        hint=f"hand the bound in as a register of its own: `{s.place.name}[:{self.fresh('k')}]`")
            return
        for read in places_read(s.value):
            if read == s.place or (read.name == s.place.name and (isinstance(s.place, Name) or isinstance(read, Name))):
                self.refuse(ReadsItself, f"`{said(s.span, show_head(s))}` reads what it changes", s.span, "cannot be undone",
                            Label(read.span, "read here", "~"), reading_itself(s, self.scene(s.place.name), self.fresh))
                return

    def uncompute(self, s: Uncompute) -> None:
        if s.label not in self.labels:
            self.refuse(UnknownLabel, f"`uncompute({s.label})` names no open compute block", s.span, "here",
                        hint=(f"its label is `{next(reversed(self.labels))}`: write `uncompute({next(reversed(self.labels))})`" if self.labels
                              else f"write `with compute() as {s.label or 'r'}:` before, in the same block"))
            return
        made, where, span = self.labels[s.label]
        if where != (self.depth, self.computing):
            self.refuse(UnknownLabel, f"`uncompute({s.label})` stands in another block than its compute block", s.span, "here",
                        Label(span, "the compute block", "~"), "write it in the same block, or leave it out: it is undone at the end of the block")
            return
        del self.labels[s.label]
        for name in made:
            if name in self.live:
                self.gone[name] = ("released", s.span)
                del self.live[name]

    def for_loop(self, s: For | ForBack) -> For | ForBack:
        old = self.live.get(s.var)
        shown = self.notes.elements.get(s.span, (s.var,)) if s.span is not None else (s.var,)
        for var, taken in [(v, self.live[v]) for v in shown if v in self.live] or ([(shown[0], old)] if old is not None else []):
            self.refuse(IrreversibleAssignment, f"the loop variable `{var}` is {KINDS[taken.kind]} already", s.span, "overwritten here",
                        Label(taken.span, KINDS[taken.kind] if taken.kind == "param" else "made here", "~"), "choose another name for the loop variable")
        self.loops.append(s.var)
        self.make(s.var, "loop", s.span)
        s = replace(s, body=self.inside(s, s.body))
        self.loops.pop()
        del self.live[s.var]
        if old is None:
            self.gone[s.var] = ("loop", s.span)
        else:
            self.live[s.var] = old
        return s
