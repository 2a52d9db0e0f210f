"""Calls of kernels that declare their derivatives: the registers that those are called with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from revbench.ir.nodes import Block, Call, Const, Enter, Expr, Forget, Leave, Name, Place, Program, Stmt, Uncall, ZerosLike
from revbench.ir.types import Array, Scalar, Type, is_float, valued
from revbench.rules.typing import type_of

from .inverse import inverse_stmt
from .laws import apart


@dataclass
class Moving:
    """The derivatives of the inputs of a call. Those that do not take part are zeros of their own, made before and ended after it."""

    inputs: Sequence[Place]
    types: dict[str, Type]
    fresh: Iterator[int]
    carries: Callable[[Place], bool]
    derivative: Callable[[Place], Place]

    def __post_init__(self) -> None:
        self.found: list[Place] = []
        self.made: list[tuple[Name, Expr, Place | None]] = []        # a zero, what it is made from, and what it is added to in the end

    def gather(self, private: bool) -> bool:
        """Whether any of them takes part; `private`: two of them that may be one place are kept apart."""
        floats = [x for x in self.inputs if is_float(type_of(x, self.types))]
        for x in floats:
            d = self.derivative(x) if self.carries(x) else None
            if d is None or (private and not all(apart(d, e) for e in self.found)):
                t = type_of(x, self.types)
                own = Name(f"_t{next(self.fresh)}")
                self.types[own.name] = valued(t) if isinstance(t, Array) else Scalar(t.dtype)
                self.made.append((own, ZerosLike(x) if isinstance(t, Array) else Const(0.0), d))
                d = own
            self.found.append(d)
        return any(map(self.carries, floats))

    def begin(self, s: Stmt) -> Block:
        return tuple(Enter(own.name, zero, span=s.span) for own, zero, _ in self.made)

    def end(self, s: Stmt) -> Block:
        return tuple(Leave(own.name, zero, span=s.span) for own, zero, _ in reversed(self.made))


def with_adjoint(s: Call | Uncall, p: Program, places: Sequence[Place], m: Moving, added: Callable[[Place, str, Stmt], Block]) -> Block:
    """The call undone, then its adjoint; the cotangents that were made for it are added to their places, and forgotten."""
    undone = inverse_stmt(s)
    if not m.carries(places[0]) or not m.gather(private=True):
        return (undone,)
    call = type(s)(p.adjoint, (*m.found, m.derivative(places[0]), *places[1:]), s.consts, span=s.span)
    ends: Block = ()
    for own, _, to in reversed(m.made):
        ends += (*(added(to, own.name, s) if to is not None else ()), Forget(own.name, span=s.span))
    return (undone, *m.begin(s), call, *ends)


def with_tangent(s: Call | Uncall, p: Program, places: Sequence[Place], m: Moving) -> Block:
    """The tangent of the call, before it where values are read as they were."""
    if not m.carries(places[0]) or not m.gather(private=False):
        return (s,)
    call = type(s)(p.tangent, (m.derivative(places[0]), *m.found, *places[1:]), s.consts, span=s.span)
    along = (*m.begin(s), call, *m.end(s))
    return (*along, s) if isinstance(s, Call) else (s, *along)


def itself(p: Program, backward: bool) -> Program:
    """The program as a call of itself, for where its derivative is that of the call."""
    call = (Uncall if backward else Call)(p.name, tuple(map(Name, p.params)), tuple((c, Name(c)) for c in p.consts), span=p.span)
    return replace(p, body=(call,), adjoint="", tangent="")
