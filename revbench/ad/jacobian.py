"""jacobian: every derivative of a register by others, from seeds that a compiled program goes through by itself."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any, Literal, NamedTuple

import numpy as np

from revbench._api import Kernel
from revbench.backends.numba_cpu import CodeMode, Compiled, compiled
from revbench.errors import NotDifferentiable, NotYet, WrongArguments
from revbench.ir.library import fresh_name
from revbench.ir.typed import Typed
from revbench.ir.types import Stack as StackType
from revbench.ir.types import is_complex, is_record, valued
from revbench.passes.adjoint import Adjoints
from revbench.passes.flatten import flatten
from revbench.passes.fuse import there_and_back
from revbench.passes.tangent import Tangents

from .calls import Bound, Which, a_kernel, bound, positions
from .columns import run_columns
from .gradient import named, target
from .items import Axes, Items, bound_items
from .seeding import Made, Plan, Seeded, jacobian_program
from .shapes import Shape, assembled, every, filled, lead_of, lowered_shapes, lowered_target, turned

Mode = Literal["auto", "reverse", "forward"]
SMALL = 64                                             # columns: a program for items of just this shape
FAST, CHECKED = (4, 12), (2, 4)                        # at a time in chunks; and so many at once, if there are no more


class Asked(NamedTuple):
    """How a Jacobian of one register is found: lowered registers and sizes, seeds and lanes, and the key of the program for it."""

    at: int
    last: int | None
    by: tuple[int, ...]
    size: int
    sizes: dict[int, int]
    seeds: dict[int, int]
    forward: bool
    packed: bool
    lanes: int
    fixed: tuple[Shape, ...]
    key: Any


class Jacobian:
    """The Jacobian of registers of a kernel; call it with the kernel's arguments, which are never changed."""

    def __init__(self, kernel: Kernel, of: Which | Sequence[Which] = 0, wrt: Which | Sequence[Which] | None = None, mode: Mode = "auto",
                 packed: bool = False, axes: Axes = None, title: str = "Jacobians") -> None:
        self.kernel = a_kernel("jacobian", kernel)
        if mode not in ("auto", "reverse", "forward"):
            raise WrongArguments(f"`jacobian` has no mode {mode!r}", hint='write `mode="auto"`, `"reverse"` or `"forward"`')
        self.mode, self.packed, self.axes, self.title, self._asked = mode, packed, axes, title, (of, wrt)
        self._asks: dict[Any, Asked] = {}
        self.one_of = isinstance(of, str | int)
        self.of = [target(kernel, w) for w in ([of] if isinstance(of, str | int) else of)]
        self.bare = isinstance(wrt, str | int)
        self.wrt = None if wrt is None else positions(kernel, wrt, "wrt")
        if packed and not self.one_of:
            raise WrongArguments("`packed=True` makes one matrix, of one register", hint=f"choose one: `of={kernel.registers[self.of[0][0]]!r}`")
        self.__name__ = f"jacobian({kernel.__qualname__})"
        self.__doc__ = f"Jacobian of {self._names} of `{kernel.__qualname__}`: {kernel.__doc__}"

    @property
    def _names(self) -> str:
        return ", ".join(f"`{self.kernel.registers[k]}{f'.{part}' if part else ''}`" for k, part in self.of)

    def __repr__(self) -> str:
        names = "None" if self.wrt is None else repr(tuple(self.kernel.registers[k] for k in self.wrt))
        every = "" if self.axes is None else f", in_axes={self.axes!r}"
        return f"<jacobian of {self.kernel!r}, of={', '.join(self.kernel.registers[k] for k, _ in self.of)}, wrt={names}{every}>"

    def each(self, axes: Axes) -> Jacobian:
        """The Jacobians for every item along leading axes."""
        return Jacobian(self.kernel, *self._asked, self.mode, self.packed, axes, self.title)

    def __call__(self, *args: Any, **consts: Any) -> Any:
        return self._found(args, consts, None)

    def into(self, out: Any, /, *args: Any, **consts: Any) -> Any:
        """The same as a call with `packed=True`, written into an array that is there already.

        Raises
        ------
        WrongArguments
            When it is not packed, or `out` is no contiguous float64 array of the right shape.
        """
        if not self.packed:
            raise WrongArguments("only a packed Jacobian is one array", hint=f"write `jacobian({self.kernel.__name__}, ..., packed=True)`")
        return self._found(args, consts, out)

    def _found(self, args: tuple[Any, ...], consts: dict[str, Any], out: Any) -> Any:
        call = bound("jacobian", self.kernel, args, consts) if self.axes is None else bound_items("each", self.kernel, args, consts, self.axes)
        wrt = self.positions(call)
        found = [self.rows(call, k, part, wrt, out) for k, part in self.of]
        if self.one_of:
            return found[0]
        return namedtuple("Jacobians", [self.kernel.registers[k] for k, _ in self.of], rename=True)(*found)

    def positions(self, call: Bound) -> tuple[int, ...]:
        """The registers to differentiate by.

        Raises
        ------
        NotDifferentiable
            When there are none, or one that is named is no float.
        """
        if self.wrt is not None:
            for k in self.wrt:
                call.floats(k)
            return self.wrt
        own = {k for k, part in self.of if not part}
        found = tuple(k for k in range(len(call.registers)) if k not in own and call.layout.floats(k))
        if not found:
            raise NotDifferentiable(f"`{call.kernel.__name__}` has no float register besides {self._names}, so there is nothing to differentiate by",
                                    hint="hand in floats: `[3.0, 4.0]` instead of `[3, 4]`")
        return found

    # ---- one register
    def asked_for(self, call: Bound, of: int, part: str, wrt: tuple[int, ...], shapes: Sequence[Shape]) -> Asked:
        """What depends on types and shapes only."""
        kernel, layout = call.kernel, call.layout
        at, last = lowered_target(call, of, part)
        by = tuple(q for k in wrt for q in layout.floats(k))
        size, sizes = prod(shapes[at]) // (1 if last is None else 2), {q: prod(shapes[q]) for q in by}
        forward = self.mode == "forward" or (self.mode == "auto" and sum(sizes.values()) < size)
        packed = self.packed and not forward
        if self.packed and (odd := next((k for k in wrt if is_complex(call.signature[k]) or is_record(call.signature[k])), None)) is not None:
            raise NotDifferentiable(f"`{kernel.registers[odd]}` is {call.signature[odd]}, and a packed Jacobian is a matrix of floats",
                                    hint=f"leave `packed` out, or `{kernel.registers[odd]}` out of `wrt`")
        seeds = {q: sizes[q] for q in by} if forward else {at: size}
        lanes = lanes_for(seeds, call)
        small = packed and isinstance(call, Items) and not kernel._checked and sum(sizes.values()) <= SMALL
        fixed = tuple(shapes) if small else ()
        key = "jacobian", call.signature, call.mapping, at, last, by, forward, packed, lanes, tuple(n == lanes for n in seeds.values()), fixed
        return Asked(at, last, by, size, sizes, seeds, forward, packed, lanes, fixed, key)

    def rows(self, call: Bound, of: int, part: str, wrt: tuple[int, ...], out: Any = None) -> Any:
        kernel, layout = call.kernel, call.layout
        shapes = lowered_shapes(call)
        known = kernel, call.signature, call.mapping, of, part, tuple(shapes)
        if known not in self._asks:
            self._asks[known] = self.asked_for(call, of, part, wrt, shapes)
        at, last, by, size, sizes, seeds, forward, packed, lanes, fixed, key = self._asks[known]

        def plan() -> Plan | None:
            library, main = kernel.typed(call.signature)
            params = library[main].program.params
            at_once = not forward and size == lanes and not kernel._checked
            if at_once:
                library = flatten(library, main)
            maker = Tangents(dict(library)) if forward else Adjoints(dict(library))
            name = maker.of(main, frozenset(by), frozenset({at}))
            beside = maker.dots[name] if isinstance(maker, Tangents) else maker.bars[name]
            refuse_stacks(call, beside)
            moving = tuple(Seeded(q, None if forward else last, n if n == lanes else None) for q, n in seeds.items() if params[q] in beside)
            if params[at] not in beside or not moving:
                return None
            if at_once and isinstance(maker, Adjoints):
                name = swept(maker, name)
            rows = (at,) if forward else by
            return Plan(maker.library, main, name, beside, forward or at_once, moving, rows, lanes, packed, kernel._checked, fixed, *items_of(call))

        lead, of_shape = lead_of(call), shapes[at] if last is None else shapes[at][:-1]
        whole = (*lead, size, sum(sizes.values()))
        if out is not None and (not isinstance(out, np.ndarray) or out.shape != whole or out.dtype != float or not out.flags.c_contiguous):
            raise WrongArguments(f"what is written into is no contiguous float64 array of shape {whole}", hint=f"hand in `np.empty({whole})`")
        columns = run_columns(call, ("columns", *key), plan, shapes, seeds) if forward else None
        found = {} if columns is not None else run_plan(call, key, plan, shapes, list(seeds.values()), list(seeds), into=out if packed else None)
        if packed:
            return filled(found[0, -1][(*every(lead), slice(size))] if found else np.zeros(whole), out)
        parts: dict[int, Any] = {}
        for j, q in enumerate(by):
            if columns is not None and at in columns:
                before = sum(sizes[r] for r in by[:j])
                parts[q] = (columns[at] if last is None else columns[at][..., last, :])[..., before:before + sizes[q]]
            else:
                parts[q] = turned(found.get((j, at)), lead, sizes[q], shapes[at], last) if forward else found.get((0, q))
            if parts[q] is None:
                parts[q] = np.zeros((*lead, *of_shape, *shapes[q]), valued(layout.flat[q]).dtype)
            elif not forward:
                parts[q] = parts[q][(*every(lead), slice(size))]
            parts[q] = parts[q].reshape((*lead, *of_shape, *shapes[q]))
        if self.packed:
            return filled(np.concatenate([parts[q].reshape((*lead, size, sizes[q])) for q in by], axis=-1), out)
        made = [assembled([parts[q] for q in layout.floats(k)], call.signature[k], call.registers[k]) for k in wrt]
        return made[0] if self.bare else named(self.title, kernel, wrt, made, call.signature)


# ---- programs
def run_plan(call: Bound, key: Any, plan: Callable[[], Plan | None], shapes: Sequence[Shape], sizes: Sequence[int], seeds: Sequence[int],
             extra: Sequence[Any] = (), into: Any = None) -> dict[tuple[int, int], Any]:
    """The results of a Jacobian program, by (index among `seeds`, register): one row for each seed, behind the items' axis.

    `shapes` are those of the registers of its kernel, `extra` the values of those that the call does not have. What is packed goes
    `into` an array, if it fits.
    """
    derived = call.kernel._derived
    if key not in derived:
        p = plan()
        derived[key] = p and planned(p, jacobian_program(p), call.kernel.mode)
    if derived[key] is None:
        return {}
    asked, made, run, dtypes = derived[key]
    lead, rest = lead_of(call), iter(dtypes)
    results = {}
    for j, k in made.results:
        seed = asked.seeded[j]
        n = sizes[seeds.index(seed.register)]
        rows = -(-n // asked.lanes) * asked.lanes
        shape = shapes[k] if k >= 0 else (sum(prod(shapes[q]) for q in asked.rows),)
        shape, dtype = (*lead, rows, *shape), next(rest)
        fits = into is not None and into.shape == shape and into.dtype == dtype
        made_here = np.zeros(shape, dtype) if k >= 0 else np.empty(shape, dtype)             # packed rows are stored, others added to
        results[seeds.index(seed.register), k] = into if fits else made_here
    run([*call.split(), *extra, *results.values()], call.fixed())
    return results


def swept(adjoints: Adjoints, name: str) -> str:
    """The name of a program that runs a kernel and its adjoint `name`, in one sweep where that can be; the cotangents stand beside it."""
    sweep, p = adjoints.sweeps[name], adjoints.library[name].program
    own = fresh_name(f"{sweep.source.name}_there_and_back", adjoints.library)
    adjoints.library[own] = Typed(replace(p, name=own, body=there_and_back(sweep, sweep.source.body, "", (), ())), sweep.types)
    return own


def planned(plan: Plan, made: Made, mode: CodeMode) -> tuple[Plan, Made, Compiled, list[str]]:
    """A program, compiled, and the dtypes of its results."""
    typed = made.library[made.name]
    params = typed.program.params[len(typed.program.params) - len(made.results):]
    run = compiled(made.library, made.name, mode, frozenset(params), made.seeds)
    return plan, made, run, [run.emitted.typed.types[q].dtype for q in params]


def lanes_for(seeds: Mapping[int, int], call: Bound) -> int:
    """How many seeds at a time: all of them where there are few, and the program is run for many items."""
    most = max(seeds.values(), default=1)
    chunk, at_once = CHECKED if call.kernel._checked else FAST
    if len(seeds) == 1 and (most == 1 or (isinstance(call, Items) and 1 <= most <= at_once)):
        return most
    return chunk if most > 1 else 1


def refuse_stacks(call: Bound, beside: Mapping[str, str]) -> None:
    for q, t in zip(call.params, call.layout.flat, strict=True):
        if isinstance(t, StackType) and q in beside:
            raise NotYet(f"`{q}` is a stack, and Jacobians through stacks as registers are not part of revbench yet", hint="use `vjp` or `jvp`")


def items_of(call: Bound) -> tuple[Any, ...]:
    return (call.registered, call.places) if isinstance(call, Items) else ((), ())


def jacobian(f: Kernel, of: Which | Sequence[Which] = 0, wrt: Which | Sequence[Which] | None = None, mode: Mode = "auto", *, packed: bool = False) -> Jacobian:
    """The Jacobian of registers of a kernel: all derivatives of one by others.

    Parameters
    ----------
    f : Kernel
        The kernel; `~f` and `f.unchecked` are kernels too.
    of : str, int, or a sequence of them
        The output, a number or an array, by name or position (default the first register); `"z.real"` is the real part of
        a complex one. Several give a named tuple.
    wrt : str, int, sequence of them, or None
        The registers to differentiate by. A single one gives its Jacobian bare; several, or None (every float register
        besides `of`), a named tuple.
    mode : {"auto", "reverse", "forward"}
        One run of the adjoint for every element of `of`, or one of the tangent for every element of `wrt`; `auto` takes
        what needs fewer.
    packed : bool
        One matrix instead of the named tuple: a row for every element of `of`, a column for every element of `wrt`, one
        register after the other.

    Returns
    -------
    Jacobian
        A callable that takes the kernel's arguments. The entries by `x` have shape `of.shape + x.shape`.

    Raises
    ------
    NotDifferentiable
        At the call, when `of` is complex or a record and no part is chosen, when `of` or `wrt` is a whole number, or when an
        operation without a derivative lies between them.
    NotYet
        At the call, when derivatives flow through a register that is a stack.

    Notes
    -----
    All seeds are gone through in one compiled program, several at a time: they share values, tests and loops. Derivatives
    by complex numbers and by records are in the form of `grad`. For Jacobians of every item of a batch, without the zeros
    between items, see `each`.

    Examples
    --------
    >>> import revbench as rb
    >>> polar = rb.compile('''
    ... def polar(p, r, t):
    ...     p[0] += r * cos(t)
    ...     p[1] += r * sin(t)
    ... ''')
    >>> rb.jacobian(polar)([0.0, 0.0], 2.0, 0.0)
    Jacobians(r=array([1., 0.]), t=array([0., 2.]))
    >>> rb.jacobian(polar, packed=True)([0.0, 0.0], 2.0, 0.0)
    array([[1., 0.],
           [0., 2.]])
    """
    return Jacobian(f, of, wrt, mode, packed)
