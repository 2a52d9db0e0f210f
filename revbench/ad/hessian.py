"""hessian: all second derivatives of a scalar register, by the tangent of its gradient program, several directions at a time."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.errors import NotDifferentiable
from revbench.ir.nodes import Name
from revbench.ir.types import is_complex, is_record, valued
from revbench.passes.tangent import Tangents

from .calls import Bound, Which, bound
from .columns import run_columns
from .gradient import Gradient, at_first
from .items import Axes, Items, bound_items
from .jacobian import lanes_for, refuse_stacks, run_plan
from .seeding import Plan, Seeded
from .shapes import lead_of, lowered_shapes, turned


class Hessian:
    """The Hessian of a scalar register of a kernel; call it with the kernel's arguments, which are never changed."""

    def __init__(self, kernel: Kernel, of: Which = 0, wrt: Which | Sequence[Which] | None = None, packed: bool = False, axes: Axes = None) -> None:
        self.gradient, self._asked = Gradient(kernel, of, wrt), (of, wrt)
        self.kernel, self.packed, self.axes = kernel, packed, axes
        self.__name__ = f"hessian({kernel.__qualname__})"
        self.__doc__ = f"Hessian of `{kernel.registers[self.gradient.of]}` of `{kernel.__qualname__}`: {kernel.__doc__}"

    def __repr__(self) -> str:
        return repr(self.gradient).replace("gradient of", "hessian of", 1)

    def each(self, axes: Axes) -> Hessian:
        """The Hessians for every item along leading axes."""
        return Hessian(self.kernel, *self._asked, self.packed, axes)

    def __call__(self, *args: Any, **consts: Any) -> Any:
        call = bound("hessian", self.kernel, args, consts) if self.axes is None else bound_items("each", self.kernel, args, consts, self.axes)
        g = self.gradient if call.kernel is self.kernel else Gradient(call.kernel, *self._asked)
        wrt = g.positions(call.signature)
        for k in wrt:
            if is_complex(call.signature[k]) or is_record(call.signature[k]):
                q = call.kernel.registers[k]
                raise NotDifferentiable(f"`{q}` is {call.signature[k]}, and a Hessian is made of floats", hint=f"take `hvp`, or leave `{q}` out of `wrt`")
        blocks, shapes = self.blocks(call, g, [call.layout.positions(k)[0] for k in wrt])
        lead = lead_of(call)
        if self.packed:
            sizes = [prod(s) for s in shapes]
            return np.block([[blocks[a][b].reshape((*lead, sizes[a], sizes[b])) for b in range(len(wrt))] for a in range(len(wrt))])
        for a, row in enumerate(blocks):
            for b, block in enumerate(row):
                row[b] = block.reshape((*lead, *shapes[a], *shapes[b]))
                row[b] = float(row[b]) if row[b].ndim == 0 and row[b].dtype == float else row[b][()]
        if g.bare:
            return blocks[0][0]
        made = namedtuple("Hessian", [call.kernel.registers[k] for k in wrt], rename=True)              # type: ignore[misc]
        return made(*(made(*row) for row in blocks))

    def blocks(self, call: Bound, g: Gradient, by: list[int]) -> tuple[list[list[Any]], list[tuple[int, ...]]]:
        """For every two registers the second derivatives, as matrices; and the shapes of the registers."""
        shapes = lowered_shapes(call)
        sizes = {at: prod(shapes[at]) for at in by}
        lanes = lanes_for(sizes, call)
        key = "hessian", call.signature, call.mapping, g.of, g.part, tuple(by), lanes, tuple(n == lanes for n in sizes.values())
        derived, program = call.kernel._derived, ("gradient program", call.signature, g.of, g.part, g.wrt)
        if program not in derived:
            derived[program] = g.typed(call.signature, fast=not call.kernel._checked)
        library, main, bars, _ = derived[program]
        of_bar = {call.params.index(q): len(shapes) + j for j, q in enumerate(bars)}

        def plan() -> Plan | None:
            params, types = library[main].program.params, library[main].types
            tangents = Tangents(dict(library))
            rows = tuple(of_bar[at] for at in by if at in of_bar)
            name = tangents.of(main, frozenset(by), frozenset(rows))
            beside = tangents.dots[name]
            refuse_stacks(call, beside)
            seeded = tuple(Seeded(at, None, n if n == lanes else None) for at, n in sizes.items() if params[at] in beside)
            rows = tuple(k for k in rows if params[k] in beside)
            if not seeded or not rows:
                return None
            added = params[len(shapes):]
            items = (*call.registered, *((q, types[q]) for q in added)) if isinstance(call, Items) else ()
            places = (*call.places, *map(Name, added)) if isinstance(call, Items) else ()
            return Plan(tangents.library, main, name, beside, True, seeded, rows, lanes, False, call.kernel._checked, (), items, places)

        loss = call.layout.flat[g.loss(call.signature)]
        zeros = [at_first(np.zeros(shapes[at])[()], call.layout.flat[at]) for at in of_bar]
        every, extra = [*shapes, *(shapes[at] for at in of_bar), ()], [*zeros, np.dtype(valued(loss).dtype).type(0)]
        columns = run_columns(call, ("columns", *key), plan, every, {at: sizes[at] for at in by}, extra)
        if columns is not None:
            return parted(columns, [of_bar.get(a, -1) for a in by], [sizes[a] for a in by], lead_of(call)), [shapes[at] for at in by]
        found = run_plan(call, key, plan, every, list(sizes.values()), by, extra)
        out: list[list[Any]] = []
        for a in by:
            out.append([])
            for j, b in enumerate(by):
                rows = turned(found.get((j, of_bar.get(a, -1))), lead_of(call), sizes[b], shapes[a], None)
                out[-1].append(np.zeros((*lead_of(call), sizes[a], sizes[b])) if rows is None else rows)
        return out, [shapes[at] for at in by]


def parted(columns: Mapping[int, Any], rows: Sequence[int], sizes: Sequence[int], lead: tuple[int, ...]) -> list[list[Any]]:
    """The blocks of a matrix whose columns are those of all registers."""
    out: list[list[Any]] = []
    for k, n in zip(rows, sizes, strict=True):
        whole = columns[k].reshape((*lead, n, sum(sizes))) if k in columns else np.zeros((*lead, n, sum(sizes)))
        out.append([whole[..., sum(sizes[:j]):sum(sizes[:j + 1])] for j in range(len(sizes))])
    return out


def hessian(f: Kernel, of: Which = 0, wrt: Which | Sequence[Which] | None = None, *, packed: bool = False) -> Hessian:
    """The Hessian of a kernel's scalar register: all its second derivatives.

    Parameters
    ----------
    f : Kernel
        The kernel; `~f` and `f.unchecked` are kernels too.
    of, wrt
        As for `grad`.
    packed : bool
        One symmetric matrix instead of named tuples: a row and a column for every element of `wrt`, one register after the other.

    Returns
    -------
    Hessian
        A callable that takes the kernel's arguments. A single `wrt` gives an array of shape `x.shape + x.shape`; several, or
        None, a named tuple of named tuples: `h.x.y` has shape `x.shape + y.shape`.

    Raises
    ------
    NotDifferentiable
        At the call, when an operation without a second derivative lies between `wrt` and `of`, or when one of them is
        complex or a record (`hvp` takes those).

    Notes
    -----
    Forward mode over the gradient program, so neither keeps a tape: every direction costs a few gradients, and several
    directions share one run. For a product with one vector use `hvp`.

    Examples
    --------
    >>> import revbench as rb
    >>> f = rb.compile('''
    ... def f(out, x, y):
    ...     out += x ** 3 * y
    ... ''')
    >>> rb.hessian(f)(0.0, 2.0, 5.0)
    Hessian(x=Hessian(x=60.0, y=12.0), y=Hessian(x=12.0, y=0.0))
    >>> rb.hessian(f, packed=True)(0.0, 2.0, 5.0)
    array([[60., 12.],
           [12.,  0.]])
    """
    return Hessian(f, of, wrt, packed)
