"""What every name means: register, constant, local, loop variable, host value, or kernel.

Host scalars become constants, host arrays hidden constant parameters, host kernels join the library. All mistakes
about names are found here, with both places; what needs to know who writes what is left to `passes.scopes`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from revbench.errors import (
    BadCapture,
    IrreversibleAssignment,
    Label,
    LoopCarried,
    OutOfBlock,
    ReadsItself,
    ReleasedParameter,
    ReleasedTwice,
    Report,
    Span,
    UnknownFunction,
    UnknownLabel,
    UnknownName,
    UsedAfterRelease,
    WrittenConstant,
    WrittenLoopVariable,
    WrongArguments,
)
from revbench.ir.library import Library, fresh_name, merge
from revbench.ir.nodes import (
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
    Index,
    InverseBlock,
    Leave,
    Loop,
    Name,
    Permute,
    Program,
    Redo,
    Release,
    Shape,
    Stash,
    Stmt,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.walk import map_expressions, places_read, rebuild, renamed, statements
from revbench.rules.functions import FUNCTIONS, VOCABULARY

from .parse import Parsed

KINDS = {"param": "a parameter", "const": "a constant", "capture": "a captured value", "loop": "a loop variable", "local": "a local"}


@dataclass
class _Name:
    kind: str
    span: Span | None
    loops: int = 0                         # how many loops stood around the definition
    read: Span | None = None


@dataclass
class Resolved:
    """The result: raw programs with resolved names, and what they took from the host."""

    programs: dict[str, Program]
    defaults: dict[str, dict[str, Any]]
    captured: dict[str, dict[str, Any]]
    seen: dict[str, Any] = field(default_factory=dict)      # host names -> values, to notice that one changed


def resolve(parsed: list[Parsed], host: Mapping[str, Any], report: Report) -> Resolved:
    """Resolves all kernels of a text against each other and the host's names."""
    out = Resolved({}, {}, {})
    own = {p.program.name: p.program for p in parsed}
    for p in parsed:
        out.defaults[p.program.name] = {k: _default(v, host, report, p.program) for k, v in p.defaults.items()}
    library: dict[str, Program] = dict(own)
    foreign: dict[int, dict[str, str]] = {}
    for p in parsed:
        r = _Resolver(p.program, own, host, out, library, foreign, report)
        library[p.program.name] = r.program()
    out.programs = library
    return out


def _default(text: str, host: Mapping[str, Any], report: Report, program: Program) -> Any:
    try:
        return eval(text, {"np": np, "numpy": np}, dict(host))
    except Exception as problem:
        report.add(UnknownName(f"the default `{text}` cannot be evaluated: {problem}", Label(program.span, "in this signature")))
        return 0


class _Resolver:
    def __init__(self, program: Program, own: dict[str, Program], host: Mapping[str, Any], out: Resolved,
                 library: dict[str, Program], foreign: dict[int, dict[str, str]], report: Report) -> None:
        self.p, self.own, self.host, self.out, self.library, self.foreign, self.report = program, own, host, out, library, foreign, report
        self.live: dict[str, _Name] = {}
        self.gone: dict[str, tuple[str, Span | None]] = {}
        self.labels: dict[str, list[str]] = {}
        self.captures: dict[str, Any] = {}
        self.loops = 0
        self.inner = {s.name for s in statements(program.body) if isinstance(s, Enter)}

    def program(self) -> Program:
        for name in self.p.params:
            self.live[name] = _Name("param", self.p.span)
        for name in self.p.consts:
            self.live[name] = _Name("const", self.p.span)
        body = self.block(self.p.body, close=False)
        self.out.captured.setdefault(self.p.name, {}).update(self.captures)
        return replace(self.p, body=body, consts=self.p.consts + tuple(self.captures))

    # ---- blocks
    def block(self, stmts: Block, close: bool = True) -> Block:
        before = set(self.live)
        out: list[Stmt] = []
        for k in range(len(stmts)):
            stmts = self.again(stmts, k)
            out.append(self.statement(stmts[k]))
        if close:
            for name in [n for n in self.live if n not in before]:
                self.gone[name] = ("block", self.live.pop(name).span)
        return tuple(out)

    def again(self, stmts: Block, k: int) -> Block:
        """A name that was released by hand and is used again for a local that is not: the second one gets a name of its own."""
        s = stmts[k]
        if not isinstance(s, Enter) or self.gone.get(s.name, ("",))[0] != "released":
            return stmts
        if any(isinstance(t, Release | Leave | Stash | Forget) and t.name == s.name for t in stmts[k:]):
            return stmts
        new = fresh_name(s.name, {*self.live, *self.gone, *self.inner})
        self.inner.add(new)
        return stmts[:k] + renamed(stmts[k:], s.name, new)

    def statement(self, s: Stmt) -> Stmt:
        if not isinstance(s, Call | Uncall):
            s = map_expressions(s, self.expr)
        match s:
            case Update():
                self.written(s.place.name, s)
                if s.place in places_read(s.value):
                    text = show_expr(s.place)
                    double = s.value == s.place and s.op in ("+=", "-=")
                    hint = f"write `{text} *= 2`" if double and s.op == "+=" else f"compute it into a new local, and write that to another place than `{text}`"
                    self.report.add(ReadsItself(f"`{show_head_of(s)}` reads what it changes", Label(s.span, "cannot be undone"), hint=hint))
            case Permute():
                for p in s.places:
                    self.written(p.name, s)
            case Enter():
                self.enter(s)
            case Unstash(name):
                self.live[name] = _Name("local", s.span, self.loops)
            case Release() | Stash() | Forget() | Leave():
                self.release(s.name, s.span)
            case ComputeBlock(label, body):
                before = set(self.live)
                inner = self.block(body, close=False)
                self.labels[label] = [n for n in self.live if n not in before]
                s = replace(s, body=inner)
            case Uncompute(label):
                if label not in self.labels:
                    self.report.add(UnknownLabel(f"`uncompute({label})` names no open compute block", Label(s.span, "here"),
                                                 hint="write `with compute() as r:` before, in the same block"))
                for name in self.labels.pop(label, []):
                    if name in self.live:
                        self.gone[name] = ("released", s.span)
                        del self.live[name]
            case If():
                s = replace(s, then=self.block(s.then), orelse=self.block(s.orelse))
            case Loop():
                self.loops += 1
                s = replace(s, first=self.block(s.first), second=self.block(s.second))
                self.loops -= 1
            case For() | ForBack():
                s = self.for_loop(s)
            case Undo() | Redo() | Unchecked() | InverseBlock():
                s = replace(s, body=self.block(s.body))
            case Call() | Uncall():
                s = self.call(s)
        return s

    def for_loop(self, s: For | ForBack) -> For | ForBack:
        if s.var in self.live:
            old = self.live[s.var]
            self.report.add(IrreversibleAssignment(f"the loop variable `{s.var}` is {KINDS[old.kind]} already", Label(s.span, "overwritten here"),
                                                   Label(old.span, "made here", "~"), hint="choose another name for the loop variable"))
            return s
        self.loops += 1
        self.live[s.var] = _Name("loop", s.span, self.loops)
        s = replace(s, body=self.block(s.body))
        self.loops -= 1
        del self.live[s.var]
        self.gone[s.var] = ("block", s.span)
        return s

    # ---- names
    def enter(self, s: Enter) -> None:
        old = self.live.get(s.name)
        if old is None:
            self.live[s.name] = _Name("local", s.span, self.loops)
            self.gone.pop(s.name, None)
            return
        text, value = s.name, show_expr(s.init)
        second = Label(old.read, "last read here", "~") if old.read else Label(old.span, "made here", "~")
        if old.kind in ("const", "capture", "loop"):
            self.written(s.name, s)
        elif old.kind == "local" and old.loops < self.loops:
            self.report.add(LoopCarried(f"`{text} = {value}` overwrites `{text}` at each turn of the loop", Label(s.span, "overwritten here"), second,
                                        hint=f"read `{value.replace('[i]', '[i - 1]')}` where `{text}` is needed, or write `{text} += ...`"))
        else:
            self.report.add(IrreversibleAssignment(f"`{text} = {value}` forgets what `{text}` held", Label(s.span, "overwritten here"), second,
                                                   hint=f"write `{text} += {value}`, or give the new value a new name"))

    def written(self, name: str, s: Stmt) -> None:
        known = self.live.get(name)
        if known is None:
            return
        if known.kind in ("const", "capture"):
            self.report.add(WrittenConstant(f"`{name}` is {KINDS[known.kind]} and cannot be changed", Label(s.span, "written here"),
                                            hint=f"make `{name}` a positional parameter" if known.kind == "const" else f"hand `{name}` in as a parameter"))
        elif known.kind == "loop":
            self.report.add(WrittenLoopVariable(f"`{name}` is the loop's own variable", Label(s.span, "written here"), Label(known.span, "the loop", "~"),
                                                hint=f"copy it into a local: `k = {name}`"))

    def release(self, name: str, span: Span | None) -> None:
        known = self.live.get(name)
        if known is None:
            if self.gone.get(name, ("", None))[0] == "released":
                self.report.add(ReleasedTwice(f"`{name}` is released a second time", Label(span, "here"),
                                              Label(self.gone[name][1], "released here", "~"), hint="leave out the second one"))
            else:
                self.missing(name, span)
        elif known.kind != "local":
            self.report.add(ReleasedParameter(f"`{name}` is {KINDS[known.kind]}: it is not a local that could be released", Label(span, "here"),
                                              hint="release only locals that this block has made"))
        else:
            del self.live[name]
            self.gone[name] = ("released", span)

    def missing(self, name: str, span: Span | None) -> None:
        why, where = self.gone.get(name, ("", None))
        if why == "released":
            self.report.add(UsedAfterRelease(f"`{name}` was released", Label(span, "used here"), Label(where, "released here", "~"),
                                             hint=f"release `{name}` after its last use"))
        elif why == "block":
            self.report.add(OutOfBlock(f"`{name}` is a local of an inner block, which has cleaned it up", Label(span, "read here"),
                                       Label(where, "made here", "~"), hint=f"make `{name}` before the inner block, and write `{name} += ...` inside"))
        else:
            known = [*self.live, *(k for k in self.host if not k.startswith("_")), *VOCABULARY]
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"make it a parameter, or define it before: `{name} = ...`"
            self.report.add(UnknownName(f"`{name}` is not known here", Label(span, "read here"), hint=hint))

    # ---- expressions
    def expr(self, e: Expr) -> Expr:
        match e:
            case Name(name) | Index(name, _) | Shape(name, _):
                known = self.live.get(name)
                if known is None:
                    return self.captured(e, name)
                known.read = e.span
                return rebuild(e, self.expr)
            case CopyOf(source) | ZerosLike(source):
                self.expr(source)
                return rebuild(e, self.expr)
            case Fn(fn, args):
                self.function(fn, args, e.span)
                return rebuild(e, self.expr)
            case _:
                return rebuild(e, self.expr)

    def function(self, fn: str, args: tuple[Expr, ...], span: Span | None) -> None:
        rule = FUNCTIONS.get(fn)
        if rule is None:
            kernel = self.own.get(fn) or self.host.get(fn)
            if kernel is not None and (isinstance(kernel, Program) or hasattr(kernel, "library")):
                self.report.add(UnknownFunction(f"`{fn}` is a kernel, not a function with a value", Label(span, "here"),
                                                hint=f"call it as a statement: `{fn}(out, ...)`"))
                return
            close = difflib.get_close_matches(fn, VOCABULARY, 1)
            self.report.add(UnknownFunction(f"`{fn}` is not a function that kernels know", Label(span, "here"),
                                            hint=f"did you mean `{close[0]}`?" if close else "write it out, or make it a kernel and call it as a statement"))
        elif len(args) != len(rule.params):
            self.report.add(WrongArguments(f"`{fn}` takes {len(rule.params)} arguments, not {len(args)}", Label(span, "here"),
                                           hint=f"write `{fn}({', '.join(rule.params)})`"))

    def captured(self, e: Name | Index | Shape, name: str) -> Expr:
        value, found = self.lookup(name)
        if not found or name in self.gone or (name in self.inner and name not in self.host):
            self.missing(name, e.span)
            return Const(0, span=e.span)
        if isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating):
            if isinstance(e, Name):
                self.out.seen[name] = value
                return Const(value.item() if isinstance(value, np.generic) else value, span=e.span)
            self.report.add(BadCapture(f"`{name}` is a number, not an array", Label(e.span, "here")))
        elif isinstance(value, np.ndarray) and "." not in name:
            self.out.seen[name] = value
            self.captures[name] = value
            self.live[name] = _Name("capture", e.span)
            return rebuild(e, self.expr)
        else:
            what = type(value).__name__
            self.report.add(BadCapture(f"`{name}` is a {what} of the host, which kernels cannot read", Label(e.span, "here"),
                                       hint="numbers, NumPy arrays and kernels can be captured"))
        return Const(0, span=e.span)

    def lookup(self, dotted: str) -> tuple[Any, bool]:
        first, *rest = dotted.split(".")
        if first not in self.host:
            return None, False
        value = self.host[first]
        for attr in rest:
            if not isinstance(value, ModuleType) or not hasattr(value, attr):
                return None, False
            value = getattr(value, attr)
        return value, True

    # ---- calls
    def call(self, s: Call | Uncall) -> Call | Uncall:
        args = tuple(self.expr(a) for a in s.args)
        consts = {k: self.expr(v) for k, v in s.consts}
        name = self.kernel(s)
        if name is None:
            return replace(s, args=args, consts=tuple(consts.items()))
        callee = self.own.get(name) or self.library[name]
        if len(args) != len(callee.params):
            self.report.add(WrongArguments(f"`{s.kernel}` has {len(callee.params)} registers, here are {len(args)} arguments", Label(s.span, "here"),
                                           hint=f"its registers are {', '.join(callee.params)}"))
        hidden = self.out.captured.get(name, {}) if name not in self.own else {}
        for k in consts:
            if k not in callee.consts:
                self.report.add(WrongArguments(f"`{s.kernel}` has no constant `{k}`", Label(s.span, "here"),
                                               hint=f"its constants are {', '.join(callee.consts) or 'none'}"))
        for k in callee.consts:
            default = self.out.defaults.get(name, {}).get(k)
            if k in consts:
                continue
            if k in hidden:
                alias = f"_{name}_{k}".replace(".", "_")
                self.captures[alias] = hidden[k]
                self.live[alias] = _Name("capture", s.span)
                consts[k] = Name(alias)
            elif default is not None:
                consts[k] = Const(default)
            else:
                self.report.add(WrongArguments(f"`{s.kernel}` needs the constant `{k}`", Label(s.span, "here"), hint=f"write `{s.kernel}(..., {k}=...)`"))
        return replace(s, kernel=name, args=args, consts=tuple((k, consts[k]) for k in callee.consts if k in consts))

    def kernel(self, s: Call | Uncall) -> str | None:
        if s.kernel in self.own:
            return s.kernel
        value, found = self.lookup(s.kernel)
        library = getattr(value, "library", None)
        if isinstance(library, Library):
            self.out.seen[s.kernel] = value
            if id(value) not in self.foreign:
                names = merge(self.library, library)
                self.foreign[id(value)] = names
                for old, new in names.items():
                    self.out.defaults.setdefault(new, library.defaults.get(old, {}))
                    self.out.captured.setdefault(new, library.captured.get(old, {}))
            return self.foreign[id(value)][library.main]
        if s.kernel in self.live:
            self.report.add(UnknownFunction(f"`{s.kernel}` is {KINDS[self.live[s.kernel].kind]}, not a kernel", Label(s.span, "called here")))
        elif s.kernel in VOCABULARY:
            self.report.add(UnknownFunction(f"nobody keeps the value of `{s.kernel}(...)`", Label(s.span, "value lost here"),
                                            hint=f"write `out += {s.kernel}(...)`"))
        else:
            known = [*self.own, *(k for k, v in self.host.items() if isinstance(getattr(v, "library", None), Library)), "print", "probe", "uncompute", "free"]
            close = difflib.get_close_matches(s.kernel, known, 1)
            plain = found and callable(value)
            hint = f"did you mean `{close[0]}`?" if close and close[0] != s.kernel else f"decorate it with `@reversible`: `{s.kernel}`" if plain else f"define the kernel `{s.kernel}` before"
            self.report.add(UnknownFunction(f"`{s.kernel}` is {'a plain Python function, not a kernel' if plain else 'not a kernel that is known here'}",
                                            Label(s.span, "called here"), hint=hint))
        return None


def show_head_of(s: Update) -> str:
    return f"{show_expr(s.place)} {s.op} {show_expr(s.value)}"


