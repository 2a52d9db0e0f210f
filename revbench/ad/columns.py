"""Hessians, and Jacobians forward, in lanes: a derivative run for one seed a turn, its results stored with the seed's number as the last index.

    for c in range(...):
        x_dot = the unit vector of seed c
        f_gradient_tangent(x, x_bar, x_dot, x_bar_dot)
        J_x_bar[:, c] = x_bar_dot

The seeds of all registers are counted through. Turns share nothing but what is the same in all of them, so unchecked code runs them
in lanes: every statement that has to do with a seed computes as many seeds as lanes are wide, side by side in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from revbench.backends.numba_cpu import Compiled, Emitted, emitted
from revbench.ir.nodes import Block, Call, Const, Expr, Fn, For, IfExp, Index, Name, Place, Range, Shape, Stmt, Update
from revbench.ir.types import Array, valued
from revbench.numerics.lane_width import WIDTH

from .calls import Bound
from .seeding import Made, Plan, Seeded, Seeding, plus, product, ravelled
from .shapes import Shape as Dims
from .shapes import lead_of

FEW = 6                                                     # seeds that do not fill the lanes enough


class Columns(Seeding):
    """Builds the program of a plan, one seed a turn."""

    def item(self, written: list[int]) -> Block:
        plan = self.plan
        here, begin, end = self.copies(self.places, [k for k in written if plan.items and isinstance(self.places[k], Name)])
        run: Block = () if plan.forward else (Call(plan.main, tuple(here), self.consts, span=self.span),)
        return (*begin, *run, *self.turns(here, written), *end)

    def turns(self, here: Sequence[Place], copied: Sequence[int]) -> Block:
        """The loop over all seeds."""
        plan, lead = self.plan, 1 if self.plan.items else 0
        into: dict[str, str] = {}
        for k in plan.rows:
            q = self.params[k]
            into[q] = self.new(f"J_{q}", Array(valued(self.kernel.types[q]).dtype, lead + self.ndim(k) + 1))
            self.results[into[q]] = 0, k
        begin, end = list[Stmt](), list[Stmt]()
        beside = {q: self.zero(q, 0, begin, end) for q in plan.beside}
        places, copies, gone = self.copies(here, copied)
        ones, before = list[Stmt](), Const(0)
        for seed in plan.seeded:
            dims = self.dims(seed.register)
            q = self.params[seed.register]
            ones += self.one(beside[q], dims, before) if q in beside else ()
            before = plus(before, product(dims))            # type: ignore[assignment]
        args = {**dict(zip(self.params, places, strict=True)), **{plan.beside[q]: p for q, p in beside.items()}}
        call = Call(self.derivative, tuple(args[q] for q in self.order), self.consts, span=self.span)
        collect = [s for q in into for s in self.column(q, into[q], beside[q])]
        body: Block = (*begin, *copies, *ones, call, *collect, *gone, *reversed(end))
        name, k = next((into[self.params[k]], k) for k in plan.rows)
        whole = Fn("mul", (Fn("floordiv", (Shape(name, lead + self.ndim(k)), Const(WIDTH))), Const(WIDTH)))        # which leaves no turns over
        return (For(self.chunk, Range(Const(0), whole, Const(1)), body, span=self.span),)

    def ndim(self, k: int) -> int:
        t = self.kernel.types[self.params[k]]
        return t.ndim if isinstance(t, Array) else 0

    def dims(self, k: int) -> list[Expr]:
        return [self.extent(k, axis) for axis in range(self.ndim(k))]

    def one(self, p: Place, dims: Sequence[Expr], before: Expr) -> Block:
        """One is added to the element whose number is that of the turn; the first has number `before`."""
        def added(at: tuple[Expr, ...]) -> Block:
            test = Fn("eq", (plus(before, ravelled(at, dims)), Name(self.chunk)))
            return (Update(Index(p.name, at) if at else p, "+=", IfExp(test, Const(1.0), Const(0.0)), span=self.span),)

        return self.every(p.name, len(dims), added) if dims else added(())

    def column(self, q: str, into: str, p: Place) -> Block:
        """The derivatives of a register, stored."""
        first: tuple[Expr, ...] = (Name(self.at),) if self.plan.items else ()

        def put(at: tuple[Expr, ...]) -> Block:
            return self.stored(Index(into, (*first, *at, Name(self.chunk))), Index(p.name, at) if at else p)

        k = self.params.index(q)
        return self.every(p.name, self.ndim(k), put) if self.ndim(k) else put(())


def run_columns(call: Bound, key: Any, plan: Callable[[], Plan | None], shapes: Sequence[Dims], sizes: Mapping[int, int],
                extra: Sequence[Any] = ()) -> dict[int, Any] | None:
    """The derivatives of every register (its shape, behind the items' axis) by all seeds (the last axis); None where there are no lanes for it.

    `shapes` are those of the registers of the program's kernel, `sizes` how many seeds a register has, `extra` the values of those
    registers that the call does not have.
    """
    total, f = sum(sizes.values()), call.kernel
    if f._checked or not f.mode.fast or total < FEW:
        return None
    if key not in f._derived:
        f._derived[key] = made_in_lanes(plan(), sizes, call)
    if f._derived[key] is None:
        return None
    made, run = f._derived[key]
    parts, lead, wide = [*call.split(), *extra], lead_of(call), -(-total // WIDTH) * WIDTH
    dtypes = [t.dtype for t in map(run.emitted.typed.types.get, run.emitted.typed.program.params)][len(parts):]
    found = {k: np.empty((*lead, *shapes[k], wide), dtype) for (_, k), dtype in zip(made.results, dtypes, strict=True)}
    if prod(lead):
        run([*parts, *found.values()], call.fixed())
    return {k: v[..., :total] for k, v in found.items()}


def made_in_lanes(plan: Plan | None, sizes: Mapping[int, int], call: Bound) -> tuple[Made, Compiled] | None:
    if plan is None:
        return None
    one = replace(plan, lanes=1, seeded=tuple(Seeded(k, None, None) for k in sizes))
    columns = Columns(one)
    made = columns.build()
    params = made.library[made.name].program.params
    text: Emitted = emitted(made.library, made.name, call.kernel.mode, frozenset(params[len(params) - len(made.results):]))
    return (made, Compiled(text)) if columns.chunk in text.lanes else None
