"""Types from the arguments' types: one instance of a kernel per signature, callees included.

A local starts with the type of its first value. While that is weak (a literal, a loop variable), it takes the
type of what is added to it: `s = 0.0` becomes float32 in a float32 kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.errors import Label, MixedWidths, Report, RevbenchError, WrongType
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Assert,
    Block,
    Call,
    Enter,
    Expr,
    For,
    ForBack,
    If,
    Index,
    Leave,
    Loop,
    Name,
    Permute,
    Print,
    Probe,
    Program,
    Stmt,
    Uncall,
    Unstash,
    Update,
    Zeros,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import BOOL, WEAK_INT, Array, Scalar, Type, fits, is_float, join, kind
from revbench.ir.walk import statements, with_blocks
from revbench.rules.typing import integer, scalar_of, type_of

Signature = tuple[Type, ...]


def infer(programs: Mapping[str, Program], main: str, signature: Signature) -> tuple[TypedLibrary, str]:
    """The typed instances that `main` needs when its parameters and constants have these types.

    Raises
    ------
    RevbenchError
        All type mistakes at once.
    """
    report = Report()
    work = _Infer(programs, report)
    name = work.instance(main, signature)
    report.raise_any()
    return work.done, name


class _Infer:
    def __init__(self, programs: Mapping[str, Program], report: Report) -> None:
        self.programs, self.report = programs, report
        self.names: dict[tuple[str, Signature], str] = {}
        self.done: TypedLibrary = {}

    def instance(self, name: str, signature: Signature) -> str:
        key = (name, signature)
        if key not in self.names:
            self.names[key] = fresh_name(name, set(self.names.values()))
            p = self.programs[name]
            types: dict[str, Type] = dict(zip((*p.params, *p.consts), signature, strict=True))
            if self.guess(p, types):
                body = self.check(p.body, types)
                self.done[self.names[key]] = Typed(replace(p, name=self.names[key], body=body), types)
        return self.names[key]

    # ---- first, the types of the locals, to a fixpoint
    def guess(self, p: Program, types: dict[str, Type]) -> bool:
        loose = {s.name for s in statements(p.body) if isinstance(s, Enter) and isinstance(s.init, Zeros) and s.init.dtype is None}
        weak: dict[str, Scalar] = {n: Scalar("float64", True) for n in loose}
        try:
            for _ in range(len(loose) + 8):
                before = dict(types)
                for s in statements(p.body):
                    self.learn(s, types, weak)
                if types == before:
                    return True
            return True
        except RevbenchError as mistake:
            self.report.add(mistake)
            return False

    def learn(self, s: Stmt, types: dict[str, Type], weak: dict[str, Scalar]) -> None:
        match s:
            case Enter(name, init) | Leave(name, init):
                t = type_of(init, types)
                old = types.get(name)
                if isinstance(t, Array) and name in weak:
                    t = Array(weak[name].dtype, t.ndim)
                types[name] = join(old, t) if isinstance(old, Scalar) and isinstance(t, Scalar) else t
            case Unstash(name):
                types.setdefault(name, WEAK_INT)
            case For(var) | ForBack(var):
                types[var] = WEAK_INT
            case Update(place, _, value):
                self.absorb(place.name, type_of(value, types), types, weak)
            case Call(_, args) | Uncall(_, args):
                floats = [t for a in args if isinstance(a, Name | Index) and is_float(t := type_of(a, types))
                          and not (isinstance(t, Scalar) and t.weak) and a.name not in weak]
                for a in args:
                    if floats and isinstance(a, Name):
                        self.absorb(a.name, Scalar(floats[0].dtype), types, weak, only_float=True)

    def absorb(self, name: str, value: Type, types: dict[str, Type], weak: dict[str, Scalar], only_float: bool = False) -> None:
        old = types.get(name)
        if not isinstance(value, Scalar):
            return
        if isinstance(old, Scalar) and old.weak and not (only_float and not is_float(old)):
            types[name] = join(old, value)
        elif isinstance(old, Array) and name in weak and weak[name].weak and is_float(value):
            weak[name] = join(weak[name], value)
            types[name] = Array(weak[name].dtype, old.ndim)

    # ---- then, whether every statement fits; calls get their instances
    def check(self, block: Block, types: dict[str, Type]) -> Block:
        out = []
        for s in block:
            try:
                out.append(self.statement(s, types))
            except RevbenchError as mistake:
                self.report.add(mistake)
        return tuple(out)

    def statement(self, s: Stmt, types: dict[str, Type]) -> Stmt:
        match s:
            case Update():
                self.update(s, types)
            case Permute(places):
                found = [type_of(p, types) for p in places]
                if any(t.dtype != found[0].dtype or type(t) is not type(found[0]) for t in found):
                    raise WrongType("places of different types cannot be exchanged", Label(s.span, ", ".join(map(str, found))))
            case Enter(_, init) | Leave(_, init):
                type_of(init, types)
            case If(test, end):
                scalar_of(test, types)
                if end is not None:
                    scalar_of(end, types)
            case Loop(entry, _, test):
                scalar_of(test, types)
                if entry is not None:
                    scalar_of(entry, types)
            case For() | ForBack():
                for e in (s.range.start, s.range.stop, s.range.step):
                    integer(e, types)
            case Assert(test):
                scalar_of(test, types)
            case Probe(_, value):
                type_of(value, types)
            case Print(parts):
                for part in parts:
                    if not isinstance(part, str):
                        scalar_of(part, types)
            case Call() | Uncall():
                given = tuple(self.handed(a, types) for a in s.args) + tuple(self.handed(e, types) for _, e in s.consts)
                return replace(s, kernel=self.instance(s.kernel, given))
        return with_blocks(s, lambda b: self.check(b, types))

    def handed(self, e: Expr, types: dict[str, Type]) -> Type:
        t = type_of(e, types)
        return t if isinstance(t, Array) else Scalar(t.dtype)

    def update(self, s: Update, types: dict[str, Type]) -> None:
        text, want = show_head(s), type_of(s.place, types)
        if isinstance(want, Array):
            raise WrongType(f"`{show_expr(s.place)}` is a whole array here", Label(s.span, f"{want}"), hint="write a loop over its elements")
        value = scalar_of(s.value, types)
        k = kind(want.dtype)
        if s.op == "^=":
            if k == "f" or kind(value.dtype) == "f":
                raise WrongType(f"`{text}`: `^=` works on bits, and floats have none", Label(s.span, f"{want} ^= {value}"), hint="write `+=`")
        elif k == "b":
            raise WrongType(f"`{text}`: a bool is changed by `^=`", Label(s.span, "cannot be undone"), hint=f"write `{show_expr(s.place)} ^= {show_expr(s.value)}`")
        if not fits(value, want.dtype):
            cast = f"write `{show_expr(s.place)} {s.op} {want.dtype}({show_expr(s.value)})`"
            if kind(value.dtype) == "f" and k != "f":
                raise WrongType(f"`{text}` puts a {value} into the {want} `{show_expr(s.place)}`", Label(s.span, f"{want} {s.op} {value}"), hint=cast)
            raise MixedWidths(f"`{text}` mixes {want} and {value}", Label(s.span, f"{want} {s.op} {value}"), hint=cast)


def binding(value: Type, written: bool) -> Type:
    """The type of a parameter bound to a value of this type: weak only if the kernel never writes it."""
    return Scalar(value.dtype) if isinstance(value, Scalar) and written and value != BOOL else value


