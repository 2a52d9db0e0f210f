"""The program of a Jacobian: a kernel's adjoint (or tangent) run for every element of a register, several lanes at a time.

    f(y, x)                                  # reverse mode only: its adjoint starts from the outputs
    for c in range(...):                     # chunks of `lanes` seeds
        y_bar, y_bar_1 = unit vectors
        f_adjoint_2(y, x, y_bar, y_bar_1, J_x[2 * c], J_x[2 * c + 1])

Rows of the result are the cotangents themselves: nothing is copied. With `items`, all of that stands in a loop over the
leading axis of the registers that are mapped, so that a per-item Jacobian is one call, and has no zeros between items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Block,
    Call,
    Const,
    CopyOf,
    Enter,
    Expr,
    Fn,
    For,
    Forget,
    If,
    Index,
    Name,
    Permute,
    Place,
    Program,
    Range,
    Shape,
    Stmt,
    Update,
    Zeros,
)
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Type, valued
from revbench.passes.effects import Effects
from revbench.passes.elements_alone import elements_alone
from revbench.passes.flatten import flatten
from revbench.passes.lanes import Lanes

LIMIT = 1200                                            # statements of one function: lanes repeat them, and items go through them often
WHOLE = Scalar("int64", True)


@dataclass(frozen=True)
class Seeded:
    """A register whose elements are seeded, one after the other.

    Attributes
    ----------
    register : int
        Its position in the lowered kernel.
    last : int or None
        The last index of all seeds: of an array of complex numbers only one part is seeded.
    size : int or None
        How many elements it has, where that is the number of lanes; None: any number, in chunks.
    """

    register: int
    last: int | None
    size: int | None


@dataclass(frozen=True)
class Plan:
    """What a Jacobian program is made for.

    Attributes
    ----------
    derivative : str
        The adjoint or tangent.
    beside : dict
        The registers of the kernel that carry derivatives, and the names of those in `derivative`.
    forward : bool
        Whether the derivative starts from the inputs (a tangent), not from the outputs.
    rows : tuple of int
        The (lowered) registers whose derivatives are collected, one row for each seed.
    places : tuple of Place, optional
        What stands for each lowered register in the loop over items, in terms of `items` and `_i`.
    items : tuple of (name, Type)
        The registers of the program, where they are not those of the kernel.
    packed : bool
        Whether all rows stand in one array, one register after the other.
    checked : bool
        Whether laws are tested; if not, the program is one flat function.
    shapes : tuple, optional
        The shapes of the lowered registers, where they are small and the program is made for just them.
    """

    library: TypedLibrary
    main: str
    derivative: str
    beside: Mapping[str, str]
    forward: bool
    seeded: tuple[Seeded, ...]
    rows: tuple[int, ...]
    lanes: int
    packed: bool = False
    checked: bool = True
    shapes: tuple[tuple[int, ...], ...] = ()
    items: tuple[tuple[str, Type], ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Made:
    """A Jacobian program. Its registers are those of the kernel (or the items), then `results`.

    Attributes
    ----------
    results : list of (int, int)
        For each result the index of what is seeded, and the lowered register that is collected (-1: all of them).
    seeds : frozenset of str
        Locals that begin as seeds.
    """

    library: TypedLibrary
    name: str
    results: list[tuple[int, int]]
    seeds: frozenset[str] = frozenset()


def jacobian_program(plan: Plan) -> Made:
    """The program of a plan."""
    return Seeding(plan).build()


@dataclass
class Seeding:
    """Builds the program of a plan."""

    plan: Plan
    types: dict[str, Type] = field(default_factory=dict)
    results: dict[str, tuple[int, int]] = field(default_factory=dict)
    seeded: set[str] = field(default_factory=set)           # locals that seeds begin in

    def build(self) -> Made:
        plan = self.plan
        kernel = plan.library[plan.main]
        p = kernel.program
        self.params, self.kernel = p.params, kernel
        self.span = p.span
        self.types |= {c: kernel.types[c] for c in p.consts}
        registers = plan.items or tuple((q, kernel.types[q]) for q in p.params)
        self.types |= dict(registers)
        self.places: list[Place] = list(plan.places or map(Name, p.params))
        self.at, self.chunk = self.new("_i", WHOLE), self.new("_c", WHOLE)
        lanes = Lanes(dict(plan.library), plan.lanes, plan.checked)
        derivative = lanes.library[plan.derivative].program
        wide = frozenset(derivative.params.index(b) for b in plan.beside.values())
        self.derivative, self.wide = lanes.of(plan.derivative, wide)
        assert self.wide == wide, "compiler bug: what is no derivative depends on one"
        self.order, self.consts = derivative.params, tuple((c, Name(c)) for c in p.consts)
        written = Effects({n: t.program for n, t in plan.library.items()}).written[plan.main]
        body = self.item(sorted(written))
        if plan.items:
            body = (For(self.at, Range(Const(0), self.length(), Const(1)), body, True, span=self.span),)
        name = fresh_name(f"{plan.main}_jacobian", lanes.library)
        program = Program(name, (*(q for q, _ in registers), *self.results), p.consts, body, p.doc, span=p.span)
        library = {**lanes.library, name: Typed(program, self.types)}
        if not plan.checked:
            library = flatten(library, name, LIMIT)
            library[name] = elements_alone(library[name])
        return Made(library, name, list(self.results.values()), self.numbers(library[name]))

    def numbers(self, made: Typed) -> frozenset[str]:
        """The locals of a program that are seeds, or elements of those."""
        ndim = {q: t.ndim if isinstance(t := self.types[q], Array) else 0 for q in self.seeded}
        return frozenset(n for n in made.types for q, d in ndim.items() if (n if d == 0 else n.rsplit("_", d)[0]) == q)

    def new(self, name: str, t: Type) -> str:
        name = fresh_name(name, {*self.types, *self.params})
        self.types[name] = t
        return name

    def length(self) -> Expr:
        """The number of items."""
        place = next(p for p in self.places if isinstance(p, Index))
        row = place.indices[0]
        return Shape(row.name if isinstance(row, Index) else place.name, 0)                # as many as there are numbers of rows

    # ---- one item
    def item(self, written: list[int]) -> Block:
        plan = self.plan
        shared = [k for k in written if plan.items and isinstance(self.places[k], Name)]
        here, begin, end = self.copies(self.places, shared)
        run: Block = () if plan.forward else (Call(plan.main, tuple(here), self.consts, span=self.span),)
        several = len(plan.seeded) > 1
        blocks = tuple(s for j, seed in enumerate(plan.seeded) for s in self.seeds(j, seed, here, written if several or seed.size is None else []))
        return (*begin, *run, *blocks, *end)

    def copies(self, places: Sequence[Place], which: Sequence[int]) -> tuple[list[Place], list[Stmt], list[Stmt]]:
        """The places with copies for some of them, which begin and end here."""
        out, begin, end = list(places), list[Stmt](), list[Stmt]()
        for k in which:
            t, place = self.kernel.types[self.params[k]], places[k]
            copy = Name(self.new(f"_{self.params[k]}", t))
            begin.append(Enter(copy.name, CopyOf(place) if isinstance(t, Array) else place, span=self.span))
            end.insert(0, Forget(copy.name, span=self.span))
            out[k] = copy
        return out, begin, end

    def seeds(self, j: int, seed: Seeded, here: Sequence[Place], copied: Sequence[int]) -> Block:
        """All seeds of one register."""
        plan = self.plan
        rows = {self.params[k]: k for k in plan.rows if self.params[k] in plan.beside}
        lead = 1 if plan.items else 0
        first: tuple[Expr, ...] = (Name(self.at),) if lead else ()
        into: dict[str, str] = {}
        for q, k in rows.items() if not plan.packed else ():
            t = self.kernel.types[q]
            into[q] = self.new(f"J_{q}", Array(valued(t).dtype, lead + 1 + (t.ndim if isinstance(t, Array) else 0)))
            self.results[into[q]] = j, k
        packed = self.new("J", Array(self.dtype(plan.rows), lead + 2)) if plan.packed else ""
        if packed:
            self.results[packed] = j, -1
        counted = packed or next(iter(into.values()))

        def row(q: str, k: int) -> Index:
            return Index(into[q], (*first, self.number(k, seed)))

        begin, end, lanes = list[Stmt](), list[Stmt](), dict[str, list[Place]]()
        for q in plan.beside:
            own = q not in into or not isinstance(self.kernel.types[q], Array)             # a number is a local while the derivative runs
            lanes[q] = [self.zero(q, k, begin, end) if own else row(q, k) for k in range(plan.lanes)]
        places, copies, gone = self.copies(here, copied)
        self.seeded |= {p.name for p in lanes[self.params[seed.register]] if isinstance(p, Name)}
        units = [s for k in range(plan.lanes) for s in self.unit(seed, lanes[self.params[seed.register]][k], k)]
        args: dict[str, list[Place]] = {**{q: [p] for q, p in zip(self.params, places, strict=True)}, **{plan.beside[q]: lanes[q] for q in plan.beside}}
        call = Call(self.derivative, tuple(a for q in self.order for a in args[q]), self.consts, span=self.span)
        collect = self.collected(packed, first, seed, [(q, lanes[q]) for q in rows]) if packed else tuple(
            Update(row(q, k), "+=", p, span=self.span) for q in into for k, p in enumerate(lanes[q]) if isinstance(p, Name))
        body: Block = (*begin, *copies, *units, call, *collect, *gone, *reversed(end))
        if seed.size is not None:
            return body
        chunks = Fn("floordiv", (Shape(counted, lead), Const(plan.lanes)))
        return (For(self.chunk, Range(Const(0), chunks, Const(1)), body, span=self.span),)

    def dtype(self, rows: Sequence[int]) -> str:
        found = {valued(self.kernel.types[self.params[k]]).dtype for k in rows}
        return "float64" if "float64" in found else "float32"

    def number(self, k: int, seed: Seeded) -> Expr:
        """The number of the seed in lane `k`."""
        if seed.size is not None:
            return Const(k)
        if self.plan.lanes == 1:
            return Name(self.chunk)
        start = Fn("mul", (Name(self.chunk), Const(self.plan.lanes)))
        return Fn("add", (start, Const(k))) if k else start

    # ---- derivatives
    def zero(self, q: str, k: int, begin: list[Stmt], end: list[Stmt]) -> Place:
        """A derivative that does not stand in the result: a local."""
        t = valued(self.kernel.types[q])
        if not isinstance(t, Array):
            local = Name(self.new(f"{self.plan.beside[q]}_{k}", Scalar(t.dtype)))
            begin.append(Enter(local.name, Const(0.0), span=self.span))
            end.append(Forget(local.name, span=self.span))
            return local
        local = Name(self.new(f"{self.plan.beside[q]}_{k}", t))
        register = self.params.index(q)
        begin.append(Enter(local.name, Zeros(tuple(self.extent(register, axis) for axis in range(t.ndim)), t.dtype), span=self.span))
        end.append(Forget(local.name, span=self.span))
        return local

    def every(self, name: str, ndim: int, body: object) -> Block:
        """For every element of an array."""
        assert callable(body)
        at = tuple(Name(self.new("_k", WHOLE)) for _ in range(ndim))
        block: Block = body(at)
        for axis, i in reversed(list(enumerate(at))):
            block = (For(i.name, Range(Const(0), Shape(name, axis), Const(1)), block, span=self.span),)
        return block

    def unit(self, seed: Seeded, p: Place, k: int) -> Block:
        """One is added to the element that is this lane's seed; beyond the last element to none."""
        t = self.kernel.types[self.params[seed.register]]
        dims = [self.extent(seed.register, axis) for axis in range(t.ndim if isinstance(t, Array) else 0)]
        tail: tuple[Expr, ...] = ()
        if seed.last is not None:
            dims, tail = dims[:-1], (Const(seed.last),)
        number = self.number(k, seed)
        index = (*unravelled(number, dims), *tail)
        lead = p.indices if isinstance(p, Index) else ()
        one = Update(Index(p.name, (*lead, *index)) if (*lead, *index) else p, "+=", Const(1.0), span=self.span)
        if seed.size is not None or self.plan.lanes == 1:
            return (one,)
        test = Fn("lt", (number, product(dims)))
        return (If(test, test, (one,), (), span=self.span),)

    def extent(self, register: int, axis: int) -> Expr:
        p = self.places[register]
        return Shape(p.name, axis + (len(p.indices) if isinstance(p, Index) else 0))

    # ---- packed rows
    def collected(self, packed: str, first: tuple[Expr, ...], seed: Seeded, rows: Sequence[tuple[str, list[Place]]]) -> Block:
        """The derivatives of all rows, one register after the other."""
        out: list[Stmt] = []
        start: Expr = Const(0)
        for k in self.plan.rows:
            q = self.params[k]
            t = self.kernel.types[q]
            dims = [self.extent(k, axis) for axis in range(t.ndim if isinstance(t, Array) else 0)]
            if self.plan.shapes:
                dims = list(map(Const, self.plan.shapes[k]))
            for lane, p in enumerate(dict(rows).get(q, ())):
                where = (*first, self.number(lane, seed))

                def added(at: tuple[Expr, ...], p: Place = p, where: tuple[Expr, ...] = where, start: Expr = start, dims: list[Expr] = dims) -> Block:
                    return self.stored(Index(packed, (*where, plus(start, ravelled(at, dims)))), Index(p.name, at) if at else p)

                if self.plan.shapes:
                    out += [u for at in np.ndindex(self.plan.shapes[k]) for u in added(tuple(map(Const, at)))]
                else:
                    out += self.every(p.name, len(dims), added) if dims else added(())
            start = plus(start, product(dims))
        return tuple(out)


    def stored(self, to: Place, value: Place) -> Block:
        """`to := value`, whatever was there."""
        t = Name(self.new("_t", Scalar(self.types[to.name].dtype)))
        return (Enter(t.name, value, span=self.span), Permute((t, to), (1, 0), span=self.span), Forget(t.name, span=self.span))


# ---- index arithmetic
def product(dims: Sequence[Expr]) -> Expr:
    out: Expr = Const(1)
    for d in dims:
        out = times(out, d)
    return out


def times(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value * b.value)
    return b if a == Const(1) else Fn("mul", (a, b))


def plus(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value + b.value)
    return b if a == Const(0) else a if b == Const(0) else Fn("add", (a, b))


def ravelled(at: Sequence[Expr], dims: Sequence[Expr]) -> Expr:
    """The number of an element, the last index running fastest."""
    out: Expr = Const(0)
    for i, d in zip(at, dims, strict=True):
        out = plus(out if out == Const(0) else times(out, d), i)
    return out


def unravelled(number: Expr, dims: Sequence[Expr]) -> tuple[Expr, ...]:
    """The indices of an element."""
    if len(dims) <= 1:
        return (number,) * len(dims)
    out = []
    for axis, d in enumerate(dims):
        rest = product(dims[axis + 1:])
        i = number if rest == Const(1) else Fn("floordiv", (number, rest))
        out.append(i if axis == 0 else Fn("mod", (i, d)))
    return tuple(out)
