"""Kernels whose derivative is another kernel: `@reversible(adjoint=..., tangent=...)`.

A kernel that only adds to its first register, `out += f(x, y)`, may say its derivative itself. The adjoint adds to the
cotangents of the inputs what the cotangent of `out` makes of them, the tangent adds to that of `out`; both read the inputs:

    def f_adjoint(x_bar, y_bar, out_bar, x, y)
    def f_tangent(out_dot, x_dot, y_dot, x, y)

Run backwards, they are the derivatives of the inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from revbench.errors import WrongArguments, WrongType
from revbench.ir.library import merge
from revbench.ir.nodes import Program
from revbench.ir.types import FLOATS, Scalar, Type, is_float
from revbench.passes.effects import Effects

from .accumulating import why_not
from .names import is_kernel

Which = Literal["adjoint", "tangent"]
Derivatives = Mapping[str, Any]                                # kernels, by `Which`


def declare(name: str, programs: dict[str, Program], derivatives: Derivatives) -> None:
    """Adds the kernels that are the derivatives of `name` to the programs, and says so in its own.

    Raises
    ------
    WrongArguments, WrongType
        When one of them is no kernel or writes what it should not, or the kernel does more than to add to its first register.
    """
    p = programs[name]
    if other := set(derivatives) - {"adjoint", "tangent"}:
        raise WrongArguments(f"`reversible` has no option `{min(other)}`", hint="its options are `check`, `keepers`, `adjoint` and `tangent`")
    if derivatives and (why := why_not(name, programs) or _more(p, programs)):
        raise WrongArguments(f"`{name}` declares its derivative, and {why}", hint=f"a kernel with a derivative of its own only adds to `{p.params[0]}`")
    wanted: tuple[Which, ...] = ("adjoint", "tangent")
    for which, kernel in ((w, derivatives[w]) for w in wanted if w in derivatives):
        if not is_kernel(kernel) or getattr(kernel, "_backward", False):
            raise WrongType(f"the {which} of `{name}` is a kernel", hint=f"define it above `{name}`, with `@reversible`")
        library = kernel.library
        if library.captured.get(library.main):
            raise WrongArguments(f"the {which} of `{name}` captures an array", hint=f"hand it to `{name}` as a register")
        if missing := set(library.program.consts) - set(p.consts):
            raise WrongArguments(f"the {which} of `{name}` has the constant `{min(missing)}`, and `{name}` has not", hint="give both the same constants")
        word = merge(programs, library)[library.main]
        programs[name] = with_derivative(programs[name], which, word)


def with_derivative(p: Program, which: Which, kernel: str) -> Program:
    return replace(p, adjoint=kernel) if which == "adjoint" else replace(p, tangent=kernel)


def _more(p: Program, programs: Mapping[str, Program]) -> str:
    others = sorted(Effects(programs).written[p.name] - {0})
    return f"writes `{p.params[others[0]]}` too" if others else ""


def signature(which: Which, p: Program, types: Mapping[str, Type], derivative: Program, written: frozenset[int]) -> tuple[Type, ...] | None:
    """The types that a declared derivative is called with; None where it does not apply, because not all numbers are plain floats.

    Raises
    ------
    WrongArguments
        When it has other registers, or writes others than it should.
    """
    out, *inputs = p.params
    if types[out].dtype not in FLOATS or any(types[q].dtype not in FLOATS and not _whole(types[q]) for q in inputs):
        return None
    moving = [q for q in inputs if is_float(types[q])]
    suffix = "bar" if which == "adjoint" else "dot"
    said = [f"{q}_{suffix}" for q in ((*moving, out) if which == "adjoint" else (out, *moving))] + inputs
    if len(derivative.params) != len(said):
        raise WrongArguments(f"the {which} of `{p.name}` has the registers `{', '.join(derivative.params)}`",
                             hint=f"write `def {derivative.name}({', '.join(said)})`")
    if wrong := sorted(written - set(range(len(moving) if which == "adjoint" else 1))):
        raise WrongArguments(f"the {which} of `{p.name}` writes `{derivative.params[wrong[0]]}`", hint="it only adds to what comes first among its registers: "
                             f"`{'`, `'.join(said[:len(moving) if which == 'adjoint' else 1])}`")
    order = (*moving, out, *inputs) if which == "adjoint" else (out, *moving, *inputs)
    return tuple(Scalar(t.dtype) if isinstance(t := types[q], Scalar) else t for q in order) + tuple(types[c] for c in derivative.consts)


def _whole(t: Type) -> bool:
    return t.dtype == "bool" or t.dtype.startswith(("int", "uint"))
