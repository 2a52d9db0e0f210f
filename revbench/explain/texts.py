"""The texts of a kernel: each of them is a program that compiles again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, get_args

from revbench.backends.numba_cpu import CodeMode, emitted
from revbench.errors import NotDifferentiable
from revbench.ir.library import Library, reachable, turn_calls
from revbench.ir.nodes import Program
from revbench.ir.show import show_all
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Array, is_real
from revbench.passes.adjoint import Adjoints
from revbench.passes.effects import Effects
from revbench.passes.inverse import inverse
from revbench.passes.races import without_races
from revbench.passes.tangent import Tangents

Untyped = Literal["ir", "inverse"]
Typed = Literal["adjoint", "tangent", "numba"]
TEXTS: tuple[str, ...] = (*get_args(Untyped), *get_args(Typed))


def untyped_programs(library: Library, backward: bool) -> list[Program]:
    """The program with its compute parts made explicit, or its inverse, behind all that it calls."""
    order = [library.programs[n] for n in reachable(library.programs, library.main)]          # without declared derivatives
    if backward:
        p = order[-1]
        order[-1] = replace(p, body=inverse(p.body))
        order = [replace(q, body=turn_calls(q.body, p.name)) for q in order]          # a recursion goes on in the same direction
    return order


def untyped_text(library: Library, backward: bool) -> str:
    """These programs as text."""
    return show_all(untyped_programs(library, backward), library.defaults)


def typed_text(what: str, library: TypedLibrary, main: str, mode: CodeMode) -> str:
    """The adjoint, the tangent, or the generated Python, for the types of a library."""
    match what:
        case "adjoint":
            return library_text(*adjoint_of(library, main))
        case "tangent":
            return library_text(*tangent_of(library, main))
        case _:
            return emitted(library, main, mode).text


def library_programs(library: TypedLibrary, main: str) -> list[Program]:
    """A typed program behind all that it calls."""
    programs = {n: t.program for n, t in without_races(library).items()}
    return [programs[n] for n in reachable(programs, main)]


def library_text(library: TypedLibrary, main: str) -> str:
    """A typed program and all that it calls, as text."""
    return show_all(library_programs(library, main))


def adjoint_of(library: TypedLibrary, main: str, of: int | None = None, wrt: Iterable[int] | None = None) -> tuple[TypedLibrary, str]:
    """The library with the adjoint of a program: of its first float scalar that is written (of all its registers, if there is none).

    Raises
    ------
    NotDifferentiable
        When no float is written, or an operation without a derivative stands on the way.
    """
    p, types = library[main].program, library[main].types
    floats = [k for k, q in enumerate(p.params) if is_real(types[q])]
    written = [k for k in floats if k in Effects({n: t.program for n, t in library.items()}).written[main]]
    if not written:
        raise NotDifferentiable(f"`{main}` writes no float register, so it has no adjoint", hint="hand in floats: `0.0` instead of `0`")
    scalars = [k for k in written if not isinstance(types[p.params[k]], Array)]
    of_ = {of} if of is not None else {scalars[0]} if scalars else set(written)
    wrt_ = set(wrt) if wrt is not None else set(floats) - of_ if scalars else set(floats)
    adjoints = Adjoints(dict(library))
    return adjoints.library, adjoints.of(main, frozenset(wrt_), frozenset(of_))


def tangent_of(library: TypedLibrary, main: str) -> tuple[TypedLibrary, str]:
    """The library with the tangent of a program: every float register moves."""
    p, types = library[main].program, library[main].types
    floats = frozenset(k for k, q in enumerate(p.params) if is_real(types[q]))
    if not floats:
        raise NotDifferentiable(f"`{main}` has no float register, so it has no tangent", hint="hand in floats: `0.0` instead of `0`")
    tangents = Tangents(dict(library))
    return tangents.library, tangents.of(main, floats, floats)
