"""jvp and hvp: directional derivatives of a kernel, and of its gradient, by programs that run forward only."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.backends.layout import Layout
from revbench.backends.numba_cpu import CodeMode, Compiled, compiled
from revbench.errors import NotDifferentiable, WrongArguments
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Type
from revbench.numerics.stack import Stack
from revbench.passes.tangent import Tangents

from .calls import Bound, Which, bound, directed, fitting
from .gradient import Gradient, at_first, zeros


@dataclass(frozen=True)
class Forward:
    """A tangent program: its library, its name, and the tangent of every register that has one (they follow the registers)."""

    library: TypedLibrary
    main: str
    dots: Mapping[str, str]

    def compiled(self, mode: CodeMode) -> Compiled:
        return compiled(self.library, self.main, mode)


def forward_of(library: TypedLibrary, main: str, wrt: Sequence[str], of: Sequence[str]) -> Forward:
    """The tangent of a typed program: how `of` moves when `wrt` does (names of registers)."""
    tangents, params = Tangents(dict(library)), library[main].program.params
    name = tangents.of(main, frozenset(map(params.index, wrt)), frozenset(map(params.index, of)))
    return Forward(tangents.library, name, tangents.dots[name])


def jvp_program(f: Kernel, signature: tuple[Type, ...], wrt: Sequence[str]) -> Forward:
    """The tangent of a kernel: all its float registers matter."""
    (library, main), layout = f.typed(signature), Layout(signature[:len(f.registers)])
    params, floats = library[main].program.params, [layout.floats(k) for k in range(len(f.registers))]
    return forward_of(library, main, [params[at] for q in wrt for at in floats[f.registers.index(q)]], [params[at] for group in floats for at in group])


def hvp_program(g: Gradient, signature: tuple[Type, ...], fast: bool = False) -> tuple[Forward, tuple[str, ...], dict[str, str]]:
    """The tangent of a gradient program; the registers of the gradient program, and which of them are cotangents of which."""
    library, main, bars, wrt = g.typed(signature, fast)
    layout = g.layout(signature)
    names = [library[main].program.params[at] for k in wrt for at in layout.floats(k)]
    return forward_of(library, main, names, [bars[q] for q in names if q in bars]), library[main].program.params, bars


def jvp(f: Kernel, /, args: Sequence[Any], tangents: Sequence[Any], **consts: Any) -> tuple[Any, Any]:
    """The outputs of a kernel, and how they move when its arguments move: the Jacobian times a vector.

    Parameters
    ----------
    f : Kernel
        The kernel; `~f` and `f.unchecked` are kernels too.
    args : sequence
        Its registers, as for calling it.
    tangents : sequence
        For every argument the direction in which it moves, of the same shape; None where it stays, as whole numbers do.
    **consts
        Its constants.

    Returns
    -------
    outputs, tangents
        Both in the form of a call's result: a named tuple, or a single value bare. The tangent of an int or bool is None.

    Raises
    ------
    WrongArguments
        When a tangent is missing, or has another shape than its argument.
    NotDifferentiable
        When an int or bool is to move, or an operation without a derivative stands on the way.

    Notes
    -----
    The tangent program runs beside the kernel and keeps nothing. For one output and many inputs use `grad`.

    Examples
    --------
    >>> import revbench as rb
    >>> double = rb.compile('''
    ... def area(out, a, b):
    ...     out += a * b
    ... ''')
    >>> rb.jvp(double, (0.0, 3.0, 4.0), (0.0, 1.0, 0.5))
    (Outputs(out=12.0, a=3.0, b=4.0), Tangents(out=5.5, a=1.0, b=0.5))
    """
    call = bound("jvp", f, args, consts)
    return _moved(call, _directions(call, tangents))


def linearize(f: Kernel, /, *args: Any, **consts: Any) -> tuple[Any, Linear]:
    """The outputs of a kernel, and its Jacobian at these arguments as a function of directions.

    Parameters
    ----------
    f : Kernel
        The kernel; `~f` and `f.unchecked` are kernels too.
    *args
        Its registers, as for calling it.
    **consts
        Its constants.

    Returns
    -------
    outputs : Outputs
        In the form of a call's result.
    linear : Linear
        `linear(*tangents)` takes one direction for every argument (None where it stays) and gives the tangents of the
        outputs, as `jvp` does.

    Notes
    -----
    It holds copies of the arguments; each call runs the tangent program from there.

    Examples
    --------
    >>> import revbench as rb
    >>> area = rb.compile('''
    ... def area(out, a, b):
    ...     out += a * b
    ... ''')
    >>> outputs, linear = rb.linearize(area, 0.0, 3.0, 4.0)
    >>> outputs
    Outputs(out=12.0, a=3.0, b=4.0)
    >>> linear(None, 1.0, None).out, linear(None, None, 1.0).out
    (4.0, 3.0)
    """
    call = bound("linearize", f, args, consts)
    return f(*args, **consts), Linear(call.held())


@dataclass(frozen=True, repr=False)
class Linear:
    """A kernel's Jacobian at some arguments: call it with one direction for every argument."""

    call: Bound

    def __call__(self, *tangents: Any) -> Any:
        return _moved(self.call, _directions(self.call, tangents))[1]

    def __repr__(self) -> str:
        return f"<linear map of {self.call.kernel!r}>"


def _moved(call: Bound, moving: Mapping[int, Any]) -> tuple[Any, Any]:
    """The outputs of a call, and how they move with the registers that do."""
    f, registers, signature, layout = call.kernel, call.registers, call.signature, call.layout
    names = tuple(f.registers[k] for k in moving)
    key = "jvp", signature, names
    if key not in f._derived:
        program = jvp_program(f, signature, names)
        f._derived[key] = program, program.compiled(f.mode)
    program, run = f._derived[key]
    n, params, prepared = len(registers), call.params, call.prepared()
    parts = layout.split(prepared)
    zero = zeros(layout, parts)
    given = directed(layout, moving)
    dots = [given[at] if at in given else _unmoved(zero(at)) for at in map(params.index, program.dots)]
    out = run([*parts, *dots], call.fixed())
    joined = layout.join(out[:len(parts)], prepared)
    results = [f._result(k, joined[k], registers[k], signature[k], True) for k in range(n)]
    found = dict(zip(map(params.index, program.dots), out[len(parts):], strict=True))
    moved: list[Any] = [layout.cotangent(k, found, zero, registers[k]) if layout.floats(k) else None for k in range(n)]
    if n == 1:
        return results[0], moved[0]
    return f.Outputs(*results), namedtuple("Tangents", f.registers, rename=True)(*moved)


def hvp(f: Kernel, /, args: Sequence[Any], v: Any, of: Which = 0, wrt: Which | Sequence[Which] | None = None, **consts: Any) -> Any:
    """The Hessian of a kernel's scalar register times a vector: forward mode over the gradient program.

    Parameters
    ----------
    f : Kernel
    args : sequence
        Its registers, as for calling it.
    v : array_like or tuple
        The vector, in the form of the gradient: bare if `wrt` is a single name or position (or if there is only one
        register to differentiate by), a tuple with one entry for each register otherwise.
    of, wrt
        As for `grad`.

    Returns
    -------
    array_like or Gradients
        In the form of `grad(f, of, wrt)(*args)`.

    Raises
    ------
    WrongArguments
        When `v` does not have the form of the gradient.
    NotDifferentiable
        When an operation without a second derivative lies between `wrt` and `of`.

    Examples
    --------
    >>> import revbench as rb
    >>> cube = rb.compile('''
    ... def cube(out, x):
    ...     out += x ** 3
    ... ''')
    >>> rb.hvp(cube, (0.0, 2.0), 1.0)
    Gradients(x=12.0)
    """
    call = bound("hvp", f, args, consts)
    f, registers, signature = call.kernel, call.registers, call.signature
    g = Gradient(f, of, wrt)
    names = [f.registers[k] for k in g.positions(signature)]
    given = v if isinstance(v, tuple) and not g.bare else (v,)
    if len(given) != len(names):
        raise WrongArguments(f"`v` has {len(given)} entries, and the gradient has {len(names)}", hint=f"hand in a tuple, one for each of {', '.join(names)}")
    moving = {k: fitting(w, registers[k], signature[k], f.registers[k]) for k, w in zip(g.positions(signature), given, strict=True)}
    key = "hvp", signature, g.of, tuple(names)
    if key not in f._derived:
        program, params, bars = hvp_program(g, signature, not f._checked)
        f._derived[key] = program, params, bars, program.compiled(f.mode)
    program, params, bars, run = f._derived[key]
    layout = call.layout
    parts = layout.split(call.prepared())
    zero = zeros(layout, parts)
    cotangents = [at_first(parts[at], layout.flat[at]) for at in map(params.index, bars)]
    added = [*cotangents, 0.0]                                  # what a gradient program has beside the registers
    moved = directed(layout, moving)
    dots = [moved[at] if at in moved else _unmoved(zero(at) if at < len(parts) else added[at - len(parts)]) for at in map(params.index, program.dots)]
    out = run([*parts, *cotangents, 0.0, *dots], call.fixed())
    of_bar = {bars[q]: params.index(q) for q in bars}
    found = {of_bar[q]: v for q, v in zip(program.dots, out[len(params):], strict=True) if q in of_bar}
    result = [layout.cotangent(k, found, zero, registers[k]) for k in g.positions(signature)]
    return result[0] if g.bare else namedtuple("Gradients", names, rename=True)(*result)


# ---- arguments
def _directions(call: Bound, tangents: Sequence[Any]) -> dict[int, Any]:
    """The registers that move, and how."""
    names = call.kernel.registers
    if len(tangents) != call.given:
        raise WrongArguments(f"here are {call.given} arguments and {len(tangents)} tangents",
                             hint="hand in one tangent for each argument, None where it stays as it is")
    moving = {}
    for k, tangent in enumerate(tangents):
        if tangent is None:
            continue
        if not call.layout.floats(k):
            raise NotDifferentiable(f"`{names[k]}` is {call.signature[k]}, and cannot move by a little",
                                    hint="hand in None as its tangent, or a float as the argument")
        moving[k] = fitting(tangent, call.registers[k], call.signature[k], names[k])
    return moving


def _unmoved(zero: Any) -> Any:
    """A direction of zero; an array is not shared with another register's."""
    return zero.copy() if isinstance(zero, np.ndarray | Stack) else zero
