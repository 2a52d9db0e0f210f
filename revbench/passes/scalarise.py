"""Complex numbers and records become registers of floats and whole numbers; what follows needs to know neither.

A complex scalar `z` becomes two scalars, a complex array a float array with one more axis of length 2 (the same memory,
seen otherwise), a record one register per field. `z *= w` turns and scales: the new parts are computed into locals and
exchanged with the old ones, which are then released against `z / w`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from revbench.errors import Label, NotYet, WrongType
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    Const,
    Drop,
    Enter,
    Expr,
    Fn,
    Forget,
    Index,
    Leave,
    Name,
    NewStack,
    Permute,
    Place,
    Pop,
    Print,
    Probe,
    Push,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unstash,
    Update,
    Zeros,
)
from revbench.ir.show import show_head
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Type, is_complex, is_record, part_of
from revbench.ir.walk import everywhere, expressions, map_expressions, with_blocks
from revbench.rules.bijections import BIJECTIONS, values
from revbench.rules.complex import OF_REALS
from revbench.rules.typing import type_of

from .effects import Effects
from .laws import requirements
from .parts import ZERO, Lowering

NOBODY = Effects({})


def scalarise(library: TypedLibrary) -> TypedLibrary:
    """The same programs over floats, whole numbers and bools."""
    if not any(map(concerns, library.values())):
        return library
    known = {name: Lowering(t.types) for name, t in library.items()}
    return {name: _Scalarise(known, name).typed(t) for name, t in library.items()}


def no_complex_stacks(s: Stmt) -> NotYet:
    return NotYet("stacks of complex numbers are not part of the language yet", Label(s.span, "not yet"), hint="push the real and the imaginary part")


def concerns(t: Typed) -> bool:
    return any(is_complex(u) or is_record(u) for u in t.types.values()) or any(
        isinstance(e, Fn) and (e.fn in OF_REALS or e.fn == "complex") for e in everywhere(t.program.body))


class _Scalarise:
    def __init__(self, known: dict[str, Lowering], name: str) -> None:
        self.known, self.parts = known, known[name]
        self.types = self.parts.old

    def typed(self, t: Typed) -> Typed:
        p, own = t.program, self.parts.leaves
        body = self.block(p.body)
        made = replace(p, params=tuple(q for n in p.params for q in own[n]), consts=tuple(q for n in p.consts for q in own[n]), body=body)
        wholes = {n: (self.types[n], leaves) for n, leaves in own.items() if leaves != (n,) or is_complex(self.types[n])}
        return Typed(made, self.parts.new, wholes=wholes)

    def block(self, block: Block) -> Block:
        return tuple(t for s in block for t in self.statement(s))

    # ---- statements
    def statement(self, s: Stmt) -> Block:
        match s:
            case Update():
                return self.update(s)
            case Permute(places):
                both = list(zip(*map(self.parts.places, places), strict=True))
                return tuple(replace(s, places=tuple(one)) for one in both)
            case Enter() | Leave():
                return self.local(s)
            case Stash(name):
                return tuple(replace(s, name=n) for n in self.parts.leaves[name])
            case Unstash(name):
                return tuple(replace(s, name=n) for n in reversed(self.parts.leaves[name]))
            case Forget(name):
                return tuple(replace(s, name=n) for n in self.parts.leaves[name])
            case Call(kernel, args, consts) | Uncall(kernel, args, consts):
                theirs = self.known[kernel].leaves
                given = tuple((n, q) for k, e in consts for n, q in zip(theirs[k], self.argument(e), strict=True))
                return (replace(s, args=tuple(q for a in args for q in self.argument(a)), consts=given),)
            case Apply(name, places, params) | Unapply(name, places, params):
                return self.bijection(s, name, places, params)
            case Print(parts):
                return (replace(s, parts=tuple(q for part in parts for q in self.shown(part))),)
            case Probe(label, value) if self.is_complex(value):
                re, im = self.parts.pair(value, None)
                return (replace(s, label=f"{label}.real", value=re), replace(s, label=f"{label}.imag", value=im))
            case Push() | Pop() | Append() | Drop():
                if any(map(self.is_complex, expressions(s))):
                    raise no_complex_stacks(s)
        return (with_blocks(map_expressions(s, lambda e: self.parts.real(e, None)), self.block),)

    def update(self, s: Update) -> Block:
        made: list[Enter] = []
        if not self.is_complex(s.place):
            core: Block = (replace(s, place=self.parts.place(s.place), value=self.parts.real(s.value, made)),)
            return within(made, core, self.laws(s, "alias") if made else ())
        re, im = self.parts.places(s.place)
        if s.op in ("+=", "-="):
            values = self.parts.pair(s.value, made)
            core = tuple(replace(s, place=p, value=v) for p, v in zip((re, im), values, strict=True) if v != ZERO)
            return within(made, core, self.laws(s, "alias"))
        laws = self.laws(s, "alias", "zero-factor")
        if not self.is_complex(s.value):
            made = []
            factor = self.parts.bound((self.parts.real(s.value, made), ZERO), made)[0]
            return (*laws, *within(made, (replace(s, place=re, value=factor), replace(s, place=im, value=factor)), ()))
        return (*laws, *self.turned(s, re, im, made), *laws)                # on both sides: the way back divides first

    def turned(self, s: Update, re: Place, im: Place, made: list[Enter]) -> Block:
        """`z *= w`: the product into locals, exchanged with `z`; the old `z` is `z / w`."""
        w = self.parts.bound(self.parts.pair(s.value, made), made)
        there, back = ("mul", "div") if s.op == "*=" else ("div", "mul")
        begin, end = self.parts.row(there, [(re, im), w], None), self.parts.row(back, [(re, im), w], None)
        locals_ = [Name(self.fresh(p)) for p in (re, im)]
        core: Block = (*(Enter(t.name, v, span=s.span) for t, v in zip(locals_, begin, strict=True)),
                       *(Permute((p, t), (1, 0), span=s.span) for p, t in zip((re, im), locals_, strict=True)),
                       *(Leave(t.name, v, span=s.span) for t, v in zip(locals_[::-1], end[::-1], strict=True)))
        return within(made, core, ())

    def fresh(self, p: Place) -> str:
        name = fresh_name(f"_c{next(self.parts.numbers)}", self.parts.new)
        self.parts.new[name] = Scalar(type_of(p, self.parts.new).dtype)
        return name

    def laws(self, s: Update, *which: str) -> Block:
        """What the parts alone would not show: places that overlap, a factor of zero."""
        return tuple(Assert(self.parts.real(r.test, None), r.message, span=r.span) for r in requirements(s, self.types, NOBODY) if r.law in which)

    def local(self, s: Enter | Leave) -> Block:
        t, made = self.types[s.name], list[Enter]()
        if is_complex(t) and isinstance(s.init, NewStack):
            raise no_complex_stacks(s)
        own = self.parts.leaves[s.name]
        if isinstance(t, Array) or len(own) == 1:
            value = self.parts.real(s.init, made)
            if is_complex(t) and isinstance(value, Zeros):
                value = Zeros((*value.shape, Const(2)), part_of(t.dtype), span=value.span)
            values: tuple[Expr, ...] = (value,)
        else:
            values = self.parts.pair(s.init, made)
        both: list[Stmt] = [replace(s, name=n, init=v) for n, v in zip(own, values, strict=True)]
        return within(made, tuple(both if isinstance(s, Enter) else reversed(both)), ())

    def argument(self, e: Expr) -> tuple[Place, ...]:
        assert isinstance(e, Name | Index), "compiler bug: computed argument"
        return self.parts.places(e)

    def bijection(self, s: Apply | Unapply, name: str, places: tuple[Place, ...], params: tuple[Expr, ...]) -> Block:
        given = tuple(self.parts.real(e, None) for e in params)
        if not any(map(self.is_complex, places)):
            return (replace(s, places=tuple(map(self.parts.place, places)), params=given),)
        if "c" not in BIJECTIONS[name].kinds:
            raise WrongType(f"`{name}` is not known for complex numbers", Label(s.span, show_head(s)), hint="apply it to the real and the imaginary part")
        (value,) = values(s, "complex128")
        changed = [(p, v) for p, v in zip(self.parts.places(places[0]), self.parts.pair(value, None), strict=True) if v != p]
        assert all(v == Fn("neg", (p,)) for p, v in changed), "compiler bug: rows for complex numbers change signs"
        return tuple(replace(s, bijection="neg", places=(p,)) for p, _ in changed)

    def shown(self, part: str | Expr) -> Iterable[str | Expr]:
        if isinstance(part, str):
            return (part,)
        if not self.is_complex(part):
            return (self.parts.real(part, None),)
        re, im = self.parts.pair(part, None)
        return (re, "+", im, "j")

    def is_complex(self, e: Expr) -> bool:
        t: Type = type_of(e, self.types)
        return is_complex(t)


def within(made: list[Enter], core: Block, laws: Block) -> Block:
    """The locals that the statement shares, the statement, and the locals' end."""
    return (*laws, *made, *core, *(Leave(e.name, e.init, span=e.span) for e in reversed(made)))
