"""Typed IR -> flat code for the reversible machine: one row per instruction, expressions in postfix.

Every row says what it does in both directions, so that code is never generated twice. `Within` becomes its compute
rows, its apply rows, and the inverse of its compute rows; calls share the callee's rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from revbench.errors import Span
from revbench.ir.library import reachable
from revbench.ir.nodes import (
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    CopyOf,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    IfExp,
    Index,
    InverseBlock,
    Lazy,
    Leave,
    Loop,
    Name,
    Permute,
    Place,
    Print,
    Probe,
    Redo,
    Release,
    Require,
    Shape,
    Stash,
    Stmt,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Type, is_float, kind
from revbench.ir.walk import statements
from revbench.passes.effects import Effects
from revbench.passes.inverse import inverse
from revbench.passes.laws import requirements
from revbench.rules.functions import FUNCTIONS
from revbench.rules.typing import type_of

from .machine_text import COLUMNS, ELEMENT, HEADER, KINDS, LOCAL, OP, REF, TOKEN
from .writer import Site

Token = tuple[int, int]
UPDATES = {"+=": "add", "-=": "sub", "*=": "mul", "/=": "div", "^=": "xor"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where a name lives in its function's frame. `mode`: local (in the frame), ref (an address in the frame), array."""

    name: str
    bank: str
    mode: str
    slot: int
    type: Type
    role: str
    of: str | None = None


@dataclass
class Row:
    """One instruction, still with symbolic jumps and token lists."""

    op: str
    kind: str
    text: str
    span: Span | None
    fn: int
    live: frozenset[str]
    live_after: frozenset[str]
    tokens: list[Token] = field(default_factory=list)
    back: list[Token] | None = None
    mode: int = 0
    dst: int = 0
    c: int = 0
    mode2: int = 0
    dst2: int = 0
    cell: int = 0
    n: int = 0
    site: tuple[str, str] = ("", "")
    names: tuple[str, str] = ("", "")
    parts: tuple[str | Expr, ...] = ()


@dataclass
class Function:
    name: str
    symbols: dict[str, Symbol]
    begin: int = 0
    end: int = 0
    ints: int = 0
    floats: int = 0


@dataclass
class Code:
    """A whole program, ready for the machine."""

    rows: list[Row]
    functions: list[Function]
    table: NDArray[np.int64]
    tokens: NDArray[np.int64]
    constants: NDArray[np.float64]
    frames: NDArray[np.int64]
    sites: dict[int, Site]
    typed: Typed


def assemble(library: TypedLibrary, main: str) -> Code:
    """Flat code for `main` and everything that it calls; `main` is function 0."""
    order = list(reversed(reachable({n: t.program for n, t in library.items()}, main)))
    effects = Effects({n: t.program for n, t in library.items()})
    a = _Assembler(library, {n: k for k, n in enumerate(order)}, effects)
    for name in order:
        a.function(library[name])
    return a.finish(library[main])


class _Assembler:
    def __init__(self, library: TypedLibrary, numbers: dict[str, int], effects: Effects) -> None:
        self.library, self.numbers, self.effects = library, numbers, effects
        self.rows: list[Row] = []
        self.functions: list[Function] = []
        self.constants: dict[float, int] = {}
        self.token_sites: list[tuple[int, int, str, Site]] = []          # row, position, which list, site
        self.pending: dict[int, Site] = {}
        self.live: frozenset[str] = frozenset()

    # ---- functions
    def function(self, typed: Typed) -> None:
        p, self.types = typed.program, typed.types
        self.fn = Function(p.name, {})
        self.functions.append(self.fn)
        self.checked = True
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
        self.block(p.body)
        self.fn.end = self.row("end", "end", f"{p.name} ends", p.span)

    def symbol(self, name: str, mode: str, role: str) -> None:
        t, f = self.types[name], self.fn
        bank = "F" if is_float(t) else "I"
        of = name[:-4] if name.endswith("_bar") and name[:-4] in self.types else None
        if mode == "local" and bank == "F":
            slot, f.floats = f.floats, f.floats + 1
        else:
            slot, f.ints = HEADER + f.ints, f.ints + (1 + t.ndim if isinstance(t, Array) else 1)
        f.symbols[name] = Symbol(name, bank, mode, slot, t, "cotangent" if of else role, of)

    def row(self, op: str, kind_: str, text: str, span: Span | None, **more: object) -> int:
        self.rows.append(Row(op, kind_, text, span, len(self.functions) - 1, self.live, self.live, **more))     # type: ignore[arg-type]
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
                self.block(inverse(compute))
            case Undo(body):
                self.block(inverse(body))
            case Redo(body):
                self.block(body)
            case If():
                self.branch(s)
            case Loop():
                self.loop(s)
            case For() | ForBack():
                self.for_loop(s)
            case Call() | Uncall():
                self.call(s)
            case Stash(name) | Unstash(name):
                op = "stash" if isinstance(s, Stash) else "unstash"
                self.row(op, op, show_head(s), s.span, dst=self.fn.symbols[name].slot)
                (self.ends if op == "stash" else self.begins)(name)
            case Forget(name):
                self.forget(s, name)
            case Assert(test, message):
                if self.checked:
                    tokens = self.test(test)
                    self.row("assert", "assert", show_head(s), s.span, tokens=tokens, site=("assert", message or f"`{show_expr(test)}` does not hold"))
            case Print() | Probe():
                self.observe(s)
            case Require():
                raise AssertionError("compiler bug: explicit law on the machine")
            case Unchecked():
                before, self.checked = self.checked, False
                self.block(s.body)
                self.checked = before
            case ComputeBlock() | Uncompute() | InverseBlock() | Release():
                raise AssertionError(f"compiler bug: {type(s).__name__} reached the back end")
            case _:
                assert_never(s)

    def guards(self, s: Stmt) -> list[Token]:
        """Laws that hold on both sides of the statement: tested with its operands."""
        out: list[Token] = []
        for r in requirements(s, self.types, self.effects) if self.checked else ():
            if r.law == "alias":
                out += self.test(r.test, len(out))
                self.pending[len(out)] = Site(r.law, r.message, tuple(n for n, _ in r.values), r.span)
                out.append((TOKEN["require"], 0))
        return out

    def update(self, s: Update) -> None:
        t = self.types[s.place.name].dtype
        guards = self.guards(s)
        bank = "f" if kind(t) == "f" else "i"
        value = self.value(s.value, bank, len(guards))
        mode, dst, index = self.address(s.place, len(guards) + len(value))
        self.row(f"{UPDATES[s.op]}_{bank}", "update", show_head(s), s.span, tokens=[*guards, *value, *index], mode=mode, dst=dst, cell=KINDS[t],
                 site=("zero-factor", f"`{show_head(s)}`"), names=(show_expr(s.place), show_expr(s.value)))

    def permute(self, s: Permute) -> None:
        order = list(s.order)
        for k in range(len(order)):
            j = order[k]                                             # place k receives what lies at j; what lay at k lies at j then
            if j != k:
                self.swap(s, s.places[k], s.places[j])
                order = [j if o == k else o for o in order]
                order[k] = k

    def swap(self, s: Permute, a: Place, b: Place) -> None:
        if isinstance(type_of(a, self.types), Array):
            raise AssertionError("compiler bug: whole arrays are exchanged element by element")
        bank = "f" if is_float(self.types[a.name]) else "i"
        mode, dst, first = self.address(a, 0)
        mode2, dst2, second = self.address(b, len(first))
        self.row(f"swap_{bank}", "permute", show_head(s), s.span, tokens=[*first, *second], mode=mode, dst=dst, mode2=mode2, dst2=dst2)

    def local(self, s: Enter | Leave, name: str, init: Expr) -> None:
        sym, enter = self.fn.symbols[name], isinstance(s, Enter)
        names, site = (name, show_expr(init)), ("released", f"`{name}` does not return to `{show_expr(init)}` at the end of its block")
        what = "enter" if enter else "leave"
        bank = sym.bank.lower()
        if isinstance(sym.type, Scalar):
            tokens = self.value(init, bank, 0)
            self.row(f"{what}_{bank}", what, show_head(s), s.span, tokens=tokens, dst=sym.slot, cell=KINDS[sym.type.dtype], site=site, names=names)
        else:
            tokens, copies, base = self.shape(init, sym.type)
            self.row(f"{'array' if enter else 'unarray'}_{bank}", what, show_head(s), s.span, tokens=tokens, dst=sym.slot, mode=int(copies), dst2=base,
                     cell=KINDS[sym.type.dtype], n=sym.type.ndim, site=site, names=names)
        (self.begins if enter else self.ends)(name)

    def shape(self, init: Expr, t: Array) -> tuple[list[Token], bool, int]:
        """Tokens that leave the extents (and, for a copy, the source's base) on the int stack."""
        match init:
            case Zeros(shape):
                return self.values([(d, "i") for d in shape]), False, 0
            case Name() | Index():
                source: Name | Index = init
            case CopyOf(source) | ZerosLike(source):
                pass
            case _:
                raise AssertionError("compiler bug: not an array")
        sym = self.fn.symbols[source.name]
        lead = len(source.indices) if isinstance(source, Index) else 0
        tokens = [(TOKEN["slot"], sym.slot + 1 + lead + k) for k in range(t.ndim)]
        copies = not isinstance(init, ZerosLike)
        return [*tokens, *(self.base(source, len(tokens)) if copies else [])], copies, 0

    def base(self, p: Place, at: int = 0) -> list[Token]:
        """The address where an array, or a row of one, begins."""
        sym = self.fn.symbols[p.name]
        if isinstance(p, Name):
            return [(TOKEN["slot"], sym.slot)]
        out = self.linear(p, at)
        assert isinstance(sym.type, Array)
        for axis in range(len(p.indices), sym.type.ndim):
            out += [(TOKEN["slot"], sym.slot + 1 + axis), (TOKEN["i_mul"], 0)]
        return [*out, (TOKEN["offset"], sym.slot)]

    def forget(self, s: Forget, name: str) -> None:
        sym = self.fn.symbols[name]
        if isinstance(sym.type, Scalar):
            self.row("forget", "forget", show_head(s), s.span, dst=sym.slot)
        else:
            self.row("forget_array", "forget", show_head(s), s.span, dst=sym.slot, n=sym.type.ndim)
        self.ends(name)

    def branch(self, s: If) -> None:
        assert s.exit is not None
        live, test, out = self.live, show_expr(s.test), show_expr(s.exit)
        head = self.row("if", "if", f"if {test}:", s.span, tokens=self.test(s.test), site=("fi", f"`{test}` is false on the way back out of its branch"))
        self.block(s.then)
        mid = self.row("else", "else", "else:", s.span, tokens=self.test(s.exit), back=self.test(s.test), dst=head,
                       site=("fi", f"`{out}` is false after the branch was taken"))
        self.live = live
        self.block(s.orelse)
        self.rows[mid].live_after = live
        last = self.row("fi", "fi", f"fi({out})", s.span, tokens=self.test(s.exit), c=mid, site=("fi", f"`{out}` is true after the branch was not taken"))
        self.rows[head].c, self.rows[mid].c = mid, last

    def loop(self, s: Loop) -> None:
        assert s.entry is not None
        test, entry = show_expr(s.test), show_expr(s.entry)
        top = self.row("loop", "loop", f"came_from({entry})", s.span, tokens=self.test(s.entry), site=("came-from", f"`{entry}` is false where the loop is entered"))
        self.block(s.first)
        mid = self.row("until", "until", f"while {test}:", s.span, tokens=self.test(s.test), site=("came-from", f"`{test}` is false inside the loop, on the way back"))
        self.block(s.second)
        last = self.row("again", "again", f"came_from({entry})", s.span, tokens=self.test(s.entry), back=self.test(s.test), c=top, dst=mid,
                        site=("came-from", f"`{entry}` is true again after a turn of the loop"))
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
            elif isinstance(a, Index):
                tokens += [*self.linear(a, len(tokens)), (TOKEN["offset"], sym.slot)]
            else:
                tokens.append((TOKEN["slot"], sym.slot) if sym.mode == "ref" else (TOKEN[f"address_{sym.bank.lower()}"], sym.slot))
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

    # ---- places and expressions
    def values(self, wanted: list[tuple[Expr, str]]) -> list[Token]:
        """Tokens that leave several values on the stacks, in order."""
        out: list[Token] = []
        for e, bank in wanted:
            out += self.value(e, bank, len(out))
        return out

    def address(self, p: Place, at: int) -> tuple[int, int, list[Token]]:
        sym = self.fn.symbols[p.name]
        if isinstance(p, Name):
            return (REF if sym.mode == "ref" else LOCAL), sym.slot, []
        return ELEMENT, sym.slot, self.linear(p, at)

    def linear(self, p: Index, at: int) -> list[Token]:
        """The element's offset in its array, every index checked."""
        sym = self.fn.symbols[p.name]
        out: list[Token] = []
        for axis, i in enumerate(p.indices):
            out += self.value(i, "i", at + len(out))
            self.pending[at + len(out)] = self.outside(p, axis)
            out.append((TOKEN["next" if axis else "first"], sym.slot + 1 + axis))
        return out

    def outside(self, p: Index, axis: int) -> Site:
        i = show_expr(p.indices[axis])
        return Site("index", f"index `{i}` is out of range of `{p.name}`", (i, f"{p.name}.shape[{axis}]"), p.span)

    def test(self, e: Expr, at: int = 0) -> list[Token]:
        """Tokens that leave 0 or 1 on the int stack."""
        t = type_of(e, self.types)
        if is_float(t):
            return [*self.value(e, "f", at), (TOKEN["truth"], 0)]
        out = self.value(e, "i", at)
        return out if t.dtype == "bool" else [*out, (TOKEN["const_i"], 0), (TOKEN["ic_ne"], 0)]

    def value(self, e: Expr, bank: str, at: int) -> list[Token]:
        """Tokens that leave the value on the float or int stack; `at` is where they will stand (jumps are absolute)."""
        t = type_of(e, self.types)
        have = "f" if is_float(t) else "i"
        if have == "i" and bank == "f" and isinstance(e, Const):
            return [(TOKEN["const_f"], self.constant(float(e.value)))]
        out = self.natural(e, have, at)
        return out if have == bank else [*out, (TOKEN["to_f" if bank == "f" else "to_i"], 0)]

    def constant(self, value: float) -> int:
        for v, k in self.constants.items():
            if repr(v) == repr(value):
                return k
        self.constants[value] = len(self.constants)
        return self.constants[value]

    def natural(self, e: Expr, have: str, at: int) -> list[Token]:
        match e:
            case Const(value):
                return [(TOKEN["const_f"], self.constant(value))] if isinstance(value, float) else [(TOKEN["const_i"], int(value))]
            case Name(name):
                sym = self.fn.symbols[name]
                return [(TOKEN[f"{sym.mode}_{have}"], sym.slot)]
            case Shape(name, axis):
                return [(TOKEN["slot"], self.fn.symbols[name].slot + 1 + axis)]
            case Index(name, indices):
                return self.element(e, self.fn.symbols[name], indices, have, at)
            case Lazy(op, a, b):
                left = self.test(a, at)
                right = self.test(b, at + len(left) + 1)
                return [*left, (TOKEN["skip_if_false" if op == "and" else "skip_if_true"], at + len(left) + 1 + len(right)), *right]
            case IfExp(test, a, b):
                cond = self.test(test, at)
                then = self.value(a, have, at + len(cond) + 1)
                other = self.value(b, have, at + len(cond) + len(then) + 2)
                middle = at + len(cond) + len(then) + 2
                return [*cond, (TOKEN["jump_if_false"], middle), *then, (TOKEN["jump"], middle + len(other)), *other]
            case Fn():
                return self.applied(e, have, at)
            case Zeros() | CopyOf() | ZerosLike():
                raise AssertionError("compiler bug: an array inside an expression")
            case _:
                assert_never(e)

    def element(self, e: Index, sym: Symbol, indices: tuple[Expr, ...], have: str, at: int) -> list[Token]:
        if len(indices) > 2:
            return [*self.linear(e, at), (TOKEN[f"loadn_{have}"], sym.slot)]
        out: list[Token] = []
        for i in indices:
            out += self.value(i, "i", at + len(out))
        self.pending[at + len(out)] = self.outside(e, 0)
        return [*out, (TOKEN[f"load{len(indices)}_{have}"], sym.slot)]

    def applied(self, e: Fn, have: str, at: int) -> list[Token]:
        rule, result = FUNCTIONS[e.fn], type_of(e, self.types)
        types = [type_of(a, self.types) for a in e.args]
        if e.fn == "not_":
            return [*self.test(e.args[0], at), (TOKEN["not"], 0)]
        if rule.result == "cast":
            return self.cast(e.args[0], result.dtype, at)
        bank = "f" if (rule.result in ("same", "float") and have == "f") or (rule.result == "bool" and (any(map(is_float, types)) or e.fn in ("isnan", "isfinite"))) else "i"
        out: list[Token] = []
        for a in e.args:
            out += self.value(a, bank, at + len(out))
        if rule.result == "bool":
            return [*out, (TOKEN[("ft_" if e.fn in ("isnan", "isfinite") else f"{bank}c_") + e.fn], 0)]
        if e.fn == "pow" and bank == "i":
            self.pending[at + len(out)] = Site("power", f"`{show_expr(e)}` has a negative exponent", (show_expr(e.args[1]),), e.span)
            out.append((TOKEN["ipow"], 0))
        elif e.fn == "abs2" and bank == "i":
            return self.natural(Fn("mul", (e.args[0], e.args[0]), span=e.span), have, at)
        elif e.fn == "sign" and bank == "i":
            return self.natural(Fn("sub", (Fn("gt", (e.args[0], Const(0))), Fn("lt", (e.args[0], Const(0)))), span=e.span), have, at)
        else:
            if e.fn in ("floordiv", "mod", "lshift", "rshift"):
                law = ("division", f"`{show_expr(e)}` divides by zero") if e.fn in ("floordiv", "mod") else ("shift", f"`{show_expr(e)}` shifts by more than the width")
                self.pending[at + len(out)] = Site(*law, (show_expr(e.args[1]),), e.span)
            out.append((TOKEN[f"{bank}_{e.fn}"], 0))
        return [*out, *self.fit(result.dtype)]

    def fit(self, dtype: str) -> list[Token]:
        if dtype == "float32":
            return [(TOKEN["round32"], 0)]
        return [(TOKEN["narrow"], KINDS[dtype])] if KINDS[dtype] >= 2 else []

    def cast(self, e: Expr, dtype: str, at: int) -> list[Token]:
        if dtype == "bool":
            return self.test(e, at)
        return [*self.value(e, "f" if kind(dtype) == "f" else "i", at), *self.fit(dtype)]

    # ---- the tables
    def finish(self, typed: Typed) -> Code:
        tokens: list[Token] = []
        table = np.zeros((len(self.rows), len(COLUMNS)), np.int64)
        starts = {}
        for k, r in enumerate(self.rows):
            a, b = self.place_tokens(tokens, r.tokens)
            a2, b2 = (a, b) if r.back is None else self.place_tokens(tokens, r.back)
            starts[k] = a
            table[k] = (OP[r.op], r.mode, r.dst, a, b, a2, b2, r.c, r.mode2, r.dst2, r.cell, r.n)
        sites = {starts[k] + at: site for k, at, _, site in self.token_sites}
        frames = np.array([(f.begin, f.end, f.ints, f.floats) for f in self.functions], np.int64)
        return Code(self.rows, self.functions, table, np.array(tokens or [(0, 0)], np.int64), np.array(list(self.constants) or [0.0]), frames, sites, typed)

    def place_tokens(self, tokens: list[Token], own: list[Token]) -> tuple[int, int]:
        a = len(tokens)
        jumps = {TOKEN[t] for t in ("skip_if_false", "skip_if_true", "jump_if_false", "jump")}
        tokens += [(t, v + a if t in jumps else v) for t, v in own]
        return a, len(tokens)


def role_of(name: str) -> str:
    return "keeper" if name.startswith(("_b", "_n")) else "temp" if name.startswith("_") else "local"

