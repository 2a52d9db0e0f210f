"""Which indices are in range by construction, so that checked code need not test them again.

Values that never change have one canonical form: a local that is entered once and never updated stands for its first
value, an array made by `zeros` has the extents that it was made with. A loop variable below a canonical bound is in
range of every axis with that extent; an index that was tested once stays tested where nothing in it can change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from revbench.ir.nodes import (
    Apply,
    Call,
    Const,
    CopyOf,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    Index,
    Name,
    Permute,
    Pop,
    Program,
    Push,
    Shape,
    Unapply,
    Unstash,
    Update,
    Zeros,
    ZerosLike,
)
from revbench.ir.walk import rebuild, statements, subexpressions
from revbench.passes.effects import Effects


class Ranges:
    """What is known about one program; `loop` and `scope` follow the writer through it."""

    def __init__(self, p: Program, effects: Effects) -> None:
        inits: dict[str, set[Expr]] = {}
        changed: set[str] = set()
        for s in statements(p.body):
            match s:
                case Enter(name, init):
                    inits.setdefault(name, set()).add(init)
                case Unstash(name) | Forget(name):
                    changed.add(name)
                case Update(place):
                    changed.add(place.name)
                case Push(_, place) | Pop(_, place):
                    changed.add(place.name)
                case Permute(places) | Apply(_, places) | Unapply(_, places):
                    changed |= {q.name for q in places}
                case Call(kernel, args):
                    changed |= {a.name for k, a in enumerate(args) if k in effects.written[kernel] and isinstance(a, Name | Index)}
        self.changed = changed
        self.fixed = {n: next(iter(found)) for n, found in inits.items() if len(found) == 1}
        self.locals = set(inits)
        self.below: dict[str, tuple[Expr, int]] = {}                     # loop variable -> (canonical bound, least value)
        self.tested: set[tuple[str, int, Expr]] = set()

    # ---- values
    def canonical(self, e: Expr) -> Expr | None:
        """The form that equal unchanging values share; None if the value may change."""
        match e:
            case Const():
                return e
            case Shape(name, axis):
                return self.extent(name, axis)
            case Name(name) if name in self.below:
                return e
            case Name(name) if name in self.changed:
                return None
            case Name(name) if name in self.locals:
                init = self.fixed.get(name)
                return None if init is None or isinstance(init, Zeros | ZerosLike | CopyOf | Index) else self.canonical(init)
            case Name():
                return e
            case Fn(_, args):
                parts = [self.canonical(a) for a in args]
                return None if any(q is None for q in parts) else rebuild(e, lambda a: parts[args.index(a)] or a)
            case _:
                return None

    def extent(self, name: str, axis: int) -> Expr:
        init = self.fixed.get(name)
        match init:
            case Zeros(shape) if axis < len(shape):
                return self.canonical(shape[axis]) or Shape(name, axis)
            case ZerosLike(source) | CopyOf(source):
                return self.extent(source.name, axis + (len(source.indices) if isinstance(source, Index) else 0))
            case _:
                return Shape(name, axis)

    def least(self, e: Expr) -> int | None:
        """A number that `e` is certainly not below."""
        match e:
            case Const(value) if isinstance(value, int):
                return value
            case Shape():
                return 0
            case Name(name) if name in self.below:
                return self.below[name][1]
            case Fn("add", (a, b)):
                x, y = self.least(a), self.least(b)
                return None if x is None or y is None else x + y
            case _:
                return None

    # ---- questions
    def certain(self, name: str, axis: int, i: Expr) -> bool:
        """Whether `name[..., i, ...]` needs no test; if it does, it is taken as tested from here on."""
        if self.inside(name, axis, i):
            return True
        form = self.canonical(i)
        if form is None:
            return False
        fact = (name, axis, form)
        if fact in self.tested:
            return True
        self.tested.add(fact)
        return False

    def inside(self, name: str, axis: int, i: Expr) -> bool:
        less = 0
        match i:
            case Fn("sub", (v, Const(int() as c))) if c >= 0:
                i, less = v, int(c)
        if not isinstance(i, Name) or i.name not in self.below:
            return False
        bound, low = self.below[i.name]
        return low - less >= 0 and bound == self.extent(name, axis)

    # ---- following the writer
    def made(self, name: str) -> None:
        """A local array begins (again): nothing that was tested before is about this one."""
        self.tested = {f for f in self.tested if f[0] != name}

    @contextmanager
    def loop(self, s: For | ForBack) -> Iterator[None]:
        bound, low, step = self.canonical(s.range.stop), self.least(s.range.start), s.range.step
        known = bound is not None and low is not None and isinstance(step, Const) and step.value > 0
        with self.scope():
            self.tested = {f for f in self.tested if not any(isinstance(x, Name) and x.name == s.var for x in subexpressions(f[2]))}
            before = self.below.get(s.var)
            if known and bound is not None and low is not None:
                self.below[s.var] = (bound, low)
            yield
            if before is None:
                self.below.pop(s.var, None)
            else:
                self.below[s.var] = before

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is tested in a branch or loop body is not known after it."""
        before = set(self.tested)
        yield
        self.tested = before
