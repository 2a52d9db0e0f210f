"""Functions in expressions, and calls of kernels: what they are, and whether the arguments fit."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any

from revbench.errors import DiscardedValue, Label, MisplacedKeep, NotAccumulated, NotYet, RandomNumber, Span, UnknownFunction, WrongArguments
from revbench.ir.library import Library, merge
from revbench.ir.nodes import (
    Call,
    Const,
    CopyOf,
    Depth,
    Expr,
    Fn,
    IfExp,
    Index,
    Name,
    Place,
    Program,
    Reduce,
    Shape,
    Top,
    Uncall,
    Update,
    ZerosLike,
)
from revbench.ir.read import BINARY, LIKE, MAKERS, UNARY
from revbench.ir.show import show_expr, show_head
from revbench.ir.spelling import INVERSE
from revbench.ir.walk import rebuild
from revbench.ir.words import counted
from revbench.numerics.exact import Exact
from revbench.passes.declared import Primitive
from revbench.passes.mending import put
from revbench.rules.bijections import BIJECTIONS
from revbench.rules.complex import COMPLEX
from revbench.rules.functions import FUNCTIONS, VOCABULARY
from revbench.rules.reductions import REDUCTIONS

from .accumulating import why_not
from .advice import said
from .fence import NOT_YET, RANDOM, SPELLINGS, STATEMENTS
from .names import KINDS, Names, is_kernel

CALLABLE = sorted(((VOCABULARY | COMPLEX.keys()) - BINARY.keys() - UNARY.keys()) | REDUCTIONS.keys() | {"len", "copy", *MAKERS, *LIKE})


def _spelled_out(fn: str, args: tuple[Expr, ...]) -> Expr | None:
    """What a function of NumPy computes, in expressions that are known here."""
    match fn, args:
        case "where", (test, a, b):
            return IfExp(test, a, b)
        case "clip", (x, low, high):
            return Fn("min", (Fn("max", (x, low)), high))
        case "square", (x,):
            return Fn("pow", (x, Const(2)))
        case "reciprocal", (x,):
            return Fn("div", (Const(1), x))
        case _:
            return None


class Calls(Names):
    """Expressions, and the statements that call."""

    changing: Place | None = None                              # what the statement at hand updates

    @property
    def target(self) -> str:
        """It as a text; a likely register, if the statement at hand is no update."""
        return "out" if self.changing is None else show_expr(self.changing)

    # ---- expressions
    def expr(self, e: Expr) -> Expr:
        match e:
            case Name(name) | Index(name, _) | Shape(name, _) | Top(name) | Depth(name):
                known = self.live.get(name)
                if known is None:
                    e = self.captured(e, name)
                else:
                    known.read, known.reader = e.span, self.now
                return rebuild(e, self.expr)
            case CopyOf(source) | ZerosLike(source):
                before = len(self.report.mistakes)
                inner = self.expr(source)
                if isinstance(inner, Name | Index):
                    return replace(e, source=inner, fill=e.fill and self.expr(e.fill)) if isinstance(e, ZerosLike) else replace(e, source=inner)
                if len(self.report.mistakes) == before and source.name not in self.notes.excused:
                    self.bad_capture(Index(source.name, (), span=source.span), source.name, self.lookup(source.name)[0])
                return e
            case Fn(fn, args):
                if fn not in FUNCTIONS and fn not in self.live and (dtype := self.number_system(fn)):
                    e, fn = replace(e, fn=dtype), dtype
                row = REDUCTIONS.get(fn)
                if row is not None and len(args) == len(row.params) and not (fn in self.own or fn in self.live):
                    return Reduce(fn, tuple(map(self.expr, args)), span=e.span)
                if fn not in self.live and isinstance(declared := self.host.get(fn), Primitive):
                    self.out.seen[fn] = declared
                    e, fn = replace(e, fn=declared.row), declared.row
                self.function(fn, args, e.span)
                return rebuild(e, self.expr)
            case _:
                return rebuild(e, self.expr)

    def number_system(self, name: str) -> str | None:
        """The dtype of a class that the host made (`Cents = fixed(20)`)."""
        value, found = self.lookup(name)
        if not found or not isinstance(value, type) or not issubclass(value, Exact):
            return None
        self.out.seen[name] = value
        return value.dtype

    def function(self, fn: str, args: tuple[Expr, ...], span: Span | None) -> None:
        known = FUNCTIONS.get(fn) if fn not in FUNCTIONS or FUNCTIONS[fn].result not in ("raw", "value") else None
        rule = known or COMPLEX.get(fn)
        if rule is not None:
            if len(args) != len(rule.params):
                self.refuse(WrongArguments, f"`{fn}` takes {counted(len(rule.params), 'argument')}, here {'is' if len(args) == 1 else 'are'} {len(args)}",
                            span, "here", hint=f"write `{fn}({', '.join(rule.params)})`")
            return
        given = ", ".join(map(show_expr, args))
        if fn in self.own or is_kernel(self.host.get(fn)):
            why = why_not(fn, self.programs_of(fn))
            self.refuse(NotAccumulated, f"`{fn}` has no value that can be used here" if not why else f"`{fn}` has no value: it {why}", span, "here",
                        hint=f"call it as a statement: `{fn}({', '.join([self.target, *([given] if given else [])])})`" if why
                        else f"make a local before: `{self.fresh('t')} = {fn}({given})`")
        elif fn in self.live and fn not in self.notes.excused:
            self.refuse(UnknownFunction, f"`{fn}` is {KINDS[self.live[fn].kind]}, not a function", span, "called here",
                        hint=f"an element is `{fn}[{given or 'i'}]`")
        elif fn in REDUCTIONS:
            params = REDUCTIONS[fn].params
            self.refuse(WrongArguments, f"`{fn}` takes {counted(len(params), 'array')}, here {'is' if len(args) == 1 else 'are'} {len(args)}",
                        span, "here", hint=f"write `{fn}({', '.join(params)})`")
        elif fn in STATEMENTS:
            self.refuse(UnknownFunction, f"`{fn}(...)` has no value", span, "here", hint="it is a statement: write it on a line of its own")
        elif fn == "keep":
            self.refuse(MisplacedKeep, "`keep(...)` overwrites a local: it stands alone on the right side of an assignment to one", span, "here",
                        hint=f"make the local first: `{self.fresh('t')} = {given or '...'}`, then `{self.fresh('t')} = keep(...)`")
        elif fn in BIJECTIONS or fn in INVERSE.values():
            t, first = self.fresh("t"), show_expr(args[0]) if args else "x"
            self.refuse(UnknownFunction, f"`{fn}` changes places, and has no value", span, "here",
                        hint=f"make a copy and change that: `{t} = {first}`, then `{t} = {fn}({', '.join([t, *map(show_expr, args[1:])])})`")
        elif fn in NOT_YET:
            what, hint = NOT_YET[fn]
            self.refuse(NotYet, f"{what} not part of the language yet", span, "not yet", hint=hint)
        elif fn in RANDOM and fn not in self.host:
            noise = self.fresh("noise")
            var = next((v for v in reversed(self.loops) if v is not None), None)
            drawn = f"{noise}[{var}]" if var is not None else noise
            self.refuse(RandomNumber, f"`{fn}` gives another number on the way back", span, "drawn here", Label(self.p.span, "this kernel", "~"),
                        f"draw before the call, and hand the numbers in as one more register: `{self.target} += {drawn}`")
        elif fn not in self.notes.excused:
            close = difflib.get_close_matches(fn, CALLABLE, 1)
            hint = SPELLINGS.get(fn) or (f"did you mean `{close[0]}`?" if close else "write it out, or make it a kernel and call it as a statement")
            plain = isinstance(self.host.get(fn), FunctionType)
            if isinstance(self.now, Update) and (meant := _spelled_out(fn, args)) is not None:
                line = replace(self.now, value=put(self.now.value, Fn(fn, args), meant))
                hint = f"write `{show_head(line)}`"
            what = "is a plain Python function, which kernels cannot call" if plain else "is not a function that kernels know"
            self.refuse(UnknownFunction, f"`{fn}` {what}", span, "here", Label(self.p.span, "this kernel", "~"), hint)

    # ---- kernels that have a value
    def programs_of(self, fn: str) -> Mapping[str, Program]:
        """The programs among which a kernel is found under the name that it has here."""
        if fn in self.own:
            return {**self.own, **{n: p for n, p in self.library.items() if n not in self.own}}
        library: Library = self.lookup(fn)[0].library
        return {**library.programs, fn: library.program}

    def is_kernel(self, fn: str) -> bool:
        """Whether `fn(x)` in an expression is a kernel that adds to its first register only."""
        if fn in FUNCTIONS or fn in COMPLEX or fn in self.live:
            return False
        return (fn in self.own or is_kernel(self.lookup(fn)[0])) and not why_not(fn, self.programs_of(fn))

    def fresh_value(self, name: str) -> str:
        """A name for the value of a kernel in an expression."""
        made = self.fresh(name)
        self.inner[made] = None
        return made

    # ---- calls
    def call(self, s: Call | Uncall) -> Call | Uncall:
        args = tuple(self.expr(a) for a in s.args)
        consts = {k: self.expr(v) for k, v in s.consts}
        name, called = self.kernel(s), s.kernel
        if name is None:
            return replace(s, args=args, consts=tuple(consts.items()))
        callee = self.own.get(name) or self.library[name]
        hidden = self.out.captured.get(name, {}) if name not in self.own else {}
        shown = [c for c in callee.consts if c not in hidden]
        example = f"def {s.kernel}({', '.join([*callee.params, *(f'{c}=...' for c in shown)])})"
        if by_name := [k for k in consts if k in callee.params]:
            self.refuse(WrongArguments, f"`{by_name[0]}` is a register of `{s.kernel}`, and registers are handed in by position", s.span, "here",
                        hint=f"it is `{example}: ...`")
            return s
        if len(args) != len(callee.params):
            self.refuse(WrongArguments, f"`{s.kernel}` has {counted(len(callee.params), 'register')}, here {'is' if len(args) == 1 else 'are'} "
                        f"{counted(len(args), 'argument')}", s.span, "here", hint=f"it is `{example}: ...`")
        for k in consts:
            if k not in callee.consts:
                self.refuse(WrongArguments, f"`{s.kernel}` has no constant `{k}`", s.span, "here",
                            hint=f"its constants are {', '.join(f'`{c}`' for c in shown)}" if shown else "leave it out")
        for k in callee.consts:
            default = self.out.defaults.get(name, {}).get(k)
            if k in consts:
                continue
            if k in hidden:
                alias = f"_{name}_{k}".replace(".", "_")
                self.captures[alias] = hidden[k]
                self.make(alias, "capture", s.span)
                consts[k] = Name(alias)
            elif default is not None:
                consts[k] = Const(default)
            else:
                self.refuse(WrongArguments, f"`{s.kernel}` needs the constant `{k}`", s.span, "here", hint=f"it is `{example}: ...`")
        s = replace(s, kernel=name, args=args, consts=tuple((k, consts[k]) for k in callee.consts if k in consts))
        if name not in self.own and getattr(self.lookup(called)[0], "_backward", False):              # `undo = ~f` above the kernel
            s = (Uncall if isinstance(s, Call) else Call)(s.kernel, s.args, s.consts, s.each, span=s.span)
        return s

    def kernel(self, s: Call | Uncall) -> str | None:
        if s.kernel in self.own:
            return s.kernel
        value, found = self.lookup(s.kernel)
        if is_kernel(value):
            library: Library = value.library
            self.out.seen[s.kernel] = value
            if id(value) not in self.foreign:
                names = merge(self.library, library)
                self.foreign[id(value)] = names
                for old, new in names.items():
                    self.out.defaults.setdefault(new, library.defaults.get(old, {}))
                    self.out.captured.setdefault(new, library.captured.get(old, {}))
            return self.foreign[id(value)][library.main]
        known = self.live.get(s.kernel)
        if known is not None:
            given = ", ".join(map(show_expr, s.args)) or "i"
            self.refuse(UnknownFunction, f"`{s.kernel}` is {KINDS[known.kind]}, not a kernel", s.span, "called here",
                        hint=f"an element is `{s.kernel}[{given}]`")
        elif s.kernel.rpartition(".")[2] in VOCABULARY:
            text = said(s.span, show_head(s))
            self.refuse(DiscardedValue, f"nobody keeps the value of `{text}`", s.span, "value lost here",
                        hint=f"write `{next(iter(self.p.params), 'out')} += {text}`, with the register that it belongs to")
        elif s.kernel in NOT_YET:
            what, hint = NOT_YET[s.kernel]
            self.refuse(NotYet, f"{what} not part of the language yet", s.span, "not yet", hint=hint)
        elif s.kernel not in self.notes.excused:
            self.unknown_kernel(s, value, found)
        return None

    def unknown_kernel(self, s: Call | Uncall, value: Any, found: bool) -> None:
        if found and callable(value):
            plain = isinstance(value, FunctionType)
            self.refuse(UnknownFunction, f"`{s.kernel}` is a plain Python function, not a kernel", s.span, "called here",
                        hint="decorate it with `@reversible`" if plain else "kernels can call only kernels, as statements")
            return
        known = [*self.own, *(k for k, v in self.host.items() if is_kernel(v)), "print", "probe", "uncompute", "free", "came_from", "until", "fi"]
        close = difflib.get_close_matches(s.kernel, known, 1)
        self.refuse(UnknownFunction, f"`{s.kernel}` is not a kernel that is known here", s.span, "called here",
                    hint=f"did you mean `{close[0]}`?" if close else f"define the kernel `{s.kernel}` before this one")
