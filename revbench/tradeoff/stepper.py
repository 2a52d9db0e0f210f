"""A user's kernel as one step of a long run: the three programs that every schedule is made of.

The registers that the kernel writes are the state, the others are fixed. Step, inverse step and adjoint step are
compiled from the kernel's own program, and each one begins with a statement of ours, `calls[i] += 1`: what is counted
is what compiled code did, whatever a schedule says about itself. All of them work in place on arrays; a scalar of the
state lives in an array of one element.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench._api import Kernel
from revbench.backends.numba_cpu import Compiled, compiled
from revbench.backends.values import as_argument, as_result
from revbench.errors import NotDifferentiable, WrongArguments, WrongType
from revbench.ir.library import fresh_name, reachable
from revbench.ir.nodes import Call, Const, Expr, Index, Name, Program, Update
from revbench.ir.show import show_all
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Type, is_number, is_real, valued
from revbench.passes.adjoint import Adjoints
from revbench.passes.pipeline import inverted

from .drive import State

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """Calls of the step, the inverse step and the adjoint step."""

    forward: int
    inverse: int
    gradients: int

    @property
    def total(self) -> int:
        """All calls together."""
        return self.forward + self.inverse + self.gradients


class StepKernel:
    """One step of a program, bound to its arguments: a `Stepper` for `drive`, with calls counted in compiled code.

    Arguments are those of a call of the kernel; they are copied, so that nobody changes them under a long run.

    Attributes
    ----------
    state : tuple of arrays
        The first state, one array per name in `names`; scalars are arrays of one element.
    names : tuple of str
        The registers that the kernel writes.
    parameters : tuple of str
        The read-only registers that gradients are taken of besides (see `wrt`).

    Raises
    ------
    WrongArguments, WrongType
        When the arguments are not those of the kernel, or when it writes nothing.

    Examples
    --------
    >>> from revbench import reversible
    >>> @reversible
    ... def spring(x, v, *, k):
    ...     v -= k * x
    ...     x += v
    >>> step = StepKernel(spring, 1.0, 0.0, k=0.25)
    >>> step.forward(step.state)
    >>> step.values(step.state), step.counts
    ({'x': 0.75, 'v': -0.25}, Counts(forward=1, inverse=0, gradients=0))
    """

    def __init__(self, kernel: Kernel, /, *args: Any, **consts: Any) -> None:
        if not isinstance(kernel, Kernel):
            raise WrongType(f"a step is a kernel, not a {type(kernel).__name__}", hint="decorate the function with `@reversible`")
        kernel._refresh()
        registers, fixed = kernel.bind(args, consts)
        signature = kernel.signature(registers, fixed)
        self.kernel = kernel
        self.parameters: tuple[str, ...] = ()
        self.library, self.main = kernel.typed(signature)
        self.positions = tuple(sorted(kernel._written))
        self.names = tuple(kernel.registers[k] for k in self.positions)
        if not self.names:
            raise WrongArguments(f"`{kernel.__name__}` writes none of its registers: as a step it goes nowhere")
        self._registers = [as_argument(v, t, isinstance(t, Array)) for v, t in zip(registers, signature, strict=False)]
        self._fixed = [as_argument(v, t, isinstance(t, Array)) for v, t in zip(fixed, signature[len(registers):], strict=True)]
        self.types: dict[str, Type] = {q: self.library[self.main].types[q] for q in kernel.registers}
        self.state: State = tuple(self._own(q, self._registers[k]) for k, q in zip(self.positions, self.names, strict=True))
        self.calls: NDArray[np.int64] = np.zeros(3, np.int64)

    def wrt(self, *parameters: str) -> StepKernel:
        """The same step, whose adjoint also adds up the cotangents of read-only registers.

        Raises
        ------
        WrongArguments
            When there is no such register.
        NotDifferentiable
            When one of them is not a float.
        """
        for q in parameters:
            if q not in self.types:
                raise WrongArguments(f"`{self.kernel.__name__}` has no register `{q}`", hint=f"its registers are {', '.join(self.types)}")
            if not is_real(self.types[q]):
                raise NotDifferentiable(f"`{q}` is {self.types[q]}: there is no derivative with respect to it", hint="hand in floats")
        other = object.__new__(StepKernel)
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k not in ("_adjoint", "carriers")})
        other.parameters = tuple(q for q in dict.fromkeys(parameters) if q not in self.names)
        other.calls = np.zeros(3, np.int64)
        return other

    # ---- the stepper protocol
    def forward(self, state: State, /) -> None:
        """One step."""
        self._forward(self._filled(state), self._fixed)

    def inverse(self, state: State, /) -> None:
        """One step back."""
        self._inverse(self._filled(state), self._fixed)

    def adjoint(self, state: State, cotangent: State, /) -> None:
        """One step back for the state and its cotangent (one array per name in `carriers`)."""
        self._adjoint(self._filled(state, cotangent), self._fixed)

    def _filled(self, state: State, cotangent: State = ()) -> list[Any]:
        out = self._registers.copy()
        for k, array in zip(self.positions, state, strict=True):
            out[k] = array
        return [*out, *cotangent, self.calls]

    # ---- counts, bytes, values
    @property
    def counts(self) -> Counts:
        """What the compiled programs have counted since the last `reset`."""
        return Counts(*map(int, self.calls))

    def reset(self) -> None:
        """Counts begin at zero again."""
        self.calls[:] = 0

    @property
    def state_bytes(self) -> int:
        """Size of one state."""
        return sum(array.nbytes for array in self.state)

    def warm_up(self) -> None:
        """Compiles the three programs and calls each of them once, on a state of its own."""
        state = tuple(array.copy() for array in self.state)
        self.forward(state)
        self.inverse(state)
        self.forward(state)
        self.adjoint(state, self._planted({}))
        self.reset()

    def values(self, state: State) -> dict[str, Any]:
        """The registers of a state by name, scalars as numbers."""
        return {q: self._number(q, array) if is_number(self.types[q]) else self._shown(q, array) for q, array in zip(self.names, state, strict=True)}

    def seed(self, cotangent: Values | Callable[[dict[str, Any]], Values] | None = None, of: str | int | None = None) -> State | Callable[[State], State]:
        """The cotangent of the last state as `drive` takes it.

        Parameters
        ----------
        cotangent : mapping of names to values, or callable, optional
            Registers that are not named get zeros. A callable makes the mapping from the last state's values.
            Default: ones on the first float of the state.
        of : str or int, optional
            A scalar of the state, by name or position among the registers, whose cotangent is 1.

        Raises
        ------
        WrongArguments, NotDifferentiable
            When a name is not a float of the state, `of` not a scalar, or both are given.
        """
        if of is not None:
            if cotangent is not None:
                raise WrongArguments("`seed` and `of` both say what is differentiated", hint="give one of them")
            registers = self.kernel.registers
            name = registers[of] if isinstance(of, int) and 0 <= of < len(registers) else str(of)
            self._differentiable(name)
            if isinstance(self.types[name], Array):
                raise NotDifferentiable(f"`{name}` is {self.types[name]}, and a gradient is taken of one float",
                                        hint="weigh its elements with `seed=`")
            cotangent = {name: 1.0}
        if cotangent is None:
            first = next(q for q in self.carriers if q in self.names)
            cotangent = {first: 1.0}
        if callable(cotangent):
            make = cotangent
            return lambda last: self._planted(make(self.values(last)))
        return self._planted(cotangent)

    def gradient(self, cotangent: State) -> dict[str, Any]:
        """The cotangent by name: floats of the state, then the parameters (zeros for those that do not matter)."""
        found = dict(zip(self.carriers, cotangent, strict=True))
        return {q: self._shown(q, found[q] if q in found else self._nothing(q))
                for q in (*self.names, *self.parameters) if is_real(self.types[q])}

    def show(self) -> str:
        """The three programs as reversible Python, with the statements that count."""
        programs: dict[str, Program] = {}
        for library, name in (self._counted(self.library, self.main, 0), self._counted(*self._undoing, 1), self._counted(*self._pulling[:2], 2)):
            all_of_it = {n: t.program for n, t in library.items()}
            programs |= {n: all_of_it[n] for n in reachable(all_of_it, name)}
        return show_all(programs.values())

    # ---- programs
    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """The registers that have a cotangent: the floats of the state, and the parameters that matter."""
        return self._pulling[2]

    @cached_property
    def _forward(self) -> Compiled:
        return compiled(*self._counted(self.library, self.main, 0), self.kernel.mode)

    @cached_property
    def _inverse(self) -> Compiled:
        return compiled(*self._counted(*self._undoing, 1), self.kernel.mode)

    @cached_property
    def _adjoint(self) -> Compiled:
        return compiled(*self._counted(*self._pulling[:2], 2), self.kernel.mode)

    @property
    def _undoing(self) -> tuple[TypedLibrary, str]:
        return inverted(self.library, self.main)

    @property
    def _pulling(self) -> tuple[TypedLibrary, str, tuple[str, ...]]:
        registers = self.kernel.registers
        floats = [q for q in self.names if is_real(self.types[q])]
        if not floats:
            raise NotDifferentiable(f"`{self.kernel.__name__}` writes no floats: its state has no gradient", hint="hand in floats")
        of = frozenset(map(registers.index, floats))
        adjoints = Adjoints(dict(self.library))
        name = adjoints.of(self.main, of | frozenset(map(registers.index, self.parameters)), of)
        return adjoints.library, name, tuple(adjoints.bars[name])

    def _counted(self, library: TypedLibrary, name: str, which: int) -> tuple[TypedLibrary, str]:
        """The program with a counter at its head, called by one that takes every written scalar as an array of one element."""
        typed = library[name]
        p, calls = typed.program, fresh_name("calls", typed.types)
        count = Update(Index(calls, (Const(which),)), "+=", Const(1), span=p.span)
        counter: dict[str, Type] = {calls: Array("int64", 1)}
        inner = replace(p, name=fresh_name(f"{name}_counted", library), params=(*p.params, calls), body=(count, *p.body), adjoint="", tangent="")
        library = {**library, inner.name: Typed(inner, typed.types | counter)}
        boxed = {q for q in p.params if isinstance(typed.types[q], Scalar) and (q in self.names or q not in self.types)}
        if not boxed:
            return library, inner.name
        args: list[Expr] = [Index(q, (Const(0),)) if q in boxed else Name(q) for q in p.params]
        call = Call(inner.name, (*args, Name(calls)), tuple((c, Name(c)) for c in p.consts), span=p.span)
        outer = replace(inner, name=fresh_name(f"{name}_boxed", library), body=(call,))
        types = {q: Array(typed.types[q].dtype, 1) if q in boxed else typed.types[q] for q in (*p.params, *p.consts)}
        return {**library, outer.name: Typed(outer, types | counter)}, outer.name

    # ---- arrays and values
    def _own(self, name: str, value: Any) -> NDArray[Any]:
        t = self.types[name]
        return value if isinstance(t, Array) else np.full(1, value, "int64" if is_number(t) else t.dtype)

    def _held(self, name: str) -> NDArray[Any]:
        return self._own(name, self._registers[self.kernel.registers.index(name)])

    def _shown(self, name: str, array: NDArray[Any]) -> Any:
        return array if isinstance(self.types[name], Array) else array[0].item()

    def _number(self, name: str, array: NDArray[Any]) -> Any:
        """Fixed-point and logarithmic numbers: a state holds their whole numbers."""
        t = self.types[name]
        return as_result(array if isinstance(t, Array) else array[0], None, t)

    def _nothing(self, name: str) -> NDArray[Any]:
        """A cotangent of zero."""
        return np.zeros(self._held(name).shape, valued(self.types[name]).dtype)

    def _planted(self, cotangent: Values) -> State:
        for q in cotangent:
            self._differentiable(q)
        out = []
        for q in self.carriers:
            zero = self._nothing(q)
            try:
                zero[...] = cotangent.get(q, 0.0)
            except ValueError as problem:
                raise WrongArguments(f"the cotangent of `{q}` has the shape {np.shape(cotangent[q])} instead of {zero.shape}") from problem
            out.append(zero)
        return tuple(out)

    def _differentiable(self, name: str) -> None:
        floats: Iterable[str] = [q for q in self.names if is_real(self.types[q])]
        if name not in floats:
            raise WrongArguments(f"`{name}` is not a float of the state of `{self.kernel.__name__}`", hint=f"choose among {', '.join(floats)}")
