"""vjp: the outputs of a kernel, and how cotangents of the outputs are carried back to its inputs. No tape is kept, only the outputs."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.backends.numba_cpu import Compiled, compiled
from revbench.errors import NotDifferentiable, WrongArguments
from revbench.numerics.stack import Stack
from revbench.passes.adjoint import Adjoints

from .calls import Bound, Which, bound, directed, fitting, positions
from .gradient import zeros


def vjp(f: Kernel, /, *args: Any, of: Which | Sequence[Which] | None = None, wrt: Which | Sequence[Which] | None = None, **consts: Any) -> tuple[Any, Pullback]:
    """The outputs of a kernel, and a function that carries cotangents of the outputs back to the inputs.

    Parameters
    ----------
    f : Kernel
        The kernel; `~f` and `f.unchecked` are kernels too.
    *args
        Its registers, as for calling it.
    of : str, int, sequence of them, or None
        The registers that cotangents are given for, by name or position. A single one: the pullback takes its cotangent
        bare. Several, or None (all of them): a tuple in this order, such as `f.Outputs`, with None for zero.
    wrt : str, int, sequence of them, or None
        The registers whose cotangents are asked for. A single one: the pullback gives it bare. Several, or None (all): a
        named tuple, with None for whole numbers.
    **consts
        Its constants.

    Returns
    -------
    outputs : Outputs
        In the form of a call's result.
    pullback : Pullback
        `pullback(cotangents)` is the transposed Jacobian times the cotangents, each of the shape of its register.

    Raises
    ------
    WrongArguments
        When cotangents do not have the form or the shape of the outputs.
    NotDifferentiable
        When `of` or `wrt` names a whole number, or an operation without a derivative stands on the way.

    Notes
    -----
    The pullback holds a copy of the outputs, nothing else: each call runs the adjoint program from there back to the inputs.
    For complex registers cotangents are in the form of `grad`: `dL/dx + 1j * dL/dy`.

    Examples
    --------
    >>> import revbench as rb
    >>> polar = rb.compile('''
    ... def polar(x, y, r, t):
    ...     x += r * cos(t)
    ...     y += r * sin(t)
    ... ''')
    >>> outputs, pullback = rb.vjp(polar, 0.0, 0.0, 2.0, 0.0, of=("x", "y"), wrt=("r", "t"))
    >>> outputs
    Outputs(x=2.0, y=0.0, r=2.0, t=0.0)
    >>> pullback((1.0, 3.0))
    Cotangents(r=1.0, t=6.0)
    """
    call = bound("vjp", f, args, consts)
    n = len(call.kernel.registers)
    sides = []
    for which, said in ((of, "of"), (wrt, "wrt")):
        found = tuple(range(n)) if which is None else positions(call.kernel, which, said)
        if which is not None:
            for k in found:
                call.floats(k)
        sides.append((found, n == 1 if which is None else isinstance(which, str | int)))
    outputs = f(*args, **consts)
    ends = replace(call, registers=list(outputs) if n > 1 else [outputs]).held()
    return outputs, Pullback(ends, *sides)


Side = tuple[tuple[int, ...], bool]                    # registers, and whether their cotangent stands alone


@dataclass(frozen=True, repr=False)
class Pullback:
    """The transposed Jacobian of a kernel at some arguments: call it with cotangents of the outputs.

    Attributes
    ----------
    ends : Bound
        The kernel, with what its registers hold at its end.
    """

    ends: Bound
    of: Side
    wrt: Side

    def __repr__(self) -> str:
        of, wrt = (", ".join(self.ends.kernel.registers[k] for k in side) for side, _ in (self.of, self.wrt))
        return f"<pullback of {self.ends.kernel!r}, from {of} to {wrt}>"

    def __call__(self, cotangents: Any) -> Any:
        ends, layout = self.ends, self.ends.layout
        given = directed(layout, self._given(cotangents))
        run, bars = self._compiled()
        parts, params = layout.split(ends.prepared()), ends.params
        zero = zeros(layout, parts)
        seeds = [given[at] if at in given else zero(at) for at in map(params.index, bars)]
        out = run([*parts, *(s.copy() if isinstance(s, np.ndarray | Stack) else s for s in seeds)], ends.fixed())
        found = dict(zip(map(params.index, bars), out[len(parts):], strict=True))
        back: list[Any] = [layout.cotangent(k, found, zero, ends.registers[k]) if layout.floats(k) else None for k in self.wrt[0]]
        names = [ends.kernel.registers[k] for k in self.wrt[0]]
        return back[0] if self.wrt[1] else namedtuple("Cotangents", names, rename=True)(*back)

    def _compiled(self) -> tuple[Compiled, dict[str, str]]:
        """The adjoint program, and the register of each cotangent."""
        kernel, signature, layout = self.ends.kernel, self.ends.signature, self.ends.layout
        wrt, of = (frozenset(at for k in side for at in layout.floats(k)) for side, _ in (self.wrt, self.of))
        key = "vjp", signature, wrt, of
        if key not in kernel._derived:
            library, main = kernel.typed(signature)
            adjoints = Adjoints(dict(library))
            name = adjoints.of(main, wrt, of)
            kernel._derived[key] = compiled(adjoints.library, name, kernel.mode), adjoints.bars[name]
        made: tuple[Compiled, dict[str, str]] = kernel._derived[key]
        return made

    def _given(self, cotangents: Any) -> dict[int, Any]:
        """The cotangents that are not zero, by register."""
        side, bare = self.of
        names = [self.ends.kernel.registers[k] for k in side]
        several = (cotangents,) if bare else cotangents
        if not isinstance(several, tuple | list) or len(several) != len(side):
            have = f"here are {len(several)} cotangents" if isinstance(several, tuple | list) else "here is one value"
            raise WrongArguments(f"{have} for {len(side)} registers",
                                 hint=f"hand in a tuple, one for each of {', '.join(names)}, None for zero; or choose one register: `of={names[0]!r}`")
        given = {}
        for k, q, w in zip(side, names, several, strict=True):
            if w is None:
                continue
            if not self.ends.layout.floats(k):
                raise NotDifferentiable(f"`{q}` is {self.ends.signature[k]}, and has no cotangent", hint="hand in None in its place")
            given[k] = fitting(w, self.ends.registers[k], self.ends.signature[k], q, "cotangent")
        return given
