"""Typed IR -> flat code for the reversible machine: one row per instruction, expressions in postfix.

Every row says what it does in both directions, so that code is never generated twice. `Within` becomes its compute
rows, its apply rows, and the inverse of its compute rows; calls share the callee's rows.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np

from revbench.errors import Span
from revbench.ir.library import reachable
from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
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
    Place,
    Pop,
    Print,
    Probe,
    Push,
    Redo,
    Release,
    Require,
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
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.typed import FinalTypes, Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Stack, is_float, kind
from revbench.ir.walk import of_shapes, places_compared, statements
from revbench.passes.effects import Effects
from revbench.passes.inverse import inverse
from revbench.passes.laws import requirements
from revbench.passes.pipeline import for_machine
from revbench.rules.typing import type_of

from .machine_program import Code, Function, Row, Symbol, Token
from .machine_steps import Steps
from .machine_tables import COLUMNS, EXACT, HEADER, INT, KINDS, OP, TOKEN
from .writer import Site, compared, released, said

UPDATES = {"+=": "add", "-=": "sub", "*=": "mul", "/=": "div", "^=": "xor"}


def assemble(library: TypedLibrary, main: str) -> Code:
    """Flat code for `main` and everything that it calls; `main` is function 0."""
    library = for_machine(library)
    order = list(reversed(reachable({n: t.program for n, t in library.items()}, main)))
    effects = Effects({n: t.program for n, t in library.items()})
    a = _Assembler(library, {n: k for k, n in enumerate(order)}, effects)
    for name in order:
        a.function(library[name])
    return a.finish(library[main])


class _Assembler(Steps):
    def __init__(self, library: TypedLibrary, numbers: dict[str, int], effects: Effects) -> None:
        super().__init__()
        self.library, self.numbers, self.effects = library, numbers, effects
        self.rows: list[Row] = []
        self.functions: list[Function] = []
        self.token_sites: list[tuple[int, int, str, Site]] = []          # row, position, which list, site
        self.live: frozenset[str] = frozenset()
        self.part = ""
        self.arrays: list[Symbol] = []                                   # local arrays, in the order in which they were made
        self.crossing = False                                            # some are released in another order

    # ---- functions
    def function(self, typed: Typed) -> None:
        p, self.types, self.held = typed.program, FinalTypes(typed.types), typed.numbers
        self.fn = Function(p.name, {})
        self.functions.append(self.fn)
        self.checked = True
        self.forgotten = {s.name for s in statements(p.body) if isinstance(s, Forget)}
        for q in (*p.params, *p.consts):
            t = self.types[q]
            self.symbol(q, "array" if isinstance(t, Array) else "ref", "param" if q in p.params else "const")
        self.live = frozenset(self.fn.symbols)
        for s in statements(p.body):
            match s:
                case Enter(name) | Leave(name) | Unstash(name) | Stash(name) | Forget(name):
                    if name not in self.fn.symbols:
                        t = self.types[name]
                        self.symbol(name, "array" if isinstance(t, Array) else "local", role_of(name))
                case For(var) | ForBack(var):
                    if var not in self.fn.symbols:
                        self.symbol(var, "local", "loop")
        self.fn.begin = self.row("begin", "begin", f"{p.name} begins", p.span)
        self.arrays, self.crossing = [], False
        self.block(p.body)
        if self.crossing:                                        # once more, now that it is known
            del self.rows[self.fn.begin + 1:]
            self.token_sites = [t for t in self.token_sites if t[0] <= self.fn.begin]
            self.arrays = []
            self.block(p.body)
        self.fn.end = self.row("end", "end", f"{p.name} ends", p.span)

    def symbol(self, name: str, mode: str, role: str) -> None:
        t, f = self.types[name], self.fn
        bank = "F" if is_float(t) and not isinstance(t, Stack) else "I"
        of = name[:-4] if name.endswith("_bar") and name[:-4] in self.types else None
        if mode == "local" and bank == "F":
            slot, f.floats = f.floats, f.floats + 1
        else:
            slot, f.ints = HEADER + f.ints, f.ints + (1 + t.ndim if isinstance(t, Array) else 2 if isinstance(t, Stack) and mode == "local" else 1)
        f.symbols[name] = Symbol(name, bank, mode, slot, t, "cotangent" if of else role, of, self.held.get(name, ""))

    def row(self, op: str, kind_: str, text: str, span: Span | None, **more: object) -> int:
        self.rows.append(Row(op, kind_, text, span, len(self.functions) - 1, self.live, self.live, part=self.part, **more))     # type: ignore[arg-type]
        for at, site in self.pending.items():
            self.token_sites.append((len(self.rows) - 1, at, "tokens", site))
        self.pending = {}
        return len(self.rows) - 1

    def begins(self, name: str) -> None:
        self.live |= {name}
        self.rows[-1].live_after = self.live

    def ends(self, name: str) -> None:
        self.live -= {name}
        self.rows[-1].live_after = self.live

    # ---- statements
    def block(self, block: Block) -> None:
        for s in block:
            self.statement(s)

    def as_part(self, part: str, block: Block) -> None:
        before, self.part = self.part, part
        self.block(block)
        self.part = before

    def statement(self, s: Stmt) -> None:
        match s:
            case Update():
                self.update(s)
            case Permute():
                self.permute(s)
            case Enter(name, init) | Leave(name, init):
                self.local(s, name, init)
            case Within(compute, apply):
                self.block(compute)
                self.block(apply)
                self.as_part(f"clean {', '.join(c.name for c in compute if isinstance(c, Enter))}", inverse(compute))
            case Undo(body):
                self.as_part("undo", inverse(body))
            case Redo(body):
                self.as_part("redo", body)
            case If():
                self.branch(s)
            case Loop():
                self.loop(s)
            case For() | ForBack():
                self.for_loop(s)
            case Call() | Uncall():
                self.call(s)
            case Stash(name) | Unstash(name):
                self.keeper(s, name)
            case Forget(name):
                self.forget(s, name)
            case Assert(test, message):
                if self.checked or of_shapes(test):
                    tokens = self.test(test)
                    self.row("assert", "assert", show_head(s), s.span, tokens=tokens, site=("assert", message or f"`{show_expr(test)}` does not hold"))
            case Print() | Probe():
                self.observe(s)
            case Require():
                if self.checked or of_shapes(s.test):
                    self.row("assert", "assert", show_head(s), s.span, tokens=[*self.required(s, 0), (TOKEN["const_i"], 1)])
            case Unchecked():
                before, self.checked = self.checked, False
                self.block(s.body)
                self.checked = before
            case ComputeBlock() | Uncompute() | InverseBlock() | Release() | Keep():
                raise AssertionError(f"compiler bug: {type(s).__name__} reached the back end")
            case Apply() | Unapply():
                self.bijection(s)
            case Push() | Pop() | Append() | Drop():
                self.stack(s)
            case _:
                assert_never(s)

    def guards(self, s: Stmt) -> list[Token]:
        """Laws that hold on both sides of the statement: tested with its operands."""
        out: list[Token] = []
        for r in requirements(s, self.types, self.effects) if self.checked else ():
            if r.law in ("alias", "bijection"):
                out += self.required(r, len(out))
        return out

    def update(self, s: Update) -> None:
        t = self.types[s.place.name].dtype
        guards = self.guards(s)
        bank = "f" if kind(t) == "f" else "i"
        value = self.value(s.value, bank, len(guards))
        mode, dst, index = self.address(s.place, len(guards) + len(value))
        text = show_head(s).replace(" /= ", " //= ", 1) if bank == "i" and s.place.name not in self.held else show_head(s)
        number = self.held.get(s.place.name, "")
        shown = s.value.args[0] if isinstance(s.value, Fn) and s.value.fn in ("fix", "tolog") else s.value
        self.row(f"{UPDATES[s.op]}_{bank}", "update", text, s.span, tokens=[*guards, *value, *index], mode=mode, dst=dst, cell=EXACT if number else KINDS[t],
                 site=("zero-factor", f"`{text}`"), names=(show_expr(s.place), show_expr(shown)), number=number)

    def permute(self, s: Permute) -> None:
        order, guards = list(s.order), self.guards(s)
        for k in range(len(order)):
            j = order[k]                                             # place k receives what lies at j; what lay at k lies at j then
            if j != k:
                self.swap(s, s.places[k], s.places[j], guards)
                order = [j if o == k else o for o in order]
                order[k] = k

    def swap(self, s: Permute, a: Place, b: Place, guards: list[Token]) -> None:
        if isinstance(type_of(a, self.types), Array):
            raise AssertionError("compiler bug: whole arrays are exchanged element by element")
        if isinstance(self.types[a.name], Stack):
            self.swap_stacks(s, a.name, b.name)
            return
        bank = "f" if is_float(self.types[a.name]) else "i"
        mode, dst, first = self.address(a, len(guards))
        mode2, dst2, second = self.address(b, len(guards) + len(first))
        self.row(f"swap_{bank}", "permute", show_head(s), s.span, tokens=[*guards, *first, *second], mode=mode, dst=dst, mode2=mode2, dst2=dst2)

    def local(self, s: Enter | Leave, name: str, init: Expr) -> None:
        sym, enter = self.fn.symbols[name], isinstance(s, Enter)
        law = released(s)
        names, site = law.names, (law.law, law.message)
        what = "enter" if enter else "leave"
        bank, lost = sym.bank.lower(), int(enter and name in self.forgotten)
        if isinstance(sym.type, Stack):
            site = ("released", f"the stack `{name}` is not empty at the end of its block")
            self.row(f"{what}_i", what, show_head(s), s.span, tokens=[(TOKEN["const_i"], 0)], dst=sym.slot, site=site, names=(f"len({name})", "0"))
        elif isinstance(sym.type, Scalar):
            tokens = self.value(init, bank, 0)
            self.row(f"{what}_{bank}", what, show_head(s), s.span, tokens=tokens, dst=sym.slot, c=lost, cell=KINDS[sym.type.dtype], site=site, names=names,
                     number=sym.number)
        else:
            assert isinstance(sym.type, Array), "compiler bug: a stack among arrays"
            tokens, copies = self.shape(init, sym.type)
            tokens += self.new_top(sym, enter)
            self.row(f"{'array' if enter else 'unarray'}_{bank}", what, show_head(s), s.span, tokens=tokens, dst=sym.slot, mode=int(copies),
                     mode2=int(self.crossing), c=lost + INT * (sym.bank == "I"), cell=KINDS[sym.type.dtype], n=sym.type.ndim, site=site, names=names)
        (self.begins if enter else self.ends)(name)

    def new_top(self, sym: Symbol, enter: bool) -> list[Token]:
        """Where its bank ends without this array: needed only where arrays are released in another order than they were made."""
        if not enter:
            self.crossing |= next(a for a in reversed(self.arrays) if a.bank == sym.bank) is not sym
            self.arrays.remove(sym)
        out: list[Token] = [(TOKEN["slot"], 5 if sym.bank == "I" else 6)]
        for a in self.arrays:
            if a.bank == sym.bank and isinstance(a.type, Array):
                out += [(TOKEN["slot"], a.slot + 1), *(t for k in range(1, a.type.ndim) for t in ((TOKEN["slot"], a.slot + 1 + k), (TOKEN["i_mul"], 0)))]
                out += [(TOKEN["offset"], a.slot), (TOKEN["i_max"], 0)]
        if enter:
            self.arrays.append(sym)
        return out if self.crossing else []

    def forget(self, s: Forget, name: str) -> None:
        sym = self.fn.symbols[name]
        if isinstance(sym.type, Scalar):
            self.row("forget", "forget", show_head(s), s.span, dst=sym.slot)
        else:
            assert isinstance(sym.type, Array), "compiler bug: a stack on the machine"
            tokens = self.new_top(sym, False)
            self.row("forget_array", "forget", show_head(s), s.span, tokens=tokens, dst=sym.slot, mode2=int(self.crossing), n=sym.type.ndim)
        self.ends(name)

    def keeper(self, s: Stash | Unstash, name: str) -> None:
        sym, begins = self.fn.symbols[name], isinstance(s, Unstash)
        op, bank = "unstash" if begins else "stash", INT * (sym.bank == "I")
        if isinstance(sym.type, Array):
            tokens = self.new_top(sym, begins)
            self.row(f"{op}_array", op, show_head(s), s.span, tokens=tokens, dst=sym.slot, mode2=int(self.crossing), c=bank, n=sym.type.ndim)
        else:
            self.row(op, op, show_head(s), s.span, dst=sym.slot, c=bank)
        (self.begins if begins else self.ends)(name)

    def branch(self, s: If) -> None:
        assert s.exit is not None
        live, test, out = self.live, show_expr(s.test), show_expr(s.exit)
        head = self.row("if", "if", f"if {test}:", s.span, tokens=self.test(s.test), parts=places_compared(s.test),
                        site=("fi", f"`{test}` is false on the way back out of its branch"))
        self.block(s.then)
        mid = self.row("else", "else", "else:", s.span, tokens=self.test(s.exit), back=self.test(s.test), dst=head, parts=places_compared(s.exit),
                       site=("fi", f"`{out}` is false after the branch was taken"))
        self.live = live
        self.block(s.orelse)
        self.rows[mid].live_after = live
        last = self.row("fi", "fi", f"fi({out})", s.span, tokens=self.test(s.exit), c=mid, parts=places_compared(s.exit),
                        site=("fi", f"`{out}` is true after the branch was not taken"))
        self.rows[head].c, self.rows[mid].c = mid, last

    def loop(self, s: Loop) -> None:
        assert s.entry is not None
        test, entry = said(s.test), said(s.entry)
        top = self.row("loop", "loop", f"came_from({entry})", s.span, tokens=self.test(s.entry), parts=compared(s.entry),
                       site=("came-from", f"`{entry}` is false where the loop is entered"))
        self.block(s.first)
        mid = self.row("until", "until", f"while {test}:", s.span, tokens=self.test(s.test), parts=places_compared(s.test),
                       site=("came-from", f"`{test}` is false inside the loop, on the way back"))
        self.block(s.second)
        last = self.row("again", "again", f"came_from({entry})", s.span, tokens=self.test(s.entry), back=self.test(s.test), c=top, dst=mid,
                        parts=compared(s.entry), site=("came-from", f"`{entry}` is true again after a turn of the loop"))
        self.rows[top].c, self.rows[mid].c = last, last

    def for_loop(self, s: For | ForBack) -> None:
        r, slot = s.range, self.fn.symbols[s.var].slot
        tokens = self.values([(e, "i") for e in (r.start, r.stop, r.step)])
        mode, before = int(isinstance(s, ForBack)), self.live
        site = ("range", "the step of a range is zero")
        head = self.row("for", "for", show_head(s), s.span, tokens=tokens, dst=slot, mode=mode, site=site)
        self.begins(s.var)
        self.block(s.body)
        tail = self.row("next", "next", f"next {s.var}", s.span, tokens=list(tokens), dst=slot, mode=mode, c=head, site=site)
        self.rows[head].c, self.live = tail, before
        self.rows[tail].live_after = before

    def call(self, s: Call | Uncall) -> None:
        callee, tokens = self.library[s.kernel], self.guards(s)
        for a in (*s.args, *(e for _, e in s.consts)):
            assert isinstance(a, Name | Index), "compiler bug: computed argument"
            sym = self.fn.symbols[a.name]
            t = type_of(a, self.types)
            if isinstance(t, Array):
                lead = len(a.indices) if isinstance(a, Index) else 0
                tokens += [*self.base(a, len(tokens)), *((TOKEN["slot"], sym.slot + 1 + lead + k) for k in range(t.ndim))]
            else:
                tokens += self.located(a, len(tokens))
        flip = -1 if isinstance(s, Uncall) else 1
        self.row("call", "call", show_head(s), s.span, tokens=tokens, dst=flip, c=self.numbers[callee.name], site=("depth", "too many calls inside each other"))

    def observe(self, s: Print | Probe) -> None:
        parts = s.parts if isinstance(s, Print) else (s.value,)
        if any(not isinstance(q, str) and isinstance(type_of(q, self.types), Array) for q in parts):
            parts = tuple(q if isinstance(q, str) or not isinstance(type_of(q, self.types), Array) else show_expr(q) for q in parts)
        tokens = self.values([(q, "f" if is_float(type_of(q, self.types)) else "i") for q in parts if not isinstance(q, str)])
        kind_ = "print" if isinstance(s, Print) else "probe"
        shown: tuple[str | Expr, ...] = parts if isinstance(s, Print) else (s.label, *parts)
        self.row("observe", kind_, show_head(s), s.span, tokens=tokens, parts=shown)

    # ---- the tables
    def finish(self, typed: Typed) -> Code:
        tokens: list[Token] = []
        table = np.zeros((len(self.rows), len(COLUMNS)), np.int64)
        starts = {}
        self.with_answers()
        for k, r in enumerate(self.rows):
            a, b = self.place_tokens(tokens, r.tokens)
            a2, b2 = (a, b) if r.back is None else self.place_tokens(tokens, r.back)
            starts[k, "tokens"], starts[k, "back"] = a, a2
            table[k] = (OP[r.op], r.mode, r.dst, a, b, a2, b2, r.c, r.mode2, r.dst2, r.cell, r.n)
        sites = {starts[k, which] + at: site for k, at, which, site in self.token_sites}
        frames = np.array([(f.begin, f.end, f.ints, f.floats) for f in self.functions], np.int64)
        constants = np.array([*self.constants.values(), *self.answers, 0.0])
        return Code(self.rows, self.functions, table, np.array(tokens or [(0, 0)], np.int64), constants, frames, sites, typed, self.asked)

    def place_tokens(self, tokens: list[Token], own: list[Token]) -> tuple[int, int]:
        a = len(tokens)
        jumps = {TOKEN[t] for t in ("skip_if_false", "skip_if_true", "jump_if_false", "jump")}
        tokens += [(t, v + a if t in jumps else self.memory[v] if t == TOKEN["hosted"] else v) for t, v in own]
        return a, len(tokens)


def role_of(name: str) -> str:
    return "keeper" if name.startswith(("_b", "_n")) else "temp" if name.startswith("_") else "local"

